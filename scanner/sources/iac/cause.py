"""Finds the line of a plan that makes a verdict worse, for subjects that the plan itself does not name."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from scanner.model import Origin, Row
from scanner.rowtypes import BACKUP_ITEM, LOCK, VM, parent_of, upwards
from scanner.sources.iac.assemble import Assembled, ids_in

_FAR = 4
"""Steps from a subject within which a change may have to do with its verdict."""
_LOCKS = f"/{LOCK}/"


class Causes:
    """The fleet after the change, as a web of ids that lead from a subject to what the plan changes."""

    def __init__(
        self,
        rows: Mapping[str, tuple[str, Row]],
        made: Assembled,
        gone: Mapping[str, tuple[str, Row]] = MappingProxyType({}),
    ) -> None:
        """`gone`: what the plan deletes, or what goes with that, as it was."""
        self._rows = rows = {**gone, **rows}
        self._gone = gone.keys() - made.rows.keys()
        self._origins = {key: origin for key, origin in made.origins.items() if key in made.touched}
        self._parts: dict[str, list[str]] = {}
        for key in self._origins:
            self._parts.setdefault(parent_of(key), []).append(key)
        self._referring: dict[str, list[str]] = {}
        """What VMs and backup items refer to, their groups and VMs → those VMs and items."""
        for key, (row_type, row) in rows.items():
            if row_type in (VM, BACKUP_ITEM):
                for named in dict.fromkeys(ids_in(row.get("properties"))):
                    self._referring.setdefault(named, []).append(key)

    def of(self, subject: str, reason: str) -> Origin | None:
        """Where the plan writes what it changed near a subject: the nearest that the reason names, or the only one.

        Of several that the reason does not name nobody can tell which it was: None.
        """
        near = list(dict.fromkeys(self._near(subject)))
        named = [key for key in near if _says(reason, key.rsplit("/", 1)[-1])]
        if named:  # a rule that is named stands before the group that it is in
            return self._origins[next((key for key in named if parent_of(key) in near), named[0])]
        if len(near) == 1:
            return self._origins[near[0]]
        locks = [key for key in self._origins if _LOCKS in key and _says(reason, f"lock {key.rsplit('/', 1)[-1]}")]
        return self._origins[locks[0]] if len(locks) == 1 else None

    def _near(self, subject: str) -> Iterator[str]:
        """Ids of what the plan changes, the nearest first, and with each what it changes inside it."""
        ahead = deque([(subject, 0, True)])
        seen = {subject}
        while ahead:
            key, steps, around = ahead.popleft()
            if key in self._origins:
                yield key
            elif key in self._gone:
                yield from (part for part in upwards(key) if part in self._origins)
            yield from (part for part in self._parts.get(key, ()) if part not in seen)
            if steps == _FAR:
                continue
            back = self._referring.get(key, ()) if around else ()
            for following, also_back in (*((each, True) for each in back), *((each, False) for each in self._on(key))):
                if following not in seen:
                    seen.add(following)
                    ahead.append((following, steps + 1, also_back))

    def _on(self, key: str) -> Iterable[str]:
        """What a row refers to; of a part of a row, such as a subnet, what that part does, and the row it is in."""
        if key in self._rows:
            return ids_in(self._rows[key][1].get("properties"))
        parent = parent_of(key)
        if parent not in self._rows:
            return ()
        if parent in self._origins:
            return (parent, *_of_part(self._rows[parent][1].get("properties"), key))
        return _of_part(self._rows[parent][1].get("properties"), key)


def _of_part(properties: Any, key: str) -> Iterator[str]:
    for members in properties.values() if isinstance(properties, dict) else ():
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict) and str(member.get("id", "")).lower() == key:
                yield from ids_in(member.get("properties"))


def _says(reason: str, name: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reason, re.IGNORECASE))
