"""Parses the text of one template expression into a small tree; knows nothing of what functions mean."""

import re
from dataclasses import dataclass

from scanner.sources.iac.arm.values import Refused

LONGEST = 24_576
"""Characters of one expression; the service refuses longer ones."""
DEEPEST = 100

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*+(?:''[^']*+)*'(?!'))|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<name>[A-Za-z_$][\w$]*)|(?P<sign>[()\[\].,])|(?P<end>$))"
)


@dataclass(frozen=True, slots=True)
class Constant:
    value: str | int | float
    offset: int


@dataclass(frozen=True, slots=True)
class Call:
    namespace: str
    name: str
    arguments: tuple["Node", ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Get:
    """`base.key` or `base[key]`."""

    base: "Node"
    key: "Node"
    offset: int


Node = Constant | Call | Get


def is_expression(text: str) -> bool:
    """Whether the service evaluates this text rather than taking it as it is."""
    return text[:1] == "[" and text[-1:] == "]" and text[1:2] != "[" and len(text) > 1


def literal(text: str) -> str:
    """A text that is no expression, without the bracket that escapes one."""
    return text[1:] if text[:2] == "[[" and text[-1:] == "]" else text


def parse(text: str) -> Node:
    """The tree of an expression with its brackets. Refused: what is wrong, and where."""
    if len(text) > LONGEST:
        raise Refused(f"it has {len(text)} characters, and the service accepts {LONGEST}", 0)
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text[:-1]
        self.at = 1
        self.depth = 0
        self.kind = self.token = ""
        self.start = 0
        self.next()

    def next(self) -> None:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            at = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
            if self.text[at] == "'":
                raise Refused("a text begins here and does not end; a quote within a text is written twice", at)
            raise Refused(f"{self.text[at]!r} means nothing here", at)
        self.kind = found.lastgroup
        self.token = found[self.kind]
        self.start = found.start(self.kind)
        self.at = found.end()

    def expect(self, sign: str) -> None:
        if self.kind != "sign" or self.token != sign:
            raise self.unexpected(f"{sign} was expected")
        self.next()

    def unexpected(self, wanted: str) -> Refused:
        found = "the end" if self.kind == "end" else self.token[:40]
        return Refused(f"{wanted} before {found}", self.start)

    def whole(self) -> Node:
        node = self.expression()
        if self.kind != "end":
            raise self.unexpected("the end was expected")
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(f"it is nested more than {DEEPEST} deep", self.start)
        kind, token, start = self.kind, self.token, self.start
        node: Node
        if kind == "text":
            node = Constant(token[1:-1].replace("''", "'"), start)
            self.next()
        elif kind == "number":
            node = _number(token, start)
            self.next()
        elif kind == "name":
            node = self.call(token, start)
        else:
            raise self.unexpected("a function, text or number was expected")
        links = 0
        while self.kind == "sign" and self.token in (".", "["):
            links += 1
            if links > DEEPEST:
                raise Refused(f"more than {DEEPEST} properties follow each other", self.start)
            node = self.get(node)
        self.depth -= 1
        return node

    def call(self, name: str, start: int) -> Call:
        self.next()
        namespace = ""
        if self.kind == "sign" and self.token == ".":
            self.next()
            if self.kind != "name":
                raise self.unexpected("the name of a function was expected")
            namespace, name = name, self.token
            self.next()
        self.expect("(")
        arguments: list[Node] = []
        if not (self.kind == "sign" and self.token == ")"):
            arguments.append(self.expression())
            while self.kind == "sign" and self.token == ",":
                self.next()
                arguments.append(self.expression())
        self.expect(")")
        return Call(namespace, name, tuple(arguments), start)

    def get(self, base: Node) -> Get:
        start, sign = self.start, self.token
        self.next()
        if sign == ".":
            if self.kind != "name":
                raise self.unexpected("the name of a property was expected")
            key: Node = Constant(self.token, self.start)
            self.next()
            return Get(base, key, start)
        key = self.expression()
        self.expect("]")
        return Get(base, key, start)


def _number(token: str, start: int) -> Constant:
    if "." in token:
        return Constant(float(token), start)
    value = int(token) if len(token) <= 20 else 2**64
    if not -(2**63) <= value < 2**63:
        raise Refused("the number does not fit 64 bits", start)
    return Constant(value, start)
