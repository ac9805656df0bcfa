"""Points in time and ISO 8601 durations, as the date functions of templates read and write them."""

import calendar
import re
from datetime import UTC, datetime, timedelta

from scanner.sources.iac.arm.values import Refused

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>[0-9]{1,5})Y)?(?:(?P<months>[0-9]{1,5})M)?(?:(?P<weeks>[0-9]{1,6})W)?(?:(?P<days>[0-9]{1,7})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,8})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,10})(?:\.(?P<fraction>[0-9]{1,7}))?S)?)?"
)


def moment(name: str, text: str) -> datetime:
    """A point in time; without an offset it is in UTC."""
    plain = text.strip().replace(" ", "T", 1)
    try:
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", plain):
            return datetime.strptime(plain, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T|$)", plain):
            found = datetime.fromisoformat(plain)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except ValueError:
        pass
    raise Refused(f"{name}: {text[:40]!r} is not a time such as 2026-11-22T01:00:00Z")


def shift(name: str, base: datetime, text: str) -> datetime:
    """A duration later, or earlier; of a month that is shorter the last day."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or text.strip().upper().rstrip("T") in ("P", "-P"):
        raise Refused(f"{name}: {text[:40]!r} is not a duration such as P3Y or -PT1H")
    sign = -1 if found["sign"] else 1
    of = {unit: int(found[unit] or 0) for unit in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")}
    try:
        months = base.year * 12 + base.month - 1 + sign * (of["years"] * 12 + of["months"])
        year, month = divmod(months, 12)
        day = min(base.day, calendar.monthrange(year, month + 1)[1]) if 1 <= year <= 9999 else 0
        micros = int((found["fraction"] or "0").ljust(6, "0")[:6])
        return base.replace(year=year, month=month + 1, day=day) + sign * timedelta(
            weeks=of["weeks"],
            days=of["days"],
            hours=of["hours"],
            minutes=of["minutes"],
            seconds=of["seconds"],
            microseconds=micros,
        )
    except (ValueError, OverflowError):
        raise Refused(f"{name}: {text[:40]!r} leads out of the years 1 to 9999") from None


_CUSTOM = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|tt|f{1,6}|zzz|K|'[^']*'|\\.|[-/:. TZ,_]")
_STANDARD = {
    "d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "t": "HH:mm", "T": "HH:mm:ss", "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss", "g": "MM/dd/yyyy HH:mm", "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd", "M": "MMMM dd",
    "y": "yyyy MMMM", "Y": "yyyy MMMM", "s": "yyyy-MM-ddTHH:mm:ss", "u": "yyyy-MM-dd HH:mm:ssZ",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "o": "yyyy-MM-ddTHH:mm:ss.ffffff'0'K", "O": "yyyy-MM-ddTHH:mm:ss.ffffff'0'K",
}  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def written(when: datetime, form: str) -> str | None:
    """By .NET's standard or custom format, in the invariant culture; None: a form that is not read here."""
    custom = _STANDARD.get(form, form)
    if len(custom) == 1:
        return None
    pieces: list[str] = []
    at = 0
    while at < len(custom):
        found = _CUSTOM.match(custom, at)
        if found is None:
            return None
        pieces.append(_piece(when, found[0]))
        at = found.end()
    return "".join(pieces)


def _piece(when: datetime, sign: str) -> str:
    if sign[0] in "'\\":
        return sign.strip("'") if sign[0] == "'" else sign[1]
    if sign[0] == "f":
        return f"{when.microsecond:06}"[: len(sign)]
    hour = when.hour % 12 or 12
    table = {
        "yyyy": f"{when.year:04}", "yy": f"{when.year % 100:02}", "MMMM": _MONTHS[when.month - 1],
        "MMM": _MONTHS[when.month - 1][:3], "MM": f"{when.month:02}", "M": str(when.month),
        "dddd": _DAYS[when.weekday()], "ddd": _DAYS[when.weekday()][:3], "dd": f"{when.day:02}", "d": str(when.day),
        "HH": f"{when.hour:02}", "H": str(when.hour), "hh": f"{hour:02}", "h": str(hour), "mm": f"{when.minute:02}",
        "m": str(when.minute), "ss": f"{when.second:02}", "s": str(when.second), "tt": "AM" if when.hour < 12 else "PM",
        "zzz": "+00:00", "K": "Z",
    }  # fmt: skip
    return table.get(sign, sign)
