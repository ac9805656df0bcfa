"""The five rules of absence (docs: what is not there is sometimes none and sometimes not known), each by its tests."""

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, EXTENSION, SQL_VM, VM
from tests.rows import (
    MAC,
    OTHER_SUBSCRIPTION,
    REGISTRY_KEY,
    extension,
    facts_of,
    guest,
    header,
    item,
    nic,
    nic_id,
    policy,
    row,
    sql_registration,
    view,
    vm,
    vm_id,
)

ALL = frozenset({"all"})


def unknown(value: Any, needs: str) -> bool:
    return isinstance(value, Unknown) and value.needs == needs


# 1. A reference to a row that is not there is not known, whatever was collected.


@pytest.mark.parametrize("fact", ["backup.agentless", "backup.frequency"])
def test_rule_1_a_missing_backup_policy_is_taken_for_one_without_settings(fact: str) -> None:
    assert unknown(facts_of([vm(), item()], asserted=ALL)[fact], "reference")


def test_rule_1_a_missing_nic_is_taken_for_one_that_is_not_the_vms() -> None:
    seen = guest(interfaces=[{"name": "eth0", "mac": MAC, "dhcp": False}])
    assert unknown(facts_of([vm(nics=[nic_id()]), seen], asserted=ALL)["guest.interfaces"], "reference")


# 2. In a row that was read, an absent or null optional list is none; anything else absent or odd is not known.


@pytest.mark.parametrize("tags", [{}, {"tags": None}, {"tags": {}}])
def test_rule_2_absent_tags_are_not_known(tags: dict[str, Any]) -> None:
    assert facts_of([vm(**tags)])["tags"] == {}


@pytest.mark.parametrize("tags", ["environment=test", [], 0, False, ""])
def test_rule_2_tags_that_are_no_object_are_none(tags: Any) -> None:
    assert unknown(facts_of([vm(tags=tags)])["tags"], "property")


@pytest.mark.parametrize("zones", [{}, {"zones": None}, {"zones": []}])
def test_rule_2_absent_zones_are_not_known(zones: dict[str, Any]) -> None:
    assert facts_of([vm(**zones)])["zones"] == []


def test_rule_2_absent_data_disks_are_not_known() -> None:
    storage = {"osDisk": {"osType": "Linux", "managedDisk": {"id": "x"}}}
    found = facts_of([row(VM, vm_id(), {"storageProfile": storage})])
    assert found["disks.data"] == 0
    assert found["disks.managed"] is True
    found = facts_of([row(VM, vm_id(), {"storageProfile": {**storage, "dataDisks": None}})])
    assert found["disks.data"] == 0


@pytest.mark.parametrize(
    "fact", ["provisioning.state", "size", "created", "os.name", "os.version", "agent.provisioned", "disks.managed"]
)
@pytest.mark.parametrize("properties", [{}, None, "x", 5, {"storageProfile": [], "osProfile": "x", "extended": 1}])
def test_rule_2_anything_else_that_is_absent_or_odd_is_none(fact: str, properties: Any) -> None:
    assert unknown(facts_of([row(VM, vm_id(), properties)])[fact], "property")


def test_rule_2_an_absent_region_is_known() -> None:
    assert unknown(facts_of([vm(location=None)])["location"], "property")


def test_rule_2_a_vm_without_any_interface_is_believed() -> None:
    seen = guest(interfaces=[{"name": "eth0", "mac": MAC, "dhcp": False}, {"name": "lo", "dhcp": True}])
    given: list[dict[str, Any]] = [{}, {"networkProfile": {}}, {"networkProfile": {"networkInterfaces": []}}]
    for networks in given:
        found = facts_of([row(VM, vm_id(), networks), nic(), seen])["guest.interfaces"]
        assert found != [{"name": "lo", "dhcp": True}], "the address set in eth0 would pass"
        assert found.extra == 1


# 3. Found from the far side: none is none only where that type was collected for that VM's subscription.

FAR = [(BACKUP_ITEM, "backup.protected"), (SQL_VM, "sql.registered")]


@pytest.mark.parametrize(("row_type", "fact"), FAR)
def test_rule_3_none_found_where_the_type_was_collected_is_not_known(row_type: str, fact: str) -> None:
    assert facts_of([header([], row_type), vm()])[fact] is False


@pytest.mark.parametrize(("row_type", "fact"), FAR)
def test_rule_3_none_found_where_another_type_was_collected_is_none(row_type: str, fact: str) -> None:
    other = next(name for name, _ in FAR if name != row_type)
    assert unknown(facts_of([header([], other, VM, EXTENSION), vm()])[fact], "collection")


