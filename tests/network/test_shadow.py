"""Rules that can never match, against an oracle that sends every packet of a small world down the list."""

import random
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from scanner.model import Row
from scanner.network.intervals import parse
from scanner.network.rules import read_nsg
from scanner.network.shadow import shadowed
from tests.network.build import ALLOW_STORAGE, DENY_INTERNET, asg, behind, reach, rule
from tests.network.oracle import bounds
from tests.network.test_oracle import TAGS, tags
from tests.network.test_oracle import rule as raw_rule

PREFIXES = ["*", "10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/31", "10.0.0.1/32", "10.0.0.3"]
PORTS = ["*", "80", "81", "80-81", "0-79", "82-65535"]
PROTOCOLS = ["*", "Tcp", "Udp"]
SEEN = list(
    product(
        ("tcp", "udp", "esp"),
        [*range(bounds("10.0.0.0")[0], bounds("10.0.0.0")[0] + 4), 5],  # 5 is any other address
        (79, 80, 81, 82),
        [*range(bounds("10.0.0.0")[0], bounds("10.0.0.0")[0] + 4), 5],
        (79, 80, 81, 82),
    )
)
"""Every packet that these rules tell apart."""


def dead(rules: list[Row], packets: Iterable[Any], match: Callable[[Row, Any], bool]) -> set[str]:
    """The rules that are never the first to match."""
    alive = set()
    ordered = sorted(rules, key=lambda one: one["properties"]["priority"])
    for packet in packets:
        alive |= {next((one["name"] for one in ordered if match(one["properties"], packet)), "")}
    return {one["name"] for one in rules} - alive


def covers(text: str, number: int, whole: tuple[int, int]) -> bool:
    if text == "*":
        return True
    if whole[1] == 65535:
        low, _, high = text.partition("-")
        return int(low) <= number <= int(high or low)
    low_end, high_end = bounds(text)
    return low_end <= number <= high_end


def plain_match(body: Row, packet: Any) -> bool:
    protocol, source, source_port, to, port = packet
    ports, addresses = (0, 65535), (0, 2**32)
    return (
        body["protocol"].lower() in ("*", protocol)
        and covers(body["sourceAddressPrefix"], source, addresses)
        and covers(body["sourcePortRange"], source_port, ports)
        and covers(body["destinationAddressPrefix"], to, addresses)
        and covers(body["destinationPortRange"], port, ports)
    )


def test_a_rule_of_prefixes_and_ports_that_every_packet_shows_to_be_dead_or_alive() -> None:
    dice = random.Random(3)
    found = 0
    for _ in range(500):
        rules = [
            rule(
                f"r{number}",
                100 + number,
                dice.choice(("Allow", "Deny")),
                dice.choice(PREFIXES),
                dice.choice(PORTS),
                protocol=dice.choice(PROTOCOLS),
                sourcePortRange=dice.choice(PORTS) if dice.random() < 0.3 else "*",
                sourceAddressPrefix=dice.choice(PREFIXES),
            )
            for number in range(dice.randint(2, 9))
        ]
        told = {one.rule.name for one in shadowed(read_nsg("n", {"securityRules": rules}), None, ())}
        wanted = dead(rules, SEEN, plain_match)
        assert told == wanted
        found += len(wanted)
    assert found > 150


NAMED = ["*", "Internet", "VirtualNetwork", "Storage", "Storage.EastUS", "AzureCloud", "Nobody.Knows", "20.60.0.0/16"]
NAMED += ["10.1.0.0/16", "2603:1030::/32", "AzureLoadBalancer", "0.0.0.0/1"]
INSIDE = "10.1.0.0/16"
ATOMS: dict[str, set[str]] = {
    "a NIC": {"virtualnetwork", INSIDE, "0.0.0.0/1"},
    "a NIC of group a": {"virtualnetwork", INSIDE, "0.0.0.0/1", "a"},
    "a machine on premises": {"virtualnetwork", "0.0.0.0/1"},
    "storage listed": {"internet", "storage", "storage.eastus", "20.60.0.0/16", "azurecloud", "0.0.0.0/1"},
    "storage of the region, new": {"internet", "storage", "storage.eastus", "0.0.0.0/1"},
    "storage elsewhere, new": {"internet", "storage"},
    "storage by IPv6": {"internet", "storage", "storage.eastus", "2603:1030::/32"},
    "the cloud by IPv6": {"internet", "azurecloud"},
    "an unheard-of service": {"nobody.knows"},
    "a service on the Internet": {"internet", "nobody.knows"},
    "anything public": {"internet"},
    "the load balancer": {"azureloadbalancer"},
}
"""What there may be at the other end, with the names and prefixes that hold it."""


