"""What a repair is: the commands that make it, the findings that it closes, and what is known of its effect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from scanner.model import Row, Severity, Subject
from scanner.sources.edited import Edits


class Finding(NamedTuple):
    """One fail that nobody waived."""

    policy: str
    subject: Subject
    severity: Severity
    reason: str

    @property
    def key(self) -> tuple[str, str]:
        return self.policy, self.subject.key


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of a script. `value`: what the rows tell it to be; where they do not, whoever runs the script must."""

    name: str
    about: str
    choices: tuple[str, ...] = ()
    value: str = ""


Word = str | Setting


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a script, with what it does in a sentence. `of`: the VM that it is for; where several VMs have
    steps, those of one that fail do not keep the others from being done."""

    said: str
    words: tuple[Word, ...]
    of: str = ""


EACH = Setting("each", "the line of the list")


@dataclass(frozen=True, slots=True)
class Loop:
    """One command for every line of a list, which stands beside the script and may be edited: `words`, with EACH where
    the line goes. One that fails does not keep the others from being done."""

    said: str
    file: str
    lines: tuple[str, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """The repair as code that takes its list and its settings from outside. `texts`: by the ending of the file."""

    like: str
    place: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """Resources of one resource group as code: ARM's own form, from which Bicep is written; `terraform` beside it.

    `resources`: (type, API version, name by segments, body) in the order they are to be made. `like`: what a file of
    it is called.
    """

    like: str
    subscription: str
    group: str
    resources: tuple[tuple[str, str, tuple[str, ...], Row], ...]
    terraform: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """One change, and every finding that it is to close.

    `changes`: what it changes, a sentence each. `undo`: how to take it back. `downtime`: who is
    disturbed while it is made, and for how long. `edits`: the same change made to the rows;
    None where its effect is not in rows, and then `unproved` says why. `check`: how to see that it worked.
    """

    kind: str
    name: str
    title: str
    closes: tuple[Finding, ...]
    changes: tuple[str, ...]
    risk: str
    steps: tuple[Step, ...]
    undo: str
    check: str
    downtime: str = "none"
    edits: Edits | None = None
    unproved: str = ""
    settings: tuple[Setting, ...] = ()
    templates: tuple[Template, ...] = ()
    codes: tuple[Code, ...] = ()
    loop: Loop | None = None
    functions: str = ""
    """Functions of the shell that its lines call, instead of steps of its own."""
    lines: tuple[str, ...] = ()
    last: bool = False
    """To be made after all others."""
    goes_on: bool = False
    """Its lines put the name of a VM that fails into `failed`, and go on with the next."""
    again: "Callable[[Sequence[Finding]], Repair] | None" = field(default=None, compare=False, repr=False)
    """Makes it for fewer of its findings, where it can be made of each subject apart."""
    excused: frozenset[tuple[str, str]] = frozenset()
    """(policy, id in lower case) where a policy counts what was in the past, and would take the repair for the past."""


@dataclass(frozen=True, slots=True)
class NoRepair:
    """Findings that nothing is proposed for, and why."""

    findings: tuple[Finding, ...]
    why: str


class Judgement(NamedTuple):
    """A verdict as it would be after a repair, and what it was before."""

    policy: str
    subject: Subject
    before: str
    after: str
    reason: str


Status = Literal["verified", "partly", "not-verified"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the same policies say once a repair is made to the rows.

    `closed`: findings that pass, or are no concern any more. `left`: those that do not, with what they say then.
    `opened`: verdicts that get worse; a repair with one is not proposed. `revealed`: fails of policies that did not
    apply before, as those of a VM that was not protected.
    """

    status: Status
    closed: tuple[Finding, ...] = ()
    left: tuple[Judgement, ...] = ()
    opened: tuple[Judgement, ...] = ()
    revealed: tuple[Judgement, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    repair: Repair
    proof: Proof


@dataclass(frozen=True, slots=True)
class Book:
    """All that `snapready fix` has to write."""

    taken_at: str
    version: str
    sources: tuple[str, ...]
    incomplete: tuple[str, ...]
    repairs: tuple[Proved, ...]
    without: tuple[NoRepair, ...]
    together: Proof | None
    findings: int
    waived: int
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of policies, by id."""

    def folder(self, number: int) -> str:
        """The folder of the repair in that place, counted from 1."""
        return f"{number:02}-{self.repairs[number - 1].repair.name}"


def properties_of(row: Row | None) -> dict[str, Any]:
    found = (row or {}).get("properties")
    return found if isinstance(found, dict) else {}
