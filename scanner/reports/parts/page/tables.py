"""Tables of counts: a row for each cause or subscription, its marks as numbers that lead to the findings, and a bar."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from scanner.reports.parts.page.counts import MARKS, Mark, Marks
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose

HEADS: dict[Mark, str] = {
    "error": "error",
    "warning": "warning",
    "note": "note",
    "unknown": "unknown",
    "waived": "waived",
    "pass": "pass",
    "not-applicable": "n/a",
}
_BAR = 120


class Line(NamedTuple):
    """One row: what it is of, its marks, and the filters that show its findings."""

    label: Child
    marks: Marks
    filters: dict[str, str]
    inner: bool = False


def scrolling(label: str, *children: Child) -> Markup:
    """What may be wider than the window: it scrolls by itself, with the keyboard too."""
    return element("div", children, class_="scroll", tabindex="0", role="region", aria_label=prose(label, 200))


def plain(label: str, heads: Sequence[str], rows: Iterable[Markup], *, caption: bool = False) -> Markup:
    """A table of texts."""
    return scrolling(
        label,
        element(
            "table",
            element("caption", name(label, 200)) if caption else None,
            element("thead", element("tr", [element("th", text, scope="col") for text in heads])),
            element("tbody", rows),
            class_="plain",
        ),
    )


def counts_table(caption: str, head: str, lines: Sequence[Line]) -> Markup:
    """A table of marks, with those columns in which there is something."""
    shown = [
        mark for mark in MARKS if any(line.marks.get(mark) for line in lines) or mark in ("error", "unknown", "pass")
    ]
    heads = [
        element("th", head, scope="col"),
        *(element("th", HEADS[mark], scope="col", class_="n") for mark in shown),
        element("th", element("span", "share", class_="hide"), scope="col", class_="bars"),
    ]
    return scrolling(
        caption,
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", heads)),
            element("tbody", [_row(line, shown) for line in lines]),
            class_="counts",
        ),
    )


def _row(line: Line, shown: Sequence[Mark]) -> Markup:
    cells = [element("th", line.label, scope="row")]
    for mark in shown:
        count = line.marks.get(mark, 0)
        number: Child = figure(count) if count else element("span", "·", class_="none")
        if count:
            number = element("a", number, href=link({**line.filters, **filters_of(mark)}))
        cells.append(element("td", number, class_=f"n {mark}" if count else "n"))
    return element("tr", cells, element("td", bar(line.marks), class_="bars"), class_="inner" if line.inner else None)


def filters_of(mark: Mark) -> dict[str, str]:
    """The filters that show the results of a mark."""
    if mark in ("error", "warning", "note"):
        return {"verdict": "fail", "severity": mark}
    return {"verdict": mark}


def link(filters: dict[str, str]) -> str:
    """The address of the findings so filtered, in this same file."""
    return "#" + "&".join(
        f"{name}={quote(value, safe=',', errors='replace')}" for name, value in filters.items() if value
    )


def bar(marks: Marks, width: int = _BAR) -> Markup:
    """The marks as a bar; a mark that is there is always to be seen. The numbers beside it say the same."""
    total = sum(marks.get(mark, 0) for mark in MARKS)
    parts, at = [], 0.0
    if total:
        there = [mark for mark in MARKS if marks.get(mark)]
        spare = width - 2 * len(there)
        for mark in there:
            length = 2 + spare * marks.get(mark, 0) / total
            parts.append(element("rect", x=f"{at:.1f}", y=0, width=f"{length:.1f}", height=10, class_=f"f-{mark}"))
            at += length
    return element(
        "svg", parts, viewBox=f"0 0 {width} 10", width=width, height=10, aria_hidden="true", focusable="false"
    )
