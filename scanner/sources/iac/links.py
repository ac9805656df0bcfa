"""Who refers to whom: rows, the ids in them, and the row that such an id names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.model import Row
from scanner.rowtypes import parent_of


class Links:
    """Rows by id in lower case, and for each id the rows that refer to it."""

    def __init__(self, rows: Mapping[str, Row], referring: Iterable[str]) -> None:
        """`referring`: the rows (by id) whose references are followed backwards."""
        self.rows = rows
        self._ids: dict[str, tuple[str, ...]] = {}
        self._referring: dict[str, list[str]] = {}
        for key in referring:
            for named in self.ids_of(key):
                self._referring.setdefault(self.known(named), []).append(key)

    def ids_of(self, key: str) -> tuple[str, ...]:
        """The ids in a row, each once; walked through once however many ask."""
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = tuple(dict.fromkeys(ids_in(self.rows[key].get("properties"))))
        return found

    def known(self, named: str) -> str:
        """The row that an id names; of a subnet, its network. An id of no row is itself."""
        key = named
        for _ in range(3):
            if key in self.rows:
                return key
            key = parent_of(key)
        return named

    def referring(self, key: str) -> list[str]:
        """The rows that refer to a row, or to a group that no row is."""
        return self._referring.get(key, [])

    def named_by(self, key: str) -> Iterator[str]:
        """The ids that a row refers to; of a part of a row (a subnet), those in that part, and then the row."""
        if key in self.rows:
            yield from self.ids_of(key)
            return
        whole = self.known(key)
        if whole != key:
            yield from ids_in(_part(self.rows[whole].get("properties"), key))
            yield whole


def ids_in(value: Any) -> Iterator[str]:
    """Every id in a value, in lower case."""
    if isinstance(value, str):
        if value.startswith("/"):
            yield value.lower().rstrip("/")
    elif isinstance(value, dict):
        for member in value.values():
            yield from ids_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from ids_in(member)


def _part(properties: Any, key: str) -> Any:
    for members in properties.values() if isinstance(properties, dict) else ():
        for member in members if isinstance(members, list) else ():
            identity = member.get("id") if isinstance(member, dict) else None
            if isinstance(identity, str) and identity.lower() == key:
                return member.get("properties")
    return None
