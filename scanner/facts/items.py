"""The backup items of VMs: joined by id in each place that may name the VM, and what the one that counts tells."""

from typing import Any, Protocol

import msgspec

from scanner.facts.fields import identity, part, text, word
from scanner.facts.fleet import Fleet
from scanner.language.words import epoch
from scanner.model import Problem, Row, Subject, Unknown
from scanner.rowtypes import BACKUP_ITEM, CLASSIC_VM, VM

_ACTIVE = {"protected", "protectionconfigured", "irpending", "protectionerror", "backupssuspended"}
_COMPLETED = {"completed", "completedwithwarnings", "healthy"}
_FAILED = {"failed", "unhealthy"}
_CONTAINERS = {"iaasvmcontainerv2": VM, "iaasvmcontainer": CLASSIC_VM}
_NEVER_BEFORE = 978480000.0
"""2001-01-03: Azure writes 2001-01-01T00:00:00Z for "never backed up"."""


class Item(msgspec.Struct, gc=False):
    """What is kept of an AzureIaasVM protected item, or one that does not tell what it is of.

    `vm` "": it names none. `active` None: its state, or what it is of, is not known.
    """

    key: str
    vm: str
    active: bool | None
    state: str | None
    policy: str | None
    last_status: str | None
    last_time: str | None
    seconds: float | None
    """`last_time` in seconds since 1970."""


def reduce_item(row: Row, key: str) -> Item | None:
    properties = row.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    management = properties.get("backupManagementType")
    if isinstance(management, str) and management.lower() != "azureiaasvm":
        return None
    state = word(properties.get("protectionState")) or word(properties.get("currentProtectionState"))
    time = text(properties.get("lastBackupTime"))
    return Item(
        key,
        _vm_of(properties, row, key),
        _is_active(state, properties.get("isScheduledForDeferredDelete")) if isinstance(management, str) else None,
        state,
        identity(properties.get("policyId")),
        word(properties.get("lastBackupStatus")),
        time,
        epoch(time),
    )


def _vm_of(properties: dict[str, Any], row: Row, key: str) -> str:
    """The VM's id, as whichever property names it, else from `iaasvmcontainerv2;<group>;<vm>` in the item's id."""
    named = (
        identity(properties.get("sourceResourceId"))
        or identity(properties.get("virtualMachineId"))
        or identity(part(properties, "dataSourceInfo", "resourceID"))
    )
    if named:
        return named
    for segment in reversed(key.split("/")):
        names = segment.split(";")
        kind = _CONTAINERS.get(names[-3]) if len(names) >= 3 else None
        if kind:
            group = f"/subscriptions/{row['subscriptionId']}/resourcegroups/{names[-2]}"
            return identity(f"{group}/providers/{kind}/{names[-1]}") or ""
    return ""


def _is_active(state: str | None, deferred_delete: Any) -> bool | None:
    if deferred_delete is True:
        return False
    word = (state or "").lower()
    if word in _ACTIVE:
        return True
    return False if word == "protectionstopped" else None


def by_vm(item: Item) -> str:
    return item.vm


class Machine(Protocol):
    """Whatever a backup item can be of."""

    subject: Subject


def item_of(vm: Machine, fleet: Fleet) -> Item | Unknown | None:
    """The item that protects the VM, or the one that did; None when it is known that there is none.

    Where not all items were collected, one that does not surely protect it tells nothing: another one may.
    """
    items: list[Item] | tuple[()] = fleet.index("items").get(vm.subject.key, ())
    best = None
    if len(items) == 1:
        best = items[0]
    elif items:
        best = min(items, key=lambda item: (-_rank(item.active), -(item.seconds or 0), item.key))
    if (best is not None and best.active) or fleet.collected_of(BACKUP_ITEM, vm.subject):
        return best
    return fleet.uncollected(BACKUP_ITEM, vm.subject.subscription, "backup items", vm.subject)


def _rank(active: bool | None) -> int:
    return 2 if active else 1 if active is None else 0


def protected(vm: Machine, fleet: Fleet) -> bool | Unknown:
    """Whether Azure Backup protects it."""
    return protects(item_of(vm, fleet))


