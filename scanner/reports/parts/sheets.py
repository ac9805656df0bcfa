"""The sheets of a workbook as rows of cells; each row begins with what a reader must not miss."""

from collections.abc import Iterator, Sequence

from scanner.gate import Decision
from scanner.model import Results, State
from scanner.reports.parts import summary
from scanner.reports.parts.controls import controls
from scanner.reports.parts.findings import Labels, every, fails, fingerprint, state, waived
from scanner.reports.parts.rows import control_names, whole

Cell = str | int
Column = tuple[str, int]
"""A heading and how wide it is, in characters."""

ALARMS = {"INCOMPLETE", "NOTHING JUDGED"}
"""What a row begins with that is shown as an alarm, on every sheet."""
SUMMARY: tuple[Column, ...] = (("what", 22), ("said", 110), ("count", 12))
RESULTS: tuple[Column, ...] = (
    ("verdict", 14),
    ("severity", 10),
    ("policy", 30),
    ("name", 22),
    ("resource group", 24),
    ("subscription", 38),
    ("reason", 80),
    ("needs", 20),
    ("trend", 12),
    ("since", 22),
    ("controls", 24),
    ("last backup", 14),
    ("last backup at", 28),
    ("written at", 28),
    ("resource", 60),
    ("fingerprint", 34),
)
WAIVERS: tuple[Column, ...] = (
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
)
CONTROLS: tuple[Column, ...] = (
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
_STATES: tuple[State, ...] = ("fail", "unknown", "waived", "pass", "not-applicable")


def summed(results: Results, decision: Decision) -> Iterator[Sequence[Cell]]:
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
    for verdict in _STATES:
        yield verdict, "results", counts[verdict]
    yield "policies", summary.tally(results)
    for problem in sorted(results.run.problems, key=lambda problem: not problem.incomplete):
        place = f"{problem.place()}: " if problem.place() else ""
        yield "INCOMPLETE" if problem.incomplete else "note", f"{place}{problem.message}", problem.count
    for entry in results.run.coverage:
        doubt = entry.error or (f"needs {entry.needs}" if entry.needs else "")
        announced = "" if entry.announced is None else f" of {entry.announced:,} announced"
        told = f"{entry.subscription}: {entry.type}: rows read{announced}{f'; {doubt}' if doubt else ''}"
        yield "INCOMPLETE" if entry.error else "coverage", told, entry.rows
    yield "version", f"snapready {results.run.version}"


def told(results: Results, only: State | None = None) -> Iterator[Sequence[Cell]]:
    """Results, by policy and resource; those that fail worst first, as far as they count."""
    if results.incomplete():
        yield "INCOMPLETE", "", "", "", "", "", "Not all could be read: see the sheet Summary"
    names: dict[str, str] = {}
    for finding in fails(results) if only == "fail" else every(results):
        policy, subject, outcome = finding
        said = state(results, finding)
        if only not in (None, said):
            continue
        if policy.id not in names:
            names[policy.id] = " ".join(control_names(policy))
        track = results.tracks.get((policy.id, subject.key))
        standing = results.standings.get(subject.key)
        origin = results.place(policy.id, subject.key)
        yield (
            said,
            outcome.severity,
            policy.id,
            subject.name,
            subject.resource_group,
            subject.subscription,
            outcome.reason,
            " ".join(outcome.needs),
            track.trend if track is not None else "",
            track.since if track is not None else "",
            names[policy.id],
            (standing.status or "") if standing is not None else "",
            (standing.time or "") if standing is not None else "",
            origin.place() if origin is not None else "",
            subject.id,
            fingerprint(policy.id, subject),
        )


def accepted(results: Results) -> Iterator[Sequence[Cell]]:
    """What is waived, by what ends first."""
    labels = Labels(results)
    for waiver, findings in waived(results):
        for finding in findings:
            yield (
                waiver.expires,
                waiver.owner,
                waiver.ticket,
                waiver.reason,
                finding.policy.id,
                finding.outcome.severity,
                labels.of(finding.subject),
                finding.outcome.reason,
                waiver.source,
                summary.granted_at(waiver),
            )


def rolled_up(results: Results) -> Iterator[Sequence[Cell]]:
    """Each control with how it stands."""
    for control in controls(results):
        counts = [control.states.get(verdict, 0) for verdict in _STATES]
        policies = ", ".join(control.policies), ", ".join(control.silent)
        yield control.title(), control.id, control.standing, *counts, *policies
