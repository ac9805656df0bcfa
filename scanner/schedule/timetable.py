"""Reads a backup policy's schedulePolicy, first or second version, to the wall-clock times at which it starts.

Of a run time only hh:mm counts: its date and its Z are decoration, and the clock is the policy's own zone's. An
hourly schedule starts at its window's start and every interval after, up to the window's length, its end included;
it may run past midnight, into the next day's clock.
"""

import re
from dataclasses import dataclass
from typing import Any

from scanner.model import Unknown
from scanner.schedule.zones import canonical

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 24 * 60
EVERY_DAY = tuple(range(7))
_TYPES = ("simpleschedulepolicy", "simpleschedulepolicyv2")
_TIME = re.compile(
    r"(?:\d{4}-\d\d-\d\d[Tt ])?([01][0-9]|2[0-3]):([0-5][0-9])(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?"
)


@dataclass(frozen=True, slots=True)
class Timetable:
    """It starts at each of `times` (minutes after midnight) of each of `days` (Monday is 0), on the clock of `zone`."""

    days: tuple[int, ...]
    times: tuple[int, ...]
    zone: str
    """A Windows zone's id, as the table of zones spells it."""

    def lines(self) -> list[tuple[str, str]]:
        """(day, hh:mm) of each start, "every day" where that is so."""
        days = ["every day"] if self.days == EVERY_DAY else [DAYS[day] for day in self.days]
        return [(day, clock(time)) for day in days for time in self.times]

    def __str__(self) -> str:
        times = ", ".join(map(clock, self.times))
        days = "every day" if self.days == EVERY_DAY else ", ".join(DAYS[day] for day in self.days)
        return f"{times} {days}, {self.zone}"


def clock(minutes: int) -> str:
    """hh:mm of minutes after midnight."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


class _NotTold(Exception):
    """What of a schedule cannot be read."""


def timetable(schedule: Any, time_zone: Any) -> Timetable | Unknown:
    """The starts of a schedulePolicy, or why they are not known. A policy without a timeZone means UTC."""
    try:
        zone = _zone(time_zone)
        if not isinstance(schedule, dict):
            raise _NotTold("it has no schedulePolicy")
        kind = _text(schedule.get("schedulePolicyType"), "schedulePolicyType").lower()
        if kind not in _TYPES:
            raise _NotTold(f"schedulePolicyType is {schedule['schedulePolicyType']!r}, which is not known here")
        return Timetable(*_days_and_times(schedule, second=kind == _TYPES[1]), zone)
    except _NotTold as error:
        return Unknown(f"the backup policy's schedule cannot be read: {error}", "property")


def _zone(name: Any) -> str:
    if name is None:
        return "UTC"
    found = canonical(_text(name, "timeZone"))
    if found is None:
        raise _NotTold(f"time zone {name!r} is not among the Windows time zones known here")
    return found


def _days_and_times(schedule: dict[str, Any], *, second: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    frequency = _text(schedule.get("scheduleRunFrequency"), "scheduleRunFrequency").lower()
    if frequency == "hourly":
        return EVERY_DAY, _hourly(_object(schedule, "hourlySchedule"))
    if frequency not in ("daily", "weekly"):
        raise _NotTold(f"scheduleRunFrequency is {schedule['scheduleRunFrequency']!r}, which is not known here")
    # The second version keeps its times one level down: dailySchedule, weeklySchedule.
    part = _object(schedule, f"{frequency}Schedule") if second else schedule
    times = _times(part.get("scheduleRunTimes"))
    if frequency == "daily":
        return EVERY_DAY, times
    every = part.get("scheduleWeeklyFrequency")
    if every is not None and (isinstance(every, bool) or every not in (0, 1)):
        raise _NotTold(f"scheduleWeeklyFrequency is {every!r}, and which weeks these are is not told")
    return _week_days(part.get("scheduleRunDays")), times


def _hourly(part: dict[str, Any]) -> tuple[int, ...]:
    interval = _hours(part, "interval")
    length = _hours(part, "scheduleWindowDuration")
    start = _time(part.get("scheduleWindowStartTime"), "scheduleWindowStartTime")
    return tuple(sorted({(start + 60 * after) % DAY for after in range(0, length + 1, interval)}))


def _hours(part: dict[str, Any], name: str) -> int:
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 24:
        raise _NotTold(f"{name} is {_said(value)}, not a number of hours from 1 to 24")
    return value


def _times(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise _NotTold(f"scheduleRunTimes is {_said(value)}")
    return tuple(sorted({_time(member, "scheduleRunTimes") for member in value}))


def _time(value: Any, name: str) -> int:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _NotTold(f"{name}: {_said(value)} is no time such as 2024-01-31T22:00:00Z")
    return int(found[1]) * 60 + int(found[2])


def _week_days(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise _NotTold(f"scheduleRunDays is {_said(value)}")
    numbers = {name.lower(): number for number, name in enumerate(DAYS)}
    found = set()
    for member in value:
        number = numbers.get(member.lower()) if isinstance(member, str) else None
        if number is None:
            raise _NotTold(f"scheduleRunDays: {_said(member)} is no day of the week")
        found.add(number)
    return tuple(sorted(found))


def _object(schedule: dict[str, Any], name: str) -> dict[str, Any]:
    value = schedule.get(name)
    if not isinstance(value, dict):
        raise _NotTold(f"{name} is {_said(value)}")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise _NotTold(f"{name} is {_said(value)}{'' if value in (None, '') else ', which is no text'}")
    return value


def _said(value: Any) -> str:
    """An odd value in a few words."""
    if value is None:
        return "not given"
    if isinstance(value, list | dict):
        return "empty" if not value else f"{'a list' if isinstance(value, list) else 'an object'} that cannot be read"
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"
