"""Stands in for the reader of ARM templates where only places matter: takes every resource as it is written."""

import json
from pathlib import Path
from typing import Any

from scanner.model import AuthoringError, Origin, Problem
from scanner.sources.iac import located
from scanner.sources.iac.model import Context, Plan, Resource, Unresolved

SEEN: list[Context] = []
GIVEN: list[Any] = []
"""The contents of the parameter file that each reading got first."""


def read(file: str, context: Context) -> Plan:
    SEEN.append(context)
    first = Path(context.parameters[0]) if context.parameters else Path("none")
    GIVEN.append(json.loads(first.read_text("utf-8")) if first.is_file() else None)
    whole = located.load(Path(file).read_bytes(), file)
    if whole.get("refuse"):
        line, column = whole.at("refuse")
        raise AuthoringError(f"{file} is not liked", file, line, column, f"change {file}")
    plan = Plan("arm", file)
    _walk(plan, whole, file)
    return plan


def _walk(plan: Plan, template: Any, file: str) -> None:
    resources = template.get("resources", [])
    for resource in resources.values() if isinstance(resources, dict) else resources:
        origin = Origin(file, resource.line, resource.column)
        if resource.get("existing"):
            continue
        if resource["type"] == "Microsoft.Resources/deployments":
            inner = resource["properties"].get("template")
            if inner is None:
                plan.unresolved.append(Unresolved(resource["name"], resource["type"], f"{file}: not here", origin))
            else:
                _walk(plan, inner, file)
            continue
        if resource.get("odd"):
            plan.problems.append(Problem(f"odd resource in {file}", file, resource.line))
            plan.problems.append(Problem("odd template", file, 1))
        count = resource.get("copy", {}).get("count", 1)
        for place in range(count):
            kind, name = resource["type"], resource["name"] + (str(place) if count > 1 else "")
            row = {"id": f"/subscriptions/s/resourceGroups/g/providers/{kind}/{name}", "type": kind, "name": name}
            plan.resources.append(Resource(row, origin, name))
