"""Makes rows of the resources of plans: separate rules, routes and subnets join their parents, holes are settled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.model import Origin, Problem, Row, Unknown
from scanner.rowtypes import (
    BACKUP_ITEM,
    BALANCER,
    NSG,
    ROUTE_TABLE,
    VM,
    VNET,
    parent_of,
    resource_group_of,
    subscription_of,
)
from scanner.sources.iac.doubt import agreed_rows, taken_back
from scanner.sources.iac.model import UNSAID, Holed, Plan, Resource, Unresolved, unknown
from scanner.sources.iac.vault_settings import is_setting, joined, of_vault

PARTS = {
    f"{NSG}/securityrules": (NSG, "securityRules"),
    f"{VNET}/subnets": (VNET, "subnets"),
    f"{ROUTE_TABLE}/routes": (ROUTE_TABLE, "routes"),
    f"{BALANCER}/outboundrules": (BALANCER, "outboundRules"),
    f"{BALANCER}/loadbalancingrules": (BALANCER, "loadBalancingRules"),
    f"{BALANCER}/backendaddresspools": (BALANCER, "backendAddressPools"),
}
"""Resources that Resource Graph shows inside another's row: their type → the parent's, and the list they stand in."""

SETTABLE = frozenset(
    (
        "networkSecurityGroup",
        "routeTable",
        "natGateway",
        "availabilitySet",
        "proximityPlacementGroup",
        "virtualMachineScaleSet",
        "applicationSecurityGroups",
        "publicIPAddress",
        "securityRules",
        "routes",
        "serviceEndpoints",
        "serviceEndpointPolicies",
    )
)
"""What a deployment that does not state it takes away; anything else that it does not state stays as it runs."""

_UNTOLD = unknown("the plan tells only what it changes of it")
_CONFIGURATIONS = ("linuxConfiguration", "windowsConfiguration")
_KEPT = ("tags", "properties", "sku", "zones", "kind", "identity", "location", "plan", "apiVersion")


@dataclass(frozen=True, slots=True)
class Part:
    """A rule, route or subnet that is written as a resource of its own; `list`: the one of its parent it stands in."""

    list: str
    member: Row
    partial: bool = False
    gone: bool = False


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
    standing: set[str] = field(default_factory=set)
    """What must be there before, as the plans say that they change it."""
    fresh: set[str] = field(default_factory=set)
    """What cannot be there before: Terraform refuses to create what is, where a template may well update it."""
    replaced_groups: set[str] = field(default_factory=set)
    """Resource groups (ids in lower case) of which whatever is in no plan will be deleted."""
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The reason of an Unknown reference → what it may refer to."""
    conditional: dict[str, str] = field(default_factory=dict)
    """Rows that may not be deployed though VMs are that they have to do with → why that is not known."""
    settings: dict[str, Row] = field(default_factory=dict)
    """Rows of vaults that tell nothing but settings which are written as resources of their own, by the vaults' ids."""
    loose: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Parts of which nobody knows how many there are: their parent's type, its id ("" = any), the list, the reason."""
    holed: int = 0
    """Resources whose names are not known, and which may be some that run."""
    problems: list[Problem] = field(default_factory=list)
    repeats: int = 0


def assemble(plans: Iterable[Plan], *, over: bool = False) -> Assembled:
    """All plans as one change; what comes later replaces what comes before.

    What is `over` a fleet has to do with VMs that run, whatever the conditions are that the plans' own have.
    """
    made = Assembled()
    plans = list(plans)
    common = frozenset() if over else _common(plans)
    for position, plan in enumerate(plans):
        made.problems += plan.problems
        for entry in plan.unresolved:
            _unresolved(made, entry, plan.file)
        for resource in plan.resources:
            doubt = {(position, text) for text in resource.conditions} - common
            why = f"whether {resource.address} is deployed is not known: {'; '.join(resource.conditions)}"
            _put(made, resource, plan, why if doubt else "")
        if plan.complete:
            made.replaced_groups.add(plan.complete.lower().rstrip("/"))
    for parent in [parent for parent in made.parts if parent in made.rows]:
        for part in made.parts.pop(parent):
            put_part(made.rows[parent], part)
    for vault, row in made.settings.items():
        if vault not in made.rows:
            made.rows[vault] = row
            made.partial.add(vault)
        else:
            made.rows[vault]["properties"] = joined(made.rows[vault].get("properties"), row["properties"])
    for row in made.rows.values():
        _complete(row)
        loosen(row, made)
    return made


def _common(plans: Sequence[Plan]) -> frozenset[tuple[int, str]]:
    """The conditions that every VM has which the plans deploy."""
    found: set[tuple[int, str]] | None = None
    for position, plan in enumerate(plans):
        for each in plan.resources:
            if each.action == "create" and _text(each.row["type"]).lower() == VM:
                own = {(position, text) for text in each.conditions}
                found = own if found is None else found & own
    return frozenset(found or ())


