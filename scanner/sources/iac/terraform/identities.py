"""Every resource's Azure id: the known one, else put together of names, so that links join before anything exists."""

from collections import Counter, defaultdict
from typing import Any

from scanner.sources.iac.model import Context
from scanner.sources.iac.terraform.addresses import heads
from scanner.sources.iac.terraform.armids import group_of, in_group, name_of, subscription_of
from scanner.sources.iac.terraform.blocks import Block
from scanner.sources.iac.terraform.document import Document
from scanner.sources.iac.terraform.instances import Identity, Instance, Instances
from scanner.sources.iac.terraform.links import Links, Reach

GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
_LOCKED = (GROUP, "Microsoft.Compute/virtualMachines")
_NO_SUBSCRIPTION = "the subscription is not known: --scope /subscriptions/ID tells it"


class Identities:
    """Gives each instance its id, and each reference the id it leads to."""

    def __init__(self, document: Document, instances: Instances, context: Context) -> None:
        self._instances = instances
        variables = {name: each.value for name, each in (document.variables or {}).items()}
        self.links = Links(instances, variables, self.of)
        self._under_way: set[int] = set()
        self._subscriptions = _Subscriptions(document, instances, context, variables)
        self._placed: dict[tuple[str, str, str], list[Instance]] | None = None

    def of(self, instance: Instance) -> Identity:
        if instance.identity is None:
            known = instance.values.get("id")
            if isinstance(known, str) and known.startswith("/") and "|" not in known:
                instance.identity = Identity(known)
            elif id(instance) in self._under_way:
                return self._hole(instance, "id")
            else:
                self._under_way.add(id(instance))
                try:
                    instance.identity = self._made(instance)
                finally:
                    self._under_way.discard(id(instance))
        return instance.identity

    def name(self, instance: Instance) -> Identity:
        """Its name, or a hole in its place."""
        rule = instance.mapping.id if instance.mapping is not None else {}
        if "like" in rule:
            return Identity(name_of(self.of(instance).text))
        name = instance.values.get("name")
        return Identity(name) if isinstance(name, str) and name else self._hole(instance, "name")

    def _made(self, instance: Instance) -> Identity:
        rule = instance.mapping.id if instance.mapping is not None else {}
        kind = instance.mapping.type if instance.mapping is not None else instance.type
        block = Block.whole(instance)
        name, why = self.name(instance) if "like" not in rule else Identity("")
        if "group" in rule:
            subscription, because = self._subscriptions.of(instance)
            return Identity(f"/subscriptions/{subscription}/resourceGroups/{name}", (*because, *why))
        if "under" in rule:
            parent = self.parent(block, rule["under"])
            under = self._hole(instance, "parent") if parent is None else parent
            last = kind.rsplit("/", 1)[-1]
            return Identity(f"{under.text}/{last}/{name}", (*under.why, *why))
        if "like" in rule:
            other = self.parent(block, rule["like"]) or self._hole(instance, rule["like"][1])
            vm, group = name_of(other.text), group_of(other.text) or "{" + name_of(other.text).strip("{}") + "}"
            if "item" in rule:
                vault = self.parent(block, rule["item"]) or self._hole(instance, "vault")
                named = f"iaasvmcontainerv2;{group};{vm}"
                text = f"{vault.text}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{named}"
                return Identity(f"{text}/protectedItems/VM;{named}", (*vault.why, *other.why))
            subscription = subscription_of(other.text) or self._subscriptions.of(instance)[0]
            return Identity(in_group(subscription, group, kind, vm), other.why)
        if "over" in rule:
            scope = self._scope(block, rule["over"])
            return Identity(f"{scope.text}/providers/{kind}/{name}", (*scope.why, *why))
        if "parent" in rule:  # azapi_resource: parent_id and the type of its own
            return self._of_azapi(block, instance, kind, Identity(name, why))
        return self._in_group(block, kind, Identity(name, why))

    def _of_azapi(self, block: Block, instance: Instance, kind: str, name: Identity) -> Identity:
        given = block.values.get("parent_id")
        parent = Identity(given) if isinstance(given, str) and given else None
        if parent is None:
            wanted = kind.rsplit("/", 1)[0] if kind.count("/") > 1 else GROUP
            parent = self.referred(block, "parent_id", wanted.lower()) or self._hole(instance, "parent_id")
        if kind.count("/") > 1:
            return Identity(f"{parent.text}/{kind.rsplit('/', 1)[-1]}/{name.text}", (*parent.why, *name.why))
        if kind.lower() == GROUP.lower() or kind.lower() == "microsoft.resources/resourcegroups":
            return Identity(f"{parent.text}/resourceGroups/{name.text}", (*parent.why, *name.why))
        return Identity(f"{parent.text}/providers/{kind}/{name.text}", (*parent.why, *name.why))

    def _scope(self, block: Block, attribute: str) -> Identity:
        """What a lock lies on: whatever the attribute names, of the types that matter here."""
        given = block.values.get(attribute)
        if isinstance(given, str) and given:
            return Identity(given)
        found = (self.referred(block, attribute, kind.lower()) for kind in _LOCKED)
        return next((one for one in found if one is not None), self._hole(block.of, attribute))

    def _in_group(self, block: Block, kind: str, name: Identity) -> Identity:
        group = self._group(block)
        subscription, because = self._subscriptions.of(block.of)
        return Identity(in_group(subscription, group.text, kind, name.text), (*because, *group.why, *name.why))

    def _group(self, block: Block) -> Identity:
        given = block.values.get("resource_group_name")
        if isinstance(given, str) and given:
            return Identity(given)
        found = self._reach(block, "resource_group_name", GROUP.lower())
        if len(found.found) == 1 and not found.lost:
            group = next(iter(found.found.values()))
            return Identity(name_of(group.text), group.why)
        return self._hole(block.of, "resource_group_name")

    def parent(self, block: Block, rule: Any) -> Identity | None:
        """The id of what a resource belongs to: ("ref", attribute with an id, type) or ("named", with a name, type)."""
        how, attribute, kind = rule
        if how == "ref":
            given = block.values.get(attribute)
            return (
                Identity(given) if isinstance(given, str) and given else self.referred(block, attribute, kind.lower())
            )
        given = block.values.get(attribute)
        if not isinstance(given, str) or not given:
            return self.referred(block, attribute, kind.lower())
        group = self._group(block)
        same = self._placed_at(kind.lower(), group.text, given)
        if same:
            subscription = self._subscriptions.of(block.of)[0]
            ids = [self.of(one) for one in same]
            return next((one for one in ids if subscription_of(one.text) == subscription), ids[0])
        if block.configured(attribute) and (linked := self.referred(block, attribute, kind.lower())) is not None:
            return linked  # the one whose own name is not known
        return self._in_group(block, kind, Identity(given))

    def _placed_at(self, kind: str, group: str, name: str) -> list[Instance]:
        """The plan's own resources of a type, group and name."""
        if self._placed is None:
            self._placed = defaultdict(list)
            for one in self._instances.living:
                named = one.values.get("name")
                if one.arm and isinstance(named, str) and one.mapping is not None and not one.mapping.id:
                    where = one.values.get("resource_group_name")
                    place = where if isinstance(where, str) else self._group(Block.whole(one)).text
                    self._placed[one.arm, place.lower(), named.lower()].append(one)
        return self._placed.get((kind, group.lower(), name.lower()), [])

    def referred(self, block: Block, attribute: str, wanted: str) -> Identity | None:
        """What an attribute that is not known leads to, if that is one resource for sure."""
        reach = self._reach(block, attribute, wanted)
        return next(iter(reach.found.values())) if len(reach.found) == 1 and not reach.lost else None

    def _reach(self, block: Block, attribute: str, wanted: str) -> Reach:
        return self.links.reach(block.of, block.references(attribute), wanted)

    @staticmethod
    def _hole(instance: Instance, what: str) -> Identity:
        place = f"{instance.address}.{what}".replace("/", "%2F")
        return Identity("{" + place + "}", (f"{what} of {instance.address} is known after apply",))


