"""Reads the result of a what-if operation, Azure's own prediction: a REST reply, what az prints, PowerShell's JSON."""

import re
from collections.abc import Iterator
from typing import Any

from scanner.model import Problem, SnapreadyError
from scanner.sources.iac import located
from scanner.sources.iac.delta import applied
from scanner.sources.iac.model import Context, Plan, Resource, Unresolved
from scanner.sources.iac.predicted import (
    DEPLOYMENT,
    contents,
    get,
    origin_of,
    problem,
    row_of,
    text,
    type_of,
    written_id,
)

COMMAND = "az deployment group what-if … --no-pretty-print > what-if.json"
_FULL = "run what-if with --result-format FullResourcePayloads"
_POWERSHELL = "PowerShell cut it short: Get-AzResourceGroupDeploymentWhatIfResult … | ConvertTo-Json -Depth 100"

_PRETTY = re.compile(
    r"Resource and property changes are indicated with|The deployment will update the following scope"
    r"|^\s*Resource changes: (?:no change|\d+ to )",
    re.MULTILINE,
)
_BY_NUMBER = ("create", "delete", "ignore", "deploy", "nochange", "modify", "unsupported")
"""PowerShell's ConvertTo-Json writes the members of its enumeration as numbers, in the order of the SDK."""
_DETAILS = 5


def read(file: str, context: Context) -> Plan:  # noqa: ARG001  # every reader is called alike; what-if holds its scope
    """What a deployment would create, change, delete and leave alone, as what-if predicts it."""
    problems: list[Problem] = []
    whole = _load(file, problems)
    result = _result(whole, file)
    plan = Plan("what-if", file, problems=problems)
    for change in _changes(result, whole, file):
        _put(plan, change, file)
    for change in _listed(get(result, "potentialChanges")):
        kind = _type(change)
        why = "what-if cannot tell before deployment whether this change happens"
        plan.unresolved.append(Unresolved(_named(change), kind, why, origin_of(change, file)))
    for entry in [
        *_listed(get(whole, "diagnostics")),
        *(_listed(get(result, "diagnostics")) if result is not whole else ()),
    ]:
        plan.problems.append(_diagnostic(entry, file))
    if text(get(whole, "nextLink")) or text(get(result, "nextLink")):
        plan.problems.append(Problem("more changes were to be had from nextLink", file, incomplete=True))
    return plan


def _load(file: str, problems: list[Problem]) -> Any:
    data = contents(file)
    said = located.decode(data, file)
    if said.lstrip()[:1] not in ("{", "["):
        if not said.strip():
            raise SnapreadyError(f"{file} is empty: {COMMAND}, and see what az says on stderr")
        if _PRETTY.search(said, 0, 1 << 20):
            raise SnapreadyError(f"{file} is what-if's text for people; its JSON is needed: {COMMAND}")
    return located.load(said, file, problems)


def _result(whole: Any, file: str) -> Any:
    """The object that holds the changes; a what-if that failed is refused."""
    error = get(whole, "error")
    status = text(get(whole, "status"))
    if isinstance(error, dict) and error:
        raise SnapreadyError(f"{file}: the what-if failed: {_error(error)}")
    if status and status.lower() != "succeeded":
        raise SnapreadyError(f"{file}: the what-if has not succeeded, its status is {status}: run it again")
    inner = get(whole, "properties")
    return inner if isinstance(inner, dict) and get(whole, "changes") is None else whole


def _error(error: Any) -> str:
    """Code and message of an error, and of those that led to it."""
    found: list[str] = []
    heap = [error]
    while heap and len(found) < _DETAILS:
        here = heap.pop(0)
        said = ": ".join(part for part in (text(get(here, "code")), text(get(here, "message"))) if part)
        if said:
            found.append(said)
        heap += _listed(get(here, "details"))
    return "; ".join(found) or "it does not say why"


def _changes(result: Any, whole: Any, file: str) -> list[Any]:
    changes = get(result, "changes")
    if isinstance(changes, list):
        return changes
    named = isinstance(result, dict) and any(name.lower() == "changes" for name in result)
    if named and changes is None and text(get(whole, "status")):
        return []
    line = origin_of(result, file).line
    place = f"{file}:{line}" if line else file
    if isinstance(changes, dict | str) and named:
        raise SnapreadyError(f"{place}: changes is no list; {_POWERSHELL}")
    raise SnapreadyError(f"{place}: there is no list of changes in it, so it is no result of what-if: {COMMAND}")


