"""The whole way out, packet by packet, against an oracle that walks it hop by hop and knows no sets."""

import os
import random
from collections import Counter
from typing import Any

from scanner.language.values import Truth
from tests.network import worlds
from tests.network.build import network_of
from tests.network.way_oracle import Asked, World, walk
from tests.rows import facts_of

FLOWS = int(os.environ.get("WAY_FLOWS", "100000"))


def overall(several: list[set[bool]]) -> Truth:
    """The answer about all addresses: one surely lost is a no."""
    if {False} in several:
        return False
    return True if all(one == {True} for one in several) else None


def told(given: World, asked: str) -> tuple[Truth, int]:
    """(what the oracle says, over how many packets)."""
    tag = "" if asked[0].isdigit() else f"Storage.{worlds.REGION}" if asked == "Storage" else asked
    found = [
        walk(given, worlds.packet(given, asked, address), Asked(tag, worlds.REGION), worlds.TAGS)
        for address in worlds.edges(given, asked)
    ]
    return overall(found), len(found)


def test_a_packet_that_goes_another_way_than_hop_by_hop() -> None:
    dice = random.Random(20261123)
    flows = 0
    answers: Counter[tuple[str, Truth]] = Counter()
    while flows < FLOWS:
        given = worlds.world(dice)
        network = network_of(worlds.rows(given))
        for asked in worlds.ASKED:
            wanted, count = told(given, asked)
            witness = network.reach(asked, "443")  # type: ignore[union-attr]
            assert witness.answer is wanted, f"{asked} from {given}: {witness.text}"
            assert bool(witness.why) is (wanted is None)
            flows += count
            answers[asked, wanted] += 1
    rare = [(asked, answer) for asked in worlds.ASKED for answer in (True, False, None) if answers[asked, answer] < 5]
    assert set(rare) <= {("10.50.0.9", True)}, "answers that the worlds hardly show"


def test_a_walk_that_ends_otherwise_than_its_answer() -> None:
    """The steps of the packet shown lead to what the answer says, and name what they met."""
    dice = random.Random(5)
    for _ in range(300):
        given = worlds.world(dice)
        network: Any = network_of(worlds.rows(given))
        for asked in worlds.ASKED:
            witness = network.walked(asked, "443")
            assert witness.steps[0].startswith("packet: tcp 10.1.2.9:49152 → ")
            said = " ".join(witness.steps[1:])
            if witness.answer is True:
                assert "drops it" not in said
                assert witness.steps[-1].startswith("not judged: ")
            if witness.answer is False:
                assert "drops" in said or "no way out" in said or "drops" in witness.text


OPTIONAL = {
    "networkSecurityGroup",
    "routeTable",
    "routes",
    "securityRules",
    "serviceEndpoints",
    "locations",
    "defaultOutboundAccess",
    "destinationAddressPrefixes",
    "defaultOutboundConnectivityEnabled",
    "loadBalancerBackendAddressPools",
    "privateEndpointNetworkPolicies",
    "virtualMachineScaleSet",
    "privateEndpoint",
    "scope",
}
"""What is known to be none where it is absent; and a subnet that says nothing of policies for endpoints is doubted."""
FAR = ("networkmanagers", "privateendpoints", ".nic")
"""Rows that nothing refers to: without them nobody knows of a manager, nor that an address is an endpoint's."""


def lessened(dice: random.Random, value: Any) -> Any:
    """A copy that lacks one property somewhere below."""
    if isinstance(value, list):
        at = dice.randrange(len(value)) if value else 0
        return [lessened(dice, member) if place == at else member for place, member in enumerate(value)]
    if not isinstance(value, dict) or not value:
        return value
    name = dice.choice(sorted(value))
    if dice.random() < 0.4 and name not in OPTIONAL:
        return {other: member for other, member in value.items() if other != name}
    return {**value, name: lessened(dice, value[name])}


def test_a_row_or_a_property_whose_absence_lets_something_out() -> None:
    dice = random.Random(77)
    opened = 0
    for _ in range(1500):
        given = worlds.world(dice)
        whole = worlds.rows(given)
        before = {asked: network_of(whole).reach(asked, "443").answer for asked in worlds.ASKED}  # type: ignore[union-attr]
        kept = [number for number, row in enumerate(whole) if not any(far in row["id"].lower() for far in FAR)]
        for _ in range(4):
            at = dice.choice(kept)
            row = whole[at]
            if dice.random() < 0.3:
                less = [other for number, other in enumerate(whole) if number != at]
            else:
                changed = {**row, "properties": lessened(dice, row["properties"])}
                less = [changed if number == at else other for number, other in enumerate(whole)]
            if row["type"] == "microsoft.compute/virtualmachines" or "servicetags" in row["type"]:
                continue  # without its VM there is no question, and without tags given the bundled ones answer
            network = facts_of(less)["network"]
            for asked, was in before.items():
                now = network.reach(asked, "443").answer if hasattr(network, "reach") else None
                assert not (now is True and was is not True), f"{asked}: {was} → {now} without some of {row}"
                opened += was is True
    assert opened > 1000, "nothing was open before"


def test_places_that_many_share_name_their_subnet_and_answer_alike() -> None:
    dice = random.Random(6)
    for _ in range(60):
        given = worlds.world(dice)
        rows = worlds.rows(given)
        alone, shared = network_of(rows), network_of(rows, apart=False)
        for asked in worlds.ASKED:
            one, other = alone.walked(asked, "443"), shared.walked(asked, "443")  # type: ignore[union-attr]
            assert (one.answer, one.text) == (other.answer, other.text)
            assert other.steps[0].startswith("packet: tcp 10.1.2.0/24:49152 → ")
