"""Both evaluations say the same, every unknown has a reason, and an expression written back means the same."""

import random
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from scanner.language.nodes import Node
from scanner.language.parse import ExpressionError, Scope, parse
from scanner.language.text import write
from scanner.language.trace import Trace, Why
from scanner.language.values import Bounds, Complete, OpenList
from tests.language.grammar import dice, documents, holed, our_expressions
from tests.language.plain import examples, traced_truth, traced_value, tracer, truth, value

FACTS = ("a", "b", "c", "d.a", "d.b", "d.c", "d.d", "e")
RATES = st.sampled_from((0.0, 0.1, 0.4))


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, of the same types, down to what is known in part."""
    if isinstance(one, OpenList) and isinstance(other, OpenList):
        return alike(one.known, other.known) and one.extra == other.extra
    if isinstance(one, Bounds) and isinstance(other, Bounds):
        return (one.low, one.high) == (other.low, other.high)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(one == other or (one != one and other != other))


def partial(document: dict[str, Any], seed: random.Random, rate: float) -> dict[str, Any]:
    """The document with holes; some of its objects name all there is."""
    cut = {name: holed(part, seed, rate) for name, part in document.items() if seed.random() >= rate}
    if isinstance(cut.get("d"), dict) and seed.random() < 0.3:
        cut["d"] = Complete(cut["d"])
    if isinstance(cut.get("a"), list) and seed.random() < 0.2:
        cut["a"] = OpenList(cut["a"], seed.choice((1, 3, float("inf"))))
    return cut


def as_facts(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the names below `d` as facts of their own: `d.a`, `d.b`, …"""
    below = document["d"] if isinstance(document.get("d"), dict) else {}
    return {name: part for name, part in document.items() if name != "d"} | {f"d.{name}": below[name] for name in below}


def assert_same_verdict(node: Node, document: Any, trace: Trace, text: str) -> None:
    answer, why = trace.value(node)
    assert alike(answer, value(node, document)), f"{text} over {document}"
    assert_reasons(answer, why, text)
    yes, because = trace.truth(node)
    assert yes is truth(node, document), f"{text} over {document}"
    assert_reasons(yes, because, text)
    assert yes is None or not because, text


def assert_reasons(answer: Any, why: Why, text: str) -> None:
    if answer is None:
        assert why, f"{text} is unknown without a reason"
    for reason in why:
        assert reason.reason.strip()
        assert " object at 0x" not in reason.reason
        assert not any(
            raw in reason.reason for raw in ("Read(", "Field(", "Constant(", "OpenList(", "<function", "inf")
        )


def parsed(text: str, scope: Scope) -> Node:
    try:
        return parse(text, scope)
    except ExpressionError:
        assume(False)
        raise


@examples(0.4)
@given(our_expressions, documents, dice, RATES)
@example("a.[b]", {}, random.Random(0), 0.0)
@example("a[*] && e[*]", {"a": [None], "e": [None]}, random.Random(0), 0.0)
@example("a | [`1`]", {}, random.Random(0), 0.0)
@example("`1e999` == `NaN`", {}, random.Random(0), 0.0)
def test_the_two_evaluations_disagreeing(text: str, original: dict[str, Any], seed: random.Random, rate: float) -> None:
    node = parsed(text, Scope(strict=False))
    document = partial(original, seed, rate)
    assert_same_verdict(node, document, tracer(document), text)


@examples(0.2)
@given(our_expressions, documents, dice, RATES)
@example("d.a[*].b", {"d": {"a": [{"b": 1}, {}]}}, random.Random(0), 0.0)
def test_the_two_evaluations_disagreeing_about_facts(
    text: str, original: dict[str, Any], seed: random.Random, rate: float
) -> None:
    node = parsed(text, Scope(facts=FACTS, strict=False))
    cut = partial(original, seed, rate)
    facts = as_facts(cut)
    assert_same_verdict(node, facts, Trace(read=lambda path: facts.get(path[0]), now=0.0), text)


@examples(0.1)
@given(our_expressions, documents, dice, RATES)
def test_the_two_evaluations_disagreeing_about_a_list_member(
    text: str, original: dict[str, Any], seed: random.Random, rate: float
) -> None:
    node = parsed(text, Scope(facts=(), member=True, strict=False))
    member = partial(original, seed, rate)
    trace = Trace(read=lambda _: None, now=0.0)
    assert alike(trace.value(node, member)[0], value(node, member))
    assert trace.truth(node, member)[0] is truth(node, member)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.b", "a.b is not known"),
        ("length(e) > `1`", "e is not known"),
        ("c < `3`", "c < `3` cannot be told for x and 3"),
        ("length(b)", "length cannot be told for 3"),
        ("n[5]", "n[5] is not known"),
        ("n[*] && `true`", "n[*] is not known"),
    ],
)
def test_a_reason_that_does_not_say_what_is_not_known(text: str, reason: str) -> None:
    document = {"b": 3, "c": "x", "n": [None]}
    assert [why.reason for why in traced_truth(parse(text, Scope()), document)[1]] == [reason]


def test_a_reason_told_twice() -> None:
    why = traced_truth(parse("a == 'x' && a == 'y' && b == 'x'", Scope()), {})[1]
    assert [reason.reason for reason in why] == ["a is not known", "b is not known"]


def test_a_known_answer_with_reasons() -> None:
    assert traced_truth(parse("a || b", Scope()), {"b": 1}) == (True, ())
    assert traced_value(parse("default(a, `1`)", Scope()), {}) == (1, ())


@examples(0.3)
@given(our_expressions, documents, dice, RATES)
@example("(a || b).c", {"b": {"c": 1}}, random.Random(0), 0.0)
@example("(a | b).c", {"a": {"b": {"c": 1}}}, random.Random(0), 0.0)
@example("(a[*].b)[0]", {"a": [{"b": [1]}]}, random.Random(0), 0.0)
@example("(a[*].b)[?@].c", {"a": [{"b": [{"c": 1}]}]}, random.Random(0), 0.0)
@example("(a == b) == (c == d)", {"a": 1, "b": 2, "c": 1, "d": 2}, random.Random(0), 0.0)
@example('"x y"."ü".{"a-b": "q\\"", e: \'it\\\'s\'}', {"x y": {"ü": {'q"': 1}}}, random.Random(0), 0.0)
@example("b[0][1:2] | [0]", {"b": [[1, 2, 3]]}, random.Random(0), 0.0)
@example("c == '\\\\'", {"c": "\\\\"}, random.Random(0), 0.0)
@example('c == `"\\\\\'\\u0060"`', {"c": "\\'`"}, random.Random(0), 0.0)
def test_an_expression_written_back_as_another(
    text: str, original: dict[str, Any], seed: random.Random, rate: float
) -> None:
    scope = Scope(strict=False)
    node = parsed(text, scope)
    again = parse(write(node), scope)
    document = partial(original, seed, rate)
    assert alike(value(node, document), value(again, document)), f"{text} was written {write(node)}"
    assert truth(node, document) is truth(again, document), f"{text} was written {write(node)}"


@examples(0.1)
@given(our_expressions, documents)
def test_an_expression_about_facts_written_back_as_another(text: str, original: dict[str, Any]) -> None:
    scope = Scope(facts=FACTS, strict=False)
    node = parsed(text, scope)
    facts = as_facts(original)
    assert alike(value(node, facts), value(parse(write(node), scope), facts)), f"{text} was written {write(node)}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("network.nics[*].name", "network.nics[*].name"),
        ("not( a.b )", "not(a.b)"),
        ("a && (b || c)", "a && (b || c)"),
        ("a[?b=='x'].c", "a[?b == 'x'].c"),
        ("a[].b[0:2]", "a[].b[0:2]"),
        ("params.least <= length(a)", "`2` <= length(a)"),
        ("a.[b, c]", "a.[b, c]"),
        ("[*].a", "@[*].a"),
    ],
)
def test_an_expression_that_a_reader_would_not_know_again(text: str, written: str) -> None:
    assert write(parse(text, Scope(params={"least": 2}))) == written
