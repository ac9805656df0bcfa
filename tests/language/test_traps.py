"""What would silently mean something else is refused at load, with a place and the way out, or is unknown."""

import pytest

from scanner.language.compile import compile_truth, compile_value
from scanner.language.nodes import Read
from scanner.language.parse import ExpressionError, Scope, parse
from tests.language.plain import tracer

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


def refusal(text: str, scope: Scope | None = None) -> ExpressionError:
    """Why an expression is refused."""
    with pytest.raises(ExpressionError) as caught:
        parse(text, scope or Scope())
    return caught.value


TRAPS = [
    ("!a.b", "write not(a.b)", 0),
    ("x && !a.b", "write not(a.b)", 5),
    ("(!a).b", "write not(a.b)", 1),
    ("!a.b.c == 'x'", "write not(a.b)", 0),
    ("(!a)[0]", "write not(a.b)", 1),
    ("!a[?b]", "write not(a.b)", 0),
    ("!a[]", "write not(a.b)", 0),
    ("!a.*", "write not(a.b)", 0),
    ("l[?!a.b]", "write not(a.b)", 3),
    ("null", "`null`", 0),
    ("a == null", "`null`", 5),
    ("nulls == null", "`null`", 9),
    ("'true' == true", "`true`", 10),
    ("l[?on == true]", "`true`", 9),
    ("all(l, &false)", "`false`", 8),
    ("[null]", "`null`", 1),
    ("a && b || c", "parentheses", 7),
    ("a || b && c", "parentheses", 7),
    ("x == (a && b || c)", "parentheses", 13),
    ("l[?a && b || c]", "parentheses", 10),
    ("any(l, &a || b && c)", "parentheses", 15),
    ("a && l[?b] || c", "parentheses", 11),
    ("a && f[] || c", "parentheses", 9),
    ("a < b < c", "chained", 2),
    ("a == b != c", "chained", 2),
    ("a == (b == c)", "chained", 2),
    ("not_null(a, b)", "default(a, b)", 0),
    ("x || not_null(a)", "default(a, b)", 5),
    ("a == `yes`", "'text'", 5),
    ("a == `12x`", "'text'", 5),
    ('a == `{"b": 1`', "Bad token", 5),
    ("a < `1e999`", "out of range", 4),
    ("a == `NaN`", "out of range", 5),
]


@pytest.mark.parametrize(("text", "way_out", "offset"), TRAPS)
def test_a_trap_that_is_let_through(text: str, way_out: str, offset: int) -> None:
    error = refusal(text, Scope())
    assert way_out in error.message
    assert error.offset == offset


ALLOWED = ["not(a.b)", "!a", "!a[0]", "!(a.b)", "a.null", 'a."true"[0]', "a == `null`", "a || `true`", "(a && b) || c"]
ALLOWED += [
    "a && (b || c)",
    "a && b && c",
    "f(a && b, c || d)",
    "[a && b, c || d]",
    "{x: a && b, y: c || d}",
    "a && b | c",
]
ALLOWED += ["l[?a && b].x || c", "l[?a || b] && c", "l[] && (a || b)", 'a == `"yes"`', 'a == ` "yes" `', "a == `12`"]
ALLOWED += [
    "(a < b) && (b < c)",
    "a < b && b < c",
    "'a && b || c' == x",
    '"a||b" && c',
    "x == 'null'",
    "nullable",
    "!a == b",
]


@pytest.mark.parametrize("text", [text.replace("f(", "merge(") for text in ALLOWED])
def test_a_sound_expression_that_is_refused(text: str) -> None:
    compile_truth(parse(text, Scope()))
    compile_value(parse(text, Scope()))


CALLS = [
    ("length()", "length takes 1 arguments, not 0"),
    ("length(a, b)", "length takes 1 arguments, not 2"),
    ("default(a)", "default takes 2 arguments, not 1"),
    ("at(a)", "at takes 2 or more arguments, not 1"),
    ("all(l, a)", "argument 2 of all is an expression with & before it"),
    ("any(&l, &a)", "argument 1 of any is a value, without &"),
    ("length(&a)", "argument 1 of length is a value, without &"),
    ("sort_by(l, a)", "argument 2 of sort_by is an expression with & before it"),
    ("map(l, &a)", "argument 1 of map is an expression with & before it"),
    ("&a", "& goes before an argument"),
    ("a == &b", "& goes before an argument"),
    ("[&b]", "& goes before an argument"),
    ("a && &b", "& goes before an argument"),
    ("all(l, &&a)", "is not expected here"),
    ("holds(a)", "holds takes a policy's id as text"),
    ("holds(`1`)", "holds takes a policy's id as text"),
    ("holds()", "holds takes 1 arguments, not 0"),
    ("holds('a', 'b')", "holds takes 1 arguments, not 2"),
]


@pytest.mark.parametrize(("text", "message"), CALLS)
def test_a_wrong_call_that_is_let_through(text: str, message: str) -> None:
    assert message in refusal(text, Scope(holds=lambda _: Read(("x",)))).message


def test_holds_let_through_where_it_has_no_subject() -> None:
    assert "whole subjects only" in refusal("holds('other')", Scope(member=True)).message


SYNTAX = [
    ("", "empty", 0),
    (" \n ", "empty", 0),
    ("a b", "'b' is not expected here", 2),
    ("a..b", "'.' is not expected here", 2),
    ("a[", "ends too early", 2),
    ("[a", "ends too early", 2),
    ("{a: b", "ends too early", 5),
    ("a &&", "ends too early", 4),
    ("all(l, &", "ends too early", 8),
    ("#", "Unknown token #", 0),
    ("a = b", "Unknown token '='", 2),
    ("a == 'x", "Unclosed", 5),
    ('"a', "Unclosed", 0),
    ("a == `x", "Unclosed", 5),
    ("a.'b'", "is not expected here", 2),
    ("a == )", "')' is not expected here", 5),
    ('"length"(a)', "not expected here", 0),
]


@pytest.mark.parametrize(("text", "message", "offset"), SYNTAX)
def test_a_syntax_error_without_its_place(text: str, message: str, offset: int) -> None:
    error = refusal(text, Scope())
    assert message in error.message
    assert error.offset == offset
    assert "\n" not in error.message


UNKNOWN = [
    "t < 'b'",
    "v >= '2.7'",
    "t > `1`",
    "`true` < `2`",
    "l < l",
    "t[0]",
    "l[7]",
    "l[-7]",
    "t.x",
    "n.x",
    "l.x",
    "o[0]",
]
UNKNOWN += [
    "l[::0]",
    "abs(t)",
    "sum(l)",
    "max(`[]`)",
    "length(n)",
    "keys(l)",
    'sort(`[1, "a"]`)',
    "to_number(t)",
    "`null`",
]
UNKNOWN += ["join(t, `[1]`)", "contains(n, `1`)", "contains(t, `1`)", "starts_with(t, `1`)", "version_at_least(t, '1')"]
UNKNOWN += ["hours_since(t)", "hours_since(n)", "all(t, &@)", "same(n, t)", "sort_by(l, &x)", "merge(l)", "avg(`[]`)"]
UNKNOWN += ["to_number('nan')", "ceil(to_number('inf'))", "[to_number('inf'), to_number('-inf')] | sum(@)"]


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_type_error_told_as_something_else_than_unknown(text: str) -> None:
    document = {"t": "a", "v": "2.8", "n": 1, "l": ["a", "b"], "o": {"x": 1}}
    node = parse(text, Scope())
    assert compile_value(node)(document) is None
    assert compile_truth(node)(document) is None
    assert tracer(document).truth(node)[1]
