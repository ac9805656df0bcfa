"""Where several answers are right nothing is guessed: vaults and policies, redundancy, locks, what comes to light."""

from typing import Any

import pytest

from scanner.model import Row
from scanner.repairs.model import Book
from scanner.repairs.tell import tell
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VAULT, VM
from tests.repairs.making import OPTIONS, Rows, judged, policies
from tests.rows import VAULT_ID, daily, id_of, item, policy, row, vm, vm_id

OTHER_VAULT = VAULT_ID.replace("rsv1", "rsv2")


def vault(identity: str = VAULT_ID, location: str = "westeurope", **properties: Any) -> Row:
    return row(VAULT, identity, properties, location=location)


def plan(name: str, of: str = VAULT_ID) -> Row:
    return policy(f"{of}/backupPolicies/{name}", schedule=daily("22:00"))


def unrelated() -> list[Row]:
    """A protected VM of another group, so that items are known to have been collected."""
    return [vm(vm_id("other", "rg-other")), item(vm_id("other", "rg-other"), vault=VAULT_ID)]


def protect(*rows: Row) -> Book:
    return tell(Rows([vm(vm_id("web01")), *unrelated(), *rows]), policies("protected"), OPTIONS)


def test_the_only_policy_of_the_only_vault_of_the_region_is_taken_and_proved() -> None:
    book = protect(vault(), vault(OTHER_VAULT, "eastus"), plan("daily"), plan("late", OTHER_VAULT))
    (one,) = book.repairs
    assert one.proof.status == "verified"
    assert [setting.value for setting in one.repair.settings] == ["rg-vault", "rsv1", "daily"]
    assert one.repair.edits is not None
    (added,) = one.repair.edits.added
    rows = [vm(vm_id("web01")), *unrelated(), vault(), plan("daily"), added]
    assert judged(rows, policies("protected"))["protected", vm_id("web01").lower()].verdict == "pass"


def test_of_several_policies_the_one_that_all_neighbours_have_is_taken() -> None:
    near = [vm(vm_id("web02")), item(vm_id("web02"), policy=plan("b")["id"], vault=VAULT_ID)]
    book = protect(vault(), plan("a"), plan("b"), *near)
    assert "by policy b" in book.repairs[0].repair.title
    far = [vm(vm_id("web03")), item(vm_id("web03"), policy=plan("a")["id"], vault=VAULT_ID)]
    book = protect(vault(), plan("a"), plan("b"), *near, *far)
    assert [setting.name for setting in book.repairs[0].repair.settings] == ["VAULT_GROUP", "VAULT", "POLICY"]


def test_of_several_policies_or_vaults_none_is_guessed() -> None:
    book = protect(vault(), vault(OTHER_VAULT), plan("a"), plan("b"), plan("c", OTHER_VAULT))
    (one,) = book.repairs
    assert one.proof.status == "not-verified"
    assert len(one.repair.settings[0].choices) == 3
    assert one.repair.settings[0].choices[-1] == "VAULT_GROUP=rg-vault VAULT=rsv2 POLICY=c # 0 VMs have it"


def test_machines_that_have_the_same_choice_are_one_repair_and_a_list() -> None:
    rows = [vm(vm_id(f"web{number:02}", f"rg-{number}")) for number in range(1, 8)]
    book = protect(vault(), plan("a"), plan("b"), *rows)
    (one,) = book.repairs
    assert one.repair.loop is not None
    assert sorted(one.repair.loop.lines) == sorted([vm_id("web01"), *(row["id"] for row in rows)])
    assert len(one.repair.closes) == 8


def test_the_policy_that_most_machines_have_is_offered_first() -> None:
    near = [vm(vm_id("web02", "rg-x")), item(vm_id("web02", "rg-x"), policy=plan("b")["id"], vault=VAULT_ID)]
    (one,) = protect(vault(), plan("a"), plan("b"), *near).repairs
    assert one.repair.settings[0].choices == (
        "VAULT_GROUP=rg-vault VAULT=rsv1 POLICY=b # 1 VM has it",
        "VAULT_GROUP=rg-vault VAULT=rsv1 POLICY=a # 0 VMs have it",
    )


