"""Proves repairs: each is made to the rows, and the same policies judge them again."""

import gc
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from scanner.change import compared
from scanner.model import Outcome, Results
from scanner.policy import Policy
from scanner.repairs.model import Finding, Judgement, Proof, Repair, Status
from scanner.scan import Options, judge, read
from scanner.source import Source
from scanner.sources.edited import Edited, Edits, together

_WELL = ("pass", "not-applicable")


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that one scan took, so that it can be made again."""

    source: Source
    policies: Sequence[Policy]
    options: Options
    whole: frozenset[str]
    before: Results

    def again(self, edits: Edits) -> Results:
        """The results with the rows edited, at the same time."""
        edited = Edited(self.source, edits)
        options = replace(self.options, now=self.before.run.taken_at)
        after = judge(read(edited, self.policies, options, whole=self.whole), edited, self.policies, options)
        gc.collect()  # a fleet and what knows it go round in circles, and commands keep the collector off
        return compared(self.before, after, lambda *_: None)


def prove(repair: Repair, bench: Bench) -> Proof:
    """What one repair does by itself."""
    if repair.edits is None:
        return Proof("not-verified", why=repair.unproved)
    return proof_of(repair.closes, bench, repair.edits, _excused([repair]))


def prove_together(repairs: Sequence[Repair], bench: Bench) -> Proof | None:
    """What all repairs do that can be proved, made one after the other."""
    some = [repair for repair in repairs if repair.edits is not None]
    if not some:
        return None
    closes = dict.fromkeys(finding for repair in some for finding in repair.closes)
    edits = together(repair.edits for repair in some if repair.edits is not None)
    return proof_of(tuple(closes), bench, edits, _excused(some))


def prove_kinds(repairs: Sequence[Repair], bench: Bench) -> dict[int, Proof]:
    """By place, the proofs of repairs of one kind that were made at once, where all is well; others are not there.

    For fleets of which each scan takes long: what comes of it together tells the same of each, as they change other
    resources.
    """
    found: dict[int, Proof] = {}
    for kind in dict.fromkeys(repair.kind for repair in repairs):
        own = [place for place, one in enumerate(repairs) if one.kind == kind and one.edits is not None]
        proof = prove_together([repairs[place] for place in own], bench) if len(own) > 1 else None
        if proof is None or proof.status != "verified" or proof.opened:
            continue
        for place in own:
            mine = {finding.subject.key for finding in repairs[place].closes}
            revealed = tuple(one for one in proof.revealed if one.subject.key in mine)
            found[place] = Proof("verified", repairs[place].closes, revealed=revealed, among=len(own))
    return found


def _excused(repairs: Iterable[Repair]) -> Set[tuple[str, str]]:
    return {key for repair in repairs for key in repair.excused}


def proof_of(closes: Sequence[Finding], bench: Bench, edits: Edits, excused: Set[tuple[str, str]]) -> Proof:
    after = bench.again(edits)
    was, then = _by_key(bench.before), _by_key(after)
    said = {problem.message for problem in bench.before.run.problems}
    news = [one.message for one in after.run.problems if one.incomplete and one.message not in said]
    if news:
        return Proof("not-verified", why=f"the change could not be made to the rows: {news[0]}")
    wanted = {finding.key for finding in closes}
    closed, left = [], []
    for finding in closes:
        outcome = then.get(finding.key)
        if outcome is None or outcome.verdict in _WELL:
            closed.append(finding)
        else:
            left.append(Judgement(finding.policy, finding.subject, "fail", outcome.verdict, outcome.reason))
    opened, revealed = [], []
    for one in after.judged:
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True):
            key = (one.policy.id, subject.key)
            if key in wanted or key in excused or after.changes[key].effect != "worse":
                continue
            before = was.get(key)
            found = Judgement(
                one.policy.id, subject, before.verdict if before else "not-applicable", outcome.verdict, outcome.reason
            )
            if found.before == "not-applicable":
                revealed += [found] if outcome.verdict == "fail" else []
            else:
                opened.append(found)
    worse = [
        one for one in left if one.after == "fail" and after.changes[one.policy, one.subject.key].effect == "worse"
    ]
    status: Status = "verified" if closed and not left else "partly" if closed else "not-verified"
    why = "" if closed else "the findings would stand, or not be known, after the change"
    return Proof(status, tuple(closed), tuple(left), (*opened, *worse), tuple(revealed), why)


def _by_key(results: Results) -> dict[tuple[str, str], Outcome]:
    return {
        (one.policy.id, subject.key): outcome
        for one in results.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }
