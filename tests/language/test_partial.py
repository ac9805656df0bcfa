"""What is known in part: open lists, complete objects, numbers within bounds."""

from itertools import product
from math import inf
from typing import Any

import pytest

from scanner.language.parse import Scope, parse
from scanner.language.text import plain, show
from scanner.language.values import Bounds, Complete, OpenList
from tests.language.plain import admits, traced_truth, traced_value, truth, value

OPEN = OpenList(["a", "b"], 2)
ENDLESS = OpenList(["a"], inf)
NONE_KNOWN = OpenList([], 3)


def judged(text: str, **document: Any) -> bool | None:
    """A yes or no by both evaluations, which must agree."""
    node = parse(text, Scope())
    answer = truth(node, document)
    assert traced_truth(node, document)[0] is answer
    return answer


def valued(text: str, **document: Any) -> Any:
    node = parse(text, Scope())
    answer = value(node, document)
    assert repr(traced_value(node, document)[0]) == repr(answer)
    return answer


def test_members_without_an_answer_dropped_from_a_projection() -> None:
    answer = valued("interfaces[*].dhcp", interfaces=[{"dhcp": True}, {}])
    assert isinstance(answer, OpenList)
    assert (answer.known, answer.extra) == ([True], 1)
    assert judged("contains(interfaces[*].dhcp, `false`)", interfaces=[{"dhcp": True}, {}]) is None
    assert judged("length(interfaces[*].dhcp) == `1`", interfaces=[{"dhcp": True}, {}]) is None


