"""A fleet as it would be after a repair: the same tables but for the rows that the repair changes."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any, cast

from scanner.facts.catalogue import catalogue, modules
from scanner.facts.fleet import Fleet
from scanner.model import Row, Subject
from scanner.repairs.rows import Originals
from scanner.rowtypes import subscription_of
from scanner.scan import Reading
from scanner.sources.edited import Edits


class ChangedFleet(Fleet):
    """`only`: ids of the subjects that are judged; None: all are."""

    def __init__(self, base: Fleet, subjects: Iterable[str], only: frozenset[str] | None) -> None:
        ledger = copy(base.ledger)
        ledger.created, ledger.problems = set(ledger.created), []
        super().__init__(ledger, max_age=base.max_age, subjects=subjects, group_tag=base.group_tag, apart=base.apart)
        self._only = only
        self.types: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        tables = {name: table for module in modules() for name, table in module.tables.items()}
        for name, (row_type, suffix) in {
            **{name: (table.type, table.suffix) for name, table in tables.items()},
            **{one: (one, "") for one in subjects if catalogue(one) is None},
        }.items():
            own = cast(dict[str, Any], self.table(name))
            own.update(base.table(name))
            self.types.setdefault(row_type, []).append((suffix, own))

    def without(self, row_type: str, key: str) -> None:
        """Forgets what is kept of a row."""
        for suffix, kept in self.types.get(row_type, ()):
            kept.pop(key.removesuffix(suffix), None)

    def records(self, subject_type: str) -> list[tuple[Subject, Any]]:
        """Those that are judged."""
        found = super().records(subject_type)
        return found if self._only is None else [each for each in found if each[0].key in self._only]


def changed(
    before: Reading, edits: Edits, there: Originals, subjects: Iterable[str], only: frozenset[str] | None = None
) -> Reading:
    """What would have been read with the edits made to the rows."""
    fleet = ChangedFleet(before.fleet, subjects, only)
    rows: list[tuple[str, Row]] = []
    for key in edits.removed:
        for gone in (key, *there.below.get(key, ())):
            for row_type, _ in there.by_id.get(gone, ()):
                fleet.without(row_type, gone)
    for key, change in edits.replaced.items():
        for row_type, row in there.by_id.get(key, ()):
            fleet.without(row_type, key)
            rows.append((row_type, change(row)))
    for row in edits.added:
        row_type, key = row["type"].lower(), row["id"].lower()
        if not any(key.removesuffix(suffix) in kept for suffix, kept in fleet.types.get(row_type, ())):
            fleet.ledger.created.add(key)
        fleet.without(row_type, key)
        rows.append((row_type, {**row, "subscriptionId": subscription_of(row["id"])}))
    fleet.load(rows)
    problems = fleet.close(before.run.taken_at)
    return Reading(fleet, replace(before.run, problems=(*before.run.problems, *problems)))
