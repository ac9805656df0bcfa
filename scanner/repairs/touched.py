"""Whom a change of rows can touch: those whose facts are made from one of them, so that no other is judged again.

What is written here must never be too little: a test takes rows away one by one, and whoever is judged otherwise then
must be among those who are told here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scanner.facts.catalogue import catalogue, modules
from scanner.facts.fields import identity
from scanner.facts.fleet import Fleet
from scanner.facts.groups import place
from scanner.facts.items import reduce_item
from scanner.facts.network import networks_of
from scanner.facts.vnets import Subnet
from scanner.language.values import OpenList
from scanner.model import Row, Unknown
from scanner.repairs.rows import Originals
from scanner.rowtypes import (
    BACKUP_ITEM,
    BACKUP_POLICY,
    EXTENSION,
    LOCK,
    NSG,
    OBSERVED,
    VAULT,
    VM,
    parent_of,
)
from scanner.sources.edited import Edits

Keys = frozenset[str]


class Everybody(Exception):
    """What a change touches cannot be told, so that all must be judged again."""


def touched(edits: Edits, there: Originals, fleet: Fleet) -> Keys | None:
    """Ids of the subjects that edits can touch, of any type; None: any. `there`: the rows that they change."""
    found: set[str] = set()
    try:
        for key in (*edits.replaced, *edits.removed):
            change = edits.replaced.get(key)
            for row_type, row in there.by_id.get(key, ()):
                found |= _by(row_type, row, fleet)
                if change is not None:
                    found |= _by(row_type, change(row), fleet)
            for below in there.below.get(key, ()):
                for row_type, row in there.by_id[below]:
                    found |= _by(row_type, row, fleet)
        for row in edits.added:
            found |= _by(row["type"].lower(), row, fleet)
        return frozenset(found | groups_of(found, fleet))
    except Everybody:
        return None


def _by(row_type: str, row: Row, fleet: Fleet) -> set[str]:
    """Whose facts are made from a row; itself, where rows of its type are subjects."""
    key = row["id"].lower()
    known = _READERS.get(row_type)
    if known is None:
        raise Everybody
    return {key, *known(key, row, fleet)}


def _of_vm(key: str, row: Row, fleet: Fleet) -> Iterator[str]:
    """The VM itself. Which group it belongs to must stay as it is."""
    was = fleet.table("vms").get(key)
    becomes = _vm_table().reduce(row, key)
    if was is None or place(was, fleet.group_tag) != place(becomes, fleet.group_tag):
        raise Everybody
    yield key


def _vm_table() -> Any:
    return next(module.tables["vms"] for module in modules() if "vms" in module.tables)


def _of_parent(key: str, _: Row, __: Fleet) -> Iterator[str]:
    yield parent_of(key)


def _of_nsg(key: str, _: Row, fleet: Fleet) -> Iterable[str]:
    return _index(fleet, "VMs by NSG", _behind).get(key, ())


def _behind(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """(NSG, VM) for each interface of the VM and the subnet that it is in."""
    nics, networks = fleet.table("nics"), networks_of(fleet)
    for vm in fleet.table("vms").values():
        for nic in filter(None, map(nics.get, vm.nics or ())):
            subnet = networks.subnet(nic.subnet)
            for group in {nic.nsg, subnet.nsg if isinstance(subnet, Subnet) else None}:
                if group:
                    yield group, vm.subject.key


def _of_item(key: str, row: Row, fleet: Fleet) -> Iterator[str]:
    """The VM that the row names, and the one that it named."""
    was, becomes = fleet.table("items").get(key), reduce_item(row, key)
    if becomes is None or key in fleet.table("workloads"):
        raise Everybody
    yield from {one.vm for one in (was, becomes) if one is not None and one.vm}


def _of_policy(key: str, _: Row, fleet: Fleet) -> Iterable[str]:
    return _index(fleet, "VMs by backup policy", _by_policy).get(key, ())


def _by_policy(fleet: Fleet) -> Iterator[tuple[str, str]]:
    return ((item.policy, item.vm) for item in fleet.table("items").values() if item.policy)


def _of_vault(key: str, _: Row, fleet: Fleet) -> Iterable[str]:
    return _index(fleet, "VMs by vault", _by_vault).get(key, ())


def _by_vault(fleet: Fleet) -> Iterator[tuple[str, str]]:
    for table in ("items", "workloads"):
        for key, one in fleet.table(table).items():
            yield key.partition("/backupfabrics/")[0], one.vm


def _of_lock(key: str, _: Row, fleet: Fleet) -> Iterable[str]:
    """Those that the lock was told of, and those of whom it is not known which locks lie over them."""
    lock = fleet.table("locks").get(key)
    if lock is None:
        raise Everybody
    told = _index(fleet, "VMs by lock", _locked)
    return {*told.get(f"{lock.subscription}/{lock.name}/{lock.of}", ()), *told.get(f"{lock.subscription}//", ())}


def _locked(fleet: Fleet) -> Iterator[tuple[str, str]]:
    locks = (catalogue(VM) or {})["locks"]
    for vm in fleet.table("vms").values():
        subscription = vm.subject.subscription
        told = locks.get(vm, fleet)
        members = told.known if isinstance(told, OpenList) else told
        for one in members:
            yield f"{subscription}/{one['name']}/{one['of']}", vm.subject.key
        if isinstance(told, OpenList) and set(told.why) - {fleet.uncollected(LOCK, subscription, "locks")}:
            yield f"{subscription}//", vm.subject.key


_READERS: Mapping[str, Callable[[str, Row, Fleet], Iterable[str]]] = {
    VM: _of_vm,
    VAULT: _of_vault,
    NSG: _of_nsg,
    LOCK: _of_lock,
    BACKUP_ITEM: _of_item,
    BACKUP_POLICY: _of_policy,
    **dict.fromkeys((EXTENSION, *OBSERVED), _of_parent),
}


def _index(fleet: Fleet, name: str, pairs: Callable[[Fleet], Iterable[tuple[str, str]]]) -> dict[str, set[str]]:
    def make(fleet: Fleet) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, vm in pairs(fleet):
            found.setdefault(key, set()).add(vm)
        return found

    index: dict[str, set[str]] = fleet.once(name, make)
    return index


def groups_of(keys: Iterable[str], fleet: Fleet) -> set[str]:
    """The groups of backups that VMs among these belong to."""
    vms, classic = fleet.table("vms"), fleet.table("classic_vms")
    found = set()
    for key in keys:
        if key in vms:
            belongs = place(vms[key], fleet.group_tag)
            if belongs is not None and not isinstance(belongs, Unknown):
                found.add(identity(belongs[1]) or "")
        elif key in classic and classic[key].service:
            found.add(identity(classic[key].service) or "")
    return found
