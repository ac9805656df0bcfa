"""The outbound rules of a network security group, as its row writes them; what cannot be read is kept as doubtful."""

from dataclasses import dataclass
from typing import Any

from scanner.network.intervals import EVERYTHING, Intervals, normal, parse
from scanner.network.tags import VIRTUAL_NETWORK

Truth = bool | None
EPHEMERAL = (49152, 65535)
"""The ports a connection is made from."""


@dataclass(frozen=True, slots=True)
class Side:
    """The source or the destination of a rule: all that is named there together.

    `doubt`: what of it cannot be read, so that it may cover anything.
    """

    everything: bool = False
    ranges: Intervals = ()
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    doubt: str = ""
    six: tuple[str, ...] = ()
    """Its IPv6 prefixes, as they are written."""

    def matches_any_nic(self) -> bool:
        return self.everything or VIRTUAL_NETWORK in self.tags


@dataclass(frozen=True, slots=True)
class Ports:
    """Port ranges; `doubt`: what of them cannot be read."""

    ranges: tuple[tuple[int, int], ...] = ()
    doubt: str = ""

    def covers(self, low: int, high: int) -> Truth:
        """Whether every port from `low` to `high` is among them; None: some are, or it cannot be told."""
        if any(first <= low and high <= last for first, last in self.ranges):
            return True
        some = any(first <= high and low <= last for first, last in self.ranges)
        return None if some or self.doubt else False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. None is not known: a priority (it may stand anywhere), an access, an outbound direction, a protocol."""

    name: str
    priority: int | None
    allow: Truth
    outbound: Truth
    protocol: str | None
    ports: Ports
    source_ports: Ports
    source: Side
    destination: Side
    doubt: str = ""
    """What of the row itself cannot be read."""

    def label(self) -> str:
        return f"{self.name} ({'priority not known' if self.priority is None else self.priority})"


@dataclass(frozen=True, slots=True)
class Nsg:
    """A network security group: its outbound rules by priority, those without one first."""

    name: str
    rules: tuple[Rule, ...]
    narrow: tuple[Side, ...] = ()
    """The sources of its rules that are not every NIC, each once."""


_PROTOCOLS = {name: name for name in ("*", "tcp", "udp", "icmp", "icmpv6", "esp", "ah")} | {
    "any": "*",
    "6": "tcp",
    "17": "udp",
}
_ANY_PORT = Ports(((0, 65535),))
_ALL = Side(everything=True)
_NETWORK = Side(tags=(VIRTUAL_NETWORK,))
_INTERNET = Side(tags=("internet",))

DEFAULTS = (
    Rule("AllowVnetOutBound", 65000, True, True, "*", _ANY_PORT, _ANY_PORT, _NETWORK, _NETWORK),
    Rule("AllowInternetOutBound", 65001, True, True, "*", _ANY_PORT, _ANY_PORT, _ALL, _INTERNET),
    Rule("DenyAllOutBound", 65500, False, True, "*", _ANY_PORT, _ANY_PORT, _ALL, _ALL),
)
"""The documented rules that every group ends in; files and templates often do not show them."""


def read_nsg(name: str, properties: Any) -> Nsg:
    """The group in a row's properties, whatever of it is missing or odd."""
    if not isinstance(properties, dict):
        return _nsg(name, [_unreadable("all its rules", "the row has no properties")])
    rules = _rules(properties.get("securityRules"))
    defaults = _rules(properties.get("defaultSecurityRules")) if properties.get("defaultSecurityRules") else DEFAULTS
    return _nsg(name, [rule for rule in (*rules, *defaults) if rule.outbound is not False])


def _nsg(name: str, rules: list[Rule]) -> Nsg:
    in_order = tuple(sorted(rules, key=lambda rule: (rule.priority is not None, rule.priority or 0)))
    return Nsg(name, in_order, tuple(dict.fromkeys(rule.source for rule in rules if not rule.source.matches_any_nic())))


def _rules(given: Any) -> tuple[Rule, ...]:
    if given is None:  # an absent list in a row that was read is known to be empty
        return ()
    if not isinstance(given, list):
        return (_unreadable("a list of rules", "it is no list"),)
    return tuple(_rule(entry) for entry in given if not _inbound(entry))


def _inbound(entry: Any) -> bool:
    """Whether a rule is surely about packets that come in, which nobody asks about."""
    body = entry.get("properties") if isinstance(entry, dict) else None
    direction = body.get("direction") if isinstance(body, dict) else None
    return isinstance(direction, str) and direction.strip().lower() == "inbound"


