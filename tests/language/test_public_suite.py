"""JMESPath's public compliance suite: plain's answer, or unknown, or an answer in part that plain's completes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.language.nodes import Node
from scanner.language.parse import ExpressionError, Scope, parse
from tests.language.plain import admits, is_exact, is_true, traced_truth, traced_value, truth, value

SUITE = Path(__file__).parents[3] / "shared" / "corpora" / "jmespath"
FILES = sorted(SUITE.glob("*.json"))

pytestmark = [
    pytest.mark.skipif(not FILES, reason=f"the JMESPath compliance suite is not at {SUITE}"),
    pytest.mark.filterwarnings("ignore:deprecated string literal syntax"),
]


def cases(file: Path) -> list[tuple[str, Any, dict[str, Any]]]:
    """Each case as the expression, the document, and the case itself (`result`, `error` or `bench`)."""
    groups = json.loads(file.read_text("utf-8"))
    return [(case["expression"], group["given"], case) for group in groups for case in group["cases"]]


def nodes(expression: str) -> Node | None:
    """The nodes of an expression; None where we refuse it."""
    try:
        return parse(expression, Scope(strict=False))
    except ExpressionError:
        return None


VALUES: dict[str, Callable[[Node, Any], Any]] = {
    "compiled": value,
    "traced": lambda node, document: traced_value(node, document)[0],
}
TRUTHS: dict[str, Callable[[Node, Any], bool | None]] = {
    "compiled": truth,
    "traced": lambda node, document: traced_truth(node, document)[0],
}


@pytest.mark.parametrize("how", VALUES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_value_that_plain_does_not_give(file: Path, how: str) -> None:
    for expression, document, case in cases(file):
        node = nodes(expression)
        if "result" in case and node is not None:
            answer = VALUES[how](node, document)
            assert admits(answer, case["result"]), f"{expression} gave {answer!r}, plain {case['result']!r}"


@pytest.mark.parametrize("how", TRUTHS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_yes_or_no_that_plain_does_not_give(file: Path, how: str) -> None:
    for expression, document, case in cases(file):
        node = nodes(expression)
        if "result" in case and node is not None:
            answer = TRUTHS[how](node, document)
            assert answer in (None, is_true(case["result"])), f"{expression}: {answer}, plain {case['result']!r}"


@pytest.mark.parametrize("how", VALUES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_answer_where_plain_has_an_error(file: Path, how: str) -> None:
    for expression, document, case in cases(file):
        node = nodes(expression)
        if "error" in case and node is not None:
            assert VALUES[how](node, document) is None, expression
            assert TRUTHS[how](node, document) is None, expression


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_refusal_of_what_plain_answers(file: Path) -> None:
    refused = [
        expression
        for expression, _, case in cases(file)
        if "result" in case and nodes(expression) is None and "not_null" not in expression
    ]
    assert len(refused) <= 1, refused  # one benchmark is nested deeper than we allow
    assert all(expression.count("[") > 40 or len(expression) > 200 for expression in refused), refused


@pytest.mark.parametrize("how", VALUES)
def test_unknown_swallowing_known_answers(how: str) -> None:
    exact = partial = 0
    for file in FILES:
        for expression, document, case in cases(file):
            node = nodes(expression)
            if "result" not in case or node is None:
                continue
            answer = VALUES[how](node, document)
            exact += answer is not None and is_exact(answer) and answer == case["result"]
            partial += answer is not None and not (is_exact(answer) and answer == case["result"])
    assert exact >= 505
    assert exact + partial >= 632


def test_unknown_swallowing_yes_and_no() -> None:
    known = total = 0
    for file in FILES:
        for expression, document, case in cases(file):
            node = nodes(expression)
            if case.get("result") is not None and node is not None:
                total += 1
                known += truth(node, document) is not None
    assert known >= 0.9 * total
