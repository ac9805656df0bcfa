"""The narrowest rules that let a flow out of security groups: which are needed, and where there is room for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.network.inquiry import Inquiry
from scanner.network.rules import Nsg, Rule

LEAST, MOST = 100, 4096
"""The priorities that a rule of one's own may have."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One flow that a security group drops. `group`: the group's id in lower case.

    `before`: the priority of the first rule that drops any of it. `narrow`: that rule, or another, is for some sources
    only, and so is what is let out: from `sources`.
    """

    group: str
    destination: str
    protocol: str
    port: int
    before: int
    narrow: bool
    sources: tuple[str, ...]
    deniers: tuple[str, ...]

    @property
    def flow(self) -> tuple[str, str, str, int, bool]:
        return self.group, self.destination, self.protocol, self.port, self.narrow


@dataclass(frozen=True, slots=True)
class NewRule:
    """The rule that makes an opening. `moved`: rules that make room for it, each (name, from, to), last first."""

    opening: Opening
    name: str
    priority: int
    moved: tuple[tuple[str, int, int], ...] = ()


def openings(inquiry: Inquiry, groups: Sequence[str], address: str | None) -> list[Opening]:
    """What each group on the way drops of one flow. `groups`: the ids of the interface's group and the subnet's."""
    found = []
    for side, _, ruling in inquiry.seen:
        group = groups[inquiry.sides.index(side)]
        rules = [slice.rule for slice in ruling.denied]
        if not rules or any(rule.priority is None for rule in rules):
            continue
        narrow = not all(rule.source.matches_any_nic() for rule in rules)
        flow = inquiry.flow
        found.append(
            Opening(
                group,
                flow.target.name,
                flow.protocol.capitalize(),
                flow.port,
                min(rule.priority or 0 for rule in rules),
                narrow,
                (address,) if narrow and address else ("*",),
                tuple(dict.fromkeys(rule.label() for rule in rules)),
            )
        )
    return found


def merged(found: Iterable[Opening]) -> list[Opening]:
    """One opening for each flow of each group, before the first rule that drops it for anybody."""
    kept: dict[tuple[str, str, str, int, bool], Opening] = {}
    for one in found:
        other = kept.get(one.flow)
        if other is not None:
            sources = ("*",) if "*" in {*one.sources, *other.sources} else (*other.sources, *one.sources)
            deniers = tuple(dict.fromkeys((*other.deniers, *one.deniers)))
            before = min(one.before, other.before)
            one = replace(other, before=before, sources=tuple(sorted(set(sources))), deniers=deniers)
        kept[one.flow] = one
    return [kept[flow] for flow in sorted(kept)]


def seated(
    wanted: Sequence[Opening], groups: Mapping[str, Nsg], taken: Mapping[str, set[str]]
) -> dict[Opening, NewRule]:
    """A name and a priority for each; one that there is no room for is not among them. `taken`: names in use."""
    found: dict[Opening, NewRule] = {}
    for group in dict.fromkeys(one.group for one in wanted):
        rules = {rule.priority: rule for rule in groups[group].rules if rule.priority and rule.priority <= MOST}
        names = {name.lower() for name in taken[group]}
        moved: dict[int, int] = {}
        for one in sorted((one for one in wanted if one.group == group), key=lambda one: (one.before, one.flow)):
            before = moved.get(one.before, one.before)
            seat = _seat({priority: rule.name for priority, rule in rules.items()}, before)
            if seat is None:
                continue
            priority, shifts = seat
            for _, start, end in shifts:
                rules[end] = rules.pop(start)
                moved |= {first: end for first, then in moved.items() if then == start} or {start: end}
            name = _name(one, names)
            names.add(name.lower())
            rules[priority] = _placeholder(name, priority)
            found[one] = NewRule(one, name, priority, shifts)
    return found


def _seat(used: Mapping[int, str], before: int) -> tuple[int, tuple[tuple[str, int, int], ...]] | None:
    """A free priority close before another, and which rules move up by one for it where none is free."""
    last = min(before, MOST + 1) - 1
    gap = last
    while gap >= LEAST and gap in used:
        gap -= 1
    if gap >= LEAST:
        low = gap
        while low > LEAST and low - 1 not in used:
            low -= 1
        round_ones = [priority for priority in range(gap - gap % 10, low - 1, -10) if priority >= LEAST]
        return (round_ones or [gap])[0], ()
    free = before
    while free <= MOST and free in used:
        free += 1
    if free > MOST:
        return None
    shifts = tuple((used[priority], priority, priority + 1) for priority in range(free - 1, before - 1, -1))
    return before, shifts


def _name(one: Opening, names: set[str]) -> str:
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "-" for char in one.destination)
    stem = f"AllowBackup-{kept[:50]}-{one.port}"
    name, number = stem, 1
    while name.lower() in names:
        number += 1
        name = f"{stem}-{number}"
    return name


def _placeholder(name: str, priority: int) -> Rule:
    from scanner.network.rules import DEFAULTS

    return replace(DEFAULTS[0], name=name, priority=priority)
