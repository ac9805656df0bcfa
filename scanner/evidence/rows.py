"""The rows that verdicts stood on: written down as a scan reads them, and read again for a replay."""

import gzip
import json
import zlib
from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from scanner.ledger import Ledger
from scanner.model import Fields, Row, SnapreadyError, Stage
from scanner.source import Source

_LONGEST = 256 << 20
"""Bytes of a line: Azure's longest reply of one resource has some megabytes."""


class Recorded:
    """A source whose rows are written to a file as they pass, cut to the fields that the policies read.

    The file is gzip'd NDJSON, a row a line, and the same for the same rows.
    """

    def __init__(self, source: Source, file: Path) -> None:
        self._source = source
        self._file = file
        self.told: dict[str, Any] = {}
        """What the source told the ledger; filled once all is read."""

    @property
    def stage(self) -> Stage:
        """That of the source."""
        return self._source.stage

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row), as the source gives them."""
        with (
            self._file.open("wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as lines,
            closing(self._source.rows(fields, ledger)) as rows,
        ):
            for row_type, row in rows:
                lines.write(_encoded(row))
                yield row_type, row
        self.told = ledger.state()

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """As the source says."""
        return self._source.hints(subject, wanted)

    def choices(self, subject: str) -> int:
        """As the source says."""
        return self._source.choices(subject)

    def variants(self) -> list[Source]:
        """The source's own."""
        return list(self._source.variants())


class Replayed:
    """The rows of a pack and what was told of them, as the source that they came from."""

    stage: Stage = "live"

    def __init__(self, file: Path, told: Mapping[str, Any]) -> None:
        self._file = file
        self._told = told

    def rows(self, _fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) in the order they were read; raises SnapreadyError."""
        with gzip.open(self._file, "rb") as lines:
            for number in count(1):
                try:
                    line = lines.readline(_LONGEST)
                    if not line:
                        break
                    row = _decoded(line)
                    row_type = row["type"].lower()
                except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
                    said = f"{type(error).__name__}: {error}"
                    raise SnapreadyError(
                        f"{self._file.name}:{number}: this is no row that a scan kept ({said})"
                    ) from None
                yield row_type, row
        ledger.take(Ledger.restored(self._told))

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        """None: nothing here is of a plan."""
        return []

    def choices(self, _subject: str) -> int:
        """None: nothing here is of a plan."""
        return 0

    def variants(self) -> list[Source]:
        """None: nothing here is of a plan."""
        return []


def _encoded(row: Row) -> bytes:
    try:
        return msgspec.json.encode(row) + b"\n"
    except (TypeError, ValueError, OverflowError):  # numbers and texts that only Python's own writer takes
        return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _decoded(line: bytes) -> Row:
    try:
        row: Row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        row = json.loads(line)
    except RecursionError:
        raise ValueError("it is too deep") from None
    return row
