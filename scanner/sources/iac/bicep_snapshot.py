"""Reads what `bicep snapshot` writes: the resources a .bicepparam file would deploy, expanded without Azure."""

from typing import Any

from scanner.model import Problem, SnapreadyError
from scanner.sources.iac import located
from scanner.sources.iac.model import Context, Holed, Plan, Resource, Unresolved
from scanner.sources.iac.predicted import (
    DEPLOYMENT,
    contents,
    get,
    known,
    origin_of,
    problem,
    row_of,
    split,
    text,
    type_of,
    written_id,
)

_AGAIN = "write it again: bicep snapshot FILE.bicepparam"
_ANYWHERE = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"


def read(file: str, context: Context) -> Plan:
    """The predicted resources; what hangs on Azure is not known."""
    problems: list[Problem] = []
    whole = located.load(contents(file), file, problems)
    resources = get(whole, "predictedResources")
    if not isinstance(resources, list):
        raise SnapreadyError(f"{file}: predictedResources is no list, so it is no snapshot of bicep; {_AGAIN}")
    plan = Plan("bicep-snapshot", file, problems=problems)
    for place, resource in enumerate(resources):
        _put(plan, resource, f"predictedResources[{place}]", file, context)
    diagnostics = get(whole, "diagnostics")
    for entry in diagnostics if isinstance(diagnostics, list) else [] if diagnostics is None else [diagnostics]:
        said = entry if isinstance(entry, str) else str(entry)[:500]
        missing = "NestedDeployment" in said or " Error " in said
        plan.problems.append(problem(said, diagnostics, file, incomplete=missing))
    return plan


def _put(plan: Plan, resource: Any, place: str, file: str, context: Context) -> None:
    where = origin_of(resource, file)
    kind = text(get(resource, "type")).split("@")[0]

    def unresolved(why: str) -> None:
        plan.unresolved.append(Unresolved(text(get(resource, "id")) or place, kind, why, where))

    if not isinstance(resource, dict):
        unresolved("it is no object")
        return
    if "/" not in kind:
        if kind:
            plan.problems.append(problem(f"{place} ({kind}) is deployed by an extension, not by Azure", resource, file))
        else:
            unresolved("it has no type")
        return
    condition = known(get(resource, "condition"))
    if condition is False:
        plan.left_out.append(text(get(resource, "id")) or place)
        return
    if get(resource, "existing") is True:
        return  # a reference that the snapshot should not list: nothing is deployed by it
    if condition not in (None, True):
        unresolved(f"its condition is not known: {_why(condition)}")
        return
    identity = _identity(resource, kind, context)
    if not identity:
        unresolved("it has neither an id nor a name")
    elif kind.lower() == DEPLOYMENT:
        unresolved("bicep did not look into this nested deployment: its resources are not known")
    else:
        members = {name: value for name, value in resource.items() if name not in ("dependsOn", "condition", "scope")}
        row = row_of(identity, members, evaluated=False)
        row["type"] = type_of(identity) or kind
        plan.resources.append(Resource(row, where, identity))


def _identity(resource: Any, kind: str, context: Context) -> str:
    """The id; one that is an expression as a whole is written as far as type and name tell it."""
    found = written_id(text(get(resource, "id")))
    if found.startswith("/"):
        return found
    name = known(text(get(resource, "name")))
    shown = name.text if isinstance(name, Holed) else name if isinstance(name, str) else ""
    if not shown and name != "":
        shown = "{" + text(get(resource, "name"))[1:-1].translate({ord("{"): "<", ord("}"): ">"}) + "}"
    names = split(shown)
    provider, *kinds = kind.split("/")
    if not shown or len(names) != len(kinds):
        return ""
    pairs = "/".join(f"{each}/{part}" for each, part in zip(kinds, names, strict=True))
    return f"{context.scope.rstrip('/') or _ANYWHERE}/providers/{provider}/{pairs}"


def _why(value: Any) -> str:
    reason = getattr(value, "reason", None)
    return str(reason if reason is not None else value)
