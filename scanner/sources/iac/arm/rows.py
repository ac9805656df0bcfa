"""Resources as rows in Resource Graph's shape."""

from typing import Any

from scanner.model import Origin, Row, Unknown
from scanner.rowtypes import NSG, ROUTE_TABLE, VNET
from scanner.sources.iac.arm.ids import written
from scanner.sources.iac.arm.nodes import Node
from scanner.sources.iac.arm.plan import origin_of
from scanner.sources.iac.arm.settle import get, settle
from scanner.sources.iac.arm.targets import DEPLOYMENTS
from scanner.sources.iac.casing import canonical
from scanner.sources.iac.model import Resource

_BY_VERSION = frozenset((VNET,))
"""Types whose defaults hang on the version of the API that deploys them: new networks are private since 2025-07-01."""
_INSIDE = {NSG: "securityRules", ROUTE_TABLE: "routes"}
_MEMBERS = ("location", "tags", "sku", "zones", "kind", "identity", "properties")


def resource_of(node: Node) -> Resource:
    """A resource that is deployed; of one that is only named as existing the row is its name, with no properties."""
    row: Row = {"id": written(node.id), "name": node.name, "type": node.row_type}
    if node.state == "existing":
        return Resource(row, origin_of(node.source), node.address, "existing", conditions=node.conditions)
    for name in _MEMBERS:
        value = _deployment(node) if name == "properties" and node.type.lower() == DEPLOYMENTS else node.member(name)
        if value is not None:
            row[name] = canonical(value) if name == "properties" else value
    version = node.member("apiVersion")
    if version is not None and node.row_type.lower() in _BY_VERSION:
        row["apiVersion"] = version
    return Resource(row, origin_of(node.source), node.address, parts=_parts(node, row), conditions=node.conditions)


def _parts(node: Node, row: Row) -> dict[str, Origin]:
    """Where the rules and routes inside a resource are written, those that no loop makes."""
    segment = _INSIDE.get(node.row_type.lower())
    if segment is None:
        return {}
    source = get(get(node.source, "properties"), segment)
    made = get(row.get("properties"), segment)
    if not isinstance(source, list) or not isinstance(made, list) or len(source) != len(made):
        return {}
    found = {}
    for written_here, member in zip(source, made, strict=True):
        name, place = get(member, "name"), origin_of(written_here)
        if isinstance(name, str) and place is not None:
            found[f"{row['id']}/{segment}/{name}".lower()] = place
    return found


def _deployment(node: Node) -> Any:
    """Of a nested deployment nothing is shown but its mode: its template is rows of its own."""
    mode = settle(get(get(node.source, "properties"), "mode"), node.frame)
    return {"mode": mode if isinstance(mode, str | Unknown) else "Incremental"}
