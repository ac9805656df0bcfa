"""Makes rows of the resources of plans: separate rules, routes and subnets join their parents, holes are settled."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.model import Origin, Problem, Row, Unknown
from scanner.rowtypes import (
    BACKUP_ITEM,
    NSG,
    ROUTE_TABLE,
    VM,
    VNET,
    parent_of,
    resource_group_of,
    subscription_of,
)
from scanner.sources.iac.model import Holed, Plan, Resource, unknown

PARTS = {
    f"{NSG}/securityrules": (NSG, "securityRules"),
    f"{VNET}/subnets": (VNET, "subnets"),
    f"{ROUTE_TABLE}/routes": (ROUTE_TABLE, "routes"),
}
"""Resources that Resource Graph shows inside another's row: their type → the parent's, and the list they stand in."""

_CONFIGURATIONS = ("linuxConfiguration", "windowsConfiguration")
_KEPT = ("tags", "properties", "sku", "zones", "kind", "identity", "location", "plan")


@dataclass(frozen=True, slots=True)
class Part:
    """A rule, route or subnet that is written as a resource of its own; `list`: the one of its parent it stands in."""

    list: str
    member: Row
    partial: bool


@dataclass(slots=True)
class Assembled:
    """The rows that plans make, by id in lower case, and all that is to be known beside them."""

    rows: dict[str, Row] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)
    """Ids in lower case → as they are written."""
    parts: dict[str, list["Part"]] = field(default_factory=dict)
    """Rules, routes and subnets whose parent is in no plan, by the parent's id."""
    partial: set[str] = field(default_factory=set)
    """Ids of rows that say only what changes of a resource that exists: what is absent stays as it is."""
    existing: set[str] = field(default_factory=set)
    """Resources that the plans refer to and do not deploy."""
    touched: set[str] = field(default_factory=set)
    """What the plans create, change or delete, parents of parts included."""
    replaced_groups: set[str] = field(default_factory=set)
    """Resource groups (ids in lower case) of which whatever is in no plan will be deleted."""
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The reason of an Unknown reference → what it may refer to."""
    problems: list[Problem] = field(default_factory=list)
    repeats: int = 0
    counted: dict[str, int] = field(default_factory=dict)


def assemble(plans: Iterable[Plan]) -> Assembled:
    """All plans as one change; what comes later replaces what comes before."""
    made = Assembled()
    for plan in plans:
        made.problems += plan.problems
        made.problems += [
            Problem(
                f"{entry.what} ({entry.type or 'of an unknown type'}) cannot be told: {entry.why}",
                entry.origin.file if entry.origin else plan.file,
                entry.origin.line if entry.origin else 0,
                incomplete=True,
            )
            for entry in plan.unresolved
        ]
        for resource in plan.resources:
            _put(made, resource, plan.file)
        if plan.complete_mode:
            made.replaced_groups |= {_group_of(key) for key in made.rows if _group_of(key)}
    for parent in [parent for parent in made.parts if parent in made.rows]:
        for part in made.parts.pop(parent):
            put_part(made.rows[parent], part)
    for row in made.rows.values():
        _complete(row)
    return made


def _text(value: Any) -> str:
    return value.text if isinstance(value, Holed) else value if isinstance(value, str) else ""


def _group_of(key: str) -> str:
    return "/".join(key.split("/")[:5]) if resource_group_of(key) else ""


def _put(made: Assembled, resource: Resource, file: str) -> None:
    row = resource.row
    identity, row_type = _text(row["id"]).rstrip("/"), _text(row["type"]).rstrip("/").lower()
    key = identity.lower()
    made.counted[resource.action] = made.counted.get(resource.action, 0) + 1
    for why, ids in resource.candidates.items():
        made.candidates[why] = tuple(sorted({*made.candidates.get(why, ()), *ids}))
    if resource.action == "delete":
        made.deleted[key] = identity
        made.touched.add(key)
        return
    made.origins[key] = resource.origin or Origin(file)
    made.origins.update(resource.parts)
    made.touched.update(resource.parts)
    if resource.action in ("create", "update"):
        made.touched.add(key)
    if resource.action == "existing" and "properties" not in row:
        made.existing.add(key)
        return
    found = {
        "id": identity,
        "name": _text(row.get("name")) or identity.rsplit("/", 1)[-1],
        "type": row_type,
        "subscriptionId": subscription_of(identity),
        "resourceGroup": resource_group_of(identity),
        "origin": made.origins[key]._asdict(),
        **{name: settled(row[name]) for name in _KEPT if row.get(name) is not None},
    }
    partial = resource.action == "update" and resource.origin is None
    if row_type in PARTS:
        _join(made, key, found, partial=partial)
        return
    (made.partial.add if partial else made.partial.discard)(key)
    if key in made.rows:
        made.repeats += 1
        del made.rows[key]
    made.rows[key] = found


def _join(made: Assembled, key: str, part: Row, *, partial: bool) -> None:
    """A rule, route or subnet of its own will go into its parent's list, in the place of one of its name."""
    _, name = PARTS[part["type"]]
    parent = parent_of(key)
    member = {"id": part["id"], "name": part["name"].rsplit("/", 1)[-1], "properties": part.get("properties")}
    if key in made.touched:
        made.touched.add(parent)
    made.origins.setdefault(parent, made.origins[key])
    made.parts.setdefault(parent, []).append(Part(name, member, partial))


