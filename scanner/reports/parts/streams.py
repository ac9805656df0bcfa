"""A JSON document in pieces: what is long in it is made, written and let go member by member."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

_AT_ONCE = 200
_LONG = 1 << 20
"""Characters beyond which what was made is written at once."""
_encode = json.JSONEncoder(check_circular=False).encode


class Lines:
    """A list of a document whose members are made as they are written, each on a line of its own."""

    def __init__(self, members: Iterable[Any]) -> None:
        self.members = members


def streamed(document: Mapping[str, Any]) -> Iterator[str]:
    """The document as text, an indented one but for its `Lines`."""
    yield from _object(document, "")
    yield "\n"


def _object(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    first = True
    for name, below in value.items():
        yield f"{'{' if first else ','}\n{indent} {json.dumps(name)}: "
        yield from _value(below, indent + " ")
        first = False
    yield "{}" if first else f"\n{indent}}}"


def _value(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Lines):
        yield from _members(value, indent)
    elif isinstance(value, Mapping) and _long(value):
        yield from _object(value, indent)
    elif isinstance(value, list) and any(map(_long, value)):
        for at, member in enumerate(value):
            yield f"{',' if at else '['}\n{indent} "
            yield from _value(member, indent + " ")
        yield f"\n{indent}]"
    else:
        yield json.dumps(value, indent=1).replace("\n", f"\n{indent}")


def _long(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_long, value.values()))
    return isinstance(value, Lines) or (isinstance(value, list) and any(map(_long, value)))


def _members(lines: Lines, indent: str) -> Iterator[str]:
    between = f",\n{indent} "
    start = f"[\n{indent} "
    some: list[str] = []
    length = 0
    for member in lines.members:
        if isinstance(member, Mapping) and any(isinstance(below, Lines) for below in member.values()):
            yield start + between.join([*some, ""])
            some.clear()
            yield from _on_one_line(member)
            start, length = between, 0
            continue
        text = _encode(member)
        some.append(text)
        length += len(text)
        if len(some) == _AT_ONCE or length > _LONG:
            yield start + between.join(some)
            some.clear()
            start, length = between, 0
    if some:
        yield start + between.join(some)
        start = between
    yield f"\n{indent}]" if start == between else "[]"


def _on_one_line(value: Mapping[str, Any]) -> Iterator[str]:
    """The object as `json` writes it, but for its `Lines`, which are written some at a time."""
    for at, (name, below) in enumerate(value.items()):
        yield f"{', ' if at else '{'}{json.dumps(name)}: "
        if not isinstance(below, Lines):
            yield _encode(below)
            continue
        members = iter(below.members)
        start = "["
        while some := list(islice(members, _AT_ONCE)):
            yield start + ", ".join(map(_encode, some))
            start = ", "
        yield "]" if start == ", " else "[]"
    yield "}"
