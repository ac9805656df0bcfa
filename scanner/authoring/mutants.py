"""A policy with one thing changed, in every way that a slip of its author could: its cases should tell each from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.authoring.nearby import Nearby, step
from scanner.authoring.parts import everywhere, parts
from scanner.language.nodes import (
    And,
    Call,
    Compare,
    Constant,
    Node,
    Not,
    Operator,
    Or,
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


def mutants(policy: Policy, values: Mapping[str, Any] | None = None) -> Iterator[Mutant]:
    """Every mutant: a clause, an item, a severity dropped, an operator or a default turned, a limit off by one, a fact
    deleted or mistaken for another. Messages and notes are left alone: no case states the words of a reason.

    `values`: of the parameters as the policy's author has them, where a case has given it others. A slip in such a
    value is none where the case gives its own, so that the mutants of both stand in one order.
    """
    near = Nearby.of(policy)
    for name, node in (("when", policy.when), ("needs", policy.needs)):
        if node == _TRUE:
            continue
        for changed, what in _changed(node, near):
            yield Mutant(_with(policy, name, changed), name, what)
        if not isinstance(node, And):  # of a chain every clause is dropped by itself
            yield Mutant(_with(policy, name, _TRUE), name, f"without {write(node)}")
    for position, item in enumerate(policy.items):
        where = "expect" if len(policy.items) == 1 else f"expect, item {position + 1}"
        for changed, what in _changed(item.that, near):
            yield Mutant(_item(policy, position, replace(item, that=changed)), where, what)
        if item.each is not None:
            for changed, what in (*_changed(item.each, near), _first_of(item.each)):
                yield Mutant(_item(policy, position, replace(item, each=changed)), f"{where}, each", what)
        if len(policy.items) > 1:
            rest = (*policy.items[:position], *policy.items[position + 1 :])
            yield Mutant(replace(policy, items=rest), where, f"without {write(item.condition())}")
    yield from _graver_or_lighter(policy, near)
    for path in sorted(reads(policy.when) | reads(policy.needs) | reads(policy.expect())):
        without = _replaced(policy, Read(path), Constant(None))
        if without != policy:  # else only a policy that it asks reads it
            yield Mutant(without, "facts", f"{'.'.join(path) or 'everything'} not known")
    for name, value in _named("", policy.parameters if values is None else values):
        for other, what in _other_values(value) if name in near.params else ():
            yield Mutant(_replaced(policy, Constant(value, name), Constant(other, name)), f"params, {name}", what)


def _with(policy: Policy, name: str, node: Node) -> Policy:
    return replace(policy, when=node) if name == "when" else replace(policy, needs=node)


def _item(policy: Policy, position: int, item: Item) -> Policy:
    return replace(policy, items=(*policy.items[:position], item, *policy.items[position + 1 :]))


def _first_of(each: Node) -> tuple[Node, str]:
    return Slice(each, 0, 1, None), f"only the first of {write(each)}"


def _graver_or_lighter(policy: Policy, near: Nearby) -> Iterator[Mutant]:
    """The ways in which a finding would be of another severity; the last one, for all others, stays."""
    chain = policy.severities
    for position, (condition, level) in enumerate(chain[:-1]):
        before, after = chain[:position], chain[position + 1 :]
        yield Mutant(replace(policy, severities=(*before, *after)), "severity", f"without {level}")
        for changed, what in _changed(condition, near):
            other = (*before, (changed, level), *after)
            yield Mutant(replace(policy, severities=other), f"severity, {level}", what)


def _replaced(policy: Policy, old: Node, new: Node) -> Policy:
    """The policy with another leaf in that one's place; other policies that it asks whether they hold keep theirs."""

    def other(node: Node) -> Node:
        return everywhere(node, old, new)

    items = tuple(
        replace(item, that=other(item.that), each=None if item.each is None else other(item.each))
        for item in policy.items
    )
    severities = tuple((other(condition), level) for condition, level in policy.severities)
    return replace(policy, when=other(policy.when), needs=other(policy.needs), items=items, severities=severities)


def _named(base: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each parameter by its name; those within an object by theirs after its name and a dot."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _named(f"{base}.{name}".removeprefix("."), below)
    else:
        yield base, value


def _other_values(value: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(value, bool):
        yield not value, f"{show(not value)} for {show(value)}"
    elif isinstance(value, list):
        for position, member in enumerate(value):
            yield [*value[:position], *value[position + 1 :]], f"without {show(member)}"
    else:
        for other in step(value):
            yield other, f"{show(other)} for {show(value)}"


def _changed(node: Node, near: Nearby) -> Iterator[tuple[Node, str]]:
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
        case Where(of, keep, body) if keep != _TRUE:
            yield Where(of, _TRUE, body), f"without the condition {write(keep)} of {write(of)}"
        case Call("same", (left, right)):
            exactly = Compare("eq", left, right)
            yield exactly, f"{write(exactly)} for {write(node)}"
        case Call("version_at_least", (have, least)):
            yield Call("version_at_least", (least, have)), f"the versions the other way round in {write(node)}"
        case Call("default", (of, Constant(bool(value)))):
            yield of, f"without a default for {write(of)}"
            turned = Call("default", (of, Constant(not value)))
            yield turned, f"{show(not value)} as the default for {write(of)}"
        case Call("default", (of, _)):
            yield of, f"without a default for {write(of)}"
        case Call(word, arguments) if word in _TWIN:
            yield Call(_TWIN[word], arguments), f"{_TWIN[word]} for {word} in {write(node)}"
        case Constant(value, ""):
            for other_value in step(value):
                yield Constant(other_value), f"{write(Constant(other_value))} for {write(node)}"
    for mistaken, other_leaf, leaf in near.mistaken(node):
        yield mistaken, f"{write(other_leaf)} for {write(leaf)} in {write(node)}".removesuffix(f" in {write(leaf)}")
    for part, made in parts(node):
        for changed, what in _changed(part, near):
            yield made(changed), what
