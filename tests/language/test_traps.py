"""What would silently mean something else is refused at load, with a place and the way out, or is unknown."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.language.compile import Writer, compile_truth, compile_value
from scanner.language.nodes import Node, Read
from scanner.language.parse import ExpressionError, Scope, parse
from scanner.language.shapes import ANY, FLAG, NUMBER, TABLE, TEXT, TIME, VERSION, Shape, check, list_of, record
from scanner.language.text import write
from tests.language.plain import examples, tracer

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")

FACTS: dict[str, Shape] = {
    "agent.version": VERSION,
    "agent.seen": TIME,
    "backup.last": TIME,
    "disks.managed": FLAG,
    "disks.count": NUMBER,
    "network.nics": list_of(record(name=TEXT, dhcp=FLAG, ips=list_of(TEXT))),
    "os.type": TEXT,
    "tags": TABLE,
    "settings": record(mode=TEXT, limit=NUMBER),
    "raw": ANY,
}
PARAMS = {"minimum": "2.7", "networks": ["a", "b"], "nested": {"level": 3}}


def refusal(text: str, scope: Scope | None = None) -> ExpressionError:
    """Why an expression is refused, at its parse or at the check of its shapes."""
    scope = scope or Scope(facts=FACTS, params=PARAMS)
    with pytest.raises(ExpressionError) as caught:
        check(parse(text, scope), FACTS if scope.facts is not None else None)
    return caught.value


def judged(text: str, document: Any, scope: Scope | None = None) -> bool | None:
    node = parse(text, scope or Scope())
    answer = compile_truth(node)(document)
    assert tracer(document).truth(node)[0] is answer
    return answer


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
    ('a == `{"b": 1`', "'text'", 5),
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


NAMES = [
    ("agent.verson == 'x'", "there is no fact 'agent.verson', did you mean 'agent.version'?", 0),
    ("os.type == 'x' && disk.managed", "there is no fact 'disk.managed', did you mean 'disks.managed'?", 18),
    ("zzz", "there is no fact 'zzz'", 0),
    ("network.nic[*].name", "there is no fact 'network.nic', did you mean 'network.nics'?", 0),
    ("network.nic[0].name", "there is no fact 'network.nic', did you mean 'network.nics'?", 0),
    ("agent", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("agent == 'x'", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("default(network, `[]`)", "'network' is a group of facts: name one of network.nics", 8),
    ("agent.*", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("@", "name a fact", 0),
    ("keys(@)", "name a fact", 5),
    ("os.type == params.minimun", "there is no parameter 'minimun', did you mean 'minimum'?", 18),
    ("params.nested.lvl == `3`", "there is no parameter 'lvl', did you mean 'level'?", 14),
    ("params.network[*]", "there is no parameter 'network', did you mean 'networks'?", 7),
    ("contian(os.type, 'x')", "there is no word 'contian', did you mean 'contains'?", 0),
    ("length(tags) && zzz(os.type)", "there is no word 'zzz'", 16),
    ("network.nics[?dhpc]", "there is no field 'dhpc' here, did you mean 'dhcp'?", None),
    ("network.nics[*].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[0].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[?dhcp].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[1:].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("all(network.nics, &dhpc)", "there is no field 'dhpc' here, did you mean 'dhcp'?", None),
    ("sort_by(network.nics, &nmae)", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("max_by(network.nics, &name).nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[*].{n: nmae}", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("(network.nics | [0]).nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics.name", "a list has no field 'name'", None),
    ("settings.mod == 'x'", "there is no field 'mod' here, did you mean 'mode'?", None),
    ("os.type.name", "a text has no field 'name'", None),
]


@pytest.mark.parametrize(("text", "message", "offset"), NAMES)
def test_a_wrong_name_that_is_let_through(text: str, message: str, offset: int | None) -> None:
    error = refusal(text)
    assert message in error.message
    assert error.offset == offset
    assert error.offset is not None or error.near in text


KINDS = [
    ("os.type < 'x'", "< and > are for numbers"),
    ("'x' >= os.type", "< and > are for numbers"),
    ("agent.version >= '2.7'", "version_at_least"),
    ("agent.version < params.minimum", "version_at_least"),
    ("backup.last > '2025-01-01'", "hours_since"),
    ("agent.seen < backup.last", "hours_since"),
    ("disks.managed > `1`", "< and > are for numbers"),
    ("network.nics[?name < 'x']", "< and > are for numbers"),
    ("all(network.nics, &name > 'x')", "< and > are for numbers"),
    ("disks.managed == 'true'", "never equals"),
    ("disks.count == '3'", "never equals"),
    ("os.type != `1`", "never equals"),
    ("network.nics == 'x'", "never equals"),
    ("length(disks.count) > 'x'", "< and > are for numbers"),
    ("abs(os.type) == `1`", "argument 1 of abs is a number"),
    ("hours_since(disks.count) > `1`", "argument 1 of hours_since is a time"),
    ("version_at_least(disks.count, '1')", "argument 1 of version_at_least is a version"),
    ("all(os.type, &@)", "argument 1 of all is a list"),
    ("map(&@, os.type)", "argument 2 of map is a list"),
    ("at(os.type, 'x')", "argument 1 of at is a object"),
    ("keys(network.nics)", "argument 1 of keys is a object"),
    ("starts_with(os.type, disks.count)", "argument 2 of starts_with is a text"),
    ("os.type[0]", "[n] is for lists"),
    ("os.type[*]", "[*] is for lists"),
    ("settings[?mode]", "[?…] is for lists"),
    ("network.nics.*", ".* is for objects"),
]


@pytest.mark.parametrize(("text", "message"), KINDS)
def test_kinds_that_do_not_go_together_let_through(text: str, message: str) -> None:
    assert message in refusal(text).message


SOUND = [
    "hours_since(agent.seen) < `24`",
    "version_at_least(agent.version, params.minimum)",
    "length(network.nics) > `1`",
]
SOUND += ["network.nics[*].ips[] | length(@) > `1`", "contains(params.networks, os.type)", "tags.Owner == 'me'"]
SOUND += ["raw.anything[0].deep == `1`", "agent.version == '2.7'", "network.nics[?dhcp].ips[0]", "raw < `1`", "tags.*"]
SOUND += ["params.networks[0] == os.type", "network.nics[?contains(params.networks, name)]", "at(tags, os.type) == 'x'"]
SOUND += ["os.type == params.nested.missing || `true`"][:0] + ["all(network.nics, &all(ips, &starts_with(@, '10.')))"]


@pytest.mark.parametrize("text", SOUND)
def test_sound_use_of_facts_that_is_refused(text: str) -> None:
    check(parse(text, Scope(facts=FACTS, params=PARAMS)), FACTS)


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
    assert message in refusal(text, Scope(holds=lambda policy: Read(("x",)))).message


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


LARGE = {
    "brackets": "[" * 300_000,
    "closed brackets": "[" * 300_000 + "]" * 300_000,
    "parentheses": "(" * 300_000 + "a" + ")" * 300_000,
    "nots": "!" * 300_000 + "a",
    "a deep literal": "`" + "[" * 300_000 + "]" * 300_000 + "`",
    "5,000 operands": " && ".join(["a"] * 5000),
    "5,000 other operands": " || ".join(["a == 'x'"] * 5000),
    "5,000 pipes": " | ".join(["a"] * 5000),
    "a huge index": f"a[{'9' * 5000}]",
    "a huge slice": f"a[{'9' * 5000}:]",
    "a huge literal": f"`{'9' * 5000}`",
    "deep filters": "a[?" * 60 + "b" + "]" * 60,
    "deep calls": "length(" * 60 + "b" + ")" * 60,
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("strict", [True, False])
def test_an_expression_that_is_too_large_crashing(name: str, strict: bool) -> None:
    try:
        node = parse(LARGE[name], Scope(strict=strict))
    except ExpressionError:
        return
    assert not strict
    assert_total(node)


def assert_total(node: Node) -> None:
    """All that is done with an accepted expression ends well, or says it is too large."""
    try:
        compile_truth(node)({})
        compile_value(node)({})
    except ValueError as error:
        assert "too large" in str(error)
    tracer({}).truth(node)
    tracer({}).value(node)
    check(node, None)
    write(node)


DEEP = [("length(", ")"), ("!(", ")"), ("not(", ")"), ("[", "]"), ("{x: ", "}"), ("l[?", "]"), ("all(l, &", ")")]
DEEP += [
    ("default(a, ", ")"),
    ("a && (b || (", "))"),
    ("'x' == to_string(", ")"),
    ("(a || b).to_array(", ")"),
    ("x | (", ")"),
]


@pytest.mark.parametrize(("before", "after"), DEEP)
def test_an_expression_of_the_deepest_allowed_nesting_crashing(before: str, after: str) -> None:
    accepted = 0
    for depth in range(1, 45):
        try:
            node = parse(before * depth + "a" + after * depth, Scope())
        except ExpressionError:
            break
        accepted = depth
        assert_total(node)
    assert accepted >= 10


@pytest.mark.parametrize("sign", ["&&", "||"])
def test_a_long_but_allowed_chain_refused(sign: str) -> None:
    node = parse(f" {sign} ".join(f"a{number} == 'x'" for number in range(150)), Scope())
    assert compile_truth(node)({}) is None
    assert_total(node)
    assert write(parse(write(node), Scope())) == write(node)


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


TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "'",
        '"',
        "\\",
        "`",
        "\n",
        "\r\n",
        "\0",
        "') or print('x",
        '"); import os #',
        "{d}",
        "%s",
        "\u2028",
        "é",
        "\ud800",
        "t1",
        "d",
    ]
)


@examples(0.3)
@given(TEXTS, TEXTS)
@example("x'); raise SystemExit((1", "\\'); raise SystemExit((1")
@example("d", "r0")
def test_a_name_or_a_literal_that_gets_into_the_generated_source(name: str, text: str) -> None:
    quoted, literal = json.dumps(name), "`" + json.dumps(text).replace("`", "\\u0060") + "`"
    for source in (
        f"{quoted} == {literal}",
        f"@.{quoted} == {literal}",
        f"(@ | {quoted}) == {literal}",
        f"contains([{quoted}], {literal})",
        f"{{{quoted}: {literal}}}.{quoted} == {quoted}",
        f"all([{quoted}, @.{quoted}], &@ == {literal})",
        f"[@][?{quoted} == {literal}] | length(@) == `1`",
        f"at({{{quoted}: {literal}}}, {literal}) != `1` && {quoted} == {literal}",
    ):
        node = parse(source, Scope())
        assert judged(source, {name: text}) in (True, None)
        assert judged(source, {name: text + "x"}) is not True or "length" not in source
        for generated in (Writer().truth(node), Writer().value(node)):
            assert "\n" not in generated and "\r" not in generated
            compile(generated, "<test>", "eval")
        assert judged(write(node), {name: text}) is judged(source, {name: text})


@examples(0.3)
@given(st.text(max_size=30) | st.text(alphabet="ab.[]*?&|!()'\"`{},:@=<>0-1 ", max_size=30))
def test_a_text_that_crashes_the_parser(text: str) -> None:
    for scope in (Scope(), Scope(strict=False), Scope(facts=FACTS, params=PARAMS)):
        try:
            node = parse(text, scope)
        except ExpressionError as error:
            assert error.message
            assert error.offset is None or 0 <= error.offset <= len(text)
            continue
        assert_total(node)
