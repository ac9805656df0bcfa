"""The week of a group as a value: who starts when, the days that look alike, the windows that are too full."""

import random

from scanner.model import Subject
from scanner.schedule.timeline import SLOT, SLOTS, Start, Timeline, folded, windows_of
from scanner.schedule.timetable import EVERY_DAY, Timetable
from scanner.schedule.week import WEEK, week_of

GROUP = Subject("/g", "/g", "snapready/backupgroups", "g", "", "")


def start(name: str, *times: int, days: tuple[int, ...] = EVERY_DAY, zone: str = "UTC") -> Start:
    return Start(Subject(name, name, "vm", name, "", ""), "daily", week_of(Timetable(days, times, zone), 2026))


def test_windows_say_who_starts_in_them_and_at_which_minutes() -> None:
    starts = (start("a", 600), start("b", 630), start("c", 60, days=(0,)))
    first, second = windows_of(starts, 60)
    assert (first.at, first.vms) == ("10:00 UTC every day", ("a", "b"))
    assert first.january == first.july == tuple(day * 1440 + 600 for day in range(7))
    assert (second.vms, second.january) == (("c",), (60,))


def test_only_windows_above_the_limit_are_crowded() -> None:
    starts = (start("a", 600), start("b", 630), start("c", 60))
    line = Timeline(GROUP, "tag", 60, starts, windows_of(starts, 60), idle=("d",), unsure=(("e", "why"),))
    assert (line.fullest(), line.members()) == (2, 5)
    assert [window.vms for window in line.crowded(1)] == [("a", "b")]
    assert line.crowded(2) == ()
    assert Timeline(GROUP, "tag", 60, (), ()).fullest() == 0


def test_the_lines_of_a_week_add_up_to_its_starts() -> None:
    """Against counting every half hour of the week."""
    dice = random.Random("timeline")
    for _ in range(200):
        rings = [tuple(sorted(dice.sample(range(WEEK), dice.randint(1, 9)))) for _ in range(dice.randint(0, 6))]
        found = folded(rings)
        told = {(day, slot): count for line in found for day in line.days for slot, count in enumerate(line.counts)}
        for day in range(7):
            for slot in range(SLOTS):
                begin = day * 1440 + slot * SLOT
                number = sum(any(begin <= minute < begin + SLOT for minute in ring) for ring in rings)
                assert told.get((day, slot), 0) == number
        assert len({line.counts for line in found}) == len(found), "days that look alike are one line"
