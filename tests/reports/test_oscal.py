"""The OSCAL report, held to the schema: what is not known satisfies no control, every reference leads somewhere."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from scanner.reports.parts.controls import controls
from scanner.reports.parts.oscal_words import control_id, day, unique
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, Scan, report

SCHEMA = Path(__file__).parent / "schemas" / "oscal-assessment-results-1.1.3.json"


def _validator() -> jsonschema.Draft7Validator:
    text = SCHEMA.read_text("utf-8").replace("\\\\p{L}", "[^\\\\W\\\\d_]").replace("\\\\p{N}", "\\\\d")
    return jsonschema.Draft7Validator(json.loads(text), format_checker=jsonschema.FormatChecker())


VALIDATOR = _validator()


def document(scan: Scan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report("oscal", *scan))
    return found


def result(scan: Scan) -> dict[str, Any]:
    found: dict[str, Any] = document(scan)["assessment-results"]["results"][0]
    return found


def every(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(inner for below in value.values() for inner in every(below))]
    return [inner for member in value for inner in every(member)] if isinstance(value, list) else []


def held(value: dict[str, Any]) -> None:
    """To the schema, and to what it cannot say: identities are there once, and references lead to them."""
    VALIDATOR.validate(value)
    parts = every(value)
    uuids = [part["uuid"] for part in parts if "uuid" in part]
    assert len(uuids) == len(set(uuids))
    for part in parts:
        for name in ("subject-uuid", "observation-uuid", "risk-uuid"):
            assert part.get(name) is None or part[name] in uuids, name
    assert value["assessment-results"]["import-ap"]["href"].removeprefix("#") in uuids


@pytest.mark.parametrize("scan", SCANS)
def test_the_document_keeps_the_schema(scan: str) -> None:
    held(document(SCANS[scan]()))


@given(scans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_keeps_the_schema(scan: Scan) -> None:
    held(document(scan))


def test_the_schema_is_one_that_refuses() -> None:
    value = document(SCANS["contoso"]())
    value["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "unknown"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(value)


@pytest.mark.parametrize("scan", SCANS)
def test_only_a_control_that_is_met_is_satisfied(scan: str) -> None:
    results, _ = whole = SCANS[scan]()
    told = {each["uuid"]: each["target"]["status"]["state"] for each in result(whole).get("findings", [])}
    for control in controls(results):
        state = told.pop(unique("finding", control.framework, control.id), None)
        if control.standing == "not applicable":
            assert state is None
        else:
            assert state == ("satisfied" if control.standing == "met" else "not-satisfied"), control
    assert not told


def test_a_waiver_is_an_approved_deviation_with_its_owner_and_its_end() -> None:
    risks = result(SCANS["nightly"]())["risks"]
    (waived,) = [risk for risk in risks if risk["status"] == "deviation-approved"]
    props = {each["name"]: each["value"] for each in waived["props"]}
    assert (props["policy"], props["waiver-owner"], props["waiver-ticket"]) == (
        "agent-version",
        "team-web",
        "CHG-1042",
    )
    assert waived["deadline"] == "2026-12-31T23:59:59Z"
    assert waived["risk-log"]["entries"][0]["status-change"] == "deviation-approved"
    assert {risk["status"] for risk in risks} == {"open", "deviation-approved", "investigating"}


@pytest.mark.parametrize("scan", SCANS)
def test_every_result_is_counted_in_one_observation(scan: str) -> None:
    results, _ = whole = SCANS[scan]()
    counts: dict[str, int] = {}
    for observation in result(whole).get("observations", []):
        props = {each["name"]: each["value"] for each in observation["props"]}
        if "verdict" in props:
            counts[props["verdict"]] = counts.get(props["verdict"], 0) + int(props["resources"])
            named = observation.get("subjects", [])
            if props["verdict"] in ("pass", "not-applicable"):  # only what was fixed is named there
                assert all(each["props"][0]["value"] == "fixed" for each in named)
            else:
                assert len(named) == int(props["resources"])
    assert counts == {name: count for name, count in results.counts().items() if count}


def test_an_incomplete_scan_is_told_and_satisfies_nothing() -> None:
    found = result(SCANS["incomplete"]())
    props = {each["name"]: each["value"] for each in found["props"]}
    assert props["completeness"] == "incomplete"
    assert found["observations"][0]["title"] == "Not all could be read"
    assert all(each["target"]["status"]["state"] == "not-satisfied" for each in found["findings"])


def test_controls_are_called_as_nist_calls_them() -> None:
    assert control_id("nist-800-53", "CP-9") == "cp-9"
    assert control_id("nist-800-53", "CP-9(01)") == "cp-9.1"
    assert re.fullmatch(r"[A-Za-z_][\w.-]*", control_id("1 <x>", "A 8.13"))


def test_times_are_in_utc_and_a_day_ends_with_its_last_second() -> None:
    assert day("2026-12-31", end=True) == "2026-12-31T23:59:59Z"
    assert day("2026-12-31T12:00:00+02:00") == "2026-12-31T10:00:00Z"
    assert day("soon") == ""
