"""Proves of a slip that it changes no verdict, whatever is known: so that nobody looks for a case that cannot be."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod

from scanner.judges import FAIL, NOT_APPLICABLE, PASS, UNKNOWN
from scanner.language.compile import compile_truth, compile_value, operands
from scanner.language.nodes import (
    And,
    Body,
    Call,
    Compare,
    Condition,
    Constant,
    Current,
    Field,
    Node,
    Not,
    Or,
    Read,
    children,
)
from scanner.language.values import truth
from scanner.policy import Policy

_MOST = 20_000
"""Ways to be known that are tried; a slip that would take more is not proved."""
_YES, _NO, _OPEN, _NOT_KNOWN = range(4)
"""What a condition can be: true, false, known in part so that neither can be told, not known."""
_LOOSE = ("default", "not", "holds", "hours_since")
"""Words that have an answer of their own where an argument is not known, or that ask the clock."""

State = tuple[int, ...]
Reader = Callable[[State], int]


def changes_nothing(policy: Policy, mutant: Policy, *, values: bool = False) -> bool:
    """Whether both give every subject one verdict, whatever its facts and, unless the slip is in the `values` of the
    parameters, whatever these.

    Every way is tried in which their conditions can be known, as if they had nothing to do with one another, but that
    what is made of something not known is not known. So it is never said wrongly, and not of every slip it is true of.
    """
    if mutant.severities != policy.severities:
        return False
    table = _Table(values)
    table.shared = set(map(table.key, _clauses(policy))) & set(map(table.key, _clauses(mutant)))
    one, other = table.verdict(policy), table.verdict(mutant)
    bound = list(table.bound())
    states = [(_YES, _NO, _OPEN, _NOT_KNOWN) if atom in table.told else (_YES, _NO, _NOT_KNOWN) for atom in table.atoms]
    if prod(map(len, states)) > _MOST:
        return False
    return all(
        one(state) == other(state)
        for state in itertools.product(*states)
        if all(state[position] == _NOT_KNOWN or not lost(state) for position, lost in bound)
    )


def _clauses(policy: Policy) -> list[Node]:
    return [part for whole in (policy.when, policy.needs, policy.expect()) for part in operands(whole, And)]


@dataclass(slots=True)
class _Table:
    """The conditions that two policies are made of, each with its place in a state."""

    values: bool
    atoms: dict[str, Node] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    """Clauses that both have: each is one condition, whatever it is made of."""
    told: set[str] = field(default_factory=set)
    """Conditions of which it counts whether they are not known, or known in part so that neither can be told."""

    def key(self, node: Node) -> str:
        return f"{node!r} {'' if self.values else ' '.join(_params(node))}"

    def verdict(self, policy: Policy) -> Reader:
        when, needs, expect = self.truth(policy.when), self.truth(policy.needs), self.truth(policy.expect())

        def code(state: State) -> int:
            applies = when(state)
            if applies == _NO:
                return NOT_APPLICABLE
            if needs(state) != _YES:
                return UNKNOWN
            answer = expect(state)
            return PASS if answer == _YES else FAIL if answer == _NO and applies == _YES else UNKNOWN

        return code

    def truth(self, node: Node) -> Reader:
        """The answer where a yes or no is wanted, by Kleene's rules."""
        match node:
            case _ if self._settled(node):
                return _always(compile_truth(node)({}))
            case _ if self.key(node) in self.shared and not isinstance(node, And):
                return self._atom(node)
            case And(left, right):
                return _joined(self.truth(left), self.truth(right), _NO, _YES)
            case Or(left, right):
                return _joined(self.truth(left), self.truth(right), _YES, _NO)
            case Not(of) | Call("not", (of,)):
                return _negated(self.truth(of))
            case Condition(of):
                return self.truth(of)
            case Call("default"):
                return _closed(self.value(node))
        return self._atom(node)

    def value(self, node: Node) -> Reader:
        """What it is where a value is wanted, to a default: there not known && false is not known."""
        match node:
            case _ if self._settled(node):
                found = compile_value(node)({})
                return _always(truth(found)) if found is None or truth(found) is not None else lambda _: _OPEN
            case Call("default", (of, otherwise)):
                first, second = self.value(of), self.value(otherwise)
                return lambda state: known if (known := first(state)) != _NOT_KNOWN else second(state)
            case And(left, right):
                return _chosen(self.value(left), self.value(right), _YES)
            case Or(left, right):
                return _chosen(self.value(left), self.value(right), _NO)
            case Not() | Call("not") | Condition() | Compare():
                return self.truth(node)
        self.told.add(self.key(node))
        return self._atom(node, told=True)

    def _atom(self, node: Node, *, told: bool = False) -> Reader:
        position = list(self.atoms).index(self.key(node)) if self.key(node) in self.atoms else len(self.atoms)
        self.atoms[self.key(node)] = node
        return (lambda state: state[position]) if told else _closed(lambda state: state[position])

    def _settled(self, node: Node) -> bool:
        """Whether its answer hangs on no fact, nor on a value that a user may set."""
        if isinstance(node, Constant):
            return self.values or not node.param
        if isinstance(node, Read | Current) or (isinstance(node, Call) and node.word == "hours_since"):
            return False
        return bool(children(node)) and all(map(self._settled, children(node)))

    def bound(self) -> Iterator[tuple[int, Callable[[State], bool]]]:
        """(the place of a condition, whether something is not known that it cannot be known without)"""
        for position, node in enumerate(self.atoms.values()):
            for part in _strict(node):
                yield position, self._lost(part)

    def _lost(self, node: Node) -> Callable[[State], bool]:
        if self.key(node) in self.atoms and not isinstance(node, And | Or):
            self.told.add(self.key(node))
            position = list(self.atoms).index(self.key(node))
            return lambda state: state[position] == _NOT_KNOWN
        if isinstance(node, Call) and node.word == "default":
            both = [self._lost(part) for part in node.arguments]
            return lambda state: all(lost(state) for lost in both)
        parts = [self._lost(part) for part in _strict(node)]
        return lambda state: any(lost(state) for lost in parts)


