"""Functions over integers, in the service's 64 bits."""

import re
from collections.abc import Callable

from scanner.model import Unknown
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, known, result
from scanner.sources.iac.model import Holed

GROUP = Group("Numeric functions")


def fit(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise Refused("the number does not fit 64 bits")
    return value


@GROUP.add("add", "int, int", "int")
def add(one: int, other: int) -> int:
    return fit(one + other)


@GROUP.add("sub", "int, int", "int")
def sub(one: int, other: int) -> int:
    return fit(one - other)


@GROUP.add("mul", "int, int", "int")
def mul(one: int, other: int) -> int:
    return fit(one * other)


@GROUP.add("div", "int, int", "int")
def div(one: int, other: int) -> int:
    """Towards zero, as .NET divides."""
    if other == 0:
        raise Refused("div: division by zero")
    whole = abs(one) // abs(other)
    return fit(whole if (one < 0) == (other < 0) else -whole)


@GROUP.add("mod", "int, int", "int")
def mod(one: int, other: int) -> int:
    """With the sign of the first, as .NET has it."""
    if other == 0:
        raise Refused("mod: division by zero")
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


@GROUP.add("int", "int|string|float", "int")
def to_int(value: int | str | float) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", value, re.ASCII):
            raise Refused(f"int: {value[:40]!r} is not a whole number")
        return fit(int(value))
    if isinstance(value, float) and not value.is_integer():
        raise Refused(f"int: {value} is not a whole number")
    return fit(int(value))


@GROUP.add("float", "int|string|float", "float")
def to_float(value: int | str | float) -> float:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?[0-9]{1,300}(\.[0-9]{1,300})?\s*", value, re.ASCII):
        raise Refused(f"float: {value[:40]!r} is not a number")
    return float(value)


def _extreme(name: str, choose: Callable[[list[int]], int]) -> Callable[..., Value]:
    def run(*arguments: Value) -> Value:
        values = arguments
        if len(arguments) == 1 and isinstance(arguments[0], list):
            values = tuple(arguments[0])
            if not values:
                raise Refused(f"{name}: the array is empty")
        for value in values:
            if isinstance(value, bool | str | Holed) or not isinstance(value, int | float | Unknown):
                raise Refused(f"{name} compares integers, or the integers of one array")
        return choose(list(values)) if known(list(values)) else result(name, arguments)

    return run


GROUP.add("min", "int|float|array, int|float…", "int", "open")(_extreme("min", min))
GROUP.add("max", "int|float|array, int|float…", "int", "open")(_extreme("max", max))
