"""A timetable as minutes of one week in UTC, so that schedules of different zones can be laid side by side."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from scanner.schedule.timetable import DAY, Timetable
from scanner.schedule.zones import zone_info

WEEK = 7 * DAY
"""Minutes; the week begins on Monday 00:00 UTC and is a ring."""

Ring = tuple[int, ...]
"""Minutes of the week, in order."""


@dataclass(frozen=True, slots=True)
class Rings:
    """The starts by the offsets of January, and by those of July; equal ones are one object."""

    january: Ring
    july: Ring
    gap: int
    """The fewest minutes from one start to the next."""


@dataclass(frozen=True, slots=True)
class Week:
    """When a timetable starts in any week, and in which words."""

    rings: Rings
    words: str

    def __str__(self) -> str:
        return self.words


@lru_cache(65536)
def week_of(table: Timetable, year: int) -> Week:
    """The week of a timetable, by the offsets that its zone has in the middle of both months of that year."""
    zone = zone_info(table.zone)
    rings = []
    for month in (1, 7):
        offset = zone.utcoffset(datetime(year, month, 15, 12))
        ahead = int(offset.total_seconds() // 60) if offset is not None else 0
        rings.append(tuple(sorted({(day * DAY + time - ahead) % WEEK for day in table.days for time in table.times})))
    return Week(_rings(*rings), str(table))


@lru_cache(65536)
def _rings(january: Ring, july: Ring) -> Rings:
    return Rings(january, july, min(_gap(january), _gap(july)))


def _gap(ring: Ring) -> int:
    return min(later - one for one, later in zip(ring, (*ring[1:], ring[0] + WEEK), strict=True))
