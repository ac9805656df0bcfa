"""The few node types every expression is brought to before it is checked, compiled or traced."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Read:
    """What the subject's document holds at `path`: a fact's name, or the fields of a row. `()` is all of it."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Current:
    """`@` inside a projection, a filter, `&…`, the right of a pipe, or an `each`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, or a parameter's value and name."""

    value: Any
    param: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    of: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    of: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Slice:
    of: "Node"
    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Project:
    """`of[*].body`, and with `values` the `of.*.body` of an object."""

    of: "Node"
    body: "Node"
    values: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """`of[?keep].body`"""

    of: "Node"
    keep: "Node"
    body: "Node"


@dataclass(frozen=True, slots=True)
class Flatten:
    of: "Node"


@dataclass(frozen=True, slots=True)
class Pipe:
    """`of | body`; `body` is evaluated with `of` as its current value."""

    of: "Node"
    body: "Node"


@dataclass(frozen=True, slots=True)
class MakeList:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class MakeObject:
    items: tuple[tuple[str, "Node"], ...]


Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte"]


@dataclass(frozen=True, slots=True)
class Compare:
    operator: Operator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class And:
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Or:
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    of: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function; an argument that is a `Body` is evaluated once for every member of a list."""

    word: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Body:
    """`&expression`, an argument of `all`, `any`, `map`, `sort_by`, …"""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Condition:
    """`of` taken as a yes or no, Kleene: what `holds('policy')` stands for."""

    of: "Node"
    name: str


Node = (
    Read
    | Current
    | Constant
    | Field
    | Index
    | Slice
    | Project
    | Where
    | Flatten
    | Pipe
    | MakeList
    | MakeObject
    | Compare
    | And
    | Or
    | Not
    | Call
    | Body
    | Condition
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`, in the order they are written."""
    match node:
        case Read() | Current() | Constant():
            return ()
        case Field(of) | Index(of) | Slice(of) | Flatten(of) | Not(of) | Body(of) | Condition(of):
            return (of,)
        case Project(of, body) | Pipe(of, body):
            return (of, body)
        case Where(of, keep, body):
            return (of, keep, body)
        case MakeList(items):
            return items
        case MakeObject(pairs):
            return tuple(item for _, item in pairs)
        case Compare(_, left, right) | And(left, right) | Or(left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments


def reads(node: Node) -> set[tuple[str, ...]]:
    """Every path of the subject's document that `node` may look at."""
    if isinstance(node, Read):
        return {node.path}
    found: set[tuple[str, ...]] = set()
    for child in children(node):
        found |= reads(child)
    return found
