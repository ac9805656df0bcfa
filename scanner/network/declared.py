"""What an owner states that no row shows: what an appliance, a gateway, a firewall or a network manager lets pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scanner.network.intervals import EVERYTHING, LAST, NOTHING, Intervals, intersection, normal, parse, union
from scanner.network.judge import Target
from scanner.network.tags import ServiceTags

GATEWAY = "virtualnetworkgateway"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One statement. `hop`: whom it is about, as addresses of appliances, or by name (a gateway, a manager's id).

    `scope`: the ids in lower case that it holds below; none: everywhere.
    """

    hops: Intervals
    named: str
    tags: tuple[str, ...]
    ranges: Intervals
    ports: tuple[tuple[int, int], ...]
    owner: str
    date: str
    expires: str
    reason: str
    scope: tuple[str, ...] = ()
    written: str = ""
    """The hop as it is written."""

    def said(self) -> str:
        return f"declared by {self.owner} on {self.date}, until {self.expires}: {self.reason}"

    def holds_for(self, place: str) -> bool:
        """`place`: the id of a subnet in lower case."""
        return holds_below(self.scope, place)

    def about(self, hop: str, address: str) -> bool:
        """Whether it speaks of that next hop: "appliance" with its address, or a name."""
        found = parse(address) if hop == "appliance" else None
        if isinstance(found, tuple):
            return intersection(self.hops, found) == found
        return bool(self.named) and hop == self.named

    def expired(self, day: str) -> bool:
        """Its last day is `expires` itself, in UTC."""
        return day[:10] > self.expires

    def allowed(self, ranges: Intervals, target: Target, port: int, tags: ServiceTags | None) -> Intervals:
        """Which of the addresses of a target it lets pass."""
        if not any(low <= port <= high for low, high in self.ports):
            return NOTHING
        if self.ranges == EVERYTHING or any(target.named_by(tag) for tag in self.tags):
            return ranges
        if target.ranges is None:
            return NOTHING
        found = self.ranges
        for tag in self.tags:
            found = union(found, (tags.ranges(tag) if tags is not None else None) or NOTHING)
        return intersection(ranges, found)


def holds_below(scope: Sequence[str], place: str) -> bool:
    return not scope or any(place == one or place.startswith(f"{one}/") for one in scope)


def read(properties: Any) -> Declaration | str:
    """The statement in the properties of a row, or what of it cannot be read: half a statement states nothing."""
    if not isinstance(properties, dict):
        return "it has no properties"
    texts = {name: properties.get(name) for name in ("hop", "owner", "date", "expires", "reason")}
    for name, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            return f"{name} is no text"
    given = {name: str(value).strip() for name, value in texts.items()}
    for name in ("date", "expires"):
        if not is_day(given[name]):
            return f"{name} {given[name]!r} is no day such as 2026-11-22"
    hops, named = hop_of(given["hop"])
    if not hops and not named:
        return f"hop {given['hop']!r} is no address, no prefix, not VirtualNetworkGateway and no resource id"
    allows, ports, scope = (_texts(properties.get(name)) for name in ("allows", "ports", "scope"))
    if not allows or not ports or (scope is None and properties.get("scope") is not None):
        return "allows, ports and scope are lists of texts, the first two with at least one"
    tags, ranges = destinations(allows)
    numbers = [port_range(port) for port in ports]
    if None in numbers or "" in tags:
        return "allows or ports names what is none"
    below = tuple(one.lower().rstrip("/") for one in scope or ())
    return Declaration(
        hops,
        named,
        tags,
        ranges,
        tuple(pair for pair in numbers if pair is not None),
        given["owner"],
        given["date"],
        given["expires"],
        given["reason"],
        below,
        given["hop"],
    )


def is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def hop_of(text: str) -> tuple[Intervals, str]:
    """(addresses, name) of what a statement is about; neither for what cannot be read."""
    found = parse(text)
    if isinstance(found, tuple):
        return found, ""
    name = text.lower().rstrip("/")
    if name == GATEWAY:
        return NOTHING, "gateway"
    return NOTHING, name if name.startswith("/subscriptions/") else ""


def destinations(texts: Iterable[str]) -> tuple[tuple[str, ...], Intervals]:
    """(tags, addresses) of what is let pass; "" among the tags for what is neither."""
    tags: list[str] = []
    ranges: list[tuple[int, int]] = []
    for text in (one.strip() for one in texts):
        found = parse(text)
        if text in ("*", "Internet", "internet"):
            ranges.append((0, LAST))
        elif isinstance(found, tuple):
            ranges += found
        else:
            tags.append(text.lower() if text[:1].isalpha() and "/" not in text else "")
    return tuple(tags), normal(ranges)


def port_range(text: str) -> tuple[int, int] | None:
    if text.strip() == "*":
        return 0, 65535
    low, dash, high = (part.strip() for part in text.partition("-"))
    numbers = [low, high] if dash else [low, low]
    if not all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers):
        return None
    first, last = map(int, numbers)
    return (first, last) if first <= last <= 65535 else None


def _texts(value: Any) -> list[str] | None:
    """A list of texts; one text or number counts as a list of it."""
    listed = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value
    if not isinstance(listed, list):
        return None
    found = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in listed]
    return found if all(isinstance(one, str) and one.strip() for one in found) else None
