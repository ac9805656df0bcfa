"""What a start hangs on: of every member of a group its backup item, its backup policy, and when it starts by it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanner.facts.fleet import Fleet
from scanner.facts.groups import Group, schedule_of
from scanner.facts.items import Item, Machine, current
from scanner.model import Subject, Unknown
from scanner.rowtypes import BACKUP_GROUP, BACKUP_ITEM, subscription_of
from scanner.schedule.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Placement:
    """A member of a group. `item`, `policy`: ids in lower case, "" where there is none or it is not known."""

    vm: Subject
    item: str
    policy: str
    table: Timetable | Unknown | None
    """When its backups start; None: never."""


def groups_of(fleet: Fleet) -> list[tuple[Group, list[Placement]]]:
    """Every group of backups with its members, by id."""
    return [(group, [_placement(vm, fleet) for vm in group.members]) for _, group in fleet.records(BACKUP_GROUP)]


def _placement(vm: Machine, fleet: Fleet) -> Placement:
    item = current(vm, fleet)
    if isinstance(item, Unknown):
        return Placement(vm.subject, "", "", schedule_of(vm, fleet))
    return Placement(vm.subject, item.key, item.policy or "", schedule_of(vm, fleet))


def items_on(fleet: Fleet) -> Callable[[str], int | None]:
    """How many items hang on a backup policy (its id in lower case); None where it is not known of every item."""
    counts: Counter[str] = Counter()
    doubtful: set[str] = set()
    items: Iterable[Item] = fleet.table("items").values()
    for item in items:
        if item.active is not False:
            counts[item.policy or ""] += 1
            if not item.policy:
                doubtful.add(subscription_of(item.key))

    def count(policy: str) -> int | None:
        subscription = subscription_of(policy)
        known = fleet.collected(BACKUP_ITEM, subscription) and subscription not in doubtful
        return counts[policy] if known else None

    return count
