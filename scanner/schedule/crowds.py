"""Finds the minutes of a week in which most backups start together: one sweep of sums, never each against each.

A crowd is a window of M minutes, half-open: starts exactly M apart are not in one. Of overlapping windows only the
fullest is told. The sweep runs by the offsets of January and again by those of July; a crowd of the same members at
several times, or in both seasons, is told once with all its times.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from math import ceil

from scanner.schedule.week import WEEK, Ring, Rings, Week
from scanner.schedule.wording import times_said


@dataclass(frozen=True, slots=True)
class Crowd:
    """When they start together, in words, and the positions of the members.

    `january`, `july`: the minutes of a week at which such windows begin, by the offsets of that month.
    """

    at: str
    members: list[int]
    january: tuple[int, ...]
    july: tuple[int, ...]


def crowds(weeks: Sequence[Week], minutes: float) -> list[Crowd]:
    """The fullest windows of `minutes` (above 0), the most crowded first. Each member counts once in a window."""
    width = min(ceil(minutes), WEEK)  # starts are whole minutes
    shared: dict[int, list[int]] = {}
    for position, week in enumerate(weeks):
        shared.setdefault(id(week.rings), []).append(position)
    members = list(shared.values())
    kinds = [weeks[positions[0]].rings for positions in members]
    sizes = list(map(len, members))
    winter = _windows([kind.january for kind in kinds], kinds, sizes, width)
    same = all(kind.january == kind.july for kind in kinds)
    summer = winter if same else _windows([kind.july for kind in kinds], kinds, sizes, width)
    found: dict[frozenset[int], tuple[list[int], list[int]]] = {}
    for season, windows in enumerate((winter, summer)):
        for minute, there in windows:
            found.setdefault(there, ([], []))[season].append(minute)
    told = [(sorted(chain.from_iterable(map(members.__getitem__, there))), times) for there, times in found.items()]
    told.sort(key=lambda one: (-len(one[0]), one[1][0][:1] or one[1][1][:1], one[0][:1]))
    return [
        Crowd(times_said(january, july), positions, tuple(january), tuple(july)) for positions, (january, july) in told
    ]


def _windows(
    rings: Sequence[Ring], kinds: Sequence[Rings], sizes: Sequence[int], width: int
) -> list[tuple[int, frozenset[int]]]:
    """The minutes at which the fullest windows begin, each with the kinds that start in it; none overlap.

    Work grows with the starts there are, not with the minutes of a week: most groups are small.
    """
    at: dict[int, list[int]] = {}
    for number, ring in enumerate(rings):
        for minute in ring:
            there = at.get(minute)
            if there is None:
                at[minute] = [number]
            else:
                there.append(number)
    minutes = sorted(at)
    unrolled = [*minutes, *(minute + WEEK for minute in minutes)]
    starts = [sum(map(sizes.__getitem__, at[minute])) for minute in minutes]
    upto = list(accumulate(chain(starts, starts), initial=0))
    ends = [bisect_left(unrolled, minute + width) for minute in minutes]
    again = _again(rings, kinds, sizes, width, minutes)
    full = [upto[end] - upto[begin] - again[begin] for begin, end in enumerate(ends)]
    taken = bytearray(WEEK)
    chosen = []
    for place in sorted(range(len(minutes)), key=lambda place: (-full[place], place)):
        if taken[minutes[place]]:
            continue
        for begin, end in _around(minutes[place], width):
            taken[begin:end] = b"\1" * (end - begin)
        chosen.append(place)
    return [
        (minutes[place], frozenset(chain.from_iterable(at[one % WEEK] for one in unrolled[place : ends[place]])))
        for place in sorted(chosen)
    ]


def _again(
    rings: Sequence[Ring], kinds: Sequence[Rings], sizes: Sequence[int], width: int, minutes: Sequence[int]
) -> Sequence[int]:
    """For a window beginning at each of `minutes`, how many starts in it are of members that started in it before."""
    change = [0] * (len(minutes) + 1)
    for ring, kind, size in zip(rings, kinds, sizes, strict=True):
        if kind.gap >= width:
            continue
        before = ring[-1] - WEEK
        for minute in ring:
            first = minute - width + 1  # windows that begin from here on to `before` hold both
            if first <= before:
                for begin, end in ((max(first, 0), before), (first + WEEK, min(before, -1) + WEEK)):
                    if begin <= end:
                        change[bisect_left(minutes, begin)] += size
                        change[bisect_right(minutes, end)] -= size
            before = minute
    return list(accumulate(change))


def _around(minute: int, width: int) -> Iterable[tuple[int, int]]:
    """The parts of the ring where a window that begins there would overlap the one that begins at `minute`."""
    if 2 * width - 1 >= WEEK:
        return [(0, WEEK)]
    begin, end = minute - width + 1, minute + width
    parts = [(max(begin, 0), min(end, WEEK))]
    if begin < 0:
        parts.append((begin + WEEK, WEEK))
    if end > WEEK:
        parts.append((0, end - WEEK))
    return parts
