"""An Excel workbook for the auditor: summary, findings, what is not known, waivers, controls, and every result."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts import sheets
from scanner.reports.parts.cells import plain
from scanner.reports.parts.matrix import matrices
from scanner.reports.parts.sheet_rows import LOOKS, cells_of, put
from scanner.reports.parts.sheets import Look, Row, Sheet

PACKAGE = "xlsxwriter"
_ROWS = 1_048_576
"""What a sheet holds, its heading included."""
_BLOCK = 1 << 20
_A4 = 9


def write(results: Results, decision: Decision, _style: Style) -> Iterator[bytes]:
    """The workbook, in pieces of a file that is put together on the disk: a row is let go once it is written."""
    with TemporaryDirectory(prefix="snapready-") as folder, (Path(folder) / "book").open("w+b") as file:
        _book(file, folder, results, decision)
        file.seek(0)
        while piece := file.read(_BLOCK):
            yield piece


def _book(file: IO[bytes], folder: str, results: Results, decision: Decision, rows: int = _ROWS) -> None:
    from xlsxwriter import Workbook

    book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
    book.use_zip64()  # taken only by a sheet whose XML is beyond 2 GB
    book.set_properties(
        {
            "title": "Readiness of Azure VMs for backup snapshots",
            "author": plain(f"snapready {results.run.version}"),
            "comments": plain(decision.why),
            "created": datetime.fromisoformat(results.run.taken_at).replace(tzinfo=None),
        }
    )
    looks = {name: book.add_format(look) for name, look in LOOKS.items()}
    first = [book.add_worksheet("Summary")]  # filled last: it tells what the others hold
    contents: list[Row] = []
    for sheet in (*sheets.told(results), *matrices(results)):
        contents += _written(book.add_worksheet, sheet, looks, rows)
    summary = sheets.opening(results, decision, contents)
    for _ in _written(lambda name: first.pop() if first else book.add_worksheet(name), summary, looks, rows):
        pass
    book.close()


def _written(add: Callable[[str], Any], sheet: Sheet, looks: dict[Look, Any], most: int) -> Iterator[Row]:
    """Writes the rows on a sheet, and on further ones where one cannot hold them all; tells how many are on each."""
    cells = cells_of(sheet, looks)
    number, at, name = 1, 0, sheet.name
    page = _begun(add(name), sheet, looks)
    for row in sheet.rows:
        if at + 1 == most:
            yield _ended(page, sheet, name, number, at)
            number, at = number + 1, 0
            name = f"{sheet.name} {number}"
            page = _begun(add(name), sheet, looks)
        at += 1
        put(page, at, cells(at, row))
    yield _ended(page, sheet, name, number, at)


def _begun(page: Any, sheet: Sheet, looks: dict[Look, Any]) -> Any:
    for place, (title, width) in enumerate(sheet.columns):
        page.set_column(place, place, width)
        page.write_string(0, place, plain(title), looks["heading"])
    if sheet.wide:
        page.set_row(0, 45)
    page.freeze_panes(1, sheet.kept)
    page.set_landscape()
    page.set_paper(_A4)
    page.repeat_rows(0)
    if sheet.wide:
        page.repeat_columns(0, sheet.kept - 1)
    else:
        page.fit_to_pages(1, 0)
    page.set_footer("&L&A&RPage &P of &N")
    return page


def _ended(page: Any, sheet: Sheet, name: str, number: int, rows: int) -> Row:
    page.autofilter(0, 0, rows, len(sheet.columns) - 1)
    holds = sheet.holds if number == 1 else f"{sheet.holds}: goes on from the sheet before, which is full"
    return "sheet", f"{name}: {holds}", rows
