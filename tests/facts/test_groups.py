"""Which VMs make a group, under which id, and what is known of its starts."""

from typing import Any

import pytest

from scanner.facts.fleet import Fleet
from scanner.language.values import OpenList
from scanner.model import Row, Unknown
from scanner.rowtypes import BACKUP_GROUP, CLASSIC_VM
from tests.rows import (
    OTHER_SUBSCRIPTION,
    SUBSCRIPTION,
    daily,
    documents,
    fleet_of,
    id_of,
    item,
    policy,
    row,
    vm,
    vm_id,
)

SET = id_of("Microsoft.Compute/availabilitySets", "as1")
SCALE = id_of("Microsoft.Compute/virtualMachineScaleSets", "vmss1")
NEAR = id_of("Microsoft.Compute/proximityPlacementGroups", "ppg1")


def member(name: str, subscription: str = SUBSCRIPTION, tags: Any = None, **refers: Any) -> Row:
    found = vm(vm_id(name, subscription=subscription), tags=tags)
    found["properties"] |= {key: {"id": to} if isinstance(to, str) else to for key, to in refers.items()}
    return found


def groups(*rows: Row, **how: Any) -> dict[str, dict[str, Any]]:
    return documents(fleet_of(rows, **how), BACKUP_GROUP)


def test_the_first_of_what_a_vm_has_decides() -> None:
    near: dict[str, Any] = {"proximityPlacementGroup": NEAR}
    scale = {**near, "virtualMachineScaleSet": SCALE}
    found = groups(
        member("a", availabilitySet=SET, **scale),
        member("b", **scale),
        member("c", **near),
        member("d", tags={"Backup-Group": "X"}, availabilitySet=SET),
        member("e"),
    )
    tagged = f"/subscriptions/{SUBSCRIPTION}/snapready/backupgroups/backup-group=X"
    told = {document["id"]: (document["kind"], document["name"], document["members"]) for document in found.values()}
    assert told == {
        SET: ("availability set", "as1", ["a"]),
        SCALE: ("scale set", "vmss1", ["b"]),
        NEAR: ("proximity placement group", "ppg1", ["c"]),
        tagged: ("tag", "backup-group=X", ["d"]),
    }


def test_letters_and_subscriptions() -> None:
    found = groups(
        member("a", availabilitySet=SET),
        member("b", availabilitySet=SET.upper() + "/"),
        member("c", tags={"BACKUP-GROUP": "shop"}),
        member("d", tags={"backup-group": "Shop"}),
        member("e", OTHER_SUBSCRIPTION, {"backup-group": "shop"}),
    )
    assert sorted(document["members"] for document in found.values()) == [["a", "b"], ["c", "d"], ["e"]]
    assert found[SET.lower()]["id"] == SET


@pytest.mark.parametrize(
    ("tag", "kind"), [("team", "tag"), ("", "availability set"), ("backup-group", "availability set")]
)
def test_the_tag_is_the_users_choice(tag: str, kind: str) -> None:
    fleet = fleet_of([member("a", tags={"team": "x"}, availabilitySet=SET)])
    chosen = Fleet(fleet.ledger, max_age=1, group_tag=tag)
    chosen.load([(one["type"], one) for one in [member("a", tags={"team": "x"}, availabilitySet=SET)]])
    ((_, group),) = chosen.records(BACKUP_GROUP)
    assert group.kind == kind


@pytest.mark.parametrize("odd", [{}, ["as1"], 1, [], {"id": 3}, {"id": ""}])
def test_a_reference_that_cannot_be_read_may_lead_into_any_group(odd: Any) -> None:
    (found,) = groups(member("a", availabilitySet=SET), member("b", availabilitySet=odd)).values()
    assert isinstance(found["members"], OpenList)
    assert found["members"].extra == 1
    assert found["starts"].extra == 2, "nor is it known when the first one starts"
    assert [why.needs for why in found["members"].why] == ["property"]


def test_vms_that_were_not_all_collected() -> None:
    (found,) = groups(member("a", availabilitySet=SET), whole=False).values()
    assert found["members"].extra == float("inf")
    assert [why.needs for why in found["members"].why] == ["collection"]


def test_members_that_start_and_members_that_do_not() -> None:
    rows = [member(name, availabilitySet=SET) for name in "abcd"]
    plan = policy(schedule=daily("22:00"), zone="W. Europe Standard Time")
    items = [item(vm_id("a")), item(vm_id("b"), state="ProtectionStopped"), item(vm_id("c"), policy=None)]
    (found,) = groups(*rows, *items, plan).values()
    starts = found["starts"]
    assert found["members"] == ["a", "b", "c", "d"]
    assert isinstance(starts, OpenList)
    assert starts.extra == 1
    assert [(one["vm"], str(one["starts"])) for one in starts.known] == [
        ("a", "22:00 every day, W. Europe Standard Time")
    ]
    assert starts.why == (
        Unknown("when the backups of c start is not known: the backup item names no policy", "property"),
    )


def test_classic_vms_of_a_cloud_service() -> None:
    service = id_of("Microsoft.ClassicCompute/domainNames", "shop")
    rows = [
        row(CLASSIC_VM, id_of("Microsoft.ClassicCompute/virtualMachines", name), {"domainName": {"id": to}})
        for name, to in (("a", service), ("b", service.upper()), ("c", None))
    ]
    (found,) = groups(*rows, member("d", availabilitySet={})).values()
    assert (found["kind"], found["name"], found["members"].known) == ("cloud service", "shop", ["a", "b"])
    assert found["members"].extra == 1


def test_no_group_at_all() -> None:
    assert groups(member("a")) == {}
