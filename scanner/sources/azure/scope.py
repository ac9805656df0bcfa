"""Which subscriptions a collection is about: those asked for, and which of them the identity can read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.model import SnapreadyError
from scanner.queries import SUBSCRIPTIONS
from scanner.sources.azure.errors import AskFailed, GaveUp, Missing, Refused, Rejected
from scanner.sources.azure.service import Service

GROUP = 250
"""Subscriptions in one call: fewer than 300 are advised, and more than 1,000 refused."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the user asked for; neither: everything that the identity can read. `expected`: who must be among it."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()

    def text(self) -> str:
        groups = [f"management group {name}" for name in self.management_groups]
        count = len(self.subscriptions)
        named = [f"subscription {', '.join(self.subscriptions)}" if count < 4 else f"{count} subscriptions"]
        return "; ".join([*groups, *(named if count else [])]) or "everything the identity can read"


@dataclass(slots=True)
class Sight:
    """What of it the identity can read: ids in lower case, and what is to be said about the rest."""

    readable: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def say(self, message: str, *, incomplete: bool) -> None:
        self.problems.append({"message": message, "incomplete": incomplete})

    def groups(self) -> list[list[str]]:
        return [self.readable[at : at + GROUP] for at in range(0, len(self.readable), GROUP)]


def look(service: Service, scope: Scope) -> Sight:
    """Asks for every subscription in the scope; raises SnapreadyError where none can be read at all."""
    sight = Sight()
    found: set[str] = set()
    for name in scope.management_groups:
        found |= _of_group(service, name, sight)
    named = list(scope.subscriptions)
    for at in range(0, len(named), GROUP):
        found |= _of_named(service, named[at : at + GROUP], sight)
    if not named and not scope.management_groups:
        try:
            found |= _subscriptions(service, sight, "this tenant")
        except AskFailed as error:
            sight.say(error.message, incomplete=True)
    sight.readable = sorted(found)
    for subscription in scope.expected:
        if subscription not in found and subscription not in sight.missing:
            sight.missing[subscription] = "it is expected (--expect-subscriptions), and not among what can be read"
    if not found:
        why = "; ".join(problem["message"] for problem in sight.problems) or "; ".join(
            f"{name}: {why}" for name, why in sight.missing.items()
        )
        raise SnapreadyError(
            f"nothing can be read of {scope.text()}{': ' + why if why else ''}\n"
            "  help: give the identity the Reader role there (docs/permissions.md), or sign in as another one"
        )
    return sight


def _of_group(service: Service, name: str, sight: Sight) -> set[str]:
    try:
        found = _subscriptions(service, sight, f"management group {name}", management_group=name)
    except (Refused, Missing, Rejected) as error:
        sight.say(f"management group {name} cannot be read: {error.message}", incomplete=True)
        return set()
    if found:
        sight.say(
            f"management group {name} has {_count(len(found), 'subscription')} that this identity can see; whether"
            " there are others, only --expect-subscriptions can tell",
            incomplete=False,
        )
    else:
        sight.say(f"management group {name} holds no subscription that this identity can see", incomplete=True)
    return found


def _of_named(service: Service, named: Sequence[str], sight: Sight) -> set[str]:
    try:
        found = _subscriptions(service, sight, "", subscriptions=named)
    except (Refused, Missing, Rejected) as error:
        if len(named) > 1 and isinstance(error, Rejected):  # one that is no subscription spoils the call for all
            return {each for name in named for each in _of_named(service, [name], sight)}
        sight.missing.update(dict.fromkeys(named, f"the identity cannot read it ({error.message})"))
        return set()
    sight.missing.update(dict.fromkeys(sorted(set(named) - found), "the identity cannot read it"))
    return found & set(named)


def _subscriptions(
    service: Service, sight: Sight, where: str, *, management_group: str = "", subscriptions: Sequence[str] = ()
) -> set[str]:
    """Ids of the subscriptions Resource Graph shows there; an answer that is not whole is said."""
    found: set[str] = set()
    token = None
    hit = False
    while True:
        try:
            page = service.query(
                SUBSCRIPTIONS, subscriptions=subscriptions, management_group=management_group, token=token
            )
        except GaveUp as error:
            raise SnapreadyError(f"Azure cannot be asked which subscriptions there are: {error.message}") from None
        for row in page.rows:
            value = msgspec.json.decode(row)
            given = value.get("subscriptionId") if isinstance(value, dict) else None
            if isinstance(given, str) and given:
                found.add(given.lower())
        hit = hit or page.limit_hit
        token = page.token
        if token is None or not page.rows:
            break
    if page.total is not None and len(found) < page.total:
        sight.say(f"{len(found)} of {page.total} subscriptions of {where} were named", incomplete=True)
    if page.cut_off:
        sight.say(f"the list of subscriptions of {where} was cut off (resultTruncated)", incomplete=True)
    if hit:
        sight.say(
            f"{where} has more subscriptions than Resource Graph searches at once (10,000); name smaller management"
            " groups, or subscriptions",
            incomplete=True,
        )
    return found


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
