"""The locks that lie over a VM or over its restore points: on the subscription, on resource groups, on the VM itself.

Azure Backup keeps restore points in a resource group of its own, AzureBackupRG_<region>_<number>, or in one that the
backup policy names. Locks are not in Resource Graph; each one's id tells what it lies on.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part
from scanner.facts.fleet import Fleet
from scanner.facts.items import POLICY_READS, of_policy
from scanner.facts.vm import Vm
from scanner.language.shapes import TEXT, list_of, record
from scanner.language.values import Complete, OpenList
from scanner.model import Row, Unknown
from scanner.rowtypes import BACKUP_POLICY, LOCK, VM, resource_group_of

_MARK = f"/providers/{LOCK}/"
_LEVELS = {level.lower(): level for level in ("CanNotDelete", "ReadOnly", "NotSpecified")}
_SERVICE = "azurebackuprg_"
_COLLECTION = "/providers/microsoft.compute/restorepointcollections/azurebackup_"
_ANY = re.compile("").match
_GROUP_DEPTH = 4
"""Slashes in the id of a resource group."""


class Lock(msgspec.Struct, gc=False):
    """What is kept of a lock. `scope`: what it lies on, in lower case, "" where its id does not tell; `level` None: not
    known."""

    subscription: str
    name: str
    level: str | None
    scope: str
    of: str
    """What it lies on, as its id names it."""


class Naming(msgspec.Struct, frozen=True):
    """How the groups are called that a backup policy keeps restore points in: prefix, number, suffix; "" tells none."""

    prefix: str
    suffix: str


def _reduce(row: Row, key: str) -> Lock:
    scope = key.rpartition(_MARK)[0]
    level = part(row.get("properties"), "level")
    name = row["id"].rsplit("/", 1)[-1]
    of = row["id"][: len(scope)].rsplit("/", 1)[-1]
    return Lock(row["subscriptionId"], name, _LEVELS.get(level.lower()) if isinstance(level, str) else None, scope, of)


_NO_NAMING = Unknown("the backup policy does not tell where restore points are kept (instantRPDetails)", "property")


def _reduce_naming(row: Row, _: str) -> Naming | Unknown:
    properties = row.get("properties")
    details = part(properties, "instantRPDetails")
    if not isinstance(properties, dict) or not isinstance(details, dict | None):
        return _NO_NAMING
    prefix, suffix = (part(details, f"azureBackupRGName{end}") or "" for end in ("Prefix", "Suffix"))
    return Naming(prefix.lower(), suffix.lower()) if isinstance(prefix, str) and isinstance(suffix, str) else _NO_NAMING


Fits = Callable[[str], Any]
"""Whether a resource group of that name, in lower case, may hold restore points."""


@dataclass(slots=True)
class _There:
    """The locks of one subscription by what they lie on: itself, its resource groups by name, and resources by id."""

    own: list[Lock] = field(default_factory=list)
    groups: dict[str, list[Lock]] = field(default_factory=dict)
    resources: dict[str, list[Lock]] = field(default_factory=dict)
    collections: list[Lock] = field(default_factory=list)
    """Those on restore point collections of Azure Backup."""
    strays: list[Lock] = field(default_factory=list)
    """Those of which it is not known what they lie on."""
    fitting: dict[Fits, list[str]] = field(default_factory=dict)
    """The locked groups that fit, by what was asked of their names."""

    def put(self, lock: Lock) -> None:
        group = resource_group_of(lock.scope)
        if not lock.scope.startswith("/subscriptions/"):
            self.strays.append(lock)
        elif not group:
            self.own.append(lock)
        elif lock.scope.count("/") == _GROUP_DEPTH:
            self.groups.setdefault(group, []).append(lock)
        else:
            self.resources.setdefault(lock.scope, []).append(lock)
            if _COLLECTION in lock.scope:
                self.collections.append(lock)

    def that_fit(self, fits: Fits) -> list[str]:
        """The locked groups of such names."""
        if fits not in self.fitting:
            self.fitting[fits] = [name for name in self.groups if fits(name)]
        return self.fitting[fits]


_NOTHING = _There()


def _by_subscription(fleet: Fleet) -> dict[str, _There]:
    found: dict[str, _There] = {}
    for lock in fleet.table("locks").values():
        found.setdefault(lock.subscription, _There()).put(lock)
    return found


def _told(lock: Lock, on: str) -> dict[str, Any]:
    """A lock as policies see it; a level that is none of Azure's is not known."""
    found = {"name": lock.name, "on": on, "of": lock.of}
    return Complete({**found, "level": lock.level}) if lock.level else found


