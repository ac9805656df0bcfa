"""Results to an exit code: 0 holds, 1 findings, 2 nothing judged, 3 not all that should be judged was."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from scanner.model import SEVERITIES, WAIVERS, Outcome, Problem, Results, Severity, State, Subject, Track, several

FailOn = Literal["error", "warning", "note", "never"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Which results stop a pipeline."""

    fail_on: FailOn = "error"
    unknown_fails: bool = False
    allow_empty: bool = False
    live: bool = False
    """Azure itself was read: that there is nothing to judge there, if it is proved, is an answer."""
    only_new: bool = False
    """Only what the baseline does not have counts: what is new, back or worse, verdicts that were lost, and, where an
    unknown stops the gate, those that were not there."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The exit code, the sentence that says why, and the gate that was asked."""

    code: int
    why: str
    gate: Gate = Gate()

    def counts(self, outcome: Outcome, track: Track | None = None) -> bool:
        """Whether such a result stops the gate."""
        return _stops(self.gate, outcome.verdict, track) and _grave(self.gate, outcome)


def counted(gate: Gate) -> tuple[Severity, ...]:
    """The severities that stop the gate."""
    return () if gate.fail_on == "never" else SEVERITIES[: SEVERITIES.index(gate.fail_on) + 1]


def _grave(gate: Gate, outcome: Outcome) -> bool:
    """Whether its severity stops the gate; where an unknown does, so does a severity that is not known to be milder."""
    return (outcome.gravest() if gate.unknown_fails else outcome.severity) in counted(gate)


def _stops(gate: Gate, state: State, track: Track | None) -> bool:
    """Whether a result of any severity stops the gate."""
    if gate.only_new:
        trend = track.trend if track is not None else ""
        if state == "fail":
            return trend in ("new", "reappeared", "worse")
        return state == "unknown" and (trend == "lost" or (trend == "added" and gate.unknown_fails))
    return state == "fail" or (state == "unknown" and gate.unknown_fails)


def decide(results: Results, gate: Gate) -> Decision:
    """The exit code of a scan whose results these are."""
    return Decision(*_decided(results, gate), gate)


@dataclass(slots=True)
class _Count:
    """What the gate goes by: who was judged, what stops it, and what does not count."""

    subjects: int = 0
    decided: int = 0
    stopping: Counter[State] = field(default_factory=Counter)
    doubtful: int = 0
    """Of the fails that stop it, those that nobody knows to be milder."""
    lost: int = 0
    """Of the unknowns that stop it, those that the baseline knew."""
    milder: Counter[State] = field(default_factory=Counter)


def _counted(results: Results, gate: Gate) -> _Count:
    levels, count = counted(gate), _Count()
    for judged in results.judged:
        if judged.policy.resource != WAIVERS:  # a gate that has looked at waivers alone has judged nothing
            tally = judged.tally()
            count.subjects += len(judged.subjects)
            count.decided += tally["pass"] + tally["fail"]
    for weighed in heard(results, gate):
        state, outcome, track = weighed.state, weighed.outcome, weighed.track
        if weighed.stops:
            count.stopping[state] += 1
            count.doubtful += state == "fail" and outcome.severity not in levels
            count.lost += state == "unknown" and track is not None and track.trend == "lost"
        else:
            count.milder[state] += 1
    return count


class Weighed(NamedTuple):
    """A result that the gate looks at, and whether it stops it."""

    policy: str
    subject: Subject
    outcome: Outcome
    state: State
    track: Track | None
    stops: bool


def heard(results: Results, gate: Gate) -> Iterator[Weighed]:
    """Every fail and unknown that counts: nothing else can stop a gate."""
    for judged in results.judged:
        for subject, outcome in judged.with_verdict("fail", "unknown"):
            key = (judged.policy.id, subject.key)
            if results.heard(*key):
                state, track = results.state(*key, outcome.verdict), results.tracks.get(key)
                stops = _grave(gate, outcome) and _stops(gate, state, track)
                yield Weighed(judged.policy.id, subject, outcome, state, track, stops)


