"""Rows come out while the file is still being read, and memory does not grow with its length."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.ledger import Ledger
from scanner.sources.document import Document, InvalidText, Malformed
from scanner.sources.snapshot import Snapshot
from scanner.sources.stream import opened
from tests.sources.material import FIELDS, compact, ndjson, packed, pretty, widget

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


class Endless(io.RawIOBase):
    """A file that never ends and counts what was taken of it."""

    def __init__(self, start: bytes, again: bytes) -> None:
        self._left = start
        self._again = again
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert isinstance(buffer, memoryview)
        self._left = self._left or self._again
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        self.taken += size
        return size


@pytest.mark.parametrize("form", ["lines", "array", "pretty array", "reply", "gzip"])
def test_no_row_comes_out_before_the_end_has_been_read(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = widget()
    start, again = {
        "lines": (b"", ndjson([row]) * 100),
        "array": (b"[" + compact(row), (b"," + compact(row)) * 100),
        "pretty array": (b"[\n" + pretty(row), (b",\n" + pretty(row)) * 100),
        "reply": (b'{"count": 9, "data": [' + compact(row), (b"," + compact(row)) * 100),
        "gzip": (b"", packed(ndjson([row]) * 100)),
    }[form]
    endless = Endless(start, again)
    reader = io.BufferedReader(endless)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(reader))
    rows = Snapshot(["-"], FIELDS, Ledger()).rows()
    for _ in range(1000):
        assert next(rows)[1]["id"] == row["id"]
    assert endless.taken < (80 if form == "reply" else 8) * MIB  # how long a first line of a row may be
    rows.close()


WORK = """
import resource, sys
sys.path.insert(0, {root!r})
from scanner.ledger import Ledger
from scanner.sources.snapshot import Snapshot
from tests.sources.material import FIELDS, compact, widget
import io
def pieces():
    form, row = sys.argv[1], compact(widget(note="x" * 800))
    yield b"[" if form == "array" else b""
    for number in range(120_000):
        yield (b"," if number and form == "array" else b"") + row + (b"" if form == "array" else b"\\n")
    yield b"]" if form == "array" else b""
class Pipe(io.RawIOBase):
    def __init__(self): self.pieces = pieces(); self.left = b""
    def readable(self): return True
    def readinto(self, buffer):
        while not self.left:
            self.left = next(self.pieces, None)
            if self.left is None: self.left = b""; return 0
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size
class Stdin: buffer = io.BufferedReader(Pipe(), 1 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sys.stdin = Stdin()
ledger = Ledger()
print(sum(1 for _ in Snapshot(["-"], FIELDS, ledger).rows()), len(ledger.problems))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("form", ["lines", "array"])
def test_memory_grows_with_the_length_of_the_file(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORK.format(root=str(ROOT)), form], capture_output=True, text=True, check=True
    )
    counted, grown = done.stdout.splitlines()
    assert counted == "120000 0"
    assert int(grown) < 40, "120 MB were read"


def pieces_of(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def values(data: bytes, size: int) -> list[tuple[str, object]]:
    """Everything a document holds, given `size` bytes at a time whatever was asked for."""
    left = pieces_of(data, size)
    return list(Document(b"", lambda _: next(left, b"")).values())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_where_the_pieces_end_changes_what_is_read(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.sources.document._CHUNK", 1)
    value = {"a": [1, -2.5e3, True, None, "é\\u00e9😀"], "value": [{"id": 12}, "x"], "n": 1234}
    text = pretty([value, 7]) + compact(value) + b"  12 "[:0] + pretty([])
    expected = [("element", value), ("element", 7), ("array", 2)]
    expected += [("element", {"id": 12}), ("element", "x")]
    expected += [("object", {**value, "value": []}), ("array", 0)]
    assert values(text, size) == expected


def test_one_value_with_invalid_text_takes_its_neighbours_along() -> None:
    data = compact([1, {"a": "é"}, {"a": "X"}, {"b": "é"}]).replace(b"X", b"\xff")
    for size in (1, 4, 100):
        found = [value for _, value in values(data, size)]
        assert [isinstance(value, InvalidText) for value in found] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"[1,\n2,\n}", 3, "no JSON: Expecting value"),
        (b'[{"a":1},\n{"a" 1}]' + b" " * 100, 2, "no JSON: Expecting ':' delimiter"),
        (b"[1\n2]", 2, "no JSON: expected ']', found '2'"),
        (b"[1,\n\n2", 3, "the file ends too early"),
        (b'[1,\n"abc', 2, "the file ends too early"),
        (b'{"data": [1],\n"a', 2, "the file ends too early"),
        (b"[1]\n\nnull", 3, "no JSON: 'n' begins no row"),
        (b"[1,\nNaN]", 2, "NaN is no JSON number"),
        (b"[1,\n" + b"9" * 5000 + b"]", 2, "no JSON that can be read: Exceeds the limit (4300 digits)"),
        (b"\n[" + b"[" * 300_000, 2, "the JSON is nested too deeply"),
        (b'{"a":' * 300_000, 1, "the JSON is nested too deeply"),
    ],
)
def test_a_fault_is_told_of_another_line(text: bytes, line: int, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        values(text, 1 << 20)
    assert message in caught.value.message
    assert caught.value.line == line


def test_a_fault_at_the_front_makes_the_rest_be_read() -> None:
    endless = Endless(b'[{"a" 1},', b'{"a": 1},' * 1000)
    with pytest.raises(Malformed, match="Expecting ':' delimiter"):
        list(Document(b"", io.BufferedReader(endless).read1).values())
    assert endless.taken < 4 * MIB


def test_reading_stops_where_a_read_fails() -> None:
    """What came before the failure is handed out first."""
    steps = iter([b"[1,2", b",3,4,"])

    def failing(_: int) -> bytes:
        found = next(steps, None)
        if found is None:
            raise OSError("gone")
        return found

    found = []
    with pytest.raises(OSError, match="gone"):
        for _, value in Document(b"", failing).values():
            found.append(value)
    assert found == [1, 2, 3, 4]


def test_a_file_is_left_open(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_bytes(ndjson([widget()]))
    with opened(str(path)) as stream:
        stream.readline()
    assert stream.closed
