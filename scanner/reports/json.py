"""results.json: everything a scan found, in one value that every other format could be rendered from."""

from collections.abc import Iterator
from typing import Any

from scanner.gate import Decision, Gate
from scanner.model import (
    Baseline,
    Coverage,
    Evidence,
    Judged,
    Outcome,
    Problem,
    Results,
    Run,
    Standing,
    Subject,
    Waiver,
)
from scanner.reports import Style
from scanner.reports.parts.findings import fingerprint, subjects
from scanner.reports.parts.streams import Lines, streamed
from scanner.reports.parts.timeline import timeline

SCHEMA = "snapready/results/1"


def document(results: Results, decision: Decision) -> dict[str, Any]:
    """The value of results.json; its shape is schemas/results.schema.json. What is long is still to be gone through."""
    run = results.run
    return {
        "schema": SCHEMA,
        "run": {
            "takenAt": run.taken_at,
            "takenAtFrom": run.taken_from,
            "version": run.version,
            "sources": list(run.sources),
            "scope": list(run.scope),
            "parameters": {name: dict(given) for name, given in run.parameters.items()},
            "exitCode": decision.code,
            "exitReason": decision.why,
            "gate": _gate(decision.gate),
            "incomplete": results.incomplete(),
            "duplicates": run.duplicates,
            "coverage": [_coverage(entry) for entry in run.coverage],
            "problems": [_problem(problem) for problem in run.problems],
            **({} if run.stage == "live" else {"stage": run.stage}),
            **({"standingToo": results.standing_too} if run.stage == "overlay" else {}),
            **({"configuration": list(run.configuration)} if run.configuration else {}),
            **({"unasked": _unasked(run)} if run.unasked else {}),
            **({"baseline": _baseline(results.baseline)} if results.baseline is not None else {}),
        },
        "policies": [_policy(judged) for judged in results.judged],
        "subjects": Lines(_subjects(results)),
        "results": Lines(
            _result(results, judged, subject, outcome)
            for judged in results.judged
            for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        ),
        **({"timelines": [timeline(line) for line in results.timelines]} if results.timelines else {}),
        **(
            {"memory": Lines(_remembered(*key, time) for key, time in results.memory.items())} if results.memory else {}
        ),
    }


def _unasked(run: Run) -> dict[str, Any]:
    return {
        policy: {name: list(ids) for name, ids in sorted(controls.items())} for policy, controls in run.unasked.items()
    }


def _baseline(baseline: Baseline) -> dict[str, Any]:
    return {
        "file": baseline.file,
        "takenAt": baseline.taken_at,
        "gone": [
            {
                "policy": gone.policy,
                "resource": gone.subject.id,
                "type": gone.subject.type,
                "name": gone.subject.name,
                "resourceGroup": gone.subject.resource_group,
                "subscription": gone.subject.subscription,
                "severity": gone.severity,
                "reason": gone.reason,
            }
            for gone in baseline.gone
        ],
    }


def _remembered(policy: str, resource: str, time: str) -> dict[str, str]:
    return {"policy": policy, "resource": resource, "lastFailed": time}


def _gate(gate: Gate) -> dict[str, Any]:
    unknown = "fail" if gate.unknown_fails else "warn"
    found = {"failOn": gate.fail_on, "unknown": unknown, "allowEmpty": gate.allow_empty}
    return {**found, "onlyNew": True} if gate.only_new else found


def _coverage(entry: Coverage) -> dict[str, Any]:
    found: dict[str, Any] = {
        "subscription": entry.subscription,
        "type": entry.type,
        "rows": entry.rows,
        "collected": entry.collected,
    }
    if entry.announced is not None:
        found["announced"] = entry.announced
    if entry.error:
        found["error"] = entry.error
    if entry.needs:
        found["needs"] = entry.needs
    return found


def _problem(problem: Problem) -> dict[str, Any]:
    found: dict[str, Any] = {"message": problem.message, "incomplete": problem.incomplete, "count": problem.count}
    if problem.file:
        found["file"] = problem.file
    if problem.line:
        found["line"] = problem.line
    return found


def _policy(judged: Judged) -> dict[str, Any]:
    head = judged.policy
    found: dict[str, Any] = {
        "id": head.id,
        "title": head.title,
        "resource": head.resource,
        "severity": head.severity,
        "reach": head.reach,
        "why": head.why,
        "fix": head.fix,
        "source": dict(head.source),
        "controls": {name: list(ids) for name, ids in head.controls.items()},
        "parameters": dict(head.parameters),
        "cause": head.cause,
        "errors": list(head.errors),
    }
    if head.scoped:
        found["scoped"] = {
            name: {"severity": there.severity, "parameters": dict(there.parameters)}
            for name, there in head.scoped.items()
        }
    return found


def _subjects(results: Results) -> Iterator[dict[str, Any]]:
    for subject in subjects(results):
        found: dict[str, Any] = {
            "id": subject.id,
            "type": subject.type,
            "name": subject.name,
            "resourceGroup": subject.resource_group,
            "subscription": subject.subscription,
        }
        standing = results.standings.get(subject.key)
        if standing is not None:
            found["backup"] = _standing(standing)
        observed = results.observed.get(subject.key)
        if observed is not None:
            found["guest"] = {"collectedAt": observed.at, "source": observed.source}
        yield found


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "protected": standing.protected,
        "agentless": standing.agentless,
        "lastCompleted": standing.completed,
        "lastStatus": standing.status,
        "lastTime": standing.time,
    }


def _result(results: Results, judged: Judged, subject: Subject, outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {
        "policy": judged.policy.id,
        "resource": subject.id,
        "verdict": results.state(judged.policy.id, subject.key, outcome.verdict),
        "severity": outcome.severity,
        "reason": outcome.reason,
    }
    if outcome.needs:
        found["needs"] = list(outcome.needs)
    if outcome.evidence:
        found["evidence"] = [_evidence(piece) for piece in outcome.evidence]
    if scope := judged.scopes.get(subject.key):
        found["scope"] = scope
    found["fingerprint"] = fingerprint(judged.policy.id, subject)
    origin = results.origins.get(subject.key)
    if origin is not None:
        found["origin"] = origin._asdict()
    waiver = results.waivers.get((judged.policy.id, subject.key))
    if waiver is not None:
        found["waiver"] = _waiver(waiver)
    track = results.tracks.get((judged.policy.id, subject.key))
    if track is not None:
        found["trend"] = track.trend
        if track.since:
            found["since"] = track.since
    change = results.changes.get((judged.policy.id, subject.key))
    if change is not None:
        found["change"] = {"effect": change.effect, "before": change.before, "severity": change.severity}
        if change.origin is not None:
            found["change"]["origin"] = change.origin._asdict()
    return found


def _waiver(waiver: Waiver) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source": waiver.source,
        "policies": list(waiver.policies),
        "resources": list(waiver.resources),
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires,
    }
    found.update({name: getattr(waiver, name) for name in ("ticket", "created", "id") if getattr(waiver, name)})
    if waiver.origin is not None:
        found["origin"] = waiver.origin._asdict()
    return found


def _evidence(piece: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = {"fact": piece.fact, "value": piece.value, "source": piece.source}
    if piece.unknown:
        found["unknown"] = piece.unknown
    return found


def write(results: Results, decision: Decision, _style: Style) -> Iterator[str]:
    """results.json as text: each subject and each result on a line of its own."""
    return streamed(document(results, decision))
