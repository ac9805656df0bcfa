"""What lets packets out, leads to private endpoints or comes before security groups, by a row that shows it."""

from typing import Any

import pytest

from scanner.model import Row
from tests.network.build import (
    DENY_INTERNET,
    NSG_ID,
    SUBNET_ID,
    TABLE_ID,
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
from tests.network.exits import (
    NAT_ID,
    PUBLIC_ID,
    balancer,
    balancer_id,
    declared,
    endpoint,
    manager,
    nat,
    pool_id,
)
from tests.rows import documents, fleet_of, id_of, nic_id, vm_id

GIVEN = service_tags(
    Storage=["20.60.0.0/24", "20.61.0.0/24"], Storage_westeurope=["20.60.0.0/24"], AzureBackup=["20.70.0.0/24"]
)


ONE = (nic_id(),)


def out(*more: Row, where: str = "AzureBackup", on: Row | None = None, nics: Any = ONE, **subnets: Any) -> Any:
    """What a VM without security groups is told of a service that needs a way out."""
    return reach([vm(nics=nics), on or nic(), vnet(subnet(None, **subnets)), GIVEN, *more], where)


PRIVATE: dict[str, Any] = {"defaultOutboundAccess": False}
NAT: dict[str, Any] = {"natGateway": {"id": NAT_ID.upper()}}


def pooled(*kinds: str, **more: Any) -> Row:
    pools = [{"id": pool_id(kind)} for kind in kinds]
    return nic(nic_id(), config(loadBalancerBackendAddressPools=pools), **more)


def test_a_nat_gateway_with_an_address_lets_out_of_a_private_subnet() -> None:
    found = out(nat(), **PRIVATE, **NAT)
    assert found.answer is True
    assert "out by NAT gateway nat1" in found.steps


def test_a_nat_gateway_without_an_address_does_not() -> None:
    found = out(nat(addresses=0), **PRIVATE, **NAT)
    assert found.answer is False
    assert "private, and its NAT gateway nat1 has no public address, drops tcp/443 to AzureBackup" in found.text
    assert out(nat(addresses=0), **NAT).answer is None, "what becomes of the default access is not documented"


def test_a_nat_gateway_that_is_not_in_the_input() -> None:
    found = out(**PRIVATE, **NAT)
    assert found.answer is None
    assert found.why[0].reason == "subnet snet-app has NAT gateway nat1 (rg-net), which is not in the input"
    assert found.why[0].needs == "reference"


@pytest.mark.parametrize(
    ("kind", "private", "open_"),
    [
        ("outbound", True, True),
        ("outbound", False, True),
        ("basic", True, True),
        ("rule", True, None),
        ("rule", False, True),
        ("quiet", False, None),
        ("internal", True, False),
        ("internal", False, False),
        ("basic-internal", False, True),
        ("basic-internal", True, False),
        ("no-sku", False, None),
    ],
)
def test_what_a_load_balancer_does_for_its_pool(kind: str, private: bool, open_: bool | None) -> None:
    found = out(balancer(kind, kind), on=pooled(kind), **(PRIVATE if private else {}))
    assert found.answer is open_, found.text
    assert out(where="Storage", on=pooled(kind), **PRIVATE).answer is True, "Storage of its region needs no way out"


def test_a_rule_of_another_pool_or_protocol_lets_nothing_out() -> None:
    other = out(balancer("other", "outbound"), balancer("internal", "internal"), on=pooled("internal"), **PRIVATE)
    assert other.answer is False
    assert out(balancer("outbound", "outbound", protocol="Udp"), on=pooled("outbound"), **PRIVATE).answer is None


def test_a_load_balancer_that_is_not_in_the_input() -> None:
    found = out(on=pooled("lb1"))
    assert found.why[0].reason == "subnet snet-app is behind load balancer lb1 (rg-net), which is not in the input"
    assert found.why[0].needs == "reference"


def test_a_pool_that_names_addresses_instead_of_interfaces() -> None:
    found = out(balancer("lb1", "outbound", address="10.1.2.9"), **PRIVATE)
    assert found.answer is None
    assert "load balancer lb1, whose pool pool names its address" in found.why[0].reason
    assert out(balancer("lb1", "outbound", address="10.1.2.77"), **PRIVATE).answer is False


def test_the_default_address_of_an_interface() -> None:
    kept = out(on=nic(defaultOutboundConnectivityEnabled=True), **PRIVATE)
    assert kept.answer is None
    assert "loses it once deallocated" in kept.why[0].reason
    assert out(on=nic(defaultOutboundConnectivityEnabled=True)).answer is True
    assert out(on=nic(defaultOutboundConnectivityEnabled=False)).answer is None
    assert out(nat(), on=nic(defaultOutboundConnectivityEnabled=False), **NAT).answer is True


def test_a_machine_of_a_flexible_scale_set_has_no_default_access() -> None:
    one = vm(virtualMachineScaleSet={"id": id_of("Microsoft.Compute/virtualMachineScaleSets", "vmss1")})
    rows = [one, nic(), vnet(subnet(None)), GIVEN]
    assert reach(rows, "AzureBackup").answer is False
    assert "flexible scale set" in reach(rows, "AzureBackup").text
    assert reach([one, nic(), vnet(subnet(None, **NAT)), nat(), GIVEN], "AzureBackup").answer is True
    assert reach([vm(virtualMachineScaleSet="x"), nic(), vnet(subnet(None)), GIVEN], "AzureBackup").answer is None


def test_the_public_address_of_another_interface_is_neither_a_way_out_nor_none() -> None:
    second = nic(nic_id("nic2"), config("10.1.2.10", publicIPAddress={"id": PUBLIC_ID}))
    both = [{"id": nic_id(), "properties": {"primary": True}}, {"id": nic_id("nic2"), "properties": {"primary": False}}]
    assert out(second, nics=both, **PRIVATE).answer is None
    assert out(nic(nic_id("nic2"), config("10.1.2.10")), nics=both, **PRIVATE).answer is False
    assert out(nics=both, **PRIVATE).answer is None, "the other interface's row is missing"


def test_a_route_to_the_internet_breaks_in_a_private_subnet() -> None:
    table = routes(("direct", "AzureBackup", "Internet"), ("hub", "0.0.0.0/0", "VirtualAppliance"))
    assert out(table, table=TABLE_ID).answer is True
    assert out(table, table=TABLE_ID, **PRIVATE).answer is False
    assert out(table, nat(), table=TABLE_ID, **PRIVATE, **NAT).answer is True
    storage = routes(("direct", "Storage.WestEurope", "Internet"))
    found = out(storage, where="Storage", table=TABLE_ID, **PRIVATE)
    assert found.answer is None
    assert "though Storage of its region needs none" in found.why[0].reason


def test_a_service_endpoint_is_a_way_out_for_the_regions_it_names() -> None:
    def served(service: str, *places: str) -> dict[str, Any]:
        return {"serviceEndpoints": [{"service": service, "locations": list(places)}], **PRIVATE}

    given = service_tags(Storage_eastus=["20.61.0.0/24"], Storage_westeurope=["20.60.0.0/24"])
    for endpoints, known in (
        (served("Microsoft.Storage", "westeurope", "eastus"), True),
        (served("Microsoft.Storage", "westeurope"), False),
        (served("Microsoft.Storage.Global", "*"), True),
        (served("Microsoft.Sql", "eastus"), False),
    ):
        assert reach([vm(), nic(), vnet(subnet(None, **endpoints)), given], "Storage.EastUS").answer is known


def test_a_route_longer_than_a_service_endpoints_own_may_or_may_not_come_first() -> None:
    served: dict[str, Any] = {"serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["westeurope"]}]}
    hub = routes(("hub", "0.0.0.0/0", "VirtualAppliance"))
    assert out(hub, where="Storage", table=TABLE_ID, **served).answer is True
    assert out(routes(("part", "20.60.0.0/25", "None")), where="Storage", table=TABLE_ID, **served).answer is None
    assert out(routes(("part", "20.60.0.0/25", "Internet")), where="Storage", table=TABLE_ID, **served).answer is True


# Private endpoints.

HUB_ID = id_of("Microsoft.Network/virtualNetworks", "hub", "rg-net")
LINKS = f"{HUB_ID}/subnets/snet-pe"


def linked(*more: Row, where: str = "10.9.0.5", table: str | None = None, **of: Any) -> Any:
    peering = {"properties": {"peeringState": "Connected", "remoteVirtualNetwork": {"id": HUB_ID}}}
    far = {"name": "snet-pe", "id": LINKS, "properties": {"addressPrefix": "10.9.0.0/24", **of}}
    hub = vnet(far, identity=HUB_ID, space="10.9.0.0/16")
    own = vnet(subnet(None, table=table), virtualNetworkPeerings=[peering])
    return reach([vm(), nic(), own, hub, *endpoint("pe1", LINKS, "10.9.0.5"), GIVEN, *more], where)


POLICIES = [{"id": id_of("Microsoft.Network/serviceEndpointPolicies", "sep-data")}]


@pytest.mark.parametrize(
    ("where", "more", "answer"),
    [
        ("Storage", {"serviceEndpoints": [{"service": "Microsoft.Storage"}]}, None),
        ("Storage", {"serviceEndpoints": [{"service": "Microsoft.Storage.Global"}]}, None),
        ("Storage", {}, None),  # Azure takes no policies without an endpoint: it was not read
        ("Storage", {"serviceEndpoints": [{"service": "Microsoft.KeyVault"}]}, True),
        ("AzureBackup", {"serviceEndpoints": [{"service": "Microsoft.Storage"}]}, True),
    ],
)
def test_service_endpoint_policies_let_through_to_storage_accounts_that_they_do_not_list(
    where: str, more: Row, answer: bool | None
) -> None:
    rows = [vm(), nic(), vnet(subnet(None, serviceEndpointPolicies=POLICIES, **more)), GIVEN]
    found = reach(rows, where)
    assert found.answer is answer
    assert ("service endpoint policies" in found.text) is (answer is None)
    assert reach([vm(), nic(), vnet(subnet(None, **more)), GIVEN], where).answer is True


def test_service_endpoint_policies_open_what_a_rule_closes() -> None:
    endpoints = [{"service": "Microsoft.Storage"}]
    behind = vnet(subnet(serviceEndpoints=endpoints, serviceEndpointPolicies=POLICIES))
    assert reach([vm(), nic(), behind, nsg(DENY_INTERNET), GIVEN]).answer is False


def test_a_private_endpoint_has_a_route_of_its_own() -> None:
    firewall = routes(("all", "10.0.0.0/8", "VirtualAppliance"), ("hub", "10.9.0.0/16", "VirtualAppliance"))
    assert linked(firewall, table=TABLE_ID, privateEndpointNetworkPolicies="Disabled").answer is True
    assert linked(firewall, where="10.9.0.6", table=TABLE_ID).answer is None
    assert linked(firewall, table=TABLE_ID, privateEndpointNetworkPolicies="RouteTableEnabled").answer is None
    exact = routes(("exact", "10.9.0.5/32", "None"))
    assert linked(exact, table=TABLE_ID, privateEndpointNetworkPolicies="Disabled").answer is False
    steps = linked(privateEndpointNetworkPolicies="Disabled").steps
    assert "private endpoint pe1" in steps


def test_a_group_on_the_subnet_of_a_private_endpoint_counts_by_its_policies() -> None:
    guarded: dict[str, Any] = {"networkSecurityGroup": {"id": NSG_ID}}
    for policies, known in (
        ("Disabled", True),
        ("Enabled", None),
        ("NetworkSecurityGroupEnabled", None),
        ("RouteTableEnabled", True),
    ):
        assert linked(privateEndpointNetworkPolicies=policies, **guarded).answer is known, policies
    assert linked(**guarded).answer is None
    assert linked().answer is True


# Network managers.


def test_a_network_manager_of_the_subscription_makes_everything_a_question() -> None:
    found = out(manager(), **NAT)
    assert found.answer is None
    assert out(nat(), manager(), **NAT).why[0].reason == (
        "network manager avnm1 may have security admin rules, which come before NSGs and are not read"
    )
    closed = [vm(), nic(), vnet(subnet()), nsg(DENY_INTERNET), GIVEN]
    assert reach(closed, "AzureBackup").answer is False
    assert reach([*closed, manager()], "AzureBackup").answer is None, "one of its rules may always allow"
    assert out(manager(), **PRIVATE).answer is False, "no rule of a manager makes a way out"


def test_a_network_manager_that_has_nothing_to_do_with_it() -> None:
    assert out(manager(accesses=["Connectivity"])).answer is True
    assert out(manager(subscription="0-0-0")).answer is True
    assert out(manager(accesses=None)).answer is None
    below = manager(subscription="0-0-0")
    below["properties"]["networkManagerScopes"]["managementGroups"] = ["/providers/x/managementGroups/root"]
    assert out(below).answer is None


def test_what_is_declared_of_a_network_manager() -> None:
    named = declared(manager()["id"], "AzureBackup")
    found = out(manager(), named)
    assert found.answer is True
    assert "declared by net@contoso.com on 2026-11-01, until 2027-05-01" in found.text
    assert found.source.startswith("networkinterfaces, virtualnetworks, networksecuritygroups, declared")
    assert out(manager(), named, where="Storage").answer is None


# Platform services, and udp.


def test_only_a_rule_that_names_its_tag_closes_a_service_of_the_platform() -> None:
    rows = [vm(), nic(), vnet(subnet())]
    for rules, known in (
        (
            [rule("All", 100, "Deny"), rule("Net", 110, "Deny", "Internet"), rule("Ip", 120, "Deny", "168.63.129.16")],
            True,
        ),
        ([rule("Dns", 100, "Deny", "AzurePlatformDNS")], False),
        ([rule("Dns", 100, "Deny", "AzurePlatformDNS", "53", protocol="Udp")], False),
        ([rule("Dns", 100, "Deny", "azureplatformdns", "80")], True),
        ([rule("Ok", 90, "Allow", "AzurePlatformDNS"), rule("Dns", 100, "Deny", "AzurePlatformDNS")], True),
        ([rule("Imds", 100, "Deny", "AzurePlatformIMDS")], True),
        ([rule("Odd", 100, "Deny", "?")], None),
        ([rule("Odd", 100, "Allow", "?")], True),
    ):
        assert reach([*rows, nsg(*rules)], "AzurePlatformDNS", "udp/53").answer is known, rules
    tcp = nsg(rule("Dns", 100, "Deny", "AzurePlatformDNS", "53", protocol="Tcp"))
    assert reach([*rows, tcp], "AzurePlatformDNS", "udp/53").answer is True
    assert reach([*rows, tcp], "AzurePlatformDNS", "53").answer is False
    assert reach([*rows, tcp], "AzurePlatformDNS", "sctp/53").answer is None


def test_a_rule_on_the_platforms_tags_says_nothing_of_other_services() -> None:
    rows = [vm(), nic(), vnet(subnet()), GIVEN]
    for tag in ("AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM"):
        assert reach([*rows, nsg(rule("P", 100, "Deny", tag))]).answer is True
    keys = nsg(rule("Keys", 100, "Deny", "AzurePlatformLKM"))
    assert reach([*rows, keys], "20.118.99.224", "1688").answer is None
    assert reach([*rows, keys], "10.1.2.3", "1688").answer is True


def test_a_private_address_in_no_network_at_hand_is_not_known_to_be_reached() -> None:
    open_ = nsg(rule("All", 100, "Allow"))
    found = reach([vm(), nic(), vnet(subnet()), open_], "10.77.0.1", "3128")
    assert found.answer is None
    assert "whether a gateway leads there" in found.why[0].reason
    table = routes(("branch", "10.77.0.0/16", "None"))
    assert reach([vm(), nic(), vnet(subnet(table=TABLE_ID)), open_, table], "10.77.0.1", "3128").answer is False


def test_rows_of_exits_that_cannot_be_read() -> None:
    odds: list[Any] = [None, "x", [], {"publicIpAddresses": "x"}]
    for odd in odds:
        assert out({**nat(), "properties": odd}, **PRIVATE, **NAT).answer in (None, False)
    for odd in [None, "x", {}, {"outboundRules": [None]}, {"frontendIPConfigurations": "x"}]:
        assert out({**balancer("lb1", "rule"), "properties": odd}, on=pooled("lb1"), **PRIVATE).answer is not True
    for odd in [None, "x", {}, {"networkManagerScopes": "x"}]:
        assert out({**manager(), "properties": odd}).answer is None
    for odd in [None, "x", {}, {"subnet": {"id": LINKS}, "networkInterfaces": [None]}]:
        rows = endpoint("pe1", LINKS, "10.9.0.5")
        assert linked({**rows[0], "properties": odd}).answer in (True, None)
    assert balancer_id("x") in balancer("x", "rule")["id"]
    assert SUBNET_ID


def test_machines_that_share_a_place_differ_by_nothing_that_decides() -> None:
    """Two VMs of one subnet: what holds for one, as it is of a flexible scale set, is not told of the other."""
    names = ("vm1", "vm2")
    nics = [nic(nic_id(name), config(f"10.1.2.{9 + number}")) for number, name in enumerate(names)]
    scale_sets: tuple[Any, ...] = (None, "x", {"id": id_of("Microsoft.Compute/virtualMachineScaleSets", "vmss1")})
    for first in scale_sets:
        for second in scale_sets:
            machines = []
            for name, given in zip(names, (first, second), strict=True):
                one = vm(nics=[nic_id(name)], **({} if given is None else {"virtualMachineScaleSet": given}))
                machines.append({**one, "id": vm_id(name), "name": name})
            found = documents(fleet_of([*machines, *nics, vnet(subnet(None)), GIVEN]))
            told = [found[vm_id(name).lower()]["network"].reach("AzureBackup", "443").answer for name in names]
            wanted = {None: True, "x": None}
            assert told == [wanted.get(one if isinstance(one, str | None) else "", False) for one in (first, second)]
