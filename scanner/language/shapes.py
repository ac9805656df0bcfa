"""What a fact's value looks like, and the check that an expression asks only for what can be there."""

from collections.abc import Mapping
from dataclasses import dataclass

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
from scanner.language.parse import ExpressionError, suggest
from scanner.language.values import Value, is_number
from scanner.language.words import WORDS


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of value; `of` is a list's member or what every name of a table holds, `fields` an object's names."""

    name: str
    of: "Shape | None" = None
    fields: Mapping[str, "Shape"] | None = None

    def __str__(self) -> str:
        if self.name == "list" and self.of:
            return f"list of {self.of}"
        if self.fields is not None:
            return "{" + ", ".join(f"{name}: {shape}" for name, shape in self.fields.items()) + "}"
        return self.name


ANY = Shape("any")
TEXT = Shape("text")
NUMBER = Shape("number")
FLAG = Shape("yes or no")
TIME = Shape("time")
VERSION = Shape("version")
SCHEDULE = Shape("schedule")
"""The starts of one VM's backups in a week, which the word `windows` lays beside those of others."""
NETWORK = Shape("network")
"""What can_reach is asked about; it has no fields."""
LOAD = Shape("load")
"""What busy is asked about: samples and the starts among them; it has no fields."""
TABLE = Shape("table", ANY)
"""An object with names of the user's own, such as tags."""

_TEXTS = (TEXT, TIME, VERSION)


def list_of(member: Shape) -> Shape:
    return Shape("list", member)


def record(**fields: Shape) -> Shape:
    return Shape("object", fields=fields)


def shape_of(value: Value) -> Shape:
    """The shape of a constant."""
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, str):
        return TEXT
    if is_number(value):
        return NUMBER
    if isinstance(value, list):
        shapes = {shape_of(member) for member in value if not isinstance(member, dict | list)}
        return list_of(shapes.pop() if len(shapes) == 1 and len(value) else ANY)
    return TABLE if isinstance(value, dict) else ANY


def check(node: Node, facts: Mapping[str, Shape] | None, here: Shape = ANY) -> Shape:
    """The shape `node` yields; raises ExpressionError where it asks for a field, order or argument that cannot be."""
    match node:
        case Read(path):
            return facts[path[0]] if facts is not None and path else ANY
        case Current():
            return here
        case Constant(value):
            return shape_of(value)
        case Field(of, name):
            return _field(check(of, facts, here), name)
        case Index(of):
            return _member(check(of, facts, here), "[n]")
        case Slice(of):
            return list_of(_member(check(of, facts, here), "[a:b]"))
        case Flatten(of):
            member = _member(check(of, facts, here), "[]")
            return list_of((member.of or ANY) if member.name == "list" else member)
        case Project(of, body, values):
            outer = check(of, facts, here)
            member = _values(outer) if values else _member(outer, "[*]")
            return list_of(check(body, facts, member))
        case Where(of, keep, body):
            member = _member(check(of, facts, here), "[?…]")
            check_condition(keep, facts, member)
            return list_of(check(body, facts, member))
        case Pipe(of, body):
            return check(body, facts, check(of, facts, here))
        case MakeList(items):
            shapes = {check(item, facts, here) for item in items}
            return list_of(shapes.pop() if len(shapes) == 1 else ANY)
        case MakeObject(pairs):
            return record(**{name: check(item, facts, here) for name, item in pairs})
        case Compare():
            return _compare(node, facts, here)
        case And(left, right) | Or(left, right):
            one, other = check(left, facts, here), check(right, facts, here)
            return one if one == other else ANY
        case Not(of) | Condition(of):
            check(of, facts, here)
            return FLAG
        case Body(of):
            return check(of, facts, here)
        case Call():
            return _call(node, facts, here)


def check_condition(node: Node, facts: Mapping[str, Shape] | None, here: Shape = ANY) -> Shape:
    """The same where a yes or no is wanted: refused is what JMESPath takes for a yes whatever it is, as a number is."""
    shape = check(node, facts, here)
    stack = [node]
    while stack:
        part = stack.pop()
        match part:
            case And(left, right) | Or(left, right):
                stack += [right, left]
            case Not(of) | Body(of) | Call("not", (of,)):
                stack.append(of)
            case MakeList(items) if items:
                raise ExpressionError("a list with members always holds, whatever they are: join conditions with &&")
            case MakeObject():
                raise ExpressionError("an object with names always holds, whatever they are: join conditions with &&")
            case Call("to_string" | "type" as word):
                raise ExpressionError(f"what {word} gives always holds: compare it", near=word)
            case Call(word) if word in _RESULTS:
                if _RESULTS[word] == NUMBER:
                    raise ExpressionError(_NUMBER, near=word)
            case Read() | Current() | Field() | Index() | Pipe() | Call() if check(part, facts, here) == NUMBER:
                raise ExpressionError(_NUMBER)
    return shape


