"""Functions that compare values."""

from collections.abc import Callable
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.equality import same
from scanner.sources.iac.arm.functions.logical import Run, attempt
from scanner.sources.iac.arm.scope import Scope
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, kind, known, result
from scanner.sources.iac.model import unknown

GROUP = Group("Comparison functions")


@GROUP.add("equals", "any, any", "bool", "open")
def equals(one: Value, other: Value) -> Value:
    answer = same(one, other)
    return result("equals", [one, other]) if answer is None else answer


@GROUP.add("coalesce", "any, any…", "any", "lazy")
def coalesce(scope: Scope, variables: dict[str, Any], *arguments: Run) -> Value:
    open_: list[Value] = []
    for argument in arguments:
        value = attempt(argument, scope, variables) if open_ else argument(scope, variables)
        if isinstance(value, Unknown):
            open_.append(value)
        elif value is not None:
            if not open_:
                return value
            open_.append(value)
            break
    if not open_:
        return None
    return result("coalesce", open_)


def _ordered(name: str, holds: Callable[[Any, Any], bool]) -> None:
    def run(one: Value, other: Value) -> Value:
        kinds = {kind(one), kind(other)}
        if "string" in kinds and kinds & {"int", "float"}:
            raise Refused(f"{name} compares two numbers or two texts, not one of each")
        if not known([one, other]):
            return result(name, [one, other])
        if not isinstance(one, str):
            return holds(one, other)
        if one == other:
            return holds(0, 0)
        # The service orders texts as words are ordered: "a" before "A" before "b". Of other signs nobody says where.
        if not (one.isascii() and one.isalnum() and other.isascii() and other.isalnum()):
            return unknown(f"{name}: the order of {one[:40]!r} and {other[:40]!r} is not documented")
        return holds((one.lower(), one.swapcase()), (other.lower(), other.swapcase()))

    GROUP.add(name, "int|float|string, int|float|string", "bool", "open")(run)


_ordered("less", lambda one, other: one < other)
_ordered("lessOrEquals", lambda one, other: one <= other)
_ordered("greater", lambda one, other: one > other)
_ordered("greaterOrEquals", lambda one, other: one >= other)
