"""One packet on its whole way, hop by hop over raw numbers, with nothing of the scanner: what its sets are held to.

Written from the documentation: each stage gives every outcome that is possible (True: the packet goes on), and a stage
nobody can tell gives both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.network import oracle
from tests.network.oracle import Packet, Raw, bounds

Outcomes = set[bool]
SURE: Outcomes = {True}
DROPPED: Outcomes = {False}
EITHER: Outcomes = {True, False}
TODAY = "2026-11-22"
RESERVED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
NEVER_PUBLIC = (*RESERVED, "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "168.63.129.16/32")


@dataclass(frozen=True)
class World:
    """One interface and all that lies around it. "missing" stands for a row that is referred to and not there."""

    groups: tuple[list[Raw] | str | None, list[Raw] | str | None]
    network: tuple[str, ...] = ("10.1.0.0/16",)
    routes: tuple[tuple[str, str, str], ...] | str | None = None
    """(prefix or tag, next hop type, next hop address)."""
    endpoints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    private: bool | None = None
    nat: str = ""
    """"", "ok", "bare" (without an address) or "missing"."""
    public: bool = False
    pools: tuple[str, ...] = ()
    allocated: bool | None = None
    flexible: bool = False
    managers: tuple[str, ...] = ()
    declared: tuple[Raw, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses of private endpoints: "", "filtered", "unrouted" or "both"."""


@dataclass(frozen=True)
class Asked:
    """What is asked for, and in which region."""

    tag: str
    region: str = "eastus"


def within(address: int, prefix: str) -> bool:
    low, high = bounds(prefix)
    return low <= address <= high


def is_public(address: int) -> bool:
    return not any(within(address, prefix) for prefix in NEVER_PUBLIC)


def walk(world: World, packet: Packet, asked: Asked, tags: Mapping[str, list[str]]) -> Outcomes:
    """Everything that may become of one packet."""
    stages = [filtered(world, packet, tags), routed(world, packet, asked, tags)]
    found = SURE
    for stage in stages:
        found = {one and other for one in found for other in stage}
    return found


def filtered(world: World, packet: Packet, tags: Mapping[str, list[str]]) -> Outcomes:
    for manager in world.managers:
        if not stated(world, f"/{manager}", packet, tags):
            return EITHER  # security admin rules may deny it, or allow it past every group
    found = SURE
    for group in world.groups:
        if group is None:
            continue
        part = EITHER if isinstance(group, str) else oracle.possible(group, packet, tags)
        found = {one and other for one in found for other in part}
    return found


def stated(world: World, hop: str, packet: Packet, tags: Mapping[str, list[str]]) -> bool:
    """Whether some owner declares, until today or later, that the hop lets this packet pass."""
    return any(
        one["expires"] >= TODAY
        and is_hop(one["hop"], hop)
        and any(low <= packet.port <= high for low, high in map(ports, one["ports"]))
        and any(reaches(to, packet, tags) for to in one["allows"])
        for one in world.declared
    )


def is_hop(written: str, hop: str) -> bool:
    if written[0].isdigit():
        return hop[0].isdigit() and within(bounds(hop)[0], written)
    return hop.lower() == written.lower() or written.lower().endswith(hop.lower())


def ports(text: str) -> tuple[int, int]:
    low, _, high = ("0-65535" if text == "*" else text).partition("-")
    return int(low), int(high or low)


def reaches(to: str, packet: Packet, tags: Mapping[str, list[str]]) -> bool:
    name = to.lower()
    if name == "*" or (packet.asked and name in (packet.asked.lower(), packet.asked.lower().partition(".")[0])):
        return True
    prefixes = [to] if to[0].isdigit() else tags.get(name, [])
    return any(within(packet.address, prefix) for prefix in prefixes)


