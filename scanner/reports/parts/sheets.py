"""The sheets of a workbook as rows of cells; each row begins with what a reader must not miss."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scanner.gate import Decision
from scanner.model import Results, State, Trend
from scanner.reports.parts import summary
from scanner.reports.parts.controls import controls
from scanner.reports.parts.findings import Finding, Labels, every, fails, fingerprint, state, waived
from scanner.reports.parts.rows import control_names, whole

Look = Literal["plain", "heading", "alarm", "fail", "unknown", "waived", "idle"]


class Shown(NamedTuple):
    """A text that is to look like something."""

    text: str
    look: Look


Cell = str | int | Shown
Row = Sequence[Cell]
Column = tuple[str, int]
"""A heading and how wide it is, in characters."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: what it is called, what it holds, its columns, and its rows as they are made."""

    name: str
    holds: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    kept: int = 0
    """How many columns stay in sight when one looks at those to the right."""
    wide: bool = False
    """Whether it is too wide for one page's width, and its headings for one line."""


LOOKS: Mapping[State, Look] = {
    "fail": "fail",
    "unknown": "unknown",
    "waived": "waived",
    "pass": "plain",
    "not-applicable": "idle",
}
WORDS: Mapping[State, str] = {
    "fail": "fail",
    "unknown": "unknown",
    "waived": "waived",
    "pass": "pass",
    "not-applicable": "not applicable",
}
STATES: tuple[State, ...] = ("fail", "unknown", "waived", "pass", "not-applicable")
"""What a reader must not miss comes first."""
ALARMS = {"INCOMPLETE", "NOTHING JUDGED"}
"""What a row begins with that is shown as an alarm, on every sheet."""
_SUMMARY: tuple[Column, ...] = (("what", 22), ("said", 110), ("count", 12))
_RESULT: tuple[Column, ...] = (
    ("verdict", 14),
    ("severity", 10),
    ("policy", 30),
    ("name", 22),
    ("resource group", 24),
    ("subscription", 38),
    ("reason", 80),
    ("needs", 20),
    ("trend", 12),
)
_PLACE: tuple[Column, ...] = (("written at", 28), ("resource", 60))
_FINDINGS: tuple[Column, ...] = (
    *_RESULT,
    ("since", 22),
    ("controls", 24),
    ("last backup", 14),
    ("last backup at", 28),
    *_PLACE,
    ("fingerprint", 34),
)
_UNKNOWN: tuple[Column, ...] = (*_RESULT, *_PLACE)
_WAIVERS: tuple[Column, ...] = (
    ("expires", 14),
    ("owner", 20),
    ("ticket", 16),
    ("reason", 60),
    ("policy", 30),
    ("severity", 10),
    ("resource", 40),
    ("finding", 80),
    ("source", 12),
    ("written at", 44),
    ("id", 60),
    ("fingerprint", 34),
)
_TREND: tuple[Column, ...] = (
    ("trend", 14),
    ("verdict", 14),
    ("severity", 10),
    ("policy", 30),
    ("name", 22),
    ("resource group", 24),
    ("subscription", 38),
    ("since", 22),
    ("reason", 80),
    ("resource", 60),
    ("fingerprint", 34),
)
_CONTROLS: tuple[Column, ...] = (
    ("framework", 32),
    ("control", 14),
    ("standing", 16),
    ("fail", 10),
    ("not known", 10),
    ("waived", 10),
    ("pass", 10),
    ("not applicable", 14),
    ("policies", 80),
    ("policies without a verdict", 60),
)
_POLICIES: tuple[Column, ...] = (
    ("policy", 30),
    ("title", 70),
    ("severity", 10),
    ("put to", 36),
    ("fail", 10),
    ("not known", 10),
    ("waived", 10),
    ("pass", 10),
    ("not applicable", 14),
    ("controls", 40),
    ("why", 80),
    ("fix", 80),
    ("source", 50),
    ("read on", 14),
)


def opening(results: Results, decision: Decision, contents: Iterable[Row]) -> Sheet:
    """The summary, which ends with what sheets there are."""
    return Sheet("Summary", "how the scan ended", _SUMMARY, _summed(results, decision, contents))


def told(results: Results) -> Iterator[Sheet]:
    """The sheets that tell what is not as it should be, and by which policies and controls."""
    yield Sheet("Findings", "what is wrong, as far as it counts, worst first", _FINDINGS, _findings(results), 4)
    yield Sheet("Not known", "what could not be told, and what would settle it", _UNKNOWN, _unknowns(results), 4)
    yield Sheet("Waivers", "what is wrong and accepted for a while, by what ends first", _WAIVERS, _accepted(results))
    if results.baseline is not None:
        holds = "what became of the results since the baseline; what persists has its trend among the findings"
        yield Sheet("Since the baseline", holds, _TREND, _moved(results), 2)
    yield Sheet("Controls", "how each control stands", _CONTROLS, _rolled_up(results), 2)
    yield Sheet("Policies", "what each policy expects, why, how to mend it, and its source", _POLICIES, _asked(results))


def warning(results: Results) -> Iterator[Row]:
    """What the results of a scan that is not whole begin with."""
    if results.incomplete():
        yield "INCOMPLETE", "", "", "", "", "", "Not all could be read: see the sheet Summary"


