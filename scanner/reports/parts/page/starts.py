"""The timeline: for each group how many backups start in each half hour of a day, with the crowded windows marked."""

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from scanner.model import Results, Timeline, several
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.tables import plain
from scanner.schedule.timeline import SLOT, SLOTS, Days, folded
from scanner.schedule.timetable import DAY, DAYS
from scanner.schedule.week import WEEK

_CROWDED, _QUIET, _NAMES, _WINDOWS = 40, 20, 30, 8
_LEFT, _STEP, _HIGH, _TOP = 172, 15, 44, 16
_WIDE = _LEFT + SLOTS * _STEP + 8


def section(results: Results) -> list[Child]:
    """The groups, those with crowded windows first and open, the others folded."""
    lines = results.timelines
    if not lines:
        return [element("p", "No group of VMs was judged by when its backups start.", class_="quiet")]
    crowded = sorted((line for line in lines if line.crowded), key=lambda line: (-_fullest(line), line.group.key))
    others = [line for line in lines if not line.crowded and line.starts]
    silent = len(lines) - len(crowded) - len(others)
    words = several(len(crowded), "group has", "groups have")
    said = f"{words} windows in which too many backups start, of {figure(len(lines))}."
    if not crowded:
        said = f"{several(len(lines), 'group')}, none with a known window in which too many backups start."
    if silent:
        said += f" Of {figure(silent)} no start is known."
    left = len(crowded) - _CROWDED
    quiet = [_group(line) for line in others[:_QUIET]]
    return [
        element("p", said, class_="lead"),
        [_group(line) for line in crowded[:_CROWDED]],
        element("p", f"{figure(left)} more groups have crowded windows: see the findings of staggered-schedules.")
        if left > 0
        else None,
        element(
            "details", element("summary", f"Groups without a crowded window: {_shown(len(quiet), len(others))}"), quiet
        )
        if quiet
        else None,
    ]


def _shown(count: int, total: int) -> str:
    return figure(total) if count == total else f"the first {figure(count)} of {figure(total)}"


def _fullest(line: Timeline) -> int:
    return max((_size(line, window.starts) for window in line.crowded), default=0)


def _size(line: Timeline, starts: Sequence[int]) -> int:
    return sum(len(line.starts[place].vms) for place in starts)


def _group(line: Timeline) -> Markup:
    starting = sum(len(start.vms) for start in line.starts)
    kind = f"{line.kind} · {several(starting, 'backup starts', 'backups start')}"
    limit = f"at most {line.together:g} within {line.minutes:g} minutes"
    notes = [f"{_names(line.idle)}: never" if line.idle else ""]
    notes += [f"{_names(names)}: {reason}" for reason, names in line.unsure]
    notes += list(line.strays)
    return element(
        "div",
        element(
            "h3",
            name(line.group.name, 120),
            element("small", " ", name(line.group.resource_group, 80), f" · {kind}; {limit}"),
        ),
        element("div", _drawn(line), class_="scroll", tabindex="0", role="img", aria_label=_spoken(line)),
        element("ul", [_window(line, place) for place in range(min(len(line.crowded), _WINDOWS))], class_="windows")
        if line.crowded
        else None,
        element("p", f"and {len(line.crowded) - _WINDOWS:,} more crowded windows")
        if len(line.crowded) > _WINDOWS
        else None,
        element("details", element("summary", "who starts when"), _starts(line)),
        [element("p", prose(note, 600), class_="quiet") for note in notes if note],
        class_="group",
    )


def _window(line: Timeline, place: int) -> Markup:
    window = line.crowded[place]
    names = [vm for start in window.starts for vm in line.starts[start].vms]
    said = f"{figure(len(names))} backups start within {line.minutes:g} minutes of {window.at}"
    return element(
        "li",
        element("span", "crowded", class_="tag warning"),
        f" {prose(said, 600)}: {prose(_names(names), 2_000)}",
    )


def _names(names: Sequence[str]) -> str:
    left = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {left:,} more" if left > 0 else "")


def _starts(line: Timeline) -> Markup:
    rows = [
        element(
            "tr",
            element("td", prose(start.words, 300)),
            element("td", name(start.policy or "not known", 120)),
            element("td", prose(_names(start.vms), 2_000), class_="wide"),
        )
        for start in line.starts[:_NAMES]
    ]
    heads = ("starts", "backup policy", "VMs")
    more = len(line.starts) - _NAMES
    return element(
        "div",
        plain("Who starts when", heads, rows),
        element("p", f"and {more:,} more schedules") if more > 0 else None,
    )