def _unreadable(name: str, why: str) -> Rule:
    unknown = Ports(doubt=why)
    return Rule(name, None, None, None, None, unknown, unknown, Side(doubt=why), Side(doubt=why), why)


def _rule(entry: Any) -> Rule:
    if not isinstance(entry, dict):
        return _unreadable("a rule", "it is no object")
    name = entry.get("name")
    name = name if isinstance(name, str) and name else "without a name"
    body = entry.get("properties")
    if not isinstance(body, dict):
        return _unreadable(name, "it has no properties")
    priority = body.get("priority")
    allow = _word(body.get("access"), {"allow": True, "deny": False})
    outbound = _word(body.get("direction"), {"outbound": True, "inbound": False})
    protocol = body.get("protocol")
    kind = _PROTOCOLS.get(protocol.strip().lower()) if isinstance(protocol, str) else None
    numbered = isinstance(priority, int) and not isinstance(priority, bool)
    named = (("priority", numbered), ("access", allow is not None), ("direction", outbound is not None))
    doubts = [word for word, known in (*named, ("protocol", kind is not None)) if not known]
    return Rule(
        name,
        priority if numbered else None,
        allow,
        outbound,
        kind,
        _ports(body, "destinationPortRange"),
        _ports(body, "sourcePortRange"),
        _side(body, "source"),
        _side(body, "destination"),
        f"its {' and '.join(doubts)} cannot be read" if doubts else "",
    )


def _word(given: Any, meanings: dict[str, bool]) -> Truth:
    return meanings.get(given.strip().lower()) if isinstance(given, str) else None


def _listed(body: dict[str, Any], singular: str, plural: str) -> tuple[list[str], str]:
    """The texts under a name and its plural together, and what cannot be read there.

    `[]`, null and "" are as good as absent.
    """
    found: list[str] = []
    one, several = body.get(singular), body.get(plural)
    doubt = ""
    if isinstance(one, str):
        found += [one] if one.strip() else []
    elif one is not None:
        doubt = f"{singular} is no text"
    if isinstance(several, list):
        for member in several:
            if isinstance(member, str) and member.strip():
                found.append(member)
            else:
                doubt = f"{plural} holds what is no text"
    elif several is not None:
        doubt = f"{plural} is no list"
    return found, doubt


def _ports(body: dict[str, Any], name: str) -> Ports:
    texts, doubt = _listed(body, name, f"{name}s")
    ranges = []
    for text in texts:
        for part in text.split(","):
            found = _port_range(part.strip().lower())
            if found is None:
                doubt = f"{name} {part.strip()!r} is no port"
            else:
                ranges.append(found)
    return Ports(normal(ranges), doubt or ("" if texts else f"{name} is not there"))


def _port_range(text: str) -> tuple[int, int] | None:
    if text in ("*", "any"):
        return 0, 65535
    low, dash, high = (part.strip() for part in text.partition("-"))
    numbers = [low, high] if dash else [low, low]
    if not all(number.isascii() and number.isdigit() and len(number) <= 5 for number in numbers):
        return None
    first, last = map(int, numbers)
    return (first, last) if first <= last <= 65535 else None


def _side(body: dict[str, Any], name: str) -> Side:
    texts, doubt = _listed(body, f"{name}AddressPrefix", f"{name}AddressPrefixes")
    groups = body.get(f"{name}ApplicationSecurityGroups")
    ids: list[str] = []
    if isinstance(groups, list):
        for group in groups:
            identity = group.get("id") if isinstance(group, dict) else None
            if isinstance(identity, str) and identity:
                ids.append(identity.lower().rstrip("/"))
            else:
                doubt = f"{name}ApplicationSecurityGroups holds one without an id"
    elif groups is not None:
        doubt = f"{name}ApplicationSecurityGroups is no list"
    everything = False
    ranges: list[tuple[int, int]] = []
    tags, six = [], []
    for text in (part.strip() for listed in texts for part in listed.split(",")):
        found = parse(text)
        if text in ("*", "0.0.0.0/0") or text.lower() == "any" or found == EVERYTHING:
            everything = True
        elif isinstance(found, tuple):
            ranges += found
        elif found == "v6":
            six.append(text.lower())
        elif text[:1].isalpha() and "/" not in text:
            tags.append(text.lower())
        else:
            doubt = f"{name} {text!r} is neither an address prefix nor a tag"
    if not texts and not ids and not doubt:
        doubt = f"its {name} is not there"
    tagged, grouped, far = (tuple(dict.fromkeys(names)) for names in (tags, ids, six))
    return Side(everything, normal(ranges), tagged, grouped, doubt, far)
