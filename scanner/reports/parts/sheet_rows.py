"""Rows of a workbook's sheet as XML, which xlsxwriter takes as they are: its own way cell by cell costs ten times that.

Every text is an inline string, so none is ever a formula, a number or a link.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from scanner.reports.parts.cells import plain
from scanner.reports.parts.sheets import ALARMS, Cell, Look, Row, Sheet

LOOKS: Mapping[Look, Mapping[str, Any]] = {
    "plain": {},
    "heading": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "alarm": {"bold": True, "font_color": "#9C0006", "bg_color": "#FFC7CE"},
    "fail": {"font_color": "#9C0006", "bg_color": "#FFC7CE"},
    "unknown": {"font_color": "#7F5F00", "bg_color": "#FFEB9C", "italic": True},
    "waived": {"font_color": "#1F4E79", "bg_color": "#DDEBF7"},
    "idle": {"font_color": "#7F7F7F"},
}
_KEPT = 1 << 15
"""How many cells are kept that were made: verdicts, reasons, groups and the like come again and again."""
_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
"""What Excel would take for a character written by its number."""


def cells_of(sheet: Sheet, looks: Mapping[Look, Any]) -> Callable[[int, Row], str]:
    """What makes a row's cells, by its number (the heading's is 0)."""
    from xlsxwriter.utility import xl_col_to_name

    letters = [xl_col_to_name(at) for at in range(len(sheet.columns))]
    styles = {name: f' s="{look._get_xf_index()}"' if name != "plain" else "" for name, look in looks.items()}

    @lru_cache(_KEPT)
    def cell(value: Cell, look: Look) -> str:
        if isinstance(value, tuple):
            value, look = value
        if isinstance(value, int):
            return f'"{styles[look]}><v>{value}</v></c>'
        return f'"{styles[look]} t="inlineStr"><is><t>{_escaped(plain(value))}</t></is></c>'

    def cells(at: int, row: Row) -> str:
        number = str(at + 1)
        look: Look = "alarm" if row[0] in ALARMS else "plain"
        return "".join(
            [
                f'<c r="{letter}{number}{cell(value, look)}'
                for letter, value in zip(letters, row, strict=False)
                if value != ""
            ]
        )

    return cells


def _escaped(text: str) -> str:
    """As Excel wants it: no markup, and nothing that it takes for a character written by its number."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ESCAPE.sub("_x005F_", safe) if "_x" in safe else safe


def put(page: Any, at: int, cells: str) -> None:
    """Writes a row of cells below those that are there, where xlsxwriter in its `constant_memory` puts its own."""
    if page._check_dimensions(at, 0):
        raise ValueError(f"row {at} cannot be written: a sheet's rows come in their order, and there is an end to them")
    page._write_single_row(at)
    page.fh.write(f'<row r="{at + 1}">{cells}</row>')
