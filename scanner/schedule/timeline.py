"""The backup starts of one group over a week: who starts when, and where too many do. A value that reports draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanner.model import Subject
from scanner.schedule.crowds import crowds
from scanner.schedule.timetable import DAY, DAYS
from scanner.schedule.week import Ring, Week

SLOT = 30
"""Minutes: Azure lets backups start on the hour and on the half hour."""
SLOTS = DAY // SLOT


@dataclass(frozen=True, slots=True)
class Start:
    """When the backups of one VM start, and by which backup policy."""

    vm: Subject
    policy: str
    week: Week


@dataclass(frozen=True, slots=True)
class Window:
    """A window in which backups start together: when, in words, who, and the minutes of a week at which it begins."""

    at: str
    vms: tuple[str, ...]
    january: Ring
    july: Ring


@dataclass(frozen=True, slots=True)
class Timeline:
    """A group's starts. Minutes of a week count from Monday 00:00 UTC, by the offsets of January and by those of July.

    `windows`: the fullest ones, the most crowded first; of those that overlap only the fullest. `idle`: members whose
    backups never start. `unsure`: members whose start is not known, and why. `strays`: why more may belong to it.
    """

    group: Subject
    kind: str
    minutes: float
    starts: tuple[Start, ...]
    windows: tuple[Window, ...]
    idle: tuple[str, ...] = ()
    unsure: tuple[tuple[str, str], ...] = ()
    strays: tuple[str, ...] = ()

    def members(self) -> int:
        return len(self.starts) + len(self.idle) + len(self.unsure)

    def fullest(self) -> int:
        """How many backups start together at most, as far as is known."""
        return len(self.windows[0].vms) if self.windows else 0

    def crowded(self, together: float) -> tuple[Window, ...]:
        """The windows in which more than `together` backups start."""
        return tuple(window for window in self.windows if len(window.vms) > together)


def windows_of(starts: Sequence[Start], minutes: float) -> tuple[Window, ...]:
    """The fullest windows of so many minutes, half-open."""
    return tuple(
        Window(crowd.at, tuple(starts[position].vm.name for position in crowd.members), crowd.january, crowd.july)
        for crowd in crowds([start.week for start in starts], minutes)
    )


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week (Monday is 0) that look alike: how many backups start in each half hour, in UTC."""

    days: tuple[int, ...]
    counts: tuple[int, ...]


def folded(rings: Iterable[Ring]) -> list[Days]:
    """The days of a week on which anything starts, those that look alike together."""
    counts = [[0] * SLOTS for _ in DAYS]
    for ring in rings:
        for slot in {minute // SLOT for minute in ring}:  # who starts twice in one slot is one
            counts[slot // SLOTS][slot % SLOTS] += 1
    alike: dict[tuple[int, ...], list[int]] = {}
    for day, line in enumerate(counts):
        alike.setdefault(tuple(line), []).append(day)
    return [Days(tuple(days), line) for line, days in alike.items() if any(line)]
