"""Rows of what lets packets out of a network or takes them in, and of what owners declare of it."""

from typing import Any

from scanner.model import Row
from scanner.rowtypes import BALANCER, DECLARED, NAT_GATEWAY, NETWORK_MANAGER, NIC, PRIVATE_ENDPOINT
from tests.rows import SUBSCRIPTION, VAULT_ID, id_of, row

NAT_ID = id_of("Microsoft.Network/natGateways", "nat1", "rg-net")
PUBLIC_ID = id_of("Microsoft.Network/publicIPAddresses", "pip1", "rg-net")


def nat(*, addresses: int = 1) -> Row:
    listed = [{"id": f"{PUBLIC_ID}{number}"} for number in range(addresses)]
    return row(NAT_GATEWAY, NAT_ID, {"publicIpAddresses": listed} if listed else {}, sku={"name": "Standard"})


def balancer_id(name: str) -> str:
    return id_of("Microsoft.Network/loadBalancers", name, "rg-net")


def pool_id(name: str) -> str:
    return f"{balancer_id(name)}/backendAddressPools/pool"


def balancer(name: str, kind: str, *, protocol: str = "All", address: str = "") -> Row:
    """Kinds: outbound, rule, quiet (a rule that translates nothing), internal, basic, basic-internal, no-sku."""
    internal = kind in ("internal", "basic-internal")
    front: Row = {"subnet": {"id": "/x/subnets/s"}} if internal else {"publicIPAddress": {"id": PUBLIC_ID}}
    rule: Row = {"backendAddressPool": {"id": pool_id(name).upper()}, "protocol": protocol}
    ruled = {**rule, "protocol": "Tcp", "disableOutboundSnat": kind == "quiet"}
    pool: Row = {"name": "pool", "id": pool_id(name), "properties": {}}
    if address:
        pool["properties"]["loadBalancerBackendAddresses"] = [{"name": "a", "properties": {"ipAddress": address}}]
    properties: Row = {
        "frontendIPConfigurations": [{"name": "front", "properties": front}],
        "backendAddressPools": [pool],
        "outboundRules": [{"name": "out", "properties": rule}] if kind == "outbound" else [],
        "loadBalancingRules": [{"name": "in", "properties": ruled}] if kind in ("rule", "quiet") else [],
    }
    sku = {} if kind == "no-sku" else {"sku": {"name": "Basic" if kind.startswith("basic") else "Standard"}}
    return row(BALANCER, balancer_id(name), properties, **sku)


def endpoint(
    name: str, subnet: str, *addresses: str, to: str = VAULT_ID, group: str = "AzureBackup", status: str = "Approved"
) -> list[Row]:
    """A private endpoint and its interface."""
    nic = id_of("Microsoft.Network/networkInterfaces", f"{name}.nic", "rg-net")
    connection: Row = {
        "privateLinkServiceId": to,
        "groupIds": [group],
        "privateLinkServiceConnectionState": {"status": status},
    }
    identity = id_of("Microsoft.Network/privateEndpoints", name, "rg-net")
    properties: Row = {
        "subnet": {"id": subnet},
        "networkInterfaces": [{"id": nic}],
        "privateLinkServiceConnections": [{"name": name, "properties": connection}],
        "customDnsConfigs": [],
    }
    configs = [{"properties": {"privateIPAddress": one, "subnet": {"id": subnet}}} for one in addresses]
    return [
        row(PRIVATE_ENDPOINT, identity, properties),
        row(NIC, nic, {"privateEndpoint": {"id": identity}, "ipConfigurations": configs}),
    ]


def manager(name: str = "avnm1", *, accesses: Any = ("SecurityAdmin",), subscription: str = SUBSCRIPTION) -> Row:
    scopes = {"subscriptions": [f"/subscriptions/{subscription}"], "managementGroups": []}
    properties: Row = {"networkManagerScopes": scopes}
    if accesses is not None:
        properties["networkManagerScopeAccesses"] = list(accesses)
    return row(NETWORK_MANAGER, id_of("Microsoft.Network/networkManagers", name, "rg-net"), properties)


def declared(hop: str = "10.1.0.4", *allows: str, number: int = 1, **more: Any) -> Row:
    """What an owner states of a hop; None leaves a property out."""
    properties: Row = {
        "hop": hop,
        "allows": list(allows or ("*",)),
        "ports": ["443"],
        "owner": "net@contoso.com",
        "date": "2026-11-01",
        "expires": "2027-05-01",
        "reason": "firewall policy afwp-hub",
        "place": f"snapready.yaml:{number}",
        **more,
    }
    known = {name: value for name, value in properties.items() if value is not None}
    return {"id": f"/snapready/declared/{number}", "type": DECLARED, "subscriptionId": "", "properties": known}


def declared_proxy(host: str = "10.1.0.100", *, number: int = 9, **more: Any) -> Row:
    """A proxy that an owner states VMs to use."""
    given = declared(number=number)
    kept = {name: given["properties"][name] for name in ("owner", "date", "expires", "reason", "place")}
    properties: Row = {"proxy": host, "addresses": [host], "port": 3128, "authenticated": False, **kept, **more}
    known = {name: value for name, value in properties.items() if value is not None}
    return {**given, "properties": known}
