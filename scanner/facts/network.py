"""Where a VM sits in its networks: its primary interface's address, subnet and security groups, for can_reach."""

from collections import Counter
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import objects, part, text
from scanner.facts.fleet import Fleet
from scanner.facts.nics import Nic, reference
from scanner.facts.vm import Vm
from scanner.language.shapes import NETWORK, TEXT, list_of
from scanner.model import Row, Unknown
from scanner.network.intervals import NOTHING, Intervals, address_of, intersection, normal, parse, subtraction, union
from scanner.network.judge import Ruling
from scanner.network.reach import ANYWHERE, Attached, Network, Way
from scanner.network.routes import RouteTable, read_table
from scanner.network.rules import Nsg, Side, Truth, read_nsg
from scanner.network.tags import BY_MEANING, ServiceTags, bundled, cloud_of_region, given
from scanner.rowtypes import NIC, NSG, ROUTE_TABLE, SERVICE_TAGS, VM, VNET


class Subnet(msgspec.Struct, gc=False):
    """What is kept of a subnet. None: not known; "" there is none."""

    name: str
    nsg: str | None
    ranges: Intervals | None
    table: str | None
    private: bool
    nat: str | None
    endpoints: tuple[tuple[str, tuple[str, ...]], ...]


class Vnet(msgspec.Struct, gc=False):
    """What is kept of a virtual network; `peers` are the ids of those connected, `beside` the addresses they have."""

    space: Intervals
    beside: Intervals
    peers: tuple[str, ...]
    subnets: dict[str, Subnet] | None


def _name(row: Row, key: str) -> str:
    name = row.get("name")
    return name if isinstance(name, str) and name else key.rsplit("/", 1)[-1]


def _ranges(prefixes: Any) -> Intervals | None:
    """The IPv4 addresses of a list of prefixes; None where one cannot be read."""
    if not isinstance(prefixes, list):
        return None
    found: list[tuple[int, int]] = []
    for prefix in prefixes:
        ranges = parse(prefix) if isinstance(prefix, str) else None
        if ranges is None:
            return None
        if ranges != "v6":
            found += ranges
    return normal(found)


def _vnet(row: Row, key: str) -> Vnet:
    properties = row.get("properties")
    beside, peers = NOTHING, []
    for peering in objects(part(properties, "virtualNetworkPeerings")) or ():
        body = peering.get("properties")
        state = part(body, "peeringState")
        if isinstance(state, str) and state.lower() == "connected":
            peer = reference(part(body, "remoteVirtualNetwork"))
            peers += [peer] if peer else []
            for name in ("remoteAddressSpace", "remoteVirtualNetworkAddressSpace"):
                beside = union(beside, _ranges(part(body, name, "addressPrefixes")) or NOTHING)
    listed = objects(properties.get("subnets")) if isinstance(properties, dict) else None
    subnets = None if listed is None else dict(_subnet(subnet, key) for subnet in listed)
    return Vnet(_ranges(part(properties, "addressSpace", "addressPrefixes")) or NOTHING, beside, tuple(peers), subnets)


def _subnet(given: dict[str, Any], vnet: str) -> tuple[str, Subnet]:
    identity, body = text(given.get("id")), given.get("properties")
    name = text(given.get("name")) or (identity or "").rsplit("/", 1)[-1]
    key = identity.lower().rstrip("/") if identity else f"{vnet}/subnets/{name.lower()}"
    known = isinstance(body, dict)
    one, several = part(body, "addressPrefix"), part(body, "addressPrefixes")
    endpoints = objects(part(body, "serviceEndpoints")) or ()
    return key, Subnet(
        name,
        reference(part(body, "networkSecurityGroup")) if known else None,
        _ranges(several if isinstance(several, list) and several else [one]),
        reference(part(body, "routeTable")) if known else None,
        part(body, "defaultOutboundAccess") is False,
        reference(part(body, "natGateway")) if known else None,
        tuple(_endpoint(endpoint) for endpoint in endpoints),
    )


