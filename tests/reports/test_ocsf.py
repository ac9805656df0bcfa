"""The OCSF report, held to another's model of the schema, and to the rule that what is not known passes nothing."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from scanner.reports import ocsf
from scanner.reports.parts.findings import every, fingerprint, state
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, Scan, raw

STATUS = {"pass": 1, "fail": 3, "waived": 3, "unknown": 0, "not-applicable": 99}


def events(scan: Scan) -> list[dict[str, Any]]:
    lines = raw("ocsf", *scan).decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def known(event: Any, model: Any, path: str = "") -> None:
    """Nothing is written that the schema has no attribute for; `unmapped` is the place of the rest."""
    if isinstance(model, dict):
        return
    fields = type(model).model_fields
    for name, value in event.items():
        if (path, name) in {("", "cloud"), (".compliance", "status")}:
            continue  # of the cloud profile, and of the schema; the model leaves both out
        assert name in fields, f"{path}.{name}"
        below = getattr(model, name)
        if isinstance(value, dict) and name not in ("unmapped", "data"):
            known(value, below, f"{path}.{name}")
        elif isinstance(value, list):
            for one, other in zip(value, below, strict=True):
                if isinstance(one, dict):
                    known(one, other, f"{path}.{name}[]")


@pytest.mark.parametrize("scan", SCANS)
def test_every_event_keeps_the_schema(scan: str) -> None:
    for event in events(SCANS[scan]()):
        known(event, ComplianceFinding.model_validate(event))


@given(scans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_keeps_the_schema(scan: Scan) -> None:
    found = events(scan)
    for event in found:
        ComplianceFinding.model_validate(event)
    results, _ = scan
    gone = len(results.baseline.gone) if results.baseline is not None else 0
    assert len(found) == 1 + gone + sum(len(judged.subjects) for judged in results.judged)


@pytest.mark.parametrize("scan", SCANS)
def test_a_verdict_is_the_status_of_its_event_and_nothing_else_passes(scan: str) -> None:
    results, _ = whole = SCANS[scan]()
    told = {event["finding_info"]["uid"]: event for event in events(whole)[1:]}
    for finding in every(results):
        event = told[fingerprint(finding.policy.id, finding.subject)]
        assert event["compliance"]["status_id"] == STATUS[state(results, finding)]
        assert (event["severity_id"] == 1) == (state(results, finding) in ("pass", "not-applicable"))


@pytest.mark.parametrize(("scan", "status"), [("contoso", "Pass"), ("incomplete", "Unknown"), ("nothing", "Unknown")])
def test_the_first_event_says_whether_all_was_judged(scan: str, status: str) -> None:
    whole = SCANS[scan]()
    first = events(whole)[0]
    assert first["compliance"]["control"] == "snapready/scan"
    assert first["compliance"]["status"] == status
    assert whole[1].why in first["status_detail"]


def test_what_was_waived_fixed_and_gone_is_no_open_finding() -> None:
    nightly = {
        (event["compliance"]["control"], event["resources"][0]["name"]): event
        for event in events(SCANS["nightly"]())[1:]
    }
    assert nightly["agent-version", "web03"]["status"] == "Suppressed"
    assert "team-web" in nightly["agent-version", "web03"]["unmapped"]["waiver"]["owner"]
    assert nightly["power-state-consistent", "web02"]["activity_name"] == "Close"
    assert nightly["guest-dhcp", "dc02"]["activity_name"] == "Create"
    activities = Counter(event["activity_name"] for event in nightly.values())
    assert activities["Update"] > 0
    gone = events(SCANS["gone"]())[-1]
    assert (gone["activity_name"], gone["status"]) == ("Close", "Resolved")


def test_the_time_is_that_of_the_rows() -> None:
    assert {event["time"] for event in events(SCANS["contoso"]())} == {1_795_309_200_000}


@given(scans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_events_share_is_written_as_if_each_were_made_by_itself(scan: Scan) -> None:
    quick = raw("ocsf", *scan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ocsf._Log, "frame", lambda *_: [])
        assert raw("ocsf", *scan) == quick
