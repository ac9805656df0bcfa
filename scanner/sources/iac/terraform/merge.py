"""Puts what Terraform writes as resources of its own where Azure has it: rules in their group, subnets in a network.

An association goes on what it associates; where the plan does not hold that, a partial row of it is made: it says
nothing but what is put there.
"""

from collections.abc import Iterable
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.model import UNSAID, Resource, unknown
from scanner.sources.iac.terraform.armids import arm_type, name_of
from scanner.sources.iac.terraform.blocks import Block
from scanner.sources.iac.terraform.instances import Instance
from scanner.sources.iac.terraform.mapping import Mapping
from scanner.sources.iac.terraform.references import References
from scanner.sources.iac.terraform.rules import put_maker_of

PARTS = {
    "microsoft.network/networksecuritygroups/securityrules": "securityRules",
    "microsoft.network/virtualnetworks/subnets": "subnets",
    "microsoft.network/virtualnetworks/virtualnetworkpeerings": "virtualNetworkPeerings",
    "microsoft.network/routetables/routes": "routes",
    "microsoft.network/loadbalancers/backendaddresspools": "backendAddressPools",
    "microsoft.network/loadbalancers/outboundrules": "outboundRules",
    "microsoft.network/loadbalancers/loadbalancingrules": "loadBalancingRules",
}
"""Types whose rows Azure shows inside of their parent's, and the list that they stand in."""

Element = dict[str, Any]


