"""Who may read what: subscriptions, single resource groups, single actions, and the tokens that are accepted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from scanner.rowtypes import resource_group_of, subscription_of
from tests.emulator import errors

MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the rows one query may see, all in lower case."""

    subscriptions: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Subscriptions of which only some resource groups are seen."""
    hidden: tuple[str, ...] = ()
    """Row types whose reading is denied."""
    above: tuple[str, ...] = ()
    """Management groups whose own rows are seen too."""

    def where(self) -> str:
        """The condition on the columns sub, grp and kin of the seed."""
        scopes = [f"sub in ({_texts(self.subscriptions)})"] if self.subscriptions else []
        scopes.extend(
            f"(sub = '' and starts_with(lower(id), {_texts([f'{MANAGEMENT_GROUPS}{group}/'])}))" for group in self.above
        )
        found = [f"({' or '.join(scopes)})" if scopes else "false"]
        for subscription, groups in self.groups:
            inside = f"grp in ({_texts(groups)}) or " if groups else ""
            found.append(f"(sub <> {_texts([subscription])} or {inside}kin = 'microsoft.resources/subscriptions')")
        if self.hidden:
            found.append(f"kin not in ({_texts(self.hidden)})")
        return " and ".join(found)


def _texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def _lower(values: Iterable[str]) -> set[str]:
    return {value.lower() for value in values}


@dataclass(slots=True)
class Access:
    """May be changed while the emulator runs; letter case does not matter but in tokens."""

    unreadable: set[str] = field(default_factory=set)
    """Subscriptions that are there and the caller may not read."""
    resource_groups: dict[str, set[str]] = field(default_factory=dict)
    """Subscriptions in which the caller has a role on these resource groups only."""
    permissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What the permissions API says by subscription; by default what the rest of this says."""
    denied: set[str] = field(default_factory=set)
    """Actions, "Microsoft.Authorization/locks/read", or at one scope only: "<action>@<part of an id>".

    "<row type>/read" hides those rows from queries as well.
    """
    tokens: set[str] | None = None
    """The bearer tokens that are accepted; None: any, and none at all."""
    expired: set[str] = field(default_factory=set)

    def check_token(self, header: str) -> None:
        token = header.partition(" ")[2].strip() if header.lower().startswith("bearer ") else ""
        if token in self.expired:
            raise errors.expired()
        if self.tokens is not None and token not in self.tokens:
            raise errors.unauthenticated(bool(token))

    def readable(self, subscriptions: Iterable[str]) -> list[str]:
        unreadable = _lower(self.unreadable)
        return [each.lower() for each in subscriptions if each.lower() not in unreadable]

    def check(self, action: str, scope: str) -> None:
        """Raises the 403 of an action that is denied, or whose scope is outside of what the caller may read."""
        if not self.may(action, scope):
            raise errors.forbidden(action, scope)

    def may(self, action: str, scope: str) -> bool:
        for each in self.denied:
            name, _, part = each.lower().partition("@")
            if name == action.lower() and part in scope.lower():
                return False
        subscription = subscription_of(scope)
        if subscription in _lower(self.unreadable):
            return False
        groups = self.groups(subscription)
        return groups is None or resource_group_of(scope).lower() in groups

    def groups(self, subscription: str) -> set[str] | None:
        """The resource groups that alone are seen in a subscription; None where all are."""
        found = {name.lower(): groups for name, groups in self.resource_groups.items()}
        return _lower(found[subscription.lower()]) if subscription.lower() in found else None

    def sight(self, subscriptions: Iterable[str], above: Iterable[str] = ()) -> Sight:
        seen = self.readable(subscriptions)
        groups = [(each, groups) for each in seen if (groups := self.groups(each)) is not None]
        suffix = "/read"
        hidden = {each.lower().removesuffix(suffix) for each in self.denied if each.lower().endswith(suffix)}
        return Sight(
            tuple(sorted(seen)),
            tuple((each, tuple(sorted(names))) for each, names in groups),
            tuple(sorted(each for each in hidden if "@" not in each)),
            tuple(sorted(above)),
        )

    def permissions_at(self, subscription: str) -> list[dict[str, Any]]:
        given = {name.lower(): value for name, value in self.permissions.items()}
        if subscription.lower() in given:
            return given[subscription.lower()]
        if self.groups(subscription) is not None:
            return []
        denied = sorted(each for each in self.denied if "@" not in each)
        return [{"actions": ["*/read"], "notActions": denied, "dataActions": [], "notDataActions": []}]
