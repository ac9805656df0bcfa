"""Crowded windows against every minute of the week asked for every member; 10,000 random schedules in all."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.language.values import Complete, OpenList
from scanner.language.words import WORDS
from scanner.schedule.crowds import Crowd, crowds
from scanner.schedule.timetable import Timetable
from scanner.schedule.week import WEEK, Rings, Week, week_of
from tests.properties import examples
from tests.schedule.oracle import Plan, fullest, random_plan, ring_of
from tests.schedule.test_instants import table_of

YEAR = 2026


def test_a_week_that_the_clock_contradicts() -> None:
    """10,000 schedules, in January or in July."""
    dice = random.Random("weeks")
    for _ in range(10_000):
        plan = random_plan(dice)
        week = week_of(table_of(plan), YEAR)
        month, ring = dice.choice(((1, week.rings.january), (7, week.rings.july)))
        assert list(ring) == sorted(ring_of(plan, YEAR, month)), plan


def check(rings: list[tuple[set[int], set[int]]], weeks: list[Week], width: int) -> None:
    """The most crowded windows are found, each holds whom it says, and every start that is not in one overlaps one."""
    found = crowds(weeks, width)
    seasons = [fullest([ring[season] for ring in rings], width) for season in (0, 1)]
    most = max((len(there) for season in seasons for there in season.values()), default=0)
    assert max((len(crowd.members) for crowd in found), default=0) == most
    told = [set(there) for season in seasons for there in season.values()]
    for crowd in found:
        assert set(crowd.members) in told, crowd
        assert len(set(crowd.members)) == len(crowd.members)
    for season in seasons:
        # A window that is not told overlaps one that is at least as full.
        for there in set(map(frozenset, season.values())):
            assert any(len(crowd.members) >= len(there) and there & set(crowd.members) for crowd in found)
    assert all(len(one.members) >= len(other.members) for one, other in pairwise(found))


@pytest.mark.parametrize("size", [1, 2, 5, 12, 30])
def test_a_window_that_walking_the_week_finds_otherwise(size: int) -> None:
    dice = random.Random(f"crowds {size}")
    for _ in range(12):
        plans: list[Plan] = [
            random_plan(dice, minutes=dice.choice(((0, 30), (0,), tuple(range(60))))) for _ in range(size)
        ]
        weeks = [week_of(table_of(plan), YEAR) for plan in plans]
        rings = [(ring_of(plan, YEAR, 1), ring_of(plan, YEAR, 7)) for plan in plans]
        check(rings, weeks, dice.choice((1, 30, 60, 60, 90, 240, 1440)))


minutes_of_week = st.sets(
    st.integers(0, 40) | st.integers(WEEK - 40, WEEK - 1) | st.integers(0, WEEK - 1), min_size=1, max_size=6
)


def week(january: set[int], july: set[int]) -> Week:
    rings = tuple(sorted(january)), tuple(sorted(july))
    gaps = [later - one for ring in rings for one, later in pairwise((*ring, ring[0] + WEEK))]
    return Week(Rings(*rings, min(gaps)), "")


@examples(150)
@given(
    st.lists(st.tuples(minutes_of_week, minutes_of_week), max_size=6),
    st.sampled_from((1, 2, 7, 60, 5041, WEEK - 1, WEEK, 99999)),
)
def test_odd_weeks_and_odd_widths(rings: list[tuple[set[int], set[int]]], width: int) -> None:
    check(rings, [week(*one) for one in rings], min(width, WEEK))
    assert crowds([week(*one) for one in rings], width) == crowds([week(*one) for one in rings], min(width, WEEK))


@examples(100)
@given(st.lists(minutes_of_week, min_size=1, max_size=5), st.integers(0, WEEK - 1), st.sampled_from((1, 60, 600)))
def test_a_crowd_that_hangs_on_where_the_week_begins(rings: list[set[int]], turn: int, width: int) -> None:
    turned = [{(minute + turn) % WEEK for minute in ring} for ring in rings]
    one, other = (crowds([week(ring, ring) for ring in some], width) for some in (rings, turned))
    assert len(one[0].members) == len(other[0].members)


EVERY_DAY = tuple(range(7))
AMSTERDAM = "W. Europe Standard Time"


def told(width: float, *tables: Timetable) -> list[Crowd]:
    return crowds([week_of(table, YEAR) for table in tables], width)


def daily(hour: int, minute: int = 0, zone: str = "UTC") -> Timetable:
    return Timetable(EVERY_DAY, (60 * hour + minute,), zone)


def test_starts_exactly_a_windows_length_apart_are_not_together() -> None:
    assert [crowd.members for crowd in told(60, daily(1), daily(2))] == [[0], [1]]
    assert [crowd.members for crowd in told(60, daily(1), daily(1, 59))] == [[0, 1]]
    assert [crowd.members for crowd in told(60.5, daily(1), daily(2))] == [[0, 1]]


def test_a_member_that_starts_twice_in_a_window_counts_once() -> None:
    (crowd,) = told(300, Timetable(EVERY_DAY, (60, 120, 180), "UTC"))
    assert crowd.members == [0]


WORDED = [
    ([daily(21)], "21:00 UTC every day"),
    ([daily(22, zone=AMSTERDAM)], "21:00 UTC every day in January and 20:00 UTC every day in July"),
    ([Timetable((0, 4), (60,), "UTC")], "01:00 UTC on Monday and Friday"),
    ([Timetable((0,), (60, 240), "UTC")], "01:00 and 04:00 UTC on Monday"),
    ([Timetable((6,), (30,), AMSTERDAM)], "23:30 UTC on Saturday in January and 22:30 UTC on Saturday in July"),
    ([daily(12, zone="New Zealand Standard Time")], "23:00 UTC every day in January and 00:00 UTC every day in July"),
]


@pytest.mark.parametrize(("tables", "at"), WORDED)
def test_how_the_time_of_a_crowd_is_worded(tables: list[Timetable], at: str) -> None:
    assert told(60, *tables)[0].at == at


def member(name: str, table: Timetable) -> Complete:
    return Complete({"vm": name, "starts": week_of(table, YEAR)})


def test_the_word_over_lists_known_in_part() -> None:
    windows = WORDS["windows"].run
    known = [member("a", daily(1)), member("b", daily(1))]
    assert windows(known, 60) == [{"at": "01:00 UTC every day", "vms": ["a", "b"]}]
    for partly in (OpenList(known, 1), [*known, None], [*known, {"vm": "c"}], [*known, {"vm": "c", "starts": "22:00"}]):
        found = windows(partly, 60)
        assert isinstance(found, OpenList), partly
        assert found.known == windows(known, 60)
        assert found.extra
    assert windows([], 60) == []
    assert isinstance(windows(OpenList([], 2), 60), OpenList)


@pytest.mark.parametrize("minutes", [0, -1, float("inf"), float("nan"), True, "60", None])
def test_a_width_that_is_none(minutes: object) -> None:
    assert WORDS["windows"].run([], minutes) is None
