"""OSCAL assessment results for a governance tool or an assessor: controls, what was observed, risks, and findings."""

from collections.abc import Iterable, Iterator
from itertools import chain

from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts.controls import FRAMEWORKS, Control, controls
from scanner.reports.parts.oscal_observed import Group, grouped, observation, risk, risk_id, risky, subjects_of
from scanner.reports.parts.oscal_words import NIST, Part, control_id, day, prop, said, unique, words
from scanner.reports.parts.rows import whole
from scanner.reports.parts.streams import Lines, streamed

VERSION = "1.1.3"


def write(results: Results, decision: Decision, _style: Style) -> Iterator[str]:
    """The document, in pieces."""
    run = results.run
    groups = grouped(results)
    at = day(run.taken_at)
    run_key = "\n".join((run.taken_at, *run.scope))
    plan = unique("plan")
    result: Part = {
        "uuid": unique("result", run_key),
        "title": "Readiness of Azure VMs for backup snapshots",
        "description": said(decision.why, "no reason is given"),
        "start": at,
        "end": at,
        "props": [
            prop("exit-code", str(decision.code)),
            prop("completeness", whole(decision).replace(" ", "-")),
            prop("taken-at-from", run.taken_from),
        ],
        **_inventory(groups),
        "reviewed-controls": _reviewed(results),
        **_list(
            "observations", chain(_problems(results, at), (observation(group, at, results.tracks) for group in groups))
        ),
        **_list("risks", (risk(group) for group in groups if risky(group))),
        **_list("findings", _findings(results, groups)),
    }
    result.update({"remarks": words(text)} if (text := _remarks(results)) else {})
    document: Part = {
        "uuid": unique("document", run_key, run.version),
        "metadata": {
            "title": "Assessment results of snapready",
            "last-modified": at,
            "version": said(run.taken_at, "0"),
            "oscal-version": VERSION,
            "props": [prop("snapready-version", run.version)],
            "parties": [{"uuid": unique("tool"), "type": "organization", "name": "snapready", "remarks": "A tool."}],
        },
        "import-ap": {"href": f"#{plan}", "remarks": "Stands for the assessment plan of whoever files these results."},
        "results": [result],
        "back-matter": {"resources": [_plan(plan)]},
    }
    return streamed({"assessment-results": document})


def _list(name: str, members: Iterable[Part]) -> Part:
    """OSCAL has no empty lists."""
    left = iter(members)
    first = next(left, None)
    return {} if first is None else {name: Lines(chain([first], left))}


def _plan(uuid: str) -> Part:
    return {
        "uuid": uuid,
        "title": "Assessment plan: every policy of the scan, put to every resource it is about",
        "description": "Put the address of your own assessment plan in its place, if there is one.",
        "props": [prop("type", "plan")],
    }


def _inventory(groups: list[Group]) -> Part:
    """The resources that observations name."""
    named = {subject.key: subject for group in groups for subject in subjects_of(group)}
    items = (
        {
            "uuid": unique("subject", key),
            "description": said(subject.name, "unnamed"),
            "props": [
                prop("asset-id", subject.id),
                prop("asset-type", subject.type),
                prop("resource-group", subject.resource_group),
                prop("subscription", subject.subscription),
            ],
        }
        for key, subject in sorted(named.items())
    )
    return {"local-definitions": {"inventory-items": Lines(items)}} if named else {}


def _reviewed(results: Results) -> Part:
    """What the policies speak to, a selection for each framework."""
    frameworks: dict[str, dict[str, None]] = {}
    for judged in results.judged:
        for framework, ids in judged.policy.controls.items():
            frameworks.setdefault(framework, {}).update((control_id(framework, each), None) for each in ids)
    selections: list[Part] = [
        {
            "description": said(FRAMEWORKS.get(framework, framework), "a framework"),
            "include-controls": [{"control-id": each} for each in sorted(ids)],
        }
        for framework, ids in sorted(frameworks.items())
        if ids
    ]
    return {"control-selections": selections or [{"description": "No policy names a control."}]}


def _problems(results: Results, at: str) -> Iterator[Part]:
    """What could not be read, as observations of their own."""
    for number, problem in enumerate(results.run.problems):
        place = f"{problem.place()}: " if problem.place() else ""
        yield {
            "uuid": unique("problem", results.run.taken_at, str(number), problem.message),
            "title": "Not all could be read" if problem.incomplete else "Worth knowing of the input",
            "description": said(f"{place}{problem.message}", "a problem"),
            "props": [prop("completeness", "incomplete" if problem.incomplete else "note")],
            "methods": ["TEST"],
            "types": ["x-scan-problem"],
            "collected": at,
        }


def _findings(results: Results, groups: list[Group]) -> list[Part]:
    """Each control that was put to anything; what is not known, or accepted for a while, does not satisfy it."""
    return [
        _finding(control, [group for group in groups if group.policy.id in control.policies])
        for control in controls(results)
        if control.standing != "not applicable"
    ]


def _finding(control: Control, groups: list[Group]) -> Part:
    identity = control_id(control.framework, control.id)
    met = control.standing == "met"
    counted = ", ".join(f"{count} {state}" for state, count in sorted(control.states.items()) if count)
    reason = {"met": "pass", "not met": "fail"}.get(control.standing, "other")
    risks = [risk_id(group) for group in groups if risky(group)]
    unasked = f"; not asked in this scan: {', '.join(control.unasked)}" if control.unasked else ""
    return {
        "uuid": unique("finding", control.framework, control.id),
        "title": said(f"{control.title()} {control.id}: {control.standing}", "a control"),
        "description": said(
            f"{counted or 'nothing was judged'}; policies: {', '.join(control.policies)}{unasked}", "none"
        ),
        "props": [prop("standing", control.standing.replace(" ", "-")), prop("framework", control.framework)],
        "target": {
            "type": "statement-id",
            "target-id": f"{identity}_smt" if control.framework == NIST else identity,
            "status": {
                "state": "satisfied" if met else "not-satisfied",
                "reason": reason,
                "remarks": words(f"As far as these policies tell: {control.standing}."),
            },
        },
        **({"related-observations": [{"observation-uuid": group.uuid} for group in groups]} if groups else {}),
        **({"related-risks": [{"risk-uuid": each} for each in risks]} if risks else {}),
    }


def _remarks(results: Results) -> str:
    """The controls of which nothing can be found, since no resource is one of those that they are about."""
    idle = [f"{each.title()} {each.id}" for each in controls(results) if each.standing == "not applicable"]
    return f"Not applicable to any resource that was read: {', '.join(idle)}." if idle else ""
