"""Functions over objects; those that take arrays and texts too are with the arrays."""

from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value, kind, result
from scanner.sources.iac.model import Holed

GROUP = Group("Object functions")


@GROUP.add("createObject", "any…", "object", "open", builds=True)
def create_object(*pairs: Value) -> Value:
    if len(pairs) % 2:
        raise Refused("createObject takes names and values in pairs")
    made: dict[str, Value] = {}
    names: set[str] = set()
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if isinstance(name, Unknown | Holed):
            return result("createObject", pairs)
        if not isinstance(name, str):
            raise Refused(f"createObject: a name is a text, not {kind(name)}")
        if name.lower() in names:
            raise Refused(f"createObject: the name {name!r} is given twice")
        names.add(name.lower())
        made[name] = value
    return made


@GROUP.add("items", "object", "array", "open")
def items(value: Value) -> Value:
    """Sorted by name."""
    if isinstance(value, Unknown):
        return result("items", [value])
    return [{"key": name, "value": value[name]} for name in ordered(value)]


@GROUP.add("objectKeys", "object", "array", "open")
def object_keys(value: Value) -> Value:
    return result("objectKeys", [value]) if isinstance(value, Unknown) else ordered(value)


def ordered(value: dict[str, Any]) -> list[str]:
    """Alphabetically: a before B before c."""
    return sorted(value, key=lambda name: (name.lower(), name))


@GROUP.add("shallowMerge", "array", "object", "open")
def shallow_merge(value: Value) -> Value:
    if isinstance(value, Unknown) or any(isinstance(member, Unknown) for member in value):
        return result("shallowMerge", [value])
    merged: dict[str, Value] = {}
    names: dict[str, str] = {}
    for member in value:
        if not isinstance(member, dict):
            raise Refused(f"shallowMerge takes an array of objects, not of {kind(member)}")
        for name, each in member.items():
            merged[names.setdefault(name.lower(), name)] = each
    return merged


@GROUP.add("null", "", "null")
def null() -> None:
    return None


@GROUP.add("fail", "string", "any", "open")
def fail(message: Value) -> Value:
    raise Refused(
        f"the template fails on purpose: {message if isinstance(message, str) else 'its message is not known'}"
    )
