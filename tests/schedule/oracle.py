"""What the schedule room is measured with: plain loops over every minute, written without a look at its code."""

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = 7 * 24 * 60
MINUTE = timedelta(minutes=1)
ZONES = {
    None: "UTC",
    "UTC": "UTC",
    "W. Europe Standard Time": "Europe/Berlin",
    "GMT Standard Time": "Europe/London",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "India Standard Time": "Asia/Kolkata",
    "Nepal Standard Time": "Asia/Kathmandu",
    "Newfoundland Standard Time": "America/St_Johns",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "Lord Howe Standard Time": "Australia/Lord_Howe",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Chatham Islands Standard Time": "Pacific/Chatham",
    "Line Islands Standard Time": "Pacific/Kiritimati",
    "Dateline Standard Time": "Etc/GMT+12",
}
"""Zones of every kind: half hours, quarters, both hemispheres, a clock that moves by half an hour, both date lines."""


@dataclass(frozen=True)
class Plan:
    """A schedule as a person would say it; what a backup policy makes of it is `row`."""

    kind: str
    days: tuple[str, ...]
    times: tuple[tuple[int, int], ...]
    interval: int
    duration: int
    zone: str | None
    second: bool

    def row(self) -> dict[str, Any]:
        """Properties of the backup policy's row; the dates and offsets in it are decoration."""
        stamp = "2018-01-24T{:02}:{:02}:00Z".format
        runs: dict[str, Any] = {"scheduleRunTimes": [stamp(*time) for time in self.times]}
        if self.kind == "Weekly":
            runs["scheduleRunDays"] = list(self.days)
        window = {
            "interval": self.interval,
            "scheduleWindowStartTime": stamp(*self.times[0]),
            "scheduleWindowDuration": self.duration,
        }
        policy: dict[str, Any] = {
            "schedulePolicyType": "SimpleSchedulePolicyV2" if self.second else "SimpleSchedulePolicy",
            "scheduleRunFrequency": self.kind,
        }
        if self.kind == "Hourly":
            policy["hourlySchedule"] = window
        elif self.second:
            policy["dailySchedule" if self.kind == "Daily" else "weeklySchedule"] = runs
        else:
            policy |= runs
        return {"schedulePolicy": policy, **({} if self.zone is None else {"timeZone": self.zone})}

    def wall(self) -> set[tuple[int, int, int]]:
        """(day of the week, hour, minute) of every start, by stepping through an hourly window."""
        if self.kind == "Hourly":
            found = set()
            for day in range(7):
                clock = day * 24 * 60 + self.times[0][0] * 60 + self.times[0][1]
                end = clock + self.duration * 60
                while clock <= end:
                    found.add((clock // 1440 % 7, clock % 1440 // 60, clock % 60))
                    clock += self.interval * 60
            return found
        days = range(7) if self.kind == "Daily" else [DAYS.index(day) for day in self.days]
        return {(day, hour, minute) for day in days for hour, minute in self.times}


def random_plan(dice: random.Random, *, minutes: tuple[int, ...] = tuple(range(60))) -> Plan:
    kind = dice.choice(("Daily", "Daily", "Weekly", "Weekly", "Hourly"))
    count = 1 if kind == "Hourly" else dice.choice((1, 1, 1, 2, 3))
    return Plan(
        kind,
        tuple(dice.sample(DAYS, dice.randint(1, 7))),
        tuple((dice.randrange(24), dice.choice(minutes)) for _ in range(count)),
        dice.choice((1, 2, 4, 6, 8, 12)),
        dice.choice((1, 4, 8, 12, 16, 20, 23, 24)),
        dice.choice(tuple(ZONES)),
        dice.random() < 0.5 or kind == "Hourly",
    )


def clock_of(zone: str | None, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """(minute in UTC, what the zone's clock shows) of every minute; a minute the clock skips comes as it would have
    been shown, one it shows again is left out."""
    place = ZoneInfo(ZONES[zone])
    moment = start
    before = (moment - MINUTE).astimezone(place).replace(tzinfo=None)
    highest = before
    while moment < end:
        shown = moment.astimezone(place).replace(tzinfo=None)
        skipped = before + MINUTE
        at = moment
        while skipped < shown:  # the clock jumped: these minutes come one after the other, as on the old clock
            yield at, skipped
            skipped += MINUTE
            at += MINUTE
        if shown > highest:
            yield moment, shown
        highest = max(highest, shown)
        before = shown
        moment += MINUTE


def year_of(zone: str | None, year: int) -> list[tuple[datetime, datetime]]:
    return list(clock_of(zone, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)))


def ring_of(plan: Plan, year: int, month: int) -> set[int]:
    """The minutes of the week in UTC: every minute of it asked what the clock shows by that month's offset."""
    offset = datetime(year, month, 15, 12, tzinfo=ZoneInfo(ZONES[plan.zone])).utcoffset()
    assert offset is not None
    wall = plan.wall()
    return {minute for minute, shown in enumerate(_week_shown(offset)) if shown in wall}


@cache
def _week_shown(offset: timedelta) -> list[tuple[int, int, int]]:
    """What a clock so far ahead of UTC shows at each minute of a week that begins on Monday 00:00 UTC."""
    monday = datetime(2024, 7, 1)
    clock = (monday + minute * MINUTE + offset for minute in range(WEEK))
    return [(shown.weekday(), shown.hour, shown.minute) for shown in clock]


def fullest(rings: list[set[int]], width: int) -> dict[int, set[int]]:
    """Who starts in the window of that many minutes that begins at each minute of the week; empty ones left out."""
    unrolled = [sorted({*ring, *(minute + WEEK for minute in ring)}) for ring in rings]
    found: dict[int, set[int]] = {}
    for begin in range(WEEK):
        there = {
            number
            for number, line in enumerate(unrolled)
            if (at := bisect_left(line, begin)) < len(line) and line[at] < begin + width
        }
        if there:
            found[begin] = there
    return found
