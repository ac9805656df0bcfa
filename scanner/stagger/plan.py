"""The plan that lets no more backups of a group start together than may: which VMs go to which backup policy."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanner.model import Subject
from scanner.schedule.seating import Lot, Move, Target
from scanner.schedule.spread import Spread, least_limit, spread
from scanner.schedule.timetable import DAY
from scanner.schedule.week import week_of
from scanner.stagger.policies import BackupPolicy, copies, copy_at, name_at
from scanner.stagger.survey import Starter, Survey, Surveyed


@dataclass(frozen=True, slots=True)
class VmMove:
    """One VM and its backup item, from one backup policy to another; to its own where that is re-timed."""

    vm: Subject
    item: str
    start: BackupPolicy
    end: BackupPolicy


@dataclass(frozen=True, slots=True)
class Shortfall:
    """No plan was found. `seated` of its VMs have room; `proved`: no plan can exist. `limit`: with so many together
    there is one, and `moves` VMs move."""

    seated: int
    proved: bool
    limit: int
    moves: int


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What to do about one group. `least`: so many VMs must move whatever is done."""

    group: Surveyed
    moves: tuple[VmMove, ...]
    least: int
    shortfall: Shortfall | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about all groups that are too crowded. `made`: policies to be made; `retimed`: to start otherwise."""

    groups: tuple[GroupPlan, ...]
    made: tuple[BackupPolicy, ...]
    retimed: tuple[BackupPolicy, ...]

    def moves(self) -> list[VmMove]:
        return [move for group in self.groups for move in group.moves]


def plan(found: Survey) -> Plan:
    """A plan for every group in which more start together than may, in the order of their ids."""
    shelf = _Shelf(found)
    groups = [_planned(group, shelf) for group in found.groups if group.line.crowded]
    retimed = _retimed(groups, found)
    groups = [replace(group, moves=tuple(_by(move, retimed) for move in group.moves)) for group in groups]
    used = {move.end.key for group in groups for move in group.moves}
    made = tuple(policy for policy in shelf.made if policy.key in used)
    return Plan(tuple(groups), made, tuple(retimed[key] for key in sorted(retimed)))


class _Shelf:
    """The policies that VMs may be moved to: those that are there, and those that the plan makes on the way."""

    def __init__(self, found: Survey) -> None:
        self.year = found.year
        self.made: list[BackupPolicy] = []
        self._taken: dict[str, object] = dict.fromkeys(found.names)
        self._twins: dict[tuple[str, str], list[BackupPolicy]] = defaultdict(list)
        self._copies: dict[str, tuple[tuple[int, BackupPolicy], ...]] = {}
        for policy in found.policies.values():
            if policy.keeps:
                self._twins[policy.vault.lower(), policy.kind].append(policy)

    def targets(self, policy: BackupPolicy) -> dict[str, tuple[Target, BackupPolicy]]:
        """Where VMs of that policy may go, by key: to policies of its vault that keep the same, or to copies of it."""
        found: dict[str, tuple[Target, BackupPolicy]] = {}
        at = set()
        for twin in self._twins[policy.vault.lower(), policy.kind]:
            if twin.key != policy.key and twin.start is not None:
                found[twin.key] = self._target(twin.key, policy, twin, ready=True)
                at.add(twin.start)
        if policy.key not in self._copies:
            self._copies[policy.key] = tuple(copies(policy))
        for minute, copy in self._copies[policy.key]:
            if minute not in at:
                key = f"{policy.vault.lower()} {policy.kind} {minute}" if policy.keeps else f"{policy.key} {minute}"
                found[key] = self._target(key, policy, copy, ready=False)
        own = week_of(policy.table, self.year).rings
        return {key: each for key, each in found.items() if each[0].rings != own}

    def _target(
        self, key: str, policy: BackupPolicy, other: BackupPolicy, *, ready: bool
    ) -> tuple[Target, BackupPolicy]:
        assert policy.start is not None
        assert other.start is not None
        later = (other.start - policy.start) % DAY
        far = 2 * min(later, DAY - later) + (later > DAY // 2)
        return Target(key, week_of(other.table, self.year).rings, ready, far), other

    def settle(self, policy: BackupPolicy) -> BackupPolicy:
        """A policy that a move goes to: one that is there, or a copy, which gets its name and is there from now on."""
        if policy.copy_of is None or policy.start is None or policy in self.made:
            return policy
        siblings = f"{policy.id.rsplit('/', 1)[0]}/".lower()
        name = name_at(policy.copy_of, policy.start, self._taken, siblings)
        made = copy_at(policy.copy_of, policy.start, name)
        assert made is not None
        self._taken[made.key] = made
        self.made.append(made)
        if made.keeps:
            self._twins[made.vault.lower(), made.kind].append(made)
        return made


def _planned(group: Surveyed, shelf: _Shelf) -> GroupPlan:
    limits = group.limits
    lots, members, places = _lots(group.starters, shelf)
    found = spread(lots, limits.width, limits.most)
    if isinstance(found, Spread):
        return GroupPlan(group, _moves(found.moves, members, places, shelf), found.least)
    limit = least_limit(lots, limits.width, limits.most)
    other = spread(lots, limits.width, limit)
    moved = other.moved() if isinstance(other, Spread) else 0
    return GroupPlan(group, (), 0, Shortfall(found.seated, found.proved, limit, moved))


def _lots(
    starters: Sequence[Starter], shelf: _Shelf
) -> tuple[list[Lot], list[list[Starter]], list[dict[str, tuple[Target, BackupPolicy]]]]:
    """The VMs of one policy are a lot; those that stay are one each time they start."""
    members: dict[str, list[Starter]] = {}
    for starter in starters:
        key = starter.policy.key if starter.policy and not starter.stays else f"stays {starter.week.rings!r}"
        members.setdefault(key, []).append(starter)
    lots, places = [], []
    for some in members.values():
        policy = some[0].policy
        offered = shelf.targets(policy) if policy is not None and not some[0].stays else {}
        lots.append(Lot(some[0].week.rings, len(some), tuple(target for target, _ in offered.values())))
        places.append(offered)
    return lots, list(members.values()), places


def _moves(
    moves: Sequence[Move],
    members: Sequence[Sequence[Starter]],
    places: Sequence[dict[str, tuple[Target, BackupPolicy]]],
    shelf: _Shelf,
) -> tuple[VmMove, ...]:
    """Who goes: of those that start alike the last by name."""
    taken: Counter[int] = Counter()
    settled: dict[str, BackupPolicy] = {}
    found = []
    for move in moves:
        some = members[move.lot]
        if move.target.key not in settled:
            settled[move.target.key] = shelf.settle(places[move.lot][move.target.key][1])
        end = settled[move.target.key]
        upto = len(some) - taken[move.lot]
        for starter in some[upto - move.count : upto]:
            assert starter.policy is not None
            found.append(VmMove(starter.vm, starter.item, starter.policy, end))
        taken[move.lot] += move.count
    return tuple(sorted(found, key=lambda one: (one.vm.name.lower(), one.vm.key)))


def _retimed(groups: Sequence[GroupPlan], found: Survey) -> dict[str, BackupPolicy]:
    """Policies all of whose VMs go to one new copy that nobody else goes to: they start otherwise instead.

    Not where the name tells the time, nor of those that Azure gives every vault, which others may rely on.
    """
    moves = [move for group in groups for move in group.moves]
    ends: dict[str, set[str]] = defaultdict(set)
    comers: dict[str, set[str]] = defaultdict(set)
    for move in moves:
        ends[move.start.key].add(move.end.key)
        comers[move.end.key].add(move.start.key)
    gone = Counter(move.start.key for move in moves)
    retimed = {}
    for move in moves:
        policy, end = move.start, move.end
        alone = len(ends[policy.key]) == 1 and len(comers[end.key]) == 1 and policy.key not in comers
        whole = found.users.get(policy.key) == gone[policy.key]
        if not (alone and whole) or end.copy_of is None or end.start is None:
            continue
        if policy.tells_its_time() or policy.made_by_azure():
            continue
        again = copy_at(policy, end.start, policy.name)
        if again is not None:
            retimed[policy.key] = again
    return retimed


def _by(move: VmMove, retimed: dict[str, BackupPolicy]) -> VmMove:
    return replace(move, end=retimed[move.start.key]) if move.start.key in retimed else move
