"""Functions over address ranges."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused

GROUP = Group("CIDR functions")


def _network(name: str, text: str) -> IPv4Network | IPv6Network:
    if "/" not in text:
        raise Refused(f"{name}: {text[:60]!r} is not an address range such as 10.0.0.0/16")
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise Refused(f"{name}: {text[:60]!r} is not an address range such as 10.0.0.0/16") from None


@GROUP.add("parseCidr", "string", "object")
def parse_cidr(text: str) -> dict[str, Any]:
    network = _network("parseCidr", text)
    found: dict[str, Any] = {"network": str(network.network_address), "netmask": str(network.netmask)}
    first, last = network.network_address, network.broadcast_address
    if isinstance(network, IPv4Network):
        found["broadcast"] = str(last)
        if network.prefixlen < 31:
            first, last = first + 1, last - 1
    return {**found, "firstUsable": str(first), "lastUsable": str(last), "cidr": network.prefixlen}


@GROUP.add("cidrSubnet", "string, int, int", "string")
def cidr_subnet(text: str, prefix: int, index: int) -> str:
    network = _network("cidrSubnet", text)
    if not network.prefixlen <= prefix <= network.max_prefixlen:
        raise Refused(f"cidrSubnet: /{prefix} does not lie within {text}")
    if not 0 <= index < 1 << (prefix - network.prefixlen):
        raise Refused(f"cidrSubnet: {text} has no /{prefix} number {index}")
    start = int(network.network_address) + (index << (network.max_prefixlen - prefix))
    return f"{type(network.network_address)(start)}/{prefix}"


@GROUP.add("cidrHost", "string, int", "string")
def cidr_host(text: str, index: int) -> str:
    """Number 0 is the first address after the network's own."""
    network = _network("cidrHost", text)
    usable = network.num_addresses - (2 if isinstance(network, IPv4Network) else 1)
    if not 0 <= index < usable:
        raise Refused(f"cidrHost: {text} has no host number {index}")
    return str(network.network_address + (index + 1))
