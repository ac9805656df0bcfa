"""Interfaces, security groups, networks and the ways out of them, as plain data; the words are those of rules.py."""

from typing import Any

NIC = "Microsoft.Network/networkInterfaces"
NSG = "Microsoft.Network/networkSecurityGroups"
ASG = "Microsoft.Network/applicationSecurityGroups"
VNET = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VNET}/subnets"
ROUTE_TABLE = "Microsoft.Network/routeTables"
NAT_GATEWAY = "Microsoft.Network/natGateways"
PUBLIC_IP = "Microsoft.Network/publicIPAddresses"
BALANCER = "Microsoft.Network/loadBalancers"
POOL = f"{BALANCER}/backendAddressPools"
NETWORK_MANAGER = "Microsoft.Network/networkManagers"

_ROW = {"location": ("region", "location"), "tags": "tags"}

_IP_CONFIGURATION: dict[str, Any] = {
    "name": "name",
    "properties": {
        "primary": ("computed", "primary", None),
        "privateIPAddress": "private_ip_address",
        "privateIPAddressVersion": "private_ip_address_version",
        "privateIPAllocationMethod": "private_ip_address_allocation",
        "subnet": {"id": ("ref", "subnet_id", SUBNET)},
        "publicIPAddress": {"id": ("ref", "public_ip_address_id", PUBLIC_IP)},
        "applicationSecurityGroups": ("attached", "application security groups"),
        "loadBalancerBackendAddressPools": ("attached", "backend pools"),
    },
}

_RULE = {
    "description": "description",
    "priority": "priority",
    "direction": "direction",
    "access": "access",
    "protocol": "protocol",
    "sourcePortRange": "source_port_range",
    "sourcePortRanges": "source_port_ranges",
    "destinationPortRange": "destination_port_range",
    "destinationPortRanges": "destination_port_ranges",
    "sourceAddressPrefix": "source_address_prefix",
    "sourceAddressPrefixes": "source_address_prefixes",
    "destinationAddressPrefix": "destination_address_prefix",
    "destinationAddressPrefixes": "destination_address_prefixes",
    "sourceApplicationSecurityGroups": ("refs", "source_application_security_group_ids", ASG),
    "destinationApplicationSecurityGroups": ("refs", "destination_application_security_group_ids", ASG),
}
_RULES = ("inline", "security_rule", ("part", "securityRules", _RULE))

_ROUTE = {
    "addressPrefix": "address_prefix",
    "nextHopType": "next_hop_type",
    "nextHopIpAddress": ("filled", "next_hop_in_ip_address"),
}

_PREFIXES = {"addressPrefix": "address_prefix", "addressPrefixes": ("filled", "address_prefixes")}
_INLINE_SUBNET = {
    **_PREFIXES,
    "networkSecurityGroup": {"id": ("ref", "security_group", NSG)},
    "routeTable": {"id": ("ref", "route_table_id", ROUTE_TABLE)},
    "natGateway": ("unsaid", "NAT gateway"),
    "defaultOutboundAccess": "default_outbound_access_enabled",
    "privateEndpointNetworkPolicies": "private_endpoint_network_policies",
    "serviceEndpoints": (
        "any",
        ("wrapped", "service_endpoints", "service"),
        ("inline", "service_endpoint", {"service": "service"}),
    ),
    "serviceEndpointPolicies": ("wrapped", "service_endpoint_policy_ids", "id"),
}

_SUBNET: dict[str, Any] = {
    **_PREFIXES,
    "networkSecurityGroup": ("unsaid", "network security group"),
    "routeTable": ("unsaid", "route table"),
    "natGateway": ("unsaid", "NAT gateway"),
    "defaultOutboundAccess": "default_outbound_access_enabled",
    "privateEndpointNetworkPolicies": "private_endpoint_network_policies",
    "serviceEndpoints": (
        "any",
        ("wrapped", "service_endpoints", "service"),
        ("blocks", "service_endpoint", {"service": "service"}),
    ),
    "serviceEndpointPolicies": ("wrapped", "service_endpoint_policy_ids", "id"),
}


def _onto_nat(attribute: str, kind: str, name: str) -> dict[str, Any]:
    return {
        "type": "",
        "onto": {
            "id": ("ref", "nat_gateway_id", NAT_GATEWAY),
            "add": (name,),
            "value": {"id": ("ref", attribute, kind)},
        },
    }


_RULED = {
    "protocol": "protocol",
    "disableOutboundSnat": "disable_outbound_snat",
    "backendAddressPool": {"id": ("ref", "backend_address_pool_id", POOL)},
    "backendAddressPools": ("refs", "backend_address_pool_ids", POOL),
}


def _onto_subnet(attribute: str, kind: str, name: str) -> dict[str, Any]:
    return {
        "type": "",
        "onto": {
            "id": ("ref", "subnet_id", SUBNET),
            "set": (name,),
            "value": {"id": ("ref", attribute, kind)},
        },
    }


