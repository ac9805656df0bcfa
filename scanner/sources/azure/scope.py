"""Which subscriptions a collection is about: those asked for, and which of them the identity can read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.model import SnapreadyError, several
from scanner.queries import SUBSCRIPTIONS
from scanner.sources.azure.errors import AskFailed, GaveUp, Rejected
from scanner.sources.azure.service import Service

GROUP = 250
"""Subscriptions in one call: fewer than 300 are advised, and more than 1,000 refused."""
_SAID = 3
"""Reasons given in full."""
_CANNOT = "the identity cannot read it"


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

    unanswered: bool = False
    """Azure could not be asked; no role would help with that."""

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
            sight.unanswered |= isinstance(error, GaveUp)
            sight.say(f"Azure does not tell which subscriptions there are: {error.message}", incomplete=True)
    sight.readable = sorted(found)
    for subscription in scope.expected:
        if subscription not in found and subscription not in sight.missing:
            sight.missing[subscription] = "it is expected (--expect-subscriptions), and not among what can be read"
    if not found:
        raise SnapreadyError(_nothing(scope, sight))
    return sight


def _nothing(scope: Scope, sight: Sight) -> str:
    """What is said where not one subscription can be read."""
    reasons = [problem["message"] for problem in sight.problems] or [
        f"{name}: {why}" for name, why in sight.missing.items()
    ]
    more = f"; and {len(reasons) - _SAID} more" if len(reasons) > _SAID else ""
    said = f"nothing can be read of {scope.text()}{': ' if reasons else ''}{'; '.join(reasons[:_SAID])}{more}"
    if sight.unanswered:
        return said
    return f"{said}\n  help: give the identity the Reader role there (docs/permissions.md), or sign in as another one"


def _of_group(service: Service, name: str, sight: Sight) -> set[str]:
    try:
        found = _subscriptions(service, sight, f"management group {name}", management_group=name)
    except AskFailed as error:
        sight.unanswered |= isinstance(error, GaveUp)
        sight.say(f"management group {name} cannot be read: {error.message}", incomplete=True)
        return set()
    if found:
        sight.say(
            f"management group {name} has {several(len(found), 'subscription')} that this identity can see; whether"
            " there are others, only --expect-subscriptions can tell",
            incomplete=False,
        )
    else:
        sight.say(f"management group {name} holds no subscription that this identity can see", incomplete=True)
    return found


def _of_named(service: Service, named: Sequence[str], sight: Sight) -> set[str]:
    try:
        found = _subscriptions(service, sight, "those named", subscriptions=named)
    except AskFailed as error:
        sight.unanswered |= isinstance(error, GaveUp)
        if len(named) > 1 and isinstance(error, Rejected):  # one that is no subscription spoils the call for all
            return {each for name in named for each in _of_named(service, [name], sight)}
        why = f"Azure did not tell ({error.message})" if isinstance(error, GaveUp) else _CANNOT + f" ({error.message})"
        sight.missing.update(dict.fromkeys(named, why))
        return set()
    sight.missing.update(dict.fromkeys(sorted(set(named) - found), _CANNOT))
    return found & set(named)


def _subscriptions(
    service: Service, sight: Sight, where: str, *, management_group: str = "", subscriptions: Sequence[str] = ()
) -> set[str]:
    """Ids of the subscriptions Resource Graph shows there; an answer that is not whole is said."""
    found: set[str] = set()
    hit = cut_off = False
    total: int | None = None
    try:
        for page in service.pages(SUBSCRIPTIONS, subscriptions=subscriptions, management_group=management_group):
            found.update(filter(None, map(_id_in, page.rows)))
            hit, cut_off, total = hit or page.limit_hit, cut_off or page.cut_off, page.total
    except AskFailed as error:
        if not found:
            raise
        sight.say(f"the list of subscriptions of {where} broke off: {error.message}", incomplete=True)
    else:
        if total is None or len(found) < total:
            of = "nobody knows how many" if total is None else total
            sight.say(f"{len(found)} of {of} subscriptions of {where} were named", incomplete=True)
    if cut_off:
        sight.say(f"the list of subscriptions of {where} was cut off (resultTruncated)", incomplete=True)
    if hit:
        sight.say(
            f"{where} has more subscriptions than Resource Graph searches at once (10,000); name smaller management"
            " groups, or subscriptions",
            incomplete=True,
        )
    return found


def _id_in(row: bytes) -> str:
    """The subscription that a row names; "" where it names none."""
    try:
        value = msgspec.json.decode(row)
    except (msgspec.DecodeError, UnicodeError):
        return ""
    given = value.get("subscriptionId") if isinstance(value, dict) else None
    return given.lower() if isinstance(given, str) else ""
