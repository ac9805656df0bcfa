"""The instants at which a timetable has started or will start, in seconds since 1970.

A start that the clock skips in spring comes when that clock would have shown it; one that it shows twice in autumn
comes the first time.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time
from functools import lru_cache

from scanner.schedule.timetable import DAY, Timetable
from scanner.schedule.zones import zone_info

_BLOCK = 28
"""Days reckoned at once: whole weeks, so that every block holds as many starts as any other."""
_FIRST, _LAST = date(1, 3, 1).toordinal(), date(9999, 10, 1).toordinal()
_EPOCH = date(1970, 1, 1).toordinal()


def starts_between(table: Timetable, after: float, until: float) -> int:
    """How many starts there are later than `after` and not later than `until`."""
    return max(0, _starts_until(table, until) - _starts_until(table, after))


def starts_within(table: Timetable, since: float, until: float) -> tuple[float, ...]:
    """The instants from `since` on and before `until` at which it starts."""
    blocks = range(_block_of(since) - 1, _block_of(until) + 2)
    return tuple(sorted({start for block in blocks for start in _starts(table, block) if since <= start < until}))


def first_start_after(table: Timetable, after: float) -> float:
    """The next start later than `after`."""
    near = _block_of(after)
    return next(start for block in range(near - 1, near + 3) for start in _starts(table, block) if start > after)


def _starts_until(table: Timetable, moment: float) -> int:
    """Starts since the calendar began. Of most blocks the number is known without reckoning each start."""
    before, around = _around(table, _block_of(moment))
    return before + bisect_right(around, moment)


def _block_of(moment: float) -> int:
    """The block of that day in UTC; no zone's clock is more than a day off, so a start lies in it or beside it."""
    return int(min(max(_EPOCH + moment // 86400, _FIRST), _LAST) - 1) // _BLOCK


@lru_cache(8192)
def _around(table: Timetable, near: int) -> tuple[int, tuple[float, ...]]:
    """How many starts there are in all blocks before those beside `near`, and the starts of these."""
    before = (near - 1) * (_BLOCK // 7) * len(table.days) * len(table.times)
    return before, tuple(sorted(start for block in range(near - 1, near + 2) for start in _starts(table, block)))


@lru_cache(8192)
def _starts(table: Timetable, block: int) -> tuple[float, ...]:
    zone = zone_info(table.zone)
    found = []
    for ordinal in range(block * _BLOCK + 1, (block + 1) * _BLOCK + 1):
        if (ordinal - 1) % 7 in table.days:  # the calendar began on a Monday
            day = date.fromordinal(ordinal)
            for minutes in table.times:
                wall = datetime.combine(day, time(*divmod(minutes % DAY, 60)), zone)
                found.append(wall.astimezone(UTC).timestamp())
    return tuple(sorted(found))
