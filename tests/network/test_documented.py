"""Every sentence on security groups, tags and routes that rows can show, by a row that shows it."""

from typing import Any

import pytest

from scanner.model import Row
from tests.network.build import (
    ALLOW_STORAGE,
    DENY_INTERNET,
    NIC_NSG_ID,
    NSG_ID,
    SUBNET_ID,
    TABLE_ID,
    VNET_ID,
    asg,
    behind,
    config,
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
from tests.rows import id_of, nic_id

EAST = ["20.60.0.0/24", "20.60.2.0/23"]
GIVEN = service_tags(
    Storage=[*EAST, "20.61.0.0/24"],
    Storage_westeurope=EAST,
    Storage_eastus=["20.61.0.0/24"],
    AzureCloud_westeurope=["20.60.0.0/25"],
    AzureBackup=["20.70.0.0/24"],
)


def answer(*rules: Row, where: str = "Storage", port: str = "443", **more: Any) -> bool | None:
    return reach([*behind(*rules, **more), GIVEN], where, port).answer


# Order: priority ascending, the first match ends it.


def test_a_deny_after_the_allow_that_matches_first() -> None:
    assert answer(DENY_INTERNET, ALLOW_STORAGE) is True
    assert answer(rule("Late", 300, "Allow", "Storage"), DENY_INTERNET) is False


@pytest.mark.parametrize("shown", [True, False])
def test_default_rules_let_everything_out_whether_the_row_shows_them_or_not(shown: bool) -> None:
    defaults = [
        rule("AllowVnetOutBound", 65000, "Allow", "VirtualNetwork", sourceAddressPrefix="VirtualNetwork"),
        rule("AllowInternetOutBound", 65001, "Allow", "Internet"),
        rule("DenyAllOutBound", 65500, "Deny"),
    ]
    more: dict[str, Any] = {"defaultSecurityRules": defaults} if shown else {}
    assert answer(**more) is True


def test_no_group_at_all_lets_everything_out() -> None:
    found = reach([vm(), nic(), vnet(subnet(None))])
    assert found.answer is True
    assert found.text == "no NSG on its NIC or subnet snet-app: tcp/443 gets out to Storage.WestEurope"


@pytest.mark.parametrize(("on_nic", "on_subnet"), [(True, True), (True, False), (False, True), (False, False)])
def test_both_groups_must_let_it_out(on_nic: bool, on_subnet: bool) -> None:
    groups = [
        nsg(*([] if opened else [DENY_INTERNET]), identity=identity)
        for opened, identity in ((on_nic, NIC_NSG_ID), (on_subnet, NSG_ID))
    ]
    found = reach([vm(), nic(nsg=NIC_NSG_ID), vnet(subnet()), *groups, GIVEN])
    assert found.answer is (on_nic and on_subnet)
    if not on_nic:
        assert found.text.startswith("nsg-nic rule DenyInternet (200) on its NIC drops")


# Fields.


@pytest.mark.parametrize(
    ("where", "same"),
    [
        ("Internet", True),
        ("INTERNET", True),
        ("*", True),
        ("0.0.0.0/0", True),
        ("Any", True),
        ("VirtualNetwork", False),
        ("AzureLoadBalancer", False),
        ("Storage", True),
        ("storage.westeurope", True),
        ("Storage.EastUS", False),
        ("AzureBackup", False),
    ],
)
def test_what_a_denied_destination_covers_of_storage(where: str, same: bool) -> None:
    assert answer(rule("Deny", 100, "Deny", where)) is not same


@pytest.mark.parametrize("how", ["tcp", "TCP", "Tcp", "*", "Any"])
def test_protocols_that_are_tcp(how: str) -> None:
    assert answer(rule("Deny", 100, "Deny", protocol=how)) is False


@pytest.mark.parametrize("how", ["Udp", "icmp", "ESP", "Ah"])
def test_protocols_that_are_not_tcp(how: str) -> None:
    assert answer(rule("Deny", 100, "Deny", protocol=how)) is True


@pytest.mark.parametrize(
    ("ports", "hit"),
    [
        ("443", True),
        ("400-500", True),
        ("*", True),
        (["80", "443"], True),
        ("80", False),
        (["80", "444-500"], False),
        ("0-65535", True),
        ("443-443", True),
    ],
)
def test_ports_single_and_plural(ports: Any, hit: bool) -> None:
    assert answer(rule("Deny", 100, "Deny", "*", ports)) is not hit


def test_an_inbound_rule_says_nothing_of_what_gets_out() -> None:
    assert answer(rule("In", 100, "Deny", direction="Inbound")) is True
    assert answer(rule("In", 100, "deny", direction="OUTBOUND")) is False


def test_empty_plural_beside_a_singular_is_absent_and_both_are_a_union() -> None:
    assert answer(rule("Deny", 100, "Deny", "10.9.9.9", destinationAddressPrefixes=[])) is True
    assert answer(rule("Deny", 100, "Deny", "10.9.9.9", destinationAddressPrefixes=["Storage"])) is False
    assert answer(rule("Deny", 100, "Deny", ["10.9.9.9", "Storage", "20.0.0.0/8"])) is False


def test_a_rule_for_a_source_port_below_the_ephemeral_ones_does_not_apply() -> None:
    assert answer(rule("Deny", 100, "Deny", sourcePortRange="22")) is True
    assert answer(rule("Deny", 100, "Deny", sourcePortRange="1024-65535")) is False
    assert answer(rule("Deny", 100, "Deny", sourcePortRange="50000-51000")) is None


# The source is the NIC's own private address.


@pytest.mark.parametrize(
    ("source", "applies"),
    [
        ("10.1.2.9", True),
        ("10.1.0.0/16", True),
        ("10.1.2.10", False),
        ("10.2.0.0/16", False),
        ("VirtualNetwork", True),
        ("virtualnetwork", True),
        ("*", True),
        ("Any", True),
        ("0.0.0.0/0", True),
        ("Internet", False),
        ("AzureCloud.westeurope", False),
        ("AzureLoadBalancer", False),
        ("Storage", False),
        ("2603:1030::/24", False),
    ],
)
def test_a_source_that_is_the_nic_or_is_not(source: str, applies: bool) -> None:
    assert answer(rule("Deny", 100, "Deny", sourceAddressPrefix=source)) is not applies


@pytest.mark.parametrize(
    ("source", "known"), [("10.1.2.0/24", False), ("10.1.0.0/16", False), ("10.9.0.0/16", True), ("10.1.2.0/25", None)]
)
def test_of_an_address_not_known_a_source_decides_only_for_the_whole_subnet(source: str, known: bool | None) -> None:
    group = nsg(rule("Deny", 100, "Deny", sourceAddressPrefix=source))
    assert reach([vm(), nic(nic_id(), config(None)), vnet(subnet()), group, GIVEN]).answer is known


def test_a_source_group_by_the_membership_of_the_address() -> None:
    group = nsg(
        rule("Deny", 100, "Deny", sourceAddressPrefix=..., sourceApplicationSecurityGroups=[{"id": asg("WEB")}])
    )
    for member, applies in (("web", True), ("sql", False)):
        own = config(applicationSecurityGroups=[{"id": asg(member).upper()}])
        assert reach([vm(), nic(nic_id(), own), vnet(subnet()), group, GIVEN]).answer is not applies
    assert reach([vm(), nic(), vnet(subnet()), group, GIVEN]).answer is True


def test_a_destination_group_is_never_a_public_service() -> None:
    to = rule("Deny", 100, "Deny", None, destinationApplicationSecurityGroups=[{"id": asg("web")}])
    assert answer(to) is True


# Which interface asks.

TWO = [nic_id("nic1"), nic_id("nic2")]


def pair(first: Any, second: Any, /, **marks: bool) -> list[Row]:
    """Two interfaces, of which the second's group drops everything."""
    closed = nsg(DENY_INTERNET, identity=NIC_NSG_ID)
    own: dict[str, dict[str, Any]] = {name: {"primary": mark} for name, mark in marks.items()}
    interfaces = [nic(TWO[0], **own.get("first", {})), nic(TWO[1], nsg=NIC_NSG_ID, **own.get("second", {}))]
    return [vm(nics=[first, second]), *interfaces, vnet(subnet(None)), closed, GIVEN]


def marked(identity: str, primary: bool) -> Row:
    return {"id": identity, "properties": {"primary": primary}}


def test_the_interface_that_the_vms_reference_calls_primary_asks() -> None:
    assert reach(pair(marked(TWO[0], True), marked(TWO[1], False), second=True)).answer is True
    assert reach(pair(marked(TWO[0], False), marked(TWO[1], True), first=True)).answer is False


def test_without_that_the_interfaces_own_mark_counts() -> None:
    assert reach(pair(*TWO, first=True, second=False)).answer is True
    assert reach(pair(*TWO, first=False, second=True)).answer is False
    assert reach(pair(*TWO)).answer is None
    assert reach(pair(*TWO, first=True, second=True)).answer is None


def test_the_primary_address_asks_else_the_first() -> None:
    group = nsg(rule("Deny", 100, "Deny", sourceAddressPrefix="10.1.2.10"))
    for configs, known in (
        ([config("10.1.2.10"), config("10.1.2.11")], False),
        ([config("10.1.2.10", primary=False), config("10.1.2.11", primary=True)], True),
    ):
        assert reach([vm(), nic(nic_id(), *configs), vnet(subnet()), group, GIVEN]).answer is known


# Tags.


def test_storage_is_that_of_the_vms_own_region() -> None:
    assert answer(rule("Deny", 100, "Deny", "Storage.EastUS")) is True
    assert answer(rule("Deny", 100, "Deny", "Storage.EastUS"), where="Storage.EastUS") is False


def test_tags_are_held_against_each_other_by_addresses_not_by_names() -> None:
    found = reach([*behind(rule("AllowCloud", 100, "Allow", "AzureCloud.westeurope"), DENY_INTERNET), GIVEN])
    assert found.answer is False
    assert "to 83% of Storage.westeurope, e.g. 20.60.0.129 (service tags 500)" in found.text


def test_part_of_the_tag_denied_is_a_no_with_the_share_and_an_example() -> None:
    some = rule("AllowSome", 100, "Allow", ["20.60.0.0/24", "20.60.2.0/24"], "443")
    found = reach([*behind(some, DENY_INTERNET), GIVEN])
    assert found.answer is False
    assert found.text == (
        "nsg-app rule DenyInternet (200) on subnet snet-app drops tcp/443 to 33% of Storage.westeurope,"
        " e.g. 20.60.3.1 (service tags 500)"
    )
    assert answer(rule("AllowAll", 100, "Allow", EAST, "443"), DENY_INTERNET) is True


def test_one_address_of_thousands_is_not_rounded_away() -> None:
    found = reach([*behind(rule("DenyOne", 100, "Deny", "20.60.2.7")), GIVEN])
    assert "less than 1% of Storage.westeurope, e.g. 20.60.2.7" in found.text


def test_a_rule_that_names_the_tag_decides_whatever_the_data_say() -> None:
    foreign = service_tags(Storage=["1.2.3.0/24"], Storage_westeurope=["20.60.0.0/24"])
    for name in ("Storage", "Storage.WestEurope"):
        found = reach([*behind(rule("Allow", 100, "Allow", name), DENY_INTERNET), foreign])
        assert found.answer is True


def test_a_region_that_the_data_lack_is_decided_by_names_and_meaning_alone() -> None:
    rows = [vm(location="newregion"), nic(), vnet(subnet())]
    assert reach([*rows, nsg()]).answer is True
    assert reach([*rows, nsg(DENY_INTERNET)]).answer is False
    assert reach([*rows, nsg(ALLOW_STORAGE, DENY_INTERNET)]).answer is True
    found = reach([*rows, nsg(rule("Some", 100, "Allow", ["20.60.0.0/16"]), DENY_INTERNET)])
    assert found.answer is None
    assert found.why[0].needs == "service-tags"


def test_a_tag_that_is_not_in_the_data_is_unknown_only_if_it_decides() -> None:
    strange = rule("Strange", 100, "Allow", "Some.NewTag")
    assert answer(strange, DENY_INTERNET) is None
    assert answer(strange) is True
    assert answer(rule("Strange", 100, "Deny", "Some.NewTag"), DENY_INTERNET) is False
    assert answer(rule("Before", 90, "Allow", "Storage"), rule("Strange", 100, "Deny", "Some.NewTag")) is True


def test_azurebackup_and_storage_are_apart() -> None:
    backup = rule("AllowBackup", 100, "Allow", "AzureBackup")
    assert answer(backup, DENY_INTERNET) is False
    assert answer(backup, DENY_INTERNET, where="AzureBackup") is True


@pytest.mark.parametrize(("region", "cloud"), [("usgovvirginia", "AzureGovernment"), ("chinaeast2", "AzureChinaCloud")])
def test_another_cloud_needs_tags_of_its_own(region: str, cloud: str) -> None:
    rows = [vm(location=region), nic(), vnet(subnet()), nsg(ALLOW_STORAGE, DENY_INTERNET)]
    found = reach(rows)
    assert found.answer is None
    assert found.why[0].needs == "service-tags"
    listed: dict[str, Any] = {f"Storage_{region}": ["52.126.0.0/16"]}
    own = service_tags(cloud, **listed)
    assert reach([*rows, own]).answer is True
    assert reach([*rows, GIVEN]).answer is None


def test_given_tags_win_and_old_ones_say_their_age() -> None:
    some = [*behind(rule("AllowSome", 100, "Allow", ["20.60.0.0/24"]), DENY_INTERNET)]
    old = service_tags(date="2026-08-01", Storage_westeurope=EAST)
    new = service_tags(date="2026-11-01", Storage_westeurope=EAST)
    assert reach([*some, old]).text.endswith("(service tags 500 of 2026-08-01, 113 days old)")
    assert reach([*some, new]).text.endswith("(service tags 500 of 2026-11-01)")
    assert reach(some).text.endswith("(service tags 376 of 2025-11-17, 370 days old)")


# Routes.

ENDPOINT: dict[str, Any] = {
    "serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["westeurope", "northeurope"]}]
}


def routed(
    *given: tuple[str, str, str], rules: tuple[Row, ...] = (), where: str = "Storage", **more: Any
) -> bool | None:
    rows = [vm(), nic(), vnet(subnet(table=TABLE_ID, **more)), nsg(*rules), routes(*given), GIVEN]
    return reach(rows, where).answer


def test_where_routes_lead() -> None:
    assert routed(("all", "0.0.0.0/0", "Internet")) is True
    assert routed(("all", "0.0.0.0/0", "None")) is False
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance")) is None
    assert routed(("all", "0.0.0.0/0", "VirtualNetworkGateway")) is None
    assert routed(("elsewhere", "203.0.113.0/24", "None")) is True


def test_the_longest_prefix_counts() -> None:
    assert routed(("all", "0.0.0.0/0", "None"), ("storage", "20.60.0.0/16", "Internet")) is True
    assert routed(("all", "0.0.0.0/0", "Internet"), ("hole", "20.60.2.0/24", "None")) is False
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance"), ("tag", "Storage.WestEurope", "Internet")) is True
    assert routed(("tag", "Storage.WestEurope", "None"), ("cloud", "Storage", "Internet")) is False
    assert routed(("tag", "Storage.WestEurope", "None"), ("part", "20.60.0.0/16", "Internet")) is False
    assert routed(("tag", "Storage.WestEurope", "Internet"), ("part", "20.60.2.0/23", "None")) is False
    assert routed(("tag", "Storage.WestEurope", "None"), ("parts", "20.60.2.0/24", "Internet")) is False
    assert routed(("one", "AzureCloud.westeurope", "None"), ("two", "20.60.0.0/25", "Internet")) is True


def test_a_service_endpoint_goes_before_routes_but_not_before_groups() -> None:
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance"), **ENDPOINT) is True
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance"), rules=(DENY_INTERNET,), **ENDPOINT) is False
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance"), where="AzureBackup", **ENDPOINT) is None
    other: dict[str, Any] = {"serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["eastus"]}]}
    assert routed(("all", "0.0.0.0/0", "VirtualAppliance"), **other) is None


def test_virtualnetwork_may_cover_what_routes_name() -> None:
    inside = rule("AllowVnet", 100, "Allow", "VirtualNetwork")
    assert routed(("elsewhere", "203.0.113.0/24", "Internet"), rules=(inside, DENY_INTERNET)) is False
    assert routed(("all", "0.0.0.0/0", "Internet"), rules=(inside, DENY_INTERNET)) is None
    assert routed(("all", "0.0.0.0/0", "Internet"), rules=(DENY_INTERNET,)) is False


# A way out.


def test_a_private_subnet_reaches_the_storage_of_its_region_and_nothing_else() -> None:
    def private(*configs: Row, where: str = "Storage", **more: Any) -> bool | None:
        rows = [vm(), nic(nic_id(), *configs), vnet(subnet(None, defaultOutboundAccess=False, **more)), GIVEN]
        return reach(rows, where).answer

    assert private() is True
    assert private(where="AzureBackup") is False
    assert private(where="Storage.EastUS") is False
    assert private(where="10.1.0.100") is True
    gateway: dict[str, Any] = {"natGateway": {"id": id_of("Microsoft.Network/natGateways", "nat")}}
    assert private(where="AzureBackup", **gateway) is None
    assert private(config(publicIPAddress={"id": "/x/pip"}), where="AzureBackup") is True
    assert private(config(loadBalancerBackendAddressPools=[{"id": "/x/pool"}]), where="AzureBackup") is None


@pytest.mark.parametrize("given", [None, True])
def test_a_subnet_that_is_not_private_has_a_way_out(given: bool | None) -> None:
    rows = [vm(), nic(), vnet(subnet(None, defaultOutboundAccess=given)), GIVEN]
    assert reach(rows, "AzureBackup").answer is True
    assert reach(rows, "AzureBackup", planned=True).answer is True
    recent = [{**row, "apiVersion": "2025-07-01"} for row in rows]
    assert reach(recent, "AzureBackup", planned=True).answer is (None if given is None else True)
    assert reach(recent, "AzureBackup").answer is True


# Addresses, such as a proxy's.


def test_an_address_inside_the_virtual_network_and_its_peers() -> None:
    hub = vnet(identity=id_of("Microsoft.Network/virtualNetworks", "hub", "rg-net"), space="10.9.0.0/16")
    peering = {"properties": {"peeringState": "Connected", "remoteVirtualNetwork": {"id": hub["id"].upper()}}}
    far = {"properties": {"peeringState": "Disconnected", "remoteAddressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}}
    near = {"properties": {"peeringState": "connected", "remoteAddressSpace": {"addressPrefixes": ["10.8.0.0/16"]}}}
    network = vnet(subnet(), virtualNetworkPeerings=[peering, far, near])
    rows = [vm(), nic(), network, hub, nsg(DENY_INTERNET)]
    for where, known in (
        ("10.1.0.100", True),
        ("10.9.1.1", True),
        ("10.8.1.1", True),
        ("10.7.1.1", None),
        ("203.0.113.7", False),
    ):
        assert reach(rows, where, "3128").answer is known, where


def test_a_rule_that_lets_out_to_the_proxy_only() -> None:
    proxy = rule("AllowProxy", 100, "Allow", "10.1.0.100", "3128")
    closed = rule("DenyAll", 4096, "Deny")
    assert answer(proxy, closed, where="10.1.0.100", port="3128") is True
    assert answer(proxy, closed, where="10.1.0.100", port="443") is False
    assert answer(proxy, closed, where="10.1.0.101", port="3128") is False
    assert answer(proxy, closed) is False


def test_a_platform_address_is_not_judged_by_rules_on_addresses() -> None:
    assert answer(rule("DenyAll", 100, "Deny"), where="168.63.129.16", port="80") is None


def test_ids_join_whatever_their_letters() -> None:
    shouted = config(subnet=SUBNET_ID.upper())
    rows = [vm(nics=[nic_id().upper()]), nic(nic_id(), shouted), vnet(subnet(NSG_ID.upper())), nsg(DENY_INTERNET)]
    assert reach(rows).answer is False
    assert VNET_ID.lower() != VNET_ID
