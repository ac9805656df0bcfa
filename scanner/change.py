"""What a plan does to a fleet: the verdicts before and after it, subject by subject, also of what it does not name."""

from collections.abc import Callable
from dataclasses import replace

from scanner.model import SEVERITIES, WAIVERS, Change, Effect, Judged, Origin, Outcome, Results

Cause = Callable[[str, str], Origin | None]
"""Of a subject (its id in lower case) and a reason: where the plan writes what it comes from, if that can be told."""


def compared(before: Results, after: Results, cause: Cause) -> Results:
    """The results after the change, each with what the change does to it."""
    known = {
        (judged.policy.id, subject.key): outcome
        for judged in before.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    }
    changes = {}
    for judged in after.judged:
        if judged.policy.resource == WAIVERS:
            changes.update(_of_waivers(judged))
            continue
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            change = changed(known.get((judged.policy.id, subject.key)), outcome)
            if change.effect == "worse" and subject.key not in after.origins:
                change = replace(change, origin=cause(subject.key, outcome.reason))
            changes[judged.policy.id, subject.key] = change
    return replace(after, changes=changes)


def _of_waivers(judged: Judged) -> dict[tuple[str, str], Change]:
    """What is wrong with waivers is no change's doing, and not heard; but one that waives everything is."""
    return {
        (judged.policy.id, subject.key): Change("same", outcome.verdict, outcome.severity)
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if (outcome.verdict, outcome.severity) != ("fail", "error")
    }


def changed(before: Outcome | None, after: Outcome) -> Change:
    """What has become of one verdict."""
    if before is None:  # of what is new only a fail is worse than that it was not there
        return Change("worse" if after.verdict == "fail" else "same", None)
    was, is_now = _rank(before), _rank(after)
    effect: Effect = "same" if was == is_now else "worse" if is_now > was else "better"
    if effect == "better" and after.verdict == "unknown":  # what nobody can tell any more is not known to be better
        effect = "same"
    return Change(effect, before.verdict, before.severity)


def _rank(outcome: Outcome) -> int:
    """How bad it is: right or not concerned, not known, then fails by severity."""
    if outcome.verdict == "fail":
        return 2 + len(SEVERITIES) - SEVERITIES.index(outcome.severity)
    return 1 if outcome.verdict == "unknown" else 0