def protects(item: Item | Unknown | None, *_: object) -> bool | Unknown:
    """Whether an item says that Azure Backup protects the VM it is of."""
    if item is None:
        return False
    if isinstance(item, Unknown):
        return item
    if item.active is None:
        state = f"is {item.state!r}, which says neither" if item.state else "is not given"
        return Unknown(f"whether the VM is protected: the protection state of its backup item {state}", "property")
    return item.active


_UNPROTECTED = Unknown("the VM has no backup item")


def current(vm: Machine, fleet: Fleet) -> Item | Unknown:
    item = item_of(vm, fleet)
    return _UNPROTECTED if item is None else item


def of_policy(table: str, vm: Machine, fleet: Fleet) -> Any:
    """What that table kept of the backup policy's row, or why it is not known."""
    item = current(vm, fleet)
    if isinstance(item, Unknown):
        return item
    if item.policy is None:
        return Unknown("the backup item names no policy", "property")
    found = fleet.table(table).get(item.policy)
    return found or Unknown(f"backup policy {item.policy.rsplit('/', 1)[-1]} is not among the rows", "reference")


_NO_TIME = Unknown("the backup item does not tell when the last backup was", "property")
NOT_YET = Unknown("no backup has run yet (Azure's date for never is 2001-01-01)", "first-backup")


_CLOCKS_APART = 86400.0
"""Seconds by which a backup may be dated after the rows; beyond that the date says nothing of what was missed."""
_AHEAD = Unknown("the last backup is dated after the time the rows were taken (is takenAt right?)", "property")


def ran(vm: Machine, fleet: Fleet) -> Item | Unknown:
    """The item that tells when the last backup ran."""
    item = current(vm, fleet)
    if isinstance(item, Unknown):
        return item
    if item.seconds is None:
        return _NO_TIME
    if item.seconds > fleet.now + _CLOCKS_APART:
        return _AHEAD
    return NOT_YET if item.seconds < _NEVER_BEFORE else item


def last_seconds(vm: Machine, fleet: Fleet) -> float | Unknown:
    """When the last backup ran, in seconds since 1970."""
    item = ran(vm, fleet)
    return item if isinstance(item, Unknown) else item.seconds or 0.0


def completed(vm: Machine, fleet: Fleet) -> bool | Unknown:
    """Whether the last backup completed."""
    return completes(current(vm, fleet))


def completes(item: Item | Unknown, *_: object) -> bool | Unknown:
    """Whether an item says that the last backup completed."""
    if isinstance(item, Unknown):
        return item
    if item.seconds is not None and item.seconds < _NEVER_BEFORE:
        return NOT_YET
    word = (item.last_status or "").lower()
    if word in _COMPLETED:
        return True
    if word in _FAILED:
        return False
    given = f"is {item.last_status!r}, which says neither" if item.last_status else "is not given"
    return Unknown(f"whether the last backup completed: lastBackupStatus {given}", "property")


def check(fleet: Fleet) -> list[Problem]:
    """Items that name no VM, or a VM that is not among the rows; if not one joins, every VM would look unprotected."""
    vms, by_vm = {**fleet.table("vms"), **fleet.table("classic_vms")}, fleet.index("items")
    nameless = len(by_vm.get("", []))
    strangers = sum(len(items) for vm, items in by_vm.items() if vm and vm not in vms)
    joined = sum(len(items) for vm, items in by_vm.items() if vm in vms)
    problems = []
    if nameless:
        problems.append(Problem(f"{nameless} backup items name no VM", count=nameless))
    if strangers and joined:
        problems.append(Problem(f"{strangers} backup items are of VMs that are not among the rows", count=strangers))
    if vms and (nameless or strangers) and not joined:
        message = (
            f"not one of {nameless + strangers} backup items belongs to any of the {len(vms)} VMs:"
            " were VMs and items collected from the same subscriptions?"
        )
        problems.append(Problem(message, incomplete=True))
    return problems


_NAMES = "sourceResourceId, virtualMachineId, dataSourceInfo.resourceID, backupManagementType"
_STATES = "protectionState, currentProtectionState, isScheduledForDeferredDelete, lastBackupTime"
ITEM_READS = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}]"}
POLICY_READS = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}, policyId]"}
STATUS_READS = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}, lastBackupStatus]"}
HISTORY_READS = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}, policyId, lastBackupStatus]"}
