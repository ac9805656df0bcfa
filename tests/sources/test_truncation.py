"""What was cut short is judged, but never taken for the whole."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from scanner.gate import Gate
from tests.sources.material import (
    PART,
    SUB,
    WIDGET,
    az_graph,
    compact,
    counted,
    header,
    judge,
    ndjson,
    packed,
    pretty,
    put,
    read,
    rest,
    table,
    widget,
    widgets,
)

ROWS = widgets(3)
NEVER = Gate(fail_on="never")

ANNOUNCING: dict[str, Any] = {
    "total_records": az_graph(ROWS, total_records=4),
    "skip token of az": az_graph(ROWS, skip_token="abc"),
    "skip token of az, and the total is on this page": az_graph(ROWS, skip_token="abc", total_records=3),
    "skip token of REST": rest(ROWS, 3, **{"$skipToken": "abc"}),
    "totalRecords": rest(ROWS, 9),
    "resultTruncated": rest(ROWS, 3, resultTruncated="true"),
    "resultTruncated in capitals": rest(ROWS, 3, resultTruncated="True"),
    "resultTruncated as a flag": rest(ROWS, 3, resultTruncated=True),
    "table with a total": rest(table(ROWS), 4),
    "table with a skip token": rest(table(ROWS), 3, **{"$skipToken": "abc"}),
    "nextLink": {"value": ROWS, "nextLink": "https://management.azure.com/x"},
    "names before the rows": {"total_records": 4, "skip_token": "abc", "data": ROWS},
}


@pytest.mark.parametrize("form", ["pretty", "compact", "line"])
@pytest.mark.parametrize("what", ANNOUNCING)
def test_a_reply_that_announces_more_passes(tmp_path: Path, what: str, form: str) -> None:
    data = pretty(ANNOUNCING[what]) if form == "pretty" else compact(ANNOUNCING[what])
    file = put(tmp_path, "reply.json", data + (b"\n" if form == "line" else b""))
    verdicts = judge(file)
    assert verdicts.decision.code == 3
    assert "the reply is not complete" in verdicts.decision.why
    assert "snapready query --az" in verdicts.decision.why
    assert verdicts.of("widget-ok") == {"w1": "pass", "w2": "pass", "w3": "pass"}
    assert not read(file).ledger.collected(WIDGET, SUB)


def test_another_file_makes_up_for_a_reply_that_announces_more(tmp_path: Path) -> None:
    put(tmp_path, "a.json", compact(az_graph(ROWS, skip_token="abc")))
    put(tmp_path, "b.json", ndjson([widget("w4"), {**widget("p1"), "type": PART}]))
    ledger = read(tmp_path).ledger
    assert not ledger.collected(WIDGET, SUB)
    assert ledger.collected(PART, SUB)


def test_replies_that_are_whole_stop_the_gate(tmp_path: Path) -> None:
    for data in (compact(az_graph(ROWS)), compact(rest(table(ROWS), 3)), pretty({"value": ROWS, "nextLink": ""})):
        file = put(tmp_path, "reply.json", data)
        assert judge(file).decision.code == 0
        assert read(file).ledger.collected(WIDGET, SUB)


@pytest.mark.parametrize("length", [100, 1000])
def test_an_array_as_long_as_a_page_vouches_for_its_type(tmp_path: Path, length: int) -> None:
    for data in (pretty(widgets(length)), compact(widgets(length)) + b"\n"):
        file = put(tmp_path, "page.json", data)
        reading = read(file)
        assert [problem.incomplete for problem in reading.problems()] == [False]
        assert f"exactly {length} rows" in reading.problems()[0].message
        assert not reading.ledger.collected(WIDGET, SUB)
        assert judge(file).decision.code == 0


@pytest.mark.parametrize("length", [1, 99, 101, 999])
def test_an_array_of_another_length_draws_a_warning(tmp_path: Path, length: int) -> None:
    reading = read(put(tmp_path, "page.json", compact(widgets(length))))
    assert reading.problems() == []
    assert reading.ledger.collected(WIDGET, SUB)


FEW = widgets(2)
WHOLE: dict[str, bytes] = {
    "header and lines": ndjson([header({WIDGET: counted(2)}), *FEW]),
    "lines": ndjson(FEW),
    "array, compact": compact(FEW),
    "array, pretty": pretty(FEW),
    "array, a row a line": b"[\n" + b",\n".join(map(compact, FEW)) + b"\n]\n",
    "az object": pretty(az_graph(FEW)),
    "rest table": compact(rest(table(FEW), 2)),
    "replies on lines": ndjson([rest(FEW[:1], 1), rest(table(FEW[1:]), 1)]),
    "rows one after another": b"".join(map(pretty, FEW)),
}
SILENT = {"lines", "replies on lines", "rows one after another"}
"""Forms that may end after each row: a cut exactly there cannot be told, as nothing counts the rows."""


def boundaries(data: bytes, form: str) -> set[int]:
    """Where a file of one of the SILENT forms may be cut without anybody being able to tell."""
    if form not in SILENT:
        return set()
    ends = {at for at in range(1, len(data)) if data[at - 1 : at] == b"\n" or data[at : at + 1] == b"\n"}
    if form == "rows one after another":
        return {at for at in ends if data[:at].rstrip().endswith(b"\n}")}
    return ends


@pytest.mark.parametrize("form", WHOLE)
def test_a_file_cut_anywhere_passes(tmp_path: Path, form: str) -> None:
    data = WHOLE[form]
    assert judge(put(tmp_path, "whole.json", data), only="widget-ok").decision.code == 0
    ends = boundaries(data, form)
    for size in range(len(data.rstrip())):
        verdicts = judge(put(tmp_path, "cut.json", data[:size]), only="widget-ok", gate=NEVER)
        found = set(verdicts.of("widget-ok").values())
        expected = (0,) if size in ends else (2,) if not found else (3,)
        assert verdicts.decision.code in expected, (size, data[:size][-60:], verdicts.decision)
        assert found <= {"pass"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_an_encoded_file_cut_anywhere_passes(tmp_path: Path, encoding: str) -> None:
    data = WHOLE["header and lines"].decode().rstrip().encode(encoding)
    for size in range(0, len(data), 3):
        verdicts = judge(put(tmp_path, "cut.json", data[:size]), only="widget-ok", gate=NEVER)
        assert verdicts.decision.code in (2, 3), (size, verdicts.decision)


@pytest.mark.parametrize("form", ["header and lines", "lines", "array, pretty"])
def test_a_compressed_file_cut_anywhere_passes(tmp_path: Path, form: str) -> None:
    data = packed(WHOLE[form])
    for size in range(len(data)):
        verdicts = judge(put(tmp_path, "cut.json.gz", data[:size]), only="widget-ok", gate=NEVER)
        assert verdicts.decision.code in (2, 3), (size, verdicts.decision)
        assert set(verdicts.of("widget-ok").values()) <= {"pass"}


def test_a_compressed_file_with_a_flipped_bit_passes(tmp_path: Path) -> None:
    data = bytearray(packed(ndjson([header({WIDGET: counted(200)}), *widgets(200)])))
    for at in range(12, len(data), 5):
        spoilt = bytes(data[:at]) + bytes([data[at] ^ 0x10]) + bytes(data[at + 1 :])
        verdicts = judge(put(tmp_path, "flipped.gz", spoilt), only="widget-ok", gate=NEVER)
        assert verdicts.decision.code in (2, 3), (at, verdicts.decision)


def test_rows_before_the_damage_are_lost(tmp_path: Path) -> None:
    rows = widgets(20_000)
    data = gzip.compress(ndjson(rows), 0)
    reading = read(put(tmp_path, "cut.gz", data[: len(data) // 2]))
    assert 9_000 < len(reading.rows) < 10_100
    assert f"the {len(reading.rows):,} rows before that are judged" in reading.problems()[0].message
    reading = read(put(tmp_path, "cut.json", pretty(rows)[:-400_000]))
    assert len(reading.rows) > 15_000
    assert "ends too early; what came before it is judged" in reading.problems()[0].message


def test_a_snapshot_that_lost_a_whole_line_passes(tmp_path: Path) -> None:
    """The header counts the rows, so that a cut at a line end is caught too."""
    lines = [header({WIDGET: counted(3)}), *ROWS]
    for left_out in (1, 2, 3):
        file = put(tmp_path, "short.ndjson", ndjson(lines[:left_out] + lines[left_out + 1 :]))
        verdicts = judge(file)
        assert verdicts.decision.code == 3
        assert "2 of the 3 rows the header counts are in the input" in verdicts.decision.why
