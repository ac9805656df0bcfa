"""A week by half hours, the days that look alike together: how a timeline of backup starts is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.schedule.timetable import DAY, DAYS
from scanner.schedule.week import Ring

SLOT = 30
"""Minutes: Azure lets backups start on the hour and on the half hour."""
SLOTS = DAY // SLOT


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week (Monday is 0) that look alike: how many backups start in each half hour, in UTC."""

    days: tuple[int, ...]
    counts: tuple[int, ...]


def folded(rings: Iterable[Ring]) -> list[Days]:
    """The days of a week on which anything starts, those that look alike together."""
    counts = [[0] * SLOTS for _ in DAYS]
    for ring in rings:
        for slot in {minute // SLOT for minute in ring}:  # who starts twice in one slot is one
            counts[slot // SLOTS][slot % SLOTS] += 1
    alike: dict[tuple[int, ...], list[int]] = {}
    for day, line in enumerate(counts):
        alike.setdefault(tuple(line), []).append(day)
    return [Days(tuple(days), line) for line, days in alike.items() if any(line)]
