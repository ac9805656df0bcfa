"""One packet on its way, for people: from where to where, and each thing that it met, in order."""

from collections.abc import Iterator

from scanner.model import Unknown
from scanner.network.inquiry import Inquiry
from scanner.network.intervals import PUBLIC, Intervals, contains, dotted, intersection
from scanner.network.judge import UNFILTERED, Ruling, Slice
from scanner.network.place import Attached, Seat, Way
from scanner.network.routes import APPLIANCE, DROP, GATEWAY, INTERNET, LINK, OUTSIDE, Leg
from scanner.network.rules import EPHEMERAL, Nsg
from scanner.network.shadow import Shadow, shadowed
from scanner.network.tags import PLATFORM_ADDRESSES

_RULES_SAID = 6
_SHADOWED_SAID = 4
GUEST = "the guest's own firewall"
BEHIND = ("routes learnt by BGP", "names (DNS)", "IPv6")


def steps(inquiry: Inquiry, seat: Seat) -> tuple[str, ...]:
    """The packet, then security groups, route, endpoint and way out, down to what decided."""
    return tuple(_steps(inquiry, seat))


def _steps(inquiry: Inquiry, seat: Seat) -> Iterator[str]:
    flow, way = inquiry.flow, inquiry.way
    ranges = inquiry.packet()
    address = min(ranges[0][0] + 1, ranges[0][1])
    target = flow.target
    to = dotted(address) if target.ranges is not None else PLATFORM_ADDRESSES.get(target.name.lower(), "")
    of = f" ({target.name})" if target.tag and to else ""
    to = to or target.name
    yield f"packet: {flow.protocol} {seat.source or 'an address not known'}:{EPHEMERAL[0]} → {to}:{flow.port}{of}"
    if isinstance(way, Way):
        for manager in way.managers:
            yield f"{manager.said}: its security admin rules are not read"
    for side in inquiry.sides:
        yield from _group(inquiry, side, address, shadows=seat.alone)
        if any(one is side and _holds(ruling.denied, address) for one, _, ruling in inquiry.seen):
            return
    if isinstance(way, Way) and not target.platform():
        leg = next((leg for leg in inquiry.legs if contains(leg.ranges, address)), None)
        if leg is not None:
            yield from _led(inquiry, way, leg, address)
    if not inquiry.denied and not inquiry.unsure:
        managed = "" if isinstance(way, Way) and way.managers else "security admin rules (no network manager is seen)"
        unseen = (GUEST,) if target.platform() else (GUEST, *BEHIND)
        yield f"not judged: {', '.join(one for one in (managed, *unseen) if one)}"


def _holds(slices: tuple[Slice, ...], address: int) -> bool:
    return any(contains(slice.ranges, address) for slice in slices)


def _group(inquiry: Inquiry, side: Attached, address: int, *, shadows: bool) -> Iterator[str]:
    """What the packet met in a security group; for whoever looks at one machine also which rules never match."""
    if not isinstance(side.nsg, Nsg):
        yield f"NSG on {side.where}: {side.nsg.reason if isinstance(side.nsg, Unknown) else 'none'}"
        return
    ruling = next(ruling for one, _, ruling in inquiry.seen if one is side)
    if any(slice.rule is UNFILTERED for slice in ruling.allowed):
        yield f"{side.name} on {side.where}: no rule of it names {inquiry.flow.target.name}"
    else:
        yield f"{side.name} on {side.where}: {_met(side.nsg, ruling, address)}"
    hidden = _hidden(inquiry, side.nsg) if shadows else ()
    if hidden:
        yield f"{side.name} has rules that can never match: {_listed(hidden)}"


def _hidden(inquiry: Inquiry, nsg: Nsg) -> tuple[Shadow, ...]:
    inside = inquiry.way.inside if isinstance(inquiry.way, Way) else ()
    key = ("never matches", id(nsg), inside, id(inquiry.tags))
    known = inquiry.worked.get(key)
    if known is None:
        known = inquiry.worked[key] = shadowed(nsg, inquiry.tags, inside)
    return known


def _listed(hidden: tuple[Shadow, ...]) -> str:
    said = [f"{one.rule.label()} behind {' and '.join(by.label() for by in one.behind)}" for one in hidden]
    left = len(said) - _SHADOWED_SAID
    return "; ".join(said[:_SHADOWED_SAID]) + (f"; and {left} more" if left > 0 else "")


def _met(nsg: Nsg, ruling: Ruling, address: int) -> str:
    """ "passes AllowSql (100) by; DenyInternet (200) drops it"."""
    slices = [
        *((slice, "lets it out") for slice in ruling.allowed),
        *((slice, "drops it") for slice in ruling.denied),
        *((slice, f"may decide: {why}") for slice, why in ruling.unsure),
    ]
    for slice, does in slices:
        if contains(slice.ranges, address):
            before = []
            for rule in nsg.rules:
                if rule is slice.rule:
                    break
                before.append(rule.label())
            left = len(before) - _RULES_SAID
            met = ", ".join(before[-_RULES_SAID:] if left > 0 else before)
            passed = f"passes {f'{left} rules, ' if left > 0 else ''}{met} by; " if before else ""
            return f"{passed}{slice.rule.label()} {does}"
    return "meets no rule"


_DOES = {
    DROP: "drops it",
    INTERNET: "leads to the Internet",
    OUTSIDE: "drops it, unless a gateway's route is longer",
    LINK: "leads to it",
}


def _led(inquiry: Inquiry, way: Way, leg: Leg, address: int) -> Iterator[str]:
    """The route, what owners declare of its next hop, and the way out."""
    hop, where = leg.route.hop, inquiry.where()
    if hop in (APPLIANCE, GATEWAY):
        does = "leads to " + (f"the virtual appliance at {leg.route.hop_address}" if hop == APPLIANCE else "a gateway")
    else:
        does = _DOES.get(hop, "leads into the virtual network")
    bypass = "; a service endpoint's routes may come before it" if leg.bypass else ""
    doubt = f": {leg.doubt}" if leg.doubt else ""
    yield f"{inquiry.route(leg)} {does}{bypass}{doubt}"
    for link in way.links:
        if link.address == address:
            yield f"{link.said}{f': {link.doubt}' if link.doubt else ''}"
    spot: Intervals = ((address, address),)
    for one in dict.fromkeys(inquiry.declared):
        if one.about(hop, leg.route.hop_address):
            yield f"{one.written} lets it on: {one.said()}"
    for one in way.lapsed:
        if one.about(hop, leg.route.hop_address):
            yield f"{one.written}: what {one.owner} declared of it on {one.date} expired on {one.expires}"
    if hop == INTERNET and intersection(spot, PUBLIC):
        yield _out(inquiry, way, where)


def _out(inquiry: Inquiry, way: Way, where: str) -> str:
    egress = way.egress
    if egress.open is True:
        return f"out by {egress.said}"
    if inquiry.flow.own_storage():
        return "out to Storage of its region, which needs no way out"
    return f"{where} {egress.why}" if egress.open is None else f"no way out: {where} is {egress.why}"
