"""The second, slower evaluation: the same answers as the compiled one, with what was read and why something is unknown.

Run for fails and unknowns only. Each step yields its value and, where that is not known, the reasons.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner.language import values
from scanner.language.compile import make_object, operands
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
from scanner.language.text import show, write
from scanner.language.values import Bounds, OpenList, Truth, Value
from scanner.language.witness import Witness
from scanner.language.words import WORDS, hours_between
from scanner.model import Unknown

SUBJECT = object()
"""The current value outside of any list, filter or pipe: the subject as a whole, which is always there."""

Why = tuple[Unknown, ...]
"""The reasons a value is not known, or known in part only; empty for a value known whole."""


def merge(reasons: Iterable[Unknown]) -> Why:
    """Each reason once, in the order they were met."""
    return tuple(dict.fromkeys(reasons))


def _of_whom(member: Value) -> str:
    """The name a list's member goes by, where it has one."""
    name = member.get("name") if isinstance(member, dict) else None
    return f" of {name}" if isinstance(name, str) else ""


_WHOLE = {str, bool, int, float}
"""Kinds of values of which no part can be unknown."""


def _negated(node: Node) -> Node | None:
    """What `node` says the contrary of, if it does."""
    if isinstance(node, Not):
        return node.of
    return node.arguments[0] if isinstance(node, Call) and node.word == "not" else None


def called(node: Call, given: list[Value]) -> str:
    """A call as a reader writes it: "can_reach(Storage, 443)"; facts that only the word can look into are left out."""
    shown = [show(value) for value in given if isinstance(value, str | int | float | list | OpenList)]
    return f"{node.word}({', '.join(shown)})"


