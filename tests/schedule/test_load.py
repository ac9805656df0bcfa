"""Load after scheduled starts, against a count that looks at every minute; and the starts of a span."""

import random
from array import array
from datetime import UTC, datetime

import pytest

from scanner.schedule.instants import first_start_after, starts_within
from scanner.schedule.load import NO_VALUE, Load, busy
from scanner.schedule.timetable import Timetable
from tests.schedule.oracle import ZONES, random_plan
from tests.schedule.test_instants import table_of

BEGIN = datetime(2026, 11, 20, 23, tzinfo=UTC).timestamp()
QUARTER = 900.0


def load(values: list[float], *starts: float, step: float = QUARTER, begin: float = BEGIN) -> Load:
    return Load("CPU", begin, step, array("f", values), tuple(BEGIN + 60 * start for start in starts))


def counted(given: Load, start: float, minutes: int, percent: float) -> tuple[int, int, int] | None:
    """(above, missing, all) of the samples that some minute of the window lies in; None where one is not covered."""
    seen = set()
    for minute in range(minutes):
        at = int((start + 60 * minute - given.begin) // given.step)
        if not 0 <= at < len(given.values):
            return None
        seen.add(at)
    window = [given.values[at] for at in sorted(seen)]
    return sum(value > percent for value in window), window.count(NO_VALUE), len(window)


@pytest.mark.parametrize("seed", range(20))
def test_samples_of_a_window_that_a_walk_over_its_minutes_does_not_find(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        step = dice.choice([5, 15, 15, 15, 60, 7]) * 60.0
        begin = BEGIN + dice.choice([0, 0, 420, -60])
        size = dice.randint(1, 120)
        values = [dice.choice([NO_VALUE, 0.0, 50.0, 90.0, 90.5, 100.0]) for _ in range(size)]
        starts = sorted({BEGIN + 1800 * dice.randint(-2, 60) for _ in range(dice.randint(0, 4))})
        given = Load("CPU", begin, step, array("f", values), tuple(starts))
        minutes = dice.choice([15, 30, 60, 120, 1])
        expected = [(start, found) for start in starts if (found := counted(given, start, minutes, 90)) is not None]
        assert [(one.at, (one.above, one.missing, one.samples)) for one in busy(given, minutes, 90)] == expected


def test_a_start_on_the_edges_of_what_is_covered() -> None:
    assert len(busy(load([1.0] * 8, 0), 120, 90)) == 1
    assert not busy(load([1.0] * 7, 0), 120, 90)
    assert not busy(load([1.0] * 8, -15), 120, 90)
    assert not busy(load([1.0] * 8, 1), 120, 90)
    assert len(busy(load([1.0] * 9, 1), 120, 90)) == 1


def test_what_is_told_of_a_load() -> None:
    assert str(load([1.0, NO_VALUE], 0, 30)) == (
        "2 samples, 1 of them without a value, from 2026-11-20 23:00Z to 2026-11-20 23:30Z;"
        " scheduled starts: 2026-11-20 23:00Z, 2026-11-20 23:30Z"
    )
    assert str(load([1.0])).endswith("scheduled starts: none")


@pytest.mark.parametrize("zone", ZONES)
def test_the_starts_of_a_span_are_those_met_one_after_the_other(zone: str | None) -> None:
    dice = random.Random(f"within {zone}")
    for _ in range(60):
        table = table_of(random_plan(dice))
        since = BEGIN + dice.randint(-(10**7), 10**7)
        until = since + dice.randint(0, 10**6)
        found = starts_within(table, since, until)
        expected, at = [], since - 0.5
        while (at := first_start_after(table, at)) < until:
            expected.append(at)
        assert list(found) == expected


def test_a_span_ends_before_its_end() -> None:
    table = Timetable(tuple(range(7)), (23 * 60,), "UTC")
    assert starts_within(table, BEGIN, BEGIN + 86400) == (BEGIN,)
    assert starts_within(table, BEGIN, BEGIN) == ()
    assert starts_within(table, BEGIN + 1, BEGIN + 86401) == (BEGIN + 86400,)
