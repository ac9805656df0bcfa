"""What is read of a schedulePolicy, in every shape Azure writes, and what is not known, with its reason."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Unknown
from scanner.schedule.timetable import EVERY_DAY, Timetable, timetable
from scanner.schedule.windows_zones import WINDOWS_ZONES
from scanner.schedule.zones import canonical
from tests.facts.test_catalogue import ODD
from tests.material import paths, replaced
from tests.properties import examples
from tests.rows import daily, hourly, weekly

AMSTERDAM = "W. Europe Standard Time"

READ: list[tuple[Any, Any, Any, Any, str]] = [
    (daily("19:00"), None, EVERY_DAY, (1140,), "UTC"),
    (daily("10:00", version=2), "Pacific Standard Time", EVERY_DAY, (600,), "Pacific Standard Time"),
    (daily("22:30", "00:00", "22:30"), AMSTERDAM.lower(), EVERY_DAY, (0, 1350), AMSTERDAM),
    (weekly(["thursday", "Monday", "MONDAY"], "10:00"), None, (0, 3), (600,), "UTC"),
    (weekly(["Sunday"], "10:00", version=2), None, (6,), (600,), "UTC"),
    (hourly("08:00", 4, 16), None, EVERY_DAY, (0, 480, 720, 960, 1200), "UTC"),
    (hourly("20:00", 4, 8), None, EVERY_DAY, (0, 240, 1200), "UTC"),
    (hourly("08:00", 6, 11), None, EVERY_DAY, (480, 840), "UTC"),
    (hourly("00:30", 12, 24), None, EVERY_DAY, (30, 750), "UTC"),
    ({**hourly("08:00", 4, 4), "schedulePolicyType": "SimpleSchedulePolicy"}, None, EVERY_DAY, (480, 720), "UTC"),
    (
        {**daily("1:00"), "scheduleRunTimes": ["19:00", "2018-01-24T02:15:59.123+05:30"]},
        None,
        EVERY_DAY,
        (135, 1140),
        "UTC",
    ),
    ({**weekly(["Monday"], "10:00"), "scheduleWeeklyFrequency": 0}, None, (0,), (600,), "UTC"),
]


@pytest.mark.parametrize(("schedule", "zone", "days", "times", "known_as"), READ)
def test_a_schedule_as_azure_writes_it(schedule: Any, zone: Any, days: Any, times: Any, known_as: str) -> None:
    assert timetable(schedule, zone) == Timetable(days, times, known_as)


NOT_READ: list[tuple[Any, Any, str]] = [
    (None, None, "it has no schedulePolicy"),
    ([], None, "it has no schedulePolicy"),
    ({}, None, "schedulePolicyType is not given"),
    (daily(), None, "scheduleRunTimes is empty"),
    ({**daily("1:00"), "scheduleRunTimes": "19:00"}, None, "scheduleRunTimes is '19:00'"),
    (daily("24:00"), None, "scheduleRunTimes: '2017-12-05T24:00:00Z' is no time"),
    ({**daily(), "scheduleRunTimes": ["19:00", None]}, None, "scheduleRunTimes: not given is no time"),
    ({**daily(), "scheduleRunTimes": ["١٩:٠٠"]}, None, "is no time"),
    ({**daily("19:00"), "schedulePolicyType": "SimpleSchedulePolicyV2"}, None, "dailySchedule is not given"),
    (
        {**daily("19:00"), "schedulePolicyType": "LongTermSchedulePolicy"},
        None,
        "'LongTermSchedulePolicy', which is not",
    ),
    ({**daily("19:00"), "scheduleRunFrequency": "Monthly"}, None, "scheduleRunFrequency is 'Monthly'"),
    (weekly([], "19:00"), None, "scheduleRunDays is empty"),
    (weekly(["Mon"], "19:00"), None, "scheduleRunDays: 'Mon' is no day"),
    ({**weekly(["Monday"], "19:00"), "scheduleWeeklyFrequency": 2}, None, "scheduleWeeklyFrequency is 2"),
    (hourly("08:00", 0, 12), None, "interval is 0"),
    (hourly("08:00", 4, 25), None, "scheduleWindowDuration is 25"),
    ({**hourly("08:00", 4, 12), "hourlySchedule": {"interval": True}}, None, "interval is True"),
    (daily("19:00"), "Europe/Amsterdam", "time zone 'Europe/Amsterdam' is not among"),
    (daily("19:00"), "Kamchatka Standard Time", "time zone 'Kamchatka Standard Time' is not among"),
    (daily("19:00"), "", "timeZone is ''"),
    (daily("19:00"), 1, "timeZone is 1, which is no text"),
    (daily("19:00"), [], "timeZone is empty, which is no text"),
]


@pytest.mark.parametrize(("schedule", "zone", "reason"), NOT_READ)
def test_a_schedule_that_cannot_be_read(schedule: Any, zone: Any, reason: str) -> None:
    found = timetable(schedule, zone)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("the backup policy's schedule cannot be read: ")
    assert reason in found.reason
    assert found.needs == "property"


WHOLE = [daily("19:00"), weekly(["Monday"], "10:00", version=2), hourly("08:00", 4, 12)]


@examples(500)
@given(st.data())
def test_odd_values_anywhere_in_a_schedule(data: st.DataObject) -> None:
    schedule: Any = data.draw(st.sampled_from(WHOLE))
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(paths(schedule))
        if places:
            schedule = replaced(schedule, data.draw(st.sampled_from(places)), data.draw(ODD))
    found = timetable(schedule, data.draw(st.sampled_from([None, AMSTERDAM]) | ODD))
    assert isinstance(found, Unknown) or (found.days and found.times)


@examples(300)
@given(ODD, ODD)
def test_anything_at_all_instead_of_a_schedule(schedule: Any, zone: Any) -> None:
    assert isinstance(timetable(schedule, zone), Unknown)


def test_a_zone_of_the_table_without_data() -> None:
    assert len(WINDOWS_ZONES) > 130
    for name, zone in WINDOWS_ZONES.items():
        assert canonical(name.upper()) == name
        assert ZoneInfo(zone)
    assert WINDOWS_ZONES["W. Europe Standard Time"] == "Europe/Berlin"
    assert WINDOWS_ZONES["UTC"] == "Etc/UTC"
    assert not [name for name in WINDOWS_ZONES if not re.fullmatch(r"[A-Za-z0-9.+()\- ]+", name)]
