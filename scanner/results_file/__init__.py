"""Reads results.json back into the value it was written from, so that any format can be written later."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from scanner.gate import Decision, Gate, heard
from scanner.model import (
    Baseline,
    Change,
    Coverage,
    Crowding,
    Evidence,
    Gone,
    Judged,
    Observed,
    Origin,
    Outcome,
    PolicyHead,
    Problem,
    Results,
    Run,
    SnapreadyError,
    Standing,
    Start,
    Subject,
    Timeline,
    Track,
    Waiver,
)
from scanner.reports.json import SCHEMA
from scanner.results_file import shape
from scanner.rowtypes import BACKUP_GROUP
from scanner.schedule.week import WEEK


def read(path: str) -> tuple[Results, Decision]:
    """The results of the file and what the gate made of them; - is standard input. Raises SnapreadyError."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise SnapreadyError(f"{path}: cannot be read: {error.strerror}") from None
    file = _checked(path, raw)
    _dated(path, file)
    run = file.run
    asked = run.gate
    gate = Gate(asked.fail_on, asked.unknown == "fail", asked.allow_empty, only_new=asked.only_new)
    decision = Decision(run.exit_code, run.exit_reason, gate)
    origins = {each.resource.lower(): Origin(*_values(each.origin)) for each in file.results if each.origin is not None}
    changes = {
        (each.policy, each.resource.lower()): _change(each.change) for each in file.results if each.change is not None
    }
    results = Results(
        _run(run),
        _judged(path, file),
        _standings(file.subjects),
        origins,
        changes,
        file.run.standing_too,
        _waivers(file.results),
        _baseline(run.baseline),
        {
            (each.policy, each.resource.lower()): Track(each.trend, each.since)
            for each in file.results
            if each.trend is not None
        },
        {(each.policy, each.resource.lower()): each.last_failed for each in file.memory},
        {each.id.lower(): Observed(*_values(each.guest)) for each in file.subjects if each.guest is not None},
        tuple(_timeline(path, each) for each in file.timelines),
    )
    _follows(path, results, decision)
    return results, decision


def _dated(path: str, file: shape.File) -> None:
    """Refuses a file with a day or time that is none: reports count days from it."""
    times = [("run.takenAt", file.run.taken_at)]
    times += [("run.baseline.takenAt", file.run.baseline.taken_at)] if file.run.baseline is not None else []
    for name, given in times:
        try:
            datetime.fromisoformat(given)
        except ValueError:
            said = f"{name} is {given[:40]!r}, which is no time"
            raise SnapreadyError(f"{path}: this is no valid results file: {said}") from None


def _follows(path: str, results: Results, decision: Decision) -> None:
    """Refuses a file whose exit code says that its gate held, and whose results say that it did not."""
    if decision.code != 0:
        return
    stopping = next((each for each in heard(results, decision.gate) if each.stops), None)
    if stopping is not None:
        raise SnapreadyError(
            f"{path}: exit code 0 does not follow from its results: {stopping.policy} on {stopping.subject.id} is"
            f" {stopping.state}\n"
            "  help: somebody has changed the file; write it again from the rows, or: snapready verify PACK"
        )


def _waivers(results: Iterable[shape.Result]) -> dict[tuple[str, str], Waiver]:
    """What waives each waived fail; one waiver is one value, whatever it waives."""
    made: dict[str, Waiver] = {}
    found = {}
    for each in results:
        given = each.waiver
        if given is None:
            continue
        key = repr(given)
        if key not in made:
            made[key] = Waiver(
                policies=given.policies,
                resources=given.resources,
                owner=given.owner,
                reason=given.reason,
                expires=given.expires,
                ticket=given.ticket,
                created=given.created,
                source=given.source,
                id=given.id,
                origin=None if given.origin is None else Origin(*_values(given.origin)),
            )
        found[each.policy, each.resource.lower()] = made[key]
    return found


def _baseline(given: shape.Baseline | None) -> Baseline | None:
    if given is None:
        return None
    gone = tuple(
        Gone(
            each.policy,
            Subject(each.resource, each.resource.lower(), each.type, each.name, each.resource_group, each.subscription),
            each.severity,
            each.reason,
        )
        for each in given.gone
    )
    return Baseline(given.file, given.taken_at, gone)


