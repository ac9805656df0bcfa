"""The few types every room speaks; imports nothing of ours."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, ClassVar, Literal, NamedTuple

Verdict = Literal["pass", "fail", "unknown", "not-applicable"]
VERDICTS: tuple[Verdict, ...] = ("fail", "unknown", "pass", "not-applicable")

State = Literal["pass", "fail", "unknown", "not-applicable", "waived"]
"""What becomes of a verdict: a fail may be waived."""

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""

Stage = Literal["live", "plan", "overlay"]

Row = dict[str, Any]
"""One resource in Resource Graph's objectArray shape; `id` and `type` are texts, the rest may be anything JSON."""

MADE_FROM = "madeFrom"
"""Names, in a row that was made of another while rows were read, the id of that other."""


class Unknown:
    """Why something is not known. `needs`: what would settle it (a key of scanner.facts.needs), if anything can.

    The same words are the same object, so that a hundred thousand VMs without guest facts compare by identity.
    """

    __slots__ = ("needs", "reason")
    reason: str
    needs: str
    _made: ClassVar[dict[tuple[str, str], "Unknown"]] = {}

    def __new__(cls, reason: str, needs: str = "") -> "Unknown":
        found = cls._made.get((reason, needs))
        if found is None:
            found = cls._made[reason, needs] = super().__new__(cls)
            found.reason = reason
            found.needs = needs
        return found

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r}, {self.needs!r})"


class Origin(NamedTuple):
    """Where in the user's files a resource is written; line and column count from 1, 0 is not known."""

    file: str
    line: int = 0
    column: int = 0

    def place(self) -> str:
        return ":".join(str(part) for part in self if part)


class Subject(NamedTuple):
    """What a policy is put to. `id` is as Azure writes it; everything is compared by `key`, the id in lower case."""

    id: str
    key: str
    type: str
    name: str
    resource_group: str
    subscription: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a verdict stood on: its name, its value as JSON (None: not known), and where it was read."""

    fact: str
    value: Any
    source: str
    unknown: str = ""


HANGS = "; it hangs on "
"""Begins the end of a reason that tells which parameters or resources of a plan would settle it."""

DELETED = "the change deletes "
"""Begins the name of what is missing because a plan takes it away."""

LEFT_OUT = "not judged in a plan: "
"""Begins the reason of a policy that a plan cannot tell."""

SEVERITY_DOUBT = " (severity: "
"""Begins the end of a reason that tells why a fail may be graver than it says; the cause stands before it."""
NOT_KNOWN_TO_BE = "not known to be "
"""Begins each such doubt, before the severity that it may be."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy says of a subject. Outcomes that say the same are one object, shared by many subjects."""

    verdict: Verdict
    severity: Severity
    reason: str
    needs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def cause(self) -> tuple[str, str]:
        """The reason in two: what is wrong, and what could not be told of its severity."""
        said, doubt, rest = self.reason.partition(SEVERITY_DOUBT)
        return said, rest.removesuffix(")") if doubt else ""

    def gravest(self) -> Severity:
        """The gravest that its severity may be: an unknown has that, a fail may be graver than is known."""
        doubt = self.cause()[1]
        known = SEVERITIES.index(self.severity)
        return next((each for each in SEVERITIES[:known] if f"{NOT_KNOWN_TO_BE}{each}, as" in doubt), self.severity)


@dataclass(slots=True)
class Problem:
    """Something about the input worth saying. `incomplete`: verdicts may be missing, or rest on less than there is."""

    message: str
    file: str = ""
    line: int = 0
    incomplete: bool = False
    count: int = 1

    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


@dataclass(slots=True)
class Coverage:
    """What was read of one row type in one subscription."""

    subscription: str
    type: str
    rows: int = 0
    collected: bool = False
    announced: int | None = None
    error: str = ""
    needs: str = ""
    """The right that whoever collected lacked to see all of it."""


class SnapreadyError(Exception):
    """The call or the input as a whole is unusable: nothing was judged, exit code 2."""


