"""Moves of starts: the windows hold after them, counted minute by minute, and no fewer would do."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.schedule.seating import Lot, Target
from scanner.schedule.spread import NoRoom, Spread, least_limit, spread
from scanner.schedule.timetable import DAY, EVERY_DAY, Timetable
from scanner.schedule.week import WEEK, Rings, week_of
from tests.properties import examples
from tests.schedule.oracle import fullest
from tests.schedule.seats import fewest, most_together, rings_after

YEAR = 2026
AMSTERDAM, NEW_YORK, PUNE = "W. Europe Standard Time", "Eastern Standard Time", "India Standard Time"
ZONES = ("UTC", AMSTERDAM, NEW_YORK, PUNE, "Nepal Standard Time", "AUS Eastern Standard Time")


def rings(time: int, zone: str = "UTC", days: tuple[int, ...] = EVERY_DAY) -> Rings:
    return week_of(Timetable(days, (time,), zone), YEAR).rings


def lot(
    time: int, size: int, to: tuple[int, ...] = (), zone: str = "UTC", days: tuple[int, ...] = EVERY_DAY, ready: int = 0
) -> Lot:
    """Members that start at that minute of the day; the first `ready` of the places they may go to are there."""
    targets = tuple(
        Target(f"{zone} {days} {other}", rings(other, zone, days), number < ready, abs(other - time))
        for number, other in enumerate(to)
        if other != time
    )
    return Lot(rings(time, zone, days), size, targets)


def every_half_hour(time: int, size: int, zone: str = "UTC", days: tuple[int, ...] = EVERY_DAY) -> Lot:
    return lot(time, size, tuple(range(0, DAY, 30)), zone, days)


def check(lots: list[Lot], width: int, most: int) -> Spread | NoRoom:
    """The windows hold, everybody moves once, to a place that is theirs, and no window is left that need not be."""
    found = spread(lots, width, most)
    if isinstance(found, Spread):
        assert most_together(rings_after(lots, found.moves), width) <= most
        for number, one in enumerate(lots):
            assert sum(move.count for move in found.moves if move.lot == number) <= one.size
        assert all(move.count > 0 and move.target in lots[move.lot].targets for move in found.moves)
        assert found.least <= found.moved()
        for move in found.moves:  # none could have stayed
            stayed = rings_after(lots, found.moves)
            stayed[move.target.rings] -= 1
            stayed[lots[move.lot].rings] += 1
            assert most_together(stayed, width) > most
    return found


def test_the_measure_itself_counts_as_walking_the_week_does() -> None:
    dice = random.Random("measure")
    for _ in range(20):
        lots, width, _ = small_group(dice)
        seasons = [[set(one[season]) for one in _each(lots)] for season in (0, 1)]
        walked = max(len(there) for season in seasons for there in fullest(season, width).values())
        assert most_together(rings_after(lots, ()), width) == walked


def _each(lots: list[Lot]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(lot.rings.january, lot.rings.july) for lot in lots for _ in range(lot.size)]


def test_six_at_once_of_whom_two_must_go() -> None:
    found = check([every_half_hour(22 * 60, 6)], 60, 4)
    assert isinstance(found, Spread)
    assert (found.moved(), found.least) == (2, 2)
    assert len(found.moves) == 1, "they go to one place, so that one new policy does"


def test_a_ready_place_counts_before_a_new_one_that_is_nearer() -> None:
    found = check([lot(600, 6, (720, 660, 540), ready=1)], 60, 4)
    assert isinstance(found, Spread)
    assert [move.target.ready for move in found.moves] == [True]


def test_a_near_place_counts_before_a_far_one() -> None:
    found = check([lot(600, 6, (720, 900, 660))], 60, 4)
    assert isinstance(found, Spread)
    assert [move.target.rings for move in found.moves] == [rings(660)]


def test_a_place_that_is_opened_for_one_lot_serves_another() -> None:
    twins = [lot(600, 3, (540, 720)), lot(600, 3, (660, 720))]
    found = check(twins, 60, 2)
    assert isinstance(found, Spread)
    assert found.moved() == 4


def test_a_window_that_holds_in_january_only() -> None:
    """22:00 in Amsterdam is 21:00 UTC in January and 20:00 in July: 20:00 UTC would be full then."""
    lots = [lot(22 * 60, 2, (22 * 60 + 60,), AMSTERDAM), lot(20 * 60, 4), lot(21 * 60, 2)]
    found = check(lots, 60, 4)
    assert isinstance(found, Spread)
    assert found.moved() == 2
    assert isinstance(check([lot(22 * 60, 2, (), AMSTERDAM), *lots[1:]], 60, 4), NoRoom)


def test_who_has_no_place_to_go_stays() -> None:
    found = check([lot(600, 3), every_half_hour(600, 3)], 60, 4)
    assert isinstance(found, Spread)
    assert {move.lot for move in found.moves} == {1}
    assert spread([lot(600, 5)], 60, 4) == NoRoom(4, proved=False)


def test_a_day_that_is_full_to_the_last_start() -> None:
    """Four in each of 24 hours."""
    found = check([every_half_hour(22 * 60, 96)], 60, 4)
    assert isinstance(found, Spread)
    assert (found.moved(), found.least) == (92, 92)
    assert spread([every_half_hour(22 * 60, 97)], 60, 4) == NoRoom(96, proved=True)
    assert least_limit([every_half_hour(22 * 60, 97)], 60, 4) == 5


def test_a_full_day_of_which_some_start_between_the_hours() -> None:
    """They must move too, though their own window holds: nothing else makes room."""
    lots = [every_half_hour(22 * 60, 92), every_half_hour(3 * 60 + 30, 4)]
    found = check(lots, 60, 4)
    assert isinstance(found, Spread)
    assert found.moved() <= 92


def test_a_weekly_schedule_keeps_its_days() -> None:
    lots = [every_half_hour(60, 6, days=(0, 4))]
    found = check(lots, 60, 4)
    assert isinstance(found, Spread)
    assert {minute // DAY for move in found.moves for minute in move.target.rings.january} == {0, 4}


def hourly(start: int, interval: int, length: int) -> Rings:
    times = tuple(sorted({(start + 60 * after) % DAY for after in range(0, length + 1, interval)}))
    return week_of(Timetable(EVERY_DAY, times, "UTC"), YEAR).rings


def test_hourly_schedules_that_meet_all_day() -> None:
    targets = tuple(Target(str(at), hourly(at, 4, 12), False, abs(at - 480)) for at in range(0, DAY, 30) if at != 480)
    found = check([Lot(hourly(480, 4, 12), 7, targets)], 60, 4)
    assert isinstance(found, Spread)
    assert (found.moved(), found.least) == (3, 3)


@pytest.mark.parametrize("size", [500, 5000])
def test_thousands_in_one_group(size: int) -> None:
    lots = [every_half_hour(22 * 60, size // 2), every_half_hour(22 * 60, size - size // 2, AMSTERDAM)]
    assert isinstance(spread(lots, 60, 4), NoRoom)
    limit = least_limit(lots, 60, 4)
    assert -(-size // 24) <= limit <= size // 24 * 1.1
    found = check(lots, 60, limit)
    assert isinstance(found, Spread)


def small_group(dice: random.Random) -> tuple[list[Lot], int, int]:
    """Five or six members at most, two to four places each: few enough to try every way."""
    width = dice.choice((30, 60, 60, 90, 120, 360))
    most = dice.choice((1, 1, 2, 3))
    lots: list[Lot] = []
    members = 0
    clocks = dice.sample(range(0, DAY, 30), 6) if dice.random() < 0.3 else [600 + 30 * step for step in range(6)]
    while members < 6 and (len(lots) < 2 or dice.random() < 0.6):
        size = min(dice.choice((1, 1, 2, 3)), 6 - members)
        members += size
        days = dice.choice((EVERY_DAY, EVERY_DAY, (0,), (1, 4)))
        to = tuple(dice.sample(clocks, dice.randint(0, 4)))
        lots.append(lot(dice.choice(clocks), size, to, dice.choice(ZONES), days, ready=dice.randint(0, 2)))
    return lots, width, most


def test_no_fewer_moves_would_do() -> None:
    """Against every way of moving 300 small groups: never a wrong plan; how often, and by how much, one moves too many.

    The gap is measured, not wished away: it comes where making room costs more moves than emptying windows does.
    """
    dice = random.Random("spread")
    gaps, missed, feasible = [], 0, 0
    for _ in range(300):
        lots, width, most = small_group(dice)
        found = check(lots, width, most)
        best = fewest(lots, width, most)
        if isinstance(found, NoRoom):
            missed += best is not None
            assert best is None or not found.proved
            continue
        feasible += 1
        assert best is not None
        assert found.least <= best <= found.moved()
        gaps.append(found.moved() - best)
    assert feasible > 150
    assert sum(map(bool, gaps)) + missed <= feasible // 50


@examples(60)
@given(st.randoms(use_true_random=False))
def test_the_same_group_is_moved_in_the_same_way(dice: random.Random) -> None:
    lots, width, most = small_group(dice)
    assert spread(lots, width, most) == spread(list(lots), width, most)


@examples(60)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from((1, 7, 30, 60, 100, 1440, WEEK)))
def test_larger_groups_hold_after_the_moves(dice: random.Random, most: int, width: int) -> None:
    lots = [
        every_half_hour(30 * dice.randrange(48), dice.randint(1, 9), dice.choice(ZONES), dice.choice((EVERY_DAY, (2,))))
        for _ in range(dice.randint(1, 5))
    ]
    found = check(lots, width, most)
    limit = least_limit(lots, width, most)
    if isinstance(found, NoRoom):
        assert isinstance(check(lots, width, limit), Spread) or limit == most_together(rings_after(lots, ()), width)


def test_limits_above_what_there_is_move_nobody() -> None:
    lots = [every_half_hour(0, 4), every_half_hour(30, 4, PUNE)]
    assert spread(lots, 60, 8) == Spread((), 0)
    assert [spread(lots, 60, most) == Spread((), 0) for most, _ in pairwise(range(6, 10))] == [True] * 3
