"""What Terraform writes as resources of its own is judged where Azure has it, and what it takes away is gone."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.iac.model import Resource
from tests.iac.terraform.build import PROVIDERS, PlanFile, by_address, constant, plain, references

NET = f"{PROVIDERS}/Microsoft.Network"
REAL = "/subscriptions/1/resourceGroups/rg-app/providers/Microsoft.Network"
RG = {"resource_group_name": "rg-app", "location": "westeurope"}
NIC_ID = f"{REAL}/networkInterfaces/old"
SUBNET_ID = f"{REAL}/virtualNetworks/hub/subnets/old"
NSG_ID = f"{REAL}/networkSecurityGroups/nsg"


def nic(made: PlanFile, name: str, **more: Any) -> PlanFile:
    after = {"name": name, "ip_configuration": [{"name": "one"}, {"name": "two"}], **RG}
    return made.add(f"azurerm_network_interface.{name}", after, expressions={}, **more)


def associate(made: PlanFile, kind: str, name: str = "x", after: Any = None, **linked: str) -> PlanFile:
    """An association whose ids are links (attribute → reference)."""
    unknown = {"id": True, **dict.fromkeys(linked, True)}
    expressions = {attribute: references(*to.split(" ")) for attribute, to in linked.items()}
    return made.add(f"{kind}.{name}", after or {}, unknown=unknown, expressions=expressions)


def network(made: PlanFile, **more: Any) -> PlanFile:
    made.add("azurerm_virtual_network.v", {"name": "v", "address_space": ["10.0.0.0/8"], **RG}, expressions={}, **more)
    for name in ("a", "b"):
        under = {"virtual_network_name": "v", "resource_group_name": "rg-app"}
        expressions = {"virtual_network_name": references("azurerm_virtual_network.v.name")}
        made.add(f"azurerm_subnet.{name}", {"name": name, **under}, expressions=expressions)
    return made


def subnets(found: dict[str, Resource]) -> dict[str, Any]:
    listed = plain(found["azurerm_virtual_network.v"].row["properties"]["subnets"])
    return {each["name"]: each["properties"] for each in listed}


def read(made: PlanFile, folder: Path) -> dict[str, Resource]:
    return by_address(made.read(folder))


def test_separate_subnets_and_all_that_is_put_on_them_stand_in_their_network(tmp_path: Path) -> None:
    made = network(PlanFile())
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, expressions={})
    made.add("azurerm_route_table.r", {"name": "r", **RG}, unknown={"id": True, "route": True}, expressions={})
    made.add("azurerm_nat_gateway.n", {"name": "n", **RG}, expressions={})
    for kind, attribute, to in (
        ("network_security_group", "network_security_group_id", "azurerm_network_security_group.g.id"),
        ("route_table", "route_table_id", "azurerm_route_table.r.id"),
        ("nat_gateway", "nat_gateway_id", "azurerm_nat_gateway.n.id"),
    ):
        associate(made, f"azurerm_subnet_{kind}_association", subnet_id="azurerm_subnet.b.id", **{attribute: to})
    # azurerm_subnet_network_security_group_association. azurerm_subnet_route_table_association.
    # azurerm_subnet_nat_gateway_association.
    found = read(made, tmp_path)
    assert "azurerm_subnet.a" not in found, "it stands in the network"
    both = subnets(found)
    assert not {"networkSecurityGroup", "routeTable", "natGateway"} & both["a"].keys()
    assert both["b"]["networkSecurityGroup"] == {"id": f"~{NET}/networkSecurityGroups/g"}
    assert both["b"]["routeTable"] == {"id": f"~{NET}/routeTables/r"}
    assert both["b"]["natGateway"] == {"id": f"~{NET}/natGateways/n"}


def test_separate_rules_and_routes_stand_in_their_group_and_table(tmp_path: Path) -> None:
    made = PlanFile()
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, unknown={"security_rule": True}, expressions={})
    made.add("azurerm_route_table.r", {"name": "r", **RG}, unknown={"route": True}, expressions={})
    rule = {"name": "Deny", "priority": 100, "access": "Deny", "direction": "Outbound"}
    made.add(
        "azurerm_network_security_rule.d",
        {**rule, "network_security_group_name": "G", "resource_group_name": "RG-APP"},
        expressions={},
    )
    route = {"name": "out", "address_prefix": "0.0.0.0/0", "next_hop_type": "None", "route_table_name": "r"}
    made.add("azurerm_route.o", {**route, "resource_group_name": "rg-app"}, expressions={})
    found = read(made, tmp_path)
    (one,) = found["azurerm_network_security_group.g"].row["properties"]["securityRules"]
    assert (one["name"], one["properties"]["priority"]) == ("Deny", 100)
    (way,) = found["azurerm_route_table.r"].row["properties"]["routes"]
    assert way["properties"] == {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}


def test_a_rule_that_may_be_of_either_group_leaves_both_open(tmp_path: Path) -> None:
    made = PlanFile()
    for name in ("g", "h"):
        unknown = {"id": True, "name": True, "security_rule": True}
        made.add(f"azurerm_network_security_group.{name}", dict(RG), unknown=unknown, expressions={})
    made.add(
        "azurerm_network_security_rule.d",
        {"name": "Deny", "resource_group_name": "rg-app"},
        unknown={"id": True, "network_security_group_name": True},
        expressions={"network_security_group_name": references("local.name")},
    )
    found = read(made, tmp_path)
    for name in ("g", "h"):
        (rule,) = found[f"azurerm_network_security_group.{name}"].row["properties"]["securityRules"]
        assert isinstance(rule, Unknown)


def test_what_is_put_on_an_interface_stands_in_its_row(tmp_path: Path) -> None:
    made = nic(PlanFile(), "n")
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, expressions={})
    made.add("azurerm_application_security_group.s", {"name": "s", **RG}, expressions={})
    made.add("azurerm_lb.l", {"name": "l", "sku": "Standard", **RG}, expressions={})
    associate(made, "azurerm_lb_backend_address_pool", "p", {"name": "pool"}, loadbalancer_id="azurerm_lb.l.id")
    # azurerm_lb_backend_address_pool. azurerm_network_interface_application_security_group_association.
    # azurerm_network_interface_backend_address_pool_association.
    made.add(
        "azurerm_lb_outbound_rule.o",
        {"name": "out", "protocol": "All"},
        unknown={"id": True, "loadbalancer_id": True, "backend_address_pool_id": True},
        expressions={
            "loadbalancer_id": references("azurerm_lb.l.id"),
            "backend_address_pool_id": references("azurerm_lb_backend_address_pool.p.id"),
        },
    )
    one = "azurerm_network_interface"
    to = f"{one}.n.id"
    associate(
        made,
        f"{one}_security_group_association",
        network_interface_id=to,
        network_security_group_id="azurerm_network_security_group.g.id",
    )
    associate(
        made,
        f"{one}_application_security_group_association",
        network_interface_id=to,
        application_security_group_id="azurerm_application_security_group.s.id",
    )
    associate(
        made,
        f"{one}_backend_address_pool_association",
        after={"ip_configuration_name": "two"},
        network_interface_id=to,
        backend_address_pool_id="azurerm_lb_backend_address_pool.p.id",
    )
    found = read(made, tmp_path)
    properties = plain(found["azurerm_network_interface.n"].row["properties"])
    assert properties["networkSecurityGroup"] == {"id": f"~{NET}/networkSecurityGroups/g"}
    first, second = (config["properties"] for config in properties["ipConfigurations"])
    for config in (first, second):
        assert config["applicationSecurityGroups"] == [{"id": f"~{NET}/applicationSecurityGroups/s"}]
    pool = f"{NET}/loadBalancers/l/backendAddressPools/pool"
    assert (first["loadBalancerBackendAddressPools"], second["loadBalancerBackendAddressPools"]) == (
        [],
        [{"id": f"~{pool}"}],
    )
    balancer = plain(found["azurerm_lb.l"].row["properties"])
    assert [each["name"] for each in balancer["backendAddressPools"]] == ["pool"]
    assert balancer["outboundRules"][0]["properties"]["backendAddressPool"] == {"id": f"~{pool}"}


def test_an_association_of_one_of_several_leaves_them_all_open_but_for_one_that_is_settled(tmp_path: Path) -> None:
    made = network(PlanFile())
    made.add("azurerm_network_security_group.g", {"name": "g", **RG}, expressions={})
    group = "azurerm_network_security_group.g.id"
    kind = "azurerm_subnet_network_security_group_association"
    associate(made, kind, "sure", subnet_id="azurerm_subnet.a.id", network_security_group_id=group)
    associate(made, kind, "open", subnet_id="local.subnet", network_security_group_id=group)
    both = subnets(read(made, tmp_path))
    assert both["a"]["networkSecurityGroup"] == {"id": f"~{NET}/networkSecurityGroups/g"}
    assert both["b"]["networkSecurityGroup"].startswith("?")


def test_attached_disks_are_the_machines_data_disks(tmp_path: Path) -> None:
    made = PlanFile()
    made.add("azurerm_linux_virtual_machine.x", {"name": "x", "os_disk": [{}], **RG}, expressions={})
    made.add("azurerm_managed_disk.d", {"name": "d", **RG}, expressions={})
    associate(
        made,
        "azurerm_virtual_machine_data_disk_attachment",
        after={"lun": 3},
        virtual_machine_id="azurerm_linux_virtual_machine.x.id",
        managed_disk_id="azurerm_managed_disk.d.id",
    )  # azurerm_virtual_machine_data_disk_attachment.
    (disk,) = read(made, tmp_path)["azurerm_linux_virtual_machine.x"].row["properties"]["storageProfile"]["dataDisks"]
    assert plain(disk) == {"lun": 3, "managedDisk": {"id": f"~{PROVIDERS}/Microsoft.Compute/disks/d"}}


def test_an_association_on_what_is_not_in_the_plan_is_a_partial_of_it(tmp_path: Path) -> None:
    made = PlanFile()
    for kind, attribute in (("network_security_group", NSG_ID), ("route_table", f"{REAL}/routeTables/r")):
        given = {"subnet_id": SUBNET_ID, f"{kind}_id": attribute}
        made.add(f"azurerm_subnet_{kind}_association.x", given, expressions={})
    rule = {"name": "Deny", "priority": 1, "network_security_group_name": "old", "resource_group_name": "rg-app"}
    made.add("azurerm_network_security_rule.d", rule, expressions={})
    listed = made.read(tmp_path).resources
    assert [(each.row["id"], each.row["type"].lower(), each.action) for each in listed] == [
        (
            f"{NET}/networkSecurityGroups/old/securityRules/Deny",
            "microsoft.network/networksecuritygroups/securityrules",
            "create",
        ),
        (SUBNET_ID, "microsoft.network/virtualnetworks/subnets", "update"),
    ]
    assert listed[1].row["properties"] == {
        "networkSecurityGroup": {"id": NSG_ID},
        "routeTable": {"id": f"{REAL}/routeTables/r"},
    }


def existing(made: PlanFile, action: str = "no-op") -> PlanFile:
    """An existing group whose state shows two rules, one of which is a resource of its own."""
    rules = [{"name": "Allow", "priority": 100, "access": "Allow"}, {"name": "Deny", "priority": 200, "access": "Deny"}]
    group = {"id": NSG_ID, "name": "nsg", "security_rule": rules, **RG}
    made.add("azurerm_network_security_group.g", group, unknown={}, expressions={}, actions=(action,), before=group)
    return made


def rule(name: str, **more: Any) -> dict[str, Any]:
    under = {"network_security_group_name": "nsg", "resource_group_name": "rg-app"}
    return {"id": f"{NSG_ID}/securityRules/{name}", "name": name, **under, **more}


def rules(found: dict[str, Resource]) -> list[tuple[str, int]]:
    listed = found["azurerm_network_security_group.g"].row["properties"]["securityRules"]
    return sorted((each["name"], each["properties"]["priority"]) for each in listed)


def test_a_rule_that_is_deleted_is_gone_from_the_group_that_the_state_shows(tmp_path: Path) -> None:
    made = existing(PlanFile())
    made.add("azurerm_network_security_rule.a", None, unknown={}, actions=("delete",), before=rule("Allow"))
    found = read(made, tmp_path)
    assert rules(found) == [("Deny", 200)]
    assert found["azurerm_network_security_group.g"].action == "update"
    assert "azurerm_network_security_rule.a" in found, "its deletion is told too"


def test_a_rule_that_is_changed_or_renamed_counts_once(tmp_path: Path) -> None:
    made = existing(PlanFile())
    made.add(
        "azurerm_network_security_rule.a",
        rule("Allow", priority=300),
        unknown={},
        actions=("update",),
        before=rule("Allow", priority=100),
        expressions={},
    )
    renamed = {**rule("Close", priority=250), "id": None}
    made.add(
        "azurerm_network_security_rule.d",
        renamed,
        actions=("delete", "create"),
        before=rule("Deny", priority=200),
        expressions={},
    )
    assert rules(read(made, tmp_path)) == [("Allow", 300), ("Close", 250)]


def test_what_others_may_have_set_on_what_exists_is_unknown_and_the_networks_state_tells_it(tmp_path: Path) -> None:
    made = nic(PlanFile(), "n", actions=("no-op",), unknown={})
    found = read(made, tmp_path)
    assert isinstance(found["azurerm_network_interface.n"].row["properties"]["networkSecurityGroup"], Unknown)
    made = PlanFile()
    vnet = f"{REAL}/virtualNetworks/v"
    state = [{"id": f"{vnet}/subnets/a", "name": "a", "security_group": NSG_ID, "route_table_id": ""}]
    after = {"id": vnet, "name": "v", "subnet": state, **RG}
    made.add("azurerm_virtual_network.v", after, unknown={}, actions=("no-op",), expressions={})
    one = {"id": f"{vnet}/subnets/a", "name": "a", "virtual_network_name": "v", "resource_group_name": "rg-app"}
    made.add("azurerm_subnet.a", one, unknown={}, actions=("no-op",), expressions={})
    merged = subnets(read(made, tmp_path))["a"]
    assert merged["networkSecurityGroup"] == {"id": NSG_ID}
    assert "routeTable" not in merged
    assert merged["natGateway"].startswith("?")


def test_an_association_that_is_deleted_leaves_none_and_one_that_is_replaced_the_new_one(tmp_path: Path) -> None:
    kind = "azurerm_network_interface_security_group_association"
    before = {"id": f"{NIC_ID}|{NSG_ID}", "network_interface_id": NIC_ID, "network_security_group_id": NSG_ID}
    for actions, after, expected in (
        (("delete",), None, None),
        (("delete", "create"), {**before, "id": None, "network_security_group_id": "/new"}, {"id": "/new"}),
    ):
        made = PlanFile()
        state = {"id": NIC_ID, "name": "old", "ip_configuration": [{"name": "one"}], **RG}
        made.add("azurerm_network_interface.n", state, unknown={}, actions=("no-op",), expressions={})
        made.add(f"{kind}.x", after, unknown={}, actions=actions, before=before, expressions={})
        found = read(made, tmp_path)["azurerm_network_interface.n"]
        assert found.row["properties"].get("networkSecurityGroup") == expected
        assert found.action == "update"


@pytest.mark.parametrize("changed", [True, False])
def test_an_association_that_is_deleted_stays_on_a_subnet_of_another_states_network(
    tmp_path: Path, changed: bool
) -> None:
    made = PlanFile()
    state = {"id": SUBNET_ID, "name": "old", "virtual_network_name": "hub", "resource_group_name": "rg-app"}
    actions = ("update",) if changed else ("no-op",)
    made.add("azurerm_subnet.s", state, unknown={}, actions=actions, before=state, expressions={})
    gone = {"id": SUBNET_ID, "subnet_id": SUBNET_ID, "route_table_id": f"{REAL}/routeTables/rt"}
    kind = "azurerm_subnet_route_table_association"
    made.add(f"{kind}.x", None, unknown={}, actions=("delete",), before=gone, expressions={})
    found = read(made, tmp_path)["azurerm_subnet.s"]
    assert found.row["properties"]["routeTable"] is None
    assert isinstance(found.row["properties"]["networkSecurityGroup"], Unknown)
    assert found.action == "update"


@pytest.mark.parametrize("form", ["object", "text"])
def test_azapi_gives_the_body_and_its_parts_stand_in_their_parent(tmp_path: Path, form: str) -> None:
    made = PlanFile()

    def add(name: str, kind: str, body: Any, unknown: Any, links: dict[str, Any], parent: str = "") -> None:
        after = {"name": name, "type": kind, "body": body if form == "object" else json.dumps(body)}
        after |= {"parent_id": parent} if parent else {}
        expressions = {**links, "body": links.get("body", constant(body))}
        made.add(f"azapi_resource.{name}", after, unknown={"id": True, **unknown}, expressions=expressions)

    group = "/subscriptions/1/resourceGroups/rg-app"
    network = {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}
    add("v", "Microsoft.Network/virtualNetworks@2024-01-01", {"properties": network}, {}, {}, group)
    add(
        "s",
        "Microsoft.Network/virtualNetworks/subnets@2024-01-01",
        {"properties": {"addressPrefix": "10.0.1.0/24"}},
        {"parent_id": True},
        {"parent_id": references("azapi_resource.v.id")},
    )
    found = read(made, tmp_path)
    row = found["azapi_resource.v"].row
    assert row["id"] == f"{group}/providers/Microsoft.Network/virtualNetworks/v"
    (subnet,) = row["properties"]["subnets"]
    assert subnet["id"] == f"{row['id']}/subnets/s"
    assert subnet["properties"] == {"addressPrefix": "10.0.1.0/24"}


def test_ids_inside_of_an_azapi_body_are_linked_by_what_they_must_be(tmp_path: Path) -> None:
    made = network(PlanFile()).add("azurerm_resource_group.x", {"name": "x"}, expressions={})
    config = {"name": "one", "properties": {"subnet": {}}}
    mark = {"properties": {"ipConfigurations": [{"properties": {"subnet": {"id": True}}}]}}
    made.add(
        "azapi_resource.n",
        {
            "name": "n",
            "type": "Microsoft.Network/networkInterfaces@2024-01-01",
            "parent_id": "/subscriptions/1/resourceGroups/rg-app",
            "body": {"properties": {"ipConfigurations": [config]}},
            "location": "West Europe",
        },
        unknown={"id": True, "body": mark, "output": True},
        expressions={"body": references("azurerm_subnet.b.id", "azurerm_resource_group.x.id")},
    )
    row = plain(read(made, tmp_path)["azapi_resource.n"].row)
    named = row["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]
    assert named == f"~{NET}/virtualNetworks/v/subnets/b"
    assert row["location"] == "westeurope"


def test_a_peering_stands_in_its_network(tmp_path: Path) -> None:
    made = network(PlanFile())
    given = {"name": "p", "virtual_network_name": "v", "resource_group_name": "rg-app"}
    made.add("azurerm_virtual_network_peering.p", {**given, "remote_virtual_network_id": "/v/2"}, expressions={})
    (peering,) = read(made, tmp_path)["azurerm_virtual_network.v"].row["properties"]["virtualNetworkPeerings"]
    assert peering["properties"] == {"remoteVirtualNetwork": {"id": "/v/2"}}
