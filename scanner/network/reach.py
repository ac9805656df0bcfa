"""Where a VM sits in its networks, and whether a flow gets out from there: both security groups, routes, a way out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from scanner.language import witness
from scanner.language.witness import Witness
from scanner.model import Unknown
from scanner.network.intervals import (
    NOTHING,
    PLATFORM,
    PUBLIC,
    Intervals,
    dotted,
    example,
    intersection,
    parse,
    size,
    subtraction,
    union,
)
from scanner.network.judge import Question, Ruling, Slice, Target, judge
from scanner.network.routes import RouteTable, bends
from scanner.network.rules import Nsg, Side, Truth
from scanner.network.tags import REGIONAL, ServiceTags, cloud_of_region

_STEPS_SAID = 6


@dataclass(frozen=True, slots=True)
class Attached:
    """The security group of the NIC or of the subnet: one, none (None), or one that is not known."""

    where: str
    nsg: Nsg | Unknown | None
    sources: Mapping[Side, Truth] = field(default_factory=dict)
    name: str = ""
    """What the group is called, with its resource group where others have the same name."""


@dataclass(frozen=True, slots=True)
class Way:
    """What lies behind the security groups.

    `inside`: the virtual network's addresses and its peers'. `storage_endpoint`: a service endpoint that goes before
    the routes. `way_out`: whether a private subnet has an explicit one; always True of a subnet that is not private.
    """

    inside: Intervals = NOTHING
    table: RouteTable | Unknown | None = None
    storage_endpoint: bool = False
    way_out: Truth = True


@dataclass(frozen=True, slots=True)
class _Finding:
    """Addresses of a target, and the words for what becomes of them."""

    ranges: Intervals
    said: str
    needs: str = ""


ANYWHERE = "*"
"""The region of a VM to come whose plan does not say it: some region of the public cloud."""


class Network(witness.Network):
    """The place of a VM's primary address. VMs in the same place are the same object, so that each asks once."""

    __slots__ = ("_answers", "_hash", "_rulings", "key", "region", "sides", "tags", "today", "way")

    def __init__(
        self,
        key: tuple[object, ...],
        region: str | None,
        sides: tuple[Attached, Attached],
        way: Way | Unknown,
        tags: Callable[[str], ServiceTags | None],
        today: str,
        rulings: dict[object, Ruling],
    ) -> None:
        self.key = key
        self.region = region
        self.sides = sides
        self.way = way
        self.tags = tags
        self.today = today
        self._rulings = rulings
        self._hash = hash(key)
        self._answers: dict[tuple[str, str], Witness] = {}

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Network):
            return self is other
        return (self.key, self.sides, self.way) == (other.key, other.sides, other.way)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ", ".join(
            f"{'no NSG' if side.nsg is None else side.name if isinstance(side.nsg, Nsg) else 'an NSG not known'}"
            f" on {side.where}"
            for side in self.sides
        )

    def reach(self, where: str, port: str) -> Witness:
        """Whether tcp to every address of `where` at that port gets out."""
        found = self._answers.get((where, port))
        if found is None:
            found = self._answers[where, port] = self._asked(where, port)
        return found

    def _tags(self) -> ServiceTags | None:
        return self.tags(cloud_of_region(self.region or ""))

    def _asked(self, where: str, port: str) -> Witness:
        number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
        if not 0 < number < 65536:
            return _not_known(Unknown(f"{port!r} is no port"))
        if self.region == ANYWHERE and where.strip().lower() in REGIONAL:
            return self._in_every_region(where.strip(), port)
        target = self._target(where)
        if isinstance(target, Unknown):
            return _not_known(target)
        if target.tag and self._tags() is None:
            cloud = cloud_of_region(self.region or "")
            return _not_known(Unknown(f"no service tags of the {cloud} cloud are given", "service-tags"))
        if target.ranges == NOTHING:
            return _not_known(Unknown(f"{target.name} has no IPv4 address"))
        if intersection(target.whole(), PLATFORM) == target.whole():
            return _not_known(Unknown(f"{target.name} is the platform's own address, which NSGs filter by tag only"))
        return _Inquiry(self, target, number, self._tags(), self._rulings).witness()

    def _in_every_region(self, where: str, port: str) -> Witness:
        """The answer for a VM to come, where it is the same in every region of the public cloud."""
        tags = self.tags("public")
        regions = tags.regions_of(where) if tags is not None else []
        met: dict[bool, tuple[str, Witness]] = {}
        for region in regions:
            place = Network((*self.key, region), region, self.sides, self.way, self.tags, self.today, self._rulings)
            found = place.reach(where, port)
            if found.answer is None:
                return found
            met.setdefault(found.answer, (region, found))
            if len(met) == 2:
                said = f"the VM's region is not known, and tells: open in {met[True][0]}, closed in {met[False][0]}"
                return _not_known(Unknown(said, "property"))
        if not met:
            return _not_known(Unknown("the VM's region is not known", "property"))
        _, found = next(iter(met.values()))
        return replace(found, text=f"{found.text}; its region is not known, and it is the same in all {len(regions)}")

    def _target(self, where: str) -> Target | Unknown:
        text = where.strip()
        ranges = parse(text)
        if ranges == "v6":
            return Unknown(f"{text} is an IPv6 address, and only IPv4 is judged")
        if ranges is not None:
            return Target(text, ranges, False)
        if not text[:1].isalpha() or "/" in text:
            return Unknown(f"{text!r} is neither an address nor a service tag")
        name = text.lower()
        if name in REGIONAL:
            if self.region is None:
                return Unknown("the VM's region is not known", "property")
            name = f"{name}.{self.region.lower().replace(' ', '')}"
        tags = self._tags()
        if tags is not None and name in tags:
            return Target(tags.written(name), tags.ranges(name), True)
        if name.split(".")[0] in REGIONAL or tags is None:
            return Target(f"{text.split('.')[0]}.{name.partition('.')[2]}" if "." in name else text, None, True)
        return Unknown(f"{text!r} is neither an address nor one of the service tags", "service-tags")


