"""What there is to stagger: the timeline of every group, and what the backups of each of its VMs hang on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner.facts.fleet import Fleet
from scanner.facts.groups import Group
from scanner.facts.placements import Placement, groups_of, items_on
from scanner.model import Subject, Unknown
from scanner.rowtypes import BACKUP_POLICY
from scanner.schedule.timeline import Start, Timeline, windows_of
from scanner.schedule.timetable import Timetable
from scanner.schedule.week import Week, week_of
from scanner.stagger.limits import Limits
from scanner.stagger.policies import BackupPolicy, policies_among, vault_of


@dataclass(frozen=True, slots=True)
class Starter:
    """A VM whose start is known. `stays`: why nothing can be proposed for it; "" where something can."""

    vm: Subject
    item: str
    policy: BackupPolicy | None
    week: Week
    stays: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One group, as it starts now, and how many may start together in it."""

    timeline: Timeline
    limits: Limits
    starters: tuple[Starter, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """All groups, by id, and the backup policies there are, by id in lower case.

    `users`: how many backup items hang on a policy, where that is known. `year`: whose January and July are meant.
    `names`: the ids of all policies, of VMs or not.
    """

    groups: tuple[Surveyed, ...]
    policies: dict[str, BackupPolicy]
    users: dict[str, int]
    names: frozenset[str]
    year: int


def survey(fleet: Fleet, limits: Callable[[Subject], Limits]) -> Survey:
    """What a fleet tells that kept its backup policies whole."""
    rows = fleet.table(BACKUP_POLICY)
    policies = policies_among(rows)
    count = items_on(fleet)
    users = {key: number for key in policies if (number := count(key)) is not None}
    year = datetime.fromtimestamp(fleet.now, UTC).year
    groups = tuple(
        _surveyed(group, members, policies, limits(group.subject), year) for group, members in groups_of(fleet)
    )
    return Survey(groups, policies, users, frozenset(rows), year)


def _surveyed(
    group: Group, members: list[Placement], policies: dict[str, BackupPolicy], limits: Limits, year: int
) -> Surveyed:
    starters, idle, unsure = [], [], []
    for member in members:
        if member.table is None:
            idle.append(member.vm.name)
        elif isinstance(member.table, Unknown):
            unsure.append((member.vm.name, member.table.reason))
        else:
            starters.append(_starter(member, member.table, policies, year))
    starters.sort(key=lambda one: (one.vm.name.lower(), one.vm.key))
    starts = tuple(Start(one.vm, one.policy.name if one.policy else "", one.week) for one in starters)
    strays = tuple(why.reason for why in group.why)
    windows = windows_of(starts, limits.minutes)
    line = Timeline(group.subject, group.kind, limits.minutes, starts, windows, tuple(idle), tuple(unsure), strays)
    return Surveyed(line, limits, tuple(starters))


def _starter(member: Placement, table: Timetable, policies: dict[str, BackupPolicy], year: int) -> Starter:
    policy = policies.get(member.policy)
    stays = ""
    if policy is None or not member.item:
        stays = "what its backups hang on is not known"
    elif vault_of(member.item) != policy.vault.lower():
        stays = "its backup item and its backup policy are not in the same vault"
    elif policy.start is None:
        stays = f"backup policy {policy.name} starts at several times of the day"
    return Starter(member.vm, member.item, policy, week_of(table, year), stays)