def put_part(row: Row, part: Part) -> None:
    """Puts a part into its list of a row's properties, in the place of the one of its name; of a part that says only
    what changes, that one keeps the rest. A list that is not known stays so."""
    properties = row.setdefault("properties", {})
    if not isinstance(properties, dict):
        return
    members = properties.get(part.list) or []
    if not isinstance(members, list):
        return
    member = part.member
    before = next((each for each in members if _is_named(each, member["name"])), None)
    if part.partial and before is not None and isinstance(before.get("properties"), dict):
        changed = member.get("properties")
        kept = before["properties"]
        member = {**before, "properties": {**kept, **changed} if isinstance(changed, dict) else changed}
    properties[part.list] = [*(each for each in members if each is not before), member]


def _is_named(member: Any, name: str) -> bool:
    given = member.get("name") if isinstance(member, dict) else None
    return isinstance(given, str) and given.lower() == name.lower()


def with_defaults(row: Row) -> Row:
    """A new VM as it will be where its plan does not say: the platform installs the agent, and extensions may run.

    Both are the documented behaviour of a request that leaves them out (Virtual Machines - Create Or Update).
    """
    properties = row.get("properties")
    profile = properties.get("osProfile") if isinstance(properties, dict) else None
    if row["type"] != VM or not isinstance(profile, dict):
        return row
    found = dict(profile)
    kind = next((name for name in _CONFIGURATIONS if found.get(name) is not None), _CONFIGURATIONS[0])
    settings = found.get(kind) or {}
    if isinstance(settings, dict) and settings.get("provisionVMAgent") is None:
        found[kind] = {**settings, "provisionVMAgent": True}
    agent = found[kind].get("provisionVMAgent") if isinstance(found.get(kind), dict) else None
    if found.get("allowExtensionOperations") is None and agent is True:
        found["allowExtensionOperations"] = True
    return {**row, "properties": {**(properties or {}), "osProfile": found}}


def choosing(made: Assembled, which: int) -> Assembled:
    """The same with every reference that may be to one of several settled to that one of them, or to the last."""
    chosen = {why: ids[min(which, len(ids) - 1)] for why, ids in made.candidates.items() if ids}

    def choose(value: Any) -> Any:
        if isinstance(value, Unknown):
            return chosen.get(value.reason, value)
        if isinstance(value, dict):
            return {name: choose(member) for name, member in value.items()}
        return [choose(member) for member in value] if isinstance(value, list) else value

    rows = {key: choose(row) for key, row in made.rows.items()}
    parts = {key: [replace(part, member=choose(part.member)) for part in some] for key, some in made.parts.items()}
    return replace(made, rows=rows, parts=parts, candidates={})


def settled(value: Any) -> Any:
    """A value as facts read it: an id and a name keep their holes as text, any other text with holes is not known."""
    if isinstance(value, Holed):
        return value.text if value.text.startswith("/") else unknown("; ".join(value.why))
    if isinstance(value, dict):
        return {
            name: member.text if name == "name" and isinstance(member, Holed) else settled(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [settled(member) for member in value]
    return value


def _complete(row: Row) -> None:
    """What Azure adds when it deploys: ids of inline subnets, what a backup item is of; and tags that are not known."""
    properties = row.get("properties")
    tags = row.get("tags")
    if isinstance(tags, dict) and any(isinstance(value, Unknown) for value in tags.values()):
        whys = [value.reason for value in tags.values() if isinstance(value, Unknown)]
        row["tags"] = unknown("; ".join(dict.fromkeys(whys)))
    if not isinstance(properties, dict):
        return
    if row["type"] == VNET and isinstance(properties.get("subnets"), list):
        for subnet in properties["subnets"]:
            if isinstance(subnet, dict) and isinstance(subnet.get("name"), str):
                subnet.setdefault("id", f"{row['id']}/subnets/{subnet['name']}")
    if row["type"] == BACKUP_ITEM:
        kind = properties.get("protectedItemType")
        if isinstance(kind, str) and kind.lower().endswith("compute/virtualmachines"):
            properties.setdefault("backupManagementType", "AzureIaasVM")
            properties.setdefault("protectionState", "IRPending")
