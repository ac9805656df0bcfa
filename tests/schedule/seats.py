"""What moved starts are measured with: windows counted one by one, and every way of moving tried out.

Starts here lie on quarters of an hour, so that a fullest window begins on one.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import product

from scanner.schedule.seating import Lot, Move
from scanner.schedule.week import Rings

WEEK = 7 * 24 * 60


def rings_after(lots: Sequence[Lot], moves: Sequence[Move]) -> Counter[Rings]:
    """How many start when, after the moves."""
    found: Counter[Rings] = Counter()
    for lot in lots:
        found[lot.rings] += lot.size
    for move in moves:
        found[lots[move.lot].rings] -= move.count
        found[move.target.rings] += move.count
    return found


def most_together(rings: Counter[Rings], width: int) -> int:
    """How many start in the fullest window, in January or in July."""
    counts: Counter[tuple[int, int]] = Counter()
    for one, size in rings.items():
        for window in windows(one, width):
            counts[window] += size
    return max(counts.values(), default=0)


@cache
def windows(rings: Rings, width: int) -> frozenset[tuple[int, int]]:
    """(season, minute) of every window, of those that begin on a quarter of an hour, in which it starts."""
    return frozenset(
        (season, begin)
        for season, ring in enumerate((rings.january, rings.july))
        for begin in range(0, WEEK, 15)
        if any((start - begin) % WEEK < width for start in ring)
    )


def fewest(lots: Sequence[Lot], width: int, most: int) -> int | None:
    """The fewest moves after which every window holds, of all that there are; None if there are none."""
    best = None
    members = [lot for lot in lots for _ in range(lot.size)]
    for choice in product(*(tuple(lot.places()) for lot in members)):
        moved = sum(lot.rings != rings for lot, rings in zip(members, choice, strict=True))
        if (best is None or moved < best) and most_together(Counter(choice), width) <= most:
            best = moved
    return best
