"""One Terraform plan, read: every resource as the row it would be, and what could not be settled."""

from collections import Counter
from pathlib import Path
from typing import Any

from scanner.model import Problem, Row, SnapreadyError
from scanner.sources.iac.model import Context, Holed, Plan, Resource, Unresolved, unknown
from scanner.sources.iac.terraform.azapi import row_of as azapi_row
from scanner.sources.iac.terraform.blocks import Block
from scanner.sources.iac.terraform.document import Deferred, Document, load
from scanner.sources.iac.terraform.identities import Identities
from scanner.sources.iac.terraform.instances import Identity, Instance, Instances
from scanner.sources.iac.terraform.mapping import AZAPI, could_matter, mapping_of
from scanner.sources.iac.terraform.merge import PARTS, Merged, parent_rule
from scanner.sources.iac.terraform.modules import Modules
from scanner.sources.iac.terraform.origins import Origins
from scanner.sources.iac.terraform.references import References
from scanner.sources.iac.terraform.rules import maker_of

_NAMED = 8
"""Types that one message names."""

_DEFERRED = {
    "instance_count_unknown": "its count or for_each is known only once other resources are applied",
    "resource_config_unknown": "its configuration is known only once other resources are applied",
    "provider_config_unknown": "its provider's configuration is known only once other resources are applied",
    "deferred_prereq": "what it depends on is deferred",
    "absent_prereq": "what it depends on is not there yet",
}

_DYNAMIC = (("security_rule", "securityRules"), ("route", "routes"))
"""Blocks that Terraform reads back from Azure where nobody writes them, and the lists that they become."""


def read(file: str, context: Context) -> Plan:
    """The plan in a file, as `terraform show -json PLAN` prints it; raises SnapreadyError for what is none."""
    if context.source and not Path(context.source).is_dir():
        raise SnapreadyError(f"--source {context.source}: no such folder")
    document = load(file)
    return _Reader(file, document, context).plan()


