"""How many backups of a group may start together: as the policy that judges it says, with the user's parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from scanner.facts.fleet import Fleet
from scanner.model import SnapreadyError, Subject
from scanner.policy import Policy
from scanner.router import Router, scopes_of
from scanner.schedule.week import WEEK

CROWDING = "staggered-schedules"
"""The policy whose parameters are the limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """No more than `together` backups may start in any window of so many minutes."""

    minutes: float
    together: float

    @property
    def width(self) -> int:
        """Whole minutes, as starts are."""
        return min(ceil(self.minutes), WEEK)

    @property
    def most(self) -> int:
        return max(0, floor(self.together))


def limits_of(policy: Policy) -> Limits:
    """The limits that a policy's parameters set; raises where it has no such parameters, or they say nothing."""
    found = Limits(_number(policy.parameters, "minutes"), _number(policy.parameters, "together"))
    if not 0 < found.minutes < float("inf") or not found.together < float("inf"):
        raise SnapreadyError(
            f"{policy.id}: {found.together:g} starts within {found.minutes:g} minutes is no limit that can be kept"
        )
    return found


def _number(parameters: Mapping[str, Any], name: str) -> float:
    value = parameters.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SnapreadyError(
            f"policy {CROWDING} has no number {name!r} among its parameters, and so sets no limit to plan by"
        )
    return float(value)


def limits_by_group(policy: Policy, fleet: Fleet) -> Callable[[Subject], Limits]:
    """The limits of each group: in a scope of the user's its own; where that is not known, the tightest."""
    scopes = scopes_of([policy])
    router = Router(scopes, {}, fleet) if scopes else None

    def of(group: Subject) -> Limits:
        if router is None:
            return limits_of(policy)
        ways = [limits_of(policy.within(position)) for position in router.of(group, None).scopes]
        return Limits(max(way.minutes for way in ways), min(way.together for way in ways))

    return of
