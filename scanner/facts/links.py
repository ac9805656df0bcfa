"""The private endpoints of a fleet by the virtual network they are in: their addresses, and what they lead to."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from scanner.facts.exits import Endpoint
from scanner.facts.fleet import Fleet
from scanner.facts.nics import Nic
from scanner.facts.vnets import Subnet
from scanner.model import Unknown
from scanner.network.intervals import address_of
from scanner.network.place import Link
from scanner.network.rules import Truth

_FILTERS = ("enabled", "networksecuritygroupenabled")
_ROUTES = ("enabled", "routetableenabled")


class Links:
    """All private endpoints, each in the network of its subnet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._by_network: dict[str, list[Endpoint]] = defaultdict(list)
        for key in sorted(fleet.table("endpoints")):
            endpoint: Endpoint = fleet.table("endpoints")[key]
            self._by_network[(endpoint.subnet or "").rpartition("/subnets/")[0]].append(endpoint)

    def within(self, vnet: str, subnet_of: Callable[[str | None], Subnet | Unknown]) -> Iterator[Link]:
        """The private endpoints of a virtual network, address by address."""
        for endpoint in self._by_network.get(vnet, ()):
            doubt, routed = _at(subnet_of(endpoint.subnet))
            for address in addresses_of(endpoint, self._fleet):
                number = address_of(address)
                if number is not None:
                    yield Link(number, endpoint.said, routed, doubt)

    def leading_to(self, resource: str, group: str, vnets: Iterable[str]) -> list[tuple[Endpoint, Truth]]:
        """The private endpoints in these networks that lead to a service of a resource, and whether that is approved.

        Those that surely are come first, of others that is not known.
        """
        found = [
            (endpoint, approved)
            for vnet in vnets
            for endpoint in self._by_network.get(vnet, ())
            for to, groups, approved in endpoint.leads
            if to == resource and group in groups and approved is not False
        ]
        return sorted(found, key=lambda one: one[1] is None)


def addresses_of(endpoint: Endpoint, fleet: Fleet) -> tuple[str, ...]:
    """An endpoint's private addresses, as its interfaces have them, else as its DNS settings tell; () not known."""
    nics = fleet.table("nics")
    found: list[Nic | None] = [nics.get(nic) for nic in endpoint.nics]
    told = [address for nic in found if nic is not None for address in nic.addresses]
    whole = bool(found) and None not in found and bool(told)
    return tuple(dict.fromkeys(told)) if whole else endpoint.addresses


def _at(subnet: Subnet | Unknown) -> tuple[str, bool]:
    """(why an endpoint in that subnet may not answer, whether its own route counts)."""
    if isinstance(subnet, Unknown):
        return "whether its subnet filters what comes in is not known", True
    policies = subnet.policies
    if policies is None and (subnet.nsg != "" or subnet.table != ""):
        return f"whether the NSG and routes of subnet {subnet.name} are for it is not known", True
    if policies in _FILTERS and subnet.nsg != "":
        return f"the NSG of subnet {subnet.name} filters what comes in, which is not judged", policies not in _ROUTES
    return "", policies not in _ROUTES
