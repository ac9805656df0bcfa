"""What lets packets out or takes them in: NAT gateways, load balancers, private endpoints; and network managers."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import identity, objects, part, text, word
from scanner.facts.vnets import name_of
from scanner.model import Row
from scanner.network.egress import Gate, Pool
from scanner.network.intervals import address_of
from scanner.network.rules import Truth
from scanner.rowtypes import BALANCER, NAT_GATEWAY, NETWORK_MANAGER, PRIVATE_ENDPOINT, VM


def short(given: str) -> str:
    """A resource for people: its name, with its group."""
    parts = given.split("/")
    group = f" ({parts[4]})" if len(parts) > 4 else ""
    return parts[-1] + group


def _nat(row: Row, key: str) -> Gate:
    said = f"NAT gateway {name_of(row, key)}"
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return Gate(said, None, f"has {said}, whose row has no properties")
    listed = [objects(properties.get(name)) for name in ("publicIpAddresses", "publicIpPrefixes")]
    if any(listed):
        return Gate(said)
    if None in listed:
        return Gate(said, None, f"has {said}, whose public addresses are not known")
    return Gate(said, False, f"has {said}, which has no public address")


class Balancer(msgspec.Struct, gc=False):
    """What is kept of a load balancer, by backend pool: the rules that translate tcp on its way out."""

    said: str
    basic: Truth
    public: Truth
    """It has a public frontend."""
    outbound: dict[str, str]
    sharing: set[str]
    """Pools of load-balancing rules that translate on the side."""
    addressed: dict[str, str]
    """Pools that name addresses instead of interfaces, by address."""
    readable: bool


def _balancer(row: Row, key: str) -> Balancer:
    properties = row.get("properties")
    sku = word(part(row.get("sku"), "name"))
    frontends = _bodies(part(properties, "frontendIPConfigurations"))
    rules, outbound = _bodies(part(properties, "loadBalancingRules")), _bodies(part(properties, "outboundRules"))
    pools = objects(part(properties, "backendAddressPools"))
    public = None
    if frontends is not None:
        public = any(body.get(name) is not None for body in frontends for name in ("publicIPAddress", "publicIPPrefix"))
    found = Balancer(
        f"load balancer {name_of(row, key)}",
        None if sku is None else sku.lower() == "basic",
        public if frontends else None,
        {},
        set(),
        dict(_addressed(pools or ())),
        isinstance(properties, dict) and None not in (rules, outbound, pools),
    )
    for rule in objects(part(properties, "outboundRules")) or ():
        body = rule.get("properties")
        pool = identity(part(body, "backendAddressPool", "id"))
        if pool and _takes_tcp(part(body, "protocol")):
            found.outbound[pool] = text(rule.get("name")) or "without a name"
    for body in rules or ():
        if body.get("disableOutboundSnat") is not True and _takes_tcp(body.get("protocol")):
            named = [body.get("backendAddressPool"), *(objects(body.get("backendAddressPools")) or ())]
            found.sharing |= {pool for one in named if (pool := identity(part(one, "id")))}
    return found


def _bodies(listed: Any) -> list[dict[str, Any]] | None:
    """The properties of each member; None where one cannot be read."""
    members = objects(listed)
    if members is None:
        return None
    bodies = [member.get("properties") for member in members]
    known = [body for body in bodies if isinstance(body, dict)]
    return known if len(known) == len(bodies) else None


def _takes_tcp(protocol: Any) -> bool:
    return isinstance(protocol, str) and protocol.lower() in ("tcp", "all")


def _addressed(pools: Any) -> Iterator[tuple[str, str]]:
    for pool in pools:
        for member in objects(part(pool, "properties", "loadBalancerBackendAddresses")) or ():
            address = text(part(member, "properties", "ipAddress"))
            if address and address_of(address) is not None:
                yield address, text(pool.get("name")) or "without a name"


def pool_of(pool: str, balancer: Balancer | None) -> Pool:
    """What a load balancer does for the members of one of its pools."""
    named = pool.rpartition("/backendaddresspools/")[0] or pool
    if balancer is None:
        said = f"load balancer {short(named)}"
        return Pool(said, "unknown", f"is behind {said}, which is not in the input")
    said = balancer.said
    if not balancer.readable or balancer.basic is None:
        return Pool(said, "unknown", f"is behind {said}, whose SKU or rules are not known")
    if pool in balancer.outbound:
        return Pool(f"outbound rule {balancer.outbound[pool]} of {said}", "outbound rule")
    if balancer.public is None:
        return Pool(said, "unknown", f"is behind {said}, of which it is not known whether it has a public address")
    if balancer.basic:
        return Pool(f"basic {said}", "outbound rule" if balancer.public else "none")
    if not balancer.public:
        return Pool(f"{said}, an internal one", "internal")
    if pool in balancer.sharing:
        return Pool(f"a rule of {said}", "rule")
    why = (
        "is behind {0}, a standard one without a rule that lets its pool out; whether the default access is left to it"
    )
    return Pool(said, "unknown", f"{why.format(said)} is not known")


class Endpoint(msgspec.Struct, gc=False):
    """What is kept of a private endpoint: where it is, and what it leads to."""

    said: str
    subnet: str | None
    nics: tuple[str, ...]
    addresses: tuple[str, ...]
    leads: tuple[tuple[str, tuple[str, ...], Truth], ...]
    """(id of the resource, groups of its services in lower case, whether the connection is approved)."""


def _endpoint(row: Row, key: str) -> Endpoint:
    properties = row.get("properties")
    nics = [identity(nic.get("id")) for nic in objects(part(properties, "networkInterfaces")) or ()]
    told = [objects_of(config) for config in objects(part(properties, "customDnsConfigs")) or ()]
    both = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    connections = [body for name in both for body in _bodies(part(properties, name)) or ()]
    return Endpoint(
        f"private endpoint {name_of(row, key)}",
        identity(part(properties, "subnet", "id")),
        tuple(nic for nic in nics if nic),
        tuple(dict.fromkeys(address for listed in told for address in listed)),
        tuple(_lead(body) for body in connections),
    )


def objects_of(config: dict[str, Any]) -> list[str]:
    listed = config.get("ipAddresses")
    return (
        [one for one in listed if isinstance(one, str) and address_of(one) is not None]
        if isinstance(listed, list)
        else []
    )


def _lead(body: dict[str, Any]) -> tuple[str, tuple[str, ...], Truth]:
    groups = body.get("groupIds")
    named = tuple(one.lower() for one in groups if isinstance(one, str)) if isinstance(groups, list) else ()
    status = text(part(body, "privateLinkServiceConnectionState", "status"))
    return (
        identity(body.get("privateLinkServiceId")) or "",
        named,
        None if status is None else status.lower() == "approved",
    )


class Managing(msgspec.Struct, gc=False):
    """What is kept of a network manager: whose networks it may put security admin rules on."""

    said: str
    subscriptions: tuple[str, ...]
    anywhere: bool
    """Its scope is a management group, or cannot be read: which subscriptions are below it is not looked up."""


def _manager(row: Row, key: str) -> Managing | None:
    properties = row.get("properties")
    accesses, scopes = part(properties, "networkManagerScopeAccesses"), part(properties, "networkManagerScopes")
    if isinstance(accesses, list) and accesses and not any(_is_security(one) for one in accesses):
        return None
    listed, groups = part(scopes, "subscriptions"), part(scopes, "managementGroups")
    named = [identity(one) for one in listed] if isinstance(listed, list) else []
    known = isinstance(scopes, dict) and None not in named and groups in (None, [])
    said = f"network manager {name_of(row, key)}"
    return Managing(said, tuple((one or "").rsplit("/", 1)[-1] for one in named), not known)


def _is_security(access: Any) -> bool:
    return not isinstance(access, str) or access.lower() == "securityadmin"


_RULED = "backendAddressPool.id, backendAddressPools[].id, protocol, disableOutboundSnat"
_CONNECTION = "privateLinkServiceId, groupIds, privateLinkServiceConnectionState.status"
EXIT_READS = {
    NAT_GATEWAY: "[name, properties.[publicIpAddresses, publicIpPrefixes]]",
    BALANCER: "[name, sku.name, properties.[frontendIPConfigurations[].properties.[publicIPAddress, publicIPPrefix],"
    f" loadBalancingRules[].properties.[{_RULED}], outboundRules[].[name, properties.[{_RULED}]],"
    " backendAddressPools[].[name, properties.loadBalancerBackendAddresses[].properties.ipAddress]]]",
    PRIVATE_ENDPOINT: "[name, properties.[subnet.id, networkInterfaces[].id, customDnsConfigs[].ipAddresses,"
    f" privateLinkServiceConnections[].properties.[{_CONNECTION}],"
    f" manualPrivateLinkServiceConnections[].properties.[{_CONNECTION}]]]",
    NETWORK_MANAGER: "[name, properties.[networkManagerScopeAccesses, networkManagerScopes.[subscriptions,"
    " managementGroups]]]",
}

MODULE = FactModule(
    VM,
    {},
    {
        "nats": Table(NAT_GATEWAY, _nat),
        "balancers": Table(BALANCER, _balancer),
        "endpoints": Table(PRIVATE_ENDPOINT, _endpoint),
        "managers": Table(NETWORK_MANAGER, _manager),
    },
)
