"""The workbook as an independent reader opens it: every result, strings only, nothing incomplete that hides."""

import io
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from scanner.reports import Style, writer, xlsx
from scanner.reports.parts.findings import fingerprint
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, Scan, raw
from tests.reports.test_golden import hold

Rows = dict[str, list[tuple[Any, ...]]]


def opened(data: bytes) -> Rows:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "inlineStr"), f"{sheet.title}!{cell.coordinate} is {cell.data_type}"
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref is not None
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_nightly_gate_says_the_same_as_ever() -> None:
    told = opened(raw("xlsx", *SCANS["nightly"]()))
    lines = []
    for title, rows in told.items():
        lines += [f"## {title}", *(" | ".join("" if cell is None else str(cell) for cell in row) for row in rows[:40])]
    hold("nightly-xlsx.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("scan", SCANS)
def test_every_result_is_there_with_its_verdict(scan: str) -> None:
    results, _ = whole = SCANS[scan]()
    told = opened(raw("xlsx", *whole))
    head, *rows = told["All results"]
    at = head.index("fingerprint")
    assert {row[at]: row[0] for row in rows if row[at]} == {
        fingerprint(judged.policy.id, subject): results.state(judged.policy.id, subject.key, outcome.verdict)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    }
    counts = results.counts()
    assert sum(row[0] == "fail" for row in told["Findings"]) == counts["fail"]
    assert sum(row[0] == "unknown" for row in told["Not known"]) == counts["unknown"]
    assert len(told["Waivers"]) - 1 == counts["waived"]


def test_an_incomplete_scan_is_told_first_on_every_sheet_of_results() -> None:
    told = opened(raw("xlsx", *SCANS["incomplete"]()))
    for title in ("Summary", "Findings", "Not known", "All results"):
        assert told[title][1][0] == "INCOMPLETE", title
    assert opened(raw("xlsx", *SCANS["nothing"]()))["Summary"][1][0] == "NOTHING JUDGED"
    assert {row[2] for row in told["Controls"][1:]} <= {"not met", "not known"}


def test_more_rows_than_a_sheet_holds_go_on_on_the_next() -> None:
    results, decision = SCANS["nightly"]()
    file = io.BytesIO()
    xlsx._book(file, results, decision, rows=101)
    told = opened(file.getvalue())
    sheets = [rows for title, rows in told.items() if title.startswith("All results")]
    total = sum(len(judged.subjects) for judged in results.judged)
    assert [len(rows) for rows in sheets[:-1]] == [101] * (len(sheets) - 1)
    assert sum(len(rows) - 1 for rows in sheets) == total
    assert len({rows[0] for rows in sheets}) == 1
    assert sheets[1][1][-1] != sheets[0][-1][-1]


def test_same_results_same_bytes() -> None:
    whole = SCANS["nightly"]()
    assert raw("xlsx", *whole) == raw("xlsx", *whole)


@given(scans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_is_a_workbook_of_strings(scan: Scan) -> None:
    told = opened(raw("xlsx", *scan))
    results, _ = scan
    rows = [row for row in told["All results"][1:] if row[0] != "INCOMPLETE"]
    assert len(rows) == sum(len(judged.subjects) for judged in results.judged)


def test_it_comes_in_pieces_of_bytes() -> None:
    assert all(isinstance(piece, bytes) for piece in writer("xlsx")(*SCANS["nightly"](), Style()))
