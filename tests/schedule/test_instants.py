"""Starts and missed starts against a clock that is read minute by minute for a year."""

import random
from bisect import bisect_right
from datetime import UTC, datetime
from functools import cache

import pytest

from scanner.schedule.instants import first_start_after, starts_between
from scanner.schedule.timetable import Timetable, timetable
from tests.schedule.oracle import ZONES, Plan, random_plan, year_of

YEAR = 2026
BEGIN, END = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (YEAR, YEAR + 1))


@cache
def clock(zone: str | None) -> dict[tuple[int, int, int], list[float]]:
    """What the clock shows → the instants of the year at which it does."""
    found: dict[tuple[int, int, int], list[float]] = {}
    for at, shown in year_of(zone, YEAR):
        found.setdefault((shown.weekday(), shown.hour, shown.minute), []).append(at.timestamp())
    return found


def table_of(plan: Plan) -> Timetable:
    row = plan.row()
    found = timetable(row["schedulePolicy"], row.get("timeZone"))
    assert isinstance(found, Timetable), found
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_a_start_of_the_year_that_the_clock_contradicts(zone: str | None) -> None:
    dice = random.Random(f"instants {zone}")
    for _ in range(40):
        plan = random_plan(dice)
        plan = Plan(plan.kind, plan.days, plan.times, plan.interval, plan.duration, zone, plan.second)
        table, wall = table_of(plan), plan.wall()
        starts = sorted(at for shown in wall for at in clock(zone)[shown])
        assert starts_between(table, BEGIN - 1, END - 60) == len(starts), plan
        for _ in range(60):
            after, until = sorted(dice.uniform(BEGIN, END - 60) for _ in range(2))
            if dice.random() < 0.5:  # times on a start, to the second
                after = dice.choice(starts)
            expected = max(0, bisect_right(starts, until) - bisect_right(starts, after))
            assert starts_between(table, after, until) == expected, (plan, after, until)
            later = starts[bisect_right(starts, after) :]
            if later:
                assert first_start_after(table, after) == later[0], (plan, after)


def test_starts_of_centuries_are_counted_without_a_walk() -> None:
    table = Timetable(tuple(range(7)), (0, 720), "UTC")
    first, last = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1900, 2900))
    assert starts_between(table, first, last) == 2 * (datetime(2900, 1, 1) - datetime(1900, 1, 1)).days
    assert starts_between(table, last, first) == 0


@pytest.mark.parametrize("moment", [-1e18, -62135596800.0, 253402300799.0, 1e18])
def test_a_moment_beyond_the_calendar(moment: float) -> None:
    table = Timetable((0,), (60,), "W. Europe Standard Time")
    assert starts_between(table, moment, moment) == 0
    assert starts_between(table, BEGIN, moment) >= 0
