"""Makes the resources that a template declares: loops run, conditions told, children and parents named in full."""

from collections.abc import Mapping
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.arm.deployment import Deployment
from scanner.sources.iac.arm.frame import Frame
from scanner.sources.iac.arm.ids import GROUPS, Text, joined, pairs, resource_id, row_type, split, text_of, written
from scanner.sources.iac.arm.nodes import Node
from scanner.sources.iac.arm.plan import origin_of
from scanner.sources.iac.arm.settle import faulty, get, is_faulty, loop_count, settle, why
from scanner.sources.iac.arm.targets import DEPLOYMENTS, scope_for
from scanner.sources.iac.arm.values import hole, same_id
from scanner.sources.iac.model import Holed, Unresolved


class Declarer:
    """Walks the resources of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.plan = deployment.plan
        self.made = 0
        """Names made so far; keeps apart those of which nothing at all is known."""

    def run(self) -> None:
        resources = get(self.deployment.template, "resources")
        if isinstance(resources, dict):
            for symbol, source in resources.items():
                self.declaration(source, symbol, None, self.deployment.frame, symbol, resources)
        elif isinstance(resources, list):
            for place, source in enumerate(resources):
                self.declaration(source, "", None, self.deployment.frame, f"resources[{place}]", resources)
        elif resources is None:
            self.plan.say(f"the template of {self.deployment.address} has no resources", self.deployment.template)
        else:
            self.unresolved("resources", "", "the resources of the template are no list", self.deployment.template)

    def declaration(self, source: Any, symbol: str, parent: Node | None, frame: Frame, place: str, around: Any) -> None:
        """One object among `resources`: a resource, or a loop of them. `around` is the list it stands in."""
        if not isinstance(source, dict):
            self.unresolved(place, "", f"{place} is no object", around, problem=True)
            return
        written = get(source, "type")
        kind = written if isinstance(written, str) else ""
        for word in ("import", "extension"):
            if get(source, word) is not None:
                self.unresolved(symbol or place, kind, "it is deployed by an extension, not by Azure", source)
                return
        copy = get(source, "copy")
        if copy is None:
            self.instance(source, symbol, parent, frame, "", -1)
            return
        if not isinstance(copy, dict):
            fault = faulty("its copy is no object")
            self.unresolved(symbol or place, kind, fault.reason, source, problem=True)
            return
        name = settle(get(copy, "name"), frame)
        loop = name if isinstance(name, str) and name else symbol
        what = symbol or loop or place
        count = loop_count(settle(get(copy, "count"), frame), f"copy loop {loop or place}")
        if isinstance(count, Unknown):
            self.unresolved(what, kind, count.reason, source, problem=is_faulty(count))
            return
        if count == 0:
            self.leave_out(self.address(what), source, children=True)
            return
        made = [self.instance(source, symbol, parent, frame.within(loop, n, "resource"), loop, n) for n in range(count)]
        _tell_apart([node for node in made if node is not None and isinstance(node.name, Holed)])
        for node in made:
            if node is not None:
                self.add(node)

    def instance(
        self, source: Mapping[str, Any], symbol: str, parent: Node | None, frame: Frame, loop: str, copy: int
    ) -> Node | None:
        """One resource; None if it cannot be named, which is said. A copy is added by its loop."""
        self.plan.budget.resource()
        named = self.kind_and_name(source, symbol, parent, frame)
        if named is None:
            return None
        kind, name = named
        names = split(name)
        missing = len(kind.split("/")) - 1 - len(names)
        if missing > 0 and isinstance(name, Holed):
            names = [*(hole(f"part {n} of {name.text}", name.why[0]) for n in range(missing)), *names]
            missing = 0
        where = symbol or f"{kind}/{written(name)}"
        if "/" not in kind or "." not in kind.split("/")[0] or missing:
            reason = f"its name {written(name)!r} has {len(names)} parts, its type {kind} wants {len(names) + missing}"
            if "." not in kind.split("/")[0] or "/" not in kind:
                reason = f"{kind!r} is no resource type with a namespace"
            self.unresolved(where, kind, reason, source, problem=True)
            return None
        address = f"{symbol}[{copy}]" if symbol and loop else symbol or (f"{loop}[{copy}]" if loop else where)
        node = Node(
            self.deployment,
            source,
            frame,
            kind,
            name,
            self.identity(source, kind, names, parent, frame),
            self.address(address),
            row_type(kind, names),
            symbol=symbol,
            loop=loop,
            copy=copy,
            conditions=self.deployment.conditions,
            parent=parent,
        )
        self.judge_condition(node)
        if not loop:
            self.add(node)
        return node

    def identity(
        self, source: Mapping[str, Any], kind: str, names: list[Text], parent: Node | None, frame: Frame
    ) -> Text:
        """A child's id continues its parent's, wherever that one goes."""
        if parent is not None and kind.lower().startswith(f"{parent.type.lower()}/"):
            depth = len(parent.type.split("/")) - 1
            return joined(parent.id, pairs(kind.split("/")[depth + 1 :], names[depth:]))
        return resource_id(scope_for(source, kind, frame, self.deployment), kind, names)

    def kind_and_name(
        self, source: Mapping[str, Any], symbol: str, parent: Node | None, frame: Frame
    ) -> tuple[str, Text] | None:
        """The full type and name: a child's are those of its parent and its own."""
        kind = settle(get(source, "type"), frame)
        if not isinstance(kind, str) or not kind:
            reason = "it has no type" if get(source, "type") is None else f"its type is not known: {why(kind)}"
            self.unresolved(symbol or "a resource", "", reason, source, problem=True)
            return None
        if kind.endswith("/"):
            self.plan.say(f"the type {kind!r} ends in a slash", source)
        kind = kind.strip("/").split("@")[0]
        value = settle(get(source, "name"), frame)
        self.made += 1
        name = text_of(value, f"name of {self.address(symbol or kind)} #{self.made}")
        if not name:
            reason = "it has no name" if value is None or value == "" else "its name is no text"
            self.unresolved(symbol or kind, kind, reason, source, problem=True)
            return None
        if parent is None:
            return kind, name
        short = "." not in kind.split("/")[0]
        if short:
            kind = f"{parent.type}/{kind}"
        if short or len(split(name)) < len(kind.split("/")) - 1 == len(split(parent.name)) + len(split(name)):
            name = joined(parent.name, "/", name)
        return kind, name

    def judge_condition(self, node: Node) -> None:
        """Marks what a condition leaves out, or leaves open. It does not carry over to children: Azure's does not."""
        if get(node.source, "existing") is True:
            node.state = "existing"
        said = get(node.source, "condition")
        if said is None:
            return
        value = settle(said, node.frame)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        if value is False:
            node.state = "out"
        elif value is not True:
            reason = why(value)
            if not isinstance(value, Unknown | Holed):
                reason = "it is neither true nor false"
                self.plan.say(f"the condition of {node.address} is neither true nor false", node.source)
            node.conditions = (*node.conditions, self.condition_text(node, said, reason))

    def condition_text(self, node: Node, said: Any, reason: str) -> str:
        """Two conditions of the same text are true or false together; where copyIndex() is in one, the copy is too."""
        text = said if isinstance(said, str) else "condition"
        copy = f" (copy {node.copy})" if "copyindex" in text.lower() else ""
        return f"{self.address(text)}{copy}: {reason}"

    def add(self, node: Node) -> None:
        """Takes a resource up, and the children written inside it."""
        self.deployment.index.add(node)
        self.deployment.nodes.append(node)
        if node.type.lower() == DEPLOYMENTS:
            node.address = self.plan.unique(node.address)
        if node.row_type == GROUPS and node.state == "deployed":
            self.plan.groups[same_id(written(node.id))] = node
        if node.state == "out":
            self.leave_out(node.address, node.source)
        children = get(node.source, "resources")
        if isinstance(children, dict):
            children = list(children.values())
        if children is None or node.type.lower() == DEPLOYMENTS:
            return
        if not isinstance(children, list):
            self.unresolved(node.address, "", "its child resources are no list", node.source, problem=True)
            return
        for place, child in enumerate(children):
            self.declaration(child, "", node, node.frame, f"{node.address}.resources[{place}]", children)

    def leave_out(self, address: str, source: Any, *, children: bool = False) -> None:
        self.plan.left_out.append((address, source))
        inside = get(source, "resources") if children else None
        for place, child in enumerate(inside if isinstance(inside, list) else []):
            self.leave_out(f"{address}.resources[{place}]", child, children=True)

    def address(self, own: str) -> str:
        return f"{self.deployment.address}.{own}" if self.deployment.address else own

    def unresolved(self, what: str, kind: str, reason: str, source: Any, *, problem: bool = False) -> None:
        address = self.address(what)
        self.plan.unresolved.append(Unresolved(address, kind, reason, origin_of(source)))
        if problem:
            self.plan.say(f"{address}: {reason}", source)


def _tell_apart(copies: list[Node]) -> None:
    """Copies of one loop are different resources, though their unknown names read the same: each hole says its copy."""
    by_id: dict[str, list[Node]] = {}
    for node in copies:
        by_id.setdefault(same_id(written(node.id)), []).append(node)
    for same in by_id.values():
        for node in same if len(same) > 1 else ():
            node.name = _with_copy(node.name, node.copy)
            node.id = _with_copy(node.id, node.copy)


def _with_copy(text: Text, copy: int) -> Text:
    if isinstance(text, str):
        return text
    head, brace, tail = text.text.rpartition("}")
    return Holed(f"{head} of copy {copy}{brace}{tail}", text.why)
