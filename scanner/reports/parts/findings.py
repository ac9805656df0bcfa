"""Results as reports show them: findings worst first and grouped by cause, unknowns by what is missing."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.gate import Gate
from scanner.model import (
    HANGS,
    LEFT_OUT,
    SEVERITIES,
    WAIVERS,
    Judged,
    Outcome,
    PolicyHead,
    Results,
    Severity,
    State,
    Subject,
    Verdict,
    Waiver,
)
from scanner.reports.parts.texts import clean, noun

UNSAID_GROUP = "{resourceGroup}"
"""Stands in the ids of a template of which nobody says where it would be deployed."""


class Finding(NamedTuple):
    """What one policy says of one subject."""

    policy: PolicyHead
    subject: Subject
    outcome: Outcome


def fingerprint(policy: str, subject: Subject) -> str:
    """What a result is known by from run to run: its policy and its resource, whatever the letter case."""
    return hashlib.sha256(f"{policy}\n{subject.key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def subjects(results: Results) -> Iterator[Subject]:
    """Every subject once, in the order of the policies."""
    seen: set[str] = set()
    once = {id(judged.subjects): judged.subjects for judged in results.judged}  # policies share their subjects
    for listed in once.values():
        for subject in listed:
            if subject.key not in seen:
                seen.add(subject.key)
                yield subject


def of(judged: Judged) -> Iterator[Finding]:
    """One policy's results."""
    for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
        yield Finding(judged.policy, subject, outcome)


def every(results: Results) -> Iterator[Finding]:
    """All results, by policy, then resource."""
    for judged in results.judged:
        yield from of(judged)


def with_verdict(results: Results, *verdicts: Verdict) -> Iterator[Finding]:
    """All results with one of these verdicts, in the same order."""
    for judged in results.judged:
        for subject, outcome in judged.with_verdict(*verdicts):
            yield Finding(judged.policy, subject, outcome)


def state(results: Results, finding: Finding) -> State:
    """The verdict, or that it is waived."""
    return results.state(finding.policy.id, finding.subject.key, finding.outcome.verdict)


def fails(results: Results) -> list[Finding]:
    """What is wrong, as far as it counts: worst first, then by policy, then resource."""
    found = [
        finding
        for finding in with_verdict(results, "fail")
        if state(results, finding) == "fail" and results.heard(finding.policy.id, finding.subject.key)
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.outcome.severity))


def waived(results: Results) -> list[tuple[Waiver, list[Finding]]]:
    """What is wrong and accepted, by what waives it: what ends first comes first."""
    found: dict[int, tuple[Waiver, list[Finding]]] = {}
    for finding in with_verdict(results, "fail") if results.waivers else ():
        waiver = results.waivers.get((finding.policy.id, finding.subject.key))
        if waiver is not None and results.heard(finding.policy.id, finding.subject.key):
            found.setdefault(id(waiver), (waiver, []))[1].append(finding)
    return sorted(found.values(), key=lambda entry: entry[0].expires)


class Block(NamedTuple):
    """All that one policy finds wrong at one severity."""

    severity: Severity
    policy: PolicyHead
    findings: list[Finding]


def shown(results: Results, gate: Gate) -> list[Finding]:
    """The fails to be told one by one: where only what is new stops the gate, those that the baseline does not have."""
    return [finding for finding in fails(results) if not gate.only_new or fresh(results, finding)]


def blocks(findings: Iterable[Finding]) -> list[Block]:
    """Fails by severity and policy, in their order."""
    found: dict[tuple[str, str], Block] = {}
    for finding in findings:
        key = (finding.outcome.severity, finding.policy.id)
        found.setdefault(key, Block(finding.outcome.severity, finding.policy, [])).findings.append(finding)
    return list(found.values())