_NUMBER = "a number always holds, also 0: compare it, as in length(list) > `0`"


def _field(of: Shape, name: str) -> Shape:
    if of.fields is not None:
        if name not in of.fields:
            raise ExpressionError(f"there is no field {name!r} here{suggest(name, of.fields)}", near=name)
        return of.fields[name]
    if of.name == "list":
        raise ExpressionError(f"a list has no field {name!r}: write [*].{name}, or all(…, &{name})", near=name)
    if of.name in ("any", "table"):
        return of.of or ANY
    raise ExpressionError(f"a {of.name} has no field {name!r}", near=name)


def _member(of: Shape, how: str) -> Shape:
    if of.name == "list":
        return of.of or ANY
    if of == ANY:
        return ANY
    raise ExpressionError(f"{how} is for lists, and this is {_a(of)}")


def _values(of: Shape) -> Shape:
    if of.name in ("any", "table", "object"):
        return of.of or ANY
    raise ExpressionError(f".* is for objects, and this is {_a(of)}")


def _a(shape: Shape) -> str:
    return f"a {shape.name}"


def _compare(node: Compare, facts: Mapping[str, Shape] | None, here: Shape) -> Shape:
    left, right = check(node.left, facts, here), check(node.right, facts, here)
    if node.operator in ("eq", "ne"):
        kinds = {"text" if shape in _TEXTS else shape.name for shape in (left, right)}
        if "any" not in kinds and len(kinds) == 2 and kinds != {"table", "object"}:
            raise ExpressionError(f"{_a(left)} never equals {_a(right)}")
        return FLAG
    for shape in (left, right):
        if shape == VERSION:
            raise ExpressionError("versions have no < or >: write version_at_least(have, least)")
        if shape == TIME:
            raise ExpressionError("times have no < or >: write hours_since(time) < `24`")
        if shape not in (NUMBER, ANY):
            raise ExpressionError(f"< and > are for numbers, and this is {_a(shape)}")
    return FLAG


_RESULTS = {
    **dict.fromkeys(("version_at_least", "same", "not", "all", "any", "contains", "starts_with", "ends_with"), FLAG),
    "can_reach": FLAG,
    **dict.fromkeys(("hours_since", "length", "abs", "avg", "ceil", "floor", "sum", "to_number"), NUMBER),
    **dict.fromkeys(("join", "to_string", "type"), TEXT),
    "keys": list_of(TEXT),
    "windows": list_of(record(at=TEXT, vms=list_of(TEXT))),
    "busy": list_of(record(at=TEXT, share=NUMBER, above=NUMBER, samples=NUMBER)),
    "to_array": list_of(ANY),
    "values": list_of(ANY),
}
_ACCEPTED = {
    "number": ("number",),
    "text": ("text", "time", "version"),
    "version": ("text", "version"),
    "time": ("text", "time"),
    "list": ("list",),
    "object": ("object", "table"),
    "network": ("network",),
    "load": ("load",),
}


def _call(node: Call, facts: Mapping[str, Shape] | None, here: Shape) -> Shape:
    word = WORDS[node.word]
    plain = [None if isinstance(argument, Body) else check(argument, facts, here) for argument in node.arguments]
    first = next((shape for shape in plain if shape), ANY)
    member = (first.of or ANY) if first.name == "list" else ANY
    inside = check_condition if node.word in ("all", "any") else check
    shapes = [shape or inside(argument, facts, member) for argument, shape in zip(node.arguments, plain, strict=True)]
    for position, shape in enumerate(shapes):
        kind = word.kinds[position] if position < len(word.kinds) else word.rest or "any"
        if kind in _ACCEPTED and shape != ANY and shape.name not in _ACCEPTED[kind]:
            raise ExpressionError(
                f"argument {position + 1} of {node.word} is a {kind}, and this is {_a(shape)}", near=node.word
            )
    if node.word == "default":
        return shapes[0] if shapes[0] == shapes[1] else ANY
    if node.word in ("max_by", "min_by"):
        return member
    if node.word in ("sort_by", "reverse", "sort"):
        return shapes[0]
    if node.word == "at":
        return (shapes[0].of or ANY) if len(shapes) == 2 else ANY
    return _RESULTS.get(node.word, ANY)
