"""On every policy's own fail cases: what is called verified is so by a scan that knows of no repair."""

import re
from functools import cache
from pathlib import Path

import pytest

from scanner.cases import cases_of, verdict_of
from scanner.policy import Policy
from scanner.repairs.kinds import kinds
from scanner.repairs.model import Book
from tests.repairs.making import LIBRARY, book_of, edited, policies, told_of, verdicts

CASES = [case for policy in policies() for case in cases_of(policy) if verdict_of(case) == "fail"]
PROVABLE = {
    "outbound-to-storage",
    "workload-backup-outbound",
    "platform-endpoint-open",
    "proxy-usable",
    "staggered-schedules",
    "agent-not-disabled",
    "vault-soft-delete",
    "vault-immutability",
    "restore-point-lock",
    "other-extensions-healthy",
    "power-state-consistent",
}


@cache
def book_of_case(case: Path) -> Book:
    """Told once, for all tests."""
    return book_of(case, by=by_of(case))


def by_of(case: Path) -> list[Policy]:
    return policies(case.parent.parent.name)


def test_every_policy_is_spoken_to_by_one_kind() -> None:
    spoken = [policy for kind in kinds().values() for policy in kind.policies]
    assert sorted(spoken) == sorted(LIBRARY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.parent.name}/{case.stem}")
def test_a_verified_repair_closes_its_finding_and_opens_none(case: Path, tmp_path: Path) -> None:
    by = by_of(case)
    before = verdicts(case, by)
    book = book_of_case(case)
    failing = {key for key, outcome in before.items() if outcome.verdict == "fail"}
    assert failing
    assert dict(told_of(book)) == dict.fromkeys(failing, 1), "every finding has one repair, or one reason for none"
    for number, one in enumerate(book.repairs, 1):
        assert one.repair.steps or one.repair.lines or one.repair.loop
        assert one.repair.risk and one.repair.undo and one.repair.check
        if one.repair.edits is None:
            assert one.proof.status == "not-verified" and one.proof.why
            continue
        assert one.proof.status in ("verified", "partly")
        after = verdicts(edited(case, one.repair.edits, tmp_path / f"{number}.ndjson"), by)
        for finding in one.repair.closes:
            assert after[finding.key].verdict in ("pass", "not-applicable"), after[finding.key].reason
        for key, outcome in after.items():
            assert outcome.verdict != "fail" or before[key].verdict == "fail", "it opens a finding"
    for none in book.without:
        assert none.why and "\n" not in none.why


@pytest.mark.parametrize("policy", sorted(PROVABLE))
def test_a_policy_whose_repair_is_in_rows_has_one_that_is_verified(policy: str) -> None:
    cases = [case for case in CASES if case.parent.parent.name == policy]
    assert any(one.proof.status == "verified" for case in cases for one in book_of_case(case).repairs)


GUESTS = ("guest-agent", "guest-windows")


def test_nothing_inside_a_guest_is_ever_called_verified() -> None:
    books = list(map(book_of_case, CASES))
    inside = [one for book in books for one in book.repairs if one.repair.kind in GUESTS]
    assert {policy for one in inside for policy in (finding.policy for finding in one.repair.closes)} >= {
        "agent-version",
        "sql-vss-copy-backup",
        "provider-service-automatic",
        "guest-dhcp",
        "agent-service-running",
    }
    assert all(one.proof.status == "not-verified" for one in inside)


def test_no_script_of_a_case_has_a_placeholder() -> None:
    for case in CASES:
        for one in book_of_case(case).repairs:
            loop = one.repair.loop.words if one.repair.loop is not None else ()
            words = [word for step in one.repair.steps for word in (*step.words, *loop) if isinstance(word, str)]
            assert not [word for word in words if re.fullmatch(r"[A-Z]{3,}(-[A-Z]+)*|<.*>|", word)], case.name
