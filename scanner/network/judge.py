"""What one network security group does with one question: first match over slices of the addresses asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from scanner.network.intervals import (
    EVERYTHING,
    NOTHING,
    PLATFORM,
    PRIVATE,
    PUBLIC,
    Intervals,
    intersection,
    subtraction,
    union,
)
from scanner.network.rules import EPHEMERAL, Nsg, Ports, Rule, Side, Truth
from scanner.network.tags import (
    BY_MEANING,
    INTERNET,
    LICENSING,
    LOAD_BALANCER,
    PLATFORM_TAGS,
    VIRTUAL_NETWORK,
    ServiceTags,
)


@dataclass(frozen=True, slots=True)
class Target:
    """What must be reached: a service tag, or addresses of one's own.

    `ranges` None: the tag's addresses are not in the data, and only rules that cover it by name or meaning decide.
    """

    name: str
    ranges: Intervals | None
    tag: bool

    def whole(self) -> Intervals:
        """The addresses; of a tag that is not in the data, a stand-in that is never cut in parts."""
        return EVERYTHING if self.ranges is None else self.ranges

    def named_by(self, tag: str) -> bool:
        """Whether a rule's tag is the asked one or its parent: Storage for Storage.EastUS."""
        name = self.name.lower()
        return self.tag and (name == tag or name.startswith(f"{tag}."))

    def platform(self) -> bool:
        """Whether it is a service of the platform's own, which only rules that name its tag filter."""
        return self.tag and self.name.lower() in PLATFORM_TAGS


@dataclass(frozen=True, slots=True)
class Question:
    """One flow: to every address of `target`, from any ephemeral port.

    `inside`: addresses known to be the virtual network's (its own and its peers'). `routed`: those that user-defined
    routes name, which the tag VirtualNetwork may cover as well.
    """

    target: Target
    protocol: str
    port: int
    inside: Intervals = NOTHING
    routed: Intervals = NOTHING


@dataclass(frozen=True, slots=True)
class Slice:
    """Addresses that one rule decides about."""

    rule: Rule
    ranges: Intervals


