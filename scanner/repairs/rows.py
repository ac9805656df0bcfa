"""Rows that a repair is about, read from the source a second time, so that a fleet need not be kept whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field

from scanner.facts.fleet import Fleet
from scanner.facts.groups import Group
from scanner.ledger import Ledger
from scanner.model import Fields, Row
from scanner.repairs.model import Finding
from scanner.rowtypes import BACKUP_GROUP, EXTENSION, LOCK, parent_of, upwards
from scanner.source import Source
from scanner.sources.edited import Edits

FEW = ("microsoft.network/networksecuritygroups", "microsoft.recoveryservices/vaults/backuppolicies", LOCK)
"""Row types of which there are few beside VMs: all of them may be looked at."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Whole rows by type and id in lower case. `beneath`: how many of a type lie below an id that was asked about."""

    kept: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    beneath: Mapping[tuple[str, str], int] = field(default_factory=dict)


NOTHING = Rows()


def about(findings: Iterable[Finding], fleet: Fleet) -> set[str]:
    """Ids of what belongs to the findings' subjects: themselves, their interfaces, their backup items."""
    found: set[str] = set()
    vms, items = fleet.table("vms"), fleet.index("items")
    groups: dict[str, Group] = {}
    for finding in findings:
        subject = finding.subject
        found.add(subject.key)
        members = [subject.key]
        if subject.type.lower() == BACKUP_GROUP:
            groups = groups or {one.key: group for one, group in fleet.records(BACKUP_GROUP)}
            members = [member.subject.key for member in groups[subject.key].members]
        for key in members:
            found.update(item.key for item in items.get(key, ()))
            if key in vms:
                found.update(vms[key].nics or ())
    return found


def looked_at(source: Source, fields: Mapping[str, Fields], wanted: Mapping[str, Set[str]]) -> Rows:
    """Rows of some types that have one of the ids, or are directly below one; of the few there are, all."""
    kept: dict[str, dict[str, Row]] = {row_type: {} for row_type in wanted}
    beneath: Counter[tuple[str, str]] = Counter()
    asked = {row_type: fields[row_type] for row_type in wanted}
    with closing(source.rows(asked, Ledger())) as rows:
        for row_type, row in rows:
            if row_type not in wanted:
                continue
            ids, key = wanted[row_type], row["id"].lower()
            for each in upwards(key)[1:]:
                if each in ids:
                    beneath[row_type, each] += 1
            if row_type in FEW or key in ids or parent_of(key) in ids:
                kept[row_type][key] = row
    return Rows(kept, beneath)


@dataclass(frozen=True, slots=True)
class Originals:
    """The rows that repairs change, as they are: by id, each with its type; one may have come more than once."""

    by_id: Mapping[str, Sequence[tuple[str, Row]]]
    below: Mapping[str, Set[str]]
    """Of an id that goes, those that lie below it in the tree of ids and go with it."""

    def missing(self, edits: Edits) -> list[str]:
        """Ids that are to be changed or to go, and are not there."""
        return sorted(key for key in (*edits.replaced, *edits.removed) if key not in self.by_id)


def originals(source: Source, fields: Mapping[str, Fields], edits: Sequence[Edits]) -> Originals:
    """Reads them from the source."""
    replaced = {key for one in edits for key in one.replaced}
    removed = {key for one in edits for key in one.removed}
    types = {_type_of(key) for key in replaced} | {each for key in removed for each in _types_below(key, fields)}
    by_id: dict[str, list[tuple[str, Row]]] = {}
    below: dict[str, set[str]] = {}
    if not types:
        return Originals(by_id, below)
    asked = {row_type: wanted for row_type, wanted in fields.items() if row_type in types}
    with closing(source.rows(asked, Ledger())) as rows:
        for row_type, row in rows:
            key = row["id"].lower()
            above = [one for one in upwards(key)[1:] if one in removed] if removed else []
            if above or key in replaced or key in removed:
                by_id.setdefault(key, []).append((row_type, row))
            for one in above:
                below.setdefault(one, set()).add(key)
    return Originals(by_id, below)


def _type_of(key: str) -> str:
    """The row type that an id in lower case is of."""
    provider, *parts = key.rpartition("/providers/")[2].split("/")
    return "/".join((provider, *parts[::2]))


def _types_below(key: str, fields: Mapping[str, Fields]) -> Iterable[str]:
    """The type of an id, and those of what may lie below it."""
    own = _type_of(key)
    if own == LOCK:
        return (LOCK,)
    return (EXTENSION, LOCK) if own == EXTENSION else tuple(fields)
