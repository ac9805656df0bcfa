"""Writes templates of resources that are to be made or changed: ARM's JSON, and the same as Bicep."""

import json
import re
from collections.abc import Mapping
from typing import Any

from scanner.repairs.model import Template

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


def template(given: Template) -> str:
    """A template for `az deployment group create`; each resource waits for the one before it."""
    resources: list[dict[str, Any]] = []
    for kind, api, segments, body in given.resources:
        found = {"type": kind, "apiVersion": api, "name": plain_text("/".join(segments)), "properties": _escaped(body)}
        if resources:
            before = resources[-1]
            arguments = ", ".join(
                f"'{_quoted(one)}'" for one in (before["type"], *given.resources[len(resources) - 1][2])
            )
            found["dependsOn"] = [f"[resourceId({arguments})]"]
        resources.append(found)
    document = {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "resources": resources}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def plain_text(text: str) -> str:
    """A text that ARM takes as it is: one that begins with a bracket would be an expression."""
    return f"[{text}" if text.startswith("[") else text


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Mapping):
        return {name: _escaped(one) for name, one in value.items()}
    return [_escaped(one) for one in value] if isinstance(value, list | tuple) else value


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def bicep(given: Template) -> str:
    """The same in Bicep: parents that are there already, and the resources in them."""
    parts: list[str] = []
    known: dict[tuple[str, tuple[str, ...]], str] = {}
    before = ""
    for number, (kind, api, segments, body) in enumerate(given.resources, 1):
        parent = _parent(kind, api, segments, known, parts)
        lines = [f"  parent: {parent}\n"] if parent else []
        lines += [f"  name: {text(segments[-1])}\n", f"  properties: {value(body, '  ')}\n"]
        lines += [f"  dependsOn: [\n    {before}\n  ]\n"] if before else []
        before = f"made{number}"
        parts.append(f"resource {before} '{kind}@{api}' = {{\n{''.join(lines)}}}\n")
    return "\n".join(parts)


def _parent(
    kind: str, api: str, segments: tuple[str, ...], known: dict[tuple[str, tuple[str, ...]], str], parts: list[str]
) -> str:
    """The name of the resource that one lies in, declared as existing when it is first needed."""
    above, names = kind.rpartition("/")[0], segments[:-1]
    if not names:
        return ""
    key = (above, names)
    if key not in known:
        outer = _parent(above, api, names, known, parts)
        known[key] = f"there{len(known) + 1}"
        inside = f"  parent: {outer}\n" if outer else ""
        parts.append(f"resource {known[key]} '{above}@{api}' existing = {{\n{inside}  name: {text(names[-1])}\n}}\n")
    return known[key]


def text(given: str) -> str:
    """A string of Bicep that is just this text."""
    found = given.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    found = found.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return "'" + "".join(char if char.isprintable() else _by_number(char) for char in found) + "'"


def _by_number(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"


def value(given: Any, indent: str = "") -> str:
    """Any JSON as an expression of Bicep."""
    deeper = f"{indent}  "
    if isinstance(given, str):
        return text(given)
    if isinstance(given, Mapping):
        if not given:
            return "{}"
        names = [(name if _IDENTIFIER(name) else text(name), one) for name, one in given.items()]
        return "{\n" + "".join(f"{deeper}{name}: {value(one, deeper)}\n" for name, one in names) + f"{indent}}}"
    if isinstance(given, list | tuple):
        if not given:
            return "[]"
        return "[\n" + "".join(f"{deeper}{value(one, deeper)}\n" for one in given) + f"{indent}]"
    return "null" if given is None else json.dumps(given)
