"""What a node is made of, and how to make the same node with another part: how slips are made."""

from collections.abc import Callable, Iterator
from dataclasses import replace

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
    Or,
    Pipe,
    Project,
    Slice,
    Where,
)


def parts(node: Node) -> Iterator[tuple[Node, Callable[[Node], Node]]]:
    """What a node is made of, each with the way to make the node with another in its place.

    A policy that is asked whether it holds is no part: its own cases prove it.
    """
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


def everywhere(node: Node, old: Node, new: Node) -> Node:
    """The node with `new` wherever `old` stands in it; of parameters only one of that name is the same."""
    if node == old and not (isinstance(node, Constant) and isinstance(old, Constant) and node.param != old.param):
        return new
    for position, (part, _) in enumerate(parts(node)):
        node = list(parts(node))[position][1](everywhere(part, old, new))
    return node
