"""What a VM's own row tells: power, disks, operating system, and the agent that may run in it."""

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.rowtypes import VM
from tests.rows import facts_of, guest, profile, row, view, vm, vm_id

MANAGED = {"managedDisk": {"id": "/subscriptions/s/disks/d"}}
BLOB = {"vhd": {"uri": "https://account.blob.core.windows.net/vhds/d.vhd"}}


@pytest.mark.parametrize("code", ["PowerState/stopped", "powerstate/STOPPED", "PowerState/Stopped"])
def test_a_power_state_in_other_letters_is_another_state(code: str) -> None:
    extended = {"instanceView": {"powerState": {"code": code}}}
    assert facts_of([row(VM, vm_id(), {"extended": extended})])["power.state"] == "stopped"


@pytest.mark.parametrize("code", ["PowerState/", "PowerState/unknown", "running", "", None, 5, ["PowerState/running"]])
def test_a_code_that_tells_no_state_is_one(code: Any) -> None:
    extended = {"instanceView": {"powerState": {"code": code}}}
    found = facts_of([row(VM, vm_id(), {"extended": extended})])
    assert isinstance(found["power.state"], Unknown)
    assert isinstance(found["power.deallocated"], Unknown)


def test_an_instance_view_overrules_the_row() -> None:
    assert facts_of([vm(power="running"), view(power="deallocated")])["power.state"] == "running"


@pytest.mark.parametrize("state", [None, "unknown"])
def test_an_instance_view_does_not_stand_in_for_the_row(state: str | None) -> None:
    found = facts_of([vm(power=state), view(power="deallocated")])
    assert found["power.state"] == "deallocated"
    assert found["power.deallocated"] is True


@pytest.mark.parametrize("state", ["stopped", "deallocating", "starting", "running"])
def test_a_vm_that_is_still_allocated_is_deallocated(state: str) -> None:
    assert facts_of([vm(power=state)])["power.deallocated"] is False


@pytest.mark.parametrize(
    ("os_disk", "data", "managed"),
    [
        (MANAGED, [], True),
        (MANAGED, [MANAGED, MANAGED], True),
        (BLOB, [], False),
        (MANAGED, [MANAGED, BLOB], False),
        (BLOB, [{}], False),
        ({}, [BLOB], False),
        (MANAGED, None, True),
        ({"managedDisk": {}}, [], True),
    ],
)
def test_one_disk_decides_wrongly_for_all(os_disk: Any, data: Any, managed: bool) -> None:
    storage = {"osDisk": os_disk, "dataDisks": data}
    assert facts_of([row(VM, vm_id(), {"storageProfile": storage})])["disks.managed"] is managed


@pytest.mark.parametrize(
    ("os_disk", "data"),
    [({}, []), (MANAGED, [{}]), (None, [MANAGED]), (MANAGED, "x"), (MANAGED, [None]), ({"vhd": {"uri": ""}}, [])],
)
def test_a_disk_that_does_not_tell_is_managed_or_not(os_disk: Any, data: Any) -> None:
    storage = {"osDisk": os_disk, "dataDisks": data}
    assert isinstance(facts_of([row(VM, vm_id(), {"storageProfile": storage})])["disks.managed"], Unknown)


@pytest.mark.parametrize(
    ("properties", "os"),
    [
        ({"storageProfile": {"osDisk": {"osType": "windows"}}}, "Windows"),
        ({"storageProfile": {"osDisk": {"osType": "LINUX"}}}, "Linux"),
        ({"osProfile": profile("windows")}, "Windows"),
        ({"osProfile": profile("linux")}, "Linux"),
        ({"storageProfile": {"osDisk": {"osType": "Linux"}}, "osProfile": profile("windows")}, "Linux"),
    ],
)
def test_an_operating_system_is_missed(properties: Any, os: str) -> None:
    assert facts_of([row(VM, vm_id(), properties)])["os.type"] == os


@pytest.mark.parametrize(
    "properties",
    [
        {"storageProfile": {"osDisk": {"osType": "Solaris"}}},
        {"osProfile": {**profile("windows"), **profile("linux")}},
        {"osProfile": {}},
    ],
)
def test_an_operating_system_is_guessed(properties: Any) -> None:
    assert isinstance(facts_of([row(VM, vm_id(), properties)])["os.type"], Unknown)


def test_the_agent_is_allowed_by_what_is_not_said() -> None:
    found = facts_of([vm(profile={"computerName": "vm1"})])
    assert isinstance(found["agent.provisioned"], Unknown)
    assert isinstance(found["agent.extensions_allowed"], Unknown)
    found = facts_of([vm(profile=profile("linux", provision=False, extensions=False))])
    assert found["agent.provisioned"] is found["agent.extensions_allowed"] is False


@pytest.mark.parametrize("version", ["Unknown", "", "2.x", None, 2.7, "v2.7", "2..7"])
def test_what_is_no_version_hides_the_guests(version: Any) -> None:
    told = view()
    told["properties"]["vmAgent"]["vmAgentVersion"] = version
    assert facts_of([vm(), told, guest(agent={"version": "2.11.1.12"})])["agent.version"] == "2.11.1.12"
    assert isinstance(facts_of([vm(), told])["agent.version"], Unknown)


def test_an_agent_that_is_not_ready_has_no_version() -> None:
    told = view("2.7.41491.1183")
    told["properties"]["vmAgent"]["statuses"][0]["displayStatus"] = "Not Ready"
    found = facts_of([vm(), told])
    assert found["agent.version"] == "2.7.41491.1183"
    assert found["agent.status"] == "Not Ready"


def test_a_vm_that_is_off_has_an_agent() -> None:
    found = facts_of([vm(), view(agent=False)])
    assert found["agent.version"].needs == "guest-facts"
    assert found["agent.status"].needs == "guest-facts"


@pytest.mark.parametrize("of", [vm_id().upper(), vm_id().lower()])
def test_an_instance_view_under_an_id_in_other_letters_is_lost(of: str) -> None:
    assert facts_of([vm(), view("2.7.41491.1183", of)])["agent.version"] == "2.7.41491.1183"


def test_a_row_that_comes_again_is_judged_twice() -> None:
    found = facts_of([vm(power="running"), vm(power="stopped")])
    assert found["power.state"] == "stopped"


def test_a_vm_is_shown_in_other_letters_than_azures() -> None:
    own = vm_id().replace("rg-app", "RG-App")
    found = facts_of([vm(own, name=None)], own)
    assert (found["id"], found["name"], found["resource_group"]) == (own, "vm1", "RG-App")