class _Reader:
    def __init__(self, file: str, document: Document, context: Context) -> None:
        self._document = document
        self._instances = Instances(document, Modules(document.configuration))
        self._identities = Identities(document, self._instances, context)
        self._references = References(self._instances, self._identities)
        self._origins = Origins(file, context.source)
        self._merged = Merged(self._references)
        self._plan = Plan("terraform", file)

    def plan(self) -> Plan:
        parts = []
        puts = []
        for instance in self._instances.living:
            mapping = instance.mapping
            if mapping is None:
                continue
            if mapping.onto:
                puts.append(instance)
            elif instance.arm in PARTS:
                if mapping.row or instance.type == AZAPI:
                    parts.append(instance)
            elif mapping.row or instance.type == AZAPI:
                self._merged.row(self._resource(instance))
        for instance in self._instances.gone:
            self._taken(instance)
        for instance in parts:
            rule = parent_rule(instance.arm) if instance.type == AZAPI else instance.mapping.id["under"]  # type: ignore[union-attr]
            self._merged.part(self._resource(instance), instance, rule)
        self._put(puts)
        for deferred in self._document.deferred_changes or ():
            self._deferred(deferred)
        self._doubt()
        self._plan.resources += self._merged.rows.values()
        self._deletions()
        self._problems()
        return self._plan

    def _doubt(self) -> None:
        """Groups without a single rule that is written anywhere, not for any instance of their block: a dynamic block
        over what is not known yet looks just like rules that are resources of their own, and would have some."""
        for name, listed in _DYNAMIC:
            blocks: dict[tuple[str, str], list[tuple[Instance, dict[str, Any]]]] = {}
            for instance in self._instances.living:
                if name in instance.assumed:
                    resource = self._merged.rows.get(self._identities.of(instance).text.lower())
                    properties = resource.row["properties"] if resource is not None else None
                    if isinstance(properties, dict):
                        block = (instance.scope.address, f"{instance.type}.{instance.name}")
                        blocks.setdefault(block, []).append((instance, properties))
            for found in blocks.values():
                if not any(properties.get(listed) for _, properties in found):
                    for instance, properties in found:
                        properties[listed] = unknown(
                            f"no {name} of {instance.address} is written, unless in a dynamic block over what is known"
                            " after apply"
                        )

    def _resource(self, instance: Instance) -> Resource:
        block = Block.whole(instance)
        identity = self._identities.of(instance)
        row: Row = {"id": identity.text, "name": self._name(instance), "type": self._type(instance)}
        if instance.type == AZAPI:
            row |= azapi_row(block, self._references)
        else:
            row |= maker_of(instance.type, instance.mode)(block, self._references) or {}
        row.setdefault("properties", {})
        return Resource(row, self._origins.of(instance), instance.address, instance.action, instance.candidates)

    @staticmethod
    def _type(instance: Instance) -> str:
        return instance.mapping.type if instance.mapping is not None else ""

    def _name(self, instance: Instance) -> Any:
        name: Identity = self._identities.name(instance)
        return Holed(name.text, name.why) if name.why else name.text

    def _taken(self, instance: Instance) -> None:
        mapping = instance.mapping
        if mapping is None:
            return
        if mapping.onto:
            self._merged.put(instance, mapping, gone=True)
        else:
            self._merged.take_away(self._identities.of(instance).text)

    def _put(self, puts: list[Instance]) -> None:
        """Those whose target is open first: one that is settled says more of its target."""
        settled = []
        for instance in puts:
            assert instance.mapping is not None
            if self._merged.settled(instance, instance.mapping):
                settled.append(instance)
            else:
                self._merged.put(instance, instance.mapping)
        for instance in settled:
            assert instance.mapping is not None
            self._merged.put(instance, instance.mapping)

    def _deferred(self, deferred: Deferred) -> None:
        change = deferred.resource_change
        if change is None or change.mode != "managed":
            return
        mapping, kind = mapping_of(change.type, change.mode, change.change.after or {})
        if mapping is None:
            return
        why = _DEFERRED.get(deferred.reason, f"its change is deferred ({deferred.reason})")
        named = mapping.onto["id"][2].lower() if mapping.onto else kind
        self._plan.unresolved.append(Unresolved(change.address, named, why, self._origin(change.address)))
        self._merged.anywhere(kind, mapping.onto, unknown(f"{change.address} may be of it: {why}"))

    def _origin(self, address: str) -> Any:
        found = next((each for each in self._instances.living if each.address == address), None)
        return self._origins.plan if found is None else self._origins.of(found)

    def _deletions(self) -> None:
        """What the plan deletes, but for what it makes again under the same id."""
        for instance in self._instances.gone:
            mapping = instance.mapping
            if mapping is None or not mapping.type or instance.mode != "managed":
                continue
            identity = self._identities.of(instance).text
            if identity.lower() in self._merged.rows or self._merged.holds(identity):
                continue
            row: Row = {"id": identity, "name": self._name(instance), "type": mapping.type, "properties": {}}
            self._plan.resources.append(Resource(row, self._origins.plan, instance.address, "delete"))

    def _problems(self) -> None:
        file = self._plan.file
        self._plan.problems += [
            Problem(each.message, file, incomplete=each.incomplete) for each in self._instances.problems
        ]
        if self._document.errored:
            message = (
                "the plan ended in errors, so it does not hold all that would be deployed; mend them and plan again"
            )
            self._plan.problems.append(Problem(message, file, incomplete=True))
        elif not self._document.complete:
            message = "the plan is not the whole change (made with -target, or parts of it are deferred)"
            self._plan.problems.append(Problem(message, file))
        changing = [each for each in (*self._instances.living, *self._instances.gone) if each.mode == "managed"]
        types = Counter(each.type for each in changing if each.mapping is None and could_matter(each.type))
        if types:
            named = ", ".join(f"{kind} ({number})" for kind, number in sorted(types.items())[:_NAMED])
            message = f"resources of types that are not read, so that what they change is not judged: {named}"
            more = f" and {len(types) - _NAMED} more types" if len(types) > _NAMED else ""
            self._plan.problems.append(Problem(message + more, file, count=types.total()))
        flexible = [
            each.address
            for each in self._instances.living
            if each.type == "azurerm_orchestrated_virtual_machine_scale_set" and each.values.get("instances") != 0
        ]
        if flexible:
            message = f"the VMs that {', '.join(flexible[:_NAMED])} would start are not in the plan, and are not judged"
            self._plan.problems.append(Problem(message, file, count=len(flexible)))
