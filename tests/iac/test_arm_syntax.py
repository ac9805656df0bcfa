"""The syntax of template expressions: what is one, what it may hold, and what hostile texts do."""

import pytest

from scanner.model import Unknown
from scanner.sources.iac.arm.expressions import evaluate, is_expression
from scanner.sources.iac.arm.syntax import LONGEST
from tests.iac.expressions import Given, refusal_of, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("[", "["),
        ("[[escaped]", "[escaped]"),
        ("[[half", "[[half"),
        ("[test] value", "[test] value"),
        (" [true()]", " [true()]"),
        ("[true()]", True),
        ("['a']", "a"),
        ("[ 5 ]", 5),
        ("[-5]", -5),
    ],
)
def test_only_a_text_in_brackets_is_evaluated(text: str, value: object) -> None:
    assert evaluate(text, Given()) == value


def test_what_is_an_expression_is_told_without_evaluating() -> None:
    assert is_expression("[a]")
    assert not is_expression("[[a]")
    assert not is_expression("[a] ")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it''s'", "it's"),
        ("''", ""),
        ("''''", "'"),
        ("concat(\n  'a',\r\n\t'b'\n)", "ab"),
        ("concat ( 'a' , 'b' )", "ab"),
        ("createObject('a', createArray(createObject('B', 7))) . A [ 0 ] ['b']", 7),
        ("createObject('x y', 1)['X Y']", 1),
        ("createArray('a','b')[sub(2, 1)]", "b"),
        ("concat('[', ']', '(', '\\n')", "[](\\n"),
        ("concat('é', '☃', '𝒳')", "é☃𝒳"),
    ],
)
def test_an_expression_is_read_as_the_service_reads_it(expression: str, value: object) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    ("expression", "said", "offset"),
    [
        ("", "was expected before the end", 1),
        ("concat('a'", ") was expected before the end", 11),
        ("concat('a',)", "was expected before )", 12),
        ("concat('a' 'b')", ") was expected before 'b'", 12),
        ("concat('a'))", "the end was expected before )", 12),
        ("concat", "( was expected before the end", 7),
        ("'abc", "does not end", 1),
        ('concat("a")', "means nothing here", 8),
        ("createArray(1)[0", "] was expected", 17),
        ("createObject('a',1).'a'", "the name of a property was expected", 21),
        ("add(1, 99999999999999999999)", "64 bits", 8),
        ("1 + 1", "means nothing here", 3),
        ("add(1, nope())", "no function 'nope'", 8),
        ("add(1, createArray(1)[3])", "the array has 1", 22),
    ],
)
def test_a_fault_is_said_with_its_place(expression: str, said: str, offset: int) -> None:
    refusal = refusal_of(expression)
    assert said in refusal.message
    assert refusal.offset == offset


@pytest.mark.parametrize(
    "text",
    [
        "[" + "(" * 100_000 + "]",
        "[" + "createArray(" * 2_000 + ")" * 2_000 + "]",
        "[" + "a." * 10_000 + "]",
        "[createArray()" + "[0]" * 8_000 + "]",
        "['" + "x" * 1_000_000 + "']",
        "['" + "''" * 12_000 + "]",
        "[" + " " * 24_000 + "]",
        "[" + "'" * 23_999 + "]",
    ],
    ids=["parentheses", "calls", "dots", "indexes", "long", "quotes", "spaces", "unterminated"],
)
def test_hostile_expressions_are_refused_not_suffered(text: str) -> None:
    scope = Given()
    assert isinstance(evaluate(text, scope), Unknown)
    assert len(scope.refusals) == 1


A = "lambdaVariables('a')"


@pytest.mark.parametrize(
    "expression",
    [
        f"reduce(range(0, 100), 'xxxxxxxxxx', lambda('a', 'b', concat({A}, {A})))",
        f"reduce(range(0, 100), createArray(1), lambda('a', 'b', concat({A}, {A})))",
        f"reduce(range(0, 100), createArray(1), lambda('a', 'b', createArray({A}, {A})))",
        f"reduce(range(0, 5000), createArray(1), lambda('a', 'b', createArray({A})))",
        "map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', 1))))",
        "padLeft('a', 2147483647)",
        "replace(padLeft('', 100000, 'a'), 'a', padLeft('', 100000, 'a'))",
        f"format('{'{0,9999}' * 14}', 'a')",
    ],
    ids=["text", "list", "tree", "deep", "steps", "pad", "replace", "format"],
)  # fmt: skip
def test_a_small_expression_cannot_ask_for_a_huge_value(expression: str) -> None:
    refusal_of(expression)


def test_the_longest_expression_that_the_service_takes_is_read() -> None:
    text = "['" + "x" * (LONGEST - 4) + "']"
    assert evaluate(text, Given()) == text[2:-2]
