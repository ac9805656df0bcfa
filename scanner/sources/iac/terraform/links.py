"""Follows the configuration's references to the resources whose ids nobody knows before apply.

The plan holds no expression, only what each refers to: `azurerm_subnet.app[count.index].id` is told as
`azurerm_subnet.app` and `count.index`. So an index is taken for the same index where both blocks count alike, a key
for the same key where there is one; variables are followed to the module's call and outputs into the module. What is
left open (a local value, a key that is computed) gives every resource that it may be.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner.sources.iac.terraform.addresses import Key, Step, heads, keys_in
from scanner.sources.iac.terraform.armids import arm_type
from scanner.sources.iac.terraform.document import ConfigResource, ModuleCall
from scanner.sources.iac.terraform.instances import Identity, Instance, Instances, Pool
from scanner.sources.iac.terraform.modules import Scope

_PICKING = ("count", "each", "var", "local")
_MANY = 16
_DEEPEST = 40
"""References followed one after another; Terraform itself knows no circles."""


class Hint(NamedTuple):
    """A key that picks one of several. `size`: how many the block counts that an index comes from; 0: written out."""

    key: Key
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an expression stands: its module instance, and what count.index, each.key and each.value are there."""

    scope: Scope
    key: Key | None = None
    size: int = 0
    by: ConfigResource | ModuleCall | None = None


@dataclass(slots=True)
class Reach:
    """What an expression leads to. `lost`: a part of it could not be followed."""

    found: dict[str, Identity] = field(default_factory=dict)
    """By id in lower case, in the order of the references."""
    lost: bool = False
    doubt: bool = False
    """Of several instances some key picks one that is not told; without it they are all meant, as by a splat."""

    def add(self, identity: Identity) -> None:
        self.found.setdefault(identity.text.lower(), identity)


class Quest(NamedTuple):
    """What is looked for, and on which way. `picks`: some key picks one of several."""

    wanted: str
    reach: Reach
    hints: tuple[Hint, ...] = ()
    deep: int = 0
    picks: bool = False

    def below(self, keys: Iterable[Key]) -> "Quest":
        """The quest one expression further, with the keys that stand behind the reference to it."""
        hints = (*(Hint(key, 0) for key in keys), *self.hints)
        return Quest(self.wanted, self.reach, hints, self.deep + 1, self.picks)

    def doubted(self, picked: dict[Any, Any]) -> None:
        if self.picks and len(picked) > 1:
            self.reach.doubt = True


