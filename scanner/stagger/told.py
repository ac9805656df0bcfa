"""All that `snapready schedules` has to tell, whichever way it is written; from a source to that, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.language.parse import suggest
from scanner.model import Outcome, Results, Run, SnapreadyError, Subject
from scanner.policy import Policy
from scanner.scan import Options, judge, read
from scanner.source import Source
from scanner.stagger.limits import Limits, limits_of
from scanner.stagger.plan import Plan, plan
from scanner.stagger.proof import WHOLE, Proof, prove
from scanner.stagger.quotas import quotas
from scanner.stagger.survey import Survey, Surveyed, survey

_ORDER = ("fail", "unknown", "pass", "not-applicable")


@dataclass(frozen=True, slots=True)
class Told:
    """The groups, worst first, with the verdict on each (by id in lower case), the plan, and its proof if it moves
    anybody.

    `limits`: those of groups in no scope of the user's. `notes`: what Azure's own limits say of the plan. `whole`:
    every group is shown with its timeline.
    """

    run: Run
    limits: Limits
    groups: tuple[Surveyed, ...]
    verdicts: Mapping[str, Outcome]
    plan: Plan
    proof: Proof | None
    notes: tuple[str, ...] = ()
    whole: bool = False

    def verdict(self, group: Surveyed) -> str:
        outcome = self.verdicts.get(group.line.group.key)
        return outcome.verdict if outcome is not None else "unknown"


def tell(
    source: Source, policies: Sequence[Policy], options: Options, crowding: Policy, named: Sequence[str] = ()
) -> Told:
    """Reads a source, plans by the limits of `crowding`, and proves the plan. `named`: only these groups.

    The source is read again for the proof, so it must be one that can be.
    """
    limits_of(crowding)  # raises before anything is read
    reading = read(source, policies, options, whole=WHOLE)
    before = judge(reading, source, policies, options)
    found = survey(reading.fleet, before.timelines)
    if not found.groups and not reading.fleet.table("vms") and not reading.run.proved_empty:
        raise SnapreadyError("there is not one VM among the rows, so there is nothing to stagger")
    del reading  # a whole fleet, and another one is about to be read
    found = _only(found, named)
    verdicts = _verdicts(before, crowding.id)
    made = plan(found)
    proof = prove(source, policies, options, before, made, crowding.id) if made.moves() else None
    groups = tuple(sorted(found.groups, key=lambda group: _rank(group, verdicts)))
    return Told(before.run, limits_of(crowding), groups, verdicts, made, proof, quotas(made, found), whole=bool(named))


def _only(found: Survey, named: Sequence[str]) -> Survey:
    """The groups of these names, resource groups and names, or ids; raises for one that no group has."""
    if not named:
        return found
    names = {group.line.group.key: _names(group.line.group) for group in found.groups}
    for name in named:
        if not any(name.lower() in some for some in names.values()):
            known = {some[0] for some in names.values()}
            raise SnapreadyError(f"--group: there is no group {name!r}{suggest(name, known)}")
    wanted = {name.lower() for name in named}
    groups = [group for group in found.groups if not wanted.isdisjoint(names[group.line.group.key])]
    return replace(found, groups=tuple(groups))


def _names(group: Subject) -> tuple[str, str, str]:
    return group.name.lower(), f"{group.resource_group}/{group.name}".lower(), group.key


def _rank(group: Surveyed, verdicts: Mapping[str, Outcome]) -> tuple[int, int, str]:
    """Fails first, then what is not known; of those alike the fullest window first."""
    key = group.line.group.key
    verdict = verdicts[key].verdict if key in verdicts else "unknown"
    return _ORDER.index(verdict), -group.fullest, key


def _verdicts(results: Results, policy: str) -> dict[str, Outcome]:
    """What one policy says of each of its subjects, by id in lower case."""
    return {
        subject.key: outcome
        for one in results.judged
        if one.policy.id == policy
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }
