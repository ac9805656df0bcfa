"""An Excel workbook for the auditor: summary, findings, what is not known, waivers, controls, and every result."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts import sheets
from scanner.reports.parts.cells import plain
from scanner.reports.parts.sheets import Cell, Column

PACKAGE = "xlsxwriter"
_ROWS = 1_048_576
"""What a sheet holds, its heading included."""
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_BLOCK = 1 << 20

Sheet = tuple[str, Sequence[Column], Iterable[Sequence[Cell]]]


def write(results: Results, decision: Decision, _style: Style) -> Iterator[bytes]:
    """The workbook, in pieces of a file that is put together on the disk: a row is let go once it is written."""
    with TemporaryFile() as file:
        _book(file, results, decision)
        file.seek(0)
        while piece := file.read(_BLOCK):
            yield piece


def _book(file: IO[bytes], results: Results, decision: Decision, rows: int = _ROWS) -> None:
    from xlsxwriter import Workbook

    book = Workbook(file, _OPTIONS)
    book.set_properties(
        {
            "title": "Readiness of Azure VMs for backup snapshots",
            "author": plain(f"snapready {results.run.version}"),
            "comments": plain(decision.why),
            "created": datetime.fromisoformat(results.run.taken_at).replace(tzinfo=None),
        }
    )
    heading = book.add_format({"bold": True, "bottom": 1})
    alarm = book.add_format({"bold": True, "font_color": "#9C0006", "bg_color": "#FFC7CE"})
    for name, columns, lines in _sheets(results, decision):
        _write(book.add_worksheet, name, columns, lines, heading, alarm, rows)
    book.close()


def _sheets(results: Results, decision: Decision) -> Iterator[Sheet]:
    yield "Summary", sheets.SUMMARY, sheets.summed(results, decision)
    yield "Findings", sheets.RESULTS, sheets.told(results, "fail")
    yield "Not known", sheets.RESULTS, sheets.told(results, "unknown")
    yield "Waivers", sheets.WAIVERS, sheets.accepted(results)
    yield "Controls", sheets.CONTROLS, sheets.rolled_up(results)
    yield "All results", sheets.RESULTS, sheets.told(results)


def _write(
    add: Callable[[str], Any],
    name: str,
    columns: Sequence[Column],
    lines: Iterable[Sequence[Cell]],
    heading: Any,
    alarm: Any,
    rows: int,
) -> None:
    """The lines on a sheet, and on further ones where one cannot hold them all."""
    number, at, sheet = 1, 0, _begun(add(name), columns, heading)
    for line in lines:
        if at + 1 == rows:
            sheet.autofilter(0, 0, at, len(columns) - 1)
            number, at = number + 1, 0
            sheet = _begun(add(f"{name} {number}"), columns, heading)
        at += 1
        style = alarm if line[0] in sheets.ALARMS else None
        for place, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(at, place, value, style)
            elif value:
                sheet.write_string(at, place, plain(value), style)
    sheet.autofilter(0, 0, at, len(columns) - 1)


def _begun(sheet: Any, columns: Sequence[Column], heading: Any) -> Any:
    for place, (title, width) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, title, heading)
    sheet.freeze_panes(1, 0)
    return sheet
