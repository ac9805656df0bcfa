"""Where the user-defined routes of a subnet send packets once the security groups have let them out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.network.intervals import EVERYTHING, NOTHING, Intervals, intersection, parse, subtraction, union
from scanner.network.judge import Target
from scanner.network.tags import ServiceTags

_HOPS = {
    "internet": "internet",
    "none": "none",
    "virtualappliance": "appliance",
    "virtualnetworkgateway": "gateway",
    "vnetlocal": "inside",
}
_SAID = {
    "appliance": "whether the virtual appliance at {hop} lets it on is not known",
    "gateway": "what becomes of it behind the virtual network gateway is not known",
    "inside": "it sends them into the virtual network",
    "": "its next hop cannot be read",
}


@dataclass(frozen=True, slots=True)
class Route:
    """`ranges` None: its prefix cannot be read. A route to a service tag has `tag` instead."""

    name: str
    prefix: str
    ranges: Intervals | None
    tag: str
    hop: str
    hop_address: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    name: str
    routes: tuple[Route, ...]

    def covered(self, tags: ServiceTags | None) -> Intervals:
        """All that its routes name; the tag VirtualNetwork may cover it too."""
        found = NOTHING
        for route in self.routes:
            found = union(found, _ranges(route, tags))
        return found


@dataclass(frozen=True, slots=True)
class Bend:
    """Addresses that a route drops (`doubt` empty), or of which it makes a question nobody can answer."""

    route: Route
    ranges: Intervals
    doubt: str


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
        address if isinstance(address, str) and address else "an address not known",
    )


def _ranges(route: Route, tags: ServiceTags | None) -> Intervals:
    """What a route may be about; one whose prefix or tag is not known may be about everything."""
    found = tags.ranges(route.tag) if route.tag and tags is not None else route.ranges
    return EVERYTHING if found is None else found


def _order(route: Route) -> tuple[int, int]:
    """The longest prefix first; of tags a region's before the whole, and AzureCloud last."""
    if route.tag:
        cloud = route.tag.split(".")[0] == "azurecloud"
        return 1, 2 * cloud + ("." not in route.tag)
    whole = route.ranges == EVERYTHING
    size = 0 if not route.ranges else route.ranges[-1][1] - route.ranges[0][0]
    return (2 if whole else 0), size


def bends(table: RouteTable, target: Target, inside: Intervals, tags: ServiceTags | None) -> Iterator[Bend]:
    """What routes do to the addresses of the target. Inside the virtual network only routes to parts of it count."""
    left = target.whole()
    for route in table.routes:
        if route.ranges is None and not (route.tag and tags is not None and tags.ranges(route.tag) is not None):
            what = f"the tag {route.tag!r} is not in the service tags" if route.tag else "its prefix cannot be read"
            yield Bend(route, left, what)
            return
    order = sorted(table.routes, key=_order)
    for place, route in enumerate(order):
        about = intersection(left, _ranges(route, tags))
        if subtraction(_ranges(route, tags), inside):
            about = subtraction(about, inside)
        if not about:
            continue
        if target.ranges is None and route.ranges != EVERYTHING:
            yield Bend(route, left, f"the addresses of {target.name} are not in the service tags")
            return
        left = subtraction(left, about)
        rivals = [] if route.tag or route.ranges == EVERYTHING else [other for other in order[place:] if other.tag]
        for other in rivals:  # which of the two prefixes is longer cannot be told of a tag
            both = intersection(about, _ranges(other, tags))
            if both and other.hop != route.hop:
                yield Bend(route, both, f"route {other.name} ({other.prefix}) may come before it")
                about = subtraction(about, both)
        if about and route.hop == "none":
            yield Bend(route, about, "")
        elif about and route.hop != "internet" and not (route.hop == "inside" and not subtraction(about, inside)):
            yield Bend(route, about, _SAID[route.hop].format(hop=route.hop_address))
