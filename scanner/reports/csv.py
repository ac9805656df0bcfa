"""CSV for spreadsheets and data tools: a line a result, after lines of their own that say how whole the scan is."""

from collections.abc import Iterable, Iterator

from scanner.gate import Decision
from scanner.model import Outcome, PolicyHead, Results, Subject, Waiver
from scanner.reports import Style
from scanner.reports.parts.cells import cell
from scanner.reports.parts.findings import Finding, fingerprint, of, state
from scanner.reports.parts.rows import control_names, whole
from scanner.reports.parts.summary import granted_at

COLUMNS = (
    ("record", "scan (the first line), problem, result, or gone"),
    ("verdict", "fail, unknown, pass, not-applicable, waived; of the scan: complete, incomplete, nothing judged"),
    ("severity", "error, warning or note"),
    ("policy", ""),
    ("name", "of the resource"),
    ("resource_group", ""),
    ("subscription", ""),
    ("reason", "why; of the scan: the exit code's sentence"),
    ("needs", "what would settle an unknown"),
    ("trend", "since the baseline: new, reappeared, worse, persisting, fixed, lost, added"),
    ("since", "since when a fail stands"),
    ("change", "what a plan makes of it: worse, better, same"),
    ("waiver_owner", ""),
    ("waiver_expires", ""),
    ("waiver_ticket", ""),
    ("waiver_reason", ""),
    ("waiver_written", "file and line, or the exemption's id"),
    ("scope", "of the configuration, by which it was judged"),
    ("controls", ""),
    ("title", "what the policy expects"),
    ("resource", "the whole id"),
    ("type", ""),
    ("protected", "yes, no; empty: not known"),
    ("last_backup", "its status"),
    ("last_backup_time", ""),
    ("file", "where the resource is written, or the problem is"),
    ("line", ""),
    ("fingerprint", "the same in every run"),
    ("taken_at", "when the rows were taken"),
)
_END = "\r\n"
_MARK = "\ufeff"
"""Without it Excel takes the file for one of the machine's old code page."""
_AT_ONCE = 500


def write(results: Results, decision: Decision, _style: Style) -> Iterator[str]:
    """The lines, some hundred at a time."""
    yield _MARK + _joined(name for name, _ in COLUMNS) + _END
    lines: list[str] = []
    for each in _lines(results, decision):
        lines.append(each)
        if len(lines) == _AT_ONCE:
            yield _END.join([*lines, ""])
            lines.clear()
    yield _END.join([*lines, ""])


def _lines(results: Results, decision: Decision) -> Iterator[str]:
    taken = _quoted(results.run.taken_at)
    yield _record(record="scan", verdict=whole(decision), reason=decision.why, taken_at=results.run.taken_at)
    for problem in sorted(results.run.problems, key=lambda problem: not problem.incomplete):
        verdict = "incomplete" if problem.incomplete else ""
        place = {"file": problem.file, "line": str(problem.line or "")}
        yield _record(record="problem", verdict=verdict, reason=problem.message, **place, taken_at=results.run.taken_at)
    lasting = _Lasting(results)
    for judged in results.judged:
        for finding in of(judged):
            scope = judged.scopes.get(finding.subject.key, "")
            yield _result(results, finding, scope, lasting, taken)
    for gone in results.baseline.gone if results.baseline is not None else ():
        yield _record(
            record="gone",
            verdict="fail",
            severity=gone.severity,
            policy=gone.policy,
            name=gone.subject.name,
            resource_group=gone.subject.resource_group,
            subscription=gone.subject.subscription,
            reason=gone.reason,
            resource=gone.subject.id,
            type=gone.subject.type,
            fingerprint=fingerprint(gone.policy, gone.subject),
            taken_at=results.baseline.taken_at if results.baseline is not None else "",
        )


def _record(**cells: str) -> str:
    return _joined(cells.get(name, "") for name, _ in COLUMNS)


class _Lasting:
    """The parts of lines that many results share, made once: of each outcome, each resource and each policy."""

    def __init__(self, results: Results) -> None:
        self._standings = results.standings
        self._outcomes: dict[int, tuple[Outcome, str]] = {}
        self._subjects: dict[str, tuple[str, str]] = {}
        self._policies: dict[str, str] = {}

    def outcome(self, outcome: Outcome) -> str:
        found = self._outcomes.get(id(outcome))
        if found is None:  # the outcome is kept with it, so that no other can come to have its id
            text = _joined((outcome.reason, " ".join(outcome.needs)))
            found = self._outcomes[id(outcome)] = outcome, text
        return found[1]

    def subject(self, subject: Subject) -> tuple[str, str]:
        found = self._subjects.get(subject.key)
        if found is None:
            standing = self._standings.get(subject.key)
            backup = ("", "", "")
            if standing is not None:
                said = {True: "yes", False: "no", None: ""}[standing.protected]
                backup = (said, standing.status or "", standing.time or "")
            names = _joined((subject.name, subject.resource_group, subject.subscription))
            found = self._subjects[subject.key] = names, _joined((subject.id, subject.type, *backup))
        return found

    def policy(self, policy: PolicyHead) -> str:
        found = self._policies.get(policy.id)
        if found is None:
            found = self._policies[policy.id] = _joined((" ".join(control_names(policy)), policy.title))
        return found


def _result(results: Results, finding: Finding, scope: str, lasting: _Lasting, taken: str) -> str:
    policy, subject, outcome = finding
    key = (policy.id, subject.key)
    names, resource = lasting.subject(subject)
    track = results.tracks.get(key)
    change = results.changes.get(key)
    origin = results.place(*key)
    return ",".join(
        (
            f"result,{state(results, finding)},{outcome.severity}",
            _quoted(policy.id),
            names,
            lasting.outcome(outcome),
            f"{track.trend},{_quoted(track.since)}" if track is not None else ",",
            change.effect if change is not None else "",
            _waiver(results.waivers.get(key)),
            _quoted(scope),
            lasting.policy(policy),
            resource,
            f"{_quoted(origin.file)},{origin.line or ''}" if origin is not None else ",",
            fingerprint(policy.id, subject),
            taken,
        )
    )


def _waiver(waiver: Waiver | None) -> str:
    if waiver is None:
        return ",,,,"
    return _joined((waiver.owner, waiver.expires, waiver.ticket, waiver.reason, granted_at(waiver)))


def _joined(texts: Iterable[str]) -> str:
    return ",".join(map(_quoted, texts))


def _quoted(text: str) -> str:
    safe = cell(text)
    return '"' + safe.replace('"', '""') + '"' if '"' in safe or "," in safe or ";" in safe else safe
