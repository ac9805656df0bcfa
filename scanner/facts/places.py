"""The places of a fleet's VMs in their networks, each made once: what rules, routes and exits tell apart."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from scanner.facts.declared import statements
from scanner.facts.exits import Managing, pool_of, short
from scanner.facts.fleet import Fleet
from scanner.facts.links import Links
from scanner.facts.nics import Nic
from scanner.facts.vm import Vm
from scanner.facts.vnets import Subnet, Vnet
from scanner.model import Unknown
from scanner.network.egress import Egress, Gate, Pool, egress
from scanner.network.intervals import (
    Intervals,
    Prefix,
    address_of,
    dotted,
    intersection,
    normal,
    prefixes_of,
    subtraction,
)
from scanner.network.place import Attached, Manager, Seat, Way
from scanner.network.reach import ANYWHERE, Network
from scanner.network.routes import RouteTable
from scanner.network.rules import Nsg, Side, Truth
from scanner.network.tags import BY_MEANING, ServiceTags, bundled, cloud_of_region

NO_SUBNET = Unknown("the network interface's row does not tell its subnet", "property")


class Networks:
    """Where every VM is, and what they share."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._places: dict[tuple[Any, ...], Network] = {}
        self._worked: dict[object, Any] = {}
        self._shared: dict[tuple[Any, ...], Network] = {}
        self._ways: dict[tuple[Any, ...], Way] = {}
        self._names: Counter[str] = Counter()
        self._given = {tags.cloud: tags for tags in fleet.table("servicetags").values()}
        self.links = Links(fleet)
        self._addressed = {
            address: f"{balancer.said}, whose pool {pool} names its address"
            for _, balancer in sorted(fleet.table("balancers").items())
            for address, pool in balancer.addressed.items()
        }
        self._alike = not fleet.apart and not self._addressed
        """No interface has a place to itself for its own address."""

    def tags(self, cloud: str) -> ServiceTags | None:
        """The service tags of a cloud: those given, else for the public cloud the bundled ones."""
        found = self._given.get(cloud)
        return bundled() if found is None and cloud == "public" else found

    def place(self, vm: Vm, nic: Nic) -> Network:
        """Where that interface is; VMs that no rule, no route and no exit tells apart share one place."""
        flexible = None if vm.scale_set is None else vm.scale_set != ""
        own = () if self._alike and len(vm.nics or ()) == 1 else self._own(vm, nic)
        around = (vm.location, nic.nsg, nic.subnet, nic.exits, flexible, own)
        shared = self._shared.get(around)
        if shared is not None:
            return shared
        subnet = self.subnet(nic.subnet)
        by_nic = self._group(nic.nsg, "the network interface")
        by_subnet = subnet if isinstance(subnet, Unknown) else self._group(subnet.nsg, f"subnet {subnet.name}")
        matches = [self._matches(nsg, nic, subnet, vm.location) for nsg in (by_nic, by_subnet)]
        key = (*around, *(tuple(match.values()) for match in matches))
        found = self._places.get(key)
        if found is None:
            where = "its subnet" if isinstance(subnet, Unknown) else f"subnet {subnet.name}"
            group = "" if isinstance(subnet, Unknown) else subnet.nsg
            sides = (
                Attached("its NIC", by_nic, matches[0], self._called(nic.nsg, by_nic)),
                Attached(where, by_subnet, matches[1], self._called(group, by_subnet)),
            )
            way = subnet if isinstance(subnet, Unknown) else self._way(vm, nic, subnet)
            region = vm.location
            if region is None and self._fleet.ledger.planned:
                region = ANYWHERE
            seat = self._seat(nic, subnet)
            day = self._fleet.taken_at[:10]
            found = Network(key, region, sides, way, self.tags, day, self._worked, seat)
            self._places[key] = found
        if not any(matches):
            self._shared[around] = found
        return found

    def _own(self, vm: Vm, nic: Nic) -> Any:
        """What of an interface nobody shares: where explanations are wanted of each, its address."""
        mine = [nic.address] if self._fleet.apart or nic.address in self._addressed else []
        return (*mine, self._elsewhere(vm, nic))

    def _elsewhere(self, vm: Vm, nic: Nic) -> bool:
        """Whether another of the VM's interfaces has a public address, or may have one."""
        nics = self._fleet.table("nics")
        others: list[Nic | None] = [nics.get(name) for name in vm.nics or ()]
        return any(other is not nic and (other is None or other.exits.public is not False) for other in others)

    def subnet(self, identity: str | None) -> Subnet | Unknown:
        if identity is None:
            return NO_SUBNET
        vnet = self.vnet_of(identity)
        if vnet is not None and vnet.subnets is not None and identity in vnet.subnets:
            return vnet.subnets[identity]
        name = f"{identity.rsplit('/', 1)[-1]} of {short(identity.rpartition('/subnets/')[0])}"
        return Unknown(f"subnet {name} is not in the input", "reference")

    def vnet_of(self, subnet: str | None) -> Vnet | None:
        found: Vnet | None = self._fleet.table("vnets").get((subnet or "").rpartition("/subnets/")[0])
        return found

    def _group(self, identity: str | None, by: str) -> Nsg | Unknown | None:
        if not identity:
            return None if identity == "" else Unknown(f"which NSG {by} has is not known", "property")
        found: Nsg | None = self._fleet.table("nsgs").get(identity)
        missing = f"NSG {short(identity)}, which {by} has, is not in the input"
        return Unknown(missing, "reference") if found is None else found

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
        return {side: matches(side, own, nic.groups, tags) for side in nsg.narrow}

    def _seat(self, nic: Nic, subnet: Subnet | Unknown) -> Seat:
        """Whose address packets have: the interface's own where it has the place to itself."""
        if self._fleet.apart and nic.address:
            return Seat(nic.address, alone=True)
        ranges = None if isinstance(subnet, Unknown) else subnet.ranges
        written = [
            f"{dotted(low)}/{33 - (high - low + 1).bit_length()}"
            for pair in ranges or ()
            for low, high in prefixes_of(*pair)
        ]
        return Seat(", ".join(written))

    def _way(self, vm: Vm, nic: Nic, subnet: Subnet) -> Way:
        flexible = None if vm.scale_set is None else bool(vm.scale_set)
        pooled = self._addressed.get(nic.address or "")
        elsewhere = self._elsewhere(vm, nic)
        key = (nic.subnet, nic.exits, flexible, pooled, elsewhere)
        found = self._ways.get(key)
        if found is None:
            found = self._ways[key] = self._made(nic, subnet, flexible, pooled, elsewhere=elsewhere)
        return found

    def _made(self, nic: Nic, subnet: Subnet, flexible: Truth, pooled: str | None, *, elsewhere: bool) -> Way:
        own = (nic.subnet or "").rpartition("/subnets/")[0]
        network, peers = self._around(own)
        stated = statements(self._fleet)
        return Way(
            normal(network),
            network,
            self._table(subnet),
            subnet.endpoints,
            subnet.filtered,
            self._egress(nic, subnet, flexible, pooled, elsewhere=elsewhere),
            tuple(link for vnet in (own, *peers) for link in self.links.within(vnet, self.subnet)),
            tuple(self._managers(own)),
            tuple(one for one in stated.hops if one.holds_for(nic.subnet or "")),
            tuple(one for one in stated.lapsed if one.holds_for(nic.subnet or "")),
        )

    def _around(self, own: str) -> tuple[tuple[Prefix, ...], tuple[str, ...]]:
        """The prefixes of a virtual network and of its connected peers, and the ids of these."""
        vnets = self._fleet.table("vnets")
        vnet: Vnet | None = vnets.get(own)
        if vnet is None:
            return (), ()
        found = [*vnet.space, *vnet.beside]
        for peer in vnet.peers:
            other: Vnet | None = vnets.get(peer)
            found += other.space if other else ()
        return tuple(dict.fromkeys(found)), vnet.peers

    def _table(self, subnet: Subnet) -> RouteTable | Unknown | None:
        if not subnet.table:
            missing = f"which route table subnet {subnet.name} has is not known"
            return Unknown(missing, "property") if subnet.table is None else None
        found: RouteTable | None = self._fleet.table("routetables").get(subnet.table)
        missing = f"route table {short(subnet.table)}, which subnet {subnet.name} has, is not in the input"
        return Unknown(missing, "reference") if found is None else found

    def _egress(self, nic: Nic, subnet: Subnet, flexible: Truth, pooled: str | None, *, elsewhere: bool) -> Egress:
        exits = nic.exits
        public = None
        if exits.public is not False:
            why = "is that of an interface of which it is not known whether it has a public address"
            public = Gate("public address of the interface", exits.public, why)
        if exits.pools is None:
            pools = [Pool("", "unknown", "is that of an interface whose load balancers are not known")]
        else:
            balancers = self._fleet.table("balancers")
            found = {pool: balancers.get(pool.rpartition("/backendaddresspools/")[0]) for pool in exits.pools}
            pools = [pool_of(pool, balancer) for pool, balancer in found.items()]
        if pooled:
            said = "which is documented to give default access, as a known issue, without saying whether it does here"
            pools.append(Pool(pooled, "unknown", f"is behind {pooled}, {said}"))
        return egress(
            self._nat(subnet),
            public,
            pools,
            private=self._private(subnet, nic.subnet or ""),
            allocated=exits.allocated,
            flexible=flexible,
            elsewhere=elsewhere,
        )

    def _private(self, subnet: Subnet, identity: str) -> Truth:
        """Of a network that a plan may make anew with a recent API version, one that says nothing is not known."""
        ledger = self._fleet.ledger
        fresh = ledger.planned or identity.rpartition("/subnets/")[0] in ledger.created
        return None if subnet.silent and fresh else subnet.private

    def _nat(self, subnet: Subnet) -> Gate | None:
        if not subnet.nat:
            unknown = Gate("NAT gateway", None, "has a NAT gateway or none, which is not known")
            return unknown if subnet.nat is None else None
        found: Gate | None = self._fleet.table("nats").get(subnet.nat)
        said = f"NAT gateway {short(subnet.nat)}"
        return found or Gate(said, None, f"has {said}, which is not in the input", "reference")

    def _managers(self, vnet: str) -> Iterator[Manager]:
        subscription = (vnet.split("/", 3) + [""] * 3)[2]
        for key in sorted(self._fleet.table("managers")):
            manager: Managing = self._fleet.table("managers")[key]
            if manager.anywhere or subscription in manager.subscriptions:
                yield Manager(key, manager.said)

    def near(self, subnet: str) -> tuple[str, ...]:
        """The virtual network of a subnet, and its peers."""
        own = subnet.rpartition("/subnets/")[0]
        return own, *self._around(own)[1]


def matches(side: Side, own: Intervals | None, groups: tuple[str, ...] | None, tags: ServiceTags | None) -> Truth:
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
