"""A policy as the rest of the program knows it: what its folder says, as checked expressions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.language.nodes import And, Body, Call, Node, reads
from scanner.model import PolicyHead, Severity
from scanner.scoping import Scope


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a user gives for one of a policy's own, and who says so: an option, or a place in a file."""

    value: Any
    place: str = "--set"
    text: bool = False
    """As it is typed on a command line, to be read as what the policy's own value is."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What a user changes of policies, by their id."""

    params: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    severity: Mapping[str, Given] = field(default_factory=dict)

    def of(self, policy: str) -> tuple[Mapping[str, Given], Given | None]:
        """The parameters and the severity of one policy, where they are given."""
        return self.params.get(policy, {}), self.severity.get(policy)

    def over(self, below: "Adjusted") -> "Adjusted":
        """These values, and where there is none that of `below`."""
        names = {**below.params, **self.params}
        params = {name: {**below.params.get(name, {}), **self.params.get(name, {})} for name in names}
        return Adjusted(params, {**below.severity, **self.severity})


Template = tuple[str | Node, ...]
"""A message: texts and the expressions between them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that must hold; with `each` for every member of that list, which the other names are then of."""

    each: Node | None
    that: Node
    otherwise: Template

    def condition(self) -> Node:
        return self.that if self.each is None else Call("all", (self.each, Body(self.that)))


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy ready to be compiled. `facts` are the names it reads; None of them for a type judged as its row."""

    head: PolicyHead
    folder: Path
    when: Node
    needs: Node
    items: tuple[Item, ...]
    severities: tuple[tuple[Node, Severity], ...]
    notes: tuple[tuple[Node, Template], ...]
    defaults: tuple[Node, ...]
    parameters: Mapping[str, Any]
    stages: tuple[str, ...] = ("plan", "live")
    """When it can be judged, as far as its author says."""
    scoped: "tuple[tuple[Scope, Policy | None], ...]" = ()
    """For every scope of the user, in their order, the policy as it is there; None: as it is anywhere."""

    @property
    def id(self) -> str:
        return self.head.id

    def within(self, position: int) -> "Policy":
        """The policy as it is in that scope; -1 is in none."""
        return self if position < 0 else self.scoped[position][1] or self

    def variants(self) -> "list[Policy]":
        """The policy, and every other way in which a scope has it."""
        return [self, *(policy for _, policy in self.scoped if policy is not None)]

    def expect(self) -> Node:
        """All items as one condition."""
        node = self.items[0].condition()
        for item in self.items[1:]:
            node = And(node, item.condition())
        return node

    def holds(self) -> Node:
        """What holds('this policy') stands for: it applies, can be judged, and its expectation holds."""
        return And(And(self.when, self.needs), self.expect())

    def reads(self) -> set[tuple[str, ...]]:
        """Every path of the subject's document that its verdict or its words may look at."""
        nodes: list[Node] = [self.when, self.needs, *(condition for condition, _ in self.severities)]
        for item in self.items:
            nodes += [item.condition()]
            nodes += [part for part in item.otherwise if not isinstance(part, str)] if item.each is None else []
        for condition, note in self.notes:
            nodes += [condition, *(part for part in note if not isinstance(part, str))]
        return set().union(*(reads(node) for node in nodes))