def _listed(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else () if value is None else (value,)


def _id(change: Any) -> str:
    return text(get(change, "resourceId", "fullyQualifiedResourceId")) or text(get(get(change, "after"), "id"))


def _type(change: Any) -> str:
    return type_of(written_id(_id(change))) or text(get(get(change, "after"), "type"))


def _named(change: Any) -> str:
    return _id(change) or text(get(change, "symbolicName")) or "a change"


def _put(plan: Plan, change: Any, file: str) -> None:
    """Takes up one change; whatever is not understood of it leaves an entry that says so."""
    where = origin_of(change, file)

    def unresolved(why: str) -> None:
        plan.unresolved.append(Unresolved(_named(change), _type(change), why, where))

    if not isinstance(change, dict):
        cut = isinstance(change, str) and "PSWhatIfChange" in change
        unresolved(_POWERSHELL if cut else "it is no object")
        return
    identity = written_id(_id(change))
    action = _action(get(change, "changeType"))
    if not identity and (get(change, "extension") is not None or get(change, "identifiers") is not None):
        plan.problems.append(problem(f"{_named(change)} is deployed by an extension, not by Azure", change, file))
    elif not action:
        unresolved(f"what-if says {get(change, 'changeType')!r} of it, which is no type of change")
    elif not identity:
        unresolved(text(get(change, "unsupportedReason")) or "it has no resource id")
    elif not type_of(identity) and not identity.startswith("/"):
        unresolved(text(get(change, "unsupportedReason")) or "its resource id is no id")
    elif action == "delete":
        row = {"id": identity, "type": type_of(identity), "name": identity.rsplit("/", 1)[-1]}
        plan.resources.append(Resource(row, where, identity, "delete"))
    elif action == "unsupported":
        unresolved(text(get(change, "unsupportedReason")) or "what-if does not support it")
    elif type_of(identity).lower() == DEPLOYMENT:
        unresolved("what-if did not look into this nested deployment: its resources are not known")
    else:
        _state(plan, change, identity, action, file)


def _action(change_type: Any) -> str:
    if isinstance(change_type, int) and not isinstance(change_type, bool):
        return _BY_NUMBER[change_type] if 0 <= change_type < len(_BY_NUMBER) else ""
    word = text(change_type).strip().lower()
    return word if word in _BY_NUMBER else ""


def _state(plan: Plan, change: Any, identity: str, action: str, file: str) -> None:
    """A resource that will be there, in the state that what-if gives."""
    where = origin_of(change, file)
    before, after = get(change, "before"), get(change, "after")
    for state in (before, after):
        if state is not None and not isinstance(state, dict):
            plan.unresolved.append(Unresolved(identity, type_of(identity), _POWERSHELL, where))
            return
    stays = action in ("ignore", "nochange")
    if after and action != "ignore":
        row = row_of(identity, after, evaluated=False)
    elif before and stays:
        row = row_of(identity, before, evaluated=True)
    elif after:
        row = row_of(identity, after, evaluated=True)
    elif before and action == "modify" and get(change, "delta"):
        row = row_of(identity, applied(before, get(change, "delta")), evaluated=True)
    elif action == "ignore":
        plan.resources.append(Resource({"id": identity, "type": type_of(identity)}, where, identity, "existing"))
        return
    else:
        why = f"what-if does not show how it will be: {_FULL}"
        plan.unresolved.append(Unresolved(identity, type_of(identity), why, where))
        return
    made = {"create": "create", "ignore": "none", "nochange": "none"}.get(action, "update")
    plan.resources.append(Resource(row, where, identity, made))  # type: ignore[arg-type]  # mypy: dict values are str


def _diagnostic(entry: Any, file: str) -> Problem:
    """What the service says beside the changes. Of a nested deployment that it skipped, resources are missing."""
    code, level = text(get(entry, "code")), text(get(entry, "level")).lower()
    said = ": ".join(part for part in (code, text(get(entry, "message"))) if part) or str(entry)[:200]
    target = text(get(entry, "target"))
    missing = level == "error" or get(entry, "level") in (2, None) or code.lower().startswith("nesteddeployment")
    return problem(f"{said} ({target})" if target else said, entry, file, incomplete=missing)
