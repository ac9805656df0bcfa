"""One group of many VMs, each with a schedule of its own: how long the word `windows` takes."""

import random
import time
from collections.abc import Callable
from statistics import median

from scanner.language.values import Complete
from scanner.language.words import WORDS
from scanner.schedule.timetable import EVERY_DAY, Timetable
from scanner.schedule.week import week_of
from scanner.schedule.windows_zones import WINDOWS_ZONES

_YEAR = 2026
_ZONES = sorted(WINDOWS_ZONES)


def _daily(dice: random.Random, step: int, zones: int) -> Timetable:
    return Timetable(EVERY_DAY, (dice.randrange(0, 1440, step),), dice.choice(_ZONES[:zones]))


def _weekly(dice: random.Random) -> Timetable:
    days = tuple(sorted(dice.sample(range(7), dice.randint(1, 7))))
    return Timetable(days, (dice.randrange(1440),), dice.choice(_ZONES))


def _hourly(dice: random.Random) -> Timetable:
    first = dice.randrange(0, 240, 30)
    return Timetable(EVERY_DAY, tuple(range(first, 1440, 240)), dice.choice(_ZONES))


def measured(members: int, rounds: int) -> list[tuple[str, str, str, str]]:
    """(what, different schedules, windows, ms) of groups of that many members."""
    dice = random.Random(1)
    kinds: dict[str, Callable[[], Timetable]] = {
        "daily on the half hour, 5 zones": lambda: _daily(dice, 30, 5),
        "daily on the half hour, every zone": lambda: _daily(dice, 30, len(_ZONES)),
        "daily at any minute, every zone": lambda: _daily(dice, 1, len(_ZONES)),
        "every four hours, every zone": lambda: _hourly(dice),
        "any days, any minute, every zone": lambda: _weekly(dice),
    }
    rows = []
    for name, make in kinds.items():
        tables = [make() for _ in range(members)]
        starts = [Complete({"vm": f"vm{at}", "starts": week_of(table, _YEAR)}) for at, table in enumerate(tables)]
        times = []
        for _ in range(rounds):
            begun = time.perf_counter()
            found = WORDS["windows"].run(starts, 60)
            times.append((time.perf_counter() - begun) * 1e3)
        rows.append((name, f"{len(set(tables)):,}", f"{len(found):,}", f"{median(times):.1f}"))
    return rows
