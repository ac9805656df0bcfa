"""A format that says it shows no evidence shows none, and a scan without evidence says the same otherwise."""

from dataclasses import replace

import pytest

from scanner.gate import Gate, decide
from scanner.model import Evidence, Results
from scanner.policies import BUILT_IN, load
from scanner.reports import formats, shows_evidence
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.reports.scans import CONTOSO, ROOT, contoso, raw


def with_evidence(results: Results, evidence: tuple[Evidence, ...]) -> Results:
    judged = (
        replace(each, outcomes=[replace(outcome, evidence=evidence) for outcome in each.outcomes])
        for each in results.judged
    )
    return replace(results, judged=tuple(judged))


def test_a_scan_without_evidence_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    policies = list(load([BUILT_IN]).values())
    found = scan(Files(CONTOSO), policies, Options(now="2026-11-22T01:00:00Z", evidence=False))
    expected, _ = contoso()
    assert any(outcome.evidence for each in expected.judged for outcome in each.outcomes)
    assert replace(found, run=expected.run) == with_evidence(expected, ())


@pytest.mark.parametrize("name", [name for name in formats() if not shows_evidence(name)])
def test_a_format_that_shows_no_evidence_is_the_same_whatever_it_is(name: str) -> None:
    results, _ = contoso()
    other = with_evidence(results, (Evidence("some.fact", "some value", "some source"),))
    assert raw(name, results, decide(results, Gate())) == raw(name, other, decide(other, Gate()))


def test_the_report_for_machines_shows_evidence() -> None:
    assert shows_evidence("json") and shows_evidence("html") and not shows_evidence("text")
