"""How many backups of a group may start together, as the policy says that judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from scanner.model import SnapreadyError
from scanner.policy import Policy
from scanner.schedule.week import WEEK


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
    """The limits that a policy's parameters set; raises where it has no such parameters, or they set none."""
    found = Limits(_number(policy, "minutes"), _number(policy, "together"))
    if not 0 < found.minutes < float("inf") or not found.together < float("inf"):
        raise SnapreadyError(
            f"{policy.id}: {found.together:g} starts within {found.minutes:g} minutes is no limit that can be kept"
        )
    return found


def _number(policy: Policy, name: str) -> float:
    parameters: Mapping[str, Any] = policy.parameters
    value = parameters.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SnapreadyError(
            f"policy {policy.id} has no number {name!r} among its parameters, and so sets no limit to plan by"
        )
    return float(value)
