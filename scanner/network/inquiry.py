"""One question asked at one place: what security groups, routes and the way out do with every address asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.language.witness import Witness
from scanner.model import Unknown
from scanner.network.declared import Declaration
from scanner.network.intervals import (
    NOTHING,
    PUBLIC,
    Intervals,
    example,
    intersection,
    normal,
    size,
    subtraction,
    union,
)
from scanner.network.judge import UNFILTERED, Question, Ruling, Slice, Target, judge
from scanner.network.place import Attached, Way
from scanner.network.routes import (
    APPLIANCE,
    DROP,
    GATEWAY,
    INSIDE,
    INTERNET,
    LINK,
    OUTSIDE,
    Leg,
    RouteTable,
    legs,
)
from scanner.network.rules import Nsg
from scanner.network.tags import ServiceTags


@dataclass(frozen=True, slots=True)
class Flow:
    """What is asked: from a place of a region, to a target at a port."""

    region: str
    target: Target
    protocol: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol}/{self.port}"

    def own_storage(self) -> bool:
        """Storage of the VM's region, which no packet leaves by way of a public address."""
        return self.target.tag and self.target.name.lower() == f"storage.{self.region.lower()}"


@dataclass(frozen=True, slots=True)
class _Finding:
    """Addresses of a target, and the words for what becomes of them."""

    ranges: Intervals
    said: str
    needs: str = ""


