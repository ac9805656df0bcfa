"""Holds results to those of an earlier run: what is new, back, still there, fixed, lost or gone since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from scanner.model import (
    SEVERITIES,
    Baseline,
    Gone,
    Judged,
    Outcome,
    Problem,
    Results,
    Severity,
    SnapreadyError,
    State,
    Subject,
    Track,
)

Key = tuple[str, str]
_REMEMBERED = timedelta(days=400)
"""How long it is known of what failed once that it did."""


def tracked(before: Results, after: Results, file: str) -> Results:
    """The results with what became of them since `before`, which the file holds; raises where they do not compare."""
    if before.run.stage != after.run.stage:
        kinds = {"live": "what runs", "plan": "a plan", "overlay": "a plan laid over what runs"}
        raise SnapreadyError(
            f"--baseline: {file} judged {kinds[before.run.stage]}, and this run judges {kinds[after.run.stage]}"
        )
    if after.run.stage == "overlay":
        raise SnapreadyError("--baseline: a plan laid over a fleet is held to that fleet, which is its baseline")
    known = {key: (state, outcome) for key, _, state, outcome in _each(before)}
    tracks = {}
    failing = set()
    graver: dict[Key, Severity] = {}
    for key, _, state, outcome in _each(after):
        was, then = known.get(key, (None, outcome))
        track = _track(key, state, was, state == was == "fail" and _graver(outcome, then), before, after)
        if track is not None:
            tracks[key] = track
            if track.trend == "lost" and was != "pass" and _rank(then.severity) < _rank(outcome.severity):
                graver[key] = then.severity
        if state in ("fail", "waived"):
            failing.add(key)
    return replace(
        after,
        judged=_as_grave(after.judged, graver),
        run=replace(after.run, problems=(*after.run.problems, *_notes(before, after, file))),
        baseline=Baseline(file, before.run.taken_at, tuple(_gone(before, after))),
        tracks=tracks,
        memory=_memory(before, after, failing),
    )


_rank = SEVERITIES.index


def _graver(now: Outcome, then: Outcome) -> bool:
    """Whether a finding is graver than it was, or may be as nobody can tell any more that it is not."""
    return _rank(now.severity) < _rank(then.severity) or _rank(now.gravest()) < _rank(then.gravest())


def _as_grave(judged: tuple[Judged, ...], severities: Mapping[Key, Severity]) -> tuple[Judged, ...]:
    """A finding that nobody can see any more is as grave as it was: what says how grave it is may be lost as well."""
    if not severities:
        return judged
    policies = {policy for policy, _ in severities}

    def as_it_was(each: Judged) -> Judged:
        def outcome(subject: Subject, found: Outcome) -> Outcome:
            then = severities.get((each.policy.id, subject.key))
            return found if then is None else replace(found, severity=then)

        return replace(each, outcomes=list(map(outcome, each.subjects, each.outcomes)))

    return tuple(as_it_was(each) if each.policy.id in policies else each for each in judged)


def _each(results: Results) -> Iterator[tuple[Key, Subject, State, Outcome]]:
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            key = (judged.policy.id, subject.key)
            yield key, subject, results.state(*key, outcome.verdict), outcome


def _track(key: Key, state: State, was: State | None, graver: bool, before: Results, after: Results) -> Track | None:
    """`graver`: it fails, as it did, and is or may be graver than it was."""
    if state == "fail":
        if was == "fail":
            known = before.tracks.get(key)
            since = (known.since if known is not None else "") or before.run.taken_at
            return Track("worse" if graver else "persisting", since)
        back = was == "waived" or key in before.memory
        return Track("reappeared" if back else "new", after.run.taken_at)
    if was is None or (was == "not-applicable" and state == "unknown"):
        return Track("added") if state != "waived" else None
    if state == "unknown":
        return Track("lost") if was in ("pass", "fail", "waived") else None
    return Track("fixed") if was in ("fail", "waived") and state != "waived" else None


def _gone(before: Results, after: Results) -> Iterator[Gone]:
    """The findings whose resource is not among what their policy judged, where it would be if it were there."""
    if after.incomplete():  # then what is not seen need not be gone
        return
    there = {key for key, *_ in _each(after)}
    judging, read = {judged.policy.id for judged in after.judged}, _subscriptions(after)
    for key, subject, state, outcome in _each(before):
        if state == "fail" and key not in there and key[0] in judging and subject.subscription in read:
            yield Gone(key[0], subject, outcome.severity, outcome.reason)


def _subscriptions(results: Results) -> set[str]:
    """Those that something was read of; "" stands for what is in none."""
    of_subjects = {subject.subscription for judged in results.judged for subject in judged.subjects}
    return {"", *of_subjects, *(entry.subscription for entry in results.run.coverage)}


def _memory(before: Results, after: Results, failing: set[Key]) -> dict[Key, str]:
    """What failed once and does not now; after a while it is forgotten."""
    found = dict(before.memory)
    found.update((key, before.run.taken_at) for key, _, state, _ in _each(before) if state in ("fail", "waived"))
    first = (date.fromisoformat(after.run.taken_at[:10]) - _REMEMBERED).isoformat()
    return {key: found[key] for key in sorted(found) if key not in failing and found[key] >= first}


def _notes(before: Results, after: Results, file: str) -> Iterator[Problem]:
    """What keeps the two from being the same question asked twice."""
    if before.incomplete():
        yield Problem("the baseline is incomplete: what it could not judge is not known to be new", file)
    if after.incomplete():
        yield Problem("not all could be read: what of the baseline is not among these results need not be gone", file)
    if before.run.taken_at > after.run.taken_at:
        yield Problem(f"the baseline is of {before.run.taken_at}, which is later than these rows", file)
    policies = [{judged.policy.id for judged in results.judged} for results in (before, after)]
    scopes = [_subscriptions(results) - {""} for results in (before, after)]
    for what, (one, other) in (("policies", policies), ("subscriptions", scopes)):
        if other - one:
            yield Problem(f"the baseline did not judge {what} that this run does: {_listed(other - one)}", file)
        if one - other:
            yield Problem(f"the baseline judged {what} that this run does not: {_listed(one - other)}", file)


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
