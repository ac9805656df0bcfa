"""Texts made fit for the cell of a spreadsheet: shown as they are, and never run as a formula."""

import re

from scanner.reports.parts.texts import line, shorten

_LONGEST = 16_000
"""Characters; a cell of Excel holds 32,767 of which some letters take two."""
_FORMULA = re.compile(r"(?:^|(?<=;))(?=[\s\"]*[=+\-@＝＋－＠])")
"""Where a formula would begin: at the start of the cell, or after a ; where a reader takes that for its separator."""


def plain(text: str) -> str:
    """One clean line that fits into a cell."""
    return shorten(line(text), _LONGEST)


def cell(text: str) -> str:
    """The same with an apostrophe before what a spreadsheet that reads text would run as a formula."""
    return _FORMULA.sub("'", plain(text))
