"""What lets packets out arrives as rows from plans: NAT gateways, load balancers, endpoints, private subnets."""

from pathlib import Path
from typing import Any

from scanner.network.reach import Network
from scanner.rowtypes import BALANCER, NAT_GATEWAY, NETWORK_MANAGER, PRIVATE_ENDPOINT
from tests.iac.terraform.build import PlanFile, references, rows_of
from tests.iac.terraform.test_merge import RG, associate
from tests.rows import documents, fleet_of

UNDER = {"virtual_network_name": "v", "resource_group_name": "rg-app"}
OF = {"virtual_network_name": references("azurerm_virtual_network.v.name")}
SIZE = {"size": "Standard_B2s", "admin_username": "a"}


def machine(*, private: bool = True, **subnet: Any) -> PlanFile:
    """A VM alone in a subnet."""
    made = PlanFile()
    made.add("azurerm_virtual_network.v", {"name": "v", "address_space": ["10.0.0.0/16"], **RG}, expressions={})
    after = {"name": "s", "address_prefixes": ["10.0.1.0/24"], "default_outbound_access_enabled": not private}
    made.add("azurerm_subnet.s", {**after, **UNDER, **subnet}, expressions=OF)
    config = [{"name": "one", "subnet_id": None, "private_ip_address_allocation": "Dynamic"}]
    expressions: dict[str, Any] = {"ip_configuration": [{"subnet_id": references("azurerm_subnet.s.id")}]}
    unknown: dict[str, Any] = {"id": True, "ip_configuration": [{"subnet_id": True}]}
    made.add(
        "azurerm_network_interface.n",
        {"name": "n", "ip_configuration": config, **RG},
        unknown=unknown,
        expressions=expressions,
    )
    expressions = {"network_interface_ids": references("azurerm_network_interface.n.id")}
    unknown = {"id": True, "network_interface_ids": True}
    made.add("azurerm_linux_virtual_machine.m", {"name": "m", **SIZE, **RG}, unknown=unknown, expressions=expressions)
    return made


def balancer(made: PlanFile, *, public: bool = True) -> PlanFile:
    """The VM's interface in the pool of a load balancer."""
    front = {"name": "f", "public_ip_address_id": "/x/pip" if public else "", "subnet_id": "" if public else "/x/s"}
    made.add(
        "azurerm_lb.l", {"name": "l", "sku": "Standard", "frontend_ip_configuration": [front], **RG}, expressions={}
    )
    under = {"loadbalancer_id": references("azurerm_lb.l.id")}
    unknown = {"id": True, "loadbalancer_id": True}
    made.add("azurerm_lb_backend_address_pool.p", {"name": "p"}, unknown=unknown, expressions=under)
    associate(
        made,
        "azurerm_network_interface_backend_address_pool_association",
        after={"ip_configuration_name": "one"},
        network_interface_id="azurerm_network_interface.n.id",
        backend_address_pool_id="azurerm_lb_backend_address_pool.p.id",
    )
    return made


def ruled(made: PlanFile, kind: str, **more: Any) -> PlanFile:
    """azurerm_lb_outbound_rule. azurerm_lb_rule."""
    pools = "backend_address_pool_ids" if kind == "azurerm_lb_rule" else "backend_address_pool_id"
    expressions = {
        name: references(to)
        for name, to in (("loadbalancer_id", "azurerm_lb.l.id"), (pools, "azurerm_lb_backend_address_pool.p.id"))
    }
    unknown = {"id": True, "loadbalancer_id": True, pools: True}
    return made.add(f"{kind}.r", {"name": "r", "protocol": "Tcp", **more}, unknown=unknown, expressions=expressions)


def way_out(made: PlanFile, folder: Path, where: str = "AzureBackup") -> bool | None:
    """Whether the VM gets out, as far as the plan alone tells."""
    (facts,) = documents(fleet_of(rows_of(made.read(folder)), planned=True)).values()
    network = facts["network"]
    assert isinstance(network, Network), network
    return network.reach(where, "443").answer