def routed(world: World, packet: Packet, asked: Asked, tags: Mapping[str, list[str]]) -> Outcomes:
    """The route with the longest prefix; user-defined before the system's of the same; tags among themselves."""
    if isinstance(world.routes, str):
        return EITHER
    address = packet.address
    own = world.routes or ()
    if any(not prefix[0].isdigit() and prefix.lower() not in tags for prefix, _, _ in own):
        return EITHER
    served = has_endpoint(world, asked)
    found: list[tuple[int, int, str, str]] = []  # (bits, less is better, hop, its address)
    for prefix, hop, at in own:
        if prefix[0].isdigit():
            found += [(bits(prefix), 0, hop, at)] if within(address, prefix) else []
        else:
            kind = 1 + ("." not in prefix) + 2 * prefix.lower().startswith("azurecloud")
            found += [(bits(each), kind, hop, at) for each in tags[prefix.lower()] if within(address, each)]
    found += [(bits(prefix), 8, "network", "") for prefix in world.network if within(address, prefix)]
    found += [
        (32, 8, "link", "") for link, how in world.links.items() if within(address, link) and how in ("", "filtered")
    ]
    found += [(bits(prefix), 9, "nowhere", "") for prefix in RESERVED if within(address, prefix)]
    found += [(0, 9, "system", "")] + ([(0, -1, "endpoint", "")] if served else [])
    best = max((length, -rank) for length, rank, _, _ in found)
    taken = {(hop, at) for length, rank, hop, at in found if (length, -rank) == best}
    length, rank = best[0], -best[1]
    outcomes = [led(world, packet, asked, hop, at, tags) for hop, at in taken]
    result = outcomes[0] if len(taken) == 1 else EITHER
    bypassed = served and length > 0 and rank < 8
    return EITHER if bypassed and result != SURE else result


def bits(prefix: str) -> int:
    low, high = bounds(prefix)
    return 32 - (high - low).bit_length()


def has_endpoint(world: World, asked: Asked) -> bool:
    service, _, region = asked.tag.lower().partition(".")
    for name, places in world.endpoints:
        if service == "storage" and name == "Microsoft.Storage.Global":
            return True
        if service != "storage" or name != "Microsoft.Storage":
            continue
        if region in (places or (asked.region,)) or "*" in places:
            return True
    return False


def led(world: World, packet: Packet, asked: Asked, hop: str, at: str, tags: Mapping[str, list[str]]) -> Outcomes:
    """What becomes of it behind the route."""
    answers = {"None": DROPPED, "endpoint": SURE, "nowhere": EITHER}
    if hop in answers:
        return answers[hop]
    if hop in ("VirtualAppliance", "VirtualNetworkGateway"):
        named = at if hop == "VirtualAppliance" else hop
        return SURE if stated(world, named, packet, tags) else EITHER
    if hop in ("network", "link", "VnetLocal"):
        near = any(within(packet.address, prefix) for prefix in world.network)
        if hop == "VnetLocal" and not near:
            return EITHER
        how = next((how for link, how in world.links.items() if within(packet.address, link)), "")
        return EITHER if how in ("filtered", "both") else SURE
    assert hop in ("Internet", "system"), hop
    if not is_public(packet.address):
        return SURE
    out = leaves(world)
    if asked.tag.lower() == f"storage.{asked.region}":
        return SURE if hop == "system" or out == SURE else EITHER
    return out


def leaves(world: World) -> Outcomes:
    """Whether an address is found to translate to."""
    private = world.private is True
    if world.nat == "ok":
        return SURE
    if world.nat == "missing":
        return EITHER
    if world.nat == "bare":
        return DROPPED if private and not world.public else EITHER
    if world.public:
        return SURE
    for kind, then in (("outbound", SURE), ("basic", SURE), ("missing", EITHER), ("quiet", EITHER), ("no-sku", EITHER)):
        if kind in world.pools and (then == SURE or not {"outbound", "basic"} & set(world.pools)):
            return then
    if "rule" in world.pools:
        return EITHER if private else SURE
    if private:
        return EITHER if world.allocated else DROPPED
    if world.allocated:
        return SURE
    if "internal" in world.pools or world.flexible:
        return DROPPED
    return EITHER if world.allocated is False else SURE