@lru_cache(4096)
def _numbered(prefix: str, suffix: str) -> Fits:
    return re.compile(rf"{re.escape(prefix)}\d+{re.escape(suffix)}").fullmatch


def _restore_groups(vm: Vm, fleet: Fleet) -> tuple[Fits, Unknown | None]:
    """Which groups hold its restore points, and why that is not sure."""
    naming = of_policy("namings", vm, fleet)
    if isinstance(naming, Unknown):
        why = f"in which resource group its restore points are kept is not known: {naming.reason}"
        return _ANY, Unknown(why, naming.needs)
    if naming.prefix:
        return _numbered(naming.prefix, naming.suffix), None
    if vm.location is None:
        why = "in which resource group its restore points are kept is not known, as its region is not"
        return re.compile(rf"{_SERVICE}.+_\d+").fullmatch, Unknown(why, "property")
    return _numbered(f"{_SERVICE}{vm.location}_", ""), None


@dataclass(slots=True)
class _Found:
    """Locks found so far; why there may be `others`, and how many."""

    known: list[dict[str, Any]] = field(default_factory=list)
    others: float = 0
    why: list[Unknown] = field(default_factory=list)

    def add(self, locks: Iterable[Lock], on: str) -> None:
        self.known += [_told(lock, on) for lock in locks]

    def doubt(self, count: float, why: Unknown) -> None:
        self.others += count
        if count:
            self.why.append(why)


def _locks(vm: Vm, fleet: Fleet) -> Any:
    """Those that lie over the VM or its restore points; open where more may."""
    subscription = vm.subject.subscription
    there = fleet.once("locks by subscription", _by_subscription).get(subscription, _NOTHING)
    if there.groups or there.resources:
        return _over(vm, there, fleet)
    same: dict[str, Any] = fleet.once("locks over all of a subscription", lambda _: {})
    if subscription not in same:
        same[subscription] = _over(vm, there, fleet)
    return same[subscription]


def _over(vm: Vm, there: _There, fleet: Fleet) -> Any:
    subscription = vm.subject.subscription
    by_subscription = fleet.once("locks by subscription", _by_subscription)
    found = _Found()
    found.add(there.own, "subscription")
    _on_groups(vm, fleet, there, found)
    found.add(there.resources.get(vm.subject.key, ()), "VM")
    strays = [*there.strays, *by_subscription.get("", _NOTHING).strays]
    if strays:
        why = f"what lock {strays[0].name} lies on cannot be read from its id"
        found.doubt(len(strays), Unknown(why, "property"))
    if not fleet.collected(LOCK, subscription):
        found.doubt(inf, fleet.uncollected(LOCK, subscription, "locks"))
    return OpenList(found.known, found.others, tuple(dict.fromkeys(found.why))) if found.others else found.known


def _on_groups(vm: Vm, fleet: Fleet, there: _There, found: _Found) -> None:
    """The locks on the VM's resource group, and on those that its restore points are in."""
    if not (there.groups or there.collections):
        return
    own = vm.subject.resource_group.lower()
    fits, unsure = _restore_groups(vm, fleet)
    kept = there.that_fit(fits)
    if own not in kept or unsure is not None:
        found.add(there.groups.get(own, ()), "resource group")
    if unsure is None:
        found.add((lock for name in kept for lock in there.groups[name]), "restore point group")
    else:
        found.doubt(sum(len(there.groups[name]) for name in kept if name != own), unsure)
    named = f"{_COLLECTION}{vm.subject.name.lower()}_"
    for lock in there.collections:
        if named in lock.scope and fits(resource_group_of(lock.scope)):
            said = f"whose restore points lock {lock.name} on {lock.of} covers is not told"
            found.doubt(1, Unknown(said, "reference"))


FACTS = {
    "locks": Fact(
        "locks over the VM and its restore points: `on` subscription, restore point group, resource group or VM;"
        " level CanNotDelete, ReadOnly or NotSpecified",
        list_of(record(name=TEXT, level=TEXT, on=TEXT, of=TEXT)),
        {
            LOCK: "properties.level",
            VM: "location",
            **POLICY_READS,
            BACKUP_POLICY: "properties.instantRPDetails.[azureBackupRGNamePrefix, azureBackupRGNameSuffix]",
        },
        _locks,
    ),
}

MODULE = FactModule(VM, FACTS, {"locks": Table(LOCK, _reduce), "namings": Table(BACKUP_POLICY, _reduce_naming)})
