"""SARIF 2.1.0 in full: every result of every kind, on the resource it is of, with the facts it stands on."""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from scanner.gate import Decision
from scanner.model import Coverage, Outcome, Results, Subject, Track, Trend, Verdict, Waiver
from scanner.reports import Style
from scanner.reports.parts import sarif_log as log
from scanner.reports.parts.findings import Labels, fingerprint, of, subjects
from scanner.reports.parts.frames import around
from scanner.reports.parts.once import Once
from scanner.reports.parts.streams import Lines, Written, encoded
from scanner.reports.parts.summary import granted
from scanner.reports.parts.texts import clean, shorten

_KINDS: dict[Verdict, str] = {
    "pass": "pass",
    "fail": "fail",
    "unknown": "open",
    "not-applicable": "notApplicable",
}
_LONGEST = 100_000
_GAP = "\0"
"""Stands for what hangs on the resource; no text that is written has it."""
_STATES: dict[Trend, str] = {
    "new": "new",
    "reappeared": "new",
    "added": "new",
    "worse": "updated",
    "persisting": "unchanged",
    "fixed": "updated",
    "lost": "updated",
}


def write(results: Results, decision: Decision, _style: Style) -> Iterator[str]:
    """The log, in pieces."""
    rules = [log.rule(judged, _LONGEST) for judged in results.judged]
    return log.dump(
        {
            "tool": log.driver(results, rules, notifications=log.NOTIFICATIONS),
            "automationDetails": log.details(results),
            "invocations": [log.invocation(results, decision)],
            "artifacts": [
                {"location": {"uri": uri}, "roles": ["analysisTarget"]}
                for uri in dict.fromkeys(map(log.uri, results.run.sources))
            ],
            "logicalLocations": Lines(_resource(subject) for subject in subjects(results)),
            "columnKind": "unicodeCodePoints",
            "properties": _properties(results),
        },
        _results(results),
    )


def _resource(subject: Subject) -> log.Part:
    return {
        "name": clean(subject.name) or "unnamed",
        "fullyQualifiedName": clean(subject.id),
        "kind": "resource",
        "properties": {
            "type": clean(subject.type),
            "resourceGroup": clean(subject.resource_group),
            "subscription": clean(subject.subscription),
        },
    }


def _results(results: Results) -> Iterator[log.Part | Written]:
    labels = Labels(results)
    places = {subject.key: index for index, subject in enumerate(subjects(results))}
    for index, judged in enumerate(results.judged):
        frames = Once(partial(_frame, judged.policy.id, index, results))
        for finding in of(judged):
            policy, subject, outcome = finding
            key = (policy.id, subject.key)
            label, place, uid = labels.of(subject), places[subject.key], fingerprint(policy.id, subject)
            frame = frames(outcome)
            if frame and not (key in results.waivers or key in results.tracks or results.place(*key)):
                yield frame.of(label, place, subject, uid)
            else:
                yield _result(policy.id, index, outcome, results, (label, place, clean(subject.id), uid), key)
    yield from _gone(results)


def _result(
    policy: str,
    rule: int,
    outcome: Outcome,
    results: Results,
    whose: tuple[str, int | str, str, str],
    key: tuple[str, str] | None,
) -> log.Part:
    """A result; `whose`: the label, place and id of its resource, and its fingerprint. Without a key it is one that is
    neither waived, nor written in a file, nor changed since the baseline."""
    label, place, identity, uid = whose
    origin = results.place(*key) if key else None
    track = results.tracks.get(key) if key else None
    written = {} if origin is None else log.physical(log.uri(origin.file), origin)
    told = _told(outcome)
    return {
        "ruleId": clean(policy),
        "ruleIndex": rule,
        "kind": _KINDS[outcome.verdict],
        "level": outcome.severity if outcome.verdict == "fail" else "none",
        "message": log.message(outcome.verdict, label, log.reason(outcome, _LONGEST)),
        "locations": [{**written, "logicalLocations": [{"index": place, "fullyQualifiedName": identity}]}],
        **_suppressed(results.waivers.get(key) if key else None),
        "fingerprints": {"snapready/v1": uid},
        **_state(results, track),
        "properties": told if track is None else {**told, **log.trend(track)},
    }