def _endpoint(given: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    service, places = text(given.get("service")), given.get("locations")
    listed = [place.lower() for place in places if isinstance(place, str)] if isinstance(places, list) else []
    return (service or "").lower(), tuple(listed)


def _service_tags(row: Row, _: str) -> ServiceTags | None:
    properties = row.get("properties")
    return given(properties, text(part(properties, "date")) or "")


_NO_NIC = Unknown("the row of its primary network interface is not in the input", "reference")
_NO_NICS = Unknown("the VM's row does not tell its network interfaces", "property")
_NO_PRIMARY = Unknown("which of its network interfaces is the primary one is not known", "property")
_NO_ADDRESS = Unknown("the network interface's row does not tell its private IPv4 address", "property")
_NO_SUBNET = Unknown("the network interface's row does not tell its subnet", "property")


def _primary_nic(vm: Vm, fleet: Fleet) -> Nic | Unknown:
    """The interface that asks: what the VM's reference says, else the only one, else what the interfaces' rows say."""
    nics = fleet.table("nics")
    if vm.nics is None:
        return _NO_NICS
    if vm.primary_nic is not None:
        found: Nic | None = nics.get(vm.primary_nic)
        return _NO_NIC if found is None else found
    known: list[Nic] = [nic for name in vm.nics if (nic := nics.get(name)) is not None]
    marked = [nic for nic in known if nic.primary]
    if len(marked) == 1:
        return marked[0]
    return _NO_PRIMARY if len(known) == len(vm.nics) else _NO_NIC


def _short(identity: str) -> str:
    parts = identity.split("/")
    group = f" ({parts[4]})" if len(parts) > 4 else ""
    return parts[-1] + group


class Networks:
    """The places of a fleet's VMs, each made once, and what they share."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._places: dict[tuple[Any, ...], Network] = {}
        self._rulings: dict[object, Ruling] = {}
        self._shared: dict[tuple[str | None, ...], Network] = {}
        self._names: Counter[str] = Counter()
        self._given = {tags.cloud: tags for tags in fleet.table("servicetags").values()}

    def tags(self, cloud: str) -> ServiceTags | None:
        """The service tags of a cloud: those given, else for the public cloud the bundled ones."""
        found = self._given.get(cloud)
        return bundled() if found is None and cloud == "public" else found

    def place(self, vm: Vm, nic: Nic) -> Network:
        """Where that interface is; VMs that no rule and no route tells apart share one place."""
        around = (vm.location, nic.nsg, nic.subnet)
        shared = self._shared.get(around)
        if shared is not None:
            return shared
        subnet = self._subnet(nic.subnet)
        by_nic = self._group(nic.nsg, "the network interface")
        by_subnet = subnet if isinstance(subnet, Unknown) else self._group(subnet.nsg, f"subnet {subnet.name}")
        matches = [self._matches(nsg, nic, subnet, vm.location) for nsg in (by_nic, by_subnet)]
        private = not isinstance(subnet, Unknown) and subnet.private
        way_out = self._way_out(nic, subnet) if private and not isinstance(subnet, Unknown) else True
        key = (*around, way_out, *(tuple(match.values()) for match in matches))
        found = self._places.get(key)
        if found is None:
            where = "its subnet" if isinstance(subnet, Unknown) else f"subnet {subnet.name}"
            group = "" if isinstance(subnet, Unknown) else subnet.nsg
            sides = (
                Attached("its NIC", by_nic, matches[0], self._called(nic.nsg, by_nic)),
                Attached(where, by_subnet, matches[1], self._called(group, by_subnet)),
            )
            way = subnet if isinstance(subnet, Unknown) else self._way(nic, subnet, vm.location, way_out)
            region = vm.location
            if region is None and self._fleet.ledger.planned:
                region = ANYWHERE
            found = Network(key, region, sides, way, self.tags, self._fleet.taken_at[:10], self._rulings)
            self._places[key] = found
        if not private and not any(matches):
            self._shared[around] = found
        return found

    def _subnet(self, identity: str | None) -> Subnet | Unknown:
        if identity is None:
            return _NO_SUBNET
        vnet = self._vnet_of(identity)
        if vnet is not None and vnet.subnets is not None and identity in vnet.subnets:
            return vnet.subnets[identity]
        name = f"{identity.rsplit('/', 1)[-1]} of {_short(identity.rpartition('/subnets/')[0])}"
        return Unknown(f"subnet {name} is not in the input", "reference")

    def _vnet_of(self, subnet: str | None) -> Vnet | None:
        found: Vnet | None = self._fleet.table("vnets").get((subnet or "").rpartition("/subnets/")[0])
        return found

    def _group(self, identity: str | None, by: str) -> Nsg | Unknown | None:
        if not identity:
            return None if identity == "" else Unknown(f"which NSG {by} has is not known", "property")
        found: Nsg | None = self._fleet.table("nsgs").get(identity)
        return (
            Unknown(f"NSG {_short(identity)}, which {by} has, is not in the input", "reference")
            if found is None
            else found
        )

    def _called(self, identity: str | None, nsg: Nsg | Unknown | None) -> str:
        """A group's name; with its resource group where another has the same, so that they are not taken for one."""
        if not isinstance(nsg, Nsg):
            return ""
        if not self._names:
            self._names.update(one.name.lower() for one in self._fleet.table("nsgs").values())
        parts = (identity or "").split("/")
        if self._names[nsg.name.lower()] < 2 or len(parts) < 5:
            return nsg.name
        return f"{nsg.name} ({parts[4]}, subscription {parts[2]})"

    def _matches(
        self, nsg: Nsg | Unknown | None, nic: Nic, subnet: Subnet | Unknown, region: str | None
    ) -> dict[Side, Truth]:
        """Which of a group's sources the interface is one of."""
        if not isinstance(nsg, Nsg) or not nsg.narrow:
            return {}
        number = address_of(nic.address) if nic.address else None
        around = None if isinstance(subnet, Unknown) else subnet.ranges
        own = ((number, number),) if number is not None else around
        tags = self.tags(cloud_of_region(region or ""))
        return {side: _matches(side, own, nic.groups, tags) for side in nsg.narrow}

    def _way(self, nic: Nic, subnet: Subnet, region: str | None, way_out: Truth) -> Way:
        vnets = self._fleet.table("vnets")
        vnet = self._vnet_of(nic.subnet)
        inside = NOTHING
        if vnet is not None:
            inside = union(vnet.space, vnet.beside)
            for peer in vnet.peers:
                other: Vnet | None = vnets.get(peer)
                inside = union(inside, other.space if other else NOTHING)
        if not subnet.table:
            table: RouteTable | Unknown | None = None
            if subnet.table is None:
                table = Unknown(f"which route table subnet {subnet.name} has is not known", "property")
        else:
            found: RouteTable | None = self._fleet.table("routetables").get(subnet.table)
            missing = f"route table {_short(subnet.table)}, which subnet {subnet.name} has, is not in the input"
            table = Unknown(missing, "reference") if found is None else found
        return Way(inside, table, _storage_endpoint(subnet, region), way_out)

    @staticmethod
    def _way_out(nic: Nic, subnet: Subnet) -> Truth:
        """Whether there is an explicit way out: a NAT gateway, a public address; a load balancer may be one."""
        if subnet.nat or nic.public:
            return True
        return None if subnet.nat is None or nic.public is None or nic.balanced is not False else False


def _storage_endpoint(subnet: Subnet, region: str | None) -> bool:
    """Whether packets to Azure Storage of the region pass a service endpoint, whatever the routes are."""
    for service, places in subnet.endpoints:
        if service == "microsoft.storage.global":
            return True
        if service == "microsoft.storage" and (not places or "*" in places or (region or "").lower() in places):
            return True
    return False


def _matches(side: Side, own: Intervals | None, groups: tuple[str, ...] | None, tags: ServiceTags | None) -> Truth:
    """Whether a source is the interface's own; of an address not known, whether it is for its whole subnet or none."""
    answers: list[Truth] = []
    if side.ranges:
        if own:
            inside = intersection(own, side.ranges)
            answers.append(None if inside and subtraction(own, side.ranges) else bool(inside))
        else:
            answers.append(None)
    if side.groups:
        answers.append(None if groups is None else any(group in groups for group in side.groups))
    known = (tag in BY_MEANING or (tags is not None and tag in tags) for tag in side.tags)
    answers += [False if listed else None for listed in known]  # tags are public addresses, and a NIC's is private
    if side.doubt:
        answers.append(None)
    return True if True in answers else None if None in answers else False


def _network(vm: Vm, fleet: Fleet) -> Any:
    nic = _primary_nic(vm, fleet)
    if isinstance(nic, Unknown):
        return nic
    networks: Networks = fleet.once("networks", Networks)
    return networks.place(vm, nic)


def _private_ip(vm: Vm, fleet: Fleet) -> Any:
    nic = _primary_nic(vm, fleet)
    return nic if isinstance(nic, Unknown) else nic.address or _NO_ADDRESS


def _subnet_id(vm: Vm, fleet: Fleet) -> Any:
    nic = _primary_nic(vm, fleet)
    return nic if isinstance(nic, Unknown) else nic.subnet or _NO_SUBNET


def _nsgs(vm: Vm, fleet: Fleet) -> Any:
    network = _network(vm, fleet)
    if isinstance(network, Unknown):
        return network
    unknown = next((side.nsg for side in network.sides if isinstance(side.nsg, Unknown)), None)
    return unknown or [side.nsg.name for side in network.sides if side.nsg is not None]


_RULE = (
    "name, properties.[access, direction, priority, protocol, destinationPortRange, destinationPortRanges,"
    " sourcePortRange, sourcePortRanges, sourceAddressPrefix, sourceAddressPrefixes, destinationAddressPrefix,"
    " destinationAddressPrefixes, sourceApplicationSecurityGroups, destinationApplicationSecurityGroups]"
)
_CONFIG = (
    "primary, privateIPAddress, subnet.id, applicationSecurityGroups[].id, publicIPAddress.id,"
    " loadBalancerBackendAddressPools"
)
_REFERENCES = "properties.networkProfile.networkInterfaces[].[id, properties.primary]"
_SUBNET = (
    "addressPrefix, addressPrefixes, networkSecurityGroup.id, routeTable.id, natGateway.id, defaultOutboundAccess,"
    " serviceEndpoints[].[service, locations]"
)
_PEERING = (
    "peeringState, remoteVirtualNetwork.id, remoteAddressSpace.addressPrefixes,"
    " remoteVirtualNetworkAddressSpace.addressPrefixes"
)
_READS = {
    VM: f"[location, {_REFERENCES}]",
    NIC: f"properties.[primary, networkSecurityGroup.id, ipConfigurations[].properties.[{_CONFIG}]]",
    VNET: "properties.[addressSpace.addressPrefixes, subnets[].[id, name, properties.["
    f"{_SUBNET}]], virtualNetworkPeerings[].properties.[{_PEERING}]]",
    NSG: f"[name, properties.[securityRules[].[{_RULE}], defaultSecurityRules[].[{_RULE}]]]",
    ROUTE_TABLE: "[name, properties.routes[].[name, properties.[addressPrefix, nextHopType, nextHopIpAddress]]]",
    SERVICE_TAGS: "properties.[changeNumber, cloud, date, values[].[name, properties.addressPrefixes]]",
}

FACTS = {
    "network": Fact("where its primary address sits in its networks, for can_reach", NETWORK, _READS, _network),
    "network.private_ip": Fact(
        "private IPv4 address of its primary network interface",
        TEXT,
        {VM: _REFERENCES, NIC: "properties.[primary, ipConfigurations[].properties.[primary, privateIPAddress]]"},
        _private_ip,
    ),
    "network.subnet": Fact(
        "id of the subnet of its primary network interface, in lower case",
        TEXT,
        {VM: _REFERENCES, NIC: "properties.[primary, ipConfigurations[].properties.[primary, subnet.id]]"},
        _subnet_id,
    ),
    "network.nsgs": Fact(
        "names of the network security groups of its primary network interface and of its subnet",
        list_of(TEXT),
        _READS,
        _nsgs,
    ),
}

MODULE = FactModule(
    VM,
    FACTS,
    {
        "nsgs": Table(NSG, lambda row, key: read_nsg(_name(row, key), row.get("properties"))),
        "vnets": Table(VNET, _vnet),
        "routetables": Table(ROUTE_TABLE, lambda row, key: read_table(_name(row, key), row.get("properties"))),
        "servicetags": Table(SERVICE_TAGS, _service_tags),
    },
)
