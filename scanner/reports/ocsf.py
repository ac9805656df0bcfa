"""OCSF Compliance Findings (class 2003) for a SIEM or a security lake: an event a line, the first one of the scan."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from scanner.gate import Decision
from scanner.model import Outcome, PolicyHead, Results, Severity, State, Subject, Track, Trend
from scanner.reports import Style
from scanner.reports.parts.findings import Finding, fingerprint, of, state, subjects
from scanner.reports.parts.frames import around
from scanner.reports.parts.once import Once
from scanner.reports.parts.rows import control_names, whole
from scanner.reports.parts.sarif_log import tidy
from scanner.reports.parts.summary import granted
from scanner.reports.parts.texts import block, clean, line, shorten

VERSION = "1.5.0"
_LONGEST = 10_000
_AT_ONCE = 200
_encode = msgspec.json.Encoder().encode
_SEVERITIES: dict[Severity, tuple[int, str]] = {"error": (4, "High"), "warning": (3, "Medium"), "note": (2, "Low")}
_NO_FINDING = (1, "Informational")
_STATUSES: dict[State, tuple[int, str]] = {
    "fail": (1, "New"),
    "waived": (3, "Suppressed"),
    "unknown": (0, "Unknown"),
    "pass": (99, "Passed"),
    "not-applicable": (99, "Not applicable"),
}
"""Of the finding. What the reader's own desk makes of it, such as In Progress, is theirs to say."""
_COMPLIANCE: dict[State, tuple[int, str]] = {
    "fail": (3, "Fail"),
    "waived": (3, "Fail"),
    "unknown": (0, "Unknown"),
    "pass": (1, "Pass"),
    "not-applicable": (99, "Not applicable"),
}
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_ACTIVITIES: dict[Trend, tuple[int, str]] = {
    "new": _CREATE,
    "reappeared": _CREATE,
    "added": _CREATE,
    "worse": _UPDATE,
    "persisting": _UPDATE,
    "lost": _UPDATE,
    "fixed": _CLOSE,
}

Part = dict[str, Any]


def write(results: Results, decision: Decision, _style: Style) -> Iterator[bytes]:
    """The events, some hundred at a time."""
    lines: list[bytes] = []
    for event in _events(results, decision):
        lines.append(event)
        if len(lines) == _AT_ONCE:
            yield b"\n".join([*lines, b""])
            lines.clear()
    yield b"\n".join([*lines, b""])


def _events(results: Results, decision: Decision) -> Iterator[bytes]:
    log = _Log(results)
    yield _encode(log.scan(decision))
    for judged in results.judged:
        frames = Once(partial(log.frame, judged.policy))
        for finding in of(judged):
            key = (judged.policy.id, finding.subject.key)
            frame = frames(finding.outcome)
            if frame and not (key in results.waivers or key in results.tracks or results.place(*key)):
                yield log.framed(frame, finding)
            else:
                yield _encode(log.event(finding, log.whose(finding)))
    for gone in results.baseline.gone if results.baseline is not None else ():
        finding = Finding(log.heads[gone.policy], gone.subject, Outcome("fail", gone.severity, gone.reason))
        yield _encode(log.event(finding, log.whose(finding), gone=True))


class _Whose(NamedTuple):
    """What of an event hangs on its resource alone."""

    name: str
    account: msgspec.Raw
    uid: str
    resource: msgspec.Raw


_GAP = "\0"
"""Stands for one of these; no text that is written has it."""
_GAPS = _Whose(_GAP, msgspec.Raw(b'"\\u0000"'), _GAP, msgspec.Raw(b'"\\u0000"'))
_NOBODY = Subject("", "", "", "", "", "")