class Links:
    """Answers which resources of an Azure type an expression leads to."""

    def __init__(
        self, instances: Instances, variables: dict[str, Any], identify: Callable[[Instance], Identity]
    ) -> None:
        self._instances = instances
        self._variables = variables
        self._identify = identify
        self._pools: dict[tuple[str, str], dict[str, Identity]] = {}

    def frame(self, instance: Instance) -> Frame:
        name = f"{'data.' * (instance.mode == 'data')}{instance.type}.{instance.name}"
        size = len(self._instances.pool(instance.scope, name))
        return Frame(instance.scope, instance.key, size, instance.config)

    def reach(self, instance: Instance, references: Sequence[Any] | None, wanted: str) -> Reach:
        """What the expression of one of its attributes leads to, of that Azure type (lower case)."""
        reach = Reach()
        if references is None:
            reach.lost = True
        else:
            self._expression(self.frame(instance), references, Quest(wanted, reach))
        return reach

    def _expression(self, frame: Frame, references: Sequence[Any], quest: Quest) -> None:
        if quest.deep > _DEEPEST:
            quest.reach.lost = True
            return
        listed = heads(references)
        hints = quest.hints
        for head in listed:
            if head[:2] in (("count", "index"), ("each", "key")) and frame.key is not None:
                hints = (*hints, Hint(frame.key, frame.size))
            elif head[:2] == ("each", "value") and frame.key is not None and len(listed) > 1:
                hints = (*hints, *self._written_out(frame, head[2:]))
        picks = bool(hints) or any(head[0] in _PICKING for head in listed if head)
        own = quest._replace(hints=hints, picks=picks)
        for head in listed:
            self._head(frame, head, own)

    def _written_out(self, frame: Frame, rest: Sequence[Step]) -> Iterable[Hint]:
        """A key that each.value… holds, where the for_each is written out as a constant."""
        expression = frame.by.for_each_expression if frame.by is not None else None
        value = (expression or {}).get("constant_value")
        for step in (frame.key, *(step[0] if isinstance(step, tuple) else step for step in rest)):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, int | str) and not isinstance(value, bool):
            yield Hint(value, 0)

    def _head(self, frame: Frame, head: tuple[Step, ...], quest: Quest) -> None:
        match head:
            case ("count" | "path" | "terraform", *_) | ("each", "key", *_) | ():
                return
            case ("each", "value", *rest):
                self._each(frame, rest, quest)
            case ("var", str(name), *rest):
                self._variable(frame.scope, name, rest, quest)
            case ("module", str(name), *rest):
                self._module(frame.scope, name, rest, quest)
            case ("data", str(kind), str(name), *rest):
                self._resource(frame.scope, kind, f"data.{kind}.{name}", rest, quest)
            case ("local" | "self", *_):
                quest.reach.lost = True
            case (str(kind), str(name), *rest):
                self._resource(frame.scope, kind, f"{kind}.{name}", rest, quest)
            case _:
                quest.reach.lost = True

    def _each(self, frame: Frame, rest: Sequence[Step], quest: Quest) -> None:
        expression = frame.by.for_each_expression if frame.by is not None else None
        references = (expression or {}).get("references")
        if isinstance(references, list) and frame.key is not None:
            below = quest.below((frame.key, *keys_in(rest)))
            self._expression(Frame(frame.scope), references, below)
        elif expression is not None:
            _ids_in(expression.get("constant_value"), quest)

    def _variable(self, scope: Scope, name: str, rest: Sequence[Step], quest: Quest) -> None:
        """What the module's call gives for a variable; of the whole configuration's, what the user gave."""
        if scope.parent is None:
            _ids_in(self._variables.get(name), quest)
            return
        given = (scope.call.expressions or {}).get(name) if scope.call is not None else None
        if scope.call is None:
            quest.reach.lost = True
        elif not isinstance(given, dict):
            declared = (scope.config.variables or {}).get(name)
            _ids_in(declared.default if declared is not None else None, quest)
        else:
            siblings = scope.parent.children.get(scope.name, {})
            frame = Frame(scope.parent, scope.key, len(siblings), scope.call)
            self._told(frame, given, quest.below(keys_in(rest)))

    def _told(self, frame: Frame, expression: dict[str, Any], quest: Quest) -> None:
        references = expression.get("references")
        if isinstance(references, list):
            self._expression(frame, references, quest)
        elif "constant_value" in expression:
            _ids_in(expression["constant_value"], quest)
        else:
            quest.reach.lost = True

    def _module(self, scope: Scope, name: str, rest: Sequence[Step], quest: Quest) -> None:
        """What a module's output gives; all its outputs where a key has hidden which."""
        left = list(rest)
        picked = self._instances.modules.called(scope, name)
        if left and isinstance(left[0], tuple):
            key = left.pop(0)[0]
            picked = {each: found for each, found in picked.items() if each == key}
        elif None not in picked:
            picked = _picked(picked, quest.hints)
            quest.doubted(picked)
        output = left.pop(0) if left else ""
        below = quest.below(keys_in(left))
        if not picked:
            quest.reach.lost = True
        for child in picked.values():
            outputs = child.config.outputs or {}
            if output and output not in outputs:
                quest.reach.lost = True
            for called, each in outputs.items():
                if not output or called == output:
                    self._told(Frame(child), each.expression if isinstance(each.expression, dict) else {}, below)

    def _resource(self, scope: Scope, kind: str, name: str, rest: Sequence[Step], quest: Quest) -> None:
        pool = self._instances.pool(scope, name)
        left = list(rest)
        if left and isinstance(left[0], tuple):
            key = left.pop(0)[0]
            picked: Pool = {each: found for each, found in pool.items() if each == key}
            quest.reach.lost = quest.reach.lost or (not picked and name in scope.resources)
        else:
            picked = pool if None in pool else _picked(pool, quest.hints)
            if not pool and kind.startswith(("azurerm_", "azapi_")):
                quest.reach.lost = quest.reach.lost or name not in scope.resources
            quest.doubted(picked)
        if len(picked) > _MANY and picked is pool and next(iter(pool.values())).arm == quest.wanted:
            quest.reach.found.update(self._all_in(scope, name, pool))
            return
        for instance in picked.values():
            if instance.arm == quest.wanted:
                quest.reach.add(self._identify(instance))
            elif inline := inline_members(instance, quest.wanted):
                parent = self._identify(instance)
                segment = quest.wanted.rsplit("/", 1)[-1]
                for member in inline:
                    quest.reach.add(Identity(f"{parent.text}/{segment}/{member}", parent.why))
            else:
                self._through(instance, left, quest)

    def _all_in(self, scope: Scope, name: str, pool: Pool) -> dict[str, Identity]:
        """The ids of all instances of a block, put together once: thousands may refer to thousands."""
        found = self._pools.get((scope.address, name))
        if found is None:
            ids = [self._identify(instance) for instance in pool.values()]
            found = self._pools[scope.address, name] = {identity.text.lower(): identity for identity in ids}
        return found

    def _through(self, instance: Instance, rest: Sequence[Step], quest: Quest) -> None:
        """What another resource's attribute holds: associations are referred to for the ids that they are given."""
        named = [step for step in rest if isinstance(step, str)]
        expressions = (instance.config.expressions if instance.config is not None else None) or {}
        if named in (["id"], ["name"]):
            return
        if named:
            _ids_in(instance.values.get(named[0]), quest)
            chosen = [expressions[named[0]]] if named[0] in expressions else []
        else:
            _ids_in(instance.values, quest)
            chosen = list(expressions.values())
        frame = self.frame(instance)
        for references in _all_references(chosen):
            self._expression(frame, references, quest.below(()))


