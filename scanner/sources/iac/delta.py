"""Applies what-if's property changes to a resource's state before, for results that leave out the state after."""

from collections.abc import Mapping
from typing import Any

from scanner.sources.iac.model import unknown
from scanner.sources.iac.predicted import get, known, text

_DEPTH = 60
_GONE = object()
_BY_NUMBER = ("create", "delete", "modify", "array", "noeffect")


def applied(before: Mapping[str, Any], delta: Any) -> dict[str, Any]:
    """The state after; a property whose change cannot be followed is Unknown, never what it was."""
    found: dict[str, Any] = dict(before)
    for change in delta if isinstance(delta, list) else [delta]:
        made = _put(found, text(get(change, "path")), change, 0)
        if not isinstance(made, dict):  # a change that names no property: any may have changed
            return {"properties": _lost("its properties")}
        found = made
    return found


def _lost(path: str) -> Any:
    return unknown(f"what-if's change of {path} could not be followed")


def _put(here: Any, path: str, change: Any, depth: int, *, flat: bool = False) -> Any:
    """A copy of `here` with one change below it made. `flat`: names in it may hold dots, and nothing is below them."""
    if depth > _DEPTH or not path:
        return _lost(path or "a property without a path")
    if isinstance(here, list):
        return _in_list(here, path, change, depth)
    if not isinstance(here, dict):
        return _lost(path)
    pieces = path.split(".")
    for length in range(len(pieces), 0, -1):
        wanted = ".".join(pieces[:length]).lower()
        name = next((each for each in here if each.lower() == wanted), None)
        if name is not None:
            rest = ".".join(pieces[length:])
            value = here[name]
            made = (
                _put(value, rest, change, depth + 1, flat=_is_flat(name))
                if rest
                else _value(value, change, path, depth)
            )
            return _with(here, name, made)
    if flat or len(pieces) == 1:
        return _with(here, path, _value(None, change, path, depth))
    inner: dict[str, Any] = {}
    return {**here, pieces[0]: _put(inner, ".".join(pieces[1:]), change, depth + 1, flat=_is_flat(pieces[0]))}


def _is_flat(name: str) -> bool:
    return name.lower() == "tags"


def _with(here: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if value is _GONE:
        return {each: member for each, member in here.items() if each != name}
    return {**here, name: value}


def _in_list(here: list[Any], path: str, change: Any, depth: int) -> Any:
    head, _, rest = path.partition(".")
    if not (head.isascii() and head.isdigit() and int(head[:9]) < len(here)):
        return _lost(path)
    place = int(head[:9])
    made = _put(here[place], rest, change, depth + 1) if rest else _value(here[place], change, path, depth)
    return _lost(path) if made is _GONE else [*here[:place], made, *here[place + 1 :]]


def _value(old: Any, change: Any, path: str, depth: int) -> Any:
    """What one change makes of a value."""
    kind = get(change, "propertyChangeType")
    if isinstance(kind, int) and 0 <= kind < len(_BY_NUMBER):
        kind = _BY_NUMBER[kind]
    kind = text(kind).lower()
    after, children = get(change, "after"), get(change, "children")
    if kind == "delete":
        return _GONE
    if kind == "noeffect":
        return old
    if kind in ("create", "modify", "array") and after is not None:
        return known(after)
    if kind == "array" and isinstance(children, list):
        return _array(old, children, path, depth)
    if kind in ("create", "modify") and isinstance(children, list) and children:
        made = {} if old is None else old
        for child in children:
            made = _put(made, text(get(child, "path")), child, depth + 1, flat=_is_flat(path.rsplit(".", 1)[-1]))
        return made
    return _lost(path)


def _array(old: Any, children: list[Any], path: str, depth: int) -> Any:
    """A list's members, changed in their places; what goes and what comes is settled when all places are known."""
    members: list[Any] = list(old) if isinstance(old, list) else []
    come: list[Any] = []
    for child in children:
        head = text(get(child, "path"))
        made = _value(None, child, path, depth + 1) if _comes(child) else None
        if made is not None:
            come.append(made)
            continue
        if not (head.isascii() and head.isdigit() and int(head[:9]) < len(members)):
            return _lost(path)
        place = int(head[:9])
        members[place] = _value(members[place], child, f"{path}.{head}", depth + 1)
    return [*(member for member in members if member is not _GONE), *come]


def _comes(child: Any) -> bool:
    kind = get(child, "propertyChangeType")
    return kind == 0 or text(kind).lower() == "create"
