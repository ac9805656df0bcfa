"""Both SARIF profiles, held to the official schema, Microsoft's validator and a reader that is not ours."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from sarif import loader

from scanner.reports import Style
from scanner.reports import sarif as full
from scanner.reports.parts.findings import fingerprint
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, STYLE, Scan, report
from tests.reports.validators import multitool, sarif_schema

PROFILES = ("sarif", "sarif-github")
KINDS = {"pass": "pass", "fail": "fail", "unknown": "open", "not-applicable": "notApplicable"}
NO_HOME_PAGE = {"SARIF2005 warning"}
"""The tool has no page of its own that informationUri could name; its rules have helpUri."""


def log(profile: str, scan: Scan, style: Style = STYLE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report(profile, *scan, style))
    return found


def keeps_the_schema(value: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(sarif_schema(), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    error = next(validator.iter_errors(value), None)
    assert error is None, f"{error.json_path}: {error.message[:300]}" if error else ""


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_log_keeps_the_official_schema(profile: str, scan: str) -> None:
    keeps_the_schema(log(profile, SCANS[scan]()))


def test_the_schema_check_checks_enums_and_uris() -> None:
    wrong = log("sarif-github", SCANS["contoso"]())
    wrong["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(AssertionError, match="fatal"):
        keeps_the_schema(wrong)
    wrong = log("sarif", SCANS["contoso"]())
    wrong["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] = "not a uri"
    with pytest.raises(AssertionError, match="not a uri"):
        keeps_the_schema(wrong)


@given(scans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("profile", PROFILES)
def test_a_hostile_fleet_keeps_the_schema(profile: str, scan: Scan) -> None:
    text = report(profile, *scan, STYLE)
    assert "\\ud8" not in json.dumps(json.loads(text), ensure_ascii=False)
    json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")  # no lone surrogate, which strict readers refuse
    keeps_the_schema(json.loads(text))


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_multitool_finds_nothing(profile: str, scan: str, tmp_path: Path) -> None:
    path = tmp_path / "log.sarif"
    path.write_text(report(profile, *SCANS[scan](), STYLE), "utf-8")
    assert set(multitool(path)) <= NO_HOME_PAGE


def test_the_multitool_would_find_what_is_wrong(tmp_path: Path) -> None:
    value = log("sarif-github", SCANS["contoso"]())
    value["runs"][0]["tool"]["driver"]["rules"][0]["messageStrings"]["fail"]["text"] = "{0}: {7}"
    path = tmp_path / "log.sarif"
    path.write_text(json.dumps(value), "utf-8")
    assert set(multitool(path)) - NO_HOME_PAGE


@pytest.mark.parametrize("profile", PROFILES)
def test_another_reader_counts_the_same(profile: str, tmp_path: Path) -> None:
    results, _ = scan = SCANS["contoso"]()
    path = tmp_path / "log.sarif"
    path.write_text(report(profile, *scan, STYLE), "utf-8")
    read = loader.load_sarif_file(str(path))
    counted = dict.fromkeys(("error", "warning", "note"), 0)
    for judged in results.judged:
        for outcome in judged.outcomes:
            counted[outcome.severity] += outcome.verdict == "fail"
    counts = read.get_report()
    assert {level: counts.get_issue_count_for_severity(level) for level in counted} == counted
    assert read.get_distinct_tool_names() == ["snapready"]


def test_the_full_log_has_every_result_with_its_kind_and_resource() -> None:
    results, decision = scan = SCANS["contoso"]()
    run = log("sarif", scan)["runs"][0]
    found = iter(run["results"])
    for index, judged in enumerate(results.judged):
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            result = next(found)
            assert result["kind"] == KINDS[outcome.verdict]
            assert result["level"] == (outcome.severity if outcome.verdict == "fail" else "none")
            assert (result["ruleId"], result["ruleIndex"]) == (judged.policy.id, index)
            place = result["locations"][0]["logicalLocations"][0]
            assert run["logicalLocations"][place["index"]]["fullyQualifiedName"] == subject.id
            assert place["fullyQualifiedName"] == subject.id
            assert result["fingerprints"] == {"snapready/v1": fingerprint(judged.policy.id, subject)}
            rule = run["tool"]["driver"]["rules"][index]
            template = rule["messageStrings"][result["message"]["id"]]["text"]
            first, second = result["message"]["arguments"]
            assert result["message"]["text"] == template.replace("{0}", first).replace("{1}", second)
    assert next(found, None) is None
    assert run["invocations"][0]["exitCode"] == decision.code == 1
    assert run["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("scan", ["incomplete", "nothing"])
def test_what_could_not_be_read_is_a_notification(profile: str, scan: str) -> None:
    results, decision = SCANS[scan]()
    call = log(profile, (results, decision))["runs"][0]["invocations"][0]
    assert call["executionSuccessful"] is False
    assert call["exitCode"] == decision.code
    told = call["toolExecutionNotifications"]
    assert told[0]["message"]["text"] == decision.why
    assert told[0]["level"] == "error"
    if scan == "incomplete":
        place = told[1]["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "my%20fleet/rows.ndjson"}, "region": {"startLine": 412}}
        assert [each["level"] for each in told] == ["error", "error", "note"]


@given(scans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_results_share_is_written_as_if_each_were_made_by_itself(scan: Scan) -> None:
    quick = report("sarif", *scan, STYLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(full, "_frame", lambda *_: None)
        assert report("sarif", *scan, STYLE) == quick
