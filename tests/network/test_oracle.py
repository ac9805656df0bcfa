"""The algebra of security groups, packet by packet, against an oracle that knows no sets."""

import os
import random
from itertools import pairwise
from typing import Any

import pytest

from scanner.language.values import Truth
from scanner.network.intervals import Intervals, address_of, contains, normal, parse, size, union
from scanner.network.judge import Question, Ruling, Target, judge
from scanner.network.place import Attached, Way
from scanner.network.reach import Network
from scanner.network.rules import Nsg, read_nsg
from scanner.network.tags import ServiceTags, given
from tests.network import oracle
from tests.network.oracle import Packet, Raw

FLOWS = int(os.environ.get("NSG_FLOWS", "100000"))
SUBNET = "10.1.2.0/24"
GROUPS = [f"/subscriptions/s/resourcegroups/g/providers/microsoft.network/applicationsecuritygroups/{n}" for n in "ab"]
TAGS = {
    "storage": ["20.60.0.0/16", "52.239.128.0/18", "20.150.0.0/28"],  # old: it lacks a range of EastUS
    "storage.eastus": ["20.60.0.0/20", "20.60.32.0/24", "20.60.255.255/32", "52.239.152.0/22", "191.232.0.0/31"],
    "azurecloud": ["20.60.0.0/17", "52.239.0.0/16"],
    "azurecloud.eastus": ["20.60.0.0/21", "20.60.32.128/25"],
    "azurebackup": ["20.61.0.0/24"],
    "empty": [],
}
ASKED = "Storage.EastUS"
SMALL = [
    "20.60.0.0/16",
    "20.60.0.0/20",
    "20.60.8.0/21",
    "20.60.15.255/32",
    "20.60.16.0/20",
    "20.60.32.0/25",
    "20.60.32.128",
    "52.239.152.0/24",
    "52.239.154.0/23",
    "52.239.128.0/18",
    "191.232.0.1/32",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "20.60.255.254/31",
    "20.60.4.7/22",
    "10.0.0.0/8",
    "2603:1030::/32",
]
DESTINATIONS = [
    *SMALL,
    "*",
    "Internet",
    "0.0.0.0/0",
    "VirtualNetwork",
    "AzureLoadBalancer",
    "Storage",
    "storage.eastus",
    "STORAGE.EASTUS",
    "AzureCloud",
    "AzureCloud.eastus",
    "AzureBackup",
    "Empty",
    "Nobody.Knows",
]
SOURCES = [
    "10.1.2.0/24",
    "10.1.2.8/29",
    "10.1.2.9",
    "10.1.0.0/16",
    "10.9.0.0/16",
    "10.1.2.128/25",
    "VirtualNetwork",
    "Internet",
    "AzureCloud",
    "Nobody.Knows",
    "::/0",
    "*",
    "Any",
]
SOURCE_PORTS = ["22", "*", "49152-65535", "50000-50010", "1-60000"]
PORTS = ["443", "*", "80", "400-500", "0-442", "444-65535", "443-443", "8080"]


def tags() -> ServiceTags:
    values = [{"name": name, "properties": {"addressPrefixes": prefixes}} for name, prefixes in TAGS.items()]
    found = given({"cloud": "Public", "changeNumber": 1, "values": values})
    assert found
    return found


def cased(text: str, dice: random.Random) -> str:
    return dice.choice((text, text, text.lower(), text.upper())) if ":" not in text else text


def some(dice: random.Random, stock: list[str], name: str) -> Raw:
    """A singular, a plural, or both, of texts of the stock."""
    plural = name + ("es" if name.endswith("Prefix") else "s")
    if dice.random() < 0.6:
        return {name: cased(dice.choice(stock), dice), plural: dice.choice(([], None))}
    listed = [cased(text, dice) for text in dice.sample(stock, min(len(stock), dice.randint(1, 3)))]
    return {plural: listed, **({name: cased(dice.choice(stock), dice)} if dice.random() < 0.2 else {})}


def rule(dice: random.Random, number: int) -> Raw:
    plain = dice.random() < 0.6
    source = {"sourceAddressPrefix": "*"} if plain else some(dice, SOURCES, "sourceAddressPrefix")
    if dice.random() < 0.1:
        source = {"sourceApplicationSecurityGroups": [{"id": dice.choice(GROUPS).upper()}]}
    return {
        "name": f"r{number}",
        "priority": dice.choice(range(100, 130)),
        "access": cased(dice.choice(("Allow", "Deny")), dice),
        "direction": cased("Outbound" if dice.random() < 0.9 else "Inbound", dice),
        "protocol": cased(dice.choice(("Tcp", "Tcp", "*", "*", "Udp", "Icmp")), dice),
        **some(dice, ["*"] if dice.random() < 0.8 else SOURCE_PORTS, "sourcePortRange"),
        **some(dice, ["443", "*"] if dice.random() < 0.7 else PORTS, "destinationPortRange"),
        **source,
        **some(dice, DESTINATIONS, "destinationAddressPrefix"),
    }


