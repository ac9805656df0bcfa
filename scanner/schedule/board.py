"""The windows of a week, January's and July's, and how many start in each; starts are put on it and taken off."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from scanner.schedule.week import WEEK, Ring, Rings

_LATTICES = 8


class Board:
    """Windows of `width` minutes, half-open, that begin where some start may be; a member counts once in a window."""

    def __init__(self, places: Iterable[Rings], width: int) -> None:
        self._width = min(width, WEEK)
        kinds = list(dict.fromkeys(places))
        january = sorted({minute for kind in kinds for minute in kind.january})
        july = sorted({minute for kind in kinds for minute in kind.july})
        self._hits = {
            kind: (
                *self._windows(january, kind.january),
                *(len(january) + window for window in self._windows(july, kind.july)),
            )
            for kind in kinds
        }
        self.loads = [0] * (len(january) + len(july))

    def _windows(self, minutes: Sequence[int], ring: Ring) -> list[int]:
        """Which of the windows that begin at these minutes hold a start of the ring."""
        found: set[int] = set()
        for start in ring:
            first = start - self._width + 1
            found.update(range(bisect_left(minutes, first), bisect_right(minutes, start)))
            if first < 0:
                found.update(range(bisect_left(minutes, first + WEEK), len(minutes)))
        return sorted(found)

    def add(self, rings: Rings, count: int) -> None:
        if count:
            for window in self._hits[rings]:
                self.loads[window] += count

    def clear(self) -> None:
        self.loads = [0] * len(self.loads)

    def room(self, rings: Rings, most: int) -> int:
        """How many more may start so; below 0 where there are too many."""
        loads = self.loads
        return most - max([loads[window] for window in self._hits[rings]])

    def weight(self, rings: Rings) -> int:
        """In how many windows it starts: the more, the harder it is to find a place for it."""
        return len(self._hits[rings])

    def fullest(self) -> int:
        return max(self.loads, default=0)

    def members(self, lots: Sequence[Rings]) -> list[list[int]]:
        """For each window the numbers of those that start in it."""
        found: list[list[int]] = [[] for _ in self.loads]
        for number, rings in enumerate(lots):
            for window in self._hits[rings]:
                found[window].append(number)
        return found

    def cover(self, rings: Rings, season: int) -> int:
        """Of all windows that begin at the minutes of a week, how many hold a start of it."""
        ring = rings.july if season else rings.january
        return sum(min(self._width, later - one) for one, later in zip(ring, (*ring[1:], ring[0] + WEEK), strict=True))

    def on(self, rings: Rings, step: int) -> bool:
        """Whether it starts where windows meet that are laid end to end from minute `step` on."""
        return all((minute - step) % self._width == 0 for minute in rings.january)

    def lattices(self, places: Iterable[Rings]) -> list[int]:
        """The minutes from which windows may be laid end to end so that most places are where they meet."""
        met = Counter(min(kind.january) % self._width for kind in places)
        return [step for step, _ in sorted(met.items(), key=lambda one: (-one[1], one[0]))[:_LATTICES]]