def _strict(node: Node) -> tuple[Node, ...]:
    """The parts without which the node is not known."""
    match node:
        case Read(path) if len(path) > 1:
            return (Read(path[:-1]),)
        case Field(of) | Not(of) | Call("not", (of,)):
            return () if isinstance(of, And | Or) else (of,)
        case Compare(_, left, right):
            return left, right
        case Call(word, arguments) if word not in _LOOSE:
            return tuple(part for part in arguments if not isinstance(part, Body | And | Or))
    return ()


def _params(node: Node) -> list[str]:
    own = [node.param] if isinstance(node, Constant) else []
    return [*own, *(name for part in children(node) for name in _params(part))]


def _always(answer: bool | None) -> Reader:
    found = _NOT_KNOWN if answer is None else _YES if answer else _NO
    return lambda _: found


def _closed(of: Reader) -> Reader:
    """Known in part is neither yes nor no."""
    return lambda state: _NOT_KNOWN if (found := of(state)) == _OPEN else found


def _negated(of: Reader) -> Reader:
    return lambda state: {_YES: _NO, _NO: _YES}.get(of(state), _NOT_KNOWN)


def _joined(left: Reader, right: Reader, decides: int, otherwise: int) -> Reader:
    def joined(state: State) -> int:
        answers = left(state), right(state)
        return decides if decides in answers else otherwise if answers == (otherwise, otherwise) else _NOT_KNOWN

    return joined


def _chosen(left: Reader, right: Reader, goes_on: int) -> Reader:
    """`a && b` as a value is `a` or `b` itself; not known where the truth of `a` is not."""

    def chosen(state: State) -> int:
        first = left(state)
        return right(state) if first == goes_on else _NOT_KNOWN if first == _OPEN else first

    return chosen
