"""Reads of an earlier results.json what a baseline is asked for: not its evidence, which is most of such a file."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from scanner.model import (
    Coverage,
    Judged,
    Outcome,
    PolicyHead,
    Problem,
    Results,
    Run,
    Severity,
    Stage,
    State,
    Subject,
    Track,
    Waiver,
)
from scanner.results_file import read
from scanner.results_file.shape import Memory

_WAIVED = Waiver((), (), "", "", "")
"""Stands for whatever waived a finding then."""


class _Part(msgspec.Struct, rename="camel", gc=False):
    """A part of the file, of which other fields are passed over."""


class _Problem(_Part):
    incomplete: bool


class _Coverage(_Part):
    subscription: str


class _Run(_Part):
    taken_at: str
    problems: list[_Problem]
    coverage: list[_Coverage]
    stage: Stage = "live"


class _Policy(_Part):
    id: str


class _Subject(_Part):
    id: str
    type: str
    name: str
    resource_group: str
    subscription: str


class _Result(_Part):
    policy: str
    resource: str
    verdict: State
    severity: Severity
    reason: str
    since: str = ""


class _File(_Part):
    schema: Literal["snapready/results/1"]
    run: _Run
    policies: list[_Policy]
    subjects: list[_Subject]
    results: list[_Result]
    memory: list[Memory] = []


def read_baseline(path: str) -> Results:
    """The results as far as a later run is held to them. Raises SnapreadyError."""
    try:
        file = msgspec.json.decode(Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf"), type=_File)
        return _results(file)
    except (OSError, msgspec.MsgspecError, KeyError, ValueError):  # the whole reader takes odder texts, or says why not
        return read(path)[0]


def _results(file: _File) -> Results:
    datetime.fromisoformat(file.run.taken_at)
    if len({(each.policy, each.resource.lower()) for each in file.results}) < len(file.results):
        raise ValueError("a result stands in it twice: nobody knows which was so")
    subjects = {
        each.id: Subject(each.id, each.id.lower(), each.type, each.name, each.resource_group, each.subscription)
        for each in file.subjects
    }
    judged = {each.id: Judged(PolicyHead(each.id, "", "", "error", "", "", "", {}), [], []) for each in file.policies}
    passed: dict[tuple[State, Severity], Outcome] = {}
    waivers, tracks = {}, {}
    for each in file.results:
        subject, column = subjects[each.resource], judged[each.policy]
        verdict = "fail" if each.verdict == "waived" else each.verdict
        column.subjects.append(subject)
        if verdict == "fail":
            column.outcomes.append(Outcome(verdict, each.severity, each.reason))
        else:  # nobody asks why
            shared = passed.setdefault((each.verdict, each.severity), Outcome(verdict, each.severity, ""))
            column.outcomes.append(shared)
        if each.verdict == "waived":
            waivers[each.policy, subject.key] = _WAIVED
        if each.since:
            tracks[each.policy, subject.key] = Track("persisting", each.since)
    run = Run(
        file.run.taken_at,
        "header",
        "",
        (),
        coverage=tuple(Coverage(entry.subscription, "") for entry in file.run.coverage),
        problems=tuple(Problem("", incomplete=problem.incomplete) for problem in file.run.problems),
        stage=file.run.stage,
    )
    memory = {(each.policy, each.resource.lower()): each.last_failed for each in file.memory}
    return Results(run, tuple(judged.values()), waivers=waivers, tracks=tracks, memory=memory)
