"""Turns nodes into Python source, so that a policy costs a few plain operations for each subject.

Two readings of every node: as a value (`value`) and as a yes or no (`truth`), where Kleene's rules hold. The source
is made of expressions only; reads of the subject are hoisted into locals that all policies of a chunk share.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from scanner.language import values
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
from scanner.language.values import Truth, Value
from scanner.language.words import WORDS, hours_between

_SIMPLE = (str, int, float, bool)


def make_object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    """A multi-select hash: members that are not known are left out, as in any object."""
    return {name: value for name, value in pairs if value is not None}


class Writer:
    """Writes the Python expressions for nodes and keeps the constants and reads they refer to."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {
            "truth": values.truth,
            "field": values.field,
            "index": values.index,
            "slice_of": values.slice_of,
            "project": values.project,
            "where": values.where,
            "flatten": values.flatten,
            "members": values.members,
            "equal": values.equal,
            "ordered": values.ordered,
            "negate": values.negate,
            "hours_between": hours_between,
            "make_object": make_object,
            "all_of": values.all_of,
            "any_of": values.any_of,
        }
        self.reads: dict[tuple[str, ...], str] = {}
        self._count = 0
        self._here = ["d"]

    def _temp(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _constant(self, value: Any) -> str:
        if value is None or (isinstance(value, _SIMPLE) and not (isinstance(value, float) and not isfinite(value))):
            return repr(value)
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def _lambda(self, body: Node, how: Callable[[Node], str]) -> str:
        name = f"m{len(self._here)}"
        self._here.append(name)
        source = f"(lambda {name}: {how(body)})"
        self._here.pop()
        return source

    def value(self, node: Node) -> str:
        """Source for `node` where its value is wanted: unknown || x is unknown."""
        match node:
            case Read(path):
                return self.reads.setdefault(path, f"r{len(self.reads)}")
            case Current():
                return self._here[-1]
            case Constant(value):
                return self._constant(value)
            case Field(of, name):
                return f"field({self.value(of)}, {name!r})"
            case Index(of, position):
                return f"index({self.value(of)}, {position})"
            case Slice(of, start, stop, step):
                return f"slice_of({self.value(of)}, {start}, {stop}, {step})"
            case Project(of, body, each_value):
                source = f"members({self.value(of)})" if each_value else self.value(of)
                return f"project({source}, {self._lambda(body, self.value)})"
            case Where(of, keep, body):
                outer, kept = self.value(of), self._lambda(keep, self.truth)
                return f"where({outer}, {kept}, {self._lambda(body, self.value)})"
            case Flatten(of):
                return f"flatten({self.value(of)})"
            case Pipe(of, body):
                return f"{self._lambda(body, self.value)}({self.value(of)})"
            case MakeList(items):
                made = f"[{', '.join(self.value(item) for item in items)}]"
                return self._of_something(made)
            case MakeObject(pairs):
                inner = ", ".join(f"({name!r}, {self.value(item)})" for name, item in pairs)
                return self._of_something(f"make_object([{inner}])")
            case And(left, right):
                have, yes = self._temp(), self._temp()
                first = f"({yes} := truth({have} := {self.value(left)}))"
                return f"(None if {first} is None else {self.value(right)} if {yes} else {have})"
            case Or(left, right):
                have, yes = self._temp(), self._temp()
                first = f"({yes} := truth({have} := {self.value(left)}))"
                return f"(None if {first} is None else {have} if {yes} else {self.value(right)})"
            case Compare() | Not() | Condition():
                return self.truth(node)
            case Call():
                return self._call(node)
            case Body():
                raise TypeError("an expression reference is no value")

    def _of_something(self, source: str) -> str:
        """Multi-selects of a current value that is not known are not known; those of the whole subject always are."""
        here = self._here[-1]
        return source if here == "d" else f"(None if {here} is None else {source})"

    def truth(self, node: Node) -> str:
        """Source for `node` where a yes or no is wanted: True, False or None, by Kleene's rules."""
        match node:
            case And():
                return self._chain(node, And, "False", "True")
            case Or():
                return self._chain(node, Or, "True", "False")
            case Not(of):
                have = self._temp()
                return f"(None if ({have} := {self.truth(of)}) is None else not {have})"
            case Condition(of):
                return self.truth(of)
            case Compare():
                return self._compare(node)
            case Constant(value):
                return repr(values.truth(value))
            case Call(word, arguments) if word == "not":
                return self.truth(Not(arguments[0]))
            case Call(word) if word in ("version_at_least", "same", "contains", "all", "any", "can_reach"):
                return self._call(node)
        have = self._temp()
        known = f"({have} := {self.value(node)}) is True or {have} is False or {have} is None"
        return f"({have} if {known} else truth({have}))"

    def _chain(self, node: And | Or, kind: type, decides: str, otherwise: str) -> str:
        """`a && b && c` side by side: the first that decides ends it, else one unknown is enough for unknown."""
        temps, tests = [], []
        for operand in operands(node, kind):
            temp = self._temp()
            temps.append(temp)
            tests.append(f"({temp} := {self.truth(operand)}) is {decides}")
        unknown = " or ".join(f"{temp} is None" for temp in temps)
        return f"({decides} if {' or '.join(tests)} else None if {unknown} else {otherwise})"

    def _compare(self, node: Compare) -> str:
        if node.operator not in ("eq", "ne"):
            return f"ordered({node.operator!r}, {self.value(node.left)}, {self.value(node.right)})"
        for text, other in ((node.right, node.left), (node.left, node.right)):
            if isinstance(text, Constant) and isinstance(text.value, str):
                have = self._temp()
                plain = f"({have} := {self.value(other)}).__class__ is str"
                sign = "==" if node.operator == "eq" else "!="
                slow = f"equal({have}, {text.value!r})"
                slow = slow if node.operator == "eq" else f"negate({slow})"
                return f"({have} {sign} {text.value!r} if {plain} else {slow})"
        source = f"equal({self.value(node.left)}, {self.value(node.right)})"
        return source if node.operator == "eq" else f"negate({source})"

    def _call(self, node: Call) -> str:
        word = WORDS[node.word]
        arguments = node.arguments
        if node.word == "not":
            return self.truth(Not(arguments[0]))
        if node.word == "default":
            have = self._temp()
            return f"({have} if ({have} := {self.value(arguments[0])}) is not None else {self.value(arguments[1])})"
        if node.word in ("all", "any") and isinstance(arguments[1], Body):
            return f"{node.word}_of({self.value(arguments[0])}, {self._lambda(arguments[1].of, self.truth)})"
        if node.word == "hours_since":
            return f"hours_between({self.value(arguments[0])}, NOW)"
        temps, sources = [], []
        for argument in arguments:
            if isinstance(argument, Body):
                sources.append(self._lambda(argument.of, self.value))
                continue
            temp = self._temp()
            temps.append(f"({temp} := {self.value(argument)}) is None")
            sources.append(temp)
        self.names[f"w_{node.word}"] = word.run
        called = f"w_{node.word}({', '.join(sources)})"
        return f"(None if {' or '.join(temps)} else {called})" if temps else called


class TooLarge(ValueError):
    """Python itself cannot take an expression of that size."""


def operands(node: Node, kind: type) -> list[Node]:
    """The operands of a chain of && (or of ||), left to right."""
    found: list[Node] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, And | Or) and isinstance(part, kind):
            stack += [part.right, part.left]
        else:
            found.append(part)
    return found