class Inquiry:
    """`denied` and `unsure` hold every reason found; with neither, all of it gets out.

    `worked`: what has been worked out already, of whatever place, so that it is worked out once.
    """

    def __init__(
        self,
        sides: tuple[Attached, Attached],
        way: Way | Unknown,
        flow: Flow,
        tags: ServiceTags | None,
        worked: dict[object, Any],
    ) -> None:
        self.sides = sides
        self.way = way
        self.flow = flow
        self.tags = tags
        self.worked = worked
        self.denied: list[_Finding] = []
        self.unsure: list[_Finding] = []
        self.allowed: list[str] = []
        self.declared: list[Declaration] = []
        self.seen: list[tuple[Attached, Nsg, Ruling]] = []
        self.legs: list[Leg] = []
        self._by_data = False
        self._overruled = NOTHING
        self._managed()
        for side in sides:
            self._group(side)
        if not flow.target.platform():
            self._behind()

    def where(self) -> str:
        return self.sides[1].where

    def _managed(self) -> None:
        """Security admin rules come first, and of those a network manager has none is read."""
        if isinstance(self.way, Unknown):
            return
        whole = self.flow.target.whole()
        for manager in self.way.managers:
            left = subtraction(whole, self._stated(manager.id, "", whole))
            if left:
                said = f"{manager.said} may have security admin rules, which come before NSGs and are not read"
                self.unsure.append(_Finding(left, f"{said}{self._lapsed(manager.id, '')}", "declared"))
                self._overruled = union(self._overruled, left)

    def _group(self, side: Attached) -> None:
        if side.nsg is None:
            return
        if isinstance(side.nsg, Unknown):
            self.unsure.append(_Finding(self.flow.target.whole(), side.nsg.reason, side.nsg.needs))
            return
        ruling = self._ruling(side, side.nsg)
        self._by_data = self._by_data or ruling.by_data
        self.seen.append((side, side.nsg, ruling))
        for slice in sorted(ruling.denied, key=lambda slice: -size(slice.ranges)):
            sure = subtraction(slice.ranges, self._overruled)
            if sure:
                self.denied.append(_Finding(sure, f"{label(side, slice)} drops"))
        for slice, why in ruling.unsure:
            said = f"{label(side, slice)} may decide about {self.flow} to {self.flow.target.name}: {why}"
            self.unsure.append(_Finding(slice.ranges, said, "service-tags" if "service tags" in why else "property"))
        self.allowed += [f"{label(side, slice)} lets" for slice in ruling.allowed]

    def _ruling(self, side: Attached, nsg: Nsg) -> Ruling:
        way, target = self.way, self.flow.target
        inside = NOTHING if isinstance(way, Unknown) or target.tag else way.inside
        routed = NOTHING
        if isinstance(way, Unknown):
            routed = target.whole()
        elif way.table is not None:
            routed = PUBLIC if isinstance(way.table, Unknown) else way.table.covered(self.tags)
            routed = intersection(routed, target.whole())
        sources = tuple(side.sources.get(source) for source in nsg.narrow)
        key = (id(nsg), target.name, self.flow.protocol, self.flow.port, sources, inside, routed, id(self.tags))
        found = self.worked.get(key)
        if found is None:
            question = Question(target, self.flow.protocol, self.flow.port, inside, routed)
            found = self.worked[key] = judge(nsg, question, side.sources, self.tags)
        return found

    def _behind(self) -> None:
        """Routes, and where they lead to public addresses, the way out."""
        way, target = self.way, self.flow.target
        if isinstance(way, Unknown):
            self.unsure.append(_Finding(target.whole(), way.reason, way.needs))
            return
        endpoint = target.tag and way.has_endpoint(target.name, self.flow.region)
        table = way.table
        if isinstance(table, Unknown):
            self.unsure.append(_Finding(target.whole(), table.reason, table.needs))
            return
        if target.tag and way.filters(target.name):
            said = f"{self.where()} has service endpoint policies: only storage accounts that they list are reached"
            self.unsure.append(_Finding(target.whole(), said, "property"))
        self.legs = self._legs(table, way, endpoint=endpoint)
        for leg in self.legs:
            for finding, sure in self._taken(leg, way):
                if sure and not leg.bypass and not leg.doubt:
                    self.denied.append(finding)
                else:
                    self.unsure.append(finding)

    def _legs(self, table: RouteTable | None, way: Way, *, endpoint: bool) -> list[Leg]:
        target = self.flow.target
        key = ("legs", id(table), target.name, way.network, way.links, endpoint, id(self.tags))
        found: list[Leg] | None = self.worked.get(key)
        if found is None:
            links = normal((link.address, link.address) for link in way.links if link.routed)
            found = self.worked[key] = legs(table, target, way.network, links, endpoint, self.tags)
        return found

    def _taken(self, leg: Leg, way: Way) -> Iterator[tuple[_Finding, bool]]:
        """What one route does: (finding, whether it is a sure no) for what does not get out, or may not."""
        said = f"{self.route(leg)} takes {self.flow} to {self.flow.target.name}: "
        if leg.doubt:
            yield _Finding(leg.ranges, f"{said}{leg.doubt}"), False
            return
        hop = leg.route.hop
        if hop == DROP:
            bypass = f"{said}it may be dropped, or take the service endpoint" if leg.bypass else ""
            yield _Finding(leg.ranges, bypass or f"{self.route(leg)} drops"), True
        elif hop in (APPLIANCE, GATEWAY):
            left = subtraction(leg.ranges, self._stated(hop, leg.route.hop_address, leg.ranges))
            if left:
                lapsed = self._lapsed(hop, leg.route.hop_address)
                why = f"{said}{_NOT_KNOWN[hop].format(hop=leg.route.hop_address)}{lapsed}"
                yield _Finding(left, why, "declared"), False
        elif hop == INTERNET:
            yield from self._leaving(leg, way)
        elif hop == OUTSIDE:
            said = f"{self.flow.target.name} lies in no network at hand, and whether a gateway leads there is not known"
            yield _Finding(leg.ranges, said, "reference"), False
        elif hop in (INSIDE, LINK):
            if hop == INSIDE and not leg.route.system and subtraction(leg.ranges, way.inside):
                yield _Finding(leg.ranges, f"{said}it sends them into the virtual network"), False
            for link in way.links:
                part = intersection(leg.ranges, ((link.address, link.address),)) if link.doubt else NOTHING
                if part:
                    yield _Finding(part, f"{link.said}: {link.doubt}"), False
        else:
            yield _Finding(leg.ranges, f"{said}its next hop cannot be read"), False

    def _leaving(self, leg: Leg, way: Way) -> Iterator[tuple[_Finding, bool]]:
        """Where packets go to public addresses. Storage of the region needs no way out, unless a route leads to it."""
        outside = intersection(leg.ranges, PUBLIC)
        egress = way.egress
        if egress.open is True or not outside:
            return
        if self.flow.own_storage():
            if not leg.route.system:
                why = "next hop Internet needs a way out that is not there, though Storage of its region needs none"
                if egress.open is None:
                    why = "whether there is the way out that next hop Internet needs is not known"
                said = f"{self.route(leg)} takes {self.flow} to {self.flow.target.name}: {why}"
                yield _Finding(outside, said, "property"), False
            return
        if egress.open is None:
            yield _Finding(outside, f"{self.where()} {egress.why}", egress.needs), False
        else:
            yield _Finding(outside, f"{self.where()}, {egress.why}, drops"), True

    def _stated(self, hop: str, address: str, ranges: Intervals) -> Intervals:
        """What of these addresses owners declare that the hop lets pass."""
        found = NOTHING
        if isinstance(self.way, Unknown):
            return found
        for one in self.way.declared:
            if one.about(hop, address):
                part = one.allowed(ranges, self.flow.target, self.flow.port, self.tags)
                if subtraction(part, found):
                    self.declared.append(one)
                    found = union(found, part)
        return found

    def _lapsed(self, hop: str, address: str) -> str:
        """Says of declarations that have expired that they no longer count."""
        lapsed = () if isinstance(self.way, Unknown) else self.way.lapsed
        ended = [one for one in lapsed if one.about(hop, address)]
        return "".join(f" (what {one.owner} declared of it expired on {one.expires})" for one in ended[:1])

    def route(self, leg: Leg) -> str:
        if leg.route.system or isinstance(self.way, Unknown) or self.way.table is None:
            return f"the system's route ({leg.route.prefix})"
        table = "" if isinstance(self.way.table, Unknown) else f"{self.way.table.name} "
        return f"{table}route {leg.route.name} ({leg.route.prefix}) on {self.where()}"

    def witness(self, today: str) -> Witness:
        """The answer in words; its steps are told apart from it."""
        if self.denied:
            return Witness(False, self._no(today), (), self.source(today))
        if self.unsure:
            found = tuple(dict.fromkeys(Unknown(finding.said, finding.needs) for finding in self.unsure))
            return Witness(None, found[0].reason, (), self.source(today), found)
        return Witness(True, self._yes(), (), self.source(today))

    def packet(self) -> Intervals:
        """The addresses that the answer hangs on: of these one packet is an example."""
        first = [*self.denied, *self.unsure][:1]
        return first[0].ranges if first else self.flow.target.whole()

    def _no(self, today: str) -> str:
        target, whole = self.flow.target, self.flow.target.whole()
        lost = normal(pair for finding in self.denied for pair in finding.ranges)
        first = self.denied[0]
        share = ""
        if lost != whole:
            part = size(lost) / size(whole)
            share = f"{min(max(part, 0.01), 0.99):.0%}"
            share = f"{'less than ' if part < 0.01 else 'more than ' if part > 0.99 else ''}{share} of "
        shown = f", e.g. {example(first.ranges)}" if target.ranges is not None and (target.tag or lost != whole) else ""
        others = len({finding.said for finding in self.denied}) - 1
        more = f" (and {others} more)" if others else ""
        data = f" ({self.tags.said(today)})" if self._by_data and target.tag and self.tags else ""
        return f"{first.said} {self.flow} to {share}{target.name}{shown}{more}{data}"

    def _yes(self) -> str:
        target = self.flow.target
        states = "".join(f"; {one.written} lets it on: {one.said()}" for one in dict.fromkeys(self.declared))
        rules = [slice.rule for _, _, ruling in self.seen for slice in ruling.allowed]
        if target.platform() and all(rule is UNFILTERED for rule in rules):
            return f"no NSG rule names {target.name}"
        if not self.allowed:
            places = " or ".join(side.where for side in self.sides)
            return f"no NSG on {places}: {self.flow} gets out to {target.name}{states}"
        said = " and ".join(list(dict.fromkeys(self.allowed))[:3])
        return f"{said} {self.flow} out to {target.name}{states}"

    def source(self, today: str) -> str:
        read = "networkinterfaces, virtualnetworks, networksecuritygroups"
        routed = any(not leg.route.system for leg in self.legs)
        declared = ", declared" if self.declared else ""
        tagged = self.flow.target.tag and not self.flow.target.platform()
        told = f", {self.tags.said(today)}" if tagged and self.tags else ""
        return f"{read}{', routetables' if routed else ''}{declared}{told}"


_NOT_KNOWN = {
    APPLIANCE: "whether the virtual appliance at {hop} lets it on is not known",
    GATEWAY: "what becomes of it behind the virtual network gateway is not known",
}


def label(side: Attached, slice: Slice) -> str:
    if slice.rule is UNFILTERED:
        return f"{side.name} on {side.where}, which has {slice.rule.name},"
    rule = f"rule {slice.rule.label()}" if slice.rule.name else "no rule"
    return f"{side.name} {rule} on {side.where}"
