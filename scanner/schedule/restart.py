"""A backup policy with another start: all that it says stays, but for the time of day at which it begins."""

import re
from typing import Any

from scanner.model import Unknown
from scanner.schedule.timetable import Timetable, clock, timetable

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ])?([01]\d|2[0-3]):([0-5]\d)((?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)")


def start_of(properties: Any) -> int | None:
    """The minute of the day at which its first backup starts, where one time says so; None where none or several do."""
    schedule = properties.get("schedulePolicy") if isinstance(properties, dict) else None
    if not isinstance(schedule, dict):
        return None
    times = [text for part in (schedule, *schedule.values()) if isinstance(part, dict) for text in _run_times(part)]
    minutes = {_minute(text) for text in times}
    return minutes.pop() if len(minutes) == 1 else None


def _run_times(part: dict[str, Any]) -> list[Any]:
    times = part.get("scheduleRunTimes")
    window = part.get("scheduleWindowStartTime")
    return [*(times if isinstance(times, list) else []), *([window] if window is not None else [])]


def _minute(text: Any) -> int | None:
    found = _STAMP.fullmatch(text) if isinstance(text, str) else None
    return int(found[2]) * 60 + int(found[3]) if found else None


def restarted(properties: dict[str, Any], minute: int) -> tuple[dict[str, Any], Timetable] | None:
    """The properties of a policy that begins at that minute of the day, and its timetable; None where one cannot make
    it so. Retention is told by times as well: those that are the start move with it."""
    before = start_of(properties)
    if before is None:
        return None
    after = {**properties}
    for name in ("schedulePolicy", "retentionPolicy"):
        if name in after:
            after[name] = _moved(after[name], before, minute)
    table = timetable(after["schedulePolicy"], after.get("timeZone"))
    return None if isinstance(table, Unknown) or start_of(after) != minute else (after, table)


def _moved(value: Any, before: int, after: int) -> Any:
    """The value with every time of day that is `before` at `after`."""
    if isinstance(value, dict):
        return {name: _moved(member, before, after) for name, member in value.items()}
    if isinstance(value, list):
        return [_moved(member, before, after) for member in value]
    if _minute(value) == before:
        found = _STAMP.fullmatch(value)
        assert found is not None
        return f"{found[1] or ''}{clock(after)}{found[4]}"
    return value


def timeless(value: Any) -> Any:
    """The value without its times of day, and without what is null: two that differ in no more keep the same."""
    if isinstance(value, dict):
        return {name: timeless(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [timeless(member) for member in value]
    return "a time" if _minute(value) is not None else value
