"""Reads saved rows: NDJSON snapshots first of all, and every reply that az or the REST API writes to a file."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec

from scanner.ledger import Claim, Key, Ledger
from scanner.model import Fields, Problem, Row, SnapreadyError
from scanner.rowtypes import subscription_of
from scanner.sources import forms
from scanner.sources.decode import LOOK_WITHIN, RowDecoder
from scanner.sources.document import Document, Malformed
from scanner.sources.stream import READ_ERRORS, NotRows, opened, refuse_what_is_no_json

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
_LINE_LIMIT = 64 << 20
_SAID_IN_FULL = 10
_whole = msgspec.json.Decoder().decode


def files_of(paths: list[str]) -> list[str]:
    """The files to read: folders give their JSON files, sorted; raises SnapreadyError for a path that is not there."""
    found: list[str] = []
    for path in paths:
        if path == "-":
            found.append(path)
        elif Path(path).is_dir():
            inside = [str(each) for each in sorted(Path(path).rglob("*")) if each.name.lower().endswith(_SUFFIXES)]
            if not inside:
                raise SnapreadyError(f"{path}: the folder holds no {', '.join(_SUFFIXES[:3])} file")
            found += inside
        elif Path(path).exists():
            found.append(path)
        else:
            raise SnapreadyError(f"{path}: no such file or folder")
    return found


@dataclass(slots=True)
class _File:
    """What has been met in one file so far."""

    name: str
    counts: dict[Key, int] = field(default_factory=dict)
    headed: bool = False
    bad: int = 0
    rows: int = 0
    flat: int = 0


class Snapshot:
    """The rows of some files as one fleet, streamed; what could not be read goes to the ledger's problems."""

    def __init__(self, files: list[str], fields: Mapping[str, Fields], ledger: Ledger) -> None:
        self._files = files
        self._decoder = RowDecoder(fields)
        self._ledger = ledger

    def rows(self) -> Iterator[tuple[str, Row]]:
        """(row type in lower case, row) of every row that some fact reads, in the order of the files."""
        for name in self._files:
            yield from self._file(name)
        self._ledger.close()

    def _say(self, file: _File, message: str, line: int = 0, *, incomplete: bool = True) -> None:
        self._ledger.problems.append(Problem(message, file.name, line, incomplete))

    def _file(self, name: str) -> Iterator[tuple[str, Row]]:
        file = _File("standard input" if name == "-" else name)
        broken = False
        try:
            with opened(name) as stream:
                yield from self._stream(file, stream)
        except NotRows as error:
            broken = True
            self._say(file, str(error))
        except Malformed as error:
            broken = True
            self._say(file, f"{error.message}; what came before it is judged", error.line)
        except READ_ERRORS as error:
            broken = True
            why = getattr(error, "strerror", None) or str(error)
            self._say(file, f"the file cannot be read to its end: {why}; the {file.rows} rows before that are judged")
        self._close(file, broken)

    def _close(self, file: _File, broken: bool) -> None:
        if file.bad > _SAID_IN_FULL:
            self._say(file, f"{file.bad - _SAID_IN_FULL} more lines or values could not be read as rows")
        if file.flat:
            message = (
                f"{file.flat} VM rows have no properties (the flat output of az vm list?), so next to nothing is known"
                " of them; collect with: snapready query --az"
            )
            self._say(file, message, incomplete=False)
        if not file.rows and not file.bad and not broken and not file.headed:
            self._say(file, "the file holds no rows")
        whole = not broken and not file.bad
        if file.headed:
            self._ledger.count(file.counts, whole=None)
            if not whole:
                self._ledger.cut_short(file.name)
        else:
            self._ledger.count(file.counts, whole=whole)

    def _stream(self, file: _File, stream: BufferedReader) -> Iterator[tuple[str, Row]]:
        number = 0
        first = b""
        while not first.strip():
            first = stream.readline(_LINE_LIMIT)
            number += 1
            if not first:
                return
        refuse_what_is_no_json(first)
        stripped = first.strip()
        spread = stripped[:1] == b"[" or stripped[-1:] in b"{[,:" or not first.endswith(b"\n")
        if spread and not self._is_one_row(stripped):
            yield from self._document(file, Document(b"\n" * (number - 1) + first, stream.read1))
            return
        yield from self._lines(file, itertools.chain([first], stream), number)

    @staticmethod
    def _is_one_row(line: bytes) -> bool:
        """A last line without a line end that is whole all the same."""
        try:
            value = _whole(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return False
        return forms.is_row(value) or forms.is_header(value)

    def _lines(self, file: _File, lines: Iterator[bytes], number: int) -> Iterator[tuple[str, Row]]:
        """The hot path: one row a line, decoded straight to the fields that are read."""
        kind_of, counts = self._decoder.kind_of, file.counts
        kind = None
        for at, line in enumerate(lines, number):
            try:
                if kind is None or line.find(kind.needle, 0, LOOK_WITHIN) < 0:  # rows of one type come together
                    kind = kind_of(line)
                row = kind.decode(line)
                if row["type"] != kind.text or not row["id"] or (kind.has_properties and "properties" not in row):
                    raise KeyError
                given = row.get("subscriptionId")
                subscription = given.lower() if given else subscription_of(row["id"])
            except (msgspec.DecodeError, KeyError, AttributeError, TypeError, UnicodeError, RecursionError):
                yield from self._line(file, line, at)
                continue
            key = (kind.type, subscription)
            counts[key] = counts.get(key, 0) + 1
            file.rows += 1
            if kind.wanted:
                row["type"] = kind.type
                row["subscriptionId"] = subscription
                yield kind.type, row

    def _line(self, file: _File, line: bytes, number: int) -> Iterator[tuple[str, Row]]:
        """A line that is not a plain row of the type it seems to have."""
        if not line.strip():
            return
        try:
            value = _whole(line)
        except RecursionError:
            self._bad(file, "the JSON is nested too deeply", number)
            return
        except (msgspec.DecodeError, UnicodeError) as error:
            ended = not line.endswith(b"\n")
            why = "the last line is cut off" if ended else f"the line is not JSON ({_short(error)})"
            self._bad(file, why, number)
            return
        if isinstance(value, list):
            yield from self._elements(file, value, number)
        elif forms.is_reply(value) and not forms.is_header(value):
            part = _File(file.name)
            for each in forms.rows_of_reply(value):
                yield from self._value(part, each, number)
            self._reply_ended(file, part, value, number)
        else:
            yield from self._value(file, value, number)

    def _elements(self, file: _File, elements: list[Any], number: int) -> Iterator[tuple[str, Row]]:
        part = _File(file.name)
        for each in elements:
            yield from self._value(part, each, number)
        self._array_ended(file, part, len(elements), number)

    def _document(self, file: _File, document: Document) -> Iterator[tuple[str, Row]]:
        """Values that may stretch over lines: an array, a reply, or several of them."""
        part = _File(file.name)
        try:
            for what, value in document.values():
                if what == "element":
                    yield from self._value(part, value, document.line())
                elif what == "array":
                    self._array_ended(file, part, value, document.line())
                    part = _File(file.name)
                elif part.rows or part.bad or forms.is_reply(value):
                    for each in forms.rows_of_reply(value):
                        yield from self._value(part, each, document.line())
                    self._reply_ended(file, part, value, document.line())
                    part = _File(file.name)
                else:
                    yield from self._value(file, value, document.line())
        finally:
            self._merge(file, part, whole=False)  # what is still open when the document breaks off

    def _array_ended(self, file: _File, part: _File, length: int, line: int) -> None:
        if length in forms.WHOLE_PAGES:
            message = (
                f"a list of exactly {length} rows is what az graph query prints when it stops early; there may be more"
                " (none found is not taken for none): save its whole output, or collect with snapready query --az"
            )
            self._say(file, message, line, incomplete=False)
        self._merge(file, part, whole=length not in forms.WHOLE_PAGES)

    def _reply_ended(self, file: _File, part: _File, reply: dict[str, Any], line: int) -> None:
        missing = forms.what_is_missing(reply, part.rows + part.bad)
        if forms.error_of(reply):
            self._bad(file, f"this is {forms.what_it_is(reply)}", line)
        if missing:
            self._say(file, f"the reply is not complete: {missing}; collect all of it with snapready query --az", line)
        self._merge(file, part, whole=not missing)

    def _merge(self, file: _File, part: _File, *, whole: bool) -> None:
        """Adds a reply's or an array's rows to its file; a part that is not whole vouches for nothing."""
        if not whole or part.bad:
            self._ledger.count(part.counts, whole=False)
        else:
            for key, count in part.counts.items():
                file.counts[key] = file.counts.get(key, 0) + count
        file.rows += part.rows
        file.bad += part.bad
        file.flat += part.flat

    def _value(self, file: _File, value: Any, line: int) -> Iterator[tuple[str, Row]]:
        """One JSON value that should be a row; all of it is kept."""
        if forms.is_header(value):
            self._header(file, value["snapready"], line)
            return
        row = forms.instance_view_row(value) or value
        if not forms.is_row(row) or not row["id"].strip() or not row["type"].strip():
            self._bad(file, f"this is {forms.what_it_is(value)}", line)
            return
        kind = self._decoder.kind_named(row["type"])
        given = row.get("subscriptionId")
        subscription = given.lower() if isinstance(given, str) and given else subscription_of(row["id"])
        key = (kind.type, subscription)
        file.counts[key] = file.counts.get(key, 0) + 1
        file.rows += 1
        if kind.has_properties and "properties" not in row:
            file.flat += 1
        if kind.wanted:
            yield kind.type, {**row, "type": kind.type, "subscriptionId": subscription}

    def _bad(self, file: _File, message: str, line: int) -> None:
        file.bad += 1
        if file.bad <= _SAID_IN_FULL:
            self._say(file, message, line)

    def _header(self, file: _File, header: dict[str, Any], line: int) -> None:
        file.headed = True
        version = header.get("version", 1)
        if version != 1:
            self._say(file, f"the header is of version {version}; this snapready reads version 1", line)
        if isinstance(header.get("takenAt"), str):
            self._ledger.taken_at.append(header["takenAt"])
        if isinstance(header.get("scope"), str):
            self._ledger.scopes.append(header["scope"])
        collected = header.get("collected")
        for subscription, names in (collected if isinstance(collected, dict) else {}).items():
            for name, entry in (names if isinstance(names, dict) else {}).items():
                entry = entry if isinstance(entry, dict) else {}
                received, total = entry.get("received"), entry.get("total")
                claim = Claim(
                    received if isinstance(received, int) else None,
                    total if isinstance(total, int) else None,
                    str(entry.get("error") or ""),
                    file.name,
                )
                self._ledger.claim(str(subscription), str(name), claim)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
