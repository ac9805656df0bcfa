"""The shape of results.json, field by field in the order of the model's types; schemas/results.schema.json says it."""

from typing import Any, Literal

import msgspec

from scanner.gate import FailOn
from scanner.model import Effect, Severity, Stage, State, Trend, Verdict


class Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A part of the file; a field that this version does not know may change what the others mean, and is refused."""


class Gate(Part):
    fail_on: FailOn
    unknown: Literal["warn", "fail"]
    allow_empty: bool
    only_new: bool = False


class Coverage(Part):
    subscription: str
    type: str
    rows: int
    collected: bool
    announced: int | None = None
    error: str = ""
    needs: str = ""


class Problem(Part):
    message: str
    incomplete: bool
    count: int
    file: str = ""
    line: int = 0


class Gone(Part):
    policy: str
    resource: str
    type: str
    name: str
    resource_group: str
    subscription: str
    severity: Severity
    reason: str


class Baseline(Part):
    file: str
    taken_at: str
    gone: tuple[Gone, ...] = ()


class Run(Part):
    taken_at: str
    taken_at_from: Literal["header", "option", "clock"]
    version: str
    sources: tuple[str, ...]
    scope: tuple[str, ...]
    parameters: dict[str, dict[str, Any]]
    exit_code: Literal[0, 1, 2, 3]
    exit_reason: str
    gate: Gate
    incomplete: bool
    duplicates: int
    coverage: tuple[Coverage, ...]
    problems: tuple[Problem, ...]
    stage: Stage = "live"
    standing_too: bool = False
    configuration: tuple[str, ...] = ()
    unasked: dict[str, dict[str, tuple[str, ...]]] = {}
    baseline: Baseline | None = None


class Scoped(Part):
    severity: Severity
    parameters: dict[str, Any]


class Policy(Part):
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
    cause: int = 9
    errors: tuple[str, ...] = ()
    scoped: dict[str, Scoped] = {}


class Backup(Part):
    protected: bool | None
    agentless: bool | None
    last_completed: bool | None
    last_status: str | None
    last_time: str | None


class Guest(Part):
    collected_at: str
    source: str


class Subject(Part):
    id: str
    type: str
    name: str
    resource_group: str
    subscription: str
    backup: Backup | None = None
    guest: Guest | None = None


class Evidence(Part):
    fact: str
    value: Any
    source: str
    unknown: str = ""


class Origin(Part):
    file: str
    line: int
    column: int


class Change(Part):
    effect: Effect
    before: Verdict | None
    severity: Severity | None
    origin: Origin | None = None


class Waiver(Part):
    source: Literal["file", "exemption"]
    policies: tuple[str, ...]
    resources: tuple[str, ...]
    owner: str
    reason: str
    expires: str
    ticket: str = ""
    created: str = ""
    id: str = ""
    origin: Origin | None = None


class Result(Part):
    policy: str
    resource: str
    verdict: State
    severity: Severity
    reason: str
    fingerprint: str
    scope: str = ""
    needs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    origin: Origin | None = None
    change: Change | None = None
    waiver: Waiver | None = None
    trend: Trend | None = None
    since: str = ""


class Group(Part):
    id: str
    name: str
    resource_group: str
    subscription: str


class Start(Part):
    vms: tuple[str, ...]
    policy: str
    words: str
    january: tuple[int, ...]
    july: tuple[int, ...]


class Crowding(Part):
    at: str
    starts: tuple[int, ...]
    january: tuple[int, ...]
    july: tuple[int, ...]


class Unsure(Part):
    reason: str
    vms: tuple[str, ...]


class Timeline(Part):
    group: Group
    kind: str
    minutes: float
    together: float
    starts: tuple[Start, ...]
    crowded: tuple[Crowding, ...]
    idle: tuple[str, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    strays: tuple[str, ...] = ()


class Memory(Part):
    """A finding that is no longer one."""

    policy: str
    resource: str
    last_failed: str


class File(Part):
    schema: Literal["snapready/results/1"]
    run: Run
    policies: tuple[Policy, ...]
    subjects: tuple[Subject, ...]
    results: tuple[Result, ...]
    timelines: tuple[Timeline, ...] = ()
    memory: tuple[Memory, ...] = ()