def named_match(body: Row, packet: Any) -> bool:
    source, to = packet
    answers = []
    for name, atom in (("source", source), ("destination", to)):
        listed = [body.get(f"{name}AddressPrefix") or "", *(body.get(f"{name}AddressPrefixes") or ())]
        groups = ["a"] if body.get(f"{name}ApplicationSecurityGroups") else []
        answers.append("*" in listed or bool({one.lower() for one in (*listed, *groups)} & ATOMS[atom]))
    return all(answers)


def test_a_rule_that_is_called_dead_and_takes_a_packet() -> None:
    dice = random.Random(4)
    inside = parse(INSIDE)
    assert isinstance(inside, tuple)
    found = 0
    for _ in range(1500):
        rules = []
        for number in range(dice.randint(2, 7)):
            source = {"sourceAddressPrefix": dice.choice(("*", "*", "VirtualNetwork", INSIDE))}
            if dice.random() < 0.2:
                source = {"sourceAddressPrefix": ..., "sourceApplicationSecurityGroups": [{"id": asg("a")}]}  # type: ignore[dict-item]
            to = dice.sample(NAMED, dice.randint(1, 3))
            rules.append(rule(f"r{number}", 100 + number, "Allow", to, "*", **source))
        told = {one.rule.name for one in shadowed(read_nsg("n", {"securityRules": rules}), tags(), inside)}
        assert not told - dead(rules, product(ATOMS, ATOMS), named_match)
        found += len(told)
    assert found > 1000


def test_rules_that_cannot_be_read_neither_hide_nor_are_hidden() -> None:
    odd = [rule("Odd", 100, "Deny", "*", "*", access="Perhaps"), rule("Late", 200, "Deny"), rule("Odd2", 300, "x", "*")]
    assert not shadowed(read_nsg("n", {"securityRules": odd}), None, ())
    tied = [rule("One", 100, "Deny"), rule("Other", 100, "Allow"), rule("In", 90, "Deny", direction="Inbound")]
    assert not shadowed(read_nsg("n", {"securityRules": tied}), None, ())
    dice = random.Random(9)
    for _ in range(200):  # whatever else may stand there
        rules = [{"name": "r", "properties": raw_rule(dice, number)} for number in range(6)]
        shadowed(read_nsg("n", {"securityRules": rules}), tags(), ())
    assert TAGS


def test_the_allow_that_comes_too_late_is_named_where_a_packet_is_walked() -> None:
    late = {**ALLOW_STORAGE, "properties": {**ALLOW_STORAGE["properties"], "priority": 300}}
    steps = reach(behind(DENY_INTERNET, late)).steps
    assert "nsg-app has rules that can never match: AllowStorage (300) behind DenyInternet (200)" in steps
    assert not any("never match" in step for step in reach(behind(ALLOW_STORAGE, DENY_INTERNET)).steps)
    both = [
        rule("Low", 100, "Deny", "0.0.0.0/1"),
        rule("High", 110, "Deny", "128.0.0.0/1"),
        rule("Never", 120, "Allow", "9.9.9.9"),
    ]
    steps = reach(
        behind(*both, rule("Split", 130, "Allow", "100.0.0.0/1"), rule("All", 140, "Deny"), rule("Z", 150, "Deny", "*"))
    ).steps
    said = next(step for step in steps if "never match" in step)
    assert "Never (120) behind Low (100)" in said
    assert "Z (150) behind All (140)" in said
