"""Rows of what lets packets out of the networks: NAT gateways, load balancers, route tables, private endpoints."""

from random import Random

from benchmarks.fleet.machines import PER_VNET, Block, Fleet
from benchmarks.fleet.shapes import linked, row, shape


def beside(fleet: Fleet, sub: int, number: int, kind: str, name: str) -> str:
    """The id of one such thing, of which each virtual network has one."""
    return f"{fleet.network(sub)}{kind}/{name}-{number:02d}"


def nat(fleet: Fleet, sub: int, number: int) -> str:
    return beside(fleet, sub, number, "natGateways", "nat")


def route_table(fleet: Fleet, sub: int, number: int) -> str:
    return beside(fleet, sub, number, "routeTables", "rt")


def balancer(fleet: Fleet, sub: int, number: int) -> str:
    return beside(fleet, sub, number, "loadBalancers", "lb")


PUBLIC = shape("""{"provisioningState": "Succeeded", "ipAddress": "198.51.100.<last>", "publicIPAddressVersion": "IPv4",
"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 4}""")
NAT = shape("""{"provisioningState": "Succeeded", "idleTimeoutInMinutes": 4, "publicIpAddresses": ["<<address>>"],
"subnets": []}""")
STANDARD = '{"name":"Standard","tier":"Regional"}'
TABLE = shape("""{"provisioningState": "Succeeded", "disableBgpRoutePropagation": false, "routes": [{"name": "to-hub",
"id": "<id>/routes/to-hub", "properties": {"provisioningState": "Succeeded", "addressPrefix": "0.0.0.0/0",
"nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.250.1.4", "hasBgpOverride": false}}]}""")
BALANCER = shape("""{"provisioningState": "Succeeded", "frontendIPConfigurations": [{"name": "front",
"id": "<id>/frontendIPConfigurations/front", "properties": {"publicIPAddress": "<<address>>"}}],
"backendAddressPools": [{"name": "pool", "id": "<id>/backendAddressPools/pool", "properties": {}}],
"loadBalancingRules": [], "outboundRules": [{"name": "out", "id": "<id>/outboundRules/out", "properties":
{"protocol": "All", "allocatedOutboundPorts": 1024,
"backendAddressPool": {"id": "<id>/backendAddressPools/pool"}}}]}""")
ENDPOINT = shape("""{"provisioningState": "Succeeded", "subnet": "<<subnet>>", "networkInterfaces": [],
"customDnsConfigs": [{"fqdn": "vault.backup.windowsazure.com", "ipAddresses": ["10.<second>.0.250"]}],
"privateLinkServiceConnections": [{"name": "rsv", "properties": {"privateLinkServiceId": "<vault>",
"groupIds": ["AzureBackup"], "privateLinkServiceConnectionState": {"status": "Approved"}}}]}""")


def public_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    del rng
    identity = beside(fleet, sub, number, "publicIPAddresses", "pip")
    properties = PUBLIC % {"last": str(number % 250 + 1)}
    return row(identity, "microsoft.network/publicipaddresses", _region(block), properties, sku=STANDARD)


def nat_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    properties = NAT % {"address": linked(rng, beside(fleet, sub, number, "publicIPAddresses", "pip"))}
    return row(nat(*block), "microsoft.network/natgateways", _region(block), properties, sku=STANDARD)


def route_table_row(block: Block, rng: Random) -> str:
    del rng
    identity = route_table(*block)
    return row(identity, "microsoft.network/routetables", _region(block), TABLE % {"id": identity})


def balancer_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    own = {"id": balancer(*block), "address": linked(rng, beside(fleet, sub, number, "publicIPAddresses", "pip"))}
    return row(own["id"], "microsoft.network/loadbalancers", _region(block), BALANCER % own, sku=STANDARD)


def endpoint_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    own = {"subnet": linked(rng, f"{fleet.vnet(sub, number)}/subnets/snet-0"), "second": str(number % 250)}
    properties = ENDPOINT % (own | {"vault": fleet.vault(sub, 0)})
    identity = beside(fleet, sub, number, "privateEndpoints", "pe-rsv")
    return row(identity, "microsoft.network/privateendpoints", _region(block), properties)


def _region(block: Block) -> str:
    fleet, sub, number = block
    return fleet.region(sub, number * PER_VNET)
