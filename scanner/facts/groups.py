"""Groups of VMs whose backups should not all start at once: no row is one, the VMs' own references make them.

A VM belongs to the first of these it has: a classic cloud service, the tag that the user chose, an availability set, a
scale set, a proximity placement group.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import identity, part
from scanner.facts.fleet import Fleet, subject_of
from scanner.facts.items import POLICY_READS, Machine, protected
from scanner.facts.starts import SCHEDULE_READS, timetable_of
from scanner.facts.vm import Vm
from scanner.language.shapes import SCHEDULE, TEXT, list_of, record
from scanner.language.values import Complete, OpenList
from scanner.model import Row, Subject, Unknown
from scanner.rowtypes import BACKUP_GROUP, CLASSIC_VM, VM, resource_group_of, subscription_of
from scanner.schedule.timetable import Timetable
from scanner.schedule.week import week_of

_SERVICE, _TAG = "cloud service", "tag"
_NAMED = 5
"""Members that one reason names."""


class ClassicVm(msgspec.Struct, gc=False):
    """What is kept of a classic VM; `service`: the id of its cloud service, None where it is not told."""

    subject: Subject
    service: str | None


class Group(msgspec.Struct, gc=False):
    """VMs that belong together. `others`: why more may belong to it, and how many."""

    subject: Subject
    kind: str
    members: list[Machine]
    others: float
    why: tuple[Unknown, ...]


def _reduce_classic(row: Row, key: str) -> ClassicVm:
    named = part(row.get("properties"), "domainName", "id")
    return ClassicVm(subject_of(row, key), named if isinstance(named, str) and named else None)


def place(vm: Vm, tag: str) -> tuple[str, str] | Unknown | None:
    """The kind and id of the group a VM belongs to, None for a VM of no group."""
    if tag:
        value: Any = None if vm.tags is None else vm.tags.get_ignoring_case(tag)
        if isinstance(value, str) and value:
            return _TAG, f"/subscriptions/{vm.subject.subscription}/{BACKUP_GROUP}/{tag}={value}"
        if value not in (False, ""):
            return Unknown("the tags of a VM are not known, so it may belong to any group", "property")
    for kind, named in (
        ("availability set", vm.availability_set),
        ("scale set", vm.scale_set),
        ("proximity placement group", vm.placement_group),
    ):
        if named:
            return kind, named
        if named is None:
            return Unknown(f"the {kind} of a VM cannot be read, so it may belong to any group", "property")
    return None


_NO_SERVICE = Unknown("the cloud service of a classic VM cannot be read, so it may belong to any", "property")


def _made(fleet: Fleet) -> Mapping[str, Group]:
    """Every group, by its id in lower case; it is spelled as the first of its members spells it."""
    places: dict[str, tuple[str, str, list[Machine]]] = {}
    strays: dict[tuple[str, str], list[Unknown]] = defaultdict(list)  # by row type and subscription

    def put(vm: Machine, place: tuple[str, str] | Unknown | None) -> None:
        if isinstance(place, Unknown):
            strays[vm.subject.type, vm.subject.subscription].append(place)
        elif place is not None:
            key = identity(place[1]) or ""
            places.setdefault(key, (*place, []))[2].append(vm)

    vms = fleet.table("vms")
    for key in sorted(vms):
        put(vms[key], place(vms[key], fleet.group_tag))
    classic = fleet.table("classic_vms")
    for key in sorted(classic):
        named = classic[key].service
        put(classic[key], _NO_SERVICE if named is None else (_SERVICE, named))
    return {key: _group(key, *place, strays, fleet) for key, place in places.items()}


def _group(
    key: str,
    kind: str,
    named: str,
    members: list[Machine],
    strays: Mapping[tuple[str, str], list[Unknown]],
    fleet: Fleet,
) -> Group:
    subscription = subscription_of(named) or members[0].subject.subscription
    rows = CLASSIC_VM if kind == _SERVICE else VM
    why = list(strays.get((rows, subscription), ()))
    others: float = len(why)
    if not fleet.collected(rows, subscription) and key not in fleet.ledger.fresh:
        others = float("inf")
        why.append(fleet.uncollected(rows, subscription, "VMs"))
    written = named.rstrip("/")
    name = written.split(f"/{BACKUP_GROUP}/", 1)[1] if kind == _TAG else written.rsplit("/", 1)[-1]
    subject = Subject(written, key, BACKUP_GROUP, name, resource_group_of(written), subscription)
    return Group(subject, kind, members, others, tuple(dict.fromkeys(why)))


def _open(known: list[Any], others: float, why: Iterable[Unknown]) -> Any:
    return OpenList(known, others, tuple(why)) if others else known


def _members(group: Group, _: Fleet) -> Any:
    return _open([vm.subject.name for vm in group.members], group.others, group.why)


def _starts(group: Group, fleet: Fleet) -> Any:
    """One entry for each member that starts; those of whom that is not known make the list an open one."""
    year = datetime.fromtimestamp(fleet.now, UTC).year
    known = []
    unsure: dict[Unknown, list[str]] = {}
    for vm in group.members:
        name = vm.subject.name
        table = schedule_of(vm, fleet)
        if isinstance(table, Unknown):
            unsure.setdefault(table, []).append(name)
        elif table is not None:
            known.append(Complete({"vm": name, "starts": week_of(table, year)}))
    reasons = [
        Unknown(f"when the backups of {_listed(names)} start is not known: {why.reason}", why.needs)
        for why, names in unsure.items()
    ]
    return _open(known, group.others + sum(map(len, unsure.values())), (*group.why, *reasons))


def schedule_of(vm: Machine, fleet: Fleet) -> Timetable | Unknown | None:
    """When its backups start; None for a VM whose backups never do."""
    is_protected = protected(vm, fleet)
    if is_protected is True:
        return timetable_of(vm, fleet)
    return is_protected if isinstance(is_protected, Unknown) else None


def _listed(names: list[str]) -> str:
    left = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {left} more" if left > 0 else "")


REFERENCES = "[availabilitySet.id, virtualMachineScaleSet.id, proximityPlacementGroup.id]"
_MEMBERS = {
    VM: f"[id, name, subscriptionId, tags, properties.{REFERENCES}]",
    CLASSIC_VM: "[id, name, subscriptionId, properties.domainName.id]",
}

FACTS = {
    "id": Fact("id of what its members refer to", TEXT, _MEMBERS, lambda group, _: group.subject.id),
    "name": Fact("its name; of a tag, tag=value", TEXT, _MEMBERS, lambda group, _: group.subject.name),
    "kind": Fact(
        "cloud service, tag, availability set, scale set or proximity placement group",
        TEXT,
        _MEMBERS,
        lambda group, _: group.kind,
    ),
    "subscription": Fact("subscription id", TEXT, _MEMBERS, lambda group, _: group.subject.subscription),
    "members": Fact("names of its VMs, protected or not", list_of(TEXT), _MEMBERS, _members),
    "starts": Fact(
        "each member whose backups start, and when, for the word windows; open where a schedule is not known",
        list_of(record(vm=TEXT, starts=SCHEDULE)),
        {**_MEMBERS, **POLICY_READS, **SCHEDULE_READS},
        _starts,
    ),
}

MODULE = FactModule(BACKUP_GROUP, FACTS, {"classic_vms": Table(CLASSIC_VM, _reduce_classic)}, make=_made)