RESOURCES: dict[str, dict[str, Any]] = {
    "azurerm_network_interface": {
        "type": NIC,
        "row": {
            **_ROW,
            "properties": {
                "macAddress": "mac_address",
                "dnsSettings": {"dnsServers": ("filled", "dns_servers")},
                "networkSecurityGroup": ("unsaid", "network security group"),
                "ipConfigurations": ("blocks", "ip_configuration", _IP_CONFIGURATION),
            },
        },
    },
    "azurerm_network_interface_security_group_association": {
        "type": "",
        "onto": {
            "id": ("ref", "network_interface_id", NIC),
            "set": ("networkSecurityGroup",),
            "value": {"id": ("ref", "network_security_group_id", NSG)},
        },
    },
    "azurerm_network_interface_application_security_group_association": {
        "type": "",
        "onto": {
            "id": ("ref", "network_interface_id", NIC),
            "add": ("ipConfigurations", "[]", "applicationSecurityGroups"),
            "value": {"id": ("ref", "application_security_group_id", ASG)},
        },
    },
    "azurerm_network_interface_backend_address_pool_association": {
        "type": "",
        "onto": {
            "id": ("ref", "network_interface_id", NIC),
            "add": ("ipConfigurations", "[ip_configuration_name]", "loadBalancerBackendAddressPools"),
            "value": {"id": ("ref", "backend_address_pool_id", POOL)},
        },
    },
    "azurerm_application_security_group": {"type": ASG, "row": _ROW},
    "azurerm_network_security_group": {
        "type": NSG,
        "row": {**_ROW, "properties": {"securityRules": _RULES}},
    },
    "azurerm_network_security_rule": {
        "type": f"{NSG}/securityRules",
        "id": {"under": ("named", "network_security_group_name", NSG)},
        "row": {"properties": _RULE},
    },
    "azurerm_virtual_network": {
        "type": VNET,
        "inline": {SUBNET.lower(): "subnet"},
        "row": {
            **_ROW,
            "properties": {
                "addressSpace": {"addressPrefixes": "address_space"},
                "dhcpOptions": {"dnsServers": ("filled", "dns_servers")},
                "subnets": ("inline", "subnet", ("part", "subnets", _INLINE_SUBNET)),
            },
        },
    },
    "azurerm_subnet": {
        "type": SUBNET,
        "id": {"under": ("named", "virtual_network_name", VNET)},
        "row": {"properties": _SUBNET},
    },
    "azurerm_virtual_network_peering": {
        "type": f"{VNET}/virtualNetworkPeerings",
        "id": {"under": ("named", "virtual_network_name", VNET)},
        "row": {"properties": {"remoteVirtualNetwork": {"id": ("ref", "remote_virtual_network_id", VNET)}}},
    },
    "azurerm_subnet_network_security_group_association": _onto_subnet(
        "network_security_group_id", NSG, "networkSecurityGroup"
    ),
    "azurerm_subnet_route_table_association": _onto_subnet("route_table_id", ROUTE_TABLE, "routeTable"),
    "azurerm_subnet_nat_gateway_association": _onto_subnet("nat_gateway_id", NAT_GATEWAY, "natGateway"),
    "azurerm_route_table": {
        "type": ROUTE_TABLE,
        "row": {**_ROW, "properties": {"routes": ("inline", "route", ("part", "routes", _ROUTE))}},
    },
    "azurerm_route": {
        "type": f"{ROUTE_TABLE}/routes",
        "id": {"under": ("named", "route_table_name", ROUTE_TABLE)},
        "row": {"properties": _ROUTE},
    },
    "azurerm_nat_gateway": {
        "type": NAT_GATEWAY,
        "row": {
            **_ROW,
            "zones": "zones",
            "sku": {"name": "sku_name"},
            "properties": {
                "publicIpAddresses": ("attached", "public addresses"),
                "publicIpPrefixes": ("attached", "prefixes of public addresses"),
            },
        },
    },
    "azurerm_nat_gateway_public_ip_association": _onto_nat("public_ip_address_id", PUBLIC_IP, "publicIpAddresses"),
    "azurerm_nat_gateway_public_ip_prefix_association": _onto_nat(
        "public_ip_prefix_id", "Microsoft.Network/publicIPPrefixes", "publicIpPrefixes"
    ),
    "azurerm_public_ip": {
        "type": PUBLIC_IP,
        "row": {
            **_ROW,
            "zones": "zones",
            "sku": {"name": "sku"},
            "properties": {"publicIPAllocationMethod": "allocation_method", "ipAddress": "ip_address"},
        },
    },
    "azurerm_lb": {
        "type": BALANCER,
        "row": {
            **_ROW,
            "sku": {"name": "sku"},
            "properties": {
                "frontendIPConfigurations": (
                    "blocks",
                    "frontend_ip_configuration",
                    {
                        "name": "name",
                        "properties": {
                            "subnet": {"id": ("ref", "subnet_id", SUBNET)},
                            "publicIPAddress": {"id": ("ref", "public_ip_address_id", PUBLIC_IP)},
                            "publicIPPrefix": {
                                "id": ("ref", "public_ip_prefix_id", "Microsoft.Network/publicIPPrefixes")
                            },
                        },
                    },
                )
            },
        },
    },
    "azurerm_lb_backend_address_pool": {
        "type": POOL,
        "id": {"under": ("ref", "loadbalancer_id", BALANCER)},
        "row": {"properties": {}},
    },
    "azurerm_lb_outbound_rule": {
        "type": f"{BALANCER}/outboundRules",
        "id": {"under": ("ref", "loadbalancer_id", BALANCER)},
        "row": {"properties": _RULED},
    },
    "azurerm_lb_rule": {
        "type": f"{BALANCER}/loadBalancingRules",
        "id": {"under": ("ref", "loadbalancer_id", BALANCER)},
        "row": {"properties": _RULED},
    },
    "azurerm_network_manager": {
        "type": NETWORK_MANAGER,
        "row": {
            **_ROW,
            "properties": {
                "networkManagerScopeAccesses": "scope_accesses",
                "networkManagerScopes": (
                    "block",
                    "scope",
                    {"subscriptions": "subscription_ids", "managementGroups": "management_group_ids"},
                ),
            },
        },
    },
    "azurerm_private_endpoint": {
        "type": "Microsoft.Network/privateEndpoints",
        "row": {
            **_ROW,
            "properties": {
                "subnet": {"id": ("ref", "subnet_id", SUBNET)},
                "privateLinkServiceConnections": (
                    "blocks",
                    "private_service_connection",
                    {
                        "name": "name",
                        "properties": {
                            "privateLinkServiceId": ("ref", "private_connection_resource_id", ""),
                            "groupIds": "subresource_names",
                        },
                    },
                ),
            },
        },
    },
    "data.azurerm_network_security_group": {
        "type": NSG,
        "row": {**_ROW, "properties": {"securityRules": _RULES}},
    },
    "data.azurerm_route_table": {
        "type": ROUTE_TABLE,
        "row": {**_ROW, "properties": {"routes": ("inline", "route", ("part", "routes", _ROUTE))}},
    },
    "data.azurerm_network_interface": {
        "type": NIC,
        "row": {
            **_ROW,
            "properties": {
                "macAddress": "mac_address",
                "networkSecurityGroup": {"id": ("ref", "network_security_group_id", NSG)},
                "ipConfigurations": (
                    "blocks",
                    "ip_configuration",
                    {
                        "name": "name",
                        "properties": {
                            **_IP_CONFIGURATION["properties"],
                            "applicationSecurityGroups": ("refs", "application_security_group_ids", ASG),
                            "loadBalancerBackendAddressPools": (
                                "refs", "load_balancer_backend_address_pools_ids", POOL
                            ),
                        },
                    },
                ),
            },
        },
    },
    "data.azurerm_subnet": {
        "type": SUBNET,
        "id": {"under": ("named", "virtual_network_name", VNET)},
        "row": {
            "properties": {
                **_SUBNET,
                "networkSecurityGroup": {"id": ("ref", "network_security_group_id", NSG)},
                "routeTable": {"id": ("ref", "route_table_id", ROUTE_TABLE)},
            }
        },
    },
    "data.azurerm_application_security_group": {"type": ASG, "row": _ROW},
    "data.azurerm_nat_gateway": {
        "type": NAT_GATEWAY,
        "row": {
            **_ROW,
            "properties": {
                "publicIpAddresses": ("refs", "public_ip_address_ids", PUBLIC_IP),
                "publicIpPrefixes": ("refs", "public_ip_prefix_ids", "Microsoft.Network/publicIPPrefixes"),
            },
        },
    },
    # too little is told of these to make rows; they are targets of references all the same
    "data.azurerm_virtual_network": {"type": VNET, "row": {}},
    "data.azurerm_public_ip": {"type": PUBLIC_IP, "row": {}},
    "data.azurerm_lb": {"type": BALANCER, "row": {}},
    "data.azurerm_lb_backend_address_pool": {
        "type": POOL,
        "id": {"under": ("ref", "loadbalancer_id", BALANCER)},
        "row": {},
    },
}  # fmt: skip

NOT_MAPPED = frozenset(
    {
        "azurerm_firewall",
        "azurerm_firewall_policy_rule_collection_group",
        "azurerm_firewall_network_rule_collection",
        "azurerm_firewall_application_rule_collection",
        "azurerm_network_manager_admin_rule",
        "azurerm_network_manager_admin_rule_collection",
        "azurerm_network_manager_deployment",
        "azurerm_network_manager_routing_rule",
        "azurerm_network_security_perimeter_association",
        "azurerm_route_server",
        "azurerm_subnet_service_endpoint_storage_policy",
        "azurerm_virtual_hub_connection",
        "azurerm_virtual_hub_route_table_route",
        "azurerm_virtual_network_gateway",
        "azurerm_virtual_network_gateway_connection",
        "azurerm_network_interface_application_gateway_backend_address_pool_association",
    }
)
"""Types that may change what is judged, and are not read yet."""
