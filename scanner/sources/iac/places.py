"""JSON objects and arrays that know where they stand in their file; made by the reader in located.py."""

import re
from array import array
from bisect import bisect_right
from typing import Any

from scanner.model import AuthoringError

HELP = "check the file with an editor that knows JSON with comments, or export it again"


class Document:
    """The text of one file, for offsets → lines and columns; both count from 1, columns in characters."""

    __slots__ = ("_lines", "file", "text")

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self._lines: array[int] | None = None

    def place(self, offset: int) -> tuple[int, int]:
        if self._lines is None:
            self._lines = array("q", (found.end() for found in re.finditer(r"\r\n?|\n", self.text)))
        line = bisect_right(self._lines, offset)
        return line + 1, offset - (self._lines[line - 1] if line else 0) + 1

    def error(self, message: str, offset: int, help: str = HELP) -> AuthoringError:
        line, column = self.place(offset)
        return AuthoringError(message, self.file, line, column, help)


class Object(dict[str, Any]):
    """A JSON object that knows where it stands. Not to be changed: a changed copy is a plain dict."""

    __slots__ = ("_document", "_index", "_later", "_offset", "_places")

    def __init__(self, document: Document, offset: int) -> None:
        super().__init__()
        self._document = document
        self._offset = offset
        self._places = array("q")  # of the nth key, then of its value, and so on
        self._index: dict[str, int] | None = None
        self._later: dict[str, tuple[int, int]] | None = None  # of names given twice, where the last stands

    @property
    def file(self) -> str:
        return self._document.file

    @property
    def line(self) -> int:
        return self._document.place(self._offset)[0]

    @property
    def column(self) -> int:
        return self._document.place(self._offset)[1]

    def _offsets(self, key: str) -> tuple[int, int]:
        if self._later is not None and key in self._later:
            return self._later[key]
        if self._index is None:
            self._index = {name: 2 * n for n, name in enumerate(self)}
        place = self._index[key]
        return self._places[place], self._places[place + 1]

    def at(self, key: str) -> tuple[int, int]:
        """Line and column of a member's value; KeyError if there is none."""
        return self._document.place(self._offsets(key)[1])

    def key_at(self, key: str) -> tuple[int, int]:
        """Line and column of a member's name."""
        return self._document.place(self._offsets(key)[0])


class Array(list[Any]):
    """A JSON array that knows where it stands. Not to be changed: a changed copy is a plain list."""

    __slots__ = ("_document", "_offset", "_places")

    def __init__(self, document: Document, offset: int) -> None:
        super().__init__()
        self._document = document
        self._offset = offset
        self._places = array("q")

    @property
    def file(self) -> str:
        return self._document.file

    @property
    def line(self) -> int:
        return self._document.place(self._offset)[0]

    @property
    def column(self) -> int:
        return self._document.place(self._offset)[1]

    def at(self, index: int) -> tuple[int, int]:
        """Line and column of a member."""
        return self._document.place(self._places[index])
