"""What is valid in a policy and cannot be meant: clauses that repeat or contradict others, verdicts without a case."""

import difflib
from collections.abc import Iterator

from scanner.cases import REQUIRED, cases_of, verdict_of
from scanner.language.compile import operands
from scanner.language.nodes import And, Call, Compare, Condition, Constant, Field, Node, Not, Or, children
from scanner.language.text import write
from scanner.policy import Policy
from scanner.rowtypes import KNOWN


def doubts(policy: Policy) -> Iterator[str]:
    """Each thing that its author surely did not mean."""
    near = difflib.get_close_matches(policy.head.resource, KNOWN, n=1, cutoff=0.94)
    if near and policy.head.resource not in KNOWN:
        yield f"resource: {policy.head.resource!r} is a type that nothing is known of, did you mean {near[0]!r}?"
    required = operands(policy.when, And)
    yield from _within("when", policy.when)
    yield from _within("needs", policy.needs)
    for position, item in enumerate(policy.items, 1):
        where = "expect" if len(policy.items) == 1 else f"expect, item {position}"
        if isinstance(item.that, Constant) and not item.that.param:
            yield f"{where}: {write(item.that)} is settled as it stands, whatever is judged"
        yield from _within(where, item.that)
        if item.each is None:
            for clause in operands(item.that, And):
                if clause in required and clause != Constant(True):
                    yield f"{where}: {write(clause)} always holds here, as `when` asks for it"
    met: list[Node] = []
    for condition, level in policy.severities:
        if condition in met:
            yield f"severity: {level} is never reached: {write(condition)} stands before it"
        met.append(condition)
    for earlier, (condition, level) in enumerate(policy.severities[:-1]):
        if condition == Constant(True):
            left = ", ".join(name for _, name in policy.severities[earlier + 1 :])
            yield f"severity: {left} is never reached: {level} always holds"
    yield from _cases(policy)


def _within(where: str, node: Node) -> Iterator[str]:
    """Clauses of a chain that others in it make idle or impossible; and conditions that are settled as they stand."""
    for kind, never in ((And, "can never hold"), (Or, "always holds, where it is known")):
        chain = operands(node, kind)
        if len(chain) == 1:
            continue
        for position, clause in enumerate(chain):
            if clause in chain[:position]:
                yield f"{where}: {write(clause)} stands there twice"
            if any(_contrary(clause, other) for other in chain[:position]):
                yield f"{where}: {write(node)} {never}: it has {write(clause)} and its contrary"
            if isinstance(clause, Constant) and isinstance(clause.value, bool):
                yield f"{where}: {write(clause)} is settled as it stands: leave it out"
    if isinstance(node, Compare) and node.operator == "ne" and Constant("") in (node.left, node.right):
        other = node.right if node.left == Constant("") else node.left
        while isinstance(other, Call) and other.word == "default":
            other = other.arguments[0]
        if isinstance(other, Field):
            yield (
                f"{where}: {write(node)} holds where there is no {other.name}, too: a name that tags do not have is"
                f" false, which is no text; {write(other)} alone asks for one that is there and not empty"
            )
    for below in () if isinstance(node, Condition) else children(node):  # another policy speaks for itself
        if not isinstance(below, type(node)) or not isinstance(node, And | Or):
            yield from _within(where, below)


def _contrary(one: Node, other: Node) -> bool:
    return one in (Not(other), Call("not", (other,))) or other in (Not(one), Call("not", (one,)))


def _cases(policy: Policy) -> Iterator[str]:
    shown = {verdict_of(case) for case in cases_of(policy)}
    for verdict in REQUIRED:
        if verdict not in shown:
            yield f"cases: none shows {verdict}: add {policy.folder / 'cases'}/{verdict}-STORY.ndjson"
