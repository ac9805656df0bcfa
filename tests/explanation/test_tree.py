"""A tree tells every verdict once, in the order of the checks, what matters first, and nothing that is not so."""

import re

import pytest

from scanner.explanation.tree import Leaf, likely, rank
from scanner.explanation.write import write
from scanner.rowtypes import BACKUP_GROUP, VAULT, VM
from scanner.runbook import runbook
from tests.explanation.telling import contoso, told, tree_of

VMS = sorted(
    {subject.id for judged in contoso().judged for subject in judged.subjects if subject.type == VM}, key=str.lower
)


@pytest.mark.parametrize("vm", VMS, ids=lambda vm: vm.rsplit("/", 1)[-1])
def test_a_verdict_is_lost_or_told_twice(vm: str) -> None:
    tree = tree_of(vm)
    own = {
        judged.policy.id: outcome.verdict
        for judged in contoso().judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if subject.key == vm.lower()
    }
    leaves = [leaf for branch in tree.branches for leaf in branch.leaves]
    assert {leaf.policy.id: leaf.verdict for leaf in leaves if leaf.own} == own
    assert len(leaves) == len({leaf.policy.id for leaf in leaves})
    for full in (False, True):
        body = write(tree, runbook(), full=full).split("\n1  WAY OUT", 1)[1]
        for leaf in leaves:
            word = {"fail": "FAIL", "not-applicable": "n/a"}.get(leaf.verdict, leaf.verdict)
            told_so = re.findall(rf"^  {word} [^\n]*(?:\n {{11}}[^\n]*)*", body, re.MULTILINE)
            lines = [text.replace(f"\n{' ' * 11}", " ").strip().removeprefix(word).strip() for text in told_so]
            heads = [re.split(r": | {2,}|\(", line)[0] for line in lines]
            names = [name for head in heads for name in re.split(r",?\s+", head)]
            assert names.count(leaf.policy.id) == 1, f"{word} {leaf.policy.id}: {heads}"


def test_causes_come_in_another_order() -> None:
    heads = re.findall(r"^(\d)  [A-Z ]+  ", told("app03"), re.MULTILINE)
    assert heads == sorted(heads)
    assert heads[0] == "1"


def ranked(vm: str, verdict: str = "fail") -> list[str]:
    return [leaf.policy.id for leaf in tree_of(vm).leaves(verdict)]  # type: ignore[arg-type]


def test_a_symptom_is_taken_for_the_cause() -> None:
    assert ranked("app03")[-1] == "last-backup-recent"
    assert "most likely  backup-extension-healthy: the backup extension VMSnapshot is Failed" in told("app03")


def test_a_warning_comes_before_an_error() -> None:
    graver = [vm for vm in VMS if len({leaf.outcome.severity for leaf in tree_of(vm).leaves("fail")}) > 1]
    assert graver
    for vm in graver:
        severities = [leaf.outcome.severity for leaf in tree_of(vm).leaves("fail") if leaf.policy.cause < 5]
        assert severities == sorted(severities, key=["error", "warning", "note"].index)


def test_ranks_are_of_a_kind_that_two_leaves_share() -> None:
    for vm in VMS:
        leaves: list[Leaf] = [leaf for branch in tree_of(vm).branches for leaf in branch.leaves]
        assert len({rank(leaf) for leaf in leaves}) == len(leaves)


def test_the_group_of_a_vm_is_not_told() -> None:
    assert "FAIL     staggered-schedules (warning, group as-app)" in told("app03")
    assert "staggered-schedules" not in told("vpn01")


def test_a_vm_tells_of_a_group_with_another_id() -> None:
    fails = [leaf for vm in VMS for leaf in tree_of(vm).leaves("fail")]
    groups = [leaf.subject.name for leaf in fails if leaf.subject.type == BACKUP_GROUP]
    assert set(groups) == {"as-app", "as-erp"}
    assert len(groups) == 6 + 5


def test_a_vm_tells_of_another_vault() -> None:
    for vm in VMS:
        tree = tree_of(vm)
        named = {leaf.subject.key for branch in tree.branches for leaf in branch.leaves if leaf.subject.type == VAULT}
        assert named <= {tree.told["backup.vault"]}
    assert "vault rsv-prod-weu" in told("web03")


def test_what_a_vault_lacks_is_taken_for_what_stops_a_snapshot() -> None:
    fails = [leaf for vm in VMS for leaf in tree_of(vm).leaves("fail") if leaf.subject.type == VAULT]
    assert fails
    assert not any(map(likely, fails))