def load(source: str, name: str, names: dict[str, Any]) -> Any:
    """Runs generated source and hands out the function of that name."""
    try:
        exec(compile(source, f"<{name}>", "exec"), names)
    except (RecursionError, MemoryError, SyntaxError) as error:  # Python's parser has limits of its own
        raise TooLarge(f"the expression is too large: {error}") from None
    return names[name]


def _function(node: Node, now: float, as_truth: bool) -> Callable[[Value], Any]:
    writer = Writer()
    source = writer.truth(node) if as_truth else writer.value(node)
    lines = [f"    {local} = {row_read(path)}" for path, local in writer.reads.items()]
    code = "\n".join(["def judge(d):", *lines, f"    return {source}"])
    made: Callable[[Value], Any] = load(code, "judge", {**writer.names, "NOW": now})
    return made


def row_read(path: tuple[str, ...]) -> str:
    """Source that reads `path` from a free document `d`."""
    source = "d"
    for name in path:
        source = f"field({source}, {name!r})"
    return source


def compile_value(node: Node, now: float = 0.0) -> Callable[[Value], Value]:
    """A function from a free document to the value of `node`."""
    return _function(node, now, as_truth=False)


def compile_truth(node: Node, now: float = 0.0) -> Callable[[Value], Truth]:
    """A function from a free document to True, False or None."""
    return _function(node, now, as_truth=True)
