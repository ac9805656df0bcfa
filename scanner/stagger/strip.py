"""Draws a timeline for a terminal: a line of half hours for the days that look alike, in January and in July."""

from collections.abc import Iterator, Sequence

from scanner.model import Timeline
from scanner.schedule.timeline import SLOT, SLOTS, Days, folded
from scanner.schedule.timetable import DAY, DAYS
from scanner.schedule.week import WEEK, Ring

_HOURS = "".join(f"{hour:02}".ljust(6) for hour in range(0, 24, 3)).rstrip()
_LABEL = 24
MANY = "#"
"""Ten starts or more in one half hour."""


def drawn(timeline: Timeline) -> list[str]:
    """The lines, at most 72 characters long: hours, then starts by half hour, with a mark below crowded windows."""
    seasons = [
        [start.january for start in timeline.starts for _ in start.vms],
        [start.july for start in timeline.starts for _ in start.vms],
    ]
    begins = [[window.january for window in timeline.crowded], [window.july for window in timeline.crowded]]
    lines = [f"{'UTC':<{_LABEL}}{_HOURS}"]
    if seasons[0] == seasons[1]:
        lines += _season(folded(seasons[0]), "", begins[0], timeline.minutes)
    else:
        for month, season, windows in zip(("January", "July"), seasons, begins, strict=True):
            lines += _season(folded(season), month, windows, timeline.minutes)
    return [line.rstrip() for line in lines]


def _season(lines: Sequence[Days], month: str, windows: Sequence[Ring], minutes: float) -> Iterator[str]:
    marked = _slots(windows, minutes)
    for line in lines:
        label = f"{said(line.days):<15} {month}"
        yield f"{label:<{_LABEL}}{''.join(map(_mark, line.counts))}"
        under = "".join("^" if marked & {(day, slot) for day in line.days} else " " for slot in range(SLOTS))
        if under.strip():
            yield f"{'':<{_LABEL}}{under}"


def _slots(windows: Sequence[Ring], minutes: float) -> set[tuple[int, int]]:
    """(day, half hour) of all that lies in these windows."""
    found = set()
    for begin in (minute for ring in windows for minute in ring):
        for minute in range(begin - begin % SLOT, begin + min(int(minutes), WEEK), SLOT):
            found.add((minute % WEEK // DAY, minute % DAY // SLOT))
    return found


def _mark(count: int) -> str:
    return "·" if not count else str(count) if count < 10 else MANY


def said(days: Sequence[int]) -> str:
    """ "every day", "Mo-Fr", "Tu Fr"."""
    if len(days) == len(DAYS):
        return "every day"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [
        f"{DAYS[run[0]][:2]}-{DAYS[run[-1]][:2]}" if len(run) > 2 else " ".join(DAYS[day][:2] for day in run)
        for run in runs
    ]
    return " ".join(names)
