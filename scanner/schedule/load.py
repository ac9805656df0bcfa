"""A VM's load after its backups were to start: the samples of some minutes, and how many of them lie above a limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil

NO_VALUE = -1.0
"""In the place of a sample where nothing was measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """Averages of `what` in percent over `step` seconds each, the first from `begin` on (seconds since 1970); `starts`
    are the scheduled starts that they cover, in order."""

    what: str
    begin: float
    step: float
    values: Sequence[float]
    starts: tuple[float, ...]

    def __str__(self) -> str:
        missing = sum(value == NO_VALUE for value in self.values)
        told = (
            f"{len(self.values)} samples, {missing} of them without a value"
            if missing
            else f"{len(self.values)} samples"
        )
        until = self.begin + self.step * len(self.values)
        starts = f"scheduled starts: {', '.join(map(stamp, self.starts)) or 'none'}"
        return f"{told}, from {stamp(self.begin)} to {stamp(until)}; {starts}"


@dataclass(frozen=True, slots=True)
class Busy:
    """What of the samples after one start lies above a limit; `missing` of them have no value."""

    at: float
    above: int
    missing: int
    samples: int


def busy(load: Load, minutes: float, percent: float) -> list[Busy]:
    """For each start whose next `minutes` are all covered; a sample counts if it reaches into them."""
    found = []
    for start in load.starts:
        first = int((start - load.begin) // load.step)
        last = ceil((start + 60 * minutes - load.begin) / load.step)
        if first < 0 or last > len(load.values):
            continue
        window = load.values[first:last]
        above = sum(value > percent for value in window)
        found.append(Busy(start, above, sum(value == NO_VALUE for value in window), len(window)))
    return found


@lru_cache(4096)
def stamp(seconds: float) -> str:
    """A time to the minute, as reports write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")
