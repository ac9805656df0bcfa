"""Puts one policy to one subject a second time, traced, to say why it failed, cannot be told, or does not apply."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scanner.facts.catalogue import Fact
from scanner.language.compile import operands
from scanner.language.nodes import And, Call, Constant, Node, reads
from scanner.language.text import plain, show, write
from scanner.language.trace import SUBJECT, Trace, Why, merge
from scanner.language.values import OpenList, Truth, Value
from scanner.language.witness import Network, Witness
from scanner.language.words import WORDS
from scanner.model import NOT_KNOWN_TO_BE, SEVERITIES, SEVERITY_DOUBT, Evidence, Outcome, Severity, Unknown, Verdict
from scanner.policy import Item, Policy, Template
from scanner.rowtypes import GUEST_FACTS

Reader = Callable[[tuple[str, ...]], Any]
_MEMBERS_SAID = 10
COLLECTED_AT = ("guest.collected_at",)
_SETTLED_BY = {"guest": "guest-facts", "instance view": "instance-view", "metrics": "metrics"}


class Explainer:
    """Traced evaluation of one policy. `facts` is its subjects' catalogue, None for rows judged as they are.

    `evidence`: whether somebody reads what outcomes stand on.
    """

    def __init__(self, policy: Policy, facts: Mapping[str, Fact] | None, now: float, *, evidence: bool = True) -> None:
        self._policy = policy
        self._kept = evidence
        self._facts = facts
        self._now = now

    def outcome(self, read: Reader, *, closely: bool = False) -> Outcome:
        """The verdict with its reason, severity and evidence, from what `read` says of the subject.

        `closely`: with evidence whatever the verdict, and with the age of what was seen inside the guest.
        """
        trace = Trace(read, self._now, settles=self._settles)
        verdict, reason, why = self._judge(trace)
        seen = dict(trace.seen)  # severity and notes read more, which the verdict did not stand on
        walks = dict(trace.walks)
        severity, doubt, gravest = self._severity(trace)
        if verdict == "unknown":  # what is not known may be as grave as that
            severity = gravest
        if verdict in ("fail", "unknown"):
            notes = [self._fill(trace, note) for condition, note in self._policy.notes if trace.truth(condition)[0]]
            reason = "; ".join([reason, *notes])
        if verdict == "fail" and doubt:
            reason += f"{SEVERITY_DOUBT}{doubt})"
        needs = tuple(sorted({cause.needs for cause in why}))
        kept = self._kept and (closely or verdict in ("fail", "unknown"))
        found = self._found(trace) if kept and verdict == "fail" else ()
        evidence = (*found, *self._evidence(seen, walks, read if closely else None)) if kept else ()
        return Outcome(verdict, severity, reason, needs, evidence)

    def _settles(self, node: Node) -> str:
        """What would settle a doubt about the facts that `node` reads: ask again where they came from."""
        for path in sorted(reads(node)):
            if self._facts is not None and path[0] in self._facts:
                return _SETTLED_BY.get(self._facts[path[0]].reach(), "property")
        return "property"

    def _judge(self, trace: Trace) -> tuple[Verdict, str, Why]:
        policy = self._policy
        applies, doubt = self._applies(trace)
        if applies is False:
            return "not-applicable", doubt, ()
        ready, why = trace.truth(policy.needs)
        if ready is not True:
            reason = _reasons(why) if ready is None else f"it needs {write(policy.needs)}, which does not hold"
            return "unknown", reason, why
        answers = [trace.truth(item.condition()) for item in policy.items]
        if all(answer is True for answer, _ in answers):
            return "pass", policy.head.title, ()
        failing = [item for item, (answer, _) in zip(policy.items, answers, strict=True) if answer is False]
        if failing and applies:
            return "fail", "; ".join(part for item in failing for part in self._failed(trace, item)), ()
        reasons = merge(cause for answer, causes in answers if answer is None for cause in causes)
        if applies is None:
            _, causes = trace.truth(policy.when)
            said = f"whether it applies is not known: {_reasons(causes)}"
            if failing:
                said += "; if it does: " + "; ".join(part for item in failing for part in self._failed(trace, item))
            return "unknown", said, merge((*causes, *reasons))
        return "unknown", _reasons(reasons), reasons

    def _applies(self, trace: Trace) -> tuple[Truth, str]:
        """Whether the policy applies, and where it does not, what says so."""
        answer: Truth = True
        for operand in operands(self._policy.when, And):
            holds, _ = trace.truth(operand)
            if holds is False:
                return False, self._said(operand, trace)
            answer = answer if holds else None
        return answer, ""

    def _said(self, operand: Node, trace: Trace) -> str:
        paths = [path for path in trace.seen if path in reads(operand)]
        told = [f"{'.'.join(path)} is {_shown(trace.seen[path])}" for path in paths if not _opaque(trace.seen[path])]
        if len(told) < len(paths):  # what only a word can look into is said by its witness
            told += [witness.text for witness in trace.witnesses.values()]
        return " and ".join(told) or f"{write(operand)} does not hold"

    def _failed(self, trace: Trace, item: Item) -> list[str]:
        """The words of a failing item, one for each failing member."""
        if item.each is None:
            return [self._fill(trace, item.otherwise)]
        failing = self._failing(trace, item, item.each)
        said = [self._fill(trace, item.otherwise, member) for member in failing[:_MEMBERS_SAID]]
        left = len(failing) - _MEMBERS_SAID
        return [*said, f"and {left} more"] if left > 0 else said

    def _failing(self, trace: Trace, item: Item, each: Node) -> list[Value]:
        """The members that surely do not hold."""
        members, _ = trace.value(each)
        known = (members.known if isinstance(members, OpenList) else members) or []
        return [member for member in known if trace.truth(item.that, member)[0] is False]

    def _found(self, trace: Trace) -> tuple[Evidence, ...]:
        """What a word found and does not hold, such as each crowded window: it stands in no fact as it is."""
        return tuple(
            Evidence(write(item.each), plain(failing), self._source(reads(item.each)))
            for item in self._policy.items
            if isinstance(item.each, Call) and (failing := self._failing(trace, item, item.each))
        )

    def _source(self, paths: Iterable[tuple[str, ...]]) -> str:
        if self._facts is None:
            return "row"
        types = (row_type for path in sorted(paths) for row_type in self._facts[path[0]].reads)
        return ", ".join(dict.fromkeys(row_type.rsplit("/", 1)[-1] for row_type in types))

    def _aged(self, path: tuple[str, ...], read: Reader | None) -> str:
        """The source of a fact; of what was seen inside the guest also when: all else was so when rows were taken."""
        source = self._source([path])
        if read is None or self._facts is None or GUEST_FACTS not in self._facts[path[0]].reads:
            return source
        time = read(COLLECTED_AT)
        return source.replace("guestfacts", f"guestfacts of {time}") if isinstance(time, str) else source

    def _fill(self, trace: Trace, template: Template, member: Value = SUBJECT) -> str:
        parts = [part if isinstance(part, str) else self._told(trace, part, member) for part in template]
        return " ".join("".join(parts).split())

    @staticmethod
    def _told(trace: Trace, node: Node, member: Value) -> str:
        """A value in a message; of a word that has a witness, what it saw."""
        quiet = Trace(trace.read, trace.now, dict(trace.seen), trace.settles)
        value, _ = quiet.value(node, member)
        if isinstance(node, Call) and WORDS[node.word].witness is not None and quiet.witnesses:
            return list(quiet.witnesses.values())[-1].text
        return show(value)

    def _severity(self, trace: Trace) -> tuple[Severity, str, Severity]:
        """The first severity whose condition is known to be true, what could not be told on the way, and the gravest
        that it may be."""
        doubts: list[str] = []
        possible: list[Severity] = []
        found = self._policy.head.severity
        for condition, level in self._policy.severities:
            holds, why = (True, ()) if condition == Constant(True) else trace.truth(condition)
            if holds:
                found = level
                break
            if holds is None:
                doubts.append(f"{NOT_KNOWN_TO_BE}{level}, as {_reasons(why)}")
                possible.append(level)
        return found, "; ".join(doubts), min([found, *possible], key=SEVERITIES.index)

    def _evidence(
        self, seen: Mapping[tuple[str, ...], Any], walks: Mapping[str, Callable[[], Witness]], read: Reader | None
    ) -> tuple[Evidence, ...]:
        found = []
        for path, value in seen.items():
            unknown = value.reason if isinstance(value, Unknown) else ""
            known = None if isinstance(value, Unknown) else plain(value)
            found.append(Evidence(".".join(path), known, self._aged(path, read), unknown))
        for call, walk in walks.items():
            witness = walk()
            told = [witness.text, *witness.steps]
            unknown = "; ".join(told) if witness.answer is None else ""
            found.append(Evidence(call, None if unknown else told, witness.source or "word", unknown))
        return tuple(found)


def _opaque(value: Any) -> bool:
    return isinstance(value, Network)


def _shown(value: Value | Unknown) -> str:
    return "not known" if isinstance(value, Unknown) else show(value)


def _reasons(why: Why) -> str:
    return "; ".join(cause.reason for cause in why) or "it cannot be told"
