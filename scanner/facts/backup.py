"""Azure Backup of a VM: its protected item and the item's policy."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, From, Of, Table
from scanner.facts.fields import part, text
from scanner.facts.fleet import Fleet
from scanner.facts.items import (
    ITEM_READS,
    NOT_YET,
    POLICY_READS,
    STATUS_READS,
    Item,
    by_vm,
    check,
    completes,
    current,
    item_of,
    of_policy,
    protected,
    protects,
    ran,
    reduce_item,
)
from scanner.facts.vault import location
from scanner.facts.vm import Vm
from scanner.language.shapes import FLAG, TEXT, TIME
from scanner.model import Row, Unknown
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VAULT, VM, subscription_of

_FREQUENCIES = ("Hourly", "Daily", "Weekly")


class Schedule(msgspec.Struct, gc=False):
    """What is kept of a backup policy. `crash_consistent` None: the property is there and is no text."""

    crash_consistent: bool | None
    frequency: str | None


def _reduce_policy(row: Row, _: str) -> Schedule:
    properties = row.get("properties")
    consistency = part(properties, "snapshotConsistencyType")
    crash = None if not isinstance(properties, dict) else False
    if consistency is not None:
        crash = consistency.lower() == "onlycrashconsistent" if isinstance(consistency, str) else None
    frequency = text(part(properties, "schedulePolicy", "scheduleRunFrequency"))
    return Schedule(crash, frequency.capitalize() if frequency else None)


def _schedule(vm: Vm, fleet: Fleet) -> Schedule | Unknown:
    found: Schedule | Unknown = of_policy("policies", vm, fleet)
    return found


def _agentless(vm: Vm, fleet: Fleet) -> Any:
    is_protected = protected(vm, fleet)
    if is_protected is not True:
        return is_protected
    schedule = _schedule(vm, fleet)
    if isinstance(schedule, Unknown):
        return schedule
    if schedule.crash_consistent is None:
        return Unknown("the backup policy's snapshotConsistencyType cannot be read", "property")
    return schedule.crash_consistent


def _frequency(vm: Vm, fleet: Fleet) -> Any:
    schedule = _schedule(vm, fleet)
    if isinstance(schedule, Unknown):
        return schedule
    if schedule.frequency in _FREQUENCIES:
        return schedule.frequency
    given = f"is {schedule.frequency!r}, which is not known here" if schedule.frequency else "is not given"
    return Unknown(f"how often the VM is backed up: scheduleRunFrequency of its backup policy {given}", "property")


def _of_item(name: str, what: str) -> Of:
    return Of(current, name, Unknown(f"the backup item does not tell {what}", "property"))


def _vault(vm: Vm, fleet: Fleet) -> Any:
    item = current(vm, fleet)
    return item if isinstance(item, Unknown) else item.key.split("/backupfabrics/")[0]


def _item_id(vm: Vm, fleet: Fleet) -> Any:
    item = current(vm, fleet)
    return item if isinstance(item, Unknown) else item.key


def _vault_name(named: str | Unknown, *_: object) -> Any:
    return named if isinstance(named, Unknown) else named.rsplit("/", 1)[-1]


def _vault_location(named: str | Unknown, _: Vm, fleet: Fleet) -> Any:
    if isinstance(named, Unknown):
        return named
    found = fleet.table("vaults").get(named)
    return location(found) if found else Unknown(f"vault {named.rsplit('/', 1)[-1]} is not among the rows", "reference")


def _vault_subscription(named: str | Unknown, *_: object) -> Any:
    if isinstance(named, Unknown):
        return named
    return subscription_of(named) or Unknown("the backup item's id names no subscription", "property")


def _last_time(item: Item | Unknown, *_: object) -> Any:
    return item if isinstance(item, Unknown) else item.last_time


def _never(item: Item | Unknown, *_: object) -> Any:
    time = _last_time(item)
    return True if time is NOT_YET else time if isinstance(time, Unknown) else False


FACTS = {
    "backup.protected": Fact("Azure Backup protects the VM", FLAG, ITEM_READS, From(item_of, protects)),
    "backup.state": Fact(
        "protection state of its backup item", TEXT, ITEM_READS, _of_item("state", "its protection state"), True
    ),
    "backup.vault": Fact("id of the vault its backup item lies in", TEXT, ITEM_READS, _vault),
    "backup.item": Fact("id of its backup item, in lower case", TEXT, ITEM_READS, _item_id),
    "backup.vault_name": Fact("name of that vault, in lower case", TEXT, ITEM_READS, From(_vault, _vault_name)),
    "backup.vault_location": Fact(
        "region of that vault, by its short name",
        TEXT,
        {**ITEM_READS, VAULT: "location"},
        From(_vault, _vault_location),
    ),
    "backup.vault_subscription": Fact(
        "subscription of that vault", TEXT, ITEM_READS, From(_vault, _vault_subscription)
    ),
    "backup.policy": Fact("id of its backup policy", TEXT, POLICY_READS, _of_item("policy", "its policy")),
    "backup.agentless": Fact(
        "its backup policy takes crash-consistent snapshots only, which need no agent",
        FLAG,
        {**POLICY_READS, BACKUP_POLICY: "properties.snapshotConsistencyType"},
        _agentless,
    ),
    "backup.frequency": Fact(
        "Hourly, Daily or Weekly, from its backup policy",
        TEXT,
        {**POLICY_READS, BACKUP_POLICY: "properties.schedulePolicy.scheduleRunFrequency"},
        _frequency,
    ),
    "backup.last_status": Fact(
        "status of the last backup", TEXT, STATUS_READS, _of_item("last_status", "the last status"), True
    ),
    "backup.last_completed": Fact("the last backup completed", FLAG, STATUS_READS, From(current, completes), True),
    "backup.last_time": Fact("when the last backup ran", TIME, ITEM_READS, From(ran, _last_time), True),
    "backup.never": Fact("no backup has run yet", FLAG, ITEM_READS, From(ran, _never), True),
}

MODULE = FactModule(
    VM,
    FACTS,
    {"items": Table(BACKUP_ITEM, reduce_item, by=by_vm), "policies": Table(BACKUP_POLICY, _reduce_policy)},
    check=check,
)