def _picked(pool: dict[Any, Any], hints: tuple[Hint, ...]) -> dict[Any, Any]:
    """The one that a key picks, else all. An index counts for the same index only where both blocks count alike."""
    for hint in hints:
        counts_alike = isinstance(hint.key, str) or not hint.size or hint.size == len(pool)
        if hint.key in pool and counts_alike:
            return {hint.key: pool[hint.key]}
    return pool


def inline_members(instance: Instance, wanted: str) -> list[str]:
    """Names of the parts of that type that a resource holds in blocks of its own, as a virtual network its subnets."""
    block = instance.mapping.inline.get(wanted) if instance.mapping is not None else None
    listed = instance.values.get(block) if block else None
    names = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str)]


def _ids_in(value: Any, quest: Quest) -> None:
    """Known ids of that type, wherever they stand in a value."""
    if isinstance(value, str):
        if value.startswith("/") and arm_type(value) == quest.wanted:
            quest.reach.add(Identity(value))
    elif isinstance(value, dict):
        for below in value.values():
            _ids_in(below, quest)
    elif isinstance(value, list):
        for below in value:
            _ids_in(below, quest)


def _all_references(value: Any) -> Iterable[list[Any]]:
    if isinstance(value, dict):
        listed = value.get("references")
        if isinstance(listed, list):
            yield listed
        else:
            for below in value.values():
                yield from _all_references(below)
    elif isinstance(value, list):
        for below in value:
            yield from _all_references(below)
