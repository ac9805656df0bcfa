"""One packet against raw rules, first match by first match, with nothing of the scanner: what its algebra is held to.

Written from the documentation alone: numbers of addresses, no sets. A rule nobody can judge is tried both ways, so
that a packet gets every answer that is possible.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_network
from itertools import permutations
from typing import Any

Raw = dict[str, Any]


@dataclass(frozen=True)
class Packet:
    """tcp from a NIC to one address; `asked` is the service tag the question was about, "" for an address."""

    address: int
    port: int
    asked: str
    source: int | None
    subnet: str
    groups: frozenset[str]
    inside: tuple[str, ...] = ()
    """Prefixes of the virtual network and its peers, for an address; of a service tag they say nothing."""
    routed: tuple[str, ...] = ()
    """Prefixes that user-defined routes name, which VirtualNetwork may hold too."""


@lru_cache(None)
def network(text: str) -> IPv4Network | None:
    """None for what is no IPv4 prefix."""
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def is_v6(text: str) -> bool:
    try:
        return ip_network(text, strict=False).version == 6
    except ValueError:
        return False


@lru_cache(None)
def bounds(text: str) -> tuple[int, int]:
    found = network(text)
    assert found
    return int(found[0]), int(found[-1])


def texts(rule: Raw, name: str) -> list[str]:
    plural = name + ("es" if name.endswith("Prefix") else "s")
    given = [rule.get(name)] if rule.get(name) else []
    return [*given, *(rule.get(plural) or [])]


def port_matches(rule: Raw, name: str, wanted: range) -> bool | None:
    """Whether all ports wanted are covered by one range, none (False), or some."""
    some = False
    for text in texts(rule, name):
        low, _, high = ("0-65535" if text in ("*", "Any") else text).partition("-")
        first, last = int(low), int(high or low)
        if first <= wanted[0] and wanted[-1] <= last:
            return True
        some = (
            some or any(first <= port <= last for port in (wanted[0], wanted[-1])) or wanted[0] <= first <= wanted[-1]
        )
    return None if some else False


def source_matches(rule: Raw, packet: Packet, tags: Mapping[str, list[str]]) -> bool | None:
    answers: list[bool | None] = []
    for text in texts(rule, "sourceAddressPrefix"):
        name = text.lower()
        if name in ("*", "any", "0.0.0.0/0", "virtualnetwork"):
            return True
        if is_v6(text):
            continue
        if network(text) is None:
            known = name in tags or name in ("internet", "azureloadbalancer")
            answers.append(False if known else None)
        elif packet.source is not None:
            low, high = bounds(text)
            answers.append(low <= packet.source <= high)
        else:
            mine, theirs = network(packet.subnet), network(text)
            assert mine
            assert theirs
            answers.append(True if mine.subnet_of(theirs) else None if mine.overlaps(theirs) else False)
    groups = rule.get("sourceApplicationSecurityGroups") or ()
    answers += [group["id"].lower() in packet.groups for group in groups]
    return True if True in answers else None if None in answers else False


def near(packet: Packet, prefixes: Iterable[str]) -> bool:
    return any(low <= packet.address <= high for low, high in map(bounds, prefixes))


PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def by_meaning(name: str, packet: Packet) -> bool | None:
    """Internet and VirtualNetwork, which are no lists of addresses."""
    if name == "internet":
        return bool(packet.asked) or not near(packet, (*packet.inside, *PRIVATE))
    if name == "virtualnetwork":
        if not packet.asked and near(packet, packet.inside):
            return True
        may = near(packet, packet.routed) or (not packet.asked and near(packet, PRIVATE))
        return None if may else False
    return False


def destination_matches(rule: Raw, packet: Packet, tags: Mapping[str, list[str]]) -> bool | None:
    answers: list[bool | None] = []
    for text in texts(rule, "destinationAddressPrefix"):
        name = text.lower()
        if name in ("*", "any", "0.0.0.0/0"):
            return True
        if packet.asked and name in (packet.asked.lower(), packet.asked.lower().partition(".")[0]):
            return True
        if is_v6(text):
            continue
        if name in ("internet", "virtualnetwork", "azureloadbalancer"):
            answers.append(by_meaning(name, packet))
        elif network(text) is not None:
            low, high = bounds(text)
            answers.append(low <= packet.address <= high)
        elif name in tags:
            answers.append(any(low <= packet.address <= high for low, high in map(bounds, tags[name])))
        else:
            answers.append(None)
    return True if True in answers else None if None in answers else False


def matches(rule: Raw, packet: Packet, tags: Mapping[str, list[str]]) -> bool | None:
    if rule["direction"].lower() != "outbound" or rule["protocol"].lower() not in ("*", "tcp", "any"):
        return False
    answers = (
        port_matches(rule, "destinationPortRange", range(packet.port, packet.port + 1)),
        port_matches(rule, "sourcePortRange", range(49152, 65536)),
        source_matches(rule, packet, tags),
        destination_matches(rule, packet, tags),
    )
    return False if False in answers else None if None in answers else True


def orders(rules: list[Raw]) -> Iterator[list[Raw]]:
    """Every order that rules may stand in: by priority, those of one priority in any order."""
    by_priority: dict[int, list[Raw]] = {}
    for rule in rules:
        by_priority.setdefault(rule["priority"], []).append(rule)

    def walk(priorities: list[int]) -> Iterator[list[Raw]]:
        if not priorities:
            yield []
            return
        for rest in walk(priorities[1:]):
            for head in permutations(by_priority[priorities[0]]):
                yield [*head, *rest]

    yield from walk(sorted(by_priority))


def possible(rules: list[Raw], packet: Packet, tags: Mapping[str, list[str]]) -> set[bool]:
    """Every answer that the group may give: True lets it out."""
    met = [(rule, answer) for rule in rules if (answer := matches(rule, packet, tags)) is not False]
    found: set[bool] = set()
    for order in orders([rule for rule, _ in met]):
        for rule in order:
            found.add(rule["access"].lower() == "allow")
            if next(answer for other, answer in met if other is rule):
                break
        else:
            raise AssertionError("no rule covers the packet")
    return found


def defaults() -> list[Raw]:
    body = {"direction": "Outbound", "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*"}
    given = [
        (65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
        (65001, "Allow", "*", "Internet"),
        (65500, "Deny", "*", "*"),
    ]
    return [
        {**body, "priority": at, "access": access, "sourceAddressPrefix": source, "destinationAddressPrefix": to}
        for at, access, source, to in given
    ]


def edges(rules: Iterable[Raw], asked: list[str], tags: Mapping[str, list[str]]) -> set[int]:
    """Every address of the tag that is on an edge of a prefix in the rules, or one off it."""
    named = {text for rule in rules for text in texts(rule, "destinationAddressPrefix")}
    prefixes = {text for text in named if network(text)} | set(asked)
    prefixes |= {prefix for text in named for prefix in tags.get(text.lower(), [])}
    ends = {end for prefix in prefixes for end in bounds(prefix)}
    near = {end + step for end in ends for step in (-1, 0, 1)}
    return {address for address in near if any(low <= address <= high for low, high in map(bounds, asked))}


def dotted(address: int) -> str:
    return str(IPv4Address(address))
