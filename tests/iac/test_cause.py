"""Which line a finding of a machine is shown at that the change does not name."""

from typing import Any

import pytest

from scanner.model import Origin, Row
from scanner.sources.iac.assemble import Assembled
from scanner.sources.iac.cause import Causes

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourcegroups/rg/providers"
VM = f"{GROUP}/microsoft.compute/virtualmachines/web01"
OTHER = f"{GROUP}/microsoft.compute/virtualmachines/web02"
SET = f"{GROUP}/microsoft.compute/availabilitysets/as-web"
NIC = f"{GROUP}/microsoft.network/networkinterfaces/web01-nic"
VNET = f"{GROUP}/microsoft.network/virtualnetworks/vnet"
NSG = f"{GROUP}/microsoft.network/networksecuritygroups/nsg-web"
FAR = f"{GROUP}/microsoft.network/networksecuritygroups/nsg-app"
RULE = f"{NSG}/securityrules/denyinternet"
ITEM = f"{GROUP}/microsoft.recoveryservices/vaults/v/backupfabrics/azure/protectioncontainers/c/protecteditems/web02"
REASON = "nsg-web rule DenyInternet (200) on subnet web drops tcp/443"


def row(identity: str, **properties: Any) -> tuple[str, tuple[str, Row]]:
    parts = identity.rsplit("/providers/", 1)[1].split("/")
    row_type = "/".join([parts[0], *parts[1::2]])
    return identity, (row_type, {"id": identity, "type": row_type, "properties": properties})


def subnet(name: str, group: str) -> dict[str, Any]:
    return {"name": name, "id": f"{VNET}/subnets/{name}", "properties": {"networkSecurityGroup": {"id": group}}}


FLEET = dict(
    (
        row(VM, networkProfile={"networkInterfaces": [{"id": NIC}]}, availabilitySet={"id": SET.upper()}),
        row(OTHER, availabilitySet={"id": SET}),
        row(NIC, ipConfigurations=[{"properties": {"subnet": {"id": f"{VNET}/subnets/web"}}}]),
        row(VNET, subnets=[subnet("web", NSG), subnet("app", FAR)]),
        row(NSG),
        row(FAR),
        row(SET),
        row(ITEM, sourceResourceId=OTHER),
    )
)


def cause(subject: str, reason: str, *changed: str) -> str:
    """The last segment of the id whose line is given; "" for none."""
    places = {key: Origin("main.json", line) for line, key in enumerate(changed, 1)}
    found = Causes(FLEET, Assembled(origins=dict(places), touched=set(changed))).of(subject, reason)
    return "" if found is None else next(key.rsplit("/", 1)[-1] for key, place in places.items() if place == found)


def test_the_group_that_the_reason_names() -> None:
    assert cause(VM, REASON, VNET, NSG) == "nsg-web"


def test_a_rule_of_its_own_stands_before_the_group_that_it_is_in() -> None:
    assert cause(VM, REASON, NSG, RULE) == "denyinternet"


def test_the_only_change_that_it_hangs_on_though_the_reason_does_not_name_it() -> None:
    assert cause(VM, REASON, VNET) == "vnet"


def test_of_several_that_the_reason_does_not_name_none_is_accused() -> None:
    assert cause(VM, "something else", VNET, NSG) == ""


def test_a_group_on_the_neighbours_subnet_has_nothing_to_do_with_it() -> None:
    assert cause(VM, "something else", FAR) == ""
    assert cause(VM, "something else", FAR, NSG) == "nsg-web"


def test_a_member_that_the_change_adds_to_a_group() -> None:
    assert cause(SET, "5 backups start at once: web01, web02", OTHER) == "web02"


def test_the_backup_of_a_member_moves_the_group() -> None:
    assert cause(SET, "5 backups start at once", ITEM) == "web02"


def test_another_member_of_its_set_is_not_to_blame_for_what_a_machine_suffers() -> None:
    assert cause(VM, REASON, OTHER) == ""


def test_a_name_inside_of_a_longer_one_is_not_named() -> None:
    assert cause(VM, "nsg-web-eus drops it; vnet is not it", NSG, VNET) == "vnet"


def test_what_a_plan_only_mentions_is_no_change() -> None:
    made = Assembled(origins={NSG: Origin("main.json", 1)})
    assert Causes(FLEET, made).of(VM, REASON) is None


def test_a_lock_is_no_resource_that_a_machine_refers_to_and_yet_has_its_line() -> None:
    lock = f"{GROUP.removesuffix('/providers')}/providers/microsoft.authorization/locks/keep"
    other = lock.replace("/keep", "/kept")
    assert cause(VM, "lock keep (CanNotDelete) on resource group rg", lock, other) == "keep"
    assert cause(VM, "lock keep (CanNotDelete) on resource group rg", lock, lock.replace("/rg/", "/rg2/")) == ""


@pytest.mark.parametrize("deleted", [ITEM, ITEM.split("/backupfabrics/")[0]])
def test_a_backup_that_is_taken_away_has_the_line_that_does_it(deleted: str) -> None:
    rows = {key: value for key, value in FLEET.items() if key != ITEM}
    made = Assembled(origins={deleted: Origin("plan.json", 3)}, touched={deleted}, deleted={deleted: deleted})
    assert Causes(rows, made, {ITEM: FLEET[ITEM]}).of(OTHER, "no backup item protects it") == Origin("plan.json", 3)
    assert Causes(rows, made, {ITEM: FLEET[ITEM]}).of(VM, "no backup item protects it") is None