def test_what_runs_well_is_not_said_so() -> None:
    fine = [leaf.policy.id for leaf in tree_of("dc01").leaves("pass")]
    text = write(tree_of("dc01", results=contoso(*fine)), runbook())
    assert "WRONG" not in text
    assert "nothing that was judged stands in the way of its next snapshot" in text
    assert "TO LEARN" not in text
    assert "THEN" not in text
    assert " logs " not in text


def test_nothing_is_in_the_way_of_a_vm_that_nobody_protects() -> None:
    results = contoso("guest-dhcp", "agent-version")
    text = write(tree_of("bld02", results=results), runbook())
    assert "Azure Backup does not protect it" in text
    assert "nothing that was judged" not in text + told("bld02")
    assert "most likely  protected: no backup item protects it" in told("bld02")
    assert "az backup job list" not in told("bld02")


def test_nothing_is_wrong_where_an_error_hides_it() -> None:
    text = write(tree_of("app03", {"agent-version"}), runbook(), asked="error: x")
    assert "nothing that was judged" not in text
    assert "no policy that speaks to that error finds anything wrong" in text


def test_an_unknown_is_told_as_fine() -> None:
    text = told("vpn01")
    assert "nothing that was judged" not in text
    assert "NOT KNOWN  " in text
    text = write(tree_of("vpn01", results=contoso("guest-dhcp", "agent-version", "agent-not-disabled")), runbook())
    assert "NOT KNOWN  2  agent-not-disabled (error), guest-dhcp (error)" in text
    assert "look first at  agent-not-disabled, which is not known" in text
    assert "nothing that was judged" not in text


def test_what_would_settle_an_unknown_has_no_command_of_its_own() -> None:
    text = told("vpn01")
    assert "az vm run-command invoke --ids /subscriptions/7b1d94f0-2c63-4e8a-b5d9-0e4f6a3c8d21/" in text
    assert "snapready guest-script linux" in text
    assert "guest-script windows" not in text
    assert "give vpn01.guestfacts.ndjson as one more PATH" in " ".join(text.split())
    assert text.count("guest facts, for ") == 1


def test_the_other_system_is_spoken_of() -> None:
    assert "WaAppAgent" not in told("api02", full=True).split("\n1  WAY OUT")[1].split("fix")[0]
    windows, linux = told("web03"), told("api02")
    assert r"C:\WindowsAzure\Logs\WaAppAgent.log" in windows
    assert "/var/log" not in windows
    assert "apt-get" not in windows
    assert "/var/log/waagent.log" in linux
    assert "WindowsAzure" not in linux


def test_it_does_not_say_when_it_was_seen() -> None:
    text = told("web03")
    assert "rows taken 2026-11-22T01:00:00Z" in text
    assert "inside the guest: seen at 2026-11-21T20:00:00Z by run-command, 5 hours before the rows were taken" in text
    assert "agent.version = 2.7.41491.949   [instanceview, guestfacts of 2026-11-21T20:00:00Z]" in text


def test_logs_of_a_vm_that_failed_for_no_known_reason_are_not_named() -> None:
    text = write(tree_of("dcus01", results=contoso("last-backup-recent", "guest-dhcp", "agent-version")), runbook())
    assert "what caused it is not among what is known to be wrong" in text
    assert "(its state: BackupsSuspended)" in " ".join(text.split())
    assert text.count("logs    ") >= 2
    assert "az backup job list -g rg-backup-eus" in text


def test_an_error_hides_what_else_is_wrong() -> None:
    tree = tree_of("app03", {"guest-dhcp"})
    text = write(tree, runbook(), asked="error: x")
    assert [leaf.policy.id for branch in tree.branches for leaf in branch.leaves] == ["guest-dhcp"]
    assert "wrong too, though it does not speak to that error:" in text
    for name in ("outbound-to-storage", "staggered-schedules", "last-backup-recent"):
        assert name in text


def test_the_first_backup_that_never_ran_is_dated() -> None:
    text = told("fs01")
    assert "last backup: none has run yet" in text
    assert "2001" not in text.split("\n1  WAY OUT")[0]


@pytest.mark.parametrize("vm", ["web03", "app03", "dcus01", "as-app"])
def test_more_is_left_out_when_all_is_asked_for(vm: str) -> None:
    short, full = told(vm), told(vm, full=True)
    assert len(full) > len(short)
    assert "why     " in full
    for line in short.splitlines():
        if line.lstrip().startswith(("$ ", "PS> ")):
            assert line in full
