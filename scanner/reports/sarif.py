"""SARIF 2.1.0 in full: every result of every kind, on the resource it is of, with the facts it stands on."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.gate import Decision
from scanner.model import Coverage, Outcome, Results, Subject, Track, Trend, Verdict, Waiver
from scanner.reports import Style
from scanner.reports.parts import sarif_log as log
from scanner.reports.parts.findings import Finding, Labels, fingerprint, of, subjects
from scanner.reports.parts.once import Once
from scanner.reports.parts.streams import Lines
from scanner.reports.parts.summary import granted
from scanner.reports.parts.texts import clean

_KINDS: dict[Verdict, str] = {
    "pass": "pass",
    "fail": "fail",
    "unknown": "open",
    "not-applicable": "notApplicable",
}
_LONGEST = 100_000
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


def _results(results: Results) -> Iterator[log.Part]:
    labels = Labels(results)
    places = {subject.key: index for index, subject in enumerate(subjects(results))}
    shared = Once(_shared)
    for index, judged in enumerate(results.judged):
        for finding in of(judged):
            yield _result(finding, index, labels, places, results, shared(finding.outcome))
    yield from _gone(results)


def _shared(outcome: Outcome) -> tuple[str, log.Part]:
    """What a result says whatever it is of: why, and with which facts."""
    return log.reason(outcome, _LONGEST), _told(outcome)


def _result(
    finding: Finding,
    rule: int,
    labels: Labels,
    places: Mapping[str, int],
    results: Results,
    shared: tuple[str, log.Part],
) -> log.Part:
    policy, subject, outcome = finding
    verdict = outcome.verdict
    key = (policy.id, subject.key)
    origin = results.place(*key)
    written = {} if origin is None else log.physical(log.uri(origin.file), origin)
    place = {"index": places[subject.key], "fullyQualifiedName": clean(subject.id)}
    reason, told = shared
    track = results.tracks.get(key)
    return {
        "ruleId": clean(policy.id),
        "ruleIndex": rule,
        "kind": _KINDS[verdict],
        "level": outcome.severity if verdict == "fail" else "none",
        "message": log.message(verdict, labels.of(subject), reason),
        "locations": [{**written, "logicalLocations": [place]}],
        **_suppressed(results.waivers.get(key)),
        "fingerprints": {"snapready/v1": fingerprint(policy.id, subject)},
        **_state(results, track),
        "properties": told if track is None else {**told, **log.trend(track)},
    }


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
