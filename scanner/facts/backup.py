"""Azure Backup of a VM: its protected item, found by id in each place that may name the VM, and the item's policy."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import identity, part, text, word
from scanner.facts.fleet import Fleet
from scanner.facts.vm import Vm
from scanner.language.shapes import FLAG, TEXT, TIME
from scanner.language.words import epoch
from scanner.model import Problem, Row, Unknown
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VM

_ACTIVE = {"protected", "protectionconfigured", "irpending", "protectionerror", "backupssuspended"}
_COMPLETED = {"completed", "completedwithwarnings", "healthy"}
_FAILED = {"failed", "unhealthy"}
_FREQUENCIES = ("Hourly", "Daily", "Weekly")
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


class Schedule(msgspec.Struct, gc=False):
    """What is kept of a backup policy. `crash_consistent` None: the property is there and is no text."""

    crash_consistent: bool | None
    frequency: str | None


def _reduce_item(row: Row, key: str) -> Item | None:
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
        if len(names) >= 3 and names[-3] == "iaasvmcontainerv2":
            return (
                identity(
                    f"/subscriptions/{row['subscriptionId']}/resourcegroups/{names[-2]}/providers/{VM}/{names[-1]}"
                )
                or ""
            )
    return ""


def _is_active(state: str | None, deferred_delete: Any) -> bool | None:
    if deferred_delete is True:
        return False
    word = (state or "").lower()
    if word in _ACTIVE:
        return True
    return False if word == "protectionstopped" else None


def _reduce_policy(row: Row, _: str) -> Schedule:
    properties = row.get("properties")
    consistency = part(properties, "snapshotConsistencyType")
    crash = None if not isinstance(properties, dict) else False
    if consistency is not None:
        crash = consistency.lower() == "onlycrashconsistent" if isinstance(consistency, str) else None
    frequency = text(part(properties, "schedulePolicy", "scheduleRunFrequency"))
    return Schedule(crash, frequency.capitalize() if frequency else None)


def _by_vm(item: Item) -> str:
    return item.vm


def _not_collected(vm: Vm) -> Unknown:
    return Unknown(f"backup items of subscription {vm.subject.subscription} were not collected", "collection")


def _item(vm: Vm, fleet: Fleet) -> Item | Unknown | None:
    """The item that protects the VM, or the one that did; None when it is known that there is none.

    Where not all items were collected, one that does not surely protect it tells nothing: another one may.
    """
    items: list[Item] | tuple[()] = fleet.index("items").get(vm.subject.key, ())
    best = None
    if len(items) == 1:
        best = items[0]
    elif items:
        best = min(items, key=lambda item: (-_rank(item.active), -(item.seconds or 0), item.key))
    if (best is not None and best.active) or fleet.collected(BACKUP_ITEM, vm.subject.subscription):
        return best
    return _not_collected(vm)


def _rank(active: bool | None) -> int:
    return 2 if active else 1 if active is None else 0


def _protected(vm: Vm, fleet: Fleet) -> Any:
    item = _item(vm, fleet)
    if item is None:
        return False
    if isinstance(item, Unknown):
        return item
    if item.active is None:
        state = f"is {item.state!r}, which says neither" if item.state else "is not given"
        return Unknown(f"whether the VM is protected: the protection state of its backup item {state}", "property")
    return item.active


_UNPROTECTED = Unknown("the VM has no backup item")


def _current(vm: Vm, fleet: Fleet) -> Item | Unknown:
    item = _item(vm, fleet)
    return _UNPROTECTED if item is None else item


def _schedule(vm: Vm, fleet: Fleet) -> Schedule | Unknown:
    item = _current(vm, fleet)
    if isinstance(item, Unknown):
        return item
    if item.policy is None:
        return Unknown("the backup item names no policy", "property")
    found: Schedule | None = fleet.table("policies").get(item.policy)
    return found or Unknown(f"backup policy {item.policy.rsplit('/', 1)[-1]} is not among the rows", "reference")


def _agentless(vm: Vm, fleet: Fleet) -> Any:
    protected = _protected(vm, fleet)
    if protected is not True:
        return protected
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


def _of_item(name: str, what: str) -> Any:
    missing = Unknown(f"the backup item does not tell {what}", "property")

    def get(vm: Vm, fleet: Fleet) -> Any:
        item = _current(vm, fleet)
        if isinstance(item, Unknown):
            return item
        value = getattr(item, name)
        return missing if value is None else value

    return get


def _vault(vm: Vm, fleet: Fleet) -> Any:
    item = _current(vm, fleet)
    return item if isinstance(item, Unknown) else item.key.split("/backupfabrics/")[0]


_NO_TIME = Unknown("the backup item does not tell when the last backup was", "property")
_NOT_YET = Unknown("no backup has run yet (Azure's date for never is 2001-01-01)", "first-backup")


def _last_time(vm: Vm, fleet: Fleet) -> Any:
    item = _current(vm, fleet)
    if isinstance(item, Unknown):
        return item
    if item.seconds is None:
        return _NO_TIME
    return _NOT_YET if item.seconds < _NEVER_BEFORE else item.last_time


def _never(vm: Vm, fleet: Fleet) -> Any:
    time = _last_time(vm, fleet)
    return True if time is _NOT_YET else time if isinstance(time, Unknown) else False


def _completed(vm: Vm, fleet: Fleet) -> Any:
    item = _current(vm, fleet)
    if isinstance(item, Unknown):
        return item
    if item.seconds is not None and item.seconds < _NEVER_BEFORE:
        return _NOT_YET
    word = (item.last_status or "").lower()
    if word in _COMPLETED:
        return True
    if word in _FAILED:
        return False
    given = f"is {item.last_status!r}, which says neither" if item.last_status else "is not given"
    return Unknown(f"whether the last backup completed: lastBackupStatus {given}", "property")


def _check(fleet: Fleet) -> list[Problem]:
    """Items that name no VM, or a VM that is not among the rows; if not one joins, every VM would look unprotected."""
    vms, by_vm = fleet.table("vms"), fleet.index("items")
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
_ITEM = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}]"}
_POLICY = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}, policyId]"}
_STATUS = {BACKUP_ITEM: f"properties.[{_NAMES}, {_STATES}, lastBackupStatus]"}

FACTS = {
    "backup.protected": Fact("Azure Backup protects the VM", FLAG, _ITEM, _protected, True),
    "backup.state": Fact(
        "protection state of its backup item", TEXT, _ITEM, _of_item("state", "its protection state"), True
    ),
    "backup.vault": Fact("id of the vault its backup item lies in", TEXT, _ITEM, _vault, True),
    "backup.policy": Fact("id of its backup policy", TEXT, _POLICY, _of_item("policy", "its policy"), True),
    "backup.agentless": Fact(
        "its backup policy takes crash-consistent snapshots only, which need no agent",
        FLAG,
        {**_POLICY, BACKUP_POLICY: "properties.snapshotConsistencyType"},
        _agentless,
        True,
    ),
    "backup.frequency": Fact(
        "Hourly, Daily or Weekly, from its backup policy",
        TEXT,
        {**_POLICY, BACKUP_POLICY: "properties.schedulePolicy.scheduleRunFrequency"},
        _frequency,
        True,
    ),
    "backup.last_status": Fact(
        "status of the last backup", TEXT, _STATUS, _of_item("last_status", "the last status"), True
    ),
    "backup.last_completed": Fact("the last backup completed", FLAG, _STATUS, _completed, True),
    "backup.last_time": Fact("when the last backup ran", TIME, _ITEM, _last_time, True),
    "backup.never": Fact("no backup has run yet", FLAG, _ITEM, _never, True),
}

MODULE = FactModule(
    VM,
    FACTS,
    {"items": Table(BACKUP_ITEM, _reduce_item, by=_by_vm), "policies": Table(BACKUP_POLICY, _reduce_policy)},
    check=_check,
)