@dataclass
class AuthoringError(SnapreadyError):
    """A policy (or another file people write) is not valid: where, what, and the next step."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    help: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\n  help: {self.help}" if self.help else text


@dataclass(frozen=True, slots=True)
class PolicyHead:
    """What reports say of a policy."""

    id: str
    title: str
    resource: str
    severity: Severity
    reach: str
    why: str
    fix: str
    source: Mapping[str, str]
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cause: int = 9
    """Its place among the causes of a failed snapshot, as explanations go through them."""
    errors: tuple[str, ...] = ()
    """Error codes and texts of a failed backup that it speaks to, as an operator sees them."""
    scoped: "Mapping[str, PolicyHead]" = field(default_factory=dict)
    """The policy as it is in those scopes of the user that change it, by the scope's name."""


Fields = dict[str, Any]
"""A tree of the fields somebody reads: name → the fields below; `{}` is the whole value, "[]" a list's members."""


def several(count: int, one: str, many: str = "") -> str:
    """How many of something, in words: "1 policy", "1,200 VMs"; `many` where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def cut(value: Any, fields: Fields) -> Any:
    """`value` with only these fields left, as a typed decoder would have read it."""
    if not fields:
        return value
    if "[]" in fields:
        return [cut(member, fields["[]"]) for member in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    return {name: cut(value[name], below) for name, below in fields.items() if name in value}


_verdict = attrgetter("verdict")


class Standing(NamedTuple):
    """How a VM's backups stand, for reports that show it beside every finding. None: not known."""

    protected: bool | None
    agentless: bool | None
    completed: bool | None
    status: str | None
    time: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One policy's outcomes; `outcomes[n]` is of `subjects[n]`, sorted by id. Subjects are shared between policies."""

    policy: PolicyHead
    subjects: list[Subject]
    outcomes: list[Outcome]
    scopes: Mapping[str, str] = field(default_factory=dict)
    """Which of the user's scopes a subject was judged by, by id in lower case; not in it: by the policy as it is."""

    def tally(self) -> Counter[Verdict]:
        """How many outcomes there are of each verdict."""
        return Counter(map(_verdict, self.outcomes))

    def with_verdict(self, *verdicts: Verdict) -> list[tuple[Subject, Outcome]]:
        """The outcomes with one of these verdicts, each with its subject: most are passes, and few ask for those."""
        wanted = set(verdicts)
        both = zip(self.subjects, self.outcomes, strict=True)
        return [(subject, outcome) for subject, outcome in both if outcome.verdict in wanted]


@dataclass(frozen=True, slots=True)
class Run:
    """What was judged, when and from what."""

    taken_at: str
    taken_from: Literal["header", "option", "clock"]
    version: str
    sources: tuple[str, ...]
    scope: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    duplicates: int = 0
    proved_empty: bool = False
    """What was read proves that there is nothing to judge."""
    stage: Stage = "live"
    """Whether the rows are of what runs, of what a plan would create, or of what runs with a plan laid over it."""
    configuration: tuple[str, ...] = ()
    """The files that say how it was judged: the configuration, the waivers."""
    unasked: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Policies that were there and not selected, with the controls they speak to: of these nothing was judged."""


WAIVERS = "snapready/waivers"
"""The check of the waivers themselves, and the type of what it is put to."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody's word that findings are accepted for a while; patterns of policies, and of ids in lower case."""

    policies: tuple[str, ...]
    resources: tuple[str, ...]
    owner: str
    reason: str
    expires: str
    """The last day on which it holds, in UTC, as an ISO date; of an exemption the time."""
    ticket: str = ""
    created: str = ""
    source: Literal["file", "exemption"] = "file"
    id: str = ""
    """Of an Azure Policy exemption."""
    origin: Origin | None = None
    """Where it is written."""