class _Subscriptions:
    """Which subscription each provider configuration works in: as written, as known ids show, else the scope's."""

    def __init__(self, document: Document, instances: Instances, context: Context, variables: dict[str, Any]) -> None:
        configured = document.configuration.provider_config if document.configuration is not None else None
        self._keys = set(configured or ())
        self._by_key: dict[str, str] = {}
        for key, provider in (configured or {}).items():
            expression = (provider.expressions or {}).get("subscription_id")
            given = _told(expression, variables) if isinstance(expression, dict) else None
            if given:
                self._by_key[key] = given
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for instance in instances.living:
            if instance.type.startswith(("azurerm_", "azapi_")):
                known = instance.values.get("id")
                found = subscription_of(known) if isinstance(known, str) else ""
                if instance.type == "azurerm_client_config":
                    found = str(instance.values.get("subscription_id") or "")
                if (found and instance.mode == "managed") or instance.type == "azurerm_client_config":
                    seen[self._key(instance)][found] += 1
        for key, counter in seen.items():
            if len(counter) == 1 and "" not in counter:
                self._by_key.setdefault(key, next(iter(counter)))
        self._scope = subscription_of(context.scope)
        azure = [key for key in self._keys if key.startswith(("azurerm", "azapi"))]
        told = {found for counter in seen.values() for found in counter} | set(self._by_key.values())
        self._only = next(iter(told)) if len(told) == 1 and not any("." in key for key in azure) else ""

    def _key(self, instance: Instance) -> str:
        key = instance.config.provider_config_key if instance.config is not None else ""
        return key if key in self._keys else key.rsplit(":", 1)[-1]

    def of(self, instance: Instance) -> Identity:
        key = self._key(instance)
        found = self._by_key.get(key) or self._only or self._scope
        if found:
            return Identity(found)
        alias = key.partition(".")[2]
        return Identity(f"{{subscription of {alias}}}" if alias else "{subscription}", (_NO_SUBSCRIPTION,))


def _told(expression: dict[str, Any], variables: dict[str, Any]) -> str | None:
    value = expression.get("constant_value")
    listed = heads(expression.get("references") or [])
    if value is None and len(listed) == 1 and listed[0][0] == "var" and len(listed[0]) == 2:
        value = variables.get(str(listed[0][1]))
    return value if isinstance(value, str) and value else None
