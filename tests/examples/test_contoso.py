"""The example fleet gets the verdicts that were written for it by hand, and its files are those its builder writes."""

import csv
import importlib.util
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from scanner.language.nodes import Constant
from scanner.model import Results
from scanner.policies import BUILT_IN, load
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files

CONTOSO = Path(__file__).parent.parent.parent / "examples" / "contoso"
POLICIES = load([BUILT_IN])
GIVEN = ("fleet.ndjson", "guestfacts.ndjson", "instanceviews.json")


@cache
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contoso_build", CONTOSO / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@cache
def results() -> Results:
    files = [str(CONTOSO / name) for name in GIVEN]
    return scan(Files(files), list(POLICIES.values()), Options(now="2030-01-01T00:00:00Z"))


@cache
def found() -> dict[tuple[str, str], str]:
    """(VM or group, policy) → verdict, the first as the tables write it: subscription/group/name."""
    names = {identity: name for name, identity in builder().SUBSCRIPTIONS.items()}
    told: dict[tuple[str, str], str] = {}
    for judged in results().judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            place = f"{names[subject.subscription]}/{subject.resource_group.lower()}/{subject.name.lower()}"
            told[place, judged.policy.id] = outcome.verdict
    return told


@cache
def expected() -> dict[tuple[str, str], str]:
    tables = (("expected.csv", "vm"), ("expected-groups.csv", "group"), ("expected-vaults.csv", "vault"))
    return {place: verdict for name, subject in tables for place, verdict in table(name, subject).items()}


def table(name: str, subject: str) -> dict[tuple[str, str], str]:
    with (CONTOSO / name).open(encoding="utf-8", newline="") as file:
        return {
            (line[subject], policy): verdict
            for line in csv.DictReader(file)
            for policy, verdict in line.items()
            if policy not in (subject, "story")
        }


def test_a_policy_vm_group_or_vault_that_the_tables_do_not_speak_of() -> None:
    assert {policy for _, policy in expected()} == set(POLICIES)
    assert found().keys() == expected().keys()
    assert len({vm for vm, _ in table("expected.csv", "vm")}) == 82
    assert len({group for group, _ in table("expected-groups.csv", "group")}) == 10
    assert len({vault for vault, _ in table("expected-vaults.csv", "vault")}) == 6


@pytest.mark.parametrize("policy", POLICIES)
def test_a_verdict_that_is_not_the_one_written_by_hand(policy: str) -> None:
    wrong = {
        place: f"{verdict}, and {expected().get((place, name))} was written"
        for (place, name), verdict in found().items()
        if name == policy and expected().get((place, name)) != verdict
    }
    assert not wrong


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_that_the_example_fleet_does_not_show_at_work(policy: str) -> None:
    shown = Counter(verdict for (_, name), verdict in found().items() if name == policy)
    applies_to_all = POLICIES[policy].when == Constant(True)
    assert {"pass", "fail", *(() if applies_to_all else ("not-applicable",))} <= set(shown)


def test_a_hole_in_the_example_that_makes_its_scan_incomplete() -> None:
    assert not [problem for problem in results().run.problems if problem.incomplete]
    assert results().run.taken_at == "2026-11-22T01:00:00Z"
    assert results().run.duplicates == 0


def test_a_file_that_the_builder_would_write_otherwise() -> None:
    built = builder().build()
    assert sorted(built) == sorted(GIVEN)
    for name, text in built.items():
        assert (CONTOSO / name).read_bytes() == text.encode(), f"python examples/contoso/build.py writes another {name}"


def test_a_story_that_differs_between_the_builder_and_expected_csv() -> None:
    assert builder().strays() == []
