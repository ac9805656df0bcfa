"""What is known of causes and errors beside the policies, as data: logs, steps, errors, and the pages it is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner import yaml12

_FOLDER = Path(__file__).parent
PAGES = {
    "T": "https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout",
    "V": "https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot",
    "M": "https://learn.microsoft.com/azure/backup/backup-azure-manage-vms",
}
OTHER = 9
"""The number of the cause that is none."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log to pull: where it is, what to look for; `os` "": on every system."""

    at: str
    find: str
    os: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: what for, and the command, whose words in capitals are to be filled in."""

    say: str
    run: str
    os: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One group of the causes of a failed backup, in the order an operator checks them."""

    number: int
    title: str
    asks: str
    logs: tuple[Log, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Collect:
    """How to get what would settle an unknown, and what to do with it."""

    steps: tuple[Step, ...]
    then: str

    def asks_the_subject(self) -> bool:
        """Whether it differs from one resource to another."""
        return any("SUBJECT-ID" in step.run for step in self.steps)


@dataclass(frozen=True, slots=True)
class Runbook:
    """All of runbook.yaml. `symptoms`: policies that show that something is wrong, and not what; `collect` goes by the
    keys of scanner.facts.needs."""

    causes: tuple[Cause, ...]
    symptoms: frozenset[str]
    on_demand: Step
    collect: Mapping[str, Collect]
    sources: tuple[Mapping[str, str], ...]

    def cause(self, number: int) -> Cause:
        return next((cause for cause in self.causes if cause.number == number), self.causes[-1])


@dataclass(frozen=True, slots=True)
class KnownError:
    """An error that no policy speaks to: its codes and texts, what it means, what to do, and the page that says so."""

    codes: tuple[str, ...]
    texts: tuple[str, ...]
    about: str
    do: str
    page: str

    def names(self) -> tuple[str, ...]:
        return (*self.codes, *self.texts)


@cache
def read(name: str) -> Any:
    """The value of one of the YAML files of this folder."""
    path = _FOLDER / name
    return yaml12.load(path.read_text("utf-8"), str(path)).value


def _steps(given: Any) -> tuple[Step, ...]:
    return tuple(Step(one.get("say", ""), one.get("run", ""), one.get("os", "")) for one in given or ())


@cache
def runbook() -> Runbook:
    value = read("runbook.yaml")
    causes = tuple(
        Cause(
            one["number"],
            one["title"],
            one["asks"],
            tuple(Log(log["at"], log["find"], log.get("os", "")) for log in one.get("logs") or ()),
            _steps(one.get("steps")),
        )
        for one in value["causes"]
    )
    collect: dict[str, Collect] = {}
    for one in value["collect"]:
        collect |= dict.fromkeys(one["needs"], Collect(_steps(one.get("steps")), one["then"]))
    (on_demand,) = _steps([value["on_demand"]])
    return Runbook(causes, frozenset(value["symptoms"]), on_demand, collect, tuple(value["sources"]))


@cache
def known_errors() -> tuple[KnownError, ...]:
    """The errors that are known and that no policy speaks to."""
    return tuple(
        KnownError(
            tuple(one["codes"]),
            tuple(one.get("texts") or ()),
            _line(one["about"]),
            _line(one["do"]),
            PAGES[one["page"]],
        )
        for one in read("errors.yaml")["errors"]
    )


def _line(text: str) -> str:
    return " ".join(text.split())
