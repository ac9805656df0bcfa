"""All that `snapready schedules` has to tell, whichever way it is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.model import Outcome, Results, Run
from scanner.stagger.plan import Limits, Plan
from scanner.stagger.proof import Proof
from scanner.stagger.survey import Surveyed

_ORDER = ("fail", "unknown", "pass", "not-applicable")


@dataclass(frozen=True, slots=True)
class Told:
    """The groups, worst first, with the verdict on each (by id in lower case), the plan, and its proof if it moves
    anybody. `whole`: every group is shown with its timeline."""

    run: Run
    limits: Limits
    groups: tuple[Surveyed, ...]
    verdicts: Mapping[str, Outcome]
    plan: Plan
    proof: Proof | None
    whole: bool = False

    def verdict(self, group: Surveyed) -> str:
        outcome = self.verdicts.get(group.timeline.group.key)
        return outcome.verdict if outcome is not None else "unknown"


def worst_first(groups: tuple[Surveyed, ...], verdicts: Mapping[str, Outcome]) -> tuple[Surveyed, ...]:
    """Fails first, then what is not known; of those alike the fullest window first."""

    def rank(group: Surveyed) -> tuple[int, int, str]:
        key = group.timeline.group.key
        verdict = verdicts[key].verdict if key in verdicts else "unknown"
        return _ORDER.index(verdict), -group.timeline.fullest(), key

    return tuple(sorted(groups, key=rank))


def verdicts_of(results: Results, policy: str) -> dict[str, Outcome]:
    """What one policy says of each of its subjects, by id in lower case."""
    return {
        subject.key: outcome
        for one in results.judged
        if one.policy.id == policy
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }
