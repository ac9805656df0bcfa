"""Writes plans in the documented format: resource changes, and the configuration that they come from."""

import json
import re
from pathlib import Path
from typing import Any

from scanner.model import Row, Unknown
from scanner.sources.iac.model import Context, Holed, Plan, Resource
from scanner.sources.iac.terraform import read
from scanner.sources.iac.terraform.addresses import steps

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP_ID = "/subscriptions/{subscription}/resourceGroups/rg-app"
PROVIDERS = f"{GROUP_ID}/providers"
_CUT = re.compile(r"(\.[^.\[\]\"]+|\[[^\]]*\])$")


def references(*given: str) -> dict[str, Any]:
    """An expression, as the plan tells it: each reference, and what it begins with."""
    found: list[str] = []
    for text in given:
        parts = steps(text)
        least = 1 if parts[0] in ("count", "each", "path") else 2 if parts[0] != "data" else 3
        if parts[0] in ("var", "local", "each", "count"):
            least = 2
        found.append(text)
        while len(parts) > least:
            text = _CUT.sub("", text)
            parts = steps(text)
            found.append(text)
    return {"references": found}


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


class PlanFile:
    """A plan under construction; every method can be called in any order."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.root: dict[str, Any] = {"resources": [], "module_calls": {}, "outputs": {}}
        self.more: dict[str, Any] = {}

    def add(
        self,
        address: str,
        after: dict[str, Any] | None = None,
        *,
        unknown: Any = None,
        sensitive: Any = None,
        expressions: dict[str, Any] | None = None,
        actions: tuple[str, ...] = ("create",),
        before: dict[str, Any] | None = None,
        for_each: dict[str, Any] | None = None,
        count: dict[str, Any] | None = None,
        **more: Any,
    ) -> "PlanFile":
        """One instance; its block is written into the configuration the first time."""
        where, names, kind, name, mode, key = _parts(address)
        change: dict[str, Any] = {"actions": list(actions), "before": before, "after": after}
        change |= {"after_unknown": {"id": True} if unknown is None else unknown, "after_sensitive": sensitive or {}}
        entry: dict[str, Any] = {"address": address, "mode": mode, "type": kind, "name": name, "change": change}
        entry |= {"provider_name": "registry.terraform.io/hashicorp/azurerm", **more}
        if where:
            entry["module_address"] = where
        if key is not None:
            entry["index"] = key
        self.changes.append(entry)
        module = self.module(*names)
        if expressions is not None and not any(
            each["type"] == kind and each["name"] == name and each["mode"] == mode for each in module["resources"]
        ):
            block: dict[str, Any] = {
                "address": f"{kind}.{name}",
                "mode": mode,
                "type": kind,
                "name": name,
                "expressions": expressions,
            }
            block |= {"provider_config_key": "azurerm", "schema_version": 0}
            block |= {"for_each_expression": for_each} if for_each is not None else {}
            block |= {"count_expression": count} if count is not None else {}
            module["resources"].append(block)
        return self

    def module(self, *names: str) -> dict[str, Any]:
        """The configuration of a module, by the names of the calls that lead to it."""
        here = self.root
        for name in names:
            call = here["module_calls"].setdefault(name, {"source": f"./modules/{name}", "expressions": {}})
            here = call.setdefault("module", {"resources": [], "module_calls": {}, "outputs": {}})
        return here

    def call(self, *names: str, expressions: dict[str, Any], outputs: dict[str, Any], **more: Any) -> "PlanFile":
        """How a module is called, and what it gives back."""
        self.module(*names)["outputs"] = {name: {"expression": each} for name, each in outputs.items()}
        call = self.module(*names[:-1])["module_calls"][names[-1]]
        call["expressions"] = expressions
        call |= more
        return self

    def document(self) -> dict[str, Any]:
        return {
            "format_version": "1.2",
            "terraform_version": "1.9.8",
            "planned_values": {"root_module": {}},
            "resource_changes": self.changes,
            "configuration": {
                "provider_config": {"azurerm": {"name": "azurerm", "expressions": {"features": [{}]}}},
                "root_module": self.root,
            },
            "applyable": True,
            "complete": True,
            "errored": False,
            **self.more,
        }

    def read(self, folder: Path, context: Context | None = None) -> Plan:
        file = folder / "plan.json"
        file.write_text(json.dumps(self.document()), "utf-8")
        return read(str(file), context or Context())


def _parts(address: str) -> tuple[str, list[str], str, str, str, Any]:
    """The module instance, the calls that lead to it, type, name, mode and key."""
    parts: list[Any] = list(steps(address))
    names: list[str] = []
    where = ""
    while parts[0] == "module":
        names.append(parts[1])
        del parts[:2]
        where += f"{'.' * bool(where)}module.{names[-1]}"
        if isinstance(parts[0], tuple):
            where += f"[{json.dumps(parts.pop(0)[0])}]"
    mode = "managed"
    if parts[0] == "data":
        mode = "data"
        parts.pop(0)
    key = parts[2][0] if len(parts) > 2 else None
    return where, names, parts[0], parts[1], mode, key


def plain(value: Any) -> Any:
    """A value of a row with texts for what is not JSON: "?reason" for an Unknown, "~text" for one with holes."""
    if isinstance(value, Unknown):
        return f"?{value.reason}"
    if isinstance(value, Holed):
        return f"~{value.text}"
    if isinstance(value, dict):
        return {name: plain(below) for name, below in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def by_address(plan: Plan) -> dict[str, Resource]:
    return {resource.address: resource for resource in plan.resources}


def joined(value: Any) -> Any:
    """A row as facts get it: a text with holes joins by its text; what is not known is no JSON, and so not read."""
    if isinstance(value, Holed):
        return value.text
    if isinstance(value, dict):
        return {name: joined(below) for name, below in value.items()}
    return [joined(each) for each in value] if isinstance(value, list) else value


def rows_of(plan: Plan) -> list[Row]:
    """The rows of all that will be there."""
    return [joined(resource.row) for resource in plan.resources if resource.action != "delete"]
