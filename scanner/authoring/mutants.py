"""A policy with one thing changed, in every way that a slip of its author could: its cases should tell each from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scanner.language.nodes import (
    And,
    Body,
    Call,
    Compare,
    Constant,
    Field,
    Flatten,
    Index,
    MakeList,
    MakeObject,
    Node,
    Not,
    Operator,
    Or,
    Pipe,
    Project,
    Read,
    Slice,
    Where,
    reads,
)
from scanner.language.text import show, write
from scanner.policy import Item, Policy

_TRUE = Constant(True)
_OTHER: dict[Operator, tuple[Operator, ...]] = {
    "eq": ("ne",),
    "ne": ("eq",),
    "lt": ("lte", "gte"),
    "lte": ("lt", "gt"),
    "gt": ("gte", "lte"),
    "gte": ("gt", "lt"),
}
_TWIN = {"all": "any", "any": "all"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed policy. `where`: the part of policy.yaml; `change`: what is another there."""

    policy: Policy
    where: str
    change: str


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every mutant: a clause or an item dropped, an operator flipped, a default dropped or turned, a fact deleted."""
    for name, node in (("when", policy.when), ("needs", policy.needs)):
        if node == _TRUE:
            continue
        for changed, what in _changed(node):
            yield Mutant(_with(policy, name, changed), name, what)
        if not isinstance(node, And):  # of a chain every clause is dropped by itself
            yield Mutant(_with(policy, name, _TRUE), name, f"without {write(node)}")
    for position, item in enumerate(policy.items):
        where = "expect" if len(policy.items) == 1 else f"expect, item {position + 1}"
        for changed, what in _changed(item.that):
            yield Mutant(_item(policy, position, replace(item, that=changed)), where, what)
        if item.each is not None:
            for changed, what in _changed(item.each):
                yield Mutant(_item(policy, position, replace(item, each=changed)), f"{where}, each", what)
        if len(policy.items) > 1:
            rest = (*policy.items[:position], *policy.items[position + 1 :])
            yield Mutant(replace(policy, items=rest), where, f"without {write(item.condition())}")
    for path in sorted(reads(policy.when) | reads(policy.needs) | reads(policy.expect())):
        without = _without(policy, path)
        if without != policy:  # else only a policy that it asks reads it
            yield Mutant(without, "facts", f"{'.'.join(path) or 'everything'} not known")


def _with(policy: Policy, name: str, node: Node) -> Policy:
    return replace(policy, when=node) if name == "when" else replace(policy, needs=node)


def _item(policy: Policy, position: int, item: Item) -> Policy:
    return replace(policy, items=(*policy.items[:position], item, *policy.items[position + 1 :]))


def _without(policy: Policy, path: tuple[str, ...]) -> Policy:
    """The policy where nobody tells that fact; other policies that it asks whether they hold keep theirs."""

    def deleted(node: Node) -> Node:
        if node == Read(path):
            return Constant(None)
        for position, (part, _) in enumerate(_parts(node)):
            node = list(_parts(node))[position][1](deleted(part))
        return node

    items = tuple(
        replace(item, that=deleted(item.that), each=None if item.each is None else deleted(item.each))
        for item in policy.items
    )
    return replace(policy, when=deleted(policy.when), needs=deleted(policy.needs), items=items)


def _changed(node: Node) -> Iterator[tuple[Node, str]]:
    """The node with one thing changed in it, and which."""
    match node:
        case And(left, right) | Or(left, right):
            yield left, f"without {write(right)}"
            yield right, f"without {write(left)}"
            other, word = (Or, "||") if isinstance(node, And) else (And, "&&")
            yield other(left, right), f"{word} in {write(node)}"
        case Not(of) | Call("not", (of,)):
            yield of, f"without not in {write(node)}"
        case Compare(operator, left, right):
            for flipped in _OTHER[operator]:
                other_way = Compare(flipped, left, right)
                yield other_way, f"{write(other_way)} for {write(node)}"
        case Call("default", (of, Constant(bool(value)))):
            yield of, f"without a default for {write(of)}"
            turned = Call("default", (of, Constant(not value)))
            yield turned, f"{show(not value)} as the default for {write(of)}"
        case Call("default", (of, _)):
            yield of, f"without a default for {write(of)}"
        case Call(word, arguments) if word in _TWIN:
            yield Call(_TWIN[word], arguments), f"{_TWIN[word]} for {word} in {write(node)}"
    for part, made in _parts(node):
        for changed, what in _changed(part):
            yield made(changed), what


def _parts(node: Node) -> Iterator[tuple[Node, Callable[[Node], Node]]]:
    """What a node is made of, each with the way to make the node with another in its place."""
    match node:
        case Field(of) | Index(of) | Slice(of) | Flatten(of) | Not(of) | Body(of):
            yield of, lambda new, node=node: replace(node, of=new)  # type: ignore[misc]
        case Project(of, body) | Pipe(of, body):
            yield of, lambda new, node=node: replace(node, of=new)  # type: ignore[misc]
            yield body, lambda new, node=node: replace(node, body=new)  # type: ignore[misc]
        case Where(of, keep, body):
            yield of, lambda new, node=node: replace(node, of=new)  # type: ignore[misc]
            yield keep, lambda new, node=node: replace(node, keep=new)  # type: ignore[misc]
            yield body, lambda new, node=node: replace(node, body=new)  # type: ignore[misc]
        case And(left, right) | Or(left, right) | Compare(_, left, right):
            yield left, lambda new, node=node: replace(node, left=new)  # type: ignore[misc]
            yield right, lambda new, node=node: replace(node, right=new)  # type: ignore[misc]
        case Call(word, arguments):
            for at, argument in enumerate(arguments):
                yield argument, lambda new, at=at: Call(word, (*arguments[:at], new, *arguments[at + 1 :]))  # type: ignore[misc]
        case MakeList(items):
            for at, item in enumerate(items):
                yield item, lambda new, at=at: MakeList((*items[:at], new, *items[at + 1 :]))  # type: ignore[misc]
        case MakeObject(pairs):
            for at, (name, item) in enumerate(pairs):
                yield item, lambda new, at=at, name=name: MakeObject((*pairs[:at], (name, new), *pairs[at + 1 :]))  # type: ignore[misc]
