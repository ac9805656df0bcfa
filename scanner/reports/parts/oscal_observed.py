"""Results as OSCAL observes them: those of a policy that say the same are one observation, what is wrong is a risk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.model import PolicyHead, Results, Severity, State, Subject, Track, Waiver
from scanner.reports.parts.findings import every, state
from scanner.reports.parts.oscal_words import Part, day, prop, said, unique, words
from scanner.reports.parts.streams import Lines
from scanner.reports.parts.summary import granted, granted_at

_HELD: tuple[State, ...] = ("pass", "not-applicable")
_TITLES: dict[State, str] = {
    "fail": "does not hold",
    "waived": "does not hold, and is accepted for a while",
    "unknown": "is not known to hold",
    "pass": "holds",
    "not-applicable": "does not apply",
}
_RISKS: dict[State, str] = {"fail": "open", "waived": "deviation-approved", "unknown": "investigating"}


@dataclass(slots=True)
class Group:
    """Results of one policy that are told as one. Of what holds or does not apply the subjects are only counted, but
    for those that were fixed since the baseline."""

    policy: PolicyHead
    state: State
    severity: Severity
    reason: str
    needs: tuple[str, ...]
    waiver: Waiver | None
    uuid: str
    count: int = 0
    subjects: list[Subject] = field(default_factory=list)
    fresh: int = 0
    """How many of them the baseline does not have."""


def grouped(results: Results) -> list[Group]:
    """All results, by policy; what is wrong or not known by its reason and by what waives it, the rest as one."""
    found: dict[tuple[object, ...], Group] = {}
    for finding in every(results):
        policy, subject, outcome = finding
        told = state(results, finding)
        waiver = results.waivers.get((policy.id, subject.key))
        plain = told in _HELD
        grade, reason = ("", "") if plain else (outcome.severity, outcome.reason)
        key = (policy.id, told, grade, reason, waiver)
        group = found.get(key)
        if group is None:
            by = "" if waiver is None else f"{waiver.expires}\n{granted(waiver)}\n{granted_at(waiver)}"
            uuid = unique("observation", results.run.taken_at, policy.id, told, grade, reason, by)
            group = Group(policy, told, outcome.severity, reason, outcome.needs, waiver, uuid)
            found[key] = group
        group.count += 1
        track = results.tracks.get((policy.id, subject.key))
        if not plain or (track is not None and track.trend == "fixed"):
            group.subjects.append(subject)
        group.fresh += track is not None and track.trend in ("new", "reappeared")
    return list(found.values())


def subjects_of(group: Group) -> Iterator[Subject]:
    """The resources that an observation names."""
    yield from group.subjects


def observation(group: Group, at: str, tracks: Mapping[tuple[str, str], Track]) -> Part:
    """What was observed, of which resources, and what became of them since the baseline."""

    def of(subject: Subject) -> Track | None:
        return tracks.get((group.policy.id, subject.key))

    props = [
        prop("policy", group.policy.id),
        prop("verdict", group.state),
        prop("severity", group.severity),
        prop("resources", str(group.count)),
    ]
    props += [prop("needs", need) for need in group.needs]
    props += [prop("new-since-baseline", str(group.fresh))] if group.fresh else []
    found: Part = {
        "uuid": group.uuid,
        "title": said(f"{group.policy.id} {_TITLES[group.state]}", "a policy"),
        "description": said(f"{group.policy.title}: {group.reason or _TITLES[group.state]}", "a result"),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"] if risky(group) else ["control-objective"],
    }
    if group.subjects:
        found["subjects"] = Lines(
            {
                "subject-uuid": unique("subject", subject.key),
                "type": "inventory-item",
                "title": said(subject.name, "?"),
                **({"props": [prop("trend", track.trend)]} if (track := of(subject)) is not None else {}),
            }
            for subject in group.subjects
        )
    found["collected"] = at
    if group.state in _HELD and group.subjects:
        found["remarks"] = "Of the resources only those are named that were fixed since the baseline."
    return found


def risky(group: Group) -> bool:
    """Whether it is a risk: it does not hold, is accepted, or is not known."""
    return group.state in _RISKS


def risk_id(group: Group) -> str:
    """What its risk is known by."""
    return unique("risk", group.uuid)


def risk(group: Group) -> Part:
    """The risk of what is one."""
    policy = group.policy
    found: Part = {
        "uuid": risk_id(group),
        "title": said(f"{policy.id}: {group.reason}", "a risk"),
        "description": said(f"{group.count} of type {policy.resource}: {group.reason}", "a risk"),
        "statement": words(policy.why or policy.title),
        "props": [
            prop("policy", policy.id),
            prop("severity", group.severity),
            *(_told(group.waiver) if group.waiver is not None else []),
        ],
        "status": _RISKS[group.state],
    }
    if group.waiver is not None:
        found |= _accepted(group.waiver, group.uuid)
    if policy.fix.strip():
        found["remediations"] = [
            {
                "uuid": unique("remediation", group.uuid),
                "lifecycle": "recommendation",
                "title": said(f"Mend {policy.id}", "mend it"),
                "description": words(policy.fix),
            }
        ]
    if group.waiver is not None:
        found["risk-log"] = {"entries": [_entry(group.waiver, group.uuid)]}
    found["related-observations"] = [{"observation-uuid": group.uuid}]
    return found


def _accepted(waiver: Waiver, key: str) -> Part:
    """Until when it is accepted, and why."""
    until = day(waiver.expires, end=True)
    return {
        "mitigating-factors": [{"uuid": unique("waiver", key), "description": said(granted(waiver), "accepted")}],
        **({"deadline": until} if until else {}),
    }


def _told(waiver: Waiver) -> list[Part]:
    props = [prop("waiver-owner", waiver.owner), prop("waiver-expires", waiver.expires)]
    props += [prop("waiver-ticket", waiver.ticket)] if waiver.ticket else []
    return [*props, prop("waiver-source", waiver.source), prop("waiver-written", granted_at(waiver))]


def _entry(waiver: Waiver, key: str) -> Part:
    until, since = day(waiver.expires, end=True), day(waiver.created)
    found: Part = {
        "uuid": unique("accepted", key),
        "title": said(f"Accepted by {waiver.owner}", "Accepted"),
        "description": said(waiver.reason, "no reason is given"),
        "start": since or "1970-01-01T00:00:00Z",
    }
    if until:
        found["end"] = until
    return {**found, "status-change": "deviation-approved"}