def group(dice: random.Random) -> tuple[list[Raw], Nsg]:
    rules = [rule(dice, number) for number in range(dice.randint(0, 9))]
    bodies = [{"name": one["name"], "properties": {k: v for k, v in one.items() if k != "name"}} for one in rules]
    shown = [{"name": "default", "properties": one} for one in oracle.defaults()] if dice.random() < 0.5 else None
    properties: dict[str, Any] = {"securityRules": bodies, "defaultSecurityRules": shown}
    return [*rules, *oracle.defaults()], read_nsg("nsg", properties)


def nic(dice: random.Random) -> Packet:
    known = dice.random() < 0.7
    address = address_of(dice.choice(("10.1.2.9", "10.1.2.200", "10.1.2.8"))) if known else None
    return Packet(0, 443, ASKED, address, SUBNET, frozenset(dice.sample(GROUPS, dice.randint(0, 2))))


def sources_of(nsg: Nsg, packet: Packet, known: ServiceTags) -> dict[Any, Truth]:
    from scanner.facts.places import matches

    around = parse(SUBNET)
    assert isinstance(around, tuple)
    own: Intervals = around if packet.source is None else ((packet.source, packet.source),)
    return {side: matches(side, own, tuple(packet.groups), known) for side in nsg.narrow}


def answers(ruling: Ruling, address: int) -> set[bool]:
    found: set[bool] = set()
    if any(contains(one.ranges, address) for one in ruling.allowed):
        found.add(True)
    if any(contains(one.ranges, address) for one in ruling.denied):
        found.add(False)
    if any(contains(one.ranges, address) for one, _ in ruling.unsure):
        assert not found, "a slice is in two parts"
        found = {True, False}
    assert found, "an address is in no part"
    return found


def whole(ruling: Ruling) -> Intervals:
    found: Intervals = ()
    total = 0
    for one in (*ruling.allowed, *ruling.denied, *(slice for slice, _ in ruling.unsure)):
        found = union(found, one.ranges)
        total += size(one.ranges)
    assert total == size(found), "parts overlap"
    return found


def overall(several: list[set[bool]]) -> Truth:
    """The answer about a whole tag: one address surely denied is a no."""
    if {False} in several:
        return False
    return True if all(one == {True} for one in several) else None


def both(one: set[bool], other: set[bool]) -> set[bool]:
    return {first and second for first in one for second in other}


def test_a_packet_that_the_algebra_judges_otherwise_than_first_match() -> None:
    """Two groups at a time; every edge of every prefix, and one off it, within the tag that is asked for."""
    dice = random.Random(20251117)
    known = tags()
    ranges = known.ranges(ASKED.lower())
    assert ranges
    target = Target(ASKED, ranges, True)
    flows = unsure = closed = 0
    while flows < FLOWS:
        packet = nic(dice)
        groups = [group(dice), group(dice)]
        found = []
        sides = []
        for where, (_, nsg) in zip(("its NIC", "subnet s"), groups, strict=True):
            sources = sources_of(nsg, packet, known)
            sides.append(Attached(where, nsg, sources))
            found.append(judge(nsg, Question(target, "tcp", 443), sources, known))
            assert whole(found[-1]) == ranges
        network = Network((), "eastus", (sides[0], sides[1]), Way(), lambda _: known, "2026-11-22", {})
        edges = oracle.edges([*groups[0][0], *groups[1][0]], TAGS["storage.eastus"], TAGS)
        told = []
        for address in sorted(edges):
            one = Packet(address, packet.port, packet.asked, packet.source, packet.subnet, packet.groups)
            parts = [oracle.possible(rules, one, TAGS) for rules, _ in groups]
            for ruling, part, (rules, _) in zip(found, parts, groups, strict=True):
                assert answers(ruling, address) == part, f"{oracle.dotted(address)} from {one} by {rules}"
            told.append(both(*parts))
            flows += 2
        witness = network.reach("Storage", "443")
        assert witness.answer is overall(told), f"{packet} by {groups}"
        assert bool(witness.why) is (witness.answer is None)
        unsure += witness.answer is None
        closed += witness.answer is False
    assert unsure > 100, "too few questions that nobody can answer"
    assert closed > 100


@pytest.mark.parametrize("seed", range(3))
def test_sets_of_addresses_that_differ_from_sets_of_numbers(seed: int) -> None:
    from scanner.network.intervals import intersection, subtraction

    dice = random.Random(seed)
    for _ in range(3000):
        one, other = (
            [(low, low + dice.randint(0, 6)) for low in (dice.randint(0, wide) for _ in range(dice.randint(0, most)))]
            for wide, most in (dice.choice(((40, 6), (400, 60))), dice.choice(((40, 6), (400, 3))))
        )
        numbers = [{n for low, high in ranges for n in range(low, high + 1)} for ranges in (one, other)]
        left, right = normal(one), normal(other)
        for made, wanted in (
            (left, numbers[0]),
            (union(left, right), numbers[0] | numbers[1]),
            (intersection(left, right), numbers[0] & numbers[1]),
            (subtraction(left, right), numbers[0] - numbers[1]),
        ):
            assert {n for low, high in made for n in range(low, high + 1)} == wanted
            assert size(made) == len(wanted)
            assert made == normal(made)
            assert all(high + 1 < low for (_, high), (low, _) in pairwise(made))
