"""Networks that cannot be read whole: not known with a reason, never an exception, never a yes out of nothing."""

import random
import time
from typing import Any

import pytest

from scanner.model import Row, Unknown
from scanner.network.intervals import address_of, parse
from scanner.network.rules import read_nsg
from scanner.rowtypes import NIC, NSG, VNET
from tests.network.build import (
    ALLOW_STORAGE,
    DENY_INTERNET,
    NIC_NSG_ID,
    NSG_ID,
    PROXY,
    TABLE_ID,
    behind,
    config,
    network_of,
    nic,
    nsg,
    reach,
    routes,
    rule,
    service_tags,
    subnet,
    vm,
    vnet,
)
from tests.rows import facts_of, guest, nic_id, row


def _each(name: str, *values: Any) -> list[Row]:
    return [{name: value} for value in values]


ODD: list[Any] = [None, 0, 3.5, "", "  ", "?", "10.0.0.0/33", "300.1.1.1", [], [None], ["?"], [[]], {}, {"id": 4}, True]
NAMES = [
    "access",
    "direction",
    "priority",
    "protocol",
    "sourceAddressPrefix",
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationPortRange",
    "destinationPortRanges",
    "sourcePortRange",
    "sourceApplicationSecurityGroups",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_value_in_the_rule_that_decides(name: str, odd: Any) -> None:
    """Whatever stands there, an answer that is known must be one that both readings of the rule have in common."""
    closing = rule("Closing", 100, "Deny", "Storage", "443", **{name: odd})
    found = reach(behind(closing))
    assert found.answer in (False, None) or name.endswith("Prefixes") or odd == []
    if found.answer is None:
        assert "Closing" in found.text
        assert found.why


@pytest.mark.parametrize(
    "name",
    [
        "access",
        "direction",
        "priority",
        "protocol",
        "sourceAddressPrefix",
        "sourcePortRange",
        "destinationAddressPrefix",
        "destinationPortRange",
    ],
)
def test_a_rule_that_lacks_a_property_is_not_known_where_it_decides(name: str) -> None:
    opening = rule("Opening", 100, "Allow", "Storage", "443", **{name: ...})
    found = reach(behind(opening, DENY_INTERNET))
    assert found.answer is None
    assert "Opening" in found.why[0].reason
    assert reach(behind(opening)).answer is (None if name == "access" else True), "either way it gets out"
    assert reach(behind(rule("First", 90, "Deny"), opening)).answer in ((None,) if name == "priority" else (False,))


def test_rules_of_one_priority_that_disagree() -> None:
    allow, deny = rule("A", 100, "Allow", "Storage"), rule("B", 100, "Deny", "Internet")
    for order in ((allow, deny), (deny, allow)):
        found = reach(behind(*order))
        assert found.answer is None
        assert "another rule has the same priority" in found.why[0].reason
    assert reach(behind(deny, rule("C", 100, "Deny", "Storage"))).answer is False
    assert reach(behind(allow, rule("C", 100, "Deny", "Internet", "80"))).answer is True


def test_prefixes_that_overlap_repeat_or_are_none() -> None:
    tags = service_tags(Storage_westeurope=["20.60.0.0/24", "20.60.0.0/23", "20.60.0.0/24", "20.60.0.5/32", "::/8"])
    covering = rule("All", 100, "Allow", ["20.60.0.0/24", "20.60.0.0/23", "20.60.0.0/16"], "443")
    assert reach([*behind(covering, DENY_INTERNET), tags]).answer is True
    assert reach(behind(rule("None", 100, "Deny", [], "443"))).answer is None
    assert reach([*behind(ALLOW_STORAGE, DENY_INTERNET), service_tags(Storage_westeurope=[])]).answer is None
    assert reach([*behind(), service_tags(Storage_westeurope=["2603:1030::/32"])]).answer is None
    assert reach([*behind(DENY_INTERNET), service_tags(Storage_westeurope=["nonsense"])]).answer is False
    some = rule("Some", 100, "Deny", ["20.60.0.0/24"])
    assert reach([*behind(some), service_tags(Storage_westeurope=["nonsense"])]).answer is None


def test_another_address_family_is_no_match_and_no_fault() -> None:
    six = rule("Six", 100, "Deny", ["2603:1030::/32", "::/0"])
    assert reach(behind(six)).answer is True
    assert reach(behind(rule("Mixed", 100, "Deny", ["::/0", "*"]))).answer is False
    assert reach(behind(), "2603:1030::1").answer is None
    for text in ("::/129", "1::2::3", "fe80::%eth0/999", ":"):
        assert parse(text) is None


def test_a_thousand_rules() -> None:
    dice = random.Random(1000)
    rules = [
        rule(
            f"r{number}",
            number,
            dice.choice(("Allow", "Deny")),
            f"20.{dice.randrange(65536) // 256}.{dice.randrange(256)}.0/24",
        )
        for number in range(100, 1100)
    ]
    start = time.process_time()
    found = reach(behind(*rules, DENY_INTERNET))
    assert found.answer is False
    assert max(map(len, found.steps)) < 500
    assert time.process_time() - start < 5, "a thousand rules take minutes"


@pytest.mark.parametrize(
    "properties",
    [
        None,
        "x",
        5,
        [],
        {"securityRules": 5},
        {"securityRules": [None]},
        {"securityRules": [{}]},
        {"securityRules": [{"name": 3, "properties": []}]},
        {"defaultSecurityRules": "x"},
        {"defaultSecurityRules": [3]},
    ],
)
def test_a_group_that_cannot_be_read(properties: Any) -> None:
    found = reach([vm(), nic(), vnet(subnet()), row(NSG, NSG_ID, properties)])
    assert found.answer is None
    assert found.why[0].needs == "property"
    read_nsg("x", properties)


@pytest.mark.parametrize(
    ("without", "what"),
    [(NIC, "network interface"), (VNET, "subnet snet-app of vnet1 (rg-net)"), (NSG, "NSG nsg-app (rg-net)")],
)
def test_a_row_that_another_refers_to_and_that_is_not_there(without: str, what: str) -> None:
    found = reach([one for one in behind() if one["type"] != without])
    assert found.answer is None
    assert what in found.why[0].reason
    assert found.why[0].needs == "reference"


def test_a_sure_denial_on_one_side_beats_what_is_not_known_on_the_other() -> None:
    closed = nsg(DENY_INTERNET, identity=NIC_NSG_ID)
    assert reach([vm(), nic(nsg=NIC_NSG_ID), closed]).answer is False
    assert reach([vm(), nic(nsg=NIC_NSG_ID), vnet(subnet()), nsg(DENY_INTERNET)]).answer is False
    assert reach([vm(), nic(nsg=NIC_NSG_ID), vnet(subnet()), nsg()]).answer is None


def test_an_interface_without_an_address_or_a_configuration() -> None:
    assert reach([vm(), nic(nic_id(), config(None)), vnet(subnet()), nsg(DENY_INTERNET)]).answer is False
    assert reach([vm(), nic(nic_id(), config(None)), vnet(subnet()), nsg()]).answer is True
    bare = row(NIC, nic_id(), {"ipConfigurations": []})
    assert reach([vm(), bare, vnet(subnet())]).answer is None
    assert isinstance(facts_of([vm(), bare])["network.private_ip"], Unknown)
    odds: list[Any] = [None, "x", {}, *_each("ipConfigurations", "x", [None], [{}])]
    for odd in odds:
        assert reach([vm(), row(NIC, nic_id(), odd), vnet(subnet())]).answer is None
    assert facts_of([vm(), nic(nic_id(), config("fe80::1"))])["network.private_ip"] != "fe80::1"


def test_a_subnet_without_a_prefix() -> None:
    narrow = nsg(rule("Narrow", 100, "Deny", sourceAddressPrefix="10.1.0.0/16"))
    rows = [vm(), nic(nic_id(), config(None)), narrow]
    assert reach([*rows, vnet(subnet(prefix=None))]).answer is None
    assert reach([*rows, vnet(subnet(prefix="10.1.2.0/99"))]).answer is None
    assert reach([*rows, vnet(subnet(prefix="10.1.2.0/24"))]).answer is False
    assert reach([vm(), nic(), narrow, vnet(subnet(prefix=None))]).answer is False


def test_a_vm_whose_interfaces_or_region_are_not_known() -> None:
    odds: list[Any] = [None, {}, *_each("networkInterfaces", [], "x", [{"id": 4}])]
    for odd in odds:
        assert isinstance(network_of([vm(networkProfile=odd), *behind()[1:]]), Unknown)
    found = reach([vm(location=None), *behind()[1:]])
    assert found.answer is None
    assert found.why[0].reason == "the VM's region is not known"


def test_a_region_that_a_plan_does_not_say_decides_though_it_makes_a_difference() -> None:
    """The answer that is the same in every region is the answer; any other is not known."""
    here = [vm(location=None), nic(), vnet(subnet())]
    assert reach([*here, nsg()], planned=True).answer is True
    assert reach([*here, nsg(rule("All", 100, "Deny"))], planned=True).answer is False
    west = rule("West", 100, "Allow", destinationAddressPrefix="Storage.WestEurope")
    found = reach([*here, nsg(west, rule("All", 200, "Deny"))], planned=True)
    assert found.answer is None
    assert (
        found.why[0].reason == "the VM's region is not known, and tells: open in westeurope, closed in australiacentral"
    )


def test_routes_that_cannot_be_read() -> None:
    rows = [vm(), nic(), vnet(subnet(table=TABLE_ID)), nsg()]
    assert (
        reach(rows).why[0].reason.startswith("route table rt1 (rg-net), which subnet snet-app has, is not in the input")
    )
    for given in (("r", "nonsense/1", "None"), ("r", "Some.Tag", "None"), ("r", "0.0.0.0/0", "Moon")):
        assert reach([*rows, routes(given)]).answer is None
    assert reach([*rows, routes(("six", "::/0", "None"))]).answer is True
    odds: list[Any] = [None, *_each("routes", "x", [None], [{}])]
    for odd in odds:
        assert reach([*rows, {**routes(), "properties": odd}]).answer is None
    assert reach([*rows, routes()]).answer is True


@pytest.mark.parametrize(
    "properties", [None, {}, {"values": "x"}, {"values": []}, {"values": [None, {"name": 3}]}, [], "x"]
)
def test_service_tags_that_cannot_be_read_do_not_displace_the_bundled_ones(properties: Any) -> None:
    odd = {**service_tags(), "properties": properties}
    assert reach([*behind(ALLOW_STORAGE, DENY_INTERNET), odd]).answer is True
    assert "376" in reach([*behind(ALLOW_STORAGE, DENY_INTERNET), odd]).source


@pytest.mark.parametrize("port", ["", "x", "0", "65536", "443-444", "-1", "44٣", "99999999"])
def test_a_port_that_is_none(port: str) -> None:
    assert reach(behind(), "Storage", port).answer is None


@pytest.mark.parametrize("where", ["", " ", "proxy.contoso.com", "10.0.0.0/99", "Storag", "/", "StorageSyncServices"])
def test_what_is_neither_an_address_nor_a_tag(where: str) -> None:
    assert reach(behind(), where).answer is None


@pytest.mark.parametrize(
    "text", ["1.2.3", "1.2.3.4.5", "1.2.3.256", "a.b.c.d", "١.2.3.4", "1.2.3.-4", "1.2.3.4/", "4-3"]
)
def test_texts_that_are_no_address(text: str) -> None:
    assert address_of(text) is None
    assert parse(text) is None


def with_proxy(proxy: Any) -> list[Row]:
    return [*behind(DENY_INTERNET), guest(proxy=proxy)]


@pytest.mark.parametrize(
    "proxy",
    [
        {},
        {"host": 4},
        {**PROXY, "port": None},
        {**PROXY, "addresses": []},
        {**PROXY, "addresses": "x"},
        {**PROXY, "addresses": [None]},
        {**PROXY, "host": "proxy.contoso.com"},
    ],
)
def test_a_proxy_that_cannot_be_asked_for_does_not_count(proxy: Any) -> None:
    from tests.material import policies
    from tests.policies.judging import document_of, explained, verdict
    from tests.rows import fleet_of

    fleet = fleet_of(with_proxy(proxy), asserted=frozenset({"all"}))
    ((_, record),) = fleet.records(vm()["type"])
    for name, wanted in (("outbound-to-storage", "fail"), ("proxy-usable", "unknown")):
        document = {**document_of(policies()[name], record, fleet), "backup.protected": True}
        assert verdict(policies()[name], document) == explained(policies()[name], document) == wanted