def _unresolved(made: Assembled, entry: Unresolved, file: str) -> None:
    why = f"{entry.what} ({entry.type or 'of an unknown type'}) cannot be told: {entry.why}"
    origin = entry.origin or Origin(file)
    made.problems.append(Problem(why, origin.file, origin.line, incomplete=True))
    if entry.type.lower() in PARTS:
        kind, name = PARTS[entry.type.lower()]
        made.loose.append((kind, parent_of(entry.what.lower()) if entry.what.startswith("/") else "", name, why))


def loosen(row: Row, made: Assembled) -> None:
    """Into lists that may have more members than anybody knows goes one of which nothing is known."""
    for kind, parent, name, why in made.loose:
        if row["type"] == kind and parent in ("", row["id"].lower()) and isinstance(row.get("properties"), dict):
            members = row["properties"].get(name) or []
            if isinstance(members, list):
                row["properties"] = {**row["properties"], name: [*members, unknown(why)]}


def _text(value: Any) -> str:
    return value.text if isinstance(value, Holed) else value if isinstance(value, str) else ""


def _put(made: Assembled, resource: Resource, plan: Plan, doubt: str) -> None:
    row = resource.row
    identity, row_type = _text(row["id"]).rstrip("/"), _text(row["type"]).rstrip("/").lower()
    key = identity.lower()
    made.origins[key] = resource.origin or Origin(plan.file)
    for why, ids in resource.candidates.items():
        made.candidates[why] = tuple(sorted({*made.candidates.get(why, ()), *ids}))
    if resource.action in ("create", "update", "delete"):
        made.touched.add(key)
    if resource.action == "update" and row_type not in PARTS:
        made.standing.add(key)
    if resource.action == "delete":
        _delete(made, key, identity, row_type)
        return
    made.origins.update(resource.parts)
    made.touched.update(resource.parts)
    if resource.action == "existing" and "properties" not in row:
        made.existing.add(key)
        return
    made.deleted.pop(key, None)
    if plan.kind == "terraform" and resource.action == "create":
        made.fresh.add(key)
    else:
        made.holed += "{" in key
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
        _join(made, key, taken_back(found, doubt) if doubt else found, partial=partial)
        return
    if is_setting(row_type):
        _set(made, key, of_vault(taken_back(found, doubt) if doubt else found))
        return
    (made.partial.add if partial else made.partial.discard)(key)
    before = made.rows.pop(key, None)
    if before is not None:
        made.repeats += 1
    if doubt:
        made.conditional[key] = doubt
        found = found if before is None else agreed_rows(before, found, doubt)
    else:
        made.conditional.pop(key, None)
    made.rows[key] = found


def _set(made: Assembled, key: str, row: Row) -> None:
    """A vault's settings of their own will go into its row."""
    vault = row["id"].lower()
    before = made.settings.get(vault)
    made.settings[vault] = {**row, "properties": joined(before and before["properties"], row["properties"])}
    made.origins.setdefault(vault, made.origins[key])
    if key in made.touched:
        made.touched.add(vault)


def _delete(made: Assembled, key: str, identity: str, row_type: str) -> None:
    made.deleted[key] = identity
    made.rows.pop(key, None)
    if row_type in PARTS:
        parent = parent_of(key)
        made.touched.add(parent)
        made.origins.setdefault(parent, made.origins[key])
        gone = Part(PARTS[row_type][1], {"id": identity, "name": identity.rsplit("/", 1)[-1]}, gone=True)
        made.parts.setdefault(parent, []).append(gone)


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
    changed = member.get("properties")
    if part.partial and isinstance(changed, dict):
        # what the change does not tell of a part that nobody has read is not known, and not "none"
        kept = before.get("properties") if before is not None else dict.fromkeys(SETTABLE, _UNTOLD)
        member = {**(before or member), "properties": {**kept, **changed} if isinstance(kept, dict) else kept}
    elif before is not None and isinstance(changed, dict) and isinstance(before.get("properties"), dict):
        member = {**member, "properties": told(before["properties"], changed)}
    after = [each for each in members if each is not before]
    properties[part.list] = after if part.gone else [*after, member]


def told(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of which a plan leaves some to whatever is there already: those are as they were."""
    found = {name: value for name, value in after.items() if not _is_left(value)}
    return found | {name: before[name] for name in after if name not in found and name in before}


def _is_left(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_left, value))
    return isinstance(value, Unknown) and value.reason.startswith(UNSAID)


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


def ids_in(value: Any) -> list[str]:
    """Every id in a value, in lower case, in the order they stand there."""
    found: list[str] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        if value.startswith("/"):
            found.append(value.lower().rstrip("/"))
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            _gather(member, found)
