"""What the tests of the language measure with: plain JMESPath, and whether an answer of ours admits plain's."""

from collections.abc import Mapping
from typing import Any

import jmespath
from hypothesis import HealthCheck, settings

from scanner.language.compile import compile_truth, compile_value
from scanner.language.nodes import Node
from scanner.language.trace import Trace, Why
from scanner.language.values import Bounds, OpenList, field, is_number
from tests import properties

EXAMPLES = 1500
"""How many generated examples each property of this folder gets in all."""


def examples(share: float = 1.0) -> settings:
    """The settings of a property that gets that share of all examples."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return properties.examples(round(EXAMPLES * share), suppress_health_check=slow)


class PlainError(Exception):
    """Plain JMESPath has no answer, only an error."""


def plain(text: str, document: Any) -> Any:
    """Plain JMESPath's answer."""
    try:
        return jmespath.search(text, document)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise PlainError(str(error)) from None


def is_true(value: Any) -> bool:
    """Plain JMESPath's idea of true."""
    return not (value is None or value is False or (isinstance(value, str | list | dict) and not value))


def admits(answer: Any, result: Any) -> bool:
    """Whether `result` can be what `answer`, which may be known in part, turns out to be."""
    if answer is None:
        return True
    if isinstance(answer, Bounds):
        return is_number(result) and answer.low <= result <= answer.high
    if isinstance(answer, OpenList):
        if not isinstance(result, list) or not 0 <= len(result) - len(answer.known) <= answer.extra:
            return False
        return _matched(answer.known, result)
    if isinstance(answer, list):
        return isinstance(result, list) and len(answer) == len(result) and all(map(admits, answer, result))
    if isinstance(answer, Mapping):
        return isinstance(result, dict) and all(
            name in result and admits(part, result[name]) for name, part in answer.items()
        )
    return is_number(answer) == is_number(result) and bool(answer == result)


def _matched(known: list[Any], result: list[Any]) -> bool:
    """Whether every known member admits a member of `result` of its own (augmenting paths)."""
    taken: dict[int, int] = {}

    def place(member: int, tried: set[int]) -> bool:
        for position in range(len(result)):
            if position not in tried and admits(known[member], result[position]):
                tried.add(position)
                if position not in taken or place(taken[position], tried):
                    taken[position] = member
                    return True
        return False

    return all(place(member, set()) for member in range(len(known)))


def is_exact(answer: Any) -> bool:
    """Whether nothing in `answer` is missing; an object counts by the names it has."""
    if isinstance(answer, list):
        return all(map(is_exact, answer))
    if isinstance(answer, dict):
        return all(map(is_exact, answer.values()))
    return answer is not None and not isinstance(answer, OpenList | Bounds)


def tracer(document: Any) -> Trace:
    """A trace that reads a free document."""

    def read(path: tuple[str, ...]) -> Any:
        value = document
        for name in path:
            value = field(value, name)
        return value

    return Trace(read=read, now=0.0)


def value(node: Node, document: Any) -> Any:
    return compile_value(node)(document)


def truth(node: Node, document: Any) -> bool | None:
    return compile_truth(node)(document)


def traced_value(node: Node, document: Any) -> tuple[Any, Why]:
    return tracer(document).value(node)


def traced_truth(node: Node, document: Any) -> tuple[bool | None, Why]:
    return tracer(document).truth(node)
