"""Where a VM sits in its networks, and what it can reach from there; each question is asked once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scanner.language import witness
from scanner.language.witness import Witness
from scanner.model import Unknown
from scanner.network.inquiry import Flow, Inquiry
from scanner.network.intervals import NOTHING, PLATFORM, intersection, parse
from scanner.network.judge import Target
from scanner.network.place import Attached, Seat, Way
from scanner.network.rules import Nsg
from scanner.network.tags import PLATFORM_TAGS, REGIONAL, ServiceTags, cloud_of_region

NOWHERE = Seat()
ANYWHERE = "*"
"""The region of a VM to come whose plan does not say it: some region of the public cloud."""

_PROTOCOLS = ("tcp", "udp")


class Network(witness.Network):
    """The place of a VM's primary address. VMs in the same place are the same object, so that each asks once."""

    __slots__ = ("_answers", "_hash", "_walked", "_worked", "key", "region", "seat", "sides", "tags", "today", "way")

    def __init__(
        self,
        key: tuple[object, ...],
        region: str | None,
        sides: tuple[Attached, Attached],
        way: Way | Unknown,
        tags: Callable[[str], ServiceTags | None],
        today: str,
        worked: dict[object, Any],
        seat: Seat = NOWHERE,
    ) -> None:
        self.key = key
        self.region = region
        self.sides = sides
        self.way = way
        self.tags = tags
        self.today = today
        self.seat = seat
        self._worked = worked
        self._hash = hash(key)
        self._answers: dict[tuple[str, str], Witness] = {}
        self._walked: dict[tuple[str, str], Witness] = {}

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
        """Whether every address of `where` can be reached at that port: "443" is tcp, "udp/53" is not."""
        found = self._answers.get((where, port))
        if found is None:
            asked = self._asked(where, port)
            found = asked if isinstance(asked, Witness) else asked.witness(self.today)
            self._answers[where, port] = found
        return found

    def inquiry(self, where: str, port: str) -> Inquiry | None:
        """All that was found out for an answer; None where the question itself cannot be put."""
        asked = self._asked(where, port)
        return asked if isinstance(asked, Inquiry) else None

    def walked(self, where: str, port: str) -> Witness:
        """The same, with the steps of one packet."""
        found = self._walked.get((where, port))
        if found is None:
            from scanner.network.walk import steps

            asked, found = self._asked(where, port), self.reach(where, port)
            if isinstance(asked, Inquiry):
                found = replace(found, steps=steps(asked, self.seat))
            self._walked[where, port] = found
        return found

    def _tags(self) -> ServiceTags | None:
        return self.tags(cloud_of_region(self.region or ""))

    def _asked(self, where: str, port: str) -> Inquiry | Witness:
        protocol, slash, written = port.partition("/")
        digits = written if slash else port
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
        if not 0 < number < 65536 or (slash and protocol not in _PROTOCOLS):
            return _not_known(Unknown(f"{port!r} is no port"))
        if self.region == ANYWHERE and where.strip().lower() in REGIONAL:
            return self._in_every_region(where.strip(), port)
        target = self._target(where)
        if isinstance(target, Unknown):
            return _not_known(target)
        if target.tag and not target.platform() and self._tags() is None:
            cloud = cloud_of_region(self.region or "")
            return _not_known(Unknown(f"no service tags of the {cloud} cloud are given", "service-tags"))
        if target.ranges == NOTHING:
            return _not_known(Unknown(f"{target.name} has no IPv4 address"))
        if target.ranges and intersection(target.ranges, PLATFORM) == target.ranges:
            said = f"{target.name} is the platform's own address, which NSGs filter by tag only (AzurePlatformDNS, …)"
            return _not_known(Unknown(said))
        flow = Flow(self.region or "", target, protocol if slash else "tcp", number)
        return Inquiry(self.sides, self.way, flow, self._tags(), self._worked)

    def _in_every_region(self, where: str, port: str) -> Witness:
        """The answer for a VM to come, where it is the same in every region of the public cloud."""
        tags = self.tags("public")
        regions = tags.regions_of(where) if tags is not None else []
        met: dict[bool, tuple[str, Witness]] = {}
        for region in regions:
            place = Network((*self.key, region), region, self.sides, self.way, self.tags, self.today, self._worked)
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
        if name in PLATFORM_TAGS:
            return Target(text, None, True)
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
