"""Decodes a row of JSON, keeping only the fields that some selected policy's facts read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec

from scanner.model import Fields
from scanner.rowtypes import GUEST_FACTS, VM
from scanner.sources.guest_evidence import PUBLISHERS

_TYPE = re.compile(rb'"type" ?: ?"([^"/]+/[^"]+)"').search
_HEAD: Mapping[str, Fields] = {"id": {}, "type": {}, "subscriptionId": {}}
LOOK_WITHIN = 1000


class Head(msgspec.Struct):
    """The type of a row, where it does not stand near the front."""

    type: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of one type, in one spelling, are decoded.

    `wanted`: some fact reads rows of this type. `publishes`: they may hold guest facts, which some fact reads.
    """

    text: str
    type: str
    decode: Any
    wanted: bool
    publishes: bool
    has_properties: bool
    needle: bytes
    """How the type stands in a row of compact JSON."""


class RowDecoder:
    """Row types to decoders; learns each spelling of a type's name when it is first met."""

    def __init__(self, fields: Mapping[str, Fields]) -> None:
        self._fields = fields
        self._kinds: dict[bytes, Kind] = {}
        self._count = 0
        self._head = msgspec.json.Decoder(Head)

    def kind_of(self, line: bytes) -> Kind:
        """How to decode `line`, by the first resource type named in it: a guess until the row's own type is read."""
        found = _TYPE(line, 0, LOOK_WITHIN)
        name = found[1] if found else self._head.decode(line).type.encode()
        if not name.strip():
            raise KeyError("type")
        return self._kinds.get(name) or self._learn(name)

    def kind_named(self, name: str) -> Kind:
        """How rows of exactly that type are decoded."""
        raw = name.encode("utf-8", "surrogatepass")
        return self._kinds.get(raw) or self._learn(raw)

    def _learn(self, raw: bytes) -> Kind:
        text = raw.decode("utf-8", "surrogatepass")
        fields = self._fields.get(text.lower())
        tree = {**_HEAD, **(fields or {})}
        if fields is not None and text.lower() == VM and "properties" not in tree:
            tree["properties"] = {"provisioningState": {}}  # by its absence an instance view is told from a VM's row
        publishes = GUEST_FACTS in self._fields and text.lower() in PUBLISHERS
        if publishes:
            tree["properties"] = {}
        decode = msgspec.json.Decoder(self._row(tree)).decode
        wanted = fields is not None or publishes
        kind = Kind(text, text.lower(), decode, wanted, publishes, "properties" in tree, b'"type":"%s"' % raw)
        if len(self._kinds) < 4096:  # a file of random type names must not grow without bound
            self._kinds[raw] = kind
        return kind

    def _row(self, fields: Fields) -> Any:
        """A row's type: what makes it a row must be texts, everything else may be anything."""
        members = {name: self._typed(below) for name, below in fields.items()}
        return TypedDict("Row", {**members, "id": str, "type": str}, total=False)  # type: ignore[operator]

    def _typed(self, fields: Fields) -> Any:
        """The type msgspec decodes to: a TypedDict of exactly these names, each of which may be null or absent."""
        if not fields:
            return Any
        if "[]" in fields:
            return list[self._typed(fields["[]"])] | None  # type: ignore[misc]
        self._count += 1
        members = {name: self._typed(below) for name, below in fields.items()}
        return TypedDict(f"Row{self._count}", members, total=False) | None  # type: ignore[operator]
