"""Every built-in policy, on its own cases, and the things a reader of its page relies on."""

import json
import re
from datetime import date
from functools import cache
from urllib.parse import urlsplit

import pytest

from scanner import yaml12
from scanner.cases import Case, CaseResult, cases_of, every_case, run_cases, verdict_of
from scanner.language.nodes import reads
from scanner.language.text import write
from scanner.model import Verdict
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy
from scanner.rowtypes import OBSERVED, VM

POLICIES = load([BUILT_IN])
CASES = [case for policy in POLICIES.values() for case in every_case(policy)]
REACHES = {"resource graph", *OBSERVED.values()}
NEEDED: tuple[Verdict, ...] = ("pass", "fail", "unknown")


@cache
def results_of(policy_id: str) -> dict[str, CaseResult]:
    return {result.case: result for result in run_cases(POLICIES[policy_id])}


@pytest.fixture(params=list(POLICIES.values()), ids=list(POLICIES))
def policy(request: pytest.FixtureRequest) -> Policy:
    found = request.param
    assert isinstance(found, Policy)
    return found


@pytest.mark.parametrize("case", CASES, ids=[f"{case.policy.id}/{case.name}" for case in CASES])
def test_a_case_that_gets_another_verdict_than_its_name_states(case: Case) -> None:
    result = results_of(case.policy.id)[case.name]
    assert not result.wrong
    assert result.reason, "a verdict without a reason"


def test_a_policy_without_a_case_for_pass_fail_or_unknown(policy: Policy) -> None:
    shown = {verdict_of(case) for case in cases_of(policy)}
    assert shown >= set(NEEDED)
    assert not [result.wrong for result in results_of(policy.id).values() if result.wrong]


def test_a_case_that_is_no_snapshot_with_a_header(policy: Policy) -> None:
    for case in every_case(policy):
        assert case.path.suffix == ".ndjson"
        assert case.verdict, f"{case.name} states no verdict"
        first, *rows = case.path.read_text("utf-8").splitlines()
        assert json.loads(first)["snapready"]["takenAt"].endswith("Z"), f"{case.name} is judged by the clock"
        assert rows
        assert all(isinstance(json.loads(row), dict) for row in rows)


def test_a_policy_folder_with_a_stray_file(policy: Policy) -> None:
    assert {path.name for path in policy.folder.iterdir()} == {"policy.yaml", "cases"}
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", policy.id)


def test_a_source_that_is_no_page_of_a_known_date(policy: Policy) -> None:
    source = policy.head.source
    address = urlsplit(source["url"])
    assert address.scheme == "https"
    assert "." in address.netloc
    assert date(2015, 1, 1) < date.fromisoformat(source["read"]) < date(2027, 1, 1)
    assert source["title"].strip()


def test_words_that_do_not_read_well_in_a_report(policy: Policy) -> None:
    head = policy.head
    assert not head.title.endswith(".")
    assert head.title[0].isupper()
    assert len(head.title) <= 80
    assert len(head.why) > 60, "why does not say what goes wrong"
    assert head.fix
    for item in policy.items:
        said = "".join(part for part in item.otherwise if isinstance(part, str))
        assert said.strip()
        assert not said.endswith(".")


def test_a_policy_that_needs_facts_of_an_unheard_of_reach(policy: Policy) -> None:
    assert policy.head.reach in REACHES


def test_a_policy_that_is_silent_where_protection_is_not_known(policy: Policy) -> None:
    about_protection = ("backup.protected",) in reads(policy.expect())
    if policy.head.resource == VM and not about_protection:
        judged = ("default(backup.protected, `true`)", "workload.protected")  # databases are backed up by themselves
        assert any(text in write(policy.when) for text in judged)


def test_a_parameter_nobody_explains() -> None:
    for path in sorted(BUILT_IN.glob("*/policy.yaml")):
        declared = yaml12.load(path.read_text("utf-8"), str(path)).value.get("params") or {}
        for name, entry in declared.items():
            assert entry["description"].endswith("."), f"{path.parent.name}.{name}"
