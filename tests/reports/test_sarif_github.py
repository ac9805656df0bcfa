"""What GitHub's code scanning does with an upload, as assertions: it rejects whole logs, and keeps no order."""

import gzip
import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from scanner.gate import Gate, decide
from scanner.model import SEVERITIES, Judged, Outcome, Results, Subject
from scanner.reports import Style
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, STYLE, Scan, report


def written(scan: Scan, style: Style = STYLE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report("sarif-github", *scan, style))
    return found


def accepted(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The alerts, after everything that GitHub's documentation and its action ask for."""
    assert len(value["runs"]) == 1
    run = value["runs"][0]
    assert re.fullmatch(r"[^/]+(/[^/]+)*/[^/]+", run["automationDetails"]["id"])
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert len(rules) == len(run["tool"]["driver"]["rules"]) <= 25_000
    for rule in rules.values():
        assert 0 < len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10
        assert isinstance(rule["properties"]["security-severity"], str)
        assert 0.1 <= float(rule["properties"]["security-severity"]) <= 10.0
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
    alerts: list[dict[str, Any]] = run["results"]
    assert len(alerts) <= 5_000
    for alert in alerts:
        assert run["tool"]["driver"]["rules"][alert["ruleIndex"]]["id"] == alert["ruleId"]
        assert not alert.keys() & {"kind", "suppressions", "baselineState"}, "ignored: they would be alerts as well"
        assert alert["message"]["text"].strip()
        assert "](" not in alert["message"]["text"]
        (location,) = alert["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri
        assert not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|/|\.\.", uri), "the uri is relative to the repository"
        assert place["region"].keys() == {"startLine", "startColumn", "endLine", "endColumn"}
        assert alert["partialFingerprints"].keys() == {"primaryLocationLineHash"}
    hashes = [(alert["ruleId"], alert["partialFingerprints"]["primaryLocationLineHash"]) for alert in alerts]
    assert len(set(hashes)) == len(hashes), "alerts of one rule on one line with one hash are one alert"
    levels = [SEVERITIES.index(alert["level"]) for alert in alerts]
    assert levels == sorted(levels), "worst first"
    return alerts


def test_alerts_are_the_fails_alone() -> None:
    for scan in SCANS.values():
        results, decision = scan()
        alerts = accepted(written((results, decision)))
        own = [alert for alert in alerts if alert["ruleId"] == "scan-incomplete"]
        assert len(own) == (decision.code in (2, 3))
        assert len(alerts) - len(own) == results.counts()["fail"]


@given(scans())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_github_accepts_a_hostile_fleet(scan: Scan) -> None:
    accepted(written(scan))


def test_the_anchor_is_a_uri_of_the_repository() -> None:
    value = written(SCANS["contoso"](), Style(anchor="my infra/ünit#1.yaml"))
    alert = accepted(value)[0]
    uri = alert["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20infra/%C3%BCnit%231.yaml"


def crowd(count: int, incomplete: bool = False) -> Scan:
    """So many failing VMs, the first of them only with a note."""
    results, _ = SCANS["incomplete" if incomplete else "contoso"]()
    policy = results.judged[0].policy
    fleet = [Subject(f"/vm{n:06}", f"/vm{n:06}", "t", f"vm{n:06}", "rg", "s") for n in range(count)]
    outcomes = [Outcome("fail", "note" if n < 10 else "error", "a long reason " * 20) for n in range(count)]
    found = Results(replace(results.run), (Judged(policy, fleet, outcomes),))
    return found, decide(found, Gate())


def test_more_than_github_keeps_are_cut_from_the_mild_end_and_that_is_said() -> None:
    assert len(accepted(written(crowd(5_000)))) == 5_000
    assert not [alert for alert in accepted(written(crowd(5_000))) if alert["ruleId"] == "findings-left-out"]
    alerts = accepted(written(crowd(5_005)))
    assert len(alerts) == 5_000
    assert alerts[0]["ruleId"] == "findings-left-out"
    assert alerts[0]["message"]["text"].startswith("6 of 5,005 findings, the least severe,")
    assert [alert["level"] for alert in alerts].count("note") == 4
    alerts = accepted(written(crowd(6_000, incomplete=True)))
    assert [alert["ruleId"] for alert in alerts[:2]] == ["scan-incomplete", "findings-left-out"]
    assert len(alerts) == 5_000
    assert alerts[1]["message"]["text"].startswith("1,002 of 6,000")


def test_the_largest_log_is_small_enough_to_upload() -> None:
    text = report("sarif-github", *crowd(6_000), STYLE)
    assert len(gzip.compress(text.encode())) < 10_000_000


def test_scans_of_other_scopes_do_not_close_each_others_alerts() -> None:
    results, decision = SCANS["contoso"]()
    ids = {
        written((replace(results, run=replace(results.run, scope=scope)), decision))["runs"][0]["automationDetails"][
            "id"
        ]
        for scope in ((), ("prod",), ("dev",))
    }
    taken = results.run.taken_at
    assert ids == {f"snapready/{taken}", f"snapready/prod/{taken}", f"snapready/dev/{taken}"}
