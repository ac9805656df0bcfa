"""The typed decoder gives what the plain one gives, whatever a row looks like; garbage between rows is counted."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Fields, Row, cut
from scanner.sources.forms import instance_view_row, is_row, what_it_is
from tests.properties import examples
from tests.sources.material import HEAD, PART, SUB, WIDGET, put, read, widget

WANTED: dict[str, Fields] = {
    WIDGET: {"name": {}, "tags": {}, "properties": {"a": {}, "list": {"[]": {"x": {}}}, "deep": {"er": {"": {}}}}},
    PART: {"properties": {}},
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NAME = st.sampled_from(["a", "list", "deep", "er", "x", "id", "type", "properties", "tags", "é", "", '"', "\\"]) | TEXT
NUMBER = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=8,
)
TYPE = st.sampled_from([WIDGET, PART, "Contoso.Things/WIDGETS", "contoso.things/others", "widgets", ""]) | TEXT
ROW = st.fixed_dictionaries(
    {"id": st.sampled_from(["/subscriptions/S/x/a", "/x", "", " "]) | TEXT, "type": TYPE},
    optional={
        "name": JSON,
        "tags": JSON,
        "subscriptionId": st.sampled_from(["S1", "", None, 5, [], {}]),
        "properties": JSON | st.dictionaries(NAME, JSON, max_size=4),
        "plan": st.just({"type": "contoso.things/others"}) | JSON,
    },
)
ODD = st.lists(st.tuples(NAME, JSON), max_size=5)


def written(pairs: list[tuple[str, Any]], ascii_only: bool) -> str:
    """A JSON object of these names, which may be there twice."""
    told = (
        f"{json.dumps(name, ensure_ascii=ascii_only)}: {json.dumps(value, ensure_ascii=ascii_only)}"
        for name, value in pairs
    )
    return "{" + ", ".join(told) + "}"


def plainly(lines: list[str]) -> tuple[list[tuple[str, Row]], int]:
    """The rows of the lines as json.loads reads them, cut to what is wanted, and how many lines are no rows."""
    found, bad = [], 0
    for line in lines:
        value = json.loads(line)
        value = instance_view_row(value) or value
        if not is_row(value) or not value["id"].strip() or not value["type"].strip():
            bad += 1
            continue
        kind = value["type"].lower()
        given = value.get("subscriptionId")
        parts = value["id"].split("/", 3)
        inside = parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""
        if kind in WANTED:
            row = cut(value, {**HEAD, **WANTED[kind]})
            subscription = given.lower() if isinstance(given, str) and given else inside
            found.append((kind, {**row, "type": kind, "subscriptionId": subscription}))
    return found, bad


def streamed(lines: list[str | bytes]) -> tuple[list[tuple[str, Row]], int, int]:
    """The same as the source reads them; and the number of its problems."""
    with TemporaryDirectory() as folder:
        data = b"".join(line.encode() + b"\n" if isinstance(line, str) else line + b"\n" for line in lines)
        reading = read(put(Path(folder), "rows.ndjson", data), fields=WANTED)
        told = sum(_count(problem.message) for problem in reading.problems() if problem.incomplete)
        return reading.plain(WANTED), told, sum(reading.ledger.rows.values())


def _count(message: str) -> int:
    """How many lines a problem speaks of."""
    return int(message.split()[0]) if "more lines or values" in message else 1


@examples(100)
@given(st.lists(st.tuples(ROW, ODD, st.randoms(), st.booleans()), min_size=1, max_size=6))
def test_the_typed_decoder_reads_other_rows_than_the_plain_one(drawn: list[tuple[Row, Any, Any, bool]]) -> None:
    lines = []
    for row, odd, shuffle, ascii_only in drawn:
        pairs = [*row.items(), *odd]
        shuffle.shuffle(pairs)
        lines.append(written(pairs, ascii_only))
    first = json.dumps(widget())  # so that the file is read line by line
    rows, bad = plainly([first, *lines])
    found, told, counted = streamed([first, *lines])
    assert found == rows
    assert told == bad
    assert counted == len(lines) + 1 - bad


def is_plain_garbage(line: bytes) -> bool:
    """Not empty, not rows of any form, and no line end inside."""
    if not line.strip() or b"\n" in line:
        return False
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, list) and what_it_is(value) != ""


GARBAGE = (
    st.binary(min_size=1, max_size=30)
    | st.sampled_from([b"{", b"}", b"[", b'{"id":', b"null", b"5", b'"x"', b"NaN", b"{}", b"\xff\xfe", b"\x1f\x8b"])
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(lambda row, at: json.dumps(row).encode()[:-at], ROW, st.integers(1, 40))
).filter(is_plain_garbage)


@examples(100)
@given(st.lists(st.one_of(GARBAGE, st.just(None)), min_size=1, max_size=25))
def test_garbage_between_rows_is_dropped_in_silence_or_stops_the_reading(lines: list[bytes | None]) -> None:
    row = json.dumps(widget())
    found, told, counted = streamed([row, *(row if line is None else line for line in lines)])
    garbage = sum(line is not None for line in lines)
    rows = len(lines) + 1 - garbage
    assert [one["id"] for _, one in found] == [widget()["id"]] * rows
    assert counted == rows
    assert told == garbage


@examples(200)
@given(st.binary(max_size=60) | st.text(alphabet='[]{},:"\\ \n0-truefalsn', max_size=40).map(str.encode))
def test_bytes_that_mean_nothing_raise_or_pass(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        reading = read(put(Path(folder), "noise", data), fields=WANTED)
        assert reading.rows == []
        assert reading.problems()


def test_rows_without_properties_are_told_of(tmp_path: Path) -> None:
    lines = [widget(), {"id": f"/subscriptions/{SUB}/x", "type": WIDGET}]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    reading = read(put(tmp_path, "rows", data), fields=WANTED)
    assert len(reading.rows) == 2
    assert [problem.incomplete for problem in reading.problems()] == [False]