def _spoken(line: Timeline) -> str:
    """The drawing in words."""
    crowded = "; ".join(f"{_size(line, window.starts)} at {window.at}" for window in line.crowded[:3])
    return prose(
        f"Backup starts of {line.group.name} over a day. {f'Crowded: {crowded}' if crowded else 'No crowded window'}",
        600,
    )


def _drawn(line: Timeline) -> Markup:
    lanes = list(_lanes(line))
    most = max((count for _, days, _ in lanes for count in days.counts), default=1)
    parts: list[Child] = []
    for number, (label, days, marked) in enumerate(lanes):
        parts.append(_lane(number * (_HIGH + _TOP) + _TOP, label, days, marked, most))
    foot = len(lanes) * (_HIGH + _TOP) + _TOP
    for hour in range(0, 25, 2):
        x = _LEFT + hour * 2 * _STEP
        parts.append(element("line", x1=x, x2=x, y1=_TOP, y2=foot - _TOP, class_="hour"))
        parts.append(element("text", f"{hour:02}", x=x, y=foot, text_anchor="middle", class_="axis"))
    parts.append(element("text", "UTC", x=4, y=foot, class_="axis"))
    return element(
        "svg",
        parts,
        viewBox=f"0 0 {_WIDE} {foot + 4}",
        width=_WIDE,
        height=foot + 4,
        class_="timeline",
        aria_hidden="true",
    )


def _lanes(line: Timeline) -> Iterator[tuple[str, Days, set[tuple[int, int]]]]:
    """The days that look alike, in January and in July: what they are called, how many start, what is crowded."""
    winter = list(chain.from_iterable(repeat(start.january, len(start.vms)) for start in line.starts))
    summer = list(chain.from_iterable(repeat(start.july, len(start.vms)) for start in line.starts))
    seasons = [("", winter, 0)] if winter == summer else [("January", winter, 0), ("July", summer, 1)]
    for month, rings, season in seasons:
        begins = [minute for window in line.crowded for minute in (window.july if season else window.january)]
        marked = {
            (minute % WEEK // DAY, minute % DAY // SLOT)
            for begin in begins
            for minute in range(begin - begin % SLOT, begin + min(int(line.minutes), WEEK), SLOT)
        }
        for days in folded(rings):
            yield ", ".join(part for part in (_days(days.days), month) if part), days, marked


def _lane(top: int, label: str, days: Days, marked: set[tuple[int, int]], most: int) -> list[Child]:
    parts: list[Child] = [element("text", label, x=4, y=top + _HIGH - 4, class_="lane")]
    floor = top + _HIGH
    full = [slot for slot in range(SLOTS) if any((day, slot) in marked for day in days.days)]
    for first, last in _runs(full):
        x, wide = _LEFT + first * _STEP, (last - first + 1) * _STEP
        parts.append(element("rect", x=x, y=top - 10, width=wide, height=_HIGH + 10, class_="crowd"))
    parts.append(element("line", x1=_LEFT, x2=_LEFT + SLOTS * _STEP, y1=floor, y2=floor, class_="floor"))
    for slot, count in enumerate(days.counts):
        if count:
            high = max(3, round(count / most * (_HIGH - 12)))
            x = _LEFT + slot * _STEP
            parts.append(element("rect", x=x + 2, y=floor - high, width=_STEP - 4, height=high, class_="starts"))
            parts.append(
                element(
                    "text", figure(count), x=x + _STEP / 2, y=floor - high - 3, text_anchor="middle", class_="count"
                )
            )
    return parts


def _runs(slots: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of the slots that lie side by side."""
    first = last = None
    for slot in slots:
        if last is not None and first is not None and slot != last + 1:
            yield first, last
            first = None
        first = slot if first is None else first
        last = slot
    if first is not None and last is not None:
        yield first, last


def _days(days: Sequence[int]) -> str:
    """ "every day", "Mon–Fri", "all but Wed", "Tue, Fri"."""
    if len(days) == len(DAYS):
        return "every day"
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]][:3]}–{DAYS[days[-1]][:3]}"
    left = [day for day in range(len(DAYS)) if day not in days]
    if len(left) < 3:
        return f"all but {', '.join(DAYS[day][:3] for day in left)}"
    return ", ".join(DAYS[day][:3] for day in days)
