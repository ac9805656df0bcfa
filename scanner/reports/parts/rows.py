"""What a line of a table or an event log says of a scan and its policies, the same words in every format."""

from collections.abc import Iterable
from typing import Literal

from scanner.gate import Decision
from scanner.model import PolicyHead

Whole = Literal["complete", "incomplete", "nothing judged"]


def whole(decision: Decision) -> Whole:
    """Whether all was judged that should be."""
    if decision.code == 2:
        return "nothing judged"
    return "incomplete" if decision.code == 3 else "complete"


def control_names(policy: PolicyHead) -> Iterable[str]:
    """The controls that a policy speaks to: `nist-800-53/CP-9`."""
    return [f"{framework}/{control}" for framework, ids in policy.controls.items() for control in ids]
