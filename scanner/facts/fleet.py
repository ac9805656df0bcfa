"""The rows that facts are made from, reduced as they arrive; answers the joins once everything has been read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from sys import intern
from typing import Any

from scanner.facts.catalogue import Again, Table, catalogue, modules
from scanner.language.values import Complete
from scanner.language.words import epoch
from scanner.ledger import Ledger
from scanner.model import Problem, Row, Subject, Unknown
from scanner.rowtypes import resource_group_of

GROUP_TAG = "backup-group"
"""The tag that puts VMs into one group of backups, where the user names no other."""


class Fleet:
    """What one scan knows. `now`: seconds since 1970 of takenAt. `max_age`: hours after which guest facts are stale.

    `group_tag`: VMs with the same value of that tag are one group of backups; "" for no such tag. `apart`: what is
    alike is told of each subject by itself, for whoever wants all evidence.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        max_age: float,
        subjects: Iterable[str] = (),
        group_tag: str = GROUP_TAG,
        apart: bool = False,
    ) -> None:
        self.ledger = ledger
        self.max_age = max_age
        self.group_tag = group_tag
        self.apart = apart
        self.now = 0.0
        self._tables: dict[str, list[tuple[dict[str, Any], Callable[[Row, str], Any], str, Again | None]]] = {}
        self._named: dict[str, tuple[Table, dict[str, Any]]] = {}
        self._indexes: dict[str, dict[str, Sequence[Any]]] = {}
        self._made: dict[str, Any] = {}
        self.taken_at = ""
        declared = {name: table for module in modules() for name, table in module.tables.items()}
        for row_type in subjects:
            if catalogue(row_type) is None:  # any other type: the row itself is the subject's document
                declared[row_type] = Table(row_type, _whole)
        for name, table in declared.items():
            kept: dict[str, Any] = {}
            self._named[name] = (table, kept)
            self._tables.setdefault(table.type, []).append((kept, table.reduce, table.suffix, table.again))

    def load(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Takes all rows in; of several with one id the last one counts, where the table has no rule of its own."""
        tables = self._tables
        for row_type, row in rows:
            seen = False
            key = intern(row["id"].lower())
            for kept, reduce, suffix, again in tables.get(row_type, ()):
                record = reduce(row, key)
                name = intern(key.removesuffix(suffix)) if suffix else key
                if name in kept:
                    before, repeat = kept.pop(name), True
                    if again is not None:
                        record, repeat = again(before, record)
                    seen = seen or repeat
                if record is not None:
                    kept[name] = record
            if seen:
                self.ledger.repeats[row_type, row["subscriptionId"]] += 1

    def collected(self, row_type: str, subscription: str) -> bool:
        """Whether every row of that type in that subscription was read, so that none found means none."""
        return self.ledger.collected(row_type, subscription)

    def collected_of(self, row_type: str, subject: Subject) -> bool:
        """Whether every row of that type that may refer to the subject was read; of a VM to come none can have been."""
        return subject.key not in self.ledger.created and self.ledger.collected(row_type, subject.subscription)

    def uncollected(self, row_type: str, subscription: str, what: str, subject: Subject | None = None) -> Unknown:
        """Why none found is not known to mean none."""
        if subject is not None and subject.key in self.ledger.created:
            return Unknown(f"it is new, and the plan does not state {what} of it", "plan")
        if self.ledger.planned:
            return Unknown(f"the plan does not tell of {what} that it does not change", "collection")
        right = self.ledger.right_missing(row_type, subscription)
        if right:
            return Unknown(f"{what} of subscription {subscription} could not all be seen: needs {right}", "right")
        return Unknown(f"{what} of subscription {subscription} were not all collected", "collection")

    def table(self, name: str) -> Mapping[str, Any]:
        """The reduced rows of a table, by id in lower case."""
        return self._named[name][1]

    def index(self, name: str) -> Mapping[str, Sequence[Any]]:
        """The reduced rows of a table by what its `by` says, made when first asked for."""
        found = self._indexes.get(name)
        if found is None:
            table, kept = self._named[name]
            found = {}
            if table.by is not None:
                for record in kept.values():
                    key = table.by(record)
                    before = found.get(key)
                    if before is None:
                        found[key] = (record,)  # as most are: smaller than a list
                    elif isinstance(before, list):
                        before.append(record)
                    else:
                        found[key] = [*before, record]
            self._indexes[name] = found
        return found

    def once(self, name: str, make: Callable[["Fleet"], Any]) -> Any:
        """What facts of many subjects share, made when it is first asked for."""
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = make(self)
        return found

    def records(self, subject_type: str) -> list[tuple[Subject, Any]]:
        """The subjects of a type with what was kept of each, sorted by id."""
        make = next((module.make for module in modules() if module.subject == subject_type and module.make), None)
        if make is not None:
            if subject_type not in self._made:
                self._made[subject_type] = make(self)
            made = self._made[subject_type]
            return [(made[key].subject, made[key]) for key in sorted(made)]
        root = next((module.root for module in modules() if module.subject == subject_type and module.root), "")
        kept = self._named[root or subject_type][1]
        if root:
            return [(kept[key].subject, kept[key]) for key in sorted(kept)]
        return [(subject_of(kept[key], key), kept[key]) for key in sorted(kept)]

    def close(self, taken_at: str) -> list[Problem]:
        """Fixes the time everything is judged at, and says what of the whole fleet should stop a gate."""
        self.now = epoch(taken_at) or 0.0
        self.taken_at = taken_at
        return [problem for module in modules() if module.check for problem in module.check(self)]


def _whole(row: Row, _: str) -> Row:
    """The row, its tags known whole; of one that a plan makes (it has an origin) without what the plan leaves open."""
    tags = row_tags(row)
    if not isinstance(tags, Unknown):
        return {**(known_part(row) if "origin" in row else row), "tags": tags}
    if "origin" not in row:
        return row
    known: Row = known_part({name: value for name, value in row.items() if name != "tags"})
    return known


def row_tags(row: Row) -> Complete | Unknown:
    """The tags of a row: those that Resource Graph leaves out are none, those that a plan leaves out nobody knows, and
    of tags of which the plan leaves one open any may be there."""
    tags = row.get("tags")
    if tags is None:
        return Unknown("its tags are not known", "plan") if "origin" in row else Complete()
    if not isinstance(tags, dict) or any(isinstance(value, Unknown) for value in tags.values()):
        return Unknown("its tags are not known", "property")
    return Complete(tags)


def known_part(value: Any) -> Any:
    """A value without what is not known of it: a list with such a member is not known itself."""
    if isinstance(value, dict):
        kept = {name: known_part(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if not isinstance(member, Unknown)}
    if isinstance(value, list):
        members = [known_part(member) for member in value]
        return next((member for member in members if isinstance(member, Unknown)), members)
    return value


def subject_of(row: Row, key: str) -> Subject:
    """Who a row is, from its id and name; texts that many rows share are kept once."""
    identity = row["id"]
    name = row.get("name")
    return Subject(
        key if identity == key else identity,
        key,
        row["type"],
        name if isinstance(name, str) and name else identity.rsplit("/", 1)[-1],
        intern(resource_group_of(identity)),
        intern(row["subscriptionId"]),
    )