class _Log:
    """Makes events of results; what many of them share is made once."""

    def __init__(self, results: Results) -> None:
        self.heads = {judged.policy.id: judged.policy for judged in results.judged}
        self._results = results
        self._time = milliseconds(results.run.taken_at)
        self._metadata = _raw(
            {
                "version": VERSION,
                "product": {"name": "snapready", "vendor_name": "snapready", "version": clean(results.run.version)},
                "profiles": ["cloud"],
            }
        )
        self._policies = {
            name: tuple({key: _raw(value) for key, value in part.items()} for part in _policy(head))
            for name, head in self.heads.items()
        }
        self._resources = {subject.key: _raw(_resource(subject, results)) for subject in subjects(results)}
        self._accounts: dict[str, msgspec.Raw] = {}
        self._reasons = Once(lambda outcome: shorten(line(outcome.reason), _LONGEST))

    def _frame(self, activity: tuple[int, str]) -> Part:
        return {
            "activity_id": activity[0],
            "activity_name": activity[1],
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": 2003,
            "class_name": "Compliance Finding",
            "type_uid": 200_300 + activity[0],
            "type_name": f"Compliance Finding: {activity[1]}",
            "time": self._time,
            "metadata": self._metadata,
        }

    def scan(self, decision: Decision) -> Part:
        """Whether all was judged that should be, so that no log is empty, and none is taken for more than it is."""
        results, said = self._results, whole(decision)
        good = said == "complete"
        status = (99, "Passed") if good else (0, "Unknown")
        problems = [{"message": line(each.message), "place": clean(each.place())} for each in results.run.problems]
        scope = "\n".join(("snapready/scan", *results.run.scope))
        uid = fingerprint(scope, Subject("", "", "", "", "", ""))
        return {
            **self._frame(_CREATE),
            "severity_id": 1 if good else 4,
            "severity": "Informational" if good else "High",
            "status_id": status[0],
            "status": status[1],
            "status_detail": f"{said}: {line(decision.why)}",
            "message": f"The scan is {said}: {line(decision.why)}",
            "cloud": {"provider": "Azure"},
            "compliance": {
                "control": "snapready/scan",
                "desc": "Everything was judged that should be.",
                "standards": ["snapready"],
                "status_id": 1 if good else 0,
                "status": "Pass" if good else "Unknown",
            },
            "finding_info": {"uid": uid, "title": "Everything was judged that should be", "types": ["scan"]},
            "unmapped": {
                "exit_code": decision.code,
                "taken_at": clean(results.run.taken_at),
                "scope": tidy(results.run.scope),
                "problems": problems,
            },
        }

    def whose(self, finding: Finding) -> _Whose:
        subject = finding.subject
        resource = self._resources.get(subject.key)
        return _Whose(
            clean(subject.name),
            self._account(subject.subscription),
            fingerprint(finding.policy.id, subject),
            resource if resource is not None else _raw(_resource(subject, self._results)),
        )

    def frame(self, policy: PolicyHead, outcome: Outcome) -> tuple[bytes, ...]:
        """An event of which only the resource is left out, in the five parts that stand around it; none where a text of
        the outcome looks like such a gap."""
        event = _encode(self.event(Finding(policy, _NOBODY, outcome), _GAPS))
        return around(event, b"\\u0000", b'"', (False, True, False, True))  # account and resource are objects

    def framed(self, frame: tuple[bytes, ...], finding: Finding) -> bytes:
        """The event of a result that is neither waived, nor written in a file, nor changed since the baseline."""
        name, account, uid, resource = self.whose(finding)
        before, after_name, after_account, after_uid, after = frame
        said = _encode(name)[1:-1]
        return b"".join((before, said, after_name, account, after_account, uid.encode(), after_uid, resource, after))

    def event(self, finding: Finding, whose: _Whose, *, gone: bool = False) -> Part:
        policy, subject, outcome = finding
        results = self._results
        said: State = "fail" if gone else state(results, finding)
        track = results.tracks.get((policy.id, subject.key))
        activity = _CLOSE if gone else _ACTIVITIES[track.trend] if track is not None else _CREATE
        severity = _SEVERITIES[outcome.severity] if said in ("fail", "waived", "unknown") else _NO_FINDING
        status = (4, "Resolved") if gone or activity == _CLOSE else _STATUSES[said]
        compliance, remediation, info = self._policies[policy.id]
        reason = self._reasons(outcome)
        result = (99, "Resource is gone") if gone else _COMPLIANCE[said]
        return {
            **self._frame(activity),
            "severity_id": severity[0],
            "severity": severity[1],
            "status_id": status[0],
            "status": status[1],
            "status_detail": reason,
            "message": f"{whose.name}: {reason}",
            "cloud": {"provider": "Azure", "account": whose.account},
            "compliance": {**compliance, "status_id": result[0], "status": result[1]},
            "finding_info": {"uid": whose.uid, **info, **_seen(track)},
            "resources": [whose.resource],
            **remediation,
            "unmapped": self._unmapped(finding, said, track, gone=gone),
        }

    def _account(self, subscription: str) -> msgspec.Raw:
        found = self._accounts.get(subscription)
        if found is None:
            name = clean(subscription)
            account = {"name": name, "uid": name, "type": "Azure subscription", "type_id": 99}
            found = self._accounts[subscription] = _raw(account)
        return found

    def _unmapped(self, finding: Finding, said: State, track: Track | None, *, gone: bool) -> Part:
        """What OCSF has no word for."""
        key = (finding.policy.id, finding.subject.key)
        found: Part = {"verdict": "gone" if gone else said}
        if finding.outcome.needs:
            found["needs"] = tidy(finding.outcome.needs)
        if track is not None:
            found["trend"] = track.trend
        waiver = self._results.waivers.get(key)
        if waiver is not None:
            told = {"owner": waiver.owner, "expires": waiver.expires, "ticket": waiver.ticket, "reason": waiver.reason}
            found["waiver"] = {"said": granted(waiver), **tidy(told)}
        origin = self._results.place(*key)
        if origin is not None:
            found["origin"] = {"file": clean(origin.file), "line": origin.line}
        return found