def causes(results: Results, findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings with one reason together, whatever the doubts of their severity: what the baseline does not have comes
    first, then what stops most."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.outcome.cause()[0]].append(finding)
    for group in groups.values():
        group.sort(key=lambda finding: not fresh(results, finding))
    return sorted(
        groups.items(), key=lambda group: (not fresh(results, group[1][0]), -len(group[1]), group[1][0].subject.key)
    )


def fresh(results: Results, finding: Finding) -> bool:
    """Whether the baseline does not have it."""
    track = results.tracks.get((finding.policy.id, finding.subject.key))
    return track is not None and track.trend in ("new", "reappeared", "worse")


@dataclass(slots=True)
class Missing:
    """What would settle some unknowns: of which subjects, in which policies."""

    need: str
    subjects: dict[str, Subject] = field(default_factory=dict)
    """By their ids in lower case."""
    hints: dict[str, None] = field(default_factory=dict)
    """What of a plan the unknowns hang on."""
    policies: set[str] = field(default_factory=set)


def missing(results: Results) -> list[Missing]:
    """What is missing, by how many subjects need it; of a plan laid over a fleet only what is new or gets worse."""
    found: dict[str, Missing] = {}
    for finding in with_verdict(results, "unknown"):
        if _told(results, finding):
            _, _, hint = finding.outcome.reason.partition(HANGS)
            for need in finding.outcome.needs or ("",):
                entry = found.setdefault(need, Missing(need))
                entry.subjects[finding.subject.key] = finding.subject
                entry.policies.add(finding.policy.id)
                if hint and need in ("plan", "deleted"):
                    entry.hints[clean(hint)] = None
    return sorted(found.values(), key=lambda entry: (-len(entry.subjects), entry.need))


def _told(results: Results, finding: Finding) -> bool:
    change = results.changes.get((finding.policy.id, finding.subject.key))
    return change is None or change.before is None or results.heard(finding.policy.id, finding.subject.key)


def needing(entry: Missing) -> str:
    """Who needs it, counted by type, with the verb: "2 VMs and 1 group need"."""
    counted = sorted(Counter(subject.type for subject in entry.subjects.values()).items())
    verb = "needs" if len(entry.subjects) == 1 else "need"
    return f"{' and '.join(noun(count, kind) for kind, count in counted)} {verb}"


def idle(results: Results) -> dict[str, list[str]]:
    """The policies that reached no pass and no fail, by what they said instead."""
    found: dict[str, list[str]] = defaultdict(list)
    for judged in results.judged:
        if judged.policy.resource == WAIVERS:
            continue
        each = judged.tally()
        if not each["pass"] and not each["fail"]:
            said = ", ".join(f"{count:,} {verdict.replace('-', ' ')}" for verdict, count in sorted(each.items()))
            if judged.outcomes and all(outcome.reason.startswith(LEFT_OUT) for outcome in judged.outcomes):
                said = "only what runs can tell"
            found[said or "nothing to put it to"].append(judged.policy.id)
    return found


class Labels:
    """Subjects as their owners know them; with the subscription where name and group are not enough."""

    def __init__(self, results: Results) -> None:
        names = Counter((subject.name, subject.resource_group) for subject in subjects(results))
        self._twice = {name for name, count in names.items() if count > 1}
        self._origins = results.origins

    def of(self, subject: Subject) -> str:
        group = subject.resource_group
        if (subject.name, group) in self._twice:
            group = f"{group}, subscription {subject.subscription}"
        origin = self._origins.get(subject.key)
        if origin and group == UNSAID_GROUP:
            group = ""
        inside = ", ".join(part for part in (group, origin.place() if origin else "") if part)
        return clean(f"{subject.name} ({inside})" if inside else subject.name)


def trend(results: Results, finding: Finding) -> str:
    """What became of it since the baseline: "NEW", "REAPPEARED", "since 2026-11-01"; "" where that is nothing."""
    track = results.tracks.get((finding.policy.id, finding.subject.key))
    if track is None:
        return ""
    return f"since {track.since[:10]}" if track.trend == "persisting" else track.trend.upper()


def was(results: Results, finding: Finding) -> str:
    """What the verdict was before a plan changes it, or in the baseline: "passed before", "new"; "" for other scans."""
    change = results.changes.get((finding.policy.id, finding.subject.key))
    if change is None:
        return trend(results, finding)
    words = {"pass": "passed", "unknown": "not known", "not-applicable": "did not apply", "fail": "failed"}
    at = f" the change at {change.origin.place()}" if change.origin is not None else ""
    if change.before is None:
        return clean(f"new with{at}" if at else "new")
    grave = f" ({change.severity})" if change.before == "fail" else ""
    return clean(f"{words[change.before]} before{at}{grave}")