class _Frame(NamedTuple):
    """A result as JSON without what hangs on its resource, which many results have in common."""

    before: str
    after_text: str
    after_argument: str
    after_place: str
    after_id: str
    after: str

    def of(self, label: str, place: int, subject: Subject, uid: str) -> Written:
        short = shorten(label, log.LABEL)
        said, argument, identity = _inside(log.unlinked(short)), _inside(short), _inside(clean(subject.id))
        before, after_text, after_argument, after_place, after_id, after = self
        return Written(
            f"{before}{said}{after_text}{argument}{after_argument}{place}{after_place}{identity}{after_id}{uid}{after}"
        )


def _frame(policy: str, rule: int, results: Results, outcome: Outcome) -> _Frame | None:
    """None where a text of the outcome looks like a gap of the frame."""
    text = encoded(_result(policy, rule, outcome, results, (_GAP, _GAP, _GAP, _GAP), None))
    parts = around(text, _inside(_GAP), '"', (False, False, True, False, False))  # the place is a number
    return _Frame(*parts) if parts else None


def _inside(text: str) -> str:
    """A text as JSON has it between its quotation marks."""
    return encoded(text)[1:-1]


def _state(results: Results, track: Track | None) -> log.Part:
    """What became of a result since the baseline, in SARIF's four words."""
    if results.baseline is None:
        return {}
    if track is None:
        return {"baselineState": "unchanged"}
    return {"baselineState": _STATES[track.trend]}


def _gone(results: Results) -> Iterator[log.Part]:
    """The findings of the baseline whose resource is gone."""
    labels = Labels(results)
    rules = {judged.policy.id: index for index, judged in enumerate(results.judged)}
    for gone in results.baseline.gone if results.baseline is not None else ():
        outcome = Outcome("fail", gone.severity, gone.reason)
        yield {
            "ruleId": clean(gone.policy),
            "ruleIndex": rules[gone.policy],
            "kind": "fail",
            "level": gone.severity,
            "message": log.message("fail", labels.of(gone.subject), log.reason(outcome, _LONGEST)),
            "locations": [{"logicalLocations": [{"fullyQualifiedName": clean(gone.subject.id)}]}],
            "fingerprints": {"snapready/v1": fingerprint(gone.policy, gone.subject)},
            "baselineState": "absent",
        }


def _suppressed(waiver: Waiver | None) -> log.Part:
    """What accepts a finding for a while; outside of the source that it is in, so that its kind is external."""
    if waiver is None:
        return {}
    found: log.Part = {"kind": "external", "status": "accepted", "justification": granted(waiver)}
    if waiver.origin is not None:
        found["location"] = log.physical(log.uri(waiver.origin.file), waiver.origin)
    told = {"expires": waiver.expires, "owner": waiver.owner, "ticket": waiver.ticket, "created": waiver.created}
    found["properties"] = log.tidy({**told, "source": waiver.source, "id": waiver.id})
    return {"suppressions": [found]}


def _told(outcome: Outcome) -> log.Part:
    found: dict[str, Any] = {"severity": outcome.severity}
    if outcome.needs:
        found["needs"] = log.tidy(outcome.needs)
    if outcome.evidence:
        found["evidence"] = [
            log.tidy({"fact": piece.fact, "value": piece.value, "source": piece.source, "unknown": piece.unknown})
            for piece in outcome.evidence
        ]
    return found


def _properties(results: Results) -> log.Part:
    run = results.run
    return {
        "takenAt": clean(run.taken_at),
        "takenAtFrom": run.taken_from,
        "scope": log.tidy(run.scope),
        "parameters": log.tidy(run.parameters),
        "counts": results.counts(),
        "coverage": [_coverage(entry) for entry in run.coverage],
    }


def _coverage(entry: Coverage) -> log.Part:
    return log.tidy(  # type: ignore[no-any-return]
        {
            "subscription": entry.subscription,
            "type": entry.type,
            "rows": entry.rows,
            "collected": entry.collected,
            "announced": entry.announced,
            "error": entry.error,
            "needs": entry.needs,
        }
    )