class Merged:
    """The rows so far, by id in lower case, and the parts inside of them."""

    def __init__(self, references: References) -> None:
        self._references = references
        self.rows: dict[str, Resource] = {}
        self._parts: dict[str, tuple[Resource, Element]] = {}
        self._places: dict[tuple[str, str], dict[str, int]] = {}
        self._taken: set[str] = set()
        """Ids of what the plan deletes."""

    def row(self, resource: Resource) -> None:
        """A row of its own; the parts that are written inside of it become known."""
        self.rows[resource.row["id"].lower()] = resource
        properties = resource.row["properties"]
        for segment in ("subnets", "securityRules", "routes"):
            listed = properties.get(segment) if isinstance(properties, dict) else None
            for part in listed if isinstance(listed, list) else ():
                if isinstance(part, dict) and isinstance(part.get("id"), str):
                    self._parts[part["id"].lower()] = (resource, part)

    def take_away(self, identity: str) -> None:
        """Something that the plan deletes: a part goes from its parent's list."""
        key = identity.lower()
        self._taken.add(key)
        found = self._parts.pop(key, None)
        if found is None:
            return
        parent = found[0]
        listed = parent.row["properties"][PARTS[arm_type(key)]]
        listed[:] = [each for each in listed if not (isinstance(each, dict) and str(each.get("id")).lower() == key)]
        _touched(parent, "update")

    def holds(self, identity: str) -> bool:
        """Whether it stands inside of some row."""
        return identity.lower() in self._parts

    def part(self, resource: Resource, instance: Instance, rule: Any) -> None:
        """Something that Azure shows in its parent's list; a row of its own where the plan does not hold the parent."""
        identity = resource.row["id"]
        segment = PARTS[arm_type(identity) or instance.arm]
        target, either = self._references.target(Block.whole(instance), rule)
        if target is None:
            why = unknown(f"{instance.address} may be one of its {segment}")
            for parent in self._resources(either):
                self._listed(parent, segment).append(why)
                _touched(parent, resource.action)
            self.rows[identity.lower()] = resource
            return
        holder = self.rows.get(target.text.lower())
        if holder is None or not isinstance(holder.row["properties"], dict):
            self.rows[identity.lower()] = resource
            return
        self._inside(holder, segment, resource)

    def _inside(self, parent: Resource, segment: str, resource: Resource) -> None:
        element = {name: resource.row[name] for name in ("id", "name", "properties")}
        listed = self._listed(parent, segment)
        places = self._places.get((parent.row["id"], segment))
        if places is None or len(places) != len(listed):
            places = {_name(each, at): at for at, each in enumerate(listed)}
            self._places[parent.row["id"], segment] = places
        name = _name(element, len(listed))
        if name in places:
            before = listed[places[name]]
            element["properties"] = _told_before(element["properties"], before)
            listed[places[name]] = element
        else:
            places[name] = len(listed)
            listed.append(element)
        self._parts[resource.row["id"].lower()] = (parent, element)
        if resource.origin is not None and resource.action in ("create", "update"):
            parent.parts[resource.row["id"].lower()] = resource.origin
        parent.candidates = {**parent.candidates, **resource.candidates}
        _touched(parent, resource.action)

    def _listed(self, parent: Resource, segment: str) -> list[Any]:
        properties = parent.row["properties"]
        if not isinstance(properties, dict):
            return []
        listed = properties.get(segment)
        if not isinstance(listed, list):
            listed = properties[segment] = [] if listed is None else [listed]
        return listed

    def _resources(self, ids: Iterable[str]) -> list[Resource]:
        return [self.rows[each] for each in ids if each in self.rows]

    def put(self, instance: Instance, mapping: Mapping, *, gone: bool = False) -> None:
        """An association: what it puts on its target, or takes from it."""
        block = Block.whole(instance)
        onto = mapping.onto
        target, either = self._references.target(block, onto["id"])
        if gone:
            if target is not None and "set" in onto:
                self._set(target.text, onto["set"], None, instance)
            return
        value = put_maker_of(instance.type)(block, self._references)
        if target is None:
            value = unknown(f"{instance.address} may be of it")
            for each in either:
                if each in self.rows or each in self._parts:
                    self._either(each, onto, value, instance, block)
        elif "set" in onto:
            self._set(target.text, onto["set"], value, instance)
        else:
            self._add(target.text, onto["add"], value, instance, block)

    def settled(self, instance: Instance, mapping: Mapping) -> bool:
        return self._references.target(Block.whole(instance), mapping.onto["id"])[0] is not None

    def _either(self, identity: str, onto: Any, value: Unknown, instance: Instance, block: Block) -> None:
        if "set" in onto:
            self._set(identity, onto["set"], value, instance)
        else:
            self._add(identity, onto["add"], value, instance, block)

    def _target(self, identity: str, instance: Instance) -> tuple[Resource, dict[str, Any]] | None:
        """The properties that something is put into: of a row, of a part, else of a new partial."""
        key = identity.lower()
        part = self._parts.get(key)
        resource = part[0] if part is not None else self.rows.get(key)
        if resource is None:
            if key in self._taken or not arm_type(identity) or arm_type(identity).endswith("/virtualmachines"):
                return None
            row = {"id": identity, "name": name_of(identity), "type": arm_type(identity), "properties": {}}
            resource = self.rows[key] = Resource(row, None, instance.address, "update")
        properties = (part[1] if part is not None else resource.row)["properties"]
        resource.candidates = {**resource.candidates, **instance.candidates}
        _touched(resource, instance.action)
        return (resource, properties) if isinstance(properties, dict) else None

    def _set(self, identity: str, path: tuple[str, ...], value: Any, instance: Instance) -> None:
        found = self._target(identity, instance)
        if found is None:
            return
        if value is None and found[0].address != instance.address:
            found[1].pop(path[0], None)
        else:
            found[1][path[0]] = value

    def _add(self, identity: str, path: tuple[str, ...], value: Any, instance: Instance, block: Block) -> None:
        found = self._target(identity, instance)
        if found is None:
            return
        properties = found[1]
        first, last = path[0], path[-1]
        if len(path) == 1:
            _appended(properties, first, value)
            return
        if len(path) == 2:
            inner = properties.setdefault(first, {})
            if isinstance(inner, dict):
                _appended(inner, last, value)
            return
        configs = properties.get(first)
        if not isinstance(configs, list):
            properties[first] = unknown(f"{instance.address} changes it") if configs is None else configs
            return
        only = block.get(path[1][1:-1]) if path[1] != "[]" else None
        for config in configs:
            if not isinstance(config, dict):
                continue
            if only is None or config.get("name") == only:
                _appended(config.setdefault("properties", {}), last, value)
            elif not isinstance(only, str) or not isinstance(config.get("name"), str):
                _appended(config.setdefault("properties", {}), last, unknown(f"{instance.address} may be of it"))

    def anywhere(self, kind: str, onto: Any, why: Unknown) -> None:
        """Something that nobody knows the number of, of a type that is part of others or put onto them."""
        if onto:
            for identity in self._references.all_of(onto["id"][2].lower()):
                found = self._parts.get(identity)
                resource = found[0] if found is not None else self.rows.get(identity)
                properties = found[1]["properties"] if found else resource.row["properties"] if resource else None
                if isinstance(properties, dict) and "set" in onto:
                    properties[onto["set"][0]] = why
        elif kind in PARTS:
            for parent in self._resources(self._references.all_of(kind.rsplit("/", 1)[0])):
                self._listed(parent, PARTS[kind]).append(why)


def _appended(properties: dict[str, Any], name: str, value: Any) -> None:
    listed = properties.get(name)
    if not isinstance(listed, list):
        listed = properties[name] = [] if listed is None else [listed]
    listed.append(value)


def _touched(resource: Resource, action: str) -> None:
    if action in ("create", "update", "delete") and resource.action in ("none", "existing"):
        resource.action = "update"


def _name(element: Any, at: int) -> str:
    name = element.get("name") if isinstance(element, dict) else None
    return name.lower() if isinstance(name, str) else f"\0{at}"


def _told_before(properties: Any, before: Any) -> Any:
    """A part's properties, with what only its parent tells: as it was read when the plan was made."""
    old = before.get("properties") if isinstance(before, dict) else None
    if not isinstance(old, dict) or not isinstance(properties, dict):
        return properties
    found = {}
    for name, value in properties.items():
        if isinstance(value, Unknown) and value.reason.startswith(UNSAID):
            if name not in old:
                continue
            value = old[name]
        found[name] = value
    return found


def parent_rule(kind: str) -> tuple[str, str, str]:
    """How an azapi part names its parent."""
    return ("ref", "parent_id", kind.rsplit("/", 1)[0])
