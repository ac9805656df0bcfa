"""Where a subnet's routes send packets once the security groups have let them out: the longest prefix decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from scanner.network.intervals import (
    EVERYTHING,
    LAST,
    NOTHING,
    Intervals,
    Prefix,
    intersection,
    length_of,
    normal,
    parse,
    prefixes_of,
    subtraction,
    union,
)
from scanner.network.judge import Target
from scanner.network.tags import ServiceTags

INTERNET, DROP, APPLIANCE, GATEWAY, INSIDE = "internet", "none", "appliance", "gateway", "inside"
LINK, OUTSIDE = "link", "outside"
"""Two that only the system makes: to a private endpoint, and to a private address that lies in no network at hand."""

_HOPS = {
    "internet": INTERNET,
    "none": DROP,
    "virtualappliance": APPLIANCE,
    "virtualnetworkgateway": GATEWAY,
    "vnetlocal": INSIDE,
}
_ENDPOINT, _NETWORKS, _DEFAULTS = -1, 8, 9
"""Ranks of the system's routes: user-defined ones of the same prefix are 0 to 4."""
_RESERVED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


@dataclass(frozen=True, slots=True)
class Route:
    """`ranges` None: its prefix cannot be read, `hop` "": its next hop. A route to a service tag has `tag` instead."""

    name: str
    prefix: str
    ranges: Intervals | None
    tag: str
    hop: str
    hop_address: str = ""
    system: bool = False
    """Azure's own, which no table shows."""

    def same_way(self, other: "Route") -> bool:
        return (self.hop, self.hop_address) == (other.hop, other.hop_address)


@dataclass(frozen=True, slots=True)
class RouteTable:
    name: str
    routes: tuple[Route, ...]

    def covered(self, tags: ServiceTags | None) -> Intervals:
        """All that its routes name; the tag VirtualNetwork may cover it too."""
        found = NOTHING
        for route in self.routes:
            listed = tags.ranges(route.tag) if route.tag and tags is not None else route.ranges
            found = union(found, EVERYTHING if listed is None else listed)
        return found


def read_table(name: str, properties: Any) -> RouteTable:
    """The table in a row's properties; a route that cannot be read may be one to anywhere."""
    routes = properties.get("routes") if isinstance(properties, dict) else "?"
    if routes is None:
        return RouteTable(name, ())
    if not isinstance(routes, list):
        return RouteTable(name, (Route("a list of routes", "?", None, "", "", ""),))
    return RouteTable(name, tuple(_route(entry) for entry in routes))


def _route(entry: Any) -> Route:
    name = entry.get("name") if isinstance(entry, dict) else None
    body = entry.get("properties") if isinstance(entry, dict) else None
    body = body if isinstance(body, dict) else {}
    prefix, hop, address = (body.get(key) for key in ("addressPrefix", "nextHopType", "nextHopIpAddress"))
    written = prefix.strip() if isinstance(prefix, str) else ""
    found = parse(written)
    tag = written.lower() if found is None and written[:1].isalpha() and "/" not in written else ""
    return Route(
        name if isinstance(name, str) and name else "without a name",
        written,
        NOTHING if found == "v6" else found if isinstance(found, tuple) else None,
        tag,
        _HOPS.get(hop.strip().lower(), "") if isinstance(hop, str) else "",
        address.strip() if isinstance(address, str) and address.strip() else "an address not known",
    )


@dataclass(frozen=True, slots=True)
class Leg:
    """Addresses that one route takes. `doubt`: why it cannot be told which.

    `bypass`: a service endpoint's routes may take them instead, past whatever the route does.
    """

    ranges: Intervals
    route: Route
    doubt: str = ""
    bypass: bool = False


def _system(prefix: str, hop: str) -> Route:
    return Route("system route", prefix, None, "", hop, system=True)


