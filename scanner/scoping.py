"""Which of the user's scopes a subject is in, and so whose parameters judge it: the first that holds; never a guess."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.language.values import Complete
from scanner.model import Subject, Unknown

Matcher = Callable[[str], bool]
Tags = Complete | Unknown | None
"""Of a subject; None where nobody asks for them."""
Ancestors = tuple[str, ...] | Unknown
"""The management groups above a subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Subjects that all these conditions hold for; a condition that is None or empty is not asked."""

    name: str
    place: str
    """Where it is written."""
    resources: Matcher | None = None
    subscriptions: Matcher | None = None
    resource_groups: Matcher | None = None
    management_groups: Matcher | None = None
    tags: tuple[tuple[str, Matcher], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The scopes that a subject may be in, by position; -1 stands for none. One, where all is known."""

    scopes: tuple[int, ...]
    why: tuple[Unknown, ...] = field(default=(), compare=False)


def route(scopes: Sequence[Scope], subject: Subject, tags: Tags, above: Callable[[str], Ancestors]) -> Route:
    """The first scope that the subject is in, and before it every one of which that is not known.

    `above`: the management groups of a subscription.
    """
    possible: list[int] = []
    doubts: list[Unknown] = []
    for position, scope in enumerate(scopes):
        held = _inside(scope, subject, tags, above)
        if held is True:
            return Route((*possible, position), tuple(dict.fromkeys(doubts)))
        if isinstance(held, Unknown):
            possible.append(position)
            doubts.append(held)
    return Route((*possible, -1), tuple(dict.fromkeys(doubts)))


def _inside(scope: Scope, subject: Subject, tags: Tags, above: Callable[[str], Ancestors]) -> bool | Unknown:
    """Whether all conditions hold: one that surely does not settles it, whatever is not known of the others."""
    answers: list[bool | Unknown] = []
    if scope.resources is not None:
        answers.append(_named(scope.resources, subject.key, "its id"))
    if scope.subscriptions is not None:
        answers.append(_named(scope.subscriptions, subject.subscription, "its subscription"))
    if scope.resource_groups is not None:
        answers.append(_named(scope.resource_groups, subject.resource_group, "its resource group"))
    answers += [_tagged(tags, name, wanted) for name, wanted in scope.tags]
    if scope.management_groups is not None and False not in answers:
        groups = above(subject.subscription)
        answers.append(groups if isinstance(groups, Unknown) else any(map(scope.management_groups, groups)))
    if False in answers:
        return False
    return next((answer for answer in answers if isinstance(answer, Unknown)), True)


def _named(wanted: Matcher, text: str, what: str) -> bool | Unknown:
    """A plan may leave open where it would be deployed: such a text has a hole in braces."""
    return Unknown(f"{what} is not known", "plan") if "{" in text else wanted(text)


def _tagged(tags: Tags, name: str, wanted: Matcher) -> bool | Unknown:
    if not isinstance(tags, Complete):
        return tags or Unknown("its tags are not known", "property")
    value: Any = tags.get_ignoring_case(name)
    if value is False:
        return False
    return wanted(value) if isinstance(value, str) else Unknown(f"its tag {name} is not known", "property")
