"""Puts a policy, its conditions and its mutants to its own cases: what they show, and which slips none would tell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.authoring.mutants import mutants
from scanner.cases import NOW, cases_of, verdict_of
from scanner.evaluate import needed_facts
from scanner.facts.fleet import Fleet
from scanner.judges import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, document_of, judge_of
from scanner.language.compile import operands
from scanner.language.nodes import And, Constant, Node, Or
from scanner.language.text import write
from scanner.model import VERDICTS, Verdict
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

    def missing(self) -> list[str]:
        """What no case shows."""
        shown = {"true": self.true, "false": self.false, "not known": self.unknown}
        return [name for name, count in shown.items() if not count]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one mutant: the case that tells it from the policy, "" for none."""

    where: str
    change: str
    case: str


@dataclass(slots=True)
class Bench:
    """A policy's cases as documents, read once."""

    policy: Policy
    _subjects: list[tuple[str, int, float, Any]] = field(default_factory=list)
    """(case, the code of its verdict, when it was taken, the subject's document)"""
    _slots: dict[tuple[str, ...], int] | None = None

    def __post_init__(self) -> None:
        subject = self.policy.head.resource
        facts = needed_facts([self.policy], subject, None)
        if facts is not None:
            self._slots = {(name,): position for position, name in enumerate(facts)}
        make: Callable[[Any, Fleet], Any] = document_of(facts) if facts is not None else lambda record, _: record
        for case in cases_of(self.policy):
            verdict = verdict_of(case)
            if verdict is None:
                continue
            fleet = read(Files([str(case)]), [self.policy], Options(now=NOW)).fleet
            for _, record in fleet.records(subject):
                self._subjects.append((case.name, _CODES[verdict], fleet.now, make(record, fleet)))

    def codes(self, policy: Policy) -> Iterator[tuple[str, int, int]]:
        """(case, the code it must get, the code it gets) of each subject."""
        judges: dict[float, Any] = {}
        for case, wanted, now, document in self._subjects:
            if now not in judges:
                judges[now] = judge_of([policy], self._slots, now)
            yield case, wanted, judges[now](document)[0]

    def told_apart(self) -> list[Trial]:
        """What becomes of every mutant."""
        found = []
        for mutant in mutants(self.policy):
            told = next((case for case, wanted, code in self.codes(mutant.policy) if code != wanted), "")
            found.append(Trial(mutant.where, mutant.change, told))
        return found

    def clauses(self) -> list[Clause]:
        """Every condition of the policy, in the order of the file; of a list's members all together."""
        return [self._shown(where, node) for where, node in _clauses(self.policy)]

    def _shown(self, where: str, node: Node) -> Clause:
        bare = replace(self.policy, when=Constant(True), needs=Constant(True), items=(Item(None, node, ()),))
        codes = [code for _, _, code in self.codes(bare)]
        return Clause(where, write(node), codes.count(PASS), codes.count(FAIL), codes.count(UNKNOWN))

    def verdicts(self) -> dict[Verdict, int]:
        """How many subjects of the cases must get each verdict."""
        codes = [wanted for _, wanted, *_ in self._subjects]
        return {verdict: codes.count(_CODES[verdict]) for verdict in VERDICTS}


def _clauses(policy: Policy) -> Iterator[tuple[str, Node]]:
    seen: set[tuple[str, str]] = set()
    parts: list[tuple[str, Node]] = [("when", policy.when), ("needs", policy.needs)]
    parts += [("expect", item.condition()) for item in policy.items]
    parts += [(f"severity {level}", condition) for condition, level in policy.severities]
    parts += [("note", condition) for condition, _ in policy.notes]
    for where, whole in parts:
        for node in _leaves(whole):
            if not isinstance(node, Constant) and (where, repr(node)) not in seen:
                seen.add((where, repr(node)))
                yield where, node


def _leaves(node: Node) -> list[Node]:
    kind = And if isinstance(node, And) else Or
    found = operands(node, kind)
    return [node] if len(found) == 1 else [leaf for each in found for leaf in _leaves(each)]