BY_ENDPOINT = _system("service endpoint", LINK)
_DEFAULT = _system("0.0.0.0/0", INTERNET)
_NETWORK = _system("virtual network", INSIDE)
_PRIVATE = _system("private endpoint", LINK)
_NOWHERE = _system("private addresses", OUTSIDE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Prefixes of one length that one route has. Of several of one length the lowest rank counts."""

    length: int
    rank: int
    ranges: Intervals
    route: Route


def legs(
    table: RouteTable | None,
    target: Target,
    network: Sequence[Prefix],
    links: Intervals,
    endpoint: bool,
    tags: ServiceTags | None,
) -> list[Leg]:
    """What the routes do with the addresses of the target.

    `network`: the prefixes of the virtual network and its peers; `links`: addresses of private endpoints, each with a
    route of its own; `endpoint`: the target has a service endpoint, whose routes go before one to everywhere.
    """
    routes = table.routes if table is not None else ()
    if not routes and not endpoint and target.tag and not _near(target, network):
        return [Leg(target.whole(), _DEFAULT)]
    if target.ranges is None:
        return _by_name(routes, target, endpoint)
    strange = next((route for route in routes if not _readable(route, tags)), None)
    if strange is not None:
        what = "its prefix cannot be read"
        if strange.tag:
            what = f"the tag {strange.tag!r} is not in the service tags"
        return [Leg(target.whole(), strange, what)]
    candidates = [one for route in routes for one in _candidates(route, tags)]
    candidates += [_Candidate(length_of(prefix), _NETWORKS, (prefix,), _NETWORK) for prefix in network]
    candidates += [_Candidate(32, _NETWORKS, links, _PRIVATE)] if links else []
    candidates += [_Candidate(0, _ENDPOINT, EVERYTHING, BY_ENDPOINT)] if endpoint else []
    candidates += _RESERVED_ROUTES
    return list(_longest_first(target.whole(), candidates, endpoint))


def _near(target: Target, network: Sequence[Prefix]) -> bool:
    """Whether some address of a service tag lies in the virtual network, or is no public one."""
    ranges = target.ranges or ()
    return any(intersection(ranges, (prefix,)) for prefix in network) or bool(intersection(ranges, _SPECIAL))


def _readable(route: Route, tags: ServiceTags | None) -> bool:
    return (tags is not None and tags.ranges(route.tag) is not None) if route.tag else route.ranges is not None


def _candidates(route: Route, tags: ServiceTags | None) -> Iterator[_Candidate]:
    if not route.tag:
        for low, high in route.ranges or ():
            for prefix in prefixes_of(low, high):
                yield _Candidate(length_of(prefix), 0, (prefix,), route)
        return
    region = "." in route.tag
    rank = 1 + (not region) + 2 * (route.tag.split(".")[0] == "azurecloud")
    listed = sorted((tags.listed(route.tag) if tags is not None else None) or (), key=length_of)
    for length, prefixes in groupby(listed, key=length_of):
        yield _Candidate(length, rank, normal(prefixes), route)


_SPECIAL = normal(prefix for written in _RESERVED for prefix in parse(written) or () if isinstance(prefix, tuple))
_RESERVED_ROUTES = [
    _Candidate(length_of(prefix), _DEFAULTS, (prefix,), _NOWHERE)
    for written in _RESERVED
    for prefix in parse(written) or ()
    if isinstance(prefix, tuple)
] + [_Candidate(0, _DEFAULTS, ((0, LAST),), _DEFAULT)]


def _longest_first(whole: Intervals, candidates: list[_Candidate], endpoint: bool) -> Iterator[Leg]:
    left = whole
    ordered = sorted(candidates, key=lambda one: (-one.length, one.rank))
    for (length, rank), equal in groupby(ordered, key=lambda one: (one.length, one.rank)):
        met = [(one.route, about) for one in equal if (about := intersection(left, one.ranges))]
        passed = endpoint and length > 0 and rank < _NETWORKS
        for position, (route, about) in enumerate(met):
            for other, shared in met[position + 1 :]:
                both = intersection(about, shared)
                if both and not route.same_way(other):
                    yield Leg(both, route, f"route {other.name} ({other.prefix}) has the same prefixes", passed)
                    left = subtraction(left, both)
            mine = intersection(about, left)
            if mine:
                yield Leg(mine, route, "", passed)
                left = subtraction(left, mine)
        if not left:
            return


def _by_name(routes: Sequence[Route], target: Target, endpoint: bool) -> list[Leg]:
    """The same for a tag whose addresses are not in the data: only routes that name it, or everything, surely match."""
    whole = target.whole()
    named = sorted((route for route in routes if route.tag and target.named_by(route.tag)), key=lambda r: -len(r.tag))
    default = next((route for route in routes if route.ranges == EVERYTHING), None)
    sure = named[0] if named else BY_ENDPOINT if endpoint else default or _DEFAULT
    for route in routes:
        if route in (sure, default) or route in named or route.ranges == NOTHING or route.same_way(sure):
            continue
        return [Leg(whole, route, f"the addresses of {target.name} are not in the service tags")]
    return [Leg(whole, sure, "", endpoint and sure is not BY_ENDPOINT)]