def _decided(results: Results, gate: Gate) -> tuple[int, str]:
    count = _counted(results, gate)
    if not count.subjects:
        return _nothing(results, gate)
    if results.incomplete():
        return 3, f"incomplete: {_first([problem for problem in results.run.problems if problem.incomplete])}"
    if not count.decided and results.run.stage == "plan" and not results.counts()["unknown"]:
        return 0, "nothing to judge: the plan was read whole, and no policy applies before it runs"
    if not count.decided:
        return 3, "not one policy could pass or fail anything: nothing is known to be right"
    fails, unknowns = count.stopping["fail"], count.stopping["unknown"]
    of_a_change = results.changes and not results.standing_too
    if fails:
        worse = " that the change makes" if of_a_change else ""
        worse += " that the baseline does not have" if gate.only_new else ""
        doubt = f", {count.doubtful} of them as nobody knows it to be milder" if count.doubtful else ""
        return 1, f"{several(fails, 'finding')}{worse} at {_at(gate)}{doubt}{_waived(results)}"
    if unknowns:
        before = " that the baseline knew" if count.lost == unknowns else " that the baseline does not have"
        return 1, f"{unknowns} unknown{before if gate.only_new else ''} at {_at(gate)}{_waived(results)}"
    held = _harmless(gate, count.milder) if of_a_change else "the gate holds"
    held += ", as the baseline has all findings that count" if gate.only_new else ""
    return 0, f"{held}{_waived(results)}"


def _harmless(gate: Gate, milder: Mapping[State, int]) -> str:
    """Why a change passes: it makes nothing worse, or nothing that counts."""
    fails, unknowns = milder["fail"], milder["unknown"]
    if not fails and not unknowns:
        return "the change makes nothing worse"
    below = "" if gate.fail_on == "never" else " below that"
    worse = [f"{several(fails, 'finding')}{below}"] if fails else []
    worse += [f"{several(unknowns, 'verdict that is', 'verdicts that are')} no longer known"] if unknowns else []
    some = " and ".join(worse)
    return (
        f"the change makes {some}"
        if gate.fail_on == "never"
        else f"the change makes no finding at {_at(gate)}, but {some}"
    )


def _waived(results: Results) -> str:
    count = sum(results.heard(policy, subject) for policy, subject in results.waivers)
    return f"; {count} waived" if count else ""


def _at(gate: Gate) -> str:
    return gate.fail_on if gate.fail_on == "error" else f"{gate.fail_on} or above"


def _first(problems: Sequence[Problem]) -> str:
    """The first problem with its file and line, and how many more there are."""
    place = f"{problems[0].place()}: " if problems[0].place() else ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{place}{problems[0].message}{more}"


def _nothing(results: Results, gate: Gate) -> tuple[int, str]:
    kinds = ", ".join(sorted({judged.policy.resource for judged in results.judged} - {WAIVERS}))
    unread = [problem for problem in results.run.problems if problem.incomplete]
    if not unread and gate.allow_empty:
        return 0, f"nothing to judge, which --allow-empty accepts: no {kinds}"
    if not unread and gate.live and results.run.proved_empty:
        return 0, f"nothing to judge: every subscription was read, and there is no {kinds}"
    if not unread and results.run.stage == "plan":
        return 0, "nothing to judge: the plan was read whole, and no VM is in it; --over judges those that run"
    if unread and results.run.stage == "plan":  # it was read; what it would create cannot be told
        return 3, f"incomplete: {_first(unread)}"
    if unread:
        return 2, f"nothing to judge: {_first(unread)}"
    doubt = ", and the identity may not see all there is" if gate.live else ""
    return 2, f"nothing to judge: the input holds no {kinds}{doubt} (--allow-empty accepts that)"
