"""What waives the findings of a scan: the waivers of a file, and those exemptions of Azure Policy that are mapped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scanner.facts.exemption import Exemption, exemptions
from scanner.facts.fleet import Fleet
from scanner.globs import matcher
from scanner.language.words import epoch
from scanner.model import Waiver
from scanner.waivers.held import Grant, Terms

_GROUPS = "/providers/microsoft.management/managementgroups/"
_FIRST, _LAST = (
    int(time.replace(tzinfo=UTC).timestamp()) for time in (datetime.min, datetime.max.replace(microsecond=0))
)
"""Seconds since 1970. .NET's greatest time, which stands for "never" in many a tool, lies a rounding beyond."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which policies an exemption from some assignments waives. `definitions`: the references, within an initiative,
    of the definitions that stand for these policies."""

    assignments: tuple[str, ...]
    policies: tuple[str, ...]
    definitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiving:
    """What the user grants, and the terms it is held to."""

    waivers: tuple[Waiver, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    terms: Terms = field(default_factory=Terms)


def grants(waiving: Waiving, fleet: Fleet) -> list[Grant]:
    """Every waiver there is, those of the file first."""
    return [*map(Grant, waiving.waivers), *exempted(fleet, waiving.mapped)]


def exempted(fleet: Fleet, mapped: Sequence[Mapped]) -> list[Grant]:
    """A waiver for each exemption that speaks of a mapped assignment; what it waives by several mappings is one."""
    found = []
    for each in exemptions(fleet):
        spoken = [one for one in mapped if matcher(one.assignments)(each.assignment)]
        policies = tuple(dict.fromkeys(name for one in spoken if _meant(each, one) for name in one.policies))
        if policies:
            found.append(_grant(each, policies, fleet))
    return found


def _meant(exemption: Exemption, mapped: Mapped) -> bool:
    """An exemption from some definitions of an initiative is one from the policies that these stand for, no more."""
    if not exemption.references:
        return exemption.references is not None
    return bool({name.lower() for name in mapped.definitions} & set(exemption.references))


def _grant(exemption: Exemption, policies: tuple[str, ...], fleet: Fleet) -> Grant:
    resources, why = _resources(exemption.scope, fleet)
    expires = _time(exemption.expires)
    said = exemption.metadata
    waiver = Waiver(
        policies,
        resources,
        _first(said, "owner", "requestedBy", "approvedBy", "createdBy") or "not told",
        " ".join(f"{exemption.name}: {exemption.description}".removesuffix(": ").split()),
        expires or exemption.expires or "never",
        _first(said, "ticketRef", "ticket"),
        _time(exemption.created)[:10],
        "exemption",
        exemption.id,
    )
    if exemption.narrowed:
        why = "it has resource selectors, which are not read: it does not hold"
    elif not exemption.expires:
        why = "it has no expiresOn, and a waiver must have an end: it does not hold"
    elif not expires:
        why = f"its expiresOn {exemption.expires!r} is no time: it does not hold"
    return Grant(waiver, why)


def _resources(scope: str, fleet: Fleet) -> tuple[tuple[str, ...], str]:
    """What is exempt, as patterns of ids; and why that cannot be told."""
    if not scope.startswith(_GROUPS):
        return (scope, f"{scope}/*"), ""
    group = scope.removeprefix(_GROUPS)
    below = sorted(key for key, chain in fleet.table("subscriptions").items() if group in map(str.lower, chain))
    if below:
        return tuple(f"{subscription}/*" for subscription in below), ""
    return (scope,), f"no subscription is known to be below management group {group}: it does not hold"


def _first(said: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := said.get(name), str) and value.strip()), "")


def _time(text: str) -> str:
    """A time in UTC, to the second; "" where it is none."""
    seconds = epoch(text)
    if seconds is None:
        return ""
    within = min(max(int(seconds), _FIRST), _LAST)
    return datetime.fromtimestamp(within, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
