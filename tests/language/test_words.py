"""The words that plain JMESPath has not: their answers, and that what fills a hole never contradicts one."""

import random
from array import array
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.language.compile import compile_value
from scanner.language.parse import Scope, parse
from scanner.language.trace import Trace
from scanner.language.values import Complete, field
from scanner.schedule.load import NO_VALUE, Load
from tests.language.grammar import anything, dice, documents, holed, json_values, our_expressions
from tests.language.plain import examples, traced_value, truth, value

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def valued(text: str, **document: Any) -> Any:
    """A value at `NOW` by both evaluations, which must agree."""
    node = parse(text, Scope())
    answer = compile_value(node, NOW)(document)
    assert Trace(read=lambda path: field(document, path[0]), now=NOW).value(node)[0] == answer
    return answer


VERSIONS = [
    ("2.7", "2.7", True),
    ("2.7", "2.7.0.0", True),
    ("2.7.0.0", "2.7", True),
    ("2.10", "2.9", True),
    ("2.9", "2.10", False),
    ("2.7.41491.1083", "2.7.41491.901", True),
    ("10", "9.9.9", True),
    ("0", "0.0", True),
    (" 2.7 ", "2.7", True),
    ("2.7.1", "2.7", True),
    ("2", "2.0.1", False),
    ("2.7-rc1", "2.7", None),
    ("v2.7", "2.7", None),
    ("2..7", "2.7", None),
    ("", "2.7", None),
    ("2.7", "latest", None),
    ("٢.٧", "2.7", None),
    ("-1", "0", None),
    (2.7, "2.7", None),
    (False, "2.7", None),
    (None, "2.7", None),
    (["2.7"], "2.7", None),
    ({"x": 1}, "2.7", None),
]


@pytest.mark.parametrize(("have", "least", "answer"), VERSIONS)
def test_versions_compared_as_texts(have: Any, least: str, answer: bool | None) -> None:
    assert valued("version_at_least(have, least)", have=have, least=least) is answer


