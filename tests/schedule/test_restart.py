"""A backup policy at another time: it starts then, keeps what it kept, and nothing else of it moves."""

import copy
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from scanner.schedule.restart import restarted, start_of, timeless
from scanner.schedule.timetable import clock, timetable
from tests.rows import daily, hourly, weekly
from tests.schedule.oracle import DAYS, random_plan

DAY = 24 * 60


def policy(schedule: dict[str, Any], kept: str = "", **more: Any) -> dict[str, Any]:
    times = [f"2024-03-12T{kept}:00+00:00"] if kept else []
    retention = {"dailySchedule": {"retentionTimes": times, "retentionDuration": {"count": 30, "durationType": "Days"}}}
    return {"schedulePolicy": schedule, "retentionPolicy": retention, "timeZone": "UTC", **more}


def test_a_policy_that_does_not_start_when_it_should() -> None:
    """Against stepping through the days by hand, for daily, weekly and hourly schedules of both versions."""
    dice = random.Random("restart")
    seen = set()
    for _ in range(2000):
        plan = random_plan(dice, minutes=(0, 30))
        if plan.kind != "Hourly":
            plan = replace(plan, times=plan.times[:1])
        minute = dice.randrange(0, DAY, 30)
        found = restarted(plan.row(), minute)
        assert found is not None
        moved, table = found
        assert start_of(moved) == minute
        there = replace(plan, times=((minute // 60, minute % 60),))
        wall = {(day, hour, at) for day in range(7) for hour, at in map(_clock, table.times) if day in table.days}
        assert wall == there.wall(), plan
        assert moved == there.row()
        seen.add((plan.kind, plan.second))
    assert len(seen) == 5


def _clock(minute: int) -> tuple[int, int]:
    return minute // 60, minute % 60


def test_retention_moves_with_the_start_and_only_then() -> None:
    moved, _ = restarted(policy(daily("22:00"), "22:00"), 23 * 60) or ({}, None)
    assert moved["retentionPolicy"]["dailySchedule"]["retentionTimes"] == ["2024-03-12T23:00:00+00:00"]
    apart, _ = restarted(policy(daily("22:00"), "02:00"), 23 * 60) or ({}, None)
    assert apart["retentionPolicy"]["dailySchedule"]["retentionTimes"] == ["2024-03-12T02:00:00+00:00"]
    assert apart["retentionPolicy"]["dailySchedule"]["retentionDuration"] == {"count": 30, "durationType": "Days"}


def test_the_policy_that_is_moved_stays_as_it_was() -> None:
    given = policy(hourly("08:00", 4, 12), "08:00")
    before = copy.deepcopy(given)
    restarted(given, 30)
    assert given == before


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"schedulePolicy": None},
        {"schedulePolicy": {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": 60}},
        policy(daily("21:00", "22:00")),
        policy(daily("22:60")),
        policy({**daily("22:00"), "scheduleRunFrequency": "Monthly"}),
        policy(daily("22:00"), timeZone="Middle-earth Standard Time"),
        policy({**daily("22:00"), "scheduleRunTimes": [2200]}),
    ],
)
def test_what_cannot_be_moved_is_left(properties: dict[str, Any]) -> None:
    assert restarted(properties, 60) is None


def test_policies_that_keep_the_same_are_told_from_those_that_do_not() -> None:
    one, same = policy(daily("22:00"), "22:00"), policy(daily("03:30"), "03:30", snapshotConsistencyType=None)
    longer = json.loads(json.dumps(one).replace("30,", "31,"))
    assert timeless(one) == timeless(same)
    assert timeless(one) != timeless(longer)
    assert timeless(one) != timeless(policy(daily("22:00", version=2), "22:00"))
    assert timeless(policy(weekly(DAYS[:1], "22:00"))) != timeless(policy(weekly(DAYS[1:2], "22:00")))
    assert timeless(policy(hourly("08:00", 4, 12))) != timeless(policy(hourly("08:00", 4, 16)))


def test_the_times_of_day_that_sed_would_move() -> None:
    """The script edits what az prints as text; it must come to the same policy."""
    dice = random.Random("sed")
    for _ in range(200):
        plan = random_plan(dice, minutes=(0, 30))
        plan = plan if plan.kind == "Hourly" else replace(plan, times=plan.times[:1])
        row, minute = (
            policy(plan.row()["schedulePolicy"], clock(dice.randrange(0, DAY, 30))),
            dice.randrange(0, DAY, 30),
        )
        start = start_of(row)
        assert start is not None
        found = restarted(row, minute)
        assert found is not None
        edited = json.loads(json.dumps(row).replace(f"T{clock(start)}:", f"T{clock(minute)}:"))
        assert found[0] == edited
        assert found[1] == timetable(edited["schedulePolicy"], edited["timeZone"])
