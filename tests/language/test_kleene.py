"""Three-valued logic where a yes or no is wanted, and "unknown in, unknown out" where a value is wanted."""

from itertools import product
from typing import Any

import pytest

from scanner.language.parse import Scope, parse
from tests.language.plain import is_true, traced_truth, traced_value, truth, value

T, F, U = True, False, None
THREE = (T, F, U)


def judged(text: str, document: Any) -> bool | None:
    """A yes or no by both evaluations, which must agree."""
    node = parse(text, Scope())
    answer = truth(node, document)
    assert traced_truth(node, document)[0] is answer
    return answer


def valued(text: str, document: Any) -> Any:
    """A value by both evaluations, which must agree."""
    node = parse(text, Scope())
    answer = value(node, document)
    traced = traced_value(node, document)[0]
    assert type(traced) is type(answer) and traced == answer
    return answer


def document(**names: Any) -> dict[str, Any]:
    """A document in which what is not known is either missing or null."""
    return {name: part for name, part in names.items() if part is not None}


AND = {(T, T): T, (T, F): F, (T, U): U, (F, T): F, (F, F): F, (F, U): F, (U, T): U, (U, F): F, (U, U): U}
OR = {(T, T): T, (T, F): T, (T, U): T, (F, T): T, (F, F): F, (F, U): U, (U, T): T, (U, F): U, (U, U): U}


@pytest.mark.parametrize(("left", "right"), list(product(THREE, THREE)))
def test_and_is_not_kleenes(left: bool | None, right: bool | None) -> None:
    for given in (document(a=left, b=right), {"a": left, "b": right}):
        assert judged("a && b", given) is AND[left, right]
        assert judged("not(!a || !b)", given) is AND[left, right]


@pytest.mark.parametrize(("left", "right"), list(product(THREE, THREE)))
def test_or_is_not_kleenes(left: bool | None, right: bool | None) -> None:
    for given in (document(a=left, b=right), {"a": left, "b": right}):
        assert judged("a || b", given) is OR[left, right]
        assert judged("not(!a && !b)", given) is OR[left, right]


@pytest.mark.parametrize(("have", "answer"), [(T, F), (F, T), (U, U)])
@pytest.mark.parametrize("text", ["!a", "not(a)", "not(not(!a))", "!(a)", "not(a && a)", "not(a || a)"])
def test_not_is_not_kleenes(text: str, have: bool | None, answer: bool | None) -> None:
    assert judged(text, {"a": have}) is answer
    assert valued(text, {"a": have}) is answer


@pytest.mark.parametrize(("left", "right"), list(product(THREE, THREE)))
def test_an_operand_as_a_value_that_guesses(left: bool | None, right: bool | None) -> None:
    given = document(a=left, b=right)
    both = None if left is None else right if left else left
    either = None if left is None else left or right
    assert valued("a && b", given) is both
    assert valued("a || b", given) is either
    for other in (T, F):
        literal = f"`{str(other).lower()}`"
        assert judged(f"(a && b) == {literal}", given) is (None if both is None else both is other)
        assert judged(f"(a || b) == {literal}", given) is (None if either is None else either is other)


def test_the_value_of_an_operand_turned_into_a_yes_or_no() -> None:
    assert valued("a || b", {"a": "", "b": "x"}) == "x"
    assert valued("a || b", {"a": "y", "b": "x"}) == "y"
    assert valued("a && b", {"a": [], "b": "x"}) == []
    assert valued("a && b", {"a": 0, "b": "x"}) == "x"
    assert valued("(a || b).c", {"b": {"c": 1}}) is None
    assert valued("default(a, b).c", {"b": {"c": 1}}) == 1


@pytest.mark.parametrize("values", list(product(THREE, repeat=3)))
def test_a_longer_chain_judged_by_its_order(values: tuple[bool | None, ...]) -> None:
    given = dict(zip("abc", values, strict=True))
    both = F if F in values else U if U in values else T
    either = T if T in values else U if U in values else F
    assert judged("a && b && c", given) is both
    assert judged("a && (b && c)", given) is both
    assert judged("a || b || c", given) is either
    assert judged("a || (b || c)", given) is either
    inner = OR[values[1], values[2]]
    assert judged("a && (b || c)", given) is AND[values[0], inner]


