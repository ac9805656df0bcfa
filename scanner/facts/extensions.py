"""The extensions of a VM as Resource Graph has them: backup's own, and others whose provisioning failed."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part, text, word
from scanner.facts.fleet import Fleet
from scanner.facts.handlers import BACKUP_PUBLISHER, BACKUP_TYPES, UNSETTLED
from scanner.facts.vm import Vm
from scanner.language.shapes import TEXT, list_of, record
from scanner.language.values import OpenList
from scanner.model import Row, Unknown
from scanner.rowtypes import EXTENSION, VM, parent_of

_WELL, _FAILED = "Succeeded", ("Failed", "Canceled")


class Extension(msgspec.Struct, gc=False):
    """What is kept of an extension's row. `backup` None: it does not tell whether it is backup's."""

    vm: str
    name: str
    type: str
    state: str | None
    backup: bool | None


def _reduce(row: Row, key: str) -> Extension | None:
    """Of others than backup's only those that are not well: a large fleet has many that are."""
    properties = row.get("properties")
    publisher, kind = text(part(properties, "publisher")), text(part(properties, "type"))
    state = part(properties, "provisioningState")
    state = word(state.capitalize()) if isinstance(state, str) else None
    backup = _is_backup(publisher, kind)
    if backup is False and state == _WELL:
        return None
    name = text(row.get("name")) or key.rsplit("/", 1)[-1]
    if backup and kind:
        shown = BACKUP_TYPES[kind.lower()]
    else:
        shown = ".".join(each for each in (publisher, kind) if each) or name
    return Extension(parent_of(key), name, word(shown) or shown, state, backup)


def _is_backup(publisher: str | None, kind: str | None) -> bool | None:
    told = [publisher is None or publisher.lower() == BACKUP_PUBLISHER, kind is None or kind.lower() in BACKUP_TYPES]
    if False in told:
        return False
    return True if publisher and kind else None


def _by_vm(extension: Extension) -> str:
    return extension.vm


def _untold(extension: Extension) -> Unknown | None:
    """Why an extension is neither well nor failed."""
    name, state = extension.name, extension.state
    if state is None:
        return Unknown(f"the row of the extension {name} does not tell provisioningState", "property")
    if state in (_WELL, *_FAILED):
        return None
    needs = "settling" if state.lower() in UNSETTLED else "property"
    return Unknown(f"the extension {name} is {state}, which tells neither that it works nor that it failed", needs)


def _unnamed(extension: Extension) -> Unknown:
    return Unknown(f"the row of the extension {extension.name} does not tell its publisher and type", "property")


def _uncollected(vm: Vm, fleet: Fleet) -> Unknown | None:
    if fleet.collected_of(EXTENSION, vm.subject):
        return None
    return fleet.uncollected(EXTENSION, vm.subject.subscription, "extensions of VMs", vm.subject)


def _backup(vm: Vm, fleet: Fleet) -> Any:
    """The backup extension's row, a failed one before others; False where there is none."""
    found: list[Extension] | None = fleet.index("extensions").get(vm.subject.key)
    if found is None:
        return _uncollected(vm, fleet) or False
    own = sorted((one for one in found if one.backup), key=lambda one: (one.state == _WELL, one.name))
    if own:
        return _untold(own[0]) or {"name": own[0].name, "type": own[0].type, "state": own[0].state}
    unsure = next((one for one in found if one.backup is None), None)
    if unsure is not None:
        return _unnamed(unsure)
    return _uncollected(vm, fleet) or False


def _failed(vm: Vm, fleet: Fleet) -> Any:
    """Others that failed; those that nobody can tell of stay open."""
    known, why = [], []
    for one in sorted(fleet.index("extensions").get(vm.subject.key, ()), key=lambda one: one.name):
        doubt = None if one.backup else _untold(one)
        if doubt is None and one.backup is None and one.state != _WELL:
            doubt = _unnamed(one)
        if doubt is not None:
            why.append(doubt)
        elif one.backup is False:
            known.append({"name": one.name, "type": one.type, "state": one.state})
    absent = _uncollected(vm, fleet)
    if absent is not None:
        return OpenList(known, float("inf"), (*why, absent)) if known or why else absent
    return OpenList(known, len(why), why) if why else known


_READS = {EXTENSION: "[name, properties.[publisher, type, provisioningState]]"}

FACTS = {
    "extensions.backup": Fact(
        "the backup extension (VMSnapshot, VMSnapshotLinux) as a resource, which it is documented to be only where a"
        " disk is unmanaged; false: there is none",
        record(name=TEXT, type=TEXT, state=TEXT),
        _READS,
        _backup,
        True,
    ),
    "extensions.failed": Fact(
        "other extensions whose provisioning failed or was canceled; type: publisher and type as the portal joins them",
        list_of(record(name=TEXT, type=TEXT, state=TEXT)),
        _READS,
        _failed,
        True,
    ),
}

MODULE = FactModule(VM, FACTS, {"extensions": Table(EXTENSION, _reduce, by=_by_vm)})
