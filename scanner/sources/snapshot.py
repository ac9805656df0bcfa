"""Reads saved rows: NDJSON snapshots first of all, and every reply that az or the REST API writes to a file."""

import itertools
import os
import stat
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec

from scanner.ledger import Claim, Key, Ledger
from scanner.model import Fields, Problem, Row, SnapreadyError, Stage, several
from scanner.rowtypes import GUEST_FACTS, subscription_of
from scanner.sources import forms
from scanner.sources.decode import LOOK_WITHIN, RowDecoder
from scanner.sources.document import Document, InvalidText, Malformed
from scanner.sources.guest_evidence import NotGuestFacts, guest_facts_of
from scanner.sources.stream import READ_ERRORS, NotRows, opened, refuse_what_is_no_json

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
_FIRST_LOOK = 64 << 10
_LINE_LIMIT = 64 << 20
_SAID_IN_FULL = 10
_AGAIN = "save or collect it again, whole"
_whole = msgspec.json.Decoder().decode


def files_of(paths: list[str]) -> list[str]:
    """The files to read: folders give their JSON files, sorted; raises SnapreadyError for a path that is not there."""
    found: list[str] = []
    for path in paths:
        if path == "-":
            found.append(path)
            continue
        try:
            mode = Path(path).stat().st_mode
        except (OSError, ValueError) as error:
            why = "no such file or folder" if isinstance(error, FileNotFoundError) else f"cannot be read: {_why(error)}"
            raise SnapreadyError(f"{path}: {why}") from None
        found += _inside(path) if stat.S_ISDIR(mode) else [path]
    return found


def _inside(folder: str) -> list[str]:
    """The JSON files of a folder and the folders in it, sorted."""

    def refuse(error: OSError) -> None:
        raise SnapreadyError(f"{error.filename}: cannot be read: {_why(error)}")

    files = [Path(at, name) for at, _, names in os.walk(folder, onerror=refuse) for name in names]
    inside = [str(each) for each in sorted(files) if each.name.lower().endswith(_SUFFIXES)]
    if not inside:
        raise SnapreadyError(f"{folder}: the folder holds no {', '.join(_SUFFIXES[:3])} file")
    return inside


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@dataclass(slots=True)
class _File:
    """What has been met in one file so far."""

    name: str
    counts: dict[Key, int] = field(default_factory=dict)
    headed: bool = False
    bad: int = 0
    rows: int = 0
    flat: int = 0
    source: str = ""
    """Where its header says that the rows come from."""
    empty: bool = False
    """Something in it was read whole and holds no rows."""