@pytest.mark.parametrize("length", range(4))
def test_all_and_any_are_not_kleenes(length: int) -> None:
    for members in product(THREE, repeat=length):
        every = F if F in members else U if U in members else T
        some = T if T in members else U if U in members else F
        given = {"l": [{"x": member} for member in members]}
        for judge in (judged, valued):
            assert judge("all(l, &x)", given) is every
            assert judge("any(l, &x)", given) is some
            assert judge("not(all(l, &x))", given) is (None if every is None else not every)
            assert judge("all(l, &!x)", given) is (None if some is None else not some)
        assert judged("all(l, &x && `true`)", given) is every
        assert judged("any(l, &x || `false`)", given) is some


def test_all_and_any_of_members_that_are_not_known() -> None:
    assert judged("all(l, &`true`)", {"l": [None]}) is None
    assert judged("all(l, &x)", {"l": [None, {"x": False}]}) is False
    assert judged("any(l, &x)", {"l": [None, {"x": True}]}) is True
    assert judged("any(l, &x)", {"l": [None, {"x": False}]}) is None
    for text in ("all(l, &x)", "any(l, &x)"):
        assert judged(text, {}) is None
        assert judged(text, {"l": "text"}) is None
        assert judged(text, {"l": {"x": True}}) is None


def test_all_reads_its_conditions_as_values() -> None:
    given = {"l": [{"x": False}]}
    assert judged("all(l, &(y && x))", given) is False
    assert judged("any(l, &(y || !x))", given) is True


@pytest.mark.parametrize("keep", THREE)
def test_a_filter_that_keeps_or_drops_what_is_not_known(keep: bool | None) -> None:
    given = {"l": [{"x": keep, "n": 1}]}
    assert judged("contains(l[?x].n, `1`)", given) is (None if keep is None else keep)
    assert judged("length(l[?x]) < `2`", given) is True
    assert judged("length(l[?x]) == `1`", given) is (None if keep is None else keep)
    assert judged("length(l[?!x]) == `1`", given) is (None if keep is None else not keep)
    assert judged("length(l[?y && x]) == `0`", given) is (None if keep is not False else True)


@pytest.mark.parametrize("have", [0, 1, "", "a", [], [0], False, True])
def test_a_value_that_is_taken_for_another_yes_or_no_than_plains(have: Any) -> None:
    assert judged("a", {"a": have}) is is_true(have)
    assert judged("!a", {"a": have}) is not is_true(have)
    assert judged("a && `true`", {"a": have}) is is_true(have)


def test_default_other_than_the_first_known() -> None:
    values: list[Any] = [0, "", False, [], "x", None]
    for first, second in product(values, ("y", None)):
        given = document(a=first, b=second)
        expected = second if first is None else first
        assert valued("default(a, b)", given) == expected
        assert judged("default(a, b)", given) is (None if expected is None else is_true(expected))
    assert valued("default(a.b.c, `1`)", {}) == 1
    assert valued("default(default(a, b), c)", {"c": 3}) == 3
    assert valued("default(a || b, `1`)", {"b": 2}) == 1
    assert valued("default(a > `1`, `false`)", {"a": "text"}) is False


def test_default_taken_where_the_value_is_known() -> None:
    assert valued("default(a, missing.b)", {"a": False}) is False
    assert judged("default(a, `true`)", {"a": False}) is False


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_a_comparison_that_answers_for_what_is_not_known(operator: str) -> None:
    for right in ("`1`", "'x'", "`true`", "`[]`", "b", "`null`"):
        assert judged(f"a {operator} {right}", {}) is None
        assert judged(f"{right} {operator} a", {}) is None
        assert judged(f"not(a {operator} {right})", {}) is None


@pytest.mark.parametrize("word", ["length", "abs", "keys", "type", "to_string", "to_array", "to_number", "sort", "sum"])
def test_a_word_that_answers_for_what_is_not_known(word: str) -> None:
    for given in ({}, {"a": None}):
        assert valued(f"{word}(a)", given) is None
    assert judged(f"{word}(a) || b", {"b": True}) is True
    assert judged(f"{word}(a) && b", {"b": False}) is False


def test_holds_as_a_value_other_than_as_a_yes_or_no() -> None:
    inner = parse("a && b", Scope())
    scope = Scope(holds=lambda _: inner)
    for left, right in product(THREE, THREE):
        given = document(a=left, b=right)
        node = parse("holds('other')", scope)
        assert truth(node, given) is value(node, given) is AND[left, right]
        node = parse("default(holds('other'), `false`)", scope)
        assert value(node, given) is (AND[left, right] or False)
        assert traced_value(node, given)[0] is (AND[left, right] or False)