def _not_known(why: Unknown) -> Witness:
    return Witness(None, why.reason, (), "", (why,))


class _Inquiry:
    """One question at one place."""

    def __init__(
        self, network: Network, target: Target, port: int, tags: ServiceTags | None, rulings: dict[object, Ruling]
    ) -> None:
        self._network = network
        self._target = target
        self._port = port
        self._tags = tags
        self._rulings = rulings
        self._flow = f"tcp/{port}"
        self._denied: list[_Finding] = []
        self._unsure: list[_Finding] = []
        self._allowed: list[str] = []
        self._by_data = False
        self._seen: list[tuple[Attached, Nsg, Ruling]] = []

    def witness(self) -> Witness:
        for side in self._network.sides:
            self._group(side)
        self._behind()
        if self._denied:
            return self._no()
        if self._unsure:
            return self._perhaps()
        return self._yes()

    def _group(self, side: Attached) -> None:
        if side.nsg is None:
            return
        if isinstance(side.nsg, Unknown):
            self._unsure.append(_Finding(self._target.whole(), side.nsg.reason, side.nsg.needs))
            return
        ruling = self._ruling(side, side.nsg)
        self._by_data = self._by_data or ruling.by_data
        self._seen.append((side, side.nsg, ruling))
        for slice in sorted(ruling.denied, key=lambda slice: -size(slice.ranges)):
            self._denied.append(_Finding(slice.ranges, f"{self._label(side, slice)} drops"))
        for slice, why in ruling.unsure:
            said = f"{self._label(side, slice)} may decide about {self._flow} to {self._target.name}: {why}"
            self._unsure.append(_Finding(slice.ranges, said, "service-tags" if "service tags" in why else "property"))
        self._allowed += [f"{self._label(side, slice)} lets" for slice in ruling.allowed]

    def _ruling(self, side: Attached, nsg: Nsg) -> Ruling:
        way = self._network.way
        inside = NOTHING if isinstance(way, Unknown) or self._target.tag else way.inside
        routed = NOTHING
        if not isinstance(way, Unknown) and way.table is not None:
            table = way.table
            routed = PUBLIC if isinstance(table, Unknown) else table.covered(self._tags)
            routed = intersection(routed, self._target.whole())
        elif isinstance(way, Unknown):
            routed = self._target.whole()
        sources = tuple(side.sources.get(source) for source in nsg.narrow)
        key = (id(nsg), self._target.name, self._port, sources, inside, routed, id(self._tags))
        found = self._rulings.get(key)
        if found is None:
            question = Question(self._target, "tcp", self._port, inside, routed)
            found = self._rulings[key] = judge(nsg, question, side.sources, self._tags)
        return found

    @staticmethod
    def _label(side: Attached, slice: Slice) -> str:
        rule = f"rule {slice.rule.label()}" if slice.rule.name else "no rule"
        return f"{side.name} {rule} on {side.where}"

    def _own_storage(self) -> bool:
        name = self._target.name.lower()
        return self._target.tag and name == f"storage.{(self._network.region or '').lower()}"

    def _behind(self) -> None:
        """Routes, and of a private subnet the way out."""
        way, target = self._network.way, self._target
        if isinstance(way, Unknown):
            self._unsure.append(_Finding(target.whole(), way.reason, way.needs))
            return
        if way.storage_endpoint and self._own_storage():
            return
        if isinstance(way.table, Unknown):
            self._unsure.append(_Finding(target.whole(), way.table.reason, way.table.needs))
        elif way.table is not None:
            for bend in bends(way.table, target, way.inside, self._tags):
                route = f"route {bend.route.name} ({bend.route.prefix})"
                label = f"{way.table.name} {route} on {self._network.sides[1].where}"
                if bend.doubt:
                    said = f"{label} takes {self._flow} to {target.name}: {bend.doubt}"
                    self._unsure.append(_Finding(bend.ranges, said, ""))
                else:
                    self._denied.append(_Finding(bend.ranges, f"{label} drops"))
        outside = subtraction(intersection(target.whole(), PUBLIC), way.inside)
        if way.way_out is True or self._own_storage() or not outside:
            return
        subnet = self._network.sides[1].where
        if way.way_out is None:
            said = f"{subnet} is private, and whether a load balancer's outbound rule lets it out is not known"
            self._unsure.append(_Finding(outside, said, "reference"))
        else:
            self._denied.append(
                _Finding(outside, f"{subnet}, private and without a NAT gateway or public address, drops")
            )

    def _no(self) -> Witness:
        whole, target = self._target.whole(), self._target
        lost: Intervals = NOTHING
        for finding in self._denied:
            lost = union(lost, finding.ranges)
        first = self._denied[0]
        share, which = "", target.name
        if lost != whole:
            part = size(lost) / size(whole)
            share = f"{min(max(part, 0.01), 0.99):.0%}"
            share = f"{'less than ' if part < 0.01 else 'more than ' if part > 0.99 else ''}{share} of "
        shown = f", e.g. {example(first.ranges)}" if target.ranges is not None and (target.tag or lost != whole) else ""
        others = len({finding.said for finding in self._denied}) - 1
        more = f" (and {others} more)" if others else ""
        data = f" ({self._told()})" if self._by_data and target.tag and self._tags else ""
        text = f"{first.said} {self._flow} to {share}{which}{shown}{more}{data}"
        return Witness(False, text, self._steps(first.ranges), self._source())

    def _perhaps(self) -> Witness:
        found = tuple(dict.fromkeys(Unknown(finding.said, finding.needs) for finding in self._unsure))
        return Witness(None, found[0].reason, self._steps(self._unsure[0].ranges), self._source(), found)

    def _yes(self) -> Witness:
        target = self._target
        if not self._allowed:
            places = " or ".join(side.where for side in self._network.sides)
            return Witness(True, f"no NSG on {places}: {self._flow} gets out to {target.name}", (), self._source())
        said = " and ".join(list(dict.fromkeys(self._allowed))[:3])
        return Witness(True, f"{said} {self._flow} out to {target.name}", self._steps(target.whole()), self._source())

    def _told(self) -> str:
        return self._tags.said(self._network.today) if self._tags else ""

    def _source(self) -> str:
        told = f", {self._told()}" if self._target.tag and self._tags else ""
        return f"networkinterfaces, virtualnetworks, networksecuritygroups{told}"

    def _steps(self, ranges: Intervals) -> tuple[str, ...]:
        """The rules that one packet met, group by group, down to the one that decided."""
        address = min(ranges[0][0] + 1, ranges[0][1])
        shown = self._target.name if self._target.ranges is None else dotted(address)
        return tuple(_walk(side, nsg, ruling, address, f"{self._flow} to {shown}") for side, nsg, ruling in self._seen)


def _walk(side: Attached, nsg: Nsg, ruling: Ruling, address: int, packet: str) -> str:
    """ "nsg-app on subnet snet-app: tcp/443 to 20.60.0.1 passes AllowSql (100) by; DenyInternet (200) drops it"."""
    slices = [
        *((slice, "lets it out") for slice in ruling.allowed),
        *((slice, "drops it") for slice in ruling.denied),
        *((slice, f"may decide: {why}") for slice, why in ruling.unsure),
    ]
    for slice, does in slices:
        if any(low <= address <= high for low, high in slice.ranges):
            before = []
            for rule in nsg.rules:
                if rule is slice.rule:
                    break
                before.append(rule.label())
            left = len(before) - _STEPS_SAID
            met = ", ".join(before[-_STEPS_SAID:] if left > 0 else before)
            passed = f" passes {f'{left} rules, ' if left > 0 else ''}{met} by;" if before else ":"
            return f"{side.name} on {side.where}: {packet}{passed} {slice.rule.label()} {does}"
    return f"{side.name} on {side.where}: {packet} meets no rule"
