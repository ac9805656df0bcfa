"""What there is to stagger: the timeline of every group, and what the backups of each of its VMs hang on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner.facts.fleet import Fleet
from scanner.facts.placements import Placement, groups_of, items_on
from scanner.model import Crowding, Subject, Timeline
from scanner.rowtypes import BACKUP_POLICY
from scanner.schedule.crowds import crowds
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
    """One group as it starts now. `starters`: its VMs whose start is known. `fullest`: so many of them start together
    at most."""

    line: Timeline
    starters: tuple[Starter, ...]
    fullest: int

    @property
    def limits(self) -> Limits:
        """How many may, as the policy says that judges this group."""
        return Limits(self.line.minutes, self.line.together)

    def members(self) -> int:
        unsure = sum(len(names) for _, names in self.line.unsure)
        return len(self.starters) + len(self.line.idle) + unsure

    def names(self, window: Crowding) -> list[str]:
        """Who starts in a window."""
        return [name for start in window.starts for name in self.line.starts[start].vms]


@dataclass(frozen=True, slots=True)
class Survey:
    """All groups, by id, and the backup policies there are, by id in lower case.

    `users`: how many backup items hang on a policy, where that is known. `names`: the ids of all policies, of VMs or
    not. `year`: whose January and July are meant.
    """

    groups: tuple[Surveyed, ...]
    policies: dict[str, BackupPolicy]
    users: dict[str, int]
    names: frozenset[str]
    year: int


def survey(fleet: Fleet, timelines: Iterable[Timeline]) -> Survey:
    """What a fleet tells that kept its backup policies whole, and the timelines that its results have."""
    lines = {line.group.key: line for line in timelines}
    rows = fleet.table(BACKUP_POLICY)
    policies = policies_among(rows)
    count = items_on(fleet)
    users = {key: number for key in policies if (number := count(key)) is not None}
    year = datetime.fromtimestamp(fleet.now, UTC).year
    groups = tuple(
        _surveyed(lines[group.subject.key], members, policies, year)
        for group, members in groups_of(fleet)
        if group.subject.key in lines
    )
    return Survey(groups, policies, users, frozenset(rows), year)


def _surveyed(line: Timeline, members: list[Placement], policies: dict[str, BackupPolicy], year: int) -> Surveyed:
    starters = [_starter(one, one.table, policies, year) for one in members if isinstance(one.table, Timetable)]
    starters.sort(key=lambda one: (one.vm.name.lower(), one.vm.key))
    fullest = crowds([one.week for one in starters], line.minutes)[:1]
    return Surveyed(line, tuple(starters), len(fullest[0].members) if fullest else 0)


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
