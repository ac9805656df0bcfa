"""What of a policy can be judged before anything runs: items that hang on what only a running VM tells are left out."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace

from scanner.facts.catalogue import Fact, catalogue
from scanner.language.nodes import And, Body, Call, Condition, Constant, Node, Not, Or, Read, children, reads
from scanner.policy import Policy

_ANY: frozenset[bool | None] = frozenset((True, False, None))
_NOT_KNOWN: frozenset[bool | None] = frozenset((None,))


@dataclass(frozen=True, slots=True)
class Planned:
    """A policy as a plan is judged by it; `policy` None: nothing is left of it, for the reason that `why` gives."""

    policy: Policy | None
    why: str = ""


def planned(policy: Policy) -> Planned:
    """The policy without the items that can never hold in a plan."""
    known = catalogue(policy.head.resource)
    live = {name for name, fact in (known or {}).items() if fact.live}
    if "plan" not in policy.stages:
        return Planned(None, "it is about what runs")
    kept = tuple(item for item in policy.items if True in _possible(item.condition(), live))
    if kept == policy.items:
        return Planned(policy)
    if kept:
        return Planned(replace(policy, items=kept))
    return Planned(None, f"it hangs on {_said(policy, known or {})}, which a plan cannot know")


def staged(policy: Policy, put: Callable[[Policy], Planned]) -> Planned:
    """The policy as `put` has it, and so in every scope that has it with other parameters."""
    found = put(policy)
    if found.policy is None or not policy.scoped:
        return found
    scoped = tuple((scope, way and (put(way).policy or way)) for scope, way in policy.scoped)
    return replace(found, policy=replace(found.policy, scoped=scoped))


def running(policy: Policy) -> Planned:
    """The policy as what runs is judged by it: not at all, if its author keeps it to plans."""
    return Planned(policy) if "live" in policy.stages else Planned(None, "it is about plans")


def _said(policy: Policy, known: Mapping[str, Fact]) -> str:
    names = {path[0] for item in policy.items for path in reads(item.condition())}
    return ", ".join(sorted(name for name in names if name in known and known[name].live))


def _possible(node: Node, live: Set[str]) -> frozenset[bool | None]:
    """The answers that `node` may have while no live fact is known; None stands for "not known"."""
    match node:
        case Constant(value):
            return frozenset((value,)) if isinstance(value, bool) else _ANY
        case And(left, right):
            return frozenset(_and(a, b) for a in _possible(left, live) for b in _possible(right, live))
        case Or(left, right):
            return frozenset(_or(a, b) for a in _possible(left, live) for b in _possible(right, live))
        case Not(of) | Call("not", (of,)):
            return frozenset(None if a is None else not a for a in _possible(of, live))
        case Condition(of):
            return _possible(of, live)
        case Call("all" | "any" as word, (of, Body(each))) if _knowable(of, live):
            return _possible(each, live) | {word == "all"}  # of an empty list it is known, whatever is asked of members
        case Call("default"):
            return _as_value(node, live)
    return _ANY if _knowable(node, live) else _NOT_KNOWN


def _as_value(node: Node, live: Set[str]) -> frozenset[bool | None]:
    """The same where a value is wanted, and not a yes or no: there what stands on an unknown left is not known."""
    match node:
        case And(left, right) | Or(left, right):
            first = _as_value(left, live)
            goes_on = isinstance(node, And)
            return (first - {goes_on}) | (_as_value(right, live) if goes_on in first else frozenset())
        case Call("default", (of, instead)):
            found = _as_value(of, live)
            return (found - {None}) | _as_value(instead, live) if None in found else found
    return _possible(node, live)


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _or(one: bool | None, other: bool | None) -> bool | None:
    if one is True or other is True:
        return True
    return None if one is None or other is None else False


def _knowable(node: Node, live: Set[str]) -> bool:
    """Whether its value may be known without any live fact."""
    match node:
        case Read(path):
            return not path or path[0] not in live
        case Call("default", (of, instead)):
            return _knowable(of, live) or _knowable(instead, live)
    return all(_knowable(child, live) for child in children(node))