def _summed(results: Results, decision: Decision, contents: Iterable[Row]) -> Iterator[Row]:
    """How the scan ended, what could not be read, what was read, and how many results there are of each verdict."""
    said = whole(decision)
    if said != "complete":
        yield said.upper(), decision.why
    yield "exit code", decision.why, decision.code
    yield "taken at", f"{results.run.taken_at} ({results.run.taken_from})"
    yield "judged", " · ".join(summary.headline(results))
    if read := summary.reading(results):
        yield "read", read
    for source in results.run.sources:
        yield "source", source
    for scope in results.run.scope:
        yield "scope", scope
    if results.baseline is not None:
        yield "baseline", ": ".join((results.baseline.file, *summary.since(results)))
    counts = results.counts()
    for verdict in STATES:
        yield Shown(verdict, LOOKS[verdict]), "results", counts[verdict]
    yield "policies", summary.tally(results)
    yield from contents
    for problem in sorted(results.run.problems, key=lambda problem: not problem.incomplete):
        place = f"{problem.place()}: " if problem.place() else ""
        yield "INCOMPLETE" if problem.incomplete else "note", f"{place}{problem.message}", problem.count
    for entry in results.run.coverage:
        doubt = entry.error or (f"needs {entry.needs}" if entry.needs else "")
        announced = "" if entry.announced is None else f" of {entry.announced:,} announced"
        told = f"{entry.subscription}: {entry.type}: rows read{announced}{f'; {doubt}' if doubt else ''}"
        yield "INCOMPLETE" if entry.error else "coverage", told, entry.rows
    yield "version", f"snapready {results.run.version}"


def _result(results: Results, finding: Finding) -> tuple[Cell, ...]:
    policy, subject, outcome = finding
    said = state(results, finding)
    track = results.tracks.get((policy.id, subject.key))
    return (
        Shown(said, LOOKS[said]),
        outcome.severity,
        policy.id,
        subject.name,
        subject.resource_group,
        subject.subscription,
        outcome.reason,
        " ".join(outcome.needs),
        track.trend if track is not None else "",
    )


def _place(results: Results, finding: Finding) -> tuple[str, str]:
    origin = results.place(finding.policy.id, finding.subject.key)
    return origin.place() if origin is not None else "", finding.subject.id


def _findings(results: Results) -> Iterator[Row]:
    yield from warning(results)
    for finding in fails(results):
        policy, subject, _ = finding
        track = results.tracks.get((policy.id, subject.key))
        standing = results.standings.get(subject.key)
        yield (
            *_result(results, finding),
            track.since if track is not None else "",
            " ".join(control_names(policy)),
            (standing.status or "") if standing is not None else "",
            (standing.time or "") if standing is not None else "",
            *_place(results, finding),
            fingerprint(policy.id, subject),
        )


def _unknowns(results: Results) -> Iterator[Row]:
    yield from warning(results)
    for finding in every(results):
        if finding.outcome.verdict == "unknown":
            yield (*_result(results, finding), *_place(results, finding))


def _accepted(results: Results) -> Iterator[Row]:
    labels = Labels(results)
    for waiver, findings in waived(results):
        for policy, subject, outcome in findings:
            yield (
                waiver.expires,
                waiver.owner,
                waiver.ticket,
                waiver.reason,
                policy.id,
                outcome.severity,
                labels.of(subject),
                outcome.reason,
                waiver.source,
                summary.granted_at(waiver),
                subject.id,
                fingerprint(policy.id, subject),
            )


_MOVED: tuple[Trend, ...] = ("lost", "reappeared", "new", "worse", "fixed")


def _moved(results: Results) -> Iterator[Row]:
    """What is no longer known, is back, new, graver or fixed, and what is gone with its resource."""
    found: dict[Trend, list[Finding]] = {trend: [] for trend in _MOVED}
    for finding in every(results) if results.tracks else ():
        track = results.tracks.get((finding.policy.id, finding.subject.key))
        if track is not None and track.trend in found:
            found[track.trend].append(finding)
    for trend, findings in found.items():
        for finding in findings:
            policy, subject, outcome = finding
            said = state(results, finding)
            since = results.tracks[policy.id, subject.key].since
            where = subject.name, subject.resource_group, subject.subscription
            what = Shown(said, LOOKS[said]), outcome.severity, policy.id, *where, since, outcome.reason
            yield trend, *what, subject.id, fingerprint(policy.id, subject)
    for gone in results.baseline.gone if results.baseline is not None else ():
        subject = gone.subject
        where = subject.name, subject.resource_group, subject.subscription
        yield (
            "gone",
            "",
            gone.severity,
            gone.policy,
            *where,
            "",
            gone.reason,
            subject.id,
            fingerprint(gone.policy, subject),
        )


def _rolled_up(results: Results) -> Iterator[Row]:
    for control in controls(results):
        counts = [control.states.get(verdict, 0) for verdict in STATES]
        silent = dict.fromkeys([*control.silent, *control.unasked])
        policies = ", ".join(control.policies), ", ".join(silent)
        yield control.title(), control.id, control.standing, *counts, *policies


def _asked(results: Results) -> Iterator[Row]:
    for judged in results.judged:
        policy = judged.policy
        counts = Counter(
            results.state(policy.id, subject.key, outcome.verdict)
            for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        )
        yield (
            policy.id,
            policy.title,
            policy.severity,
            policy.resource,
            *(counts[verdict] for verdict in STATES),
            " ".join(control_names(policy)),
            policy.why,
            policy.fix,
            " ".join(filter(None, (policy.source.get("title", ""), policy.source.get("url", "")))),
            policy.source.get("read", ""),
        )