UNFILTERED = Rule("no rule that names its tag", None, True, True, "*", Ports(), Ports(), Side(), Side())
"""What lets packets to the platform's own services out, where no rule names them."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """All addresses of a question, by what becomes of them. `unsure` slices go with the rule nobody can judge."""

    allowed: tuple[Slice, ...]
    denied: tuple[Slice, ...]
    unsure: tuple[tuple[Slice, str], ...]
    by_data: bool
    """Some rule was held against the addresses of the tags, so that the answer is as old as these are."""


def judge(nsg: Nsg, question: Question, sources: Mapping[Side, Truth], tags: ServiceTags | None) -> Ruling:
    """What the group lets out; `sources` says of each of its sources whether the NIC is one."""
    court = _Court(question, sources, tags)
    rules = [rule for rule in nsg.rules if court.applies(rule) is not False]
    for rule in rules:
        if rule.priority is None:  # it may stand above all others, or below
            court.may(rule)
    for _, tied in groupby((rule for rule in rules if rule.priority is not None), key=lambda rule: rule.priority):
        if not court.left:
            break
        court.decide(list(tied))
    return court.ruling()


class _Court:
    """The walk down the rules. `left`: addresses that no rule has surely matched yet."""

    def __init__(self, question: Question, sources: Mapping[Side, Truth], tags: ServiceTags | None) -> None:
        self._question = question
        self._target = question.target
        self._whole = question.target.whole()
        self._sources = sources
        self._tags = tags
        self.left = self._whole
        self._by_data = False
        self._doubts: list[tuple[Rule, Intervals]] = []
        self._may_allow: Intervals = NOTHING
        self._may_deny: Intervals = NOTHING
        self._allowed: list[Slice] = []
        self._denied: list[Slice] = []
        self._unsure: list[tuple[Slice, str]] = []

    def applies(self, rule: Rule) -> Truth:
        """Whether the rule is about this flow at all, destination apart."""
        protocol = None if rule.protocol is None else rule.protocol in ("*", self._question.protocol)
        source = True if rule.source.matches_any_nic() else self._sources.get(rule.source)
        port = rule.ports.covers(self._question.port, self._question.port)
        answers = (rule.outbound, protocol, port, rule.source_ports.covers(*EPHEMERAL), source)
        return False if False in answers else None if None in answers else True

    def may(self, rule: Rule) -> None:
        """Takes down that the rule may decide about the addresses it covers, surely or not."""
        sure, maybe = self._covered(rule)
        self._doubt(rule, intersection(self.left, union(sure, maybe)))

    def _doubt(self, rule: Rule, ranges: Intervals) -> None:
        if not ranges:
            return
        self._doubts.append((rule, ranges))
        if rule.allow is not False:
            self._may_allow = union(self._may_allow, ranges)
        if rule.allow is not True:
            self._may_deny = union(self._may_deny, ranges)

    def decide(self, tied: list[Rule]) -> None:
        """The rules of one priority; there should be one, and which of several comes first is not known."""
        sure: list[tuple[Rule, Intervals]] = []
        for rule in tied:
            certain, maybe = self._covered(rule)
            if self.applies(rule) is not True:
                certain, maybe = NOTHING, union(certain, maybe)
            self._doubt(rule, intersection(self.left, maybe))
            sure.append((rule, intersection(self.left, certain)))
        if len({rule.allow for rule, ranges in sure if ranges}) > 1:
            for rule, ranges in sure:
                self._doubt(rule, ranges)
        for rule, ranges in sure:
            self._match(rule, intersection(self.left, ranges))

    def _match(self, rule: Rule, ranges: Intervals) -> None:
        """A rule that is sure to match, unless one that nobody can judge came before it."""
        if not ranges:
            return
        self.left = subtraction(self.left, ranges)
        if rule.allow is None:
            self._unsure.append((Slice(rule, ranges), self._why(rule)))
            return
        against = self._may_deny if rule.allow else self._may_allow
        clear = subtraction(ranges, against)
        if clear:
            (self._allowed if rule.allow else self._denied).append(Slice(rule, clear))
        self._blame(intersection(ranges, against), rule.allow)

    def _blame(self, ranges: Intervals, otherwise: bool) -> None:
        """Each unsure address goes with the first rule that may decide about it in the other way."""
        for rule, doubted in self._doubts:
            part = intersection(ranges, doubted)
            if part and rule.allow is not otherwise:
                self._unsure.append((Slice(rule, part), self._why(rule)))
                ranges = subtraction(ranges, part)

    def ruling(self) -> Ruling:
        if self.left and self._target.platform():
            self._match(UNFILTERED, self.left)
        elif self.left:  # the rules given end without one that covers all
            last = Rule("", None, None, True, "*", Ports(), Ports(), Side(), Side())
            self._unsure.append((Slice(last, self.left), "no rule of it covers these addresses"))
        return Ruling(tuple(self._allowed), tuple(self._denied), tuple(self._unsure), self._by_data)

    def _covered(self, rule: Rule) -> tuple[Intervals, Intervals]:
        """Which of the addresses the rule's destination surely covers, and which it may cover besides."""
        side, whole = rule.destination, self._whole
        if self._target.platform():
            named = self._target.name.lower() in side.tags
            return whole if named else NOTHING, whole if side.doubt and not named else NOTHING
        if side.everything or any(self._target.named_by(tag) for tag in side.tags):
            return whole, NOTHING
        if self._target.tag and INTERNET in side.tags:  # it includes Azure's public addresses
            return whole, NOTHING
        sure, maybe = NOTHING, whole if side.doubt else NOTHING
        for tag in side.tags:
            certain, perhaps = self._by_meaning(tag) if tag in BY_MEANING else self._by_list(tag)
            sure, maybe = union(sure, certain), union(maybe, perhaps)
        if side.ranges:
            self._by_data = self._by_data or self._target.tag
            if self._target.ranges is None:
                maybe = whole
            else:
                sure = union(sure, intersection(whole, side.ranges))
        if side.groups and not self._target.tag:  # whose addresses these are is not looked up
            maybe = union(maybe, intersection(whole, union(self._question.inside, PRIVATE)))
        return sure, maybe

    def _by_meaning(self, tag: str) -> tuple[Intervals, Intervals]:
        question, whole = self._question, self._whole
        if tag == LOAD_BALANCER:
            return NOTHING, NOTHING
        if tag in PLATFORM_TAGS:  # the addresses of licensing are public ones that no list tells
            maybe = subtraction(PUBLIC, question.inside) if tag == LICENSING and not self._target.tag else NOTHING
            return NOTHING, intersection(whole, union(PLATFORM, maybe))
        if tag == INTERNET:
            return intersection(whole, subtraction(PUBLIC, question.inside)), NOTHING
        routed = intersection(whole, question.routed)
        if self._target.tag:  # a public service is outside, unless a route's prefix makes it count as inside
            return NOTHING, whole if routed and self._target.ranges is None else routed
        return intersection(whole, question.inside), union(routed, intersection(whole, PRIVATE))

    def _by_list(self, tag: str) -> tuple[Intervals, Intervals]:
        shared = self._tags.shared(tag, self._target.name, self._whole) if self._tags is not None else None
        if shared is None or self._target.ranges is None:
            return NOTHING, self._whole
        self._by_data = True
        return shared, NOTHING

    def _why(self, rule: Rule) -> str:
        """What is not known of a rule that may or may not decide."""
        if rule.doubt:
            return rule.doubt
        if rule.ports.covers(self._question.port, self._question.port) is None:
            return rule.ports.doubt
        if rule.source_ports.covers(*EPHEMERAL) is None:
            return rule.source_ports.doubt or "it is for some source ports only"
        if self._sources.get(rule.source, True) is None and not rule.source.matches_any_nic():
            return rule.source.doubt or "whether its source is this NIC is not known"
        if rule.destination.doubt:
            return rule.destination.doubt
        for tag in rule.destination.tags:
            if tag == VIRTUAL_NETWORK:
                if self._target.tag:
                    return "with the subnet's routes, VirtualNetwork may cover these addresses"
                return "whether the address lies in the virtual network, or on premises, is not known"
            if tag in PLATFORM_TAGS:
                return f"whether the address is one of {tag} is not known"
            if tag not in BY_MEANING and (self._tags is None or self._tags.ranges(tag) is None):
                return f"the tag {tag!r} is not in the service tags"
        if rule.destination.groups and not self._target.tag:
            return "whether the address is in its application security group is not known"
        if self._target.ranges is None:
            return f"the addresses of {self._target.name} are not in the service tags"
        return "another rule has the same priority"
