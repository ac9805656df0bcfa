"""Puts a policy, its conditions and its mutants to its own cases: what they show, and which slips none would tell."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scanner.authoring.idle import changes_nothing
from scanner.authoring.mutants import mutants
from scanner.cases import NOW, Case, every_case
from scanner.evaluate import needed_facts
from scanner.facts.fleet import Fleet
from scanner.judges import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, document_of, judge_of
from scanner.language.compile import operands
from scanner.language.nodes import And, Call, Compare, Constant, Node, Not, Or
from scanner.language.text import write
from scanner.model import Severity, Verdict
from scanner.policy import Item, Policy
from scanner.scan import Options, read
from scanner.sources.snapshot import Files

_CODES: dict[Verdict, int] = {"pass": PASS, "fail": FAIL, "unknown": UNKNOWN, "not-applicable": NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition that stands in a policy, and in how many subjects of its cases it holds, does not, is not known."""

    where: str
    text: str
    true: int
    false: int
    unknown: int
    settled: bool = False
    """It has a default, so that it is never not known."""

    def missing(self) -> list[str]:
        """What no case shows."""
        shown = {"true": self.true, "false": self.false, "not known": self.unknown or self.settled}
        return [name for name, count in shown.items() if not count]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one mutant: the case that tells it from the policy, "" for none. `idle`: as no case can."""

    where: str
    change: str
    case: str
    idle: bool = False


def percent(trials: Sequence[Trial]) -> int:
    """How many of a hundred slips that change a verdict some case tells, rounded down."""
    count = sum(not trial.idle for trial in trials)
    return 100 * sum(bool(trial.case) for trial in trials) // count if count else 100


@dataclass(frozen=True, slots=True)
class _Subject:
    """One subject of a case. `way`: by which of the policy's ways, each with other parameters, it is judged."""

    way: int
    case: str
    code: int
    severity: Severity | None
    now: float
    document: Any


@dataclass(slots=True)
class Bench:
    """A policy's cases as documents, read once. `folders`: where policies lie that it asks."""

    policy: Policy
    folders: Sequence[Path] = ()
    _ways: list[Policy] = field(default_factory=list)
    """The policy as its author has it, and with each choice of parameters that some cases are for."""
    _subjects: list[_Subject] = field(default_factory=list)
    _slots: dict[tuple[str, ...], int] | None = None

    def __post_init__(self) -> None:
        self._ways.append(self.policy)
        subject = self.policy.head.resource
        facts = needed_facts([self.policy], subject, None)
        if facts is not None:
            self._slots = {(name,): position for position, name in enumerate(facts)}
        make: Callable[[Any, Fleet], Any] = document_of(facts) if facts is not None else lambda record, _: record
        for case in every_case(self.policy, self.folders):
            if case.verdict is None:
                continue
            way = self._way(case)
            fleet = read(Files([str(case.path)]), [self.policy], Options(now=NOW)).fleet
            for _, record in fleet.records(subject):
                wanted = _CODES[case.verdict], case.severity
                self._subjects.append(_Subject(way, case.name, *wanted, fleet.now, make(record, fleet)))

    def _way(self, case: Case) -> int:
        if case.policy.parameters == self.policy.parameters:
            return 0
        if not any(case.policy is way for way in self._ways):
            self._ways.append(case.policy)
        return next(position for position, way in enumerate(self._ways) if way is case.policy)

    def codes(self, *ways: Policy) -> Iterator[tuple[str, int, int]]:
        """(case, the code it must get, the code it gets) of each subject, by policies that stand for the ways."""
        tried = ways or self._ways
        for one, judge in self._judged(lambda way: [tried[way]]):
            yield one.case, one.code, judge(one.document)[0]

    def _judged(self, policies: Callable[[int], list[Policy]]) -> Iterator[tuple[_Subject, Any]]:
        """Each subject and the function that judges it; one is made when its first subject comes."""
        judges: dict[tuple[int, float], Any] = {}
        for one in self._subjects:
            if (one.way, one.now) not in judges:
                judges[one.way, one.now] = judge_of(policies(one.way), self._slots, one.now)
            yield one, judges[one.way, one.now]

    def told_apart(self) -> list[Trial]:
        """What becomes of every mutant."""
        values = self.policy.parameters
        found = []
        for tried in zip(*(mutants(way, values) for way in self._ways), strict=True):
            where, made = tried[0].where, tried[0].policy
            told = self._told(where, [mutant.policy for mutant in tried])
            idle = not told and changes_nothing(self.policy, made, values=where.startswith("params"))
            found.append(Trial(where, tried[0].change, told, idle))
        return found

    def _told(self, where: str, ways: Sequence[Policy]) -> str:
        """The first case that gets another verdict, or severity, than its name states."""
        if not where.startswith("severity"):
            told = next((case for case, wanted, code in self.codes(*ways) if code != wanted), "")
            if told:
                return told
        if all(way.severities == own.severities for way, own in zip(ways, self._ways, strict=True)):
            return ""
        graded = self._judged(lambda way: [_bare(self.policy, condition) for condition, _ in ways[way].severities])
        for one, judge in graded:
            if one.severity is not None:
                levels = zip(judge(one.document), ways[one.way].severities, strict=True)
                if one.severity != next(level for code, (_, level) in levels if code == PASS):
                    return one.case
        return ""

    def clauses(self) -> list[Clause]:
        """Every condition of the policy, in the order of the file; of a list's members all together."""
        found: dict[tuple[str, str], Clause] = {}
        for same in zip(*(_clauses(way) for way in self._ways), strict=True):
            where, node = same[0]
            if (where, repr(node)) not in found:
                found[where, repr(node)] = self._shown(where, [each for _, each in same])
        return list(found.values())

    def _shown(self, where: str, ways: Sequence[Node]) -> Clause:
        codes = [code for _, _, code in self.codes(*(_bare(self.policy, node) for node in ways))]
        counts = codes.count(PASS), codes.count(FAIL), codes.count(UNKNOWN)
        return Clause(where, write(ways[0]), *counts, _settled(ways[0]))


def _bare(policy: Policy, node: Node) -> Policy:
    """A policy that asks for nothing but that."""
    return replace(policy, when=Constant(True), needs=Constant(True), items=(Item(None, node, ()),))


def _clauses(policy: Policy) -> Iterator[tuple[str, Node]]:
    parts: list[tuple[str, Node]] = [("when", policy.when), ("needs", policy.needs)]
    parts += [("expect", item.condition()) for item in policy.items]
    parts += [(f"severity {level}", condition) for condition, level in policy.severities]
    parts += [("note", condition) for condition, _ in policy.notes]
    for where, whole in parts:
        yield from ((where, node) for node in _leaves(whole) if not isinstance(node, Constant))


def _leaves(node: Node) -> list[Node]:
    kind = And if isinstance(node, And) else Or
    found = operands(node, kind)
    return [node] if len(found) == 1 else [leaf for each in found for leaf in _leaves(each)]


def _settled(node: Node) -> bool:
    """Whether its answer is always known."""
    match node:
        case Constant():
            return True
        case Call("default", (_, otherwise)):
            return _settled(otherwise)
        case Not(of) | Call("not", (of,)):
            return _settled(of)
        case Compare(_, left, right):
            return _settled(left) and _settled(right)
    return False
