"""Functions that take arrays or objects together by their members: union, intersection, distinct."""

from collections.abc import Sequence

from scanner.model import Unknown
from scanner.sources.iac.arm.equality import any_of, same
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, kind, known, result
from scanner.sources.iac.model import unknown

GROUP = Group("Array functions")
MOST_PAIRS = 4_000_000
"""Comparisons of members with each other; what would take more stays unknown."""


def _common(one: list[Value], other: list[Value]) -> list[Value]:
    if len(one) * (len(one) + len(other)) > MOST_PAIRS:
        raise _Open
    return [member for n, member in enumerate(one) if _in(member, other) and not _in(member, one[:n])]


def _in(member: Value, members: list[Value]) -> bool:
    answer = any_of(same(member, each) for each in members)
    if answer is None:
        raise _Open
    return answer


class _Open(Exception):
    """Whether two members are the same is not known, or would take too long to find out."""


def _left_open(name: str, values: Sequence[Value]) -> Value:
    if known(list(values)):
        return unknown(f"{name}: there are too many members to compare with each other")
    return result(name, values)


@GROUP.add("intersection", "array|object, array|object, array|object…", "array or object", "open")
def intersection(*values: Value) -> Value:
    if any(isinstance(value, Unknown) for value in values):
        return result("intersection", values)
    if len({kind(value) for value in values}) > 1:
        raise Refused("intersection takes either arrays or objects")
    found = values[0]
    try:
        for other in values[1:]:
            if isinstance(found, list):
                found = _common(found, other)
            else:
                found = {name: value for name, value in found.items() if name in other and _in(value, [other[name]])}
    except _Open:
        return _left_open("intersection", values)
    return found


@GROUP.add("union", "array|object, array|object, array|object…", "array or object", "open", builds=True)
def union(*values: Value) -> Value:
    if any(isinstance(value, Unknown) for value in values):
        return result("union", values)
    if len({kind(value) for value in values}) > 1:
        raise Refused("union takes either arrays or objects")
    if isinstance(values[0], dict):
        merged: Value = {}
        for value in values:
            merged = _merge(merged, value)
        return merged
    try:
        return _distinct([member for value in values for member in value])
    except _Open:
        return _left_open("union", values)


def _merge(one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
    """Objects within are merged too, anything else of the later one counts; of a null over a value nobody says."""
    merged = dict(one)
    names = {name.lower(): name for name in one}
    for name, value in other.items():
        have = names.get(name.lower(), name)
        mine = merged.get(have)
        if isinstance(mine, dict) and isinstance(value, dict):
            merged[have] = _merge(mine, value)
        elif mine is not None and isinstance(value, Unknown):
            merged[have] = result("union", [mine, value])
        elif mine is not None and value is None:
            merged[have] = unknown(f"union: whether the null of {name} replaces a value is not documented")
        else:
            merged[have] = value
    return merged


def _distinct(members: list[Value]) -> list[Value]:
    seen: set[tuple[type, Value]] = set()
    found: list[Value] = []
    odd: list[Value] = []  # what has no hash: unknowns, texts with holes, lists and objects
    for member in members:
        if isinstance(member, str | int | float | None):  # the common case, in linear time
            key = (type(member), member)
            if key not in seen and not _in(member, odd):
                seen.add(key)
                found.append(member)
        elif not _in(member, odd) and not _in(member, [value for _, value in seen]):
            odd.append(member)
            found.append(member)
            if len(odd) * len(members) > MOST_PAIRS:
                raise _Open
    return found


@GROUP.add("distinct", "array", "array", "open")
def distinct(value: Value) -> Value:
    try:
        return result("distinct", [value]) if isinstance(value, Unknown) else _distinct(value)
    except _Open:
        return _left_open("distinct", [value])
