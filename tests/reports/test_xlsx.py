"""The workbook as an independent reader opens it: every result, strings only, nothing incomplete that hides."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from scanner.model import Change, Judged
from scanner.reports import Style, writer, xlsx
from scanner.reports.parts import matrix
from scanner.reports.parts.sheets import STATES
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
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref is not None
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_nightly_gate_says_the_same_as_ever() -> None:
    told = opened(raw("xlsx", *SCANS["nightly"]()))
    lines = []
    for title, rows in told.items():
        lines += [f"## {title}", *(" | ".join("" if cell is None else str(cell) for cell in row) for row in rows[:40])]
    hold("nightly-xlsx.txt", "\n".join(lines) + "\n")


def results_in(told: Rows) -> dict[tuple[str, str], str]:
    """Every verdict of the sheets that have a row for each resource and a column for each policy."""
    found: dict[tuple[str, str], str] = {}
    for title, (head, *rows) in told.items():
        if title.startswith("All "):
            first, last = head.index("written at") + 1, head.index("resource")
            for row in rows:
                for policy, said in zip(head[first:last], row[first:last], strict=True):
                    if row[0] != "INCOMPLETE":
                        assert (policy, row[last]) not in found
                        found[policy, row[last]] = said
    return found


@pytest.mark.parametrize("scan", SCANS)
def test_every_result_is_there_with_its_verdict(scan: str) -> None:
    results, _ = whole = SCANS[scan]()
    told = opened(raw("xlsx", *whole))
    found = results_in(told)
    words = {"not-applicable": "not applicable"}
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            state = results.state(judged.policy.id, subject.key, outcome.verdict)
            said = words.get(state, state) + (f": {outcome.reason}" if state == "not-applicable" else "")
            assert found[judged.policy.id, subject.id] == said
    counts = results.counts()
    assert len(found) == sum(counts.values())
    assert sum(row[0] == "fail" for row in told["Findings"]) == counts["fail"]
    assert sum(row[0] == "unknown" for row in told["Not known"]) == counts["unknown"]
    assert len(told["Waivers"]) - 1 == counts["waived"]
    assert [sum(row[at] for row in told["Policies"][1:]) for at in range(4, 9)] == [counts[each] for each in STATES]


def test_what_a_plan_leaves_as_it_was_is_told_with_its_reason() -> None:
    """It is no finding, so that no other sheet has it."""
    results, decision = SCANS["contoso"]()
    judged = next(judged for judged in results.judged if judged.policy.id == "agent-version")
    subject, outcome = next(
        (subject, outcome)
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict == "fail"
    )
    results = replace(results, changes={(judged.policy.id, subject.key): Change("same", "fail", "error")})
    told = opened(raw("xlsx", results, decision))
    assert results_in(told)[judged.policy.id, subject.id] == f"fail: {outcome.reason}"
    assert (judged.policy.id, subject.id) not in {(row[2], row[-2]) for row in told["Findings"]}


def test_the_worst_of_a_resource_and_how_much_of_it_stand_before_its_verdicts() -> None:
    told = opened(raw("xlsx", *SCANS["nightly"]()))
    head, *rows = told["All VMs"]
    first, last = head.index("written at") + 1, head.index("resource")
    for row in rows:
        verdicts = [said.split(":")[0] for said in row[first:last]]
        worst = next(each for each in ("fail", "unknown", "waived", "pass", "not applicable") if each in verdicts)
        assert row[0] == worst
        counts = row[head.index("fail")], row[head.index("not known")]
        assert counts == (verdicts.count("fail"), verdicts.count("unknown"))


def test_an_incomplete_scan_is_told_first_on_every_sheet_of_results() -> None:
    told = opened(raw("xlsx", *SCANS["incomplete"]()))
    for title in ("Summary", "Findings", "Not known", *(title for title in told if title.startswith("All "))):
        assert told[title][1][0] == "INCOMPLETE", title
    assert opened(raw("xlsx", *SCANS["nothing"]()))["Summary"][1][0] == "NOTHING JUDGED"
    assert {row[2] for row in told["Controls"][1:]} <= {"not met", "not known"}


def test_more_rows_than_a_sheet_holds_go_on_on_the_next_and_the_summary_says_so(tmp_path: Path) -> None:
    results, decision = SCANS["nightly"]()
    file = io.BytesIO()
    xlsx._book(file, str(tmp_path), results, decision, rows=31)
    told = opened(file.getvalue())
    sheets = {title: rows for title, rows in told.items() if title.startswith("All VMs")}
    vms = len(results.judged[0].subjects)
    assert [len(rows) - 1 for rows in sheets.values()] == [30, 30, vms - 60]
    assert len({rows[0] for rows in sheets.values()}) == 1
    assert len({row[-1] for rows in sheets.values() for row in rows[1:]}) == vms
    summary = [row for title, rows in told.items() if title.startswith("Summary") for row in rows]
    said = {row[1].split(":")[0]: row for row in summary if row[0] == "sheet"}
    assert said["All VMs 3"][2] == vms - 60
    assert "goes on from the sheet before" in said["All VMs 3"][1]
    assert {*told} == {"Summary", "Summary 2", "Summary 3", *said}


def test_more_policies_than_a_sheet_has_columns_for_go_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "_POLICIES", 3)
    results, _ = whole = SCANS["contoso"]()
    told = opened(raw("xlsx", *whole))
    assert len(results_in(told)) == sum(results.counts().values())
    assert {"All VMs", "All VMs (2)", "All VMs (3)"} < {*told}


@pytest.mark.parametrize(
    "text", ["<r><t>rich</t></r>", "<r>&</r>", "a & b", "_x0041_", "=1+1", "-2+3", "@SUM(1)", "https://evil.example"]
)
def test_a_name_is_the_text_it_is(text: str) -> None:
    results, decision = SCANS["contoso"]()
    judged = next(judged for judged in results.judged if judged.policy.id == "agent-version")
    one = Judged(judged.policy, [judged.subjects[0]._replace(name=text)], [judged.outcomes[0]])
    data = raw("xlsx", replace(results, judged=(one,)), decision)
    assert text in re.sub(r"_x005F_", "_", str(opened(data)["All VMs"][1][1]))
    book = zipfile.ZipFile(io.BytesIO(data))
    assert not [name for name in book.namelist() if b"<f" in book.read(name) and "worksheets" in name]


def test_same_results_same_bytes() -> None:
    whole = SCANS["nightly"]()
    assert raw("xlsx", *whole) == raw("xlsx", *whole)


@given(scans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_is_a_workbook_of_strings(scan: Scan) -> None:
    told = opened(raw("xlsx", *scan))
    results, _ = scan
    rows = [row for title, rows in told.items() if title.startswith("All ") for row in rows[1:]]
    said = sum(cell is not None for row in rows if row[0] != "INCOMPLETE" for cell in row[9:-1])
    assert said == sum(len(judged.subjects) for judged in results.judged)


def test_it_comes_in_pieces_of_bytes() -> None:
    assert all(isinstance(piece, bytes) for piece in writer("xlsx")(*SCANS["nightly"](), Style()))
