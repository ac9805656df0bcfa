"""Where a change is written that makes a resource worse which the change itself does not name."""

from collections import deque
from collections.abc import Iterator

from scanner.model import Origin
from scanner.rowtypes import BACKUP_GROUP, VM, subscription_of
from scanner.sources.iac.assemble import Assembled
from scanner.sources.iac.links import Links

_FAR = 7
"""Steps from a group over its members, an interface, a subnet and its group to a rule, and one to spare."""


class Nearest:
    """The changed rows nearest to a subject, along the ids that rows refer to each other by."""

    def __init__(self, links: Links, made: Assembled) -> None:
        self._made = made
        self._links = links

    def origin_of(self, subject: str) -> Origin | None:
        """The origin of what is changed nearest to the subject: of itself, if it is; None where nothing near is."""
        ahead = deque([(subject, 0)])
        seen = {subject}
        while ahead:
            key, steps = ahead.popleft()
            if key in self._made.touched and key in self._made.origins:
                return self._made.origins[key]
            if steps < _FAR:
                for named in self._around(key, subject):
                    if named not in seen:
                        seen.add(named)
                        ahead.append((named, steps + 1))
        return None

    def _around(self, key: str, subject: str) -> Iterator[str]:
        """What a change of would concern a row: who refers to it if that is its own, and whom it refers to."""
        row = self._links.rows.get(key)
        if row is None and f"/{BACKUP_GROUP}/" in key:
            yield from self._tagged(key)
        own = key == subject or (row is not None and row["type"] == VM)
        yield from self._links.referring(key) if own else ()
        for named in self._links.named_by(key):
            other = self._links.rows.get(named)
            if other is None or other["type"] != VM:  # another VM is not what a VM hangs on
                yield named

    def _tagged(self, key: str) -> Iterator[str]:
        tag, _, value = key.partition(f"/{BACKUP_GROUP}/")[2].partition("=")
        for other, row in self._links.rows.items():
            tags = row.get("tags")
            if row["type"] == VM and isinstance(tags, dict) and subscription_of(other) == subscription_of(key):
                given = {name.lower(): text for name, text in tags.items() if isinstance(text, str)}
                if given.get(tag, "").lower().rstrip("/") == value:
                    yield other
