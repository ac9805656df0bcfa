"""Finds in which of the user's scopes each subject of a bench is, and says what holds where that is not known."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.facts.catalogue import catalogue
from scanner.facts.fleet import Fleet, row_tags
from scanner.facts.subscription import above
from scanner.model import SEVERITIES, Outcome, Problem, SnapreadyError, Subject, Unknown
from scanner.policy import Policy
from scanner.scoping import Route, Scope, Tags, route

TAGS = ("tags",)


def scopes_of(policies: Sequence[Policy]) -> tuple[Scope, ...]:
    """The scopes, in their order, if one of these policies is judged otherwise in some of them."""
    several = next((policy for policy in policies if len(policy.variants()) > 1), None)
    return () if several is None else tuple(scope for scope, _ in several.scoped)


def by_tags(policies: Sequence[Policy]) -> bool:
    """Whether it hangs on a subject's tags how it is judged."""
    return any(scope.tags for scope in scopes_of(policies))


def by_management_groups(policies: Sequence[Policy]) -> bool:
    """Whether it hangs on the management groups above a subject how it is judged."""
    return any(scope.management_groups is not None for scope in scopes_of(policies))


def check(policies: Iterable[Policy]) -> None:
    """Raises where a scope goes by the tags of what has none."""
    for policy in policies:
        known = catalogue(policy.head.resource)
        for scope, way in policy.scoped:
            if way is not None and scope.tags and known is not None and "tags" not in known:
                raise SnapreadyError(
                    f"{scope.place}: scope {scope.name} goes by tags and changes {policy.id}, which judges"
                    f" {policy.head.resource}, and these have no tags\n  help: go by subscription or resource-group"
                )


def nobody_in(scope: Scope) -> Problem:
    """A misspelt tag or id in a scope would leave who it was meant for with the parameters of everybody else."""
    file, line, _ = scope.place.rsplit(":", 2)
    message = f"scope {scope.name}: nothing that was judged is in it, or all of it is in an earlier scope"
    return Problem(message, file, int(line))


class Router:
    """`slot`: where the facts of a document stand; None where the document is the row itself."""

    def __init__(self, scopes: Sequence[Scope], slot: Mapping[tuple[str, ...], int] | None, fleet: Fleet) -> None:
        self._scopes = scopes
        self._above = above(fleet)
        self._tags = row_tags if slot is None else _reader(slot.get(TAGS))

    def of(self, subject: Subject, document: Any) -> Route:
        """The scopes that the subject may be in."""
        return route(self._scopes, subject, self._tags(document), self._above)

    def names(self, found: Route) -> tuple[str, ...]:
        """What the scopes of a route are called; "" for none."""
        return tuple("" if position < 0 else self._scopes[position].name for position in found.scopes)


def _reader(slot: int | None) -> Callable[[Any], Tags]:
    return (lambda _: None) if slot is None else lambda document: document[slot]


def agreed(ways: Mapping[str, Outcome], why: Sequence[Unknown]) -> Outcome:
    """What is said of a subject of which it is not known in which of several scopes it is: what they all say.

    `ways`: what each of the scopes says; "" is to be in none of them.
    """
    worst = min(ways.values(), key=lambda way: SEVERITIES.index(way.severity))
    if len({way.verdict for way in ways.values()}) == 1:
        said = f"{worst.reason}; whichever of its parameters hold" if worst.verdict == "fail" else worst.reason
        return replace(worst, reason=said)
    told = ", ".join(f"{way.verdict} {f'in scope {name}' if name else 'outside'}" for name, way in ways.items())
    doubt = "; ".join(one.reason for one in why)
    needs = {one.needs for one in why} | {need for way in ways.values() for need in way.needs}
    return Outcome(
        "unknown",
        worst.severity,
        f"which parameters hold for it is not known, as {doubt}: {told}",
        tuple(sorted(needs)),
        worst.evidence,
    )
