"""How the minutes of a week are said: "21:00 UTC every day", "20:30 UTC on Monday and Friday in July"."""

from collections.abc import Sequence

from scanner.schedule.timetable import DAY, DAYS, clock

_TIMES_SAID = 6


def times_said(january: Sequence[int], july: Sequence[int]) -> str:
    """ "21:00 UTC every day", "20:30 UTC on Monday and Friday in July"."""
    if list(january) == list(july):
        return _times(january)
    parts = ((january, "January"), (july, "July"))
    return " and ".join(f"{_times(minutes)} in {month}" for minutes, month in parts if minutes)


def _times(minutes: Sequence[int]) -> str:
    by_time: dict[int, list[int]] = {}
    for minute in minutes:
        by_time.setdefault(minute % DAY, []).append(minute // DAY)
    by_days: dict[tuple[int, ...], list[int]] = {}
    for time, days in sorted(by_time.items()):
        by_days.setdefault(tuple(days), []).append(time)
    said = [
        f"{listed([clock(time) for time in times])} UTC {days_said(days)}" for days, times in sorted(by_days.items())
    ]
    return listed(said)


def days_said(days: tuple[int, ...]) -> str:
    return "every day" if len(days) == len(DAYS) else f"on {listed([DAYS[day] for day in days])}"


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"; a long list is cut."""
    left = len(words) - _TIMES_SAID
    if left > 1:
        words = [*words[:_TIMES_SAID], f"{left} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
