"""Writes nodes and values back as the text a reader of a report or of `policies show` sees."""

import json
import re

from scanner.language.nodes import (
    And,
    Body,
    Call,
    Compare,
    Condition,
    Constant,
    Current,
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
    Read,
    Slice,
    Where,
)
from scanner.language.values import Bounds, OpenList, Value

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MEMBERS_SHOWN = 8
_LONGEST = 300
_DEEPEST_SHOWN = 20
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FACT = re.compile(rf"{_NAME.pattern}(\.{_NAME.pattern})*")


def write(node: Node) -> str:
    """The expression of `node`, with parameters replaced by their values."""
    match node:
        case Read(path):
            return ".".join(path if len(path) == 1 and _FACT.fullmatch(path[0]) else map(_name, path)) or "@"
        case Current():
            return "@"
        case Constant(value):
            return _literal(value)
        case Field(Current(), name):
            return _name(name)
        case Field() | Index() | Slice() | Flatten() | Project() | Where():
            of, suffix = _suffix(node)
            return _before(of, node) + suffix
        case Pipe(of, body):
            return f"{_before(of, node)}{_tail(body)}" if _dotted(node) else f"{write(of)} | {write(body)}"
        case MakeList(items):
            return f"[{', '.join(write(item) for item in items)}]"
        case MakeObject(pairs):
            return "{" + ", ".join(f"{_name(name)}: {write(item)}" for name, item in pairs) + "}"
        case Compare(operator, left, right):
            sides = (_within(side, (Compare, And, Or, Pipe)) for side in (left, right))
            return f" {_SIGNS[operator]} ".join(sides)
        case And(left, right):
            return f"{_within(left, (Or, Pipe))} && {_within(right, (Or, Pipe))}"
        case Or(left, right):
            return f"{_within(left, (And, Pipe))} || {_within(right, (And, Pipe))}"
        case Not(of):
            return f"not({write(of)})"
        case Call(word, arguments):
            return f"{word}({', '.join(write(argument) for argument in arguments)})"
        case Body(of):
            return f"&{write(of)}"
        case Condition(_, name):
            return f"holds({_literal(name)})"


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _literal(value: Value) -> str:
    """A text between quotes, or what has no such form as JSON between backticks."""
    if isinstance(value, str) and "\\'" not in value and not value.endswith("\\"):
        return "'" + value.replace("'", "\\'") + "'"
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\u0060") + "`"


def _within(node: Node, looser: tuple[type, ...]) -> str:
    """`node` as an operand, in parentheses where it would fall apart."""
    return f"({write(node)})" if isinstance(node, looser) else write(node)


def _dotted(node: Pipe) -> bool:
    """Whether it can be written with a dot, as in `disks.[os, data]`."""
    return isinstance(node.body, MakeList | MakeObject | Call) and not isinstance(node.of, Project | Where)


def _before(node: Node, outer: Node) -> str:
    """`node` to the left of the dot or the bracket of `outer`."""
    looser: tuple[type, ...] = (Compare, And, Or)
    if not isinstance(outer, Project) or not isinstance(outer.of, Flatten):
        looser += (Project, Where)
    if isinstance(node, Pipe) and not _dotted(node):
        looser += (Pipe,)
    return _within(node, looser)


def _suffix(node: Field | Index | Slice | Flatten | Project | Where) -> tuple[Node, str]:
    """`node` taken apart: to what, which brackets or names are added."""
    match node:
        case Field(of, name):
            return of, f".{_name(name)}"
        case Index(of, position):
            return of, f"[{position}]"
        case Slice(of, start, stop, step):
            bounds = (start, stop) if step is None else (start, stop, step)
            return of, f"[{':'.join('' if part is None else str(part) for part in bounds)}]"
        case Flatten(of):
            return of, "[]"
        case Where(of, keep, body):
            return of, f"[?{write(keep)}]{_tail(body)}"
        case Project(Slice() | Flatten() as of, body, False):
            inner, suffix = _suffix(of)  # after an index, a slice alone does not project
            star = "[*]" if isinstance(of, Slice) and isinstance(inner, Index | Slice) else ""
            return inner, suffix + star + _tail(body)
        case Project(of, body, values):
            return of, (".*" if values else "[*]") + _tail(body)


def _tail(node: Node) -> str:
    """What follows a projection: a chain of names without a head, which needs no parentheses."""
    match node:
        case Current():
            return ""
        case Field() | Index() | Slice() | Flatten() | Project() | Where():
            of, suffix = _suffix(node)
            return _tail(of) + suffix
        case Pipe(of, body):
            return _tail(of) + _tail(body)
    return f".{write(node)}"


def show(value: Value, depth: int = 0) -> str:
    """A value in the words of a report: lists shortened, what is known in part marked as such."""
    if value is None:
        return "not known"
    if depth > _DEEPEST_SHOWN:
        return "…"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Bounds):
        return f"at least {value.low}" if value.high == float("inf") else f"{show(value.low)} to {show(value.high)}"
    if isinstance(value, OpenList):
        others = "others" if value.extra == float("inf") else f"up to {value.extra:.0f} more"
        return f"{show(value.known, depth + 1)} and {others} not known" if value.known else f"{others} not known"
    if isinstance(value, list):
        shown = ", ".join(show(member, depth + 1) for member in value[:_MEMBERS_SHOWN])
        left = len(value) - _MEMBERS_SHOWN
        return (f"{shown} and {left} more" if left > 0 else shown) or "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {show(part, depth + 1)}" for name, part in value.items()) + "}"
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0") if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"
    return str(value)


def _whole(number: float) -> float:
    """A number without a decimal point where it needs none."""
    return int(number) if number == int(number) else number


def plain(value: Value) -> Value:
    """A value as JSON: what is known in part becomes an object that says so."""
    if isinstance(value, OpenList):
        others = None if value.extra == float("inf") else int(value.extra)
        return {"known": [plain(member) for member in value.known], "others": others}
    if isinstance(value, Bounds):
        return {"atLeast": value.low, "atMost": None if value.high == float("inf") else _whole(value.high)}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
