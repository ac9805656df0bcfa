"""Reads one expression, as the jmespath package parses it, to nodes; refuses what would silently mean another thing."""

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from jmespath.exceptions import IncompleteExpressionError, LexerError, ParseError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

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
from scanner.language.values import Complete
from scanner.language.words import WORDS

Ast = dict[str, Any]
_ROOT = Read(())
_DEEPEST = 40
_LONGEST = 200
_POSTFIX = ("subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten")
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class ExpressionError(Exception):
    """What is wrong with an expression, at which character, and what to write instead."""

    def __init__(self, message: str, *, near: str = "", offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.near = near
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names in an expression may mean.

    `facts`: the fact names there are (None: a free document, any path goes). `params`: the policy's parameters (None:
    `params` is a field like any other). `member`: names are a list member's, as in `each`. `holds`: the condition that
    another policy's id stands for. `strict` refuses the traps that plain JMESPath allows.
    """

    facts: Collection[str] | None = None
    params: Mapping[str, Any] | None = None
    member: bool = False
    holds: Callable[[str], Node] | None = None
    strict: bool = True
    defaults: list[Node] = field(default_factory=list)


def parse(text: str, scope: Scope) -> Node:
    """The nodes of `text`; raises ExpressionError with the offset of what is wrong."""
    if not text.strip():
        raise ExpressionError("the expression is empty", offset=0)
    try:
        tokens: list[Any] = list(Lexer().tokenize(text))
        if scope.strict:
            _refuse_mixed_and_or(tokens)
            _refuse_bare_literals(text, tokens)
        ast: Any = Parser().parse(text).parsed
    except ParseError as error:
        raise ExpressionError(_syntax(error), offset=error.lex_position) from None
    except (RecursionError, ValueError):
        raise ExpressionError("the expression is nested too deeply or holds a number out of range") from None
    try:
        return _Builder(scope).build(ast, Current() if scope.member else _ROOT, 0)
    except RecursionError:
        raise ExpressionError("the expression is too long") from None
    except ExpressionError as error:
        if error.offset is None and error.near:
            error.offset = _place(text, tokens, error.near)
        raise


def _syntax(error: ParseError) -> str:
    if isinstance(error, IncompleteExpressionError):
        return "the expression ends too early"
    if isinstance(error, LexerError):
        message: str = error.message
        return message if len(message) < 80 else "this is not JMESPath"
    return f"{error.token_value!r} is not expected here"


def _place(text: str, tokens: list[Ast], near: str) -> int | None:
    """Where `near` is written in `text`, outside of quotes and not as a part of a longer name."""
    name = near[-1].isalnum()
    for token in tokens:
        start: int = token["start"]
        after = text[start + len(near) : start + len(near) + 1]
        begins = name and text.startswith(near, start) and not (after.isalnum() or after == "_")
        if token["type"] != "literal" and (begins or token["value"] == near):
            return start
    return None


def _refuse_bare_literals(text: str, tokens: list[Ast]) -> None:
    """The jmespath package takes `yes` between backticks for a text, and so it would a mistyped number or object."""
    for token in tokens:
        value, start = token["value"], token["start"]
        if token["type"] != "literal":
            continue
        if isinstance(value, str) and text[start] == "`" and not text[start + 1 :].lstrip().startswith('"'):
            raise ExpressionError(
                "between backticks goes JSON, and this is not: a text is written 'text'", offset=start
            )
        if isinstance(value, float) and not isfinite(value):
            raise ExpressionError("this number is out of range", offset=start)


def _refuse_mixed_and_or(tokens: list[Ast]) -> None:
    """`a && b || c` reads differently to different people: one pair of parentheses settles it."""
    groups: list[set[str]] = [set()]
    for token in tokens:
        kind = token["type"]
        if kind in ("lparen", "lbracket", "lbrace", "filter", "flatten"):
            groups.append(set())
        if kind in ("rparen", "rbracket", "rbrace", "flatten") and len(groups) > 1:
            groups.pop()
        if kind in ("comma", "pipe", "colon"):
            groups[-1] = set()
        if kind in ("and", "or"):
            groups[-1].add(kind)
            if len(groups[-1]) == 2:
                raise ExpressionError(
                    "&& and || are mixed: put parentheses around the part that belongs together", offset=token["start"]
                )


def suggest(wrong: str, known: Collection[str]) -> str:
    """ ", did you mean X?" when one of `known` is near, else nothing."""
    close = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else ""


def complete(value: Any) -> Any:
    """A parameter's value with every object in it marked as naming all there is."""
    if isinstance(value, Mapping):
        return Complete({str(name): complete(part) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return [complete(part) for part in value]
    return value


class _Builder:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def build(self, ast: Ast, here: Node, depth: int, *, open_chain: bool = False) -> Node:
        """The node of `ast` where `here` is the current value; `open_chain`: the caller adds more fields to it."""
        if depth > _DEEPEST:
            raise ExpressionError(f"the expression is nested more than {_DEEPEST} deep")
        kind = ast["type"]
        parts: list[Ast] = ast["children"]
        deeper = depth + 1
        if self.scope.strict and kind in _POSTFIX and parts[0]["type"] == "not_expression":
            raise ExpressionError("!a.b means (!a).b in JMESPath: write not(a.b)", near="!")
        match kind:
            case "identity" | "current":
                return here if open_chain else self._resolve(here)
            case "literal":
                return Constant(ast["value"])
            case "field":
                node = self._head(ast["value"], here)
                return node if open_chain else self._resolve(node)
            case "subexpression":
                return self._chain(parts, here, deeper, open_chain)
            case "index_expression":
                return self._positions(self.build(parts[0], here, deeper), parts[1:])
            case "projection":
                return Project(self.build(parts[0], here, deeper), self.build(parts[1], Current(), deeper))
            case "value_projection":
                of = self.build(parts[0], here, deeper)
                return Project(of, self.build(parts[1], Current(), deeper), values=True)
            case "filter_projection":
                of = self.build(parts[0], here, deeper)
                body, keep = (self.build(parts[place], Current(), deeper) for place in (1, 2))
                return Where(of, keep, body)
            case "flatten":
                return Flatten(self.build(parts[0], here, deeper))
            case "pipe":
                return Pipe(self.build(parts[0], here, deeper), self.build(parts[1], Current(), deeper))
            case "multi_select_list":
                return MakeList(tuple(self.build(part, here, deeper) for part in parts))
            case "multi_select_dict":
                pairs = ((part["value"], self.build(part["children"][0], here, deeper)) for part in parts)
                return MakeObject(tuple(pairs))
            case "and_expression" | "or_expression":
                self._refuse_long(ast)
                left, right = self.build(parts[0], here, depth), self.build(parts[1], here, deeper)
                return And(left, right) if kind == "and_expression" else Or(left, right)
            case "not_expression":
                return Not(self.build(parts[0], here, deeper))
            case "expref":
                raise ExpressionError("& goes before an argument of a word such as all or sort_by", near="&")
            case "comparator":
                return self._compare(ast, here, deeper)
            case "function_expression":
                return self._call(ast, here, deeper)
        raise ExpressionError(f"{kind} is not part of the language")

    def _head(self, name: str, here: Node) -> Node:
        """The first name of a chain: a parameter, or a field of the current value."""
        if name == "params" and self.scope.params is not None:
            return Constant(complete(self.scope.params))
        if self.scope.strict and name in ("true", "false", "null"):
            raise ExpressionError(f"{name} is a field's name in JMESPath; the value is written `{name}`", near=name)
        return self._field(here, name)

    def _field(self, of: Node, name: str) -> Node:
        if isinstance(of, Read):
            return Read((*of.path, name))
        if isinstance(of, Constant) and isinstance(of.value, Complete):
            if name not in of.value:
                message = f"there is no parameter {name!r}{suggest(name, of.value)}"
                raise ExpressionError(message, near=name)
            return Constant(of.value[name], f"{of.param}.{name}".removeprefix("."))
        return Field(of, name)

    def _resolve(self, node: Node) -> Node:
        """A chain of names from the subject, split into the fact and the fields below it."""
        if not isinstance(node, Read):
            return node
        path = node.path
        if self.scope.facts is None:
            if path[:1] != ("tags",) or not self.scope.strict:
                return node
            whole: Node = Read(path[:1])  # a row's tags are read whole, as only all of them tell which are not there
            for name in path[1:]:
                whole = Field(whole, name)
            return whole
        if not path:
            raise ExpressionError("@ is a list's member, and there is no list here: name a fact", near="@")
        for length in range(len(path), 0, -1):
            if ".".join(path[:length]) in self.scope.facts:
                fact: Node = Read((".".join(path[:length]),))
                for name in path[length:]:
                    fact = Field(fact, name)
                return fact
        name = ".".join(path)
        below = sorted(fact for fact in self.scope.facts if fact.startswith(name + "."))
        if below:
            raise ExpressionError(f"{name!r} is a group of facts: name one of {', '.join(below)}", near=path[0])
        raise ExpressionError(f"there is no fact {name!r}{suggest(name, self.scope.facts)}", near=name)

    def _chain(self, parts: list[Ast], here: Node, depth: int, open_chain: bool) -> Node:
        node = self.build(parts[0], here, depth, open_chain=True)
        for part in parts[1:]:
            node = self._after_dot(part, node, depth)
        return node if open_chain else self._resolve(node)

    def _after_dot(self, ast: Ast, of: Node, depth: int) -> Node:
        """`of.ast`, where the names that `ast` begins with go on with the chain of names that `of` is."""
        if depth > _DEEPEST:
            raise ExpressionError(f"the expression is nested more than {_DEEPEST} deep")
        parts: list[Ast] = ast["children"]
        match ast["type"]:
            case "field":
                return self._field(of, ast["value"])
            case "index_expression":
                return self._positions(self._resolve(self._after_dot(parts[0], of, depth + 1)), parts[1:])
            case "projection":
                outer = self._resolve(self._after_dot(parts[0], of, depth + 1))
                return Project(outer, self.build(parts[1], Current(), depth + 1))
        return Pipe(self._resolve(of), self.build(ast, Current(), depth))

    def _refuse_long(self, ast: Ast) -> None:
        count, left = 1, ast
        while left["type"] == ast["type"] and count <= _LONGEST:
            count, left = count + 1, left["children"][0]
        if count > _LONGEST:
            raise ExpressionError(f"the expression joins more than {_LONGEST} parts")

    def _positions(self, node: Node, parts: list[Ast]) -> Node:
        for part in parts:
            node = Index(node, part["value"]) if part["type"] == "index" else Slice(node, *part["children"])
        return node

    def _compare(self, ast: Ast, here: Node, depth: int) -> Node:
        left, right = ast["children"]
        if self.scope.strict and "comparator" in (left["type"], right["type"]):
            message = "comparisons cannot be chained: write a < b && b < c"
            raise ExpressionError(message, near=_SIGNS[(left if left["type"] == "comparator" else ast)["value"]])
        return Compare(ast["value"], self.build(left, here, depth), self.build(right, here, depth))

    def _call(self, ast: Ast, here: Node, depth: int) -> Node:
        name: str = ast["value"]
        if name == "not_null":
            raise ExpressionError("not_null would pass over what is not known: write default(a, b)", near=name)
        word = WORDS.get(name)
        if word is None:
            raise ExpressionError(f"there is no word {name!r}{suggest(name, WORDS)}", near=name)
        given, least = len(ast["children"]), len(word.kinds)
        if given < least or (given > least and word.rest is None):
            wanted = f"{least} or more" if word.rest else str(least)
            raise ExpressionError(f"{name} takes {wanted} arguments, not {given}", near=name)
        if name == "holds":
            return self._holds(ast["children"][0])
        arguments = tuple(self._argument(part, here, depth) for part in ast["children"])
        for position, argument in enumerate(arguments):
            kind = word.kinds[position] if position < least else word.rest
            if isinstance(argument, Body) != (kind in ("body", "condition")):
                how = "an expression with & before it" if not isinstance(argument, Body) else "a value, without &"
                raise ExpressionError(f"argument {position + 1} of {name} is {how}", near=name)
        call = Call(name, arguments)
        if name == "default":
            self.scope.defaults.append(call)
        return call

    def _argument(self, ast: Ast, here: Node, depth: int) -> Node:
        if ast["type"] == "expref":
            return Body(self.build(ast["children"][0], Current(), depth + 1))
        return self.build(ast, here, depth)

    def _holds(self, argument: Ast) -> Node:
        if argument["type"] != "literal" or not isinstance(argument["value"], str):
            raise ExpressionError("holds takes a policy's id as text: holds('agent-version')", near="holds")
        if self.scope.holds is None:
            raise ExpressionError("holds can be used in policies on whole subjects only", near="holds")
        return Condition(self.scope.holds(argument["value"]), argument["value"])
