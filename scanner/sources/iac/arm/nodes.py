"""One resource that a declaration makes, and the index that finds it by whatever a template calls it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from scanner.sources.iac.arm.ids import Text, written
from scanner.sources.iac.arm.settle import get, settle
from scanner.sources.iac.arm.values import same_id

if TYPE_CHECKING:
    from scanner.sources.iac.arm.deployment import Deployment
    from scanner.sources.iac.arm.frame import Frame


@dataclass(slots=True, eq=False)
class Node:
    """A resource, or one copy of it."""

    deployment: "Deployment"
    source: Any
    frame: "Frame"
    type: str
    name: Text
    id: Text
    address: str
    row_type: str = ""
    state: Literal["deployed", "out", "existing"] = "deployed"
    symbol: str = ""
    loop: str = ""
    copy: int = -1
    """Which copy of its loop it is; -1 outside loops."""
    conditions: tuple[str, ...] = ()
    parent: "Node | None" = None
    nested: "Deployment | None" = None
    unread: str = ""
    """Of a nested deployment: why its template cannot be read."""
    asked: "list[Node]" = field(default_factory=list)
    """The resources whose run-time state it reads: it depends on them, whether it says so or not."""
    _settled: dict[str, Any] = field(default_factory=dict)

    def member(self, name: str) -> Any:
        """A member of the resource as it would be deployed, None if it has none."""
        if name not in self._settled:
            source = get(self.source, name)
            self._settled[name] = source if source is None else self._settle(name, source)
        return self._settled[name]

    def _settle(self, name: str, source: Any) -> Any:
        plan = self.deployment.plan
        plan.readers.append(self)
        try:
            return plan.guarded(
                f"{name} of {self.address}", (self, name), lambda: settle(source, self.frame), self.source
            )
        finally:
            plan.readers.pop()


class Index:
    """The resources of one deployment by id, name, type/name, symbolic name and loop; all in lower case.

    Most templates never look most resources up, so keys are made when the first of them is asked for."""

    __slots__ = ("_found", "_waiting")

    def __init__(self) -> None:
        self._found: dict[str, list[Node]] = {}
        self._waiting: list[Node] = []

    def add(self, node: Node) -> None:
        self._waiting.append(node)

    def find(self, key: str) -> list[Node]:
        for node in self._waiting:
            for each in set(_keys(node)):
                self._found.setdefault(each, []).append(node)
        self._waiting.clear()
        return self._found.get(same_id(key.strip().rstrip("/")), [])


def _keys(node: Node) -> Iterator[str]:
    """What a template may call a resource by. Copies of a symbolic name are `name[0]`, `name[1]` and so on."""
    identity = written(node.id)
    name = written(node.name)
    yield same_id(identity)
    yield same_id(f"{node.type}/{name}")
    yield same_id(identity.rsplit("/providers/", 1)[-1])
    yield same_id(name)
    if node.symbol:
        yield node.symbol.lower()
        if node.loop:
            yield f"{node.symbol}[{node.copy}]".lower()
    if node.loop:
        yield node.loop.lower()