def test_a_private_subnet_of_a_plan_has_a_way_out_by_its_nat_gateway_alone(tmp_path: Path) -> None:
    made = machine()
    assert way_out(made, tmp_path) is False
    assert way_out(made, tmp_path, "Storage") is True
    made.add("azurerm_nat_gateway.g", {"name": "g", "sku_name": "Standard", **RG}, expressions={})
    associate(
        made,
        "azurerm_subnet_nat_gateway_association",
        subnet_id="azurerm_subnet.s.id",
        nat_gateway_id="azurerm_nat_gateway.g.id",
    )
    # azurerm_nat_gateway_public_ip_association.
    assert way_out(made, tmp_path) is False, "it has no address yet"
    made.add("azurerm_public_ip.a", {"name": "a", "sku": "Standard", **RG}, expressions={})
    associate(
        made,
        "azurerm_nat_gateway_public_ip_association",
        nat_gateway_id="azurerm_nat_gateway.g.id",
        public_ip_address_id="azurerm_public_ip.a.id",
    )
    assert way_out(made, tmp_path) is True
    (nat,) = [row for row in rows_of(made.read(tmp_path)) if row["type"].lower() == NAT_GATEWAY]
    assert len(nat["properties"]["publicIpAddresses"]) == 1


def test_a_nat_gateway_of_a_plan_with_a_prefix_of_addresses(tmp_path: Path) -> None:
    made = machine()
    made.add("azurerm_nat_gateway.g", {"name": "g", "sku_name": "Standard", **RG}, expressions={})
    linked = {"subnet_id": "azurerm_subnet.s.id", "nat_gateway_id": "azurerm_nat_gateway.g.id"}
    associate(made, "azurerm_subnet_nat_gateway_association", **linked)
    # azurerm_nat_gateway_public_ip_prefix_association.
    prefix = {"nat_gateway_id": "azurerm_nat_gateway.g.id", "public_ip_prefix_id": "azurerm_public_ip_prefix.p.id"}
    associate(made, "azurerm_nat_gateway_public_ip_prefix_association", **prefix)
    assert way_out(made, tmp_path) is not False


def test_the_rules_of_a_load_balancer_of_a_plan_stand_in_its_row(tmp_path: Path) -> None:
    made = ruled(balancer(machine()), "azurerm_lb_outbound_rule")
    (row,) = [row for row in rows_of(made.read(tmp_path)) if row["type"].lower() == BALANCER]
    assert row["properties"]["outboundRules"][0]["properties"]["backendAddressPool"]["id"].endswith("/p")
    assert way_out(made, tmp_path) is True
    assert way_out(balancer(machine()), tmp_path) is None, "whether the default access is left is not documented"
    assert way_out(balancer(machine(private=False), public=False), tmp_path) is False
    shared = ruled(balancer(machine(private=False)), "azurerm_lb_rule", disable_outbound_snat=False)
    assert way_out(shared, tmp_path) is True
    quiet = ruled(balancer(machine(private=False)), "azurerm_lb_rule", disable_outbound_snat=True)
    assert way_out(quiet, tmp_path) is None


def test_a_private_endpoint_and_a_network_manager_of_a_plan(tmp_path: Path) -> None:
    made = machine(private_endpoint_network_policies="Disabled")
    connection = {"name": "c", "private_connection_resource_id": "/v", "subresource_names": ["AzureBackup"]}
    expressions = {"subnet_id": references("azurerm_subnet.s.id")}
    unknown = {"id": True, "subnet_id": True}
    after = {"name": "pe", "private_service_connection": [connection], **RG}
    made.add("azurerm_private_endpoint.e", after, unknown=unknown, expressions=expressions)
    scope = [{"subscription_ids": ["/subscriptions/1"], "management_group_ids": []}]
    manager = {"name": "m", "scope": scope, "scope_accesses": ["SecurityAdmin"], **RG}
    made.add("azurerm_network_manager.m", manager, expressions={})
    rows = {row["type"].lower(): row["properties"] for row in rows_of(made.read(tmp_path))}
    assert rows[PRIVATE_ENDPOINT]["privateLinkServiceConnections"][0]["properties"]["groupIds"] == ["AzureBackup"]
    assert rows[NETWORK_MANAGER]["networkManagerScopes"]["subscriptions"] == ["/subscriptions/1"]
    (subnet,) = rows["microsoft.network/virtualnetworks"]["subnets"]
    assert subnet["properties"]["privateEndpointNetworkPolicies"] == "Disabled"


def test_names_of_servers_that_a_plan_gives(tmp_path: Path) -> None:
    made = machine()
    made.changes[0]["change"]["after"]["dns_servers"] = ["10.0.0.4"]
    (facts,) = documents(fleet_of(rows_of(made.read(tmp_path)), planned=True)).values()
    assert facts["network.dns_servers"] == ["10.0.0.4"]