@pytest.mark.parametrize(
    ("text", "known", "extra"),
    [
        ("l[*]", [{"x": 1}, {}, {"x": 2}], 1),
        ("l[*].x", [1, 2], 2),
        ("l[?x == `1`]", [{"x": 1}], 2),
        ("l[?x == `1`].x", [1], 2),
        ("l[?x != `1`].y", [], 3),
        ("l[*].x[]", [1, 2], inf),
        ("l[?x == `3`].x", [], 2),
        ("o.*", ["p"], inf),
        ("o.*.z", [], inf),
        ("keys(o)", ["k"], inf),
        ("values(o)", ["p"], inf),
        ("n[]", [1, 2, 3], 0),
        ("m[]", [1], inf),
    ],
)
def test_a_list_whose_unknown_members_are_miscounted(text: str, known: list[Any], extra: float) -> None:
    document = {"l": [{"x": 1}, None, {}, {"x": 2}], "o": {"k": "p"}, "n": [[1], [2, 3]], "m": [[1], None]}
    answer = valued(text, **document)
    if extra:
        assert isinstance(answer, OpenList)
        assert (answer.known, answer.extra) == (known, extra)
    else:
        assert answer == known


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize(("known", "extra"), [(2, 0), (2, 1), (1, 3), (0, 2), (3, inf)])
def test_a_length_compared_otherwise_than_by_its_bounds(sign: str, number: int, known: int, extra: float) -> None:
    names = {"==": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
    lengths = range(known, known + int(min(extra, 10)) + 1)
    answers = {getattr(length, names[sign])(number) for length in lengths}
    expected = answers.pop() if len(answers) == 1 else None
    document = OpenList(["x"] * known, extra) if extra else ["x"] * known
    assert judged(f"length(l) {sign} `{number}`", l=document) is expected
    mirrored = sign.translate(str.maketrans("<>", "><"))
    assert judged(f"`{number}` {mirrored} length(l)", l=document) is expected


def test_two_lengths_compared_otherwise_than_by_their_bounds() -> None:
    assert judged("length(a) < length(b)", a=OpenList([1], 1), b=OpenList([1, 2, 3], 5)) is True
    assert judged("length(a) < length(b)", a=OpenList([1], 2), b=OpenList([1, 2, 3], 5)) is None
    assert judged("length(a) == length(b)", a=OpenList([1], 1), b=OpenList([1, 2, 3], 5)) is None
    assert judged("length(a) == `true`", a=OPEN) is False
    assert judged("length(a) == 'x'", a=OPEN) is False


def test_contains_of_an_open_list_told_false() -> None:
    assert judged("contains(l, 'a')", l=OPEN) is True
    assert judged("contains(l, 'z')", l=OPEN) is None
    assert judged("contains(l, 'z')", l=["a", "b"]) is False
    assert judged("contains(l, 'z')", l=["a", None]) is None
    assert judged("contains(l, `1`)", l=[True]) is None  # readers of JMESPath disagree
    assert judged("contains(l, missing)", l=["a"]) is None


def test_all_and_any_of_an_open_list_told_by_its_known_members_alone() -> None:
    assert judged("all(l, &@ == 'a')", l=ENDLESS) is None
    assert judged("all(l, &@ == 'z')", l=ENDLESS) is False
    assert judged("any(l, &@ == 'a')", l=ENDLESS) is True
    assert judged("any(l, &@ == 'z')", l=ENDLESS) is None
    assert judged("all(l, &@ == 'z')", l=NONE_KNOWN) is None
    assert judged("any(l, &@ == 'z')", l=NONE_KNOWN) is None


def test_an_open_list_taken_for_empty() -> None:
    assert judged("l", l=OPEN) is True
    assert judged("l", l=NONE_KNOWN) is None
    assert judged("!l", l=NONE_KNOWN) is None


CALLS: tuple[str, ...] = (
    "sort(l)",
    "reverse(l)",
    "max(l)",
    "min(l)",
    "join(',', l)",
    "map(&@, l)",
    "sort_by(l, &@)",
    "max_by(l, &@)",
)
CALLS += ("min_by(l, &@)", "sum(l)", "avg(l)", "to_string(l)", "l[0]", "l[-1]", "l[0:1]", "l[::-1]", "abs(length(l))")
CALLS += (
    "to_string(length(l))",
    "[length(l)] | sum(@)",
    "ceil(length(l))",
    "l == l",
    "l.x",
    "l.*",
    "keys(l)",
    "merge(l)",
)


@pytest.mark.parametrize("text", CALLS)
@pytest.mark.parametrize("known", [[], [1, 2], ["a"]])
def test_another_function_that_answers_for_an_open_list(text: str, known: list[Any]) -> None:
    assert valued(text, l=OpenList(known, 1)) is None


def test_a_member_at_either_end_of_a_list_missed() -> None:
    members = ["a", "b", "c"]
    for position in range(-5, 5):
        expected = members[position] if -3 <= position < 3 else None
        assert valued(f"l[{position}]", l=members) == expected


def test_an_open_list_compared_as_if_whole() -> None:
    assert judged('l == `["a", "b"]`', l=OPEN) is None
    assert judged('l == `["a"]`', l=OPEN) is False  # too short for what is known
    assert judged("l == `[1, 2, 3, 4, 5]`", l=OPEN) is False  # too long for what can be
    assert judged("l == 'a'", l=OPEN) is False
    assert judged("l != 'a'", l=OPEN) is True
    assert judged("l == `{}`", l=OPEN) is False


def test_an_open_list_that_loses_its_others_on_the_way() -> None:
    assert valued("length(l[*])", l=OPEN).high == 4
    assert valued("length(l[?@ == 'a'])", l=OPEN).high == 3
    assert valued("length(l[])", l=OPEN).high == inf  # one of the others can be a list
    assert valued("type(l)", l=OPEN) == "array"
    assert valued("to_array(l)", l=OPEN) is OPEN
    assert valued("length([l, l])", l=OPEN) == 2


TAGS = Complete({"Env": "prod", "empty": "", "hidden": None})


def test_a_complete_object_that_does_not_know_its_names() -> None:
    assert valued("t.Env", t=TAGS) == "prod"
    assert valued("t.env", t=TAGS) == "prod"
    assert valued("t.ENV", t=TAGS) == "prod"
    assert valued("t.owner", t=TAGS) is False
    assert valued("t.hidden", t=TAGS) is None
    assert valued("t.owner.name", t=TAGS) is None
    assert valued("at(t, 'ENV')", t=TAGS) == "prod"
    assert valued("at(t, 'owner')", t=TAGS) is False
    assert judged("t.owner || t.env == 'prod'", t=TAGS) is True
    assert judged("t.owner == 'me'", t=TAGS) is False
    assert judged("same(t.owner, 'me')", t=TAGS) is False
    assert valued("length(t)", t=TAGS) == 3
    assert valued("keys(t)", t=TAGS) == ["Env", "empty", "hidden"]
    assert valued("values(t)", t=TAGS) == ["prod", "", None]
    assert judged("t", t=Complete()) is False
    assert judged("t", t=TAGS) is True


def test_the_exact_name_passed_over_for_another_casing() -> None:
    assert valued("t.key", t=Complete({"KEY": 1, "key": 2})) == 2
    assert valued("at(t, 'key')", t=Complete({"KEY": 1, "key": 2})) == 2
    assert valued("t.strasse", t=Complete({"STRASSE": 1})) == 1


def test_an_object_known_in_part_that_denies_a_name() -> None:
    assert valued("o.b", o={"a": 1}) is None
    assert valued("o.A", o={"a": 1}) is None
    assert valued("length(o)", o={"a": 1}) is None
    assert judged("o", o={}) is None
    assert judged("o", o={"a": 1}) is True
    assert judged('o == `{"a": 2}`', o={"a": 1}) is False
    assert judged('o == `{"a": 1}`', o={"a": 1}) is None
    assert judged("o == p", o=Complete(a=1), p=Complete(a=1)) is True
    assert judged("o == p", o=Complete(a=1), p=Complete(a=1, b=2)) is False


def test_at_with_keys_that_lead_nowhere() -> None:
    deep = {"HKLM\\Soft": Complete({"UseVss": "TRUE"}), "n": 1}
    assert valued("at(o, k, 'usevss')", o=deep, k="hklm\\soft") == "TRUE"
    assert valued("at(o, k, 'other')", o=deep, k="hklm\\soft") is False
    assert valued("at(o, 'hklm', 'other')", o=deep) is None
    assert valued("at(o, 'n', 'x')", o=deep) is None
    assert valued("at(o, n)", o=deep, n=1) is None
    assert valued("at(o, missing)", o=deep) is None
    assert valued("at(l, 'n')", l=["n"]) is None


def test_a_filter_that_a_completion_contradicts() -> None:
    """Brute force: every way to fill three small holes in a filter's members is within the bounds."""
    rows = [{"x": 1}, {}, {"x": None}, None]
    answer = valued("l[?x == `1`].x", l=rows)
    for filled in product((0, 1), repeat=3):
        whole = [part["x"] for part in ({"x": 1}, *({"x": fill} for fill in filled)) if part["x"] == 1]
        assert admits(answer, whole)


def test_a_report_that_shows_a_part_as_the_whole() -> None:
    assert show(OPEN) == "a, b and up to 2 more not known"
    assert show(ENDLESS) == "a and others not known"
    assert show(OpenList([], inf)) == "others not known"
    assert show(Bounds(1, 3)) == "1 to 3"
    assert show(Bounds(1, inf)) == "at least 1"
    assert show([]) == "none"
    assert show(list(range(10))) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert plain(ENDLESS) == {"known": ["a"], "others": None}
    assert plain([OPEN]) == [{"known": ["a", "b"], "others": 2}]
    assert plain(Bounds(1, inf)) == {"atLeast": 1, "atMost": None}


@pytest.mark.parametrize(
    "text", ["a == b", "contains(a, b)", "to_string(a)", "sort(a)", "a == `1`", "a[]", "a", "max(a)"]
)
def test_a_value_too_deep_to_look_at(text: str) -> None:
    deep: Any = []
    other: Any = []
    for _ in range(100_000):
        deep, other = [deep], [other]
    judged(text, a=deep, b=other)
    assert len(show(deep)) < 100
