"""What an author could write instead of a leaf of a policy: the next number, or another leaf of the same kind."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.authoring.parts import parts
from scanner.facts.catalogue import catalogue
from scanner.language.nodes import Call, Compare, Constant, Field, Node, Read
from scanner.policy import Policy

_LAST_NUMBER = re.compile(r"(?P<before>(?:.*\D)?)(?P<number>\d+)").fullmatch
_NUMERIC = re.compile(r"[\d.]*\d").fullmatch


def step(value: Any) -> Iterator[Any]:
    """The values one step away, as the value is written: of 90 91 and 89, of 0.5 0.6 and 0.4, of '2.2.53' '2.2.54'.

    Of another text it misspelt, the last letter left out.
    """
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        digits = len(f"{value:g}".partition(".")[2])
        yield from (round(value + 10**-digits, digits), round(value - 10**-digits, digits))
    elif isinstance(value, str) and _NUMERIC(value) and (found := _LAST_NUMBER(value)):
        number = int(found["number"])
        yield from (f"{found['before']}{near}" for near in (number + 1, number - 1) if near >= 0)
    elif isinstance(value, str) and value:
        yield value[:-1]


@dataclass(frozen=True, slots=True)
class Nearby:
    """What stands in a policy, by what is alike about it: who copies a line mistakes one of these for another."""

    leaves: dict[str, dict[Node, None]]
    shapes: Mapping[str, str]
    params: set[str]
    """The parameters by which something is judged; others stand in messages only."""

    @classmethod
    def of(cls, policy: Policy) -> "Nearby":
        known = catalogue(policy.head.resource)
        near = cls({}, {} if known is None else {name: str(fact.shape) for name, fact in known.items()}, set())
        whole = [policy.when, policy.needs, *(condition for condition, _ in policy.severities)]
        for node in [*whole, *(part for item in policy.items for part in (item.each, item.that) if part is not None)]:
            near._add(node)
        return near

    def mistaken(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        """The node with another fact, field or text in it that could stand there; which, and for which."""
        for kind, leaf, made in self._leaves(node):
            yield from ((made(other), other, leaf) for other in self.leaves[kind] if other != leaf)

    def _add(self, node: Node) -> None:
        for kind, leaf, _ in self._leaves(node):
            self.leaves.setdefault(kind, {}).setdefault(leaf)
        if isinstance(node, Constant) and node.param:
            self.params.add(node.param)
        for part, _ in parts(node):
            self._add(part)

    def _leaves(self, node: Node) -> Iterator[tuple[str, Node, Callable[[Node], Node]]]:
        """A fact or a field is a leaf itself; a text is one of what it is compared with, or of a word's argument."""
        match node:
            case Read(path) if path and path[0] in self.shapes:
                yield f"fact {self.shapes[path[0]]}", node, lambda new: new
            case Read(path):
                yield f"property {path[:-1]}", node, lambda new: new
            case Field(of):
                yield f"field {of!r}", node, lambda new: new
            case Compare(_, left, right):
                for (text, made), other in zip(parts(node), (right, left), strict=True):
                    if _written(text):
                        yield f"compared {other!r}", text, made
            case Call(word):
                for position, (text, made) in enumerate(parts(node)):
                    if _written(text):
                        yield f"argument {word} {position}", text, made


def _written(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, str) and not node.param
