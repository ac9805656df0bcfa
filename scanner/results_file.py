"""Reads results.json back into the value it was written from, so that any format can be written later."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.gate import Decision, FailOn, Gate
from scanner.model import (
    Change,
    Coverage,
    Effect,
    Evidence,
    Judged,
    Origin,
    Outcome,
    PolicyHead,
    Problem,
    Results,
    Run,
    Severity,
    SnapreadyError,
    Stage,
    Standing,
    State,
    Subject,
    Verdict,
    Waiver,
)
from scanner.reports.json import SCHEMA


class _Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A part of the file; a field that this version does not know may change what the others mean, and is refused."""


class _Gate(_Part):
    fail_on: FailOn
    unknown: Literal["warn", "fail"]
    allow_empty: bool


class _Coverage(_Part):
    subscription: str
    type: str
    rows: int
    collected: bool
    announced: int | None = None
    error: str = ""
    needs: str = ""


class _Problem(_Part):
    message: str
    incomplete: bool
    count: int
    file: str = ""
    line: int = 0


class _Run(_Part):
    taken_at: str
    taken_at_from: Literal["header", "option", "clock"]
    version: str
    sources: tuple[str, ...]
    scope: tuple[str, ...]
    parameters: dict[str, dict[str, Any]]
    exit_code: Literal[0, 1, 2, 3]
    exit_reason: str
    gate: _Gate
    incomplete: bool
    duplicates: int
    coverage: tuple[_Coverage, ...]
    problems: tuple[_Problem, ...]
    stage: Stage = "live"
    standing_too: bool = False


class _Scoped(_Part):
    severity: Severity
    parameters: dict[str, Any]


class _Policy(_Part):
    id: str
    title: str
    resource: str
    severity: Severity
    reach: str
    why: str
    fix: str
    source: dict[str, str]
    controls: dict[str, tuple[str, ...]]
    parameters: dict[str, Any]
    scoped: dict[str, _Scoped] = {}


class _Backup(_Part):
    protected: bool | None
    agentless: bool | None
    last_completed: bool | None
    last_status: str | None
    last_time: str | None


class _Subject(_Part):
    id: str
    type: str
    name: str
    resource_group: str
    subscription: str
    backup: _Backup | None = None


class _Evidence(_Part):
    fact: str
    value: Any
    source: str
    unknown: str = ""


class _Origin(_Part):
    file: str
    line: int
    column: int


class _Change(_Part):
    effect: Effect
    before: Verdict | None
    severity: Severity | None
    origin: _Origin | None = None


class _Waiver(_Part):
    source: Literal["file", "exemption"]
    policies: tuple[str, ...]
    resources: tuple[str, ...]
    owner: str
    reason: str
    expires: str
    ticket: str = ""
    created: str = ""
    id: str = ""
    origin: _Origin | None = None


class _Result(_Part):
    policy: str
    resource: str
    verdict: State
    severity: Severity
    reason: str
    fingerprint: str
    scope: str = ""
    needs: tuple[str, ...] = ()
    evidence: tuple[_Evidence, ...] = ()
    origin: _Origin | None = None
    change: _Change | None = None
    waiver: _Waiver | None = None


class _File(_Part):
    schema: Literal["snapready/results/1"]
    run: _Run
    policies: tuple[_Policy, ...]
    subjects: tuple[_Subject, ...]
    results: tuple[_Result, ...]


def read(path: str) -> tuple[Results, Decision]:
    """The results of the file and what the gate made of them; - is standard input. Raises SnapreadyError."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise SnapreadyError(f"{path}: cannot be read: {error.strerror}") from None
    file = _checked(path, raw)
    run = file.run
    decision = Decision(
        run.exit_code, run.exit_reason, Gate(run.gate.fail_on, run.gate.unknown == "fail", run.gate.allow_empty)
    )
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
    )
    return results, decision


def _waivers(results: Iterable[_Result]) -> dict[tuple[str, str], Waiver]:
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


def _change(given: _Change) -> Change:
    origin = None if given.origin is None else Origin(*_values(given.origin))
    return Change(given.effect, given.before, given.severity, origin)


def _checked(path: str, raw: bytes) -> _File:
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
        return msgspec.convert(value, _File)
    except msgspec.ValidationError as error:
        raise SnapreadyError(f"{path}: this is no valid results file: {error}\n  help: {help}") from None


def _run(run: _Run) -> Run:
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
    )


def _judged(path: str, file: _File) -> tuple[Judged, ...]:
    """Each policy with its results; a result of a policy or a resource that the file does not have is refused."""
    subjects = {
        each.id: Subject(each.id, each.id.lower(), each.type, each.name, each.resource_group, each.subscription)
        for each in file.subjects
    }
    policies = {each.id for each in file.policies}
    results: dict[str, list[_Result]] = defaultdict(list)
    for result in file.results:
        if result.policy not in policies or result.resource not in subjects:
            absent = "policies" if result.policy not in policies else "subjects"
            raise SnapreadyError(
                f"{path}: a result of {result.policy} on {result.resource} names what is not among its {absent}"
            )
        if (result.verdict == "waived") != (result.waiver is not None):
            raise SnapreadyError(
                f"{path}: a result of {result.policy} on {result.resource} is waived by nothing, or not"
            )
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


def _head(policy: _Policy) -> PolicyHead:
    head = PolicyHead(*_values(policy)[:-1])
    return replace(
        head,
        scoped={
            name: replace(head, severity=there.severity, parameters=there.parameters)
            for name, there in policy.scoped.items()
        },
    )


def _outcome(result: _Result) -> Outcome:
    evidence = tuple(Evidence(*_values(piece)) for piece in result.evidence)
    return Outcome(
        "fail" if result.verdict == "waived" else result.verdict, result.severity, result.reason, result.needs, evidence
    )


def _standings(subjects: Iterable[_Subject]) -> dict[str, Standing]:
    return {each.id.lower(): Standing(*_values(each.backup)) for each in subjects if each.backup is not None}


def _values(part: _Part) -> tuple[Any, ...]:
    """The fields of a part in their order, which is that of the model's type."""
    return msgspec.structs.astuple(part)
