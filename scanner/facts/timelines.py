"""When the backups of each group start over a week, and where too many do: values that results carry to the reports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.facts.fleet import Fleet
from scanner.facts.groups import Group
from scanner.facts.placements import Placement, groups_of
from scanner.model import Crowding, Judged, Observed, Start, Timeline, Unknown
from scanner.schedule.crowds import crowds
from scanner.schedule.timetable import Timetable
from scanner.schedule.week import WEEK, week_of

CROWDING = "staggered-schedules"
"""The policy whose parameters say how many backups are too many."""


def timelines(fleet: Fleet, judged: list[Judged]) -> tuple[Timeline, ...]:
    """A timeline for each group; none where no policy judges how they start, or its limits are none."""
    judging = next((one for one in judged if one.policy.id == CROWDING), None)
    if judging is None:
        return ()
    year = datetime.fromtimestamp(fleet.now, UTC).year
    found = []
    for group, members in groups_of(fleet):
        scope = judging.policy.scoped.get(judging.scopes.get(group.subject.key, ""), judging.policy)
        limits = _limits(scope.parameters)
        if limits is not None:
            found.append(_timeline(group, members, *limits, year))
    return tuple(found)


def observed(fleet: Fleet) -> dict[str, Observed]:
    """When each VM of the fleet was looked into."""
    vms = fleet.table("vms")
    return {
        key: Observed(guest.collected_at or "", guest.source or "")
        for key, guest in sorted(fleet.table("guests").items())
        if key in vms
    }


def _limits(parameters: Mapping[str, Any]) -> tuple[float, float] | None:
    """So many minutes, and how many backups may start within them."""
    given = parameters.get("minutes"), parameters.get("together")
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in given):
        return None
    minutes, together = (float(one or 0) for one in given)
    return (minutes, together) if 0 < minutes < float("inf") and together < float("inf") else None


def _timeline(group: Group, members: list[Placement], minutes: float, together: float, year: int) -> Timeline:
    alike: dict[tuple[str, Timetable], list[str]] = {}
    idle: list[str] = []
    unsure: dict[str, list[str]] = {}
    for member in members:
        name = member.vm.name
        if member.table is None:
            idle.append(name)
        elif isinstance(member.table, Unknown):
            unsure.setdefault(member.table.reason, []).append(name)
        else:
            alike.setdefault((member.policy.rsplit("/", 1)[-1], member.table), []).append(name)
    starts: list[Start] = []
    positions: list[int] = []  # of each member, that of its start
    weeks = []
    for (policy, table), names in alike.items():
        week = week_of(table, year)
        positions += [len(starts)] * len(names)
        weeks += [week] * len(names)
        starts.append(Start(tuple(names), policy, str(week), week.rings.january, week.rings.july))
    crowded = tuple(
        Crowding(
            crowd.at, tuple(dict.fromkeys(positions[member] for member in crowd.members)), crowd.january, crowd.july
        )
        for crowd in crowds(weeks, min(minutes, WEEK))
        if len(crowd.members) > together
    )
    strays = tuple(dict.fromkeys(why.reason for why in group.why))
    doubts = tuple((reason, tuple(names)) for reason, names in unsure.items())
    return Timeline(group.subject, group.kind, minutes, together, tuple(starts), crowded, tuple(idle), doubts, strays)