def _timeline(path: str, given: shape.Timeline) -> Timeline:
    group = given.group
    crowded = tuple(Crowding(*_values(window)) for window in given.crowded)
    if any(not 0 <= place < len(given.starts) for window in crowded for place in window.starts):
        raise SnapreadyError(f"{path}: a crowded window of {group.name} names a start that is not among its starts")
    rings = [ring for one in given.starts for ring in (one.january, one.july)]
    rings += [ring for one in given.crowded for ring in (one.january, one.july)]
    if any(not 0 <= minute < WEEK for ring in rings for minute in ring):
        raise SnapreadyError(f"{path}: the timeline of {group.name} has a minute that no week has")
    return Timeline(
        Subject(group.id, group.id.lower(), BACKUP_GROUP, group.name, group.resource_group, group.subscription),
        given.kind,
        given.minutes,
        given.together,
        tuple(Start(*_values(start)) for start in given.starts),
        crowded,
        given.idle,
        tuple((each.reason, each.vms) for each in given.unsure),
        given.strays,
    )


def _change(given: shape.Change) -> Change:
    origin = None if given.origin is None else Origin(*_values(given.origin))
    return Change(given.effect, given.before, given.severity, origin)


def _checked(path: str, raw: bytes) -> shape.File:
    """The whole file, every field of the type it must be."""
    help = "write one with: snapready scan PATH… --report json=results.json"
    try:
        value = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))  # msgspec's own reader refuses lone surrogates
    except (ValueError, RecursionError):
        raise SnapreadyError(f"{path}: this is not JSON\n  help: {help}") from None
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema != SCHEMA:
        said = f"its schema is {schema!r}, not {SCHEMA!r}" if schema else "it names no schema"
        raise SnapreadyError(f"{path}: this is no results file that can be read: {said}\n  help: {help}")
    try:
        return msgspec.convert(value, shape.File)
    except msgspec.ValidationError as error:
        raise SnapreadyError(f"{path}: this is no valid results file: {error}\n  help: {help}") from None


def _run(run: shape.Run) -> Run:
    return Run(
        run.taken_at,
        run.taken_at_from,
        run.version,
        run.sources,
        run.scope,
        run.parameters,
        tuple(Coverage(*_values(entry)) for entry in run.coverage),
        tuple(Problem(p.message, p.file, p.line, p.incomplete, p.count) for p in run.problems),
        run.duplicates,
        stage=run.stage,
        configuration=run.configuration,
        unasked=run.unasked,
    )


def _judged(path: str, file: shape.File) -> tuple[Judged, ...]:
    """Each policy with its results; a result of a policy or a resource that the file does not have is refused."""
    subjects = {
        each.id: Subject(each.id, each.id.lower(), each.type, each.name, each.resource_group, each.subscription)
        for each in file.subjects
    }
    policies = {each.id for each in file.policies}
    results: dict[str, list[shape.Result]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for result in file.results:
        key = (result.policy, result.resource.lower())
        if key in seen:
            raise SnapreadyError(f"{path}: {result.policy} on {result.resource} has two results")
        seen.add(key)
        if result.policy not in policies or result.resource not in subjects:
            absent = "policies" if result.policy not in policies else "subjects"
            raise SnapreadyError(
                f"{path}: a result of {result.policy} on {result.resource} names what is not among its {absent}"
            )
        if (result.verdict == "waived") != (result.waiver is not None):
            said = "waived, and by nothing" if result.waiver is None else "not waived, and has a waiver"
            raise SnapreadyError(f"{path}: a result of {result.policy} on {result.resource} is {said}")
        results[result.policy].append(result)
    return tuple(
        Judged(
            _head(policy),
            [subjects[result.resource] for result in results[policy.id]],
            [_outcome(result) for result in results[policy.id]],
            {result.resource.lower(): result.scope for result in results[policy.id] if result.scope},
        )
        for policy in file.policies
    )


def _head(policy: shape.Policy) -> PolicyHead:
    head = PolicyHead(*_values(policy)[:-1])
    return replace(
        head,
        scoped={
            name: replace(head, severity=there.severity, parameters=there.parameters)
            for name, there in policy.scoped.items()
        },
    )


def _outcome(result: shape.Result) -> Outcome:
    evidence = tuple(Evidence(*_values(piece)) for piece in result.evidence)
    verdict = "fail" if result.verdict == "waived" else result.verdict
    return Outcome(verdict, result.severity, result.reason, result.needs, evidence)


def _standings(subjects: Iterable[shape.Subject]) -> dict[str, Standing]:
    return {each.id.lower(): Standing(*_values(each.backup)) for each in subjects if each.backup is not None}


def _values(part: shape.Part) -> tuple[Any, ...]:
    """The fields of a part in their order, which is that of the model's type."""
    return msgspec.structs.astuple(part)
