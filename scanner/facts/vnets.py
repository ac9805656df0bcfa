"""The virtual networks of the fleet with their subnets and peers, and the groups and routes that these name."""

from typing import Any

import msgspec

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import flag, objects, part, text, word
from scanner.facts.nics import reference, servers
from scanner.model import Row
from scanner.network.intervals import Intervals, Prefix, normal, parse, prefixes_of
from scanner.network.routes import read_table
from scanner.network.rules import Truth, read_nsg
from scanner.network.tags import ServiceTags, given
from scanner.rowtypes import NSG, ROUTE_TABLE, SERVICE_TAGS, VM, VNET


class Subnet(msgspec.Struct, gc=False):
    """What is kept of a subnet. None: not known; "" there is none."""

    name: str
    nsg: str | None
    ranges: Intervals | None
    table: str | None
    private: Truth
    """Machines in it get no default outbound address; False too where the row says nothing."""
    silent: bool
    """It says nothing, and is private or not by whether a plan makes its network anew."""
    nat: str | None
    endpoints: tuple[tuple[str, tuple[str, ...]], ...]
    filtered: bool
    """It has service endpoint policies, or may have: past them only the storage accounts that they list are reached."""
    policies: str | None
    """privateEndpointNetworkPolicies, in lower case."""


class Vnet(msgspec.Struct, gc=False):
    """What is kept of a virtual network; `peers` are the ids of those connected, `beside` the prefixes they have."""

    space: tuple[Prefix, ...]
    beside: tuple[Prefix, ...]
    peers: tuple[str, ...]
    subnets: dict[str, Subnet] | None
    dns: tuple[str, ...] | None


def name_of(row: Row, key: str) -> str:
    name = row.get("name")
    return name if isinstance(name, str) and name else key.rsplit("/", 1)[-1]


def _prefixes(listed: Any) -> tuple[Prefix, ...] | None:
    """The IPv4 prefixes of a list; None where one cannot be read."""
    if not isinstance(listed, list):
        return None
    found: list[Prefix] = []
    for prefix in listed:
        ranges = parse(prefix) if isinstance(prefix, str) else None
        if ranges is None:
            return None
        if ranges != "v6":
            found += prefixes_of(*ranges[0])
    return tuple(found)


def _vnet(row: Row, key: str) -> Vnet:
    properties = row.get("properties")
    beside: list[Prefix] = []
    peers = []
    for peering in objects(part(properties, "virtualNetworkPeerings")) or ():
        body = peering.get("properties")
        state = part(body, "peeringState")
        if isinstance(state, str) and state.lower() == "connected":
            peer = reference(part(body, "remoteVirtualNetwork"))
            peers += [peer] if peer else []
            for name in ("remoteAddressSpace", "remoteVirtualNetworkAddressSpace"):
                beside += _prefixes(part(body, name, "addressPrefixes")) or ()
    listed = objects(properties.get("subnets")) if isinstance(properties, dict) else None
    version = row.get("apiVersion")
    recent = version is not None and not (isinstance(version, str) and version[:10] < _PRIVATE_SINCE)
    subnets = None if listed is None else dict(_subnet(subnet, key, recent=recent) for subnet in listed)
    space = _prefixes(part(properties, "addressSpace", "addressPrefixes")) or ()
    dns = servers(part(properties, "dhcpOptions")) if isinstance(properties, dict) else None
    return Vnet(space, tuple(dict.fromkeys(beside)), tuple(peers), subnets, dns)


_PRIVATE_SINCE = "2025-07-01"
"""The API version from which on subnets of new virtual networks are private where they do not say otherwise."""


def _subnet(given: dict[str, Any], vnet: str, *, recent: bool) -> tuple[str, Subnet]:
    """`recent`: a plan makes it with an API version whose default is another, if the network is new."""
    identity, body = text(given.get("id")), given.get("properties")
    name = text(given.get("name")) or (identity or "").rsplit("/", 1)[-1]
    key = identity.lower().rstrip("/") if identity else f"{vnet}/subnets/{name.lower()}"
    known = isinstance(body, dict)
    one, several = part(body, "addressPrefix"), part(body, "addressPrefixes")
    endpoints = objects(part(body, "serviceEndpoints")) or ()
    prefixes = _prefixes(several if isinstance(several, list) and several else [one])
    return key, Subnet(
        name,
        reference(part(body, "networkSecurityGroup")) if known else None,
        None if prefixes is None else normal(prefixes),
        reference(part(body, "routeTable")) if known else None,
        _private(access := part(body, "defaultOutboundAccess")),
        access is None and recent,
        reference(part(body, "natGateway")) if known else None,
        tuple(_endpoint(endpoint) for endpoint in endpoints),
        bool(part(body, "serviceEndpointPolicies")),
        (word(part(body, "privateEndpointNetworkPolicies")) or "").lower() or None,
    )


def _private(access: Any) -> Truth:
    known = True if access is None else flag(access)
    return None if known is None else not known


def _endpoint(given: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    service, places = text(given.get("service")), given.get("locations")
    listed = [place.lower() for place in places if isinstance(place, str)] if isinstance(places, list) else []
    return (service or "").lower(), tuple(listed)


def _service_tags(row: Row, _: str) -> ServiceTags | None:
    properties = row.get("properties")
    return given(properties, text(part(properties, "date")) or "")


_RULE = (
    "name, properties.[access, direction, priority, protocol, destinationPortRange, destinationPortRanges,"
    " sourcePortRange, sourcePortRanges, sourceAddressPrefix, sourceAddressPrefixes, destinationAddressPrefix,"
    " destinationAddressPrefixes, sourceApplicationSecurityGroups, destinationApplicationSecurityGroups]"
)
_SUBNET = (
    "addressPrefix, addressPrefixes, networkSecurityGroup.id, routeTable.id, natGateway.id, defaultOutboundAccess,"
    " serviceEndpoints[].[service, locations], serviceEndpointPolicies[].id, privateEndpointNetworkPolicies"
)
_PEERING = (
    "peeringState, remoteVirtualNetwork.id, remoteAddressSpace.addressPrefixes,"
    " remoteVirtualNetworkAddressSpace.addressPrefixes"
)
VNET_READS = {
    VNET: "[apiVersion, properties.[addressSpace.addressPrefixes, dhcpOptions.dnsServers,"
    f" subnets[].[id, name, properties.[{_SUBNET}]], virtualNetworkPeerings[].properties.[{_PEERING}]]]",
    NSG: f"[name, properties.[securityRules[].[{_RULE}], defaultSecurityRules[].[{_RULE}]]]",
    ROUTE_TABLE: "[name, properties.routes[].[name, properties.[addressPrefix, nextHopType, nextHopIpAddress]]]",
    SERVICE_TAGS: "properties.[changeNumber, cloud, date, values[].[name, properties.addressPrefixes]]",
}

MODULE = FactModule(
    VM,
    {},
    {
        "nsgs": Table(NSG, lambda row, key: read_nsg(name_of(row, key), row.get("properties"))),
        "vnets": Table(VNET, _vnet),
        "routetables": Table(ROUTE_TABLE, lambda row, key: read_table(name_of(row, key), row.get("properties"))),
        "servicetags": Table(SERVICE_TAGS, _service_tags),
    },
)
