"""The JUnit report, read by Jenkins' schema and by readers that are not ours."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from junitparser import JUnitXml
from lxml import etree

from scanner.gate import Decision
from scanner.model import Results
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, STYLE, Scan, report

XSD = Path(__file__).parent / "schemas" / "jenkins-junit-10.xsd"


@cache
def jenkins() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(XSD)))


def expected(results: Results, decision: Decision) -> Counter[str]:
    """How many cases of each outcome there must be, counted from the results alone."""
    found: Counter[str] = Counter({"error": int(decision.code in (2, 3)), "case": 1})
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            found["case"] += 1
            key = (judged.policy.id, subject.key)
            if outcome.verdict == "fail":
                found["skipped" if key in results.waivers else "failure"] += 1
            elif outcome.verdict == "unknown" and decision.counts(outcome, results.tracks.get(key)):
                found["error"] += 1
            elif outcome.verdict != "pass":
                found["skipped"] += 1
    return found


def azure_pipelines(root: etree._Element) -> Counter[str]:
    """What its reader makes of a report: child elements only, cases without a name dropped."""
    found: Counter[str] = Counter()
    for case in root.iter("testcase"):
        if case.get("name"):
            found["case"] += 1
            outcome = next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "")
            if outcome:
                found[outcome] += 1
    return found


def check(scan: Scan) -> None:
    """Every reader sees every result as what it is."""
    raw = report("junit", *scan, STYLE).encode("utf-8")
    root = etree.fromstring(raw)
    assert jenkins().validate(root), jenkins().error_log
    assert azure_pipelines(root) == expected(*scan)
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names), "Jenkins takes two cases of one name for one"
    assert all(case.get("time") == "0" and case.get("classname") for case in root.iter("testcase"))
    assert all(
        child.get("message", "").strip()
        for case in root.iter("testcase")
        for child in case
        if child.tag != "system-out"
    )
    read = JUnitXml.fromstring(raw)
    seen = expected(*scan)
    assert (read.tests, read.failures, read.errors) == (seen["case"], seen["failure"], seen["error"])
    suites = list(read)
    assert [suite.tests for suite in suites] == [1, *(len(judged.subjects) for judged in scan[0].judged)]
    assert sum(suite.skipped for suite in suites) == seen["skipped"]


@pytest.mark.parametrize("scan", SCANS)
def test_every_reader_sees_every_result(scan: str) -> None:
    check(SCANS[scan]())


@given(scans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_reader_sees_every_result_of_a_hostile_fleet(scan: Scan) -> None:
    check(scan)


def test_an_unknown_is_an_error_only_where_the_gate_counts_it() -> None:
    def tags(scan: str) -> Counter[str]:
        root = etree.fromstring(report("junit", *SCANS[scan](), STYLE).encode())
        return Counter(child.tag for case in root.iter("testcase") for child in case)

    assert tags("contoso")["error"] == 0
    assert tags("unknown-stops")["error"] > 0
    assert tags("unknown-stops").total() == tags("contoso").total()


@pytest.mark.parametrize("scan", ["incomplete", "nothing"])
def test_a_scan_that_did_not_judge_all_has_an_error_of_its_own(scan: str) -> None:
    results, decision = SCANS[scan]()
    first = JUnitXml.fromstring(report("junit", results, decision, STYLE).encode())
    suite = next(iter(first))
    assert (suite.name, suite.errors, suite.tests) == ("snapready", 1, 1)


def test_a_case_keeps_its_name_whatever_the_letter_case() -> None:
    results, decision = SCANS["contoso"]()
    louder = tuple(
        type(judged)(
            judged.policy,
            [
                each._replace(name=each.name.upper(), resource_group=each.resource_group.upper())
                for each in judged.subjects
            ],
            judged.outcomes,
        )
        for judged in results.judged
    )
    changed = type(results)(results.run, louder, results.standings)
    assert report("junit", changed, decision, STYLE) == report("junit", results, decision, STYLE)
