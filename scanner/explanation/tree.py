"""Orders what policies say of one resource, and of the group and the vault it belongs to, as a tree of causes."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from scanner.explanation.names import Names, names_of
from scanner.language.nodes import Call, Condition, Node, Read, children
from scanner.language.words import WORDS
from scanner.model import SEVERITIES, Evidence, Outcome, PolicyHead, Results, Subject, Verdict
from scanner.rowtypes import VM
from scanner.runbook import Cause, Runbook

TOLD = (
    "backup.group",
    "backup.item",
    "backup.never",
    "backup.policy",
    "backup.state",
    "backup.vault",
    "guest.collected_at",
    "guest.source",
    "location",
    "os.type",
    "power.state",
)
"""The facts of a VM that an explanation needs, whatever the policies read."""
_BACKUPS = 5
"""The cause that is about backups as a whole."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one policy says of the resource (`own`), or of its group or vault. `facts`: those that decide."""

    policy: PolicyHead
    subject: Subject
    outcome: Outcome
    own: bool
    facts: tuple[Evidence, ...]
    touches: bool = True
    """Of a group that fails: whether the resource is among those that a word found, and not only a member."""
    symptom: bool = False
    """It shows that backups fail, and not why."""

    @property
    def verdict(self) -> Verdict:
        return self.outcome.verdict

    def adds(self, piece: Evidence) -> bool:
        """Whether a fact says more than the reason, which names what a word found and why something is not known."""
        if isinstance(piece.value, list) and piece.fact.endswith(")"):
            return self.verdict != "unknown" and all(isinstance(part, str) for part in piece.value)
        return not (piece.unknown and self.verdict == "unknown")


@dataclass(frozen=True, slots=True)
class Branch:
    """One cause with what its policies say."""

    cause: Cause
    leaves: tuple[Leaf, ...]

    def of(self, verdict: Verdict) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.verdict == verdict]

    def troubled(self) -> bool:
        return any(leaf.verdict in ("fail", "unknown") for leaf in self.leaves)


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything an explanation says. `aside`: what other policies say, where an error narrows the tree."""

    results: Results
    subject: Subject
    told: Mapping[str, Any]
    names: Names
    branches: tuple[Branch, ...]
    aside: tuple[Leaf, ...]

    def leaves(self, verdict: Verdict) -> list[Leaf]:
        """Those of one verdict: fails and unknowns with the most likely cause first, the others by cause."""
        found = [leaf for branch in self.branches for leaf in branch.of(verdict)]
        return sorted(found, key=rank) if verdict in ("fail", "unknown") else found

    def fact(self, name: str) -> str:
        """A fact that is known and a text; else ""."""
        value = self.told.get(name)
        return value if isinstance(value, str) else ""


def rank(leaf: Leaf) -> tuple[int, int, int, bool, str]:
    """What is more likely to stop a snapshot comes first: a cause before a symptom, an error before a warning, an
    earlier check before a later one; what is said of the VM itself before its group."""
    kind = 0 if likely(leaf) else 1 if leaf.symptom else 2
    return kind, SEVERITIES.index(leaf.outcome.severity), leaf.policy.cause, not leaf.own, leaf.policy.id


def likely(leaf: Leaf) -> bool:
    """Whether it can be why a snapshot of the resource fails: no symptom, crowd without it or vault setting."""
    number = leaf.policy.cause
    return leaf.touches and not leaf.symptom and (number < _BACKUPS or (number == _BACKUPS and leaf.own))


def grow(
    results: Results,
    subject: Subject,
    book: Runbook,
    *,
    decisive: Mapping[str, Set[str]],
    speaking: Set[str] | None,
    paths: Sequence[str],
) -> Tree:
    """The tree of a subject. `decisive`: the facts that each policy's expectation reads, by its id; `speaking`: the
    policies that an error narrows it to, None for all."""
    told = results.told.get(subject.key, {})
    related = {subject.key}
    if subject.type == VM:
        related |= {value for name in ("backup.group", "backup.vault") if isinstance(value := told.get(name), str)}
    leaves: list[Leaf] = []
    for judged in results.judged:
        for one, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            if one.key in related:
                facts = _deciding(outcome, decisive.get(judged.policy.id))
                own = one.key == subject.key
                touches = own or _touched(outcome, subject)
                leaves.append(Leaf(judged.policy, one, outcome, own, facts, touches, judged.policy.id in book.symptoms))
    leaves.sort(key=lambda leaf: (leaf.policy.cause, not leaf.own, leaf.policy.id))
    inside = [leaf for leaf in leaves if speaking is None or leaf.policy.id in speaking]
    branches = [
        Branch(cause, tuple(found))
        for cause in book.causes
        if (found := [leaf for leaf in inside if book.cause(leaf.policy.cause) is cause])
    ]
    aside = tuple(leaf for leaf in leaves if speaking is not None and leaf.policy.id not in speaking)
    return Tree(results, subject, told, names_of(subject, told, paths), tuple(branches), aside)


def _touched(outcome: Outcome, subject: Subject) -> bool:
    """Whether what a group's policy found names the resource; where it names nobody, it may be of any."""
    found = [part for piece in outcome.evidence if isinstance(piece.value, list) for part in piece.value]
    named = [part["vms"] for part in found if isinstance(part, dict) and isinstance(part.get("vms"), list)]
    return outcome.verdict != "fail" or not named or any(subject.name in names for names in named)


def plainly_read(node: Node) -> set[tuple[str, ...]]:
    """What an expectation reads itself: not what another policy it holds to reads, nor what a word's witness tells."""
    if isinstance(node, Read):
        return {node.path}
    if isinstance(node, Condition) or (isinstance(node, Call) and WORDS[node.word].witness is not None):
        return set()
    return set().union(*map(plainly_read, children(node)))


def _deciding(outcome: Outcome, wanted: Set[str] | None) -> tuple[Evidence, ...]:
    """What the expectation itself stood on: what its words saw, and the facts it reads besides."""
    if wanted is None:
        return outcome.evidence
    return tuple(piece for piece in outcome.evidence if piece.fact in wanted or piece.fact.endswith(")"))