class Files:
    """Saved rows as the source of a scan; raises SnapreadyError for a path that is not there."""

    stage: Stage = "live"

    def __init__(self, paths: Sequence[str]) -> None:
        self._files = files_of(list(paths))

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        """None: rows of what runs leave nothing open that a plan would settle."""
        return []

    def choices(self, _subject: str) -> int:
        """None: what runs refers to what it refers to."""
        return 0

    def variants(self) -> list[Any]:
        """None, for the same reason."""
        return []

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) of every row that some fact reads."""
        return Snapshot(self._files, fields, ledger).rows()


class Snapshot:
    """The rows of some files as one fleet, streamed; what could not be read goes to the ledger's problems."""

    def __init__(self, files: list[str], fields: Mapping[str, Fields], ledger: Ledger) -> None:
        self._files = files
        self._decoder = RowDecoder(fields)
        self._ledger = ledger
        self._silent: Counter[str] = Counter()
        """By file, the rows that should publish guest facts and do not."""

    def rows(self) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) of every row that some fact reads, in the order of the files."""
        for name in self._files:
            yield from self._file(name)
        self._ledger.close()

    def collected(
        self, source: str, lines: Iterator[bytes], header: Callable[[], dict[str, Any]], saved: str | None
    ) -> Iterator[tuple[str, Row]]:
        """The same of lines that are still being collected: what a file's first line says is known at their end.

        `saved`: the file that they will be in, after the header; all is said as it would be of that file.
        """
        file = _File(saved or source)
        said = self._ledger.problems
        before = len(said)
        yield from self._lines(file, lines, 2)
        of_rows = said[before:] if saved else [replace(problem, line=0) for problem in said[before:]]
        del said[before:]
        self._header(file, header(), 1)
        said += of_rows
        self._close(file, broken=False)
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
            self._say(file, f"{error.message}; what came before it is judged; {_AGAIN}", error.line)
        except READ_ERRORS as error:
            broken = True
            before = (
                f"the {several(file.rows, 'row before that is', 'rows before that are')} judged; " if file.rows else ""
            )
            self._say(file, f"the file cannot be read to its end: {_why(error)}; {before}{_AGAIN}")
        self._close(file, broken)

    def _close(self, file: _File, broken: bool) -> None:
        if file.bad > _SAID_IN_FULL:
            self._say(file, f"{file.bad - _SAID_IN_FULL} more lines or values could not be read as rows")
        if (more := self._silent.pop(file.name, 0) - _SAID_IN_FULL) > 0:
            message = f"{more} more run commands or machine configuration assignments publish no guest facts"
            self._say(file, message, incomplete=False)
        if file.flat:
            message = (
                f"{several(file.flat, 'row has', 'rows have')} no properties (the flat output of az vm list?), so next"
                " to nothing is known of them; collect with: snapready query --az"
            )
            self._say(file, message, incomplete=False)
        self._ledger.sources.append(file.source or file.name)
        nothing = not file.rows and not file.bad and not broken and not file.headed
        if nothing:
            message = "it holds an empty list, and no rows" if file.empty else f"the file holds no rows; {_AGAIN}"
            self._say(file, message, incomplete=not file.empty)
        whole = not broken and not file.bad and (file.empty or not nothing)
        self._ledger.count(file.counts, whole=None if file.headed else whole)
        if file.headed and not whole:
            self._ledger.cut_short(file.name, file.counts)
        elif not whole:
            self._ledger.lost()

    def _stream(self, file: _File, stream: BufferedReader) -> Iterator[tuple[str, Row]]:
        number = 0
        first = b""
        while not first.strip():
            first = stream.readline(_FIRST_LOOK)
            number += 1
            if not first:
                return
        if not first.endswith(b"\n") and first.lstrip()[:1] != b"[":
            first += stream.readline(_LINE_LIMIT)
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
                if row["type"] != kind.text or (kind.has_properties and "properties" not in row):
                    raise KeyError
                if not row["id"].strip():
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
                if kind.publishes:
                    yield from self._published(file, row, at)

    def _line(self, file: _File, line: bytes, number: int) -> Iterator[tuple[str, Row]]:
        """A line that is not a plain row of the type it seems to have."""
        if not line.strip():
            return
        try:
            value = _whole(line)
        except RecursionError:
            self._bad(file, f"the JSON is nested too deeply; {_AGAIN}", number)
            return
        except (msgspec.DecodeError, UnicodeError) as error:
            why = f"the line is not JSON ({_short(error)})"
            if isinstance(error, UnicodeError):
                why = "the line is not UTF-8 text"
            elif not line.endswith(b"\n"):
                why = "the last line is cut off"
            self._bad(file, f"{why}; {_AGAIN}", number)
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
                    yield from self._value(part, value, document.started)
                elif what == "array":
                    self._array_ended(file, part, value, document.started)
                    part = _File(file.name)
                elif part.rows or part.bad or forms.is_reply(value):
                    for each in forms.rows_of_reply(value):
                        yield from self._value(part, each, document.started)
                    self._reply_ended(file, part, value, document.started)
                    part = _File(file.name)
                else:
                    spoilt = next((each for each in value.values() if isinstance(each, InvalidText)), None)
                    yield from self._value(file, spoilt or value, document.started)
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
        file.empty = file.empty or (whole and not part.rows and not part.bad)
        file.headed = file.headed or part.headed
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
        if kind.publishes:
            yield from self._published(file, row, line)

    def _published(self, file: _File, row: Row, line: int) -> Iterator[tuple[str, Row]]:
        """The guest facts that a run command or an assignment holds. That it should, and does not, is said."""
        try:
            made = guest_facts_of(row)
        except NotGuestFacts as error:
            self._silent[file.name] += 1
            if self._silent[file.name] <= _SAID_IN_FULL:
                self._say(file, str(error), line, incomplete=False)
            return
        if made is not None:
            yield GUEST_FACTS, made

    def _bad(self, file: _File, message: str, line: int) -> None:
        file.bad += 1
        if file.bad <= _SAID_IN_FULL:
            self._say(file, message, line)

    def _header(self, file: _File, header: dict[str, Any], line: int) -> None:
        file.headed = True
        version = header.get("version", 1)
        if version != 1:
            self._say(file, f"the header is of version {version!r}; this snapready reads version 1", line)
        for name, keep in (("takenAt", self._ledger.taken_at), ("scope", self._ledger.scopes)):
            given = header.get(name)
            if isinstance(given, str):
                keep.append(given)
            elif given is not None:
                self._say(file, f"the header's {name} must be text, and is {given!r:.40}; it is passed over", line)
        source = header.get("source")
        if isinstance(source, str) and source.strip():
            file.source = source
        self._told(file, header.get("problems"), line)
        collected = header.get("collected") or {}
        if not isinstance(collected, dict) or not all(isinstance(names, dict) for names in collected.values()):
            self._say(
                file, "the header's collected must be an object of objects; what was collected is not known", line
            )
            return
        for subscription, names in collected.items():
            for name, entry in names.items():
                self._ledger.claim(subscription, name, _claim(entry, file.source or file.name))

    def _told(self, file: _File, problems: Any, line: int) -> None:
        """What whoever collected the rows had to say; as it was said of the source, it is not said of the file."""
        if problems is None:
            return
        for problem in problems if isinstance(problems, list) else [problems]:
            message = problem.get("message") if isinstance(problem, dict) else None
            if not isinstance(message, str) or not message:
                self._say(file, "the header's problems must be a list of objects, each with a message", line)
                return
            incomplete = problem.get("incomplete") is not False
            self._ledger.problems.append(Problem(message, file.source, incomplete=incomplete))


def _claim(entry: Any, file: str) -> Claim:
    """One entry of a header; what is oddly typed promises nothing."""
    if not isinstance(entry, dict):
        return Claim(None, None, "its entry in the header must be an object", file)
    error = str(entry.get("error") or "")
    for name in ("received", "total"):
        if entry.get(name) is not None and type(entry[name]) is not int:
            error = error or f"{name} in the header must be a whole number"
    received, total = (entry.get(name) if type(entry.get(name)) is int else None for name in ("received", "total"))
    return Claim(received, total, error, file, str(entry.get("needs") or ""))


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