@dataclass(slots=True)
class Trace:
    """One evaluation over one subject. `read` looks a path up; `seen` is what was read, in order.

    `witnesses` is what words saw, and `walks` how to learn it step by step, by the call as a reader of a report would
    write it.
    """

    read: Callable[[tuple[str, ...]], Value | Unknown]
    now: float
    seen: dict[tuple[str, ...], Value | Unknown] = field(default_factory=dict)
    settles: Callable[[Node], str] = lambda _: ""
    witnesses: dict[str, Witness] = field(default_factory=dict)
    walks: dict[str, Callable[[], Witness]] = field(default_factory=dict)

    def truth(self, node: Node, here: Value = SUBJECT) -> tuple[Truth, Why]:
        """`node` as a yes or no."""
        kind = node.__class__
        if kind is And or kind is Or:
            return self._chain(operands(node, kind), kind is Or, here)
        negated = _negated(node)
        if negated is not None:
            answer, why = self.truth(negated, here)
            return values.negate(answer), why
        if isinstance(node, Condition):
            return self.truth(node.of, here)
        value, why = self.value(node, here)
        if value is True or value is False:
            return value, ()
        answer = values.truth(value)
        return self._told(node, answer, why if answer is None else ())

    def _chain(self, parts: list[Node], decides: bool, here: Value) -> tuple[Truth, Why]:
        reasons: list[Unknown] = []
        unknown = False
        for part in parts:
            answer, why = self.truth(part, here)
            if answer is decides:
                return decides, ()
            if answer is None:
                unknown = True
                reasons += why
        return (None, merge(reasons)) if unknown else (not decides, ())

    def value(self, node: Node, here: Value = SUBJECT) -> tuple[Value, Why]:
        """`node` as a value."""
        return _VALUES[node.__class__](self, node, here)

    def _current(self, _: Current, here: Value) -> tuple[Value, Why]:
        return here, ()

    def _constant(self, node: Constant, _: Value) -> tuple[Value, Why]:
        return self._told(node, node.value, ())

    def _field(self, node: Field, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        value = values.field(outer, node.name)
        if value is None and isinstance(node.of, Current) and not why:
            return None, (self._doubt(node, f"{write(node)}{_of_whom(outer)} is not known"),)
        return self._told(node, value, why)

    def _index(self, node: Index, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        return self._told(node, values.index(outer, node.position), why)

    def _slice(self, node: Slice, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        return self._told(node, values.slice_of(outer, node.start, node.stop, node.step), why)

    def _flatten(self, node: Flatten, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        return self._told(node, values.flatten(outer), why)

    def _project(self, node: Project, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        outer = values.members(outer) if node.values else outer
        reasons = list(why)
        return self._told(node, values.project(outer, self._valued(node.body, reasons)), reasons)

    def _where(self, node: Where, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        reasons = list(why)
        kept, wanted = self._judged(node.keep, reasons), self._valued(node.body, reasons)
        return self._told(node, values.where(outer, kept, wanted), reasons)

    def _pipe(self, node: Pipe, here: Value) -> tuple[Value, Why]:
        outer, why = self.value(node.of, here)
        value, more = self.value(node.body, outer)
        return self._told(node, value, why if outer is None and value is None else why + more)

    def _either(self, node: And | Or, here: Value) -> tuple[Value, Why]:
        """The operand that `&&` or `||` gives where a value is wanted."""
        first, why = self.value(node.left, here)
        answer = values.truth(first)
        if answer is None:
            return self._told(node, None, why)
        decided = (first, why) if answer is isinstance(node, Or) else self.value(node.right, here)
        return self._told(node, *decided)

    def _body(self, *_: object) -> tuple[Value, Why]:
        raise TypeError("an expression reference is no value")

    def _read(self, node: Read, _: Value) -> tuple[Value, Why]:
        path = node.path
        found = self.seen[path] if path in self.seen else self.seen.setdefault(path, self.read(path))
        if isinstance(found, Unknown):
            return None, (found,)
        return self._told(node, found, found.why if isinstance(found, OpenList) else ())

    def _told(self, node: Node, value: Value, why: Iterable[Unknown]) -> tuple[Value, Why]:
        """`value` with its reasons; one that became unknown right here gets a reason of its own."""
        if value.__class__ in _WHOLE:
            return value, ()
        reasons = merge((*why, *value.why) if isinstance(value, Bounds) else why)
        if value is None and not reasons:
            return None, (self._doubt(node, f"{write(node)} is not known"),)
        partly = isinstance(value, OpenList | Bounds | list | dict)
        return value, reasons if value is None or partly else ()

    def _doubt(self, node: Node, text: str) -> Unknown:
        """A reason that arises in the expression itself; what would settle it hangs on the facts it looked at."""
        return Unknown(text, self.settles(node))

    def _valued(self, body: Node, reasons: list[Unknown]) -> Callable[[Value], Value]:
        def run(member: Value) -> Value:
            value, why = self.value(body, member)
            reasons.extend(why)
            return value

        return run

    def _judged(self, body: Node, reasons: list[Unknown]) -> Callable[[Value], Truth]:
        def run(member: Value) -> Truth:
            answer, why = self.truth(body, member)
            reasons.extend(why)
            return answer

        return run

    def _made(self, node: MakeList | MakeObject, here: Value) -> tuple[Value, Why]:
        parts = node.items if isinstance(node, MakeList) else tuple(item for _, item in node.items)
        if here is None:
            return self._told(node, None, ())
        found = [self.value(part, here) for part in parts]
        reasons = merge(reason for _, why in found for reason in why)
        items = [value for value, _ in found]
        if isinstance(node, MakeList):
            return items, reasons
        return make_object([(name, value) for (name, _), value in zip(node.items, items, strict=True)]), reasons

    def _compare(self, node: Compare, here: Value) -> tuple[Value, Why]:
        left, why = self.value(node.left, here)
        right, more = self.value(node.right, here)
        answer = (
            values.equal(left, right) if node.operator in ("eq", "ne") else values.ordered(node.operator, left, right)
        )
        answer = values.negate(answer) if node.operator == "ne" else answer
        if answer is not None:
            return answer, ()
        if not why and not more:
            return None, (self._doubt(node, f"{write(node)} cannot be told for {show(left)} and {show(right)}"),)
        return None, merge(why + more)

    def _call(self, node: Call, here: Value) -> tuple[Value, Why]:
        word, arguments = WORDS[node.word], node.arguments
        if node.word == "not":
            return self.truth(node, here)
        if node.word == "default":
            value, why = self.value(arguments[0], here)
            return (value, why) if value is not None else self._told(node, *self.value(arguments[1], here))
        given: list[Value] = []
        reasons: list[Unknown] = []
        missing = False
        for position, argument in enumerate(arguments):
            if isinstance(argument, Body):
                judged = position < len(word.kinds) and word.kinds[position] == "condition"
                given.append((self._judged if judged else self._valued)(argument.of, reasons))
                continue
            value, why = self.value(argument, here)
            reasons += why
            if value is None:  # as in the compiled form, what follows is not looked at
                missing = True
                break
            given.append(value)
        if missing:
            return self._told(node, None, reasons)
        if word.witness is not None:
            call = called(node, given)
            seen = self.witnesses[call] = word.witness(*given)
            self.walks[call] = partial(word.walked or word.witness, *given)
            return seen.answer, () if seen.answer is not None else merge((*reasons, *seen.why))
        answer = hours_between(given[0], self.now) if node.word == "hours_since" else word.run(*given)
        if answer is None and not reasons:
            shown = ", ".join(show(value) for value in given if not callable(value))
            text = word.doubt(*given) if word.doubt else f"{node.word} cannot be told for {shown}"
            return None, (self._doubt(node, text),)
        return self._told(node, answer, reasons)


_VALUES: dict[type, Callable[[Trace, Any, Value], tuple[Value, Why]]] = {
    Read: Trace._read,
    Current: Trace._current,
    Constant: Trace._constant,
    Field: Trace._field,
    Index: Trace._index,
    Slice: Trace._slice,
    Flatten: Trace._flatten,
    Project: Trace._project,
    Where: Trace._where,
    Pipe: Trace._pipe,
    MakeList: Trace._made,
    MakeObject: Trace._made,
    And: Trace._either,
    Or: Trace._either,
    Compare: Trace._compare,
    Not: Trace.truth,
    Condition: Trace.truth,
    Call: Trace._call,
    Body: Trace._body,
}
"""How each kind of node is evaluated as a value: a table, as a chain of cases would cost more than the evaluation."""
