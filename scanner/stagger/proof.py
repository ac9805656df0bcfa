"""Proves a plan: its moves are made to the rows, and the same policies judge them again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from scanner.change import compared
from scanner.facts.catalogue import catalogue
from scanner.model import Outcome, Results, Subject
from scanner.policy import Policy
from scanner.rowtypes import BACKUP_POLICY
from scanner.scan import Options, judge, read
from scanner.source import Source
from scanner.sources.edited import Edited, Edits, merge_patch
from scanner.stagger.plan import Plan

WHOLE = frozenset((BACKUP_POLICY,))
"""The row types that must be kept whole, so that a backup policy can be copied."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict after the moves, and what it was before."""

    policy: str
    subject: Subject
    before: Outcome | None
    after: Outcome


@dataclass(frozen=True, slots=True)
class Proof:
    """What the same policies say after the moves.

    `closed`: groups that a plan was made for and that pass now. `left`: those that fail no more, but are not known, as
    they hold VMs whose schedule was not known before either. `failed`: all others of them; there must be none. `worse`:
    verdicts of any policy that the moves make worse; there must be none. `excused`: policies that count starts which
    the new schedule would have had in the past, and so are not put again to VMs that move.
    """

    closed: tuple[Judgement, ...]
    left: tuple[Judgement, ...]
    failed: tuple[Judgement, ...]
    worse: tuple[Judgement, ...]
    excused: tuple[str, ...]
    judged: int
    """How many policies judged again."""
    problems: tuple[str, ...] = ()
    """What of the moves could not be made to the rows."""

    def holds(self) -> bool:
        """Nothing gets worse, and no group fails any more that a plan was made for."""
        return not self.problems and not self.worse and not self.failed


def edits_of(plan: Plan) -> Edits:
    """The plan as changes of rows: policies that are made or re-timed, backup items that go to another policy."""
    moved = {
        move.item: partial(merge_patch, patch={"properties": {"policyId": move.end.id, "policyName": move.end.name}})
        for move in plan.moves()
        if move.end.key != move.start.key
    }
    return Edits(moved, tuple(policy.row for policy in (*plan.made, *plan.retimed)))


def prove(
    source: Source, policies: Sequence[Policy], options: Options, before: Results, plan: Plan, crowding: str
) -> Proof:
    """Judges the source again with the plan's edits, at the same time. `crowding`: the policy that the plan is to
    satisfy."""
    edited = Edited(source, edits_of(plan))
    options = replace(options, now=before.run.taken_at)
    after = judge(read(edited, policies, options, whole=WHOLE), edited, policies, options)
    changes = compared(before, after, lambda *_: None).changes
    known = {
        (one.policy.id, subject.key): outcome
        for one in before.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }
    moved = {move.vm.key for move in plan.moves()}
    planned = {group.group.line.group.key: group.group.line for group in plan.groups if group.moves}
    excused = {policy.id for policy in policies if counts_past_starts(policy)} if moved else set()
    closed: list[Judgement] = []
    left: list[Judgement] = []
    failed: list[Judgement] = []
    worse: list[Judgement] = []
    for one in after.judged:
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True):
            key = (one.policy.id, subject.key)
            found = Judgement(one.policy.id, subject, known.get(key), outcome)
            if one.policy.id == crowding and subject.key in planned:
                line = planned[subject.key]
                open_before = bool(line.unsure or line.strays)
                passes = outcome.verdict in ("pass", "not-applicable")
                (closed if passes else left if outcome.verdict == "unknown" and open_before else failed).append(found)
            if changes[key].effect == "worse" and not (one.policy.id in excused and subject.key in moved):
                worse.append(found)
    said = {problem.message for problem in before.run.problems}
    problems = tuple(one.message for one in after.run.problems if one.incomplete and one.message not in said)
    return Proof(
        tuple(closed),
        tuple(left),
        tuple(failed),
        tuple(worse),
        tuple(sorted(excused)),
        len(after.judged),
        problems,
    )


def counts_past_starts(policy: Policy) -> bool:
    """Whether it reads a fact of what ran that hangs on a schedule: by a new one, starts would be missed that never
    were due."""
    facts = catalogue(policy.head.resource) or {}
    names = {path[0] for path in policy.reads()}
    return any(facts[name].live and BACKUP_POLICY in facts[name].reads for name in names if name in facts)