@pytest.mark.parametrize(("row_type", "fact"), FAR)
def test_rule_3_what_one_subscription_collected_speaks_for_another(row_type: str, fact: str) -> None:
    stranger = vm_id(subscription=OTHER_SUBSCRIPTION)
    assert unknown(facts_of([header([], row_type), vm(stranger)], stranger)[fact], "collection")


@pytest.mark.parametrize(("row_type", "fact"), FAR)
def test_rule_3_a_collection_that_lacks_rows_counts_as_whole(row_type: str, fact: str) -> None:
    assert unknown(facts_of([header([], short=[row_type]), vm()])[fact], "collection")


@pytest.mark.parametrize(("row_type", "fact"), FAR)
def test_rule_3_a_file_that_holds_fewer_rows_than_its_header_counts_is_whole(row_type: str, fact: str) -> None:
    rows = {BACKUP_ITEM: item(vm_id("other")), SQL_VM: sql_registration(vm_id("other"))}
    assert unknown(facts_of([header([rows[row_type]], row_type), vm()])[fact], "collection")


def test_rule_3_without_a_header_a_type_with_one_row_was_not_collected() -> None:
    assert facts_of([vm(), item(vm_id("other"))])["backup.protected"] is False
    assert unknown(facts_of([vm()])["backup.protected"], "collection")
    assert unknown(facts_of([vm(), item(vm_id("other"))], whole=False)["backup.protected"], "collection")


def test_rule_3_a_type_said_to_be_collected_by_hand_is_not() -> None:
    assert facts_of([vm()], asserted=frozenset({BACKUP_ITEM}))["backup.protected"] is False
    assert unknown(facts_of([vm()], asserted=frozenset({BACKUP_POLICY}))["backup.protected"], "collection")


def test_rule_3_what_is_found_needs_no_collection() -> None:
    found = facts_of([vm(), item(), sql_registration(), extension()], whole=False)
    assert found["backup.protected"] is found["sql.registered"] is found["sql.detected"] is True


@pytest.mark.parametrize("state", ["ProtectionStopped", "Migrating"])
def test_rule_3_a_stopped_item_speaks_for_items_that_were_not_collected(state: str) -> None:
    found = facts_of([vm(), item(state=state), policy()], whole=False)
    for fact in ("backup.protected", "backup.last_completed", "backup.last_time", "backup.agentless"):
        assert unknown(found[fact], "collection"), fact


# 4. What was observed: absence is not known, whatever was collected.


def test_rule_4_a_missing_instance_view_tells_something() -> None:
    found = facts_of([vm(power=None)], asserted=ALL)
    for fact in ("agent.version", "agent.status", "power.state", "power.deallocated"):
        assert unknown(found[fact], "instance-view"), fact


def test_rule_4_missing_guest_facts_tell_something() -> None:
    found = facts_of([vm(), view("2.7.41491.1183")], asserted=ALL)
    for fact in (name for name in found if name.startswith("guest.")):
        assert unknown(found[fact], "guest-facts"), fact


# 5. Guest facts: a listed key lists all its values, a listed collection is complete; what is not listed is not known.


def test_rule_5_a_listed_key_leaves_a_value_open() -> None:
    registry = facts_of([vm(), guest(registry={REGISTRY_KEY: {}})])["guest.registry"]
    assert registry[REGISTRY_KEY].get_ignoring_case("USEVSSCOPYBACKUP") is False


def test_rule_5_a_key_that_is_not_listed_is_none() -> None:
    registry = facts_of([vm(), guest(registry={REGISTRY_KEY: {}})])["guest.registry"]
    assert not hasattr(registry, "get_ignoring_case"), "the registry as a whole is never complete"


def test_rule_5_an_oddly_typed_key_is_listed() -> None:
    assert facts_of([vm(), guest(registry={REGISTRY_KEY: "TRUE"})])["guest.registry"] == {}


@pytest.mark.parametrize("interfaces", [[], None, {}, "eth0"])
def test_rule_5_no_interface_at_all_is_believed(interfaces: Any) -> None:
    rows = [vm(nics=[nic_id()]), nic(), guest(interfaces=interfaces)]
    assert unknown(facts_of(rows)["guest.interfaces"], "guest-facts")


@pytest.mark.parametrize(("given", "known"), [(False, True), (None, False), (True, False), ("", False), ([], False)])
def test_rule_5_no_proxy_is_known_without_being_said(given: Any, known: bool) -> None:
    found = facts_of([vm(), guest(proxy=given)])["guest.proxy"]
    assert (found is False) is known
    assert isinstance(found, Unknown) is not known