Effect = Literal["worse", "better", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan does to one verdict. `before` None: the subject is new."""

    effect: Effect
    before: Verdict | None
    severity: Severity | None = None
    """How grave it was."""
    origin: Origin | None = None
    """Where the plan writes what makes it worse, of a subject that the plan itself does not write."""


Trend = Literal["new", "reappeared", "worse", "persisting", "fixed", "lost", "added"]
"""What became of a result since the baseline. Of a fail: it is new, back after it was gone, graver than it was, or was
there; of another: it failed then, it was judged and is no longer known, or nobody had judged it."""


class Track(NamedTuple):
    """What became of a result, and since when a fail stands, as far as the baselines tell."""

    trend: Trend
    since: str = ""


class Gone(NamedTuple):
    """A finding of the baseline whose resource is no longer there to be judged."""

    policy: str
    subject: Subject
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The earlier run that results are held to."""

    file: str
    taken_at: str
    gone: tuple[Gone, ...] = ()


class Observed(NamedTuple):
    """When somebody looked inside a VM, and by what means; "" where that is not told."""

    at: str
    source: str


class Start(NamedTuple):
    """VMs of a group whose backups start alike: by name, their backup policy, when in its words, and the minutes of a
    week in UTC (it begins on Monday) by the offsets of January and of July."""

    vms: tuple[str, ...]
    policy: str
    words: str
    january: tuple[int, ...]
    july: tuple[int, ...]


class Crowding(NamedTuple):
    """A window in which too many backups start: when in words, which `starts`, and the minutes at which it begins."""

    at: str
    starts: tuple[int, ...]
    january: tuple[int, ...]
    july: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the backups of a group start over a week. Too many is more than `together` within so many minutes.

    `idle`: members whose backups never start. `unsure`: members whose start is not known, by the reason. `strays`: why
    more may belong to the group.
    """

    group: Subject
    kind: str
    minutes: float
    together: float
    starts: tuple[Start, ...]
    crowded: tuple[Crowding, ...] = ()
    idle: tuple[str, ...] = ()
    unsure: tuple[tuple[str, tuple[str, ...]], ...] = ()
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """The one value every report is written from: sorted by policy, then resource."""

    run: Run
    judged: tuple[Judged, ...]
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """By the VM's id in lower case."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where subjects are written that a plan makes or changes, by id in lower case."""
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)
    """What a plan laid over a fleet does, by policy and id in lower case; empty for any other scan."""
    standing_too: bool = False
    """Of a plan laid over a fleet: what the plan does not make worse is shown and counted as well."""
    waivers: Mapping[tuple[str, str], Waiver] = field(default_factory=dict)
    """The fails that are waived, by policy and id in lower case, each with what waives it."""
    baseline: Baseline | None = None
    tracks: Mapping[tuple[str, str], Track] = field(default_factory=dict)
    """What became of results since the baseline, by policy and id in lower case; not in it: what is as it was."""
    memory: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What failed once and does not now, with when it was last seen to fail: so that it is known when it comes back."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    """When VMs were looked into, by id in lower case."""
    timelines: tuple[Timeline, ...] = ()
    """When the backups of each group start, by the group's id."""
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Facts of VMs that are looked at closely, by id in lower case: each fact's value, or why it is not known."""

    def place(self, policy: str, subject: str) -> Origin | None:
        """Where a result is to be seen in the user's files: where its subject is written, or what makes it worse."""
        change = self.changes.get((policy, subject))
        return self.origins.get(subject) or (change.origin if change is not None else None)

    def heard(self, policy: str, subject: str) -> bool:
        """Whether a result counts: of a plan laid over a fleet only what gets worse, unless all is asked for."""
        change = self.changes.get((policy, subject))
        return change is None or self.standing_too or change.effect == "worse"

    def state(self, policy: str, subject: str, verdict: Verdict) -> State:
        """A verdict, or that it is waived."""
        return "waived" if verdict == "fail" and (policy, subject) in self.waivers else verdict

    def counts(self) -> dict[State, int]:
        """Results by what became of them."""
        found: dict[State, int] = dict.fromkeys((*VERDICTS, "waived"), 0)
        for judged in self.judged:
            for verdict, count in judged.tally().items():
                found[verdict] += count
        found["waived"] = len(self.waivers)
        found["fail"] -= len(self.waivers)
        return found

    def incomplete(self) -> bool:
        """Whether verdicts that should exist may be missing."""
        return any(problem.incomplete for problem in self.run.problems)
