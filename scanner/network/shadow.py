"""Which outbound rules of a security group can never match, as those before them match all that they would."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.network.intervals import (
    LAST,
    NOTHING,
    PUBLIC,
    Intervals,
    intersection,
    normal,
    subtraction,
)
from scanner.network.rules import Nsg, Rule, Side
from scanner.network.tags import BY_MEANING, INTERNET, VIRTUAL_NETWORK, ServiceTags

_PROTOCOLS = {name: ((number, number),) for number, name in enumerate(("tcp", "udp", "icmp", "icmpv6", "esp", "ah"))}
_ANY_PROTOCOL: Intervals = ((0, len(_PROTOCOLS)),)  # and whatever other protocol there is
_MOST_PIECES = 500

Box = tuple[Intervals, ...]
"""Packets: protocols × destination ports × source ports × sources × destinations, what parts them fastest first."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule that never matches, and the rules before it that take its packets."""

    rule: Rule
    behind: tuple[Rule, ...]


def shadowed(nsg: Nsg, tags: ServiceTags | None, inside: Intervals) -> tuple[Shadow, ...]:
    """The rules of the group's own that are surely dead. `inside`: addresses known to be the virtual network's."""
    points = _points(nsg.rules)
    sure = [(rule, box) for rule in nsg.rules if (box := _box(rule, points, tags, inside)) is not None]
    found = []
    for position, (rule, box) in enumerate(sure):
        if rule.priority is not None and rule.priority < 65000:
            before = [(other, theirs) for other, theirs in sure[:position] if (other.priority or 0) < rule.priority]
            behind = _behind(box, before)
            if behind:
                found.append(Shadow(rule, behind))
    return tuple(found)


def _behind(box: Box, before: Sequence[tuple[Rule, Box]]) -> tuple[Rule, ...]:
    """The rules that together leave nothing of the box, one where one alone does; () where something is left."""
    alone = next((rule for rule, theirs in before if not _without(box, theirs)), None)
    if alone is not None:
        return (alone,)
    pieces, took = [box], []
    for rule, theirs in before:
        left = [rest for piece in pieces for rest in _without(piece, theirs)]
        if left != pieces:
            took.append(rule)
        pieces = left
        if not pieces:
            return tuple(took)
        if len(pieces) > _MOST_PIECES:  # too scattered to be worth the time: not said to be dead
            return ()
    return ()


def _without(piece: Box, other: Box) -> list[Box]:
    """What of a box is not in another: split along each side in turn."""
    shared = []
    for mine, theirs in zip(piece, other, strict=True):
        both = mine if mine == theirs else intersection(mine, theirs)
        if not both:
            return [piece]
        shared.append(both)
    found = []
    for side in range(len(piece)):
        rest = NOTHING if shared[side] == piece[side] else subtraction(piece[side], other[side])
        if rest:
            found.append((*shared[:side], rest, *piece[side + 1 :]))
    return found


def _points(rules: Sequence[Rule]) -> dict[str, int]:
    """A number beyond all IPv4 addresses for every name and IPv6 prefix, which stands for what it covers besides."""
    sides = [side for rule in rules for side in (rule.source, rule.destination)]
    names = {name for side in sides for name in (*side.tags, *side.groups, *side.six)}
    return {name: LAST + 1 + 2 * number for number, name in enumerate(sorted(names))}


def _box(rule: Rule, points: dict[str, int], tags: ServiceTags | None, inside: Intervals) -> Box | None:
    """The packets of a rule; None where something of it cannot be read, so that nothing is said of it."""
    if rule.doubt or rule.priority is None or rule.allow is None or rule.protocol is None:
        return None
    if any(part.doubt for part in (rule.source, rule.destination, rule.ports, rule.source_ports)):
        return None
    protocol = _ANY_PROTOCOL if rule.protocol == "*" else _PROTOCOLS.get(rule.protocol)
    sides = [_addresses(side, points, tags, inside) for side in (rule.source, rule.destination)]
    if protocol is None or not rule.ports.ranges or not rule.source_ports.ranges or not all(sides):
        return None
    return protocol, rule.ports.ranges, rule.source_ports.ranges, sides[0], sides[1]


def _addresses(side: Side, points: dict[str, int], tags: ServiceTags | None, inside: Intervals) -> Intervals:
    if side.everything:
        return ((0, LAST + 1 + 2 * len(points)),)
    found: list[tuple[int, int]] = list(side.ranges)
    names = {*side.groups, *side.six, *side.tags}
    for tag in side.tags:  # a tag's point stands for what of it is no IPv4 address
        if tag == INTERNET:
            found += subtraction(PUBLIC, inside)
            names |= {name for name in points if tags is not None and name in tags}
        elif tag == VIRTUAL_NETWORK:  # the members of application security groups lie in it
            found += inside
            names |= {name for name in points if name.startswith("/subscriptions/")}
        elif tag not in BY_MEANING:
            found += (tags.ranges(tag) if tags is not None else None) or NOTHING
            names |= {name for name in points if name.startswith(f"{tag}.")}
    return normal([*found, *((points[name], points[name]) for name in names)])
