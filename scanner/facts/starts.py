"""When a VM's backups start, by its backup policy's schedule, and how many of these starts the last backup missed."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part
from scanner.facts.fleet import Fleet
from scanner.facts.items import HISTORY_READS, POLICY_READS, Machine, completed, last_seconds, of_policy, protected
from scanner.facts.vm import Vm
from scanner.language.shapes import NUMBER, TEXT, TIME, list_of, record
from scanner.language.values import Complete
from scanner.model import Row, Unknown
from scanner.rowtypes import BACKUP_POLICY, VM
from scanner.schedule.instants import first_start_after, starts_between
from scanner.schedule.timetable import Timetable, timetable

GRACE = 6 * 3600
"""Seconds that a start must lie back to count as missed: Azure begins some time later, and large disks take hours."""


def _reduce(row: Row, _: str) -> Timetable | Unknown:
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return Unknown("the backup policy's row does not tell its schedule", "property")
    return timetable(part(properties, "schedulePolicy"), properties.get("timeZone"))


def timetable_of(vm: Machine, fleet: Fleet) -> Timetable | Unknown:
    """When the backups of a protected VM start."""
    found: Timetable | Unknown = of_policy("timetables", vm, fleet)
    return found


@lru_cache(4096)
def _lines(table: Timetable) -> list[Complete]:
    return [Complete({"day": day, "at": at, "zone": table.zone}) for day, at in table.lines()]


def _starts(vm: Vm, fleet: Fleet) -> Any:
    is_protected = protected(vm, fleet)
    if is_protected is not True:
        return is_protected if isinstance(is_protected, Unknown) else []
    table = timetable_of(vm, fleet)
    return table if isinstance(table, Unknown) else _lines(table)


_FAILED = Unknown("the last backup failed, and when one last completed is not told", "property")


def _since(vm: Vm, fleet: Fleet) -> tuple[Timetable, float] | Unknown:
    """The schedule, and when the last backup that completed ran."""
    last = last_seconds(vm, fleet)
    if isinstance(last, Unknown):
        return last
    done = completed(vm, fleet)
    if done is not True:
        return done if isinstance(done, Unknown) else _FAILED
    table = timetable_of(vm, fleet)
    return table if isinstance(table, Unknown) else (table, last)


def _missed(vm: Vm, fleet: Fleet) -> Any:
    found = _since(vm, fleet)
    return found if isinstance(found, Unknown) else starts_between(*found, fleet.now - GRACE)


def _due(vm: Vm, fleet: Fleet) -> Any:
    found = _since(vm, fleet)
    if isinstance(found, Unknown):
        return found
    start = datetime.fromtimestamp(first_start_after(*found), UTC)
    return start.isoformat(timespec="seconds").replace("+00:00", "Z")


SCHEDULE_READS = {BACKUP_POLICY: "properties.[timeZone, schedulePolicy]"}

FACTS = {
    "backup.starts": Fact(
        "when its backups start, as its backup policy words it; none for a VM that is not protected",
        list_of(record(day=TEXT, at=TEXT, zone=TEXT)),
        {**POLICY_READS, **SCHEDULE_READS},
        _starts,
    ),
    "backup.starts_missed": Fact(
        "scheduled starts since the last backup, which completed; one that lies less than six hours back may still run",
        NUMBER,
        {**HISTORY_READS, **SCHEDULE_READS},
        _missed,
        True,
    ),
    "backup.due": Fact(
        "the first scheduled start after the last backup, which completed; it may lie ahead",
        TIME,
        {**HISTORY_READS, **SCHEDULE_READS},
        _due,
        True,
    ),
}

MODULE = FactModule(VM, FACTS, {"timetables": Table(BACKUP_POLICY, _reduce)})
