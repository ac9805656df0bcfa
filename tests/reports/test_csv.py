"""The CSV report as a spreadsheet and Python read it: every result, nothing that runs, nothing that hides."""

import csv
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.reports.csv import COLUMNS
from scanner.reports.parts.cells import cell
from scanner.reports.parts.findings import fingerprint
from tests.reports.hostile import CHOSEN, scans
from tests.reports.scans import ROOT, SCANS, Scan, raw, report

PAGE = (ROOT / "docs" / "reports.md").read_text("utf-8")


def rows(scan: Scan) -> list[dict[str, str]]:
    text = raw("csv", *scan).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in found), "a line has another number of cells"
    return found


@pytest.mark.parametrize("scan", SCANS)
def test_there_is_one_line_for_each_result(scan: str) -> None:
    results, _ = SCANS[scan]()
    told = {row["fingerprint"]: row["verdict"] for row in rows((results, _)) if row["record"] == "result"}
    assert told == {
        fingerprint(judged.policy.id, subject): results.state(judged.policy.id, subject.key, outcome.verdict)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    }


@pytest.mark.parametrize(
    ("scan", "said"), [("contoso", "complete"), ("incomplete", "incomplete"), ("nothing", "nothing judged")]
)
def test_the_first_line_says_whether_all_was_judged(scan: str, said: str) -> None:
    whole = SCANS[scan]()
    first = rows(whole)[0]
    assert (first["record"], first["verdict"], first["reason"]) == ("scan", said, whole[1].why)


def test_what_could_not_be_read_comes_before_every_result() -> None:
    told = rows(SCANS["incomplete"]())
    assert [row["record"] for row in told[:4]] == ["scan", "problem", "problem", "result"]
    assert (told[1]["verdict"], told[1]["file"], told[1]["line"]) == ("incomplete", "my fleet/rows.ndjson", "412")


def test_a_waiver_a_trend_and_what_is_gone_are_told() -> None:
    told = {(row["policy"], row["name"]): row for row in rows(SCANS["nightly"]()) if row["record"] == "result"}
    waived = told["agent-version", "web03"]
    assert (waived["verdict"], waived["waiver_owner"]) == ("waived", "team-web")
    assert waived["waiver_expires"] > "2026-11-22"
    assert re.fullmatch(r"examples/nightly/snapready\.waivers\.yaml:\d+(:\d+)?", waived["waiver_written"])
    assert told["guest-dhcp", "dc02"]["trend"] == "new"
    assert told["power-state-consistent", "tst-app01"]["scope"] == "development"
    last = rows(SCANS["gone"]())[-1]
    assert (last["record"], last["name"], last["verdict"]) == ("gone", "Gone", "fail")


FORMULAS = [
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    '"=1',
    "＝1",
    "a;=1",
    'a; "=1',
    "==",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    for part in cell(text).split(";"):
        assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", part)


@given(st.text() | st.sampled_from(CHOSEN))
def test_a_cell_is_one_printable_line_that_excel_takes(text: str) -> None:
    safe = cell(text)
    assert safe.isprintable()
    assert len(safe) < 32_767


@given(scans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_has_its_lines_and_no_formula(scan: Scan) -> None:
    found = rows(scan)
    results, _ = scan
    gone = len(results.baseline.gone) if results.baseline is not None else 0
    assert len(found) == 1 + len(results.run.problems) + sum(len(each.subjects) for each in results.judged) + gone
    for row in found:
        for text in row.values():
            assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", text)
            assert text.isprintable()


def test_lines_end_and_the_file_begins_as_spreadsheets_want() -> None:
    whole = report("csv", *SCANS["contoso"]())
    assert whole.startswith("\ufeffrecord,verdict,")
    assert whole.endswith("\r\n")
    assert whole.count("\n") == whole.count("\r\n")


def test_the_page_tells_every_column() -> None:
    part = PAGE[PAGE.index("## CSV") :]
    told = re.findall(r"^\| `([a-z_]+)`", part[: part.index("\n## ")], re.MULTILINE)
    assert told == [name for name, _ in COLUMNS]
