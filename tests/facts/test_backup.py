"""How a VM's protected item is found and read: by id in any casing, in each place that may name the VM."""

from typing import Any

import pytest

from scanner.model import Unknown
from tests.rows import (
    NAMINGS,
    OTHER_SUBSCRIPTION,
    POLICY_ID,
    TAKEN_AT,
    VAULT_ID,
    container,
    facts_of,
    fleet_of,
    id_of,
    item,
    policy,
    vm,
    vm_id,
    workload_item,
)

OTHER_VAULT = VAULT_ID.replace("rsv1", "rsv2")
STRANGE = container("vm-x", "rg-x")
"""A container that names no VM of these tests."""
CLASSIC = container(kind="iaasvmcontainer")
NAMELESS = container(kind="vmappcontainer")


def letters(text: str) -> list[str]:
    return [text, text.lower(), text.upper(), text.swapcase()]


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("named", letters(vm_id()))
@pytest.mark.parametrize("own", letters(vm_id()))
def test_an_id_in_other_letters_is_another_vm(naming: str, named: str, own: str) -> None:
    assert facts_of([vm(own), item(named, naming=naming, named=STRANGE)])["backup.protected"] is True


@pytest.mark.parametrize("own", letters(vm_id()))
@pytest.mark.parametrize("written", letters(container()))
def test_an_item_whose_own_id_alone_names_the_vm_does_not_join(own: str, written: str) -> None:
    assert facts_of([vm(own), item(naming="", named=written)])["backup.protected"] is True


def test_a_container_of_another_group_or_subscription_joins_by_name() -> None:
    assert facts_of([vm(), item(vm_id("vm1", "rg-other"), naming="")])["backup.protected"] is False
    elsewhere = vm_id(subscription=OTHER_SUBSCRIPTION)
    found = facts_of([vm(elsewhere), item(naming="")], elsewhere, asserted=frozenset({"all"}))
    assert found["backup.protected"] is False


@pytest.mark.parametrize("naming", NAMINGS)
def test_a_place_that_names_another_vm_is_outvoted_by_the_container(naming: str) -> None:
    found = facts_of([vm(), item(vm_id("vm2"), naming=naming, named=container())])
    assert found["backup.protected"] is False


@pytest.mark.parametrize("odd", [None, "", 5, [], {"resourceID": 7}])
def test_an_oddly_typed_name_hides_the_next_place(odd: Any) -> None:
    rows = [vm(), item(naming="virtualMachineId", named=STRANGE, sourceResourceId=odd)]
    assert facts_of(rows)["backup.protected"] is True
    rows = [vm(), item(naming="", sourceResourceId=odd, virtualMachineId=odd, dataSourceInfo=odd)]
    assert facts_of(rows)["backup.protected"] is True


@pytest.mark.parametrize(
    "state", ["Protected", "ProtectionConfigured", "IRPending", "ProtectionError", "BackupsSuspended", "PROTECTED"]
)
@pytest.mark.parametrize("place", ["protectionState", "currentProtectionState"])
def test_a_state_that_protects_is_not_known_to(state: str, place: str) -> None:
    assert facts_of([vm(), item(state=None, **{place: state})])["backup.protected"] is True


def test_a_stopped_or_leaving_item_protects() -> None:
    assert facts_of([vm(), item(state="ProtectionStopped")])["backup.protected"] is False
    assert facts_of([vm(), item(state="PROTECTIONSTOPPED")])["backup.protected"] is False
    assert facts_of([vm(), item(isScheduledForDeferredDelete=True)])["backup.protected"] is False
    assert facts_of([vm(), item(isScheduledForDeferredDelete=False)])["backup.protected"] is True


@pytest.mark.parametrize("state", ["Invalid", "NotProtected", "Migrating", None, 5, ""])
def test_an_unheard_of_state_says_yes_or_no(state: Any) -> None:
    found = facts_of([vm(), item(state=None, protectionState=state)])["backup.protected"]
    assert isinstance(found, Unknown)
    assert found.needs == "property"


def test_the_state_in_its_first_place_is_overruled_by_the_second() -> None:
    found = facts_of([vm(), item(state="ProtectionStopped", currentProtectionState="Protected")])
    assert found["backup.protected"] is False
    assert found["backup.state"] == "ProtectionStopped"


@pytest.mark.parametrize("first", [True, False])
def test_an_active_item_gives_way_to_a_stopped_one_that_ran_later(first: bool) -> None:
    stopped = item(state="ProtectionStopped", status="Failed", time="2026-11-21T23:00:00Z", vault=OTHER_VAULT)
    found = facts_of([vm(), *([item(), stopped] if first else [stopped, item()]), policy()])
    assert found["backup.protected"] is True
    assert found["backup.last_completed"] is True
    assert found["backup.vault"] == VAULT_ID.lower()


def test_of_two_active_items_the_one_that_ran_first_counts() -> None:
    later = item(status="Failed", time="2026-11-21T23:00:00Z", vault=OTHER_VAULT)
    assert facts_of([vm(), item(), later])["backup.last_completed"] is False
    assert facts_of([vm(), later, item()])["backup.last_completed"] is False


def test_a_stopped_item_hides_one_of_unheard_of_state() -> None:
    odd = item(state="Migrating", vault=OTHER_VAULT)
    assert isinstance(facts_of([vm(), item(state="ProtectionStopped"), odd])["backup.protected"], Unknown)


def test_a_database_or_classic_item_protects_the_vm() -> None:
    assert facts_of([vm(), workload_item()])["backup.protected"] is False
    classic = id_of("Microsoft.ClassicCompute/virtualMachines", "vm1")
    assert facts_of([vm(), item(classic, named=CLASSIC)])["backup.protected"] is False
    assert facts_of([vm(), item(naming="", named=CLASSIC)])["backup.protected"] is False


@pytest.mark.parametrize("management", [None, 5, [], ""])
def test_an_item_that_does_not_say_what_it_backs_up_says_no(management: Any) -> None:
    found = facts_of([vm(), item(backupManagementType=management)])["backup.protected"]
    assert isinstance(found, Unknown) or management == ""


@pytest.mark.parametrize(
    ("consistency", "agentless"),
    [("OnlyCrashConsistent", True), ("onlycrashconsistent", True), ("Default", False), (None, False)],
)
def test_a_policy_is_agentless_for_another_reason_than_its_consistency(
    consistency: str | None, agentless: bool
) -> None:
    assert facts_of([vm(), item(), policy(consistency=consistency)])["backup.agentless"] is agentless


def test_an_unprotected_vm_needs_an_agent_for_a_policy_it_once_had() -> None:
    rows = [vm(), item(state="ProtectionStopped"), policy(consistency="OnlyCrashConsistent")]
    assert facts_of(rows)["backup.agentless"] is False


@pytest.mark.parametrize("written", letters(POLICY_ID))
def test_a_policy_id_in_other_letters_is_another_policy(written: str) -> None:
    assert facts_of([vm(), item(policy=written), policy()])["backup.frequency"] == "Daily"
    assert facts_of([vm(), item(), policy(written)])["backup.frequency"] == "Daily"


@pytest.mark.parametrize("frequency", ["Monthly", "Invalid", None])
def test_an_unheard_of_frequency_is_a_frequency(frequency: str | None) -> None:
    assert isinstance(facts_of([vm(), item(), policy(frequency=frequency)])["backup.frequency"], Unknown)


@pytest.mark.parametrize("never", ["2001-01-01T00:00:00Z", "2001-01-01T00:00:00", "0001-01-01T00:00:00Z"])
def test_azures_date_for_never_is_a_time(never: str) -> None:
    found = facts_of([vm(), item(time=never)])
    for fact in ("backup.last_time", "backup.last_completed"):
        assert found[fact].needs == "first-backup", fact
    assert found["backup.never"] is True


@pytest.mark.parametrize("time", [None, "", "yesterday", "2026-13-45T00:00:00Z", "2026"])
def test_a_time_that_is_none_is_known(time: str | None) -> None:
    found = facts_of([vm(), item(time=time)])
    assert isinstance(found["backup.last_time"], Unknown)
    assert isinstance(found["backup.never"], Unknown)


@pytest.mark.parametrize(
    ("status", "completed"),
    [("Completed", True), ("COMPLETED", True), ("CompletedWithWarnings", True), ("Failed", False), ("Healthy", True)],
)
def test_a_status_is_read_as_its_opposite(status: str, completed: bool) -> None:
    assert facts_of([vm(), item(status=status)])["backup.last_completed"] is completed


@pytest.mark.parametrize("status", ["InProgress", "", None, "Cancelled"])
def test_a_status_that_says_neither_is_read_as_one(status: str | None) -> None:
    assert isinstance(facts_of([vm(), item(status=status)])["backup.last_completed"], Unknown)


def problems(*rows: Any) -> list[tuple[bool, int]]:
    return [(problem.incomplete, problem.count) for problem in fleet_of(rows).close(TAKEN_AT)]


def test_items_of_which_not_one_joins_a_vm_go_unnoticed() -> None:
    assert (True, 1) in problems(vm(), item(vm_id("vm1", "rg-other")))
    assert (True, 1) in problems(vm(), item(naming="", named=CLASSIC))


def test_a_fleet_whose_items_join_is_called_incomplete() -> None:
    found = problems(vm(), item(), item(vm_id("gone")), item(naming="", named=NAMELESS))
    assert found == [(False, 1), (False, 1)]
    assert problems(vm(), item()) == []
    assert problems(vm(), workload_item()) == []
    assert problems(item()) == []