def _raw(value: Any) -> msgspec.Raw:
    """The value as JSON, so that what many events have is escaped once."""
    return msgspec.Raw(_encode(value))


def _policy(policy: PolicyHead) -> tuple[Part, Part, Part]:
    """A policy as a check of compliance, how to mend what it finds, and what it expects."""
    controls = [clean(name) for name in control_names(policy)]
    compliance = {
        "control": clean(policy.id),
        "desc": line(policy.title),
        "standards": [clean(name) for name in policy.controls] or ["snapready"],
        **({"requirements": controls} if controls else {}),
    }
    url = policy.source.get("url", "")
    references = {"references": [clean(url)]} if url else {}
    fix = shorten(block(policy.fix), _LONGEST)
    remediation = {"remediation": {"desc": fix, **references}} if fix else {}
    info = {"title": line(policy.title) or clean(policy.id), "desc": shorten(line(policy.why), _LONGEST)}
    return compliance, remediation, {**info, "types": [clean(policy.id)]}


def _resource(subject: Subject, results: Results) -> Part:
    found: Part = {
        "uid": clean(subject.id),
        "name": clean(subject.name),
        "type": clean(subject.type),
        "group": {"name": clean(subject.resource_group)},
    }
    standing = results.standings.get(subject.key)
    if standing is not None:
        backup = {"protected": standing.protected, "status": standing.status, "time": standing.time}
        found["data"] = {"lastBackup": tidy({name: told for name, told in backup.items() if told is not None})}
    return found


def _seen(track: Track | None) -> Part:
    """Since when a finding stands, where that is a time."""
    if track is None or not track.since:
        return {}
    try:
        return {"first_seen_time": milliseconds(track.since)}
    except ValueError:
        return {}


def milliseconds(time: str) -> int:
    """An ISO time in milliseconds since 1970."""
    found = datetime.fromisoformat(time)
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1000)
