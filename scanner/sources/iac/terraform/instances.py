"""Every resource instance of a plan: its values, what of them is not known, and what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec

from scanner.model import Problem
from scanner.sources.iac.terraform.addresses import Key
from scanner.sources.iac.terraform.document import (
    Change,
    ConfigResource,
    Document,
    ResourceChange,
    StateModule,
    StateResource,
    any_value,
)
from scanner.sources.iac.terraform.mapping import Mapping, mapping_of
from scanner.sources.iac.terraform.modules import Modules, Scope

Action = Literal["create", "update", "delete", "existing", "none"]


class Identity(NamedTuple):
    """A resource id as text, with `{what}` for each part that is not known, and why these are not."""

    text: str
    why: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Instance:
    """One resource instance. `arm`: the Azure type it becomes, in lower case; "" for what becomes no row."""

    address: str
    type: str
    name: str
    mode: str
    scope: Scope
    key: Key | None
    values: dict[str, Any]
    unknown: Any
    sensitive: Any
    config: ConfigResource | None
    action: Action
    mapping: Mapping | None
    arm: str = ""
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    identity: Identity | None = None
    assumed: list[str] = field(default_factory=list)
    """Blocks taken for written as resources of their own: the plan leaves them open, and the configuration has none."""

    def made(self) -> bool:
        """It does not exist yet: nobody but this plan has set anything of it."""
        return self.action == "create"


Pool = dict[Key | None, Instance]


class Instances:
    """All of them, by where and how the configuration names them."""

    def __init__(self, document: Document, modules: Modules) -> None:
        self.modules = modules
        self.living: list[Instance] = []
        self.gone: list[Instance] = []
        """Deleted ones, and those that a replacement takes away, as they were."""
        self.problems: list[Problem] = []
        self._pools: dict[tuple[str, str], Pool] = {}
        moved: set[str] = set()
        for change in document.resource_changes or ():
            if change.mode in ("managed", "data"):
                self._changed(change)
                if change.previous_address:
                    moved.add(change.previous_address)
        state = document.prior_state.values if document.prior_state is not None else None
        if state is not None and state.root_module is not None:
            self._stated(state.root_module, moved)

    def pool(self, scope: Scope, name: str) -> Pool:
        """The instances of one resource block, by key; `name` as references write it: [data.]type.name."""
        return self._pools.get((scope.address, name), {})

    def _changed(self, given: ResourceChange) -> None:
        scope = self.modules.at(given.module_address)
        change = given.change
        actions = set(change.actions)
        before = _decoded(change.before) if actions & {"delete", "forget"} else None
        made = self._instance(given, scope, change, _action(actions, given.mode))
        if not actions <= {"no-op", "create", "update", "delete", "read", "forget"}:
            message = f"{given.address}: what becomes of it is given as {', '.join(change.actions)}, which is not known"
            self.problems.append(Problem(message, incomplete=True))
        if "delete" in actions:
            was = Change(after=before, after_sensitive=_decoded(change.before_sensitive, whole=True))
            gone = self._instance(given, scope, was, "delete")
            self.gone.append(gone)
        if given.deposed or actions == {"delete"}:
            return
        if actions == {"forget"}:
            was = Change(after=before, after_sensitive=_decoded(change.before_sensitive, whole=True))
            made = self._instance(given, scope, was, "none")
        self._keep(made)

    def _keep(self, instance: Instance) -> None:
        self.living.append(instance)
        name = f"{'data.' * (instance.mode == 'data')}{instance.type}.{instance.name}"
        self._pools.setdefault((instance.scope.address, name), {})[instance.key] = instance

    def _instance(
        self, given: ResourceChange | StateResource, scope: Scope, change: Change, action: Action
    ) -> Instance:
        values = change.after or {}
        mapping, arm = mapping_of(given.type, given.mode, values)
        return Instance(
            given.address,
            given.type,
            given.name,
            given.mode,
            scope,
            given.index,
            values,
            change.after_unknown or None,
            change.after_sensitive or None,
            scope.resources.get(f"{'data.' * (given.mode == 'data')}{given.type}.{given.name}"),
            action,
            mapping,
            arm,
        )

    def _stated(self, module: StateModule, moved: set[str]) -> None:
        """What only the state tells: data sources, and resources that a plan with -target leaves out."""
        planned = {instance.address for instance in (*self.living, *self.gone)} | moved
        ids = {str(instance.values.get("id", "")).lower() for instance in self.living if instance.mode == "managed"}
        for scope, given in _resources(module, self.modules):
            known = given.mode == "managed" and str((given.values or {}).get("id", "")).lower() in ids
            if given.mode in ("managed", "data") and given.address not in planned and not known:
                change = Change(after=given.values, after_sensitive=given.sensitive_values)
                self._keep(self._instance(given, scope, change, "existing" if given.mode == "data" else "none"))


def _action(actions: set[str], mode: str) -> Action:
    if mode == "data":
        return "existing"
    if "create" in actions:
        return "create"
    return "none" if actions <= {"no-op", "read", "forget"} else "update"


def _resources(module: StateModule, modules: Modules) -> Iterator[tuple[Scope, StateResource]]:
    scope = modules.at(module.address)
    for resource in module.resources or ():
        yield scope, resource
    for child in module.child_modules or ():
        yield from _resources(child, modules)


def _decoded(raw: msgspec.Raw, *, whole: bool = False) -> Any:
    value = any_value(raw)
    return value if whole or isinstance(value, dict) else None