def test_a_vault_of_another_region_is_none() -> None:
    book = protect(vault(location="eastus"), plan("daily"))
    assert not book.repairs
    assert "no vault of westeurope" in book.without[0].why


def test_what_comes_to_light_once_a_machine_is_protected_is_told() -> None:
    late = item(vm_id("other", "rg-other"), vault=VAULT_ID)
    machine = vm(vm_id("web01"), profile={"allowExtensionOperations": False})
    rows = [machine, vm(vm_id("other", "rg-other")), late, vault(), plan("daily")]
    book = tell(Rows(rows), policies("protected", "agent-not-disabled"), OPTIONS)
    (one,) = book.repairs
    assert one.proof.status == "verified"
    assert [(each.policy, each.before, each.after) for each in one.proof.revealed] == [
        ("agent-not-disabled", "not-applicable", "fail")
    ]


def redundancy(*rows: Row) -> Book:
    local = vault(redundancySettings={"standardTierStorageRedundancy": "LocallyRedundant"})
    return tell(Rows([local, *rows]), policies("vault-redundancy", "protected"), OPTIONS)


def test_redundancy_is_changed_only_where_nothing_is_protected_yet() -> None:
    elsewhere = [vm(vm_id("a")), item(vm_id("a"), vault=OTHER_VAULT)]
    (one,) = redundancy(*elsewhere).repairs
    assert one.proof.status == "verified"
    assert "IRREVERSIBLE" in one.repair.risk
    book = redundancy(vm(vm_id("a")), item(vm_id("a"), vault=VAULT_ID))
    assert not book.repairs
    assert "cannot be changed once it protects something" in book.without[0].why
    book = redundancy(vm(vm_id("a")))
    assert [none.why for none in book.without if none.findings[0].policy == "vault-redundancy"] == [
        "whether anything is protected in it, which forbids a change, is not known"
    ]


@pytest.mark.parametrize("accepted", ['["AlwaysON"]', '["Enabled","AlwaysON"]'])
def test_what_cannot_be_taken_back_is_said_to_be_so(accepted: str) -> None:
    import json

    from scanner.policies import BUILT_IN, load
    from scanner.policy import Adjusted, Given

    by = load([BUILT_IN], Adjusted({"vault-soft-delete": {"accepted": Given(json.loads(accepted))}}))
    rows = [vault(securitySettings={"softDeleteSettings": {"softDeleteState": "Disabled"}})]
    (one,) = tell(Rows(rows), [by["vault-soft-delete"]], OPTIONS).repairs
    assert one.proof.status == "verified"
    assert ("IRREVERSIBLE" in one.repair.risk) == ("Enabled" not in accepted)
    assert ("AlwaysOn" in one.repair.steps[0].words) == ("Enabled" not in accepted)


def test_the_lock_that_is_named_is_the_one_that_goes() -> None:
    from scanner.rowtypes import LOCK

    def lock(scope: str, name: str, level: str) -> Row:
        identity = f"{scope}/providers/Microsoft.Authorization/locks/{name}"
        return {**row(LOCK, identity, {"level": level}), "id": identity}

    group = vm_id().partition("/providers/")[0]
    same = lock(group, "keep", "CanNotDelete")
    stays = lock(id_of("Microsoft.Compute/disks", "disk1"), "keep", "CanNotDelete")
    rows = [
        vm(),
        same,
        stays,
        lock(vm_id(), "frozen", "ReadOnly"),
        plan("daily"),
        item(vm_id(), policy=plan("daily")["id"]),
    ]
    (one,) = tell(Rows(rows), policies("restore-point-lock"), OPTIONS).repairs
    assert one.proof.status == "verified"
    assert one.repair.edits is not None
    assert stays["id"].lower() not in one.repair.edits.removed
    assert one.repair.edits.removed == {
        same["id"].lower(),
        f"{vm_id()}/providers/microsoft.authorization/locks/frozen".lower(),
    }


def test_types_of_rows_are_known() -> None:
    from scanner.repairs.kinds import kinds

    assert {VM, VAULT}.isdisjoint({one for kind in kinds().values() for one in kind.rows}), (
        "their facts are kept instead"
    )
    assert {BACKUP_ITEM, BACKUP_POLICY} <= {one for kind in kinds().values() for one in kind.rows}