@pytest.mark.parametrize(("one", "other"), list(product([(0, 1), (1, 0), (1, 10), (1, 9), (2,), (1, 9, 0)], repeat=2)))
def test_versions_not_ordered_by_their_numbers(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    have, least = (".".join(map(str, numbers)) for numbers in (one, other))
    padded = [(*numbers, 0, 0, 0)[:3] for numbers in (one, other)]
    assert valued("version_at_least(have, least)", have=have, least=least) is (padded[0] >= padded[1])


SAME = [
    ("Prod", "pROD", True),
    ("straße", "STRASSE", True),
    ("a", "b", False),
    ("", "", True),
    (False, "a", False),
    ("a", False, False),
    (False, False, False),
    (True, "true", None),
    (1, 1, None),
    ("1", 1, None),
    (None, "a", None),
    ("a", None, None),
    (["a"], "a", None),
]


@pytest.mark.parametrize(("one", "other", "answer"), SAME)
def test_texts_that_are_the_same_but_for_their_case(one: Any, other: Any, answer: bool | None) -> None:
    assert valued("same(one, other)", one=one, other=other) is answer


TIMES = [
    ("2026-11-23T11:00:00Z", 1),
    ("2026-11-23T12:00:00+01:00", 1),
    ("2026-11-23T11:00:00", 1),
    ("2026-11-23T11:00:00.1234567Z", pytest.approx(1, abs=0.001)),
    ("2026-11-22T12:00:00Z", 24),
    ("2026-11-23T13:30:00Z", -1.5),
    ("2026-11-23 11:00:00Z", 1),
    ("0001-01-01T00:00:00+14:00", pytest.approx(17_759_040, abs=10_000)),
    ("yesterday", None),
    ("2026-02-30T00:00:00Z", None),
    ("11:00", None),
    ("", None),
    (1700000000, None),
    (False, None),
    (None, None),
]


@pytest.mark.parametrize(("time", "hours"), TIMES)
def test_hours_since_a_time(time: Any, hours: Any) -> None:
    assert valued("hours_since(time)", time=time) == hours


def test_at_without_its_keys() -> None:
    registry = {"hklm\\x": Complete({"UseVss": "TRUE", "usevss": "FALSE"}), "list": ["a"]}
    assert valued("at(r, k, 'usevss')", r=registry, k="HKLM\\X") == "FALSE"
    assert valued("at(r, k, 'USEVSS')", r=registry, k="HKLM\\X") == "TRUE"
    assert valued("at(r, k, 'nothing')", r=registry, k="hklm\\x") is False
    assert valued("at(r, k, 'nothing', 'more')", r=registry, k="hklm\\x") is None
    assert valued("at(r, 'hklm', 'usevss')", r=registry) is None
    assert valued("at(r, 'list', 'a')", r=registry) is None
    assert valued("at(r, k)", r=registry, k=1) is None
    assert valued("at(k, k)", k="k") is None


@examples(0.1)
@given(
    st.lists(json_values, max_size=4),
    dice,
    st.sampled_from(("@", "@ == `1`", "a", "!a", "b > `0`", "a && b", "c == 'a'")),
)
def test_all_and_any_contradicted_by_a_completion(members: list[Any], seed: random.Random, body: str) -> None:
    """`all` and `any` of a list with holes, against every member judged by itself in random completions."""
    cut = [holed(member, seed, 0.3) for member in members]
    node = parse(f"all(l, &{body})", Scope()), parse(f"any(l, &{body})", Scope())
    every, some = (truth(one, {"l": cut}) for one in node)
    judge = parse(body, Scope(member=True))
    for _ in range(6):
        filled = [anything(seed) if part is None else part for part in cut]
        answers = [None if part is None else truth(judge, part) for part in filled]
        assert every is None or None in answers or every is all(answers)
        assert some is None or None in answers or some is any(answers)


@examples(0.3)
@given(our_expressions, documents, dice)
def test_a_fact_filled_in_that_turns_a_known_answer(text: str, original: dict[str, Any], seed: random.Random) -> None:
    """Knowing more never changes what was known, except where `default` stands in for what is not known."""
    if "default" in text or "at(" in text:
        return
    node = parse(text, Scope(strict=False))
    names = sorted(original)
    less = {name: original[name] for name in names if seed.random() < 0.6}
    answer, before, after = value(node, less), truth(node, less), truth(node, original)
    assert before is None or after is before, f"{text}: {before} for {less}, {after} for {original}"
    if isinstance(answer, str | int | float):
        assert value(node, original) == answer


def test_a_default_that_hides_its_reason() -> None:
    answer, why = traced_value(parse("default(a, b)", Scope()), {})
    assert answer is None
    assert [reason.reason for reason in why] == ["b is not known"]


def measured(*values: float) -> Load:
    """Samples of half an hour each, from the one start on."""
    return Load("CPU", 0.0, 1800.0, array("f", values), (0.0,))


def test_a_start_whose_samples_all_tell() -> None:
    (found,) = valued("busy(load, `120`, `90`)", load=measured(95, 91, 90, 10))
    assert found == {"at": "1970-01-01 00:00Z", "share": 0.5, "above": 2, "samples": 4}
    assert valued("busy(load, `120`, `90`)[*].share", load=measured(95, 91, 90, 10)) == [0.5]


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ((95, 95, NO_VALUE, 1), None),
        ((95, 95, 95, NO_VALUE), False),
        ((1, 1, 1, NO_VALUE), True),
        ((95, 1, 1, 1), True),
    ],
)
def test_samples_without_a_value_decide(values: tuple[float, ...], answer: bool | None) -> None:
    text = "all(busy(load, `120`, `90`), &share < `0.6`)"
    assert valued(text, load=measured(*values)) is answer
    node = parse(text, Scope())
    _, why = Trace(read=lambda _: measured(*values), now=NOW).truth(node)
    said = "1 of 4 samples of CPU from 1970-01-01 00:00Z on have no value"
    assert [reason.reason for reason in why] == ([said] if answer is None else [])


def test_a_start_whose_time_is_not_all_covered_is_none() -> None:
    assert valued("busy(load, `120`, `90`)", load=measured(95, 95, 95)) == []


@pytest.mark.parametrize("minutes", [0, -5, "120", None, float("inf")])
def test_busy_of_no_time_at_all(minutes: Any) -> None:
    assert valued("busy(load, minutes, `90`)", load=measured(1, 2), minutes=minutes) is None


@pytest.mark.parametrize("load", [None, 5, "x", [], {}, {"values": [1]}])
def test_busy_of_what_is_no_load(load: Any) -> None:
    assert valued("busy(load, `120`, `90`)", load=load) is None
