"""No expression crashes the program or gets into the source that is generated from it, however large or odd."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from scanner.language.compile import Writer, compile_truth, compile_value
from scanner.language.nodes import Node
from scanner.language.parse import ExpressionError, Scope, parse
from scanner.language.shapes import check
from scanner.language.text import write
from tests.language.plain import examples, tracer

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


def judged(text: str, document: Any, scope: Scope | None = None) -> bool | None:
    node = parse(text, scope or Scope())
    answer = compile_truth(node)(document)
    assert tracer(document).truth(node)[0] is answer
    return answer


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
    with suppress(ExpressionError):
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
    assume(name not in ("null", "true", "false") and "." not in name)
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
    for scope in (Scope(), Scope(strict=False), Scope(facts=("a", "a.b", "b"), params={"a": {"b": 1}}, member=True)):
        try:
            node = parse(text, scope)
        except ExpressionError as error:
            assert error.message
            assert error.offset is None or 0 <= error.offset <= len(text)
            continue
        assert_total(node)
