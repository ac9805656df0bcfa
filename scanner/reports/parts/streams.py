"""A JSON document in pieces: what is long in it is made, written and let go member by member."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_AT_ONCE = 200


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
    encode = json.JSONEncoder(check_circular=False).encode
    between = f",\n{indent} "
    start = f"[\n{indent} "
    some: list[str] = []
    for member in lines.members:
        some.append(encode(member))
        if len(some) == _AT_ONCE:
            yield start + between.join(some)
            start = between
            some.clear()
    if some:
        yield start + between.join(some)
        start = between
    yield f"\n{indent}]" if start == between else "[]"
