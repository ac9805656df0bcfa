"""Proves repairs: each is made to the rows, and the same policies judge again whom it can touch.

Repairs that touch nobody in common are judged in one go, which tells of each what it would tell alone. At the end all
are made together and everybody is judged: should anybody be judged otherwise then who was not said to be touched, or
otherwise than with the one repair that touches him, each is proved again by itself, over the whole fleet.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from scanner.change import changed as change_of
from scanner.model import Outcome, Results, Subject
from scanner.policy import Policy
from scanner.repairs.changed import changed
from scanner.repairs.model import Judgement, NoRepair, Proof, Repair, Status
from scanner.repairs.rows import Originals
from scanner.repairs.touched import Keys, groups_of, touched
from scanner.scan import Options, Reading, judge
from scanner.source import Source
from scanner.sources.edited import Edits, together

_WELL = ("pass", "not-applicable")
_NARROWED = 3
"""So often a repair is tried for fewer than before, where some make things worse."""
Key = tuple[str, str]
"""(policy, subject's id in lower case)."""


class Columns:
    """Results by policy and subject, without a table of their own."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._judged = {one.policy.id: one for one in results.judged}
        self._places: dict[int, dict[str, int]] = {}

    def of(self, policy: str, subject: str) -> Outcome | None:
        judged = self._judged.get(policy)
        if judged is None:
            return None
        places = self._places.get(id(judged.subjects))
        if places is None:
            places = {one.key: place for place, one in enumerate(judged.subjects)}
            self._places[id(judged.subjects)] = places
        place = places.get(subject)
        return None if place is None else judged.outcomes[place]


@dataclass(frozen=True, slots=True)
class Turn:
    """A verdict that a change turns: what it was, None for nobody judged before, and what it is then."""

    subject: Subject
    before: Outcome | None
    after: Outcome


def _told(outcome: Outcome) -> tuple[str, str]:
    """What of an outcome is its subject's own: only of a fail it matters how grave it is."""
    return outcome.verdict, outcome.severity if outcome.verdict == "fail" else ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that one scan took, so that it can be made again. `there`: the rows that repairs change."""

    source: Source
    policies: Sequence[Policy]
    options: Options
    reading: Reading
    before: Columns
    there: Originals
    subjects: frozenset[str]
    """Row types that the fleet keeps as they come."""

    def again(self, edits: Edits, only: Keys | None = None) -> Columns:
        """The results with the rows edited, at the same time. What is wrong with waivers is no repair's doing."""
        options = replace(self.options, now=self.before.results.run.taken_at, waiving=None)
        after = changed(self.reading, edits, self.there, self.subjects, only)
        found = Columns(judge(after, self.source, self.policies, options))
        gc.collect()  # a fleet and what knows it go round in circles, and commands keep the collector off
        return found

    def turns(self, after: Columns) -> dict[Key, Turn]:
        """Every verdict, or severity of a fail, that is another."""
        found = {}
        for one in after.results.judged:
            for subject, outcome in zip(one.subjects, one.outcomes, strict=True):
                before = self.before.of(one.policy.id, subject.key)
                if before is None or _told(before) != _told(outcome):
                    found[one.policy.id, subject.key] = Turn(subject, before, outcome)
        return found


@dataclass(frozen=True, slots=True)
class _Tried:
    """A repair made to the rows. `whom`: those it can touch; None: anybody."""

    repair: Repair
    whom: Keys | None
    proof: Proof
    turns: Mapping[Key, Turn]


@dataclass(frozen=True, slots=True)
class Proven:
    """What came of proving. `repairs`: in the same places, some for fewer findings. `proofs`: by place, where one can
    be. `without`: the findings left out, and why. `together`: all that is proposed."""

    repairs: Sequence[Repair]
    proofs: Mapping[int, Proof]
    without: Sequence[NoRepair]
    together: Proof | None


def prove(repairs: Sequence[Repair], bench: Bench) -> Proven:
    """What each repair that can be proved does by itself, and what those do together that are proposed."""
    gc.freeze()  # what is there stays, so that only what proofs leave behind is looked through
    try:
        return _proved(list(repairs), bench)
    finally:
        gc.unfreeze()


def _proved(repairs: list[Repair], bench: Bench) -> Proven:
    lost: dict[int, Proof] = {}
    whom: dict[int, Keys | None] = {}
    for place, repair in enumerate(repairs):
        if repair.edits is None:
            continue
        missing = bench.there.missing(repair.edits)
        if missing:
            said = f"the change could not be made to the rows: {missing[0]} is not among those that were read"
            lost[place] = Proof("not-verified", why=said)
        else:
            whom[place] = touched(repair.edits, bench.there, bench.reading.fleet)
    tried = _tried(repairs, bench, whom)
    without: list[NoRepair] = []
    for _ in range(_NARROWED):
        fewer = _narrowed(tried, repairs, bench, without)
        whom |= fewer
        tried |= _tried(repairs, bench, fewer)
    good = [one for one in tried.values() if worth(one.proof)]
    if not good:
        return Proven(repairs, lost | {place: one.proof for place, one in tried.items()}, without, None)
    known = [one for one in good if one.whom is not None]
    after, turns = _together(good, bench)
    if not _agree(known, turns if len(known) == len(good) else _together(known, bench)[1]):
        tried = _tried(repairs, bench, dict.fromkeys(whom))
        good = [one for one in tried.values() if worth(one.proof)]
        after, turns = _together(good, bench)
    proofs = lost | {place: one.proof for place, one in tried.items()}
    closing = [replace(one.repair, closes=one.proof.closed) for one in good]
    return Proven(repairs, proofs, without, _proof(closing, after, turns))


def _narrowed(
    tried: Mapping[int, _Tried], repairs: list[Repair], bench: Bench, without: list[NoRepair]
) -> dict[int, Keys | None]:
    """Leaves those out of repairs for whom they close nothing or make anything worse; whom these repairs touch then."""
    found: dict[int, Keys | None] = {}
    for place, one in tried.items():
        again, proof = one.repair.again, one.proof
        if again is None or not (proof.opened or proof.left):
            continue
        worse = {judgement.subject.key: judgement for judgement in proof.opened}
        stays = {(judgement.policy, judgement.subject.key): judgement for judgement in proof.left}
        kept, left = [], []
        for finding in one.repair.closes:
            own = groups_of([finding.subject.key], bench.reading.fleet) | {finding.subject.key}
            guilty = next((worse[key] for key in sorted(own) if key in worse), None)
            if guilty is not None:
                left.append(NoRepair((finding,), f"{one.repair.title}: not proposed for it, {worsens(guilty)}"))
            elif finding.key in stays:
                left.append(NoRepair((finding,), f"{one.repair.title}: not enough here; {remains(stays[finding.key])}"))
            else:
                kept.append(finding)
        if kept and left:
            repairs[place] = again(kept)
            without += left
            found[place] = touched(repairs[place].edits or Edits(), bench.there, bench.reading.fleet)
    return found


def worsens(one: Judgement) -> str:
    return f"as it would make things worse: {one.policy} of {one.subject.name} would become {one.after}: {one.reason}"


def remains(one: Judgement) -> str:
    return f"then {one.after}: {one.reason}"


def worth(proof: Proof) -> bool:
    """Whether a repair that can be proved is to be proposed: it closes something, and makes nothing worse."""
    return bool(proof.closed) and not proof.opened


def _tried(repairs: Sequence[Repair], bench: Bench, whom: Mapping[int, Keys | None]) -> dict[int, _Tried]:
    """Each repair by itself, or with those of its round."""
    found: dict[int, _Tried] = {}
    said = {problem.message for problem in bench.before.results.run.problems}
    for places in _apart(whom):
        sets = [whom[place] for place in places]
        known = [one for one in sets if one is not None]
        edits = together(each for place in places if (each := repairs[place].edits) is not None)
        after = bench.again(edits, frozenset().union(*known) if len(known) == len(sets) else None)
        turns = bench.turns(after)
        news = [one.message for one in after.results.run.problems if one.incomplete and one.message not in said]
        for place, keys in zip(places, sets, strict=True):
            own = {key: turn for key, turn in turns.items() if keys is None or key[1] in keys}
            proof = Proof("not-verified", why=f"the change cannot be judged: {news[0]}") if news else None
            found[place] = _Tried(repairs[place], keys, proof or _proof([repairs[place]], after, own), own)
    return dict(sorted(found.items()))


def _apart(whom: Mapping[int, Keys | None]) -> list[list[int]]:
    """Repairs by place in as few rounds as a first fit finds, so that none of a round touches whom another does."""
    rounds: list[list[int]] = []
    alone: list[list[int]] = []
    taken: dict[str, set[int]] = {}
    for place, keys in whom.items():
        if keys is None:
            alone.append([place])
            continue
        busy: set[int] = set().union(*(taken.get(key, ()) for key in keys))
        number = next(number for number in range(len(rounds) + 1) if number not in busy)
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(place)
        for key in keys:
            taken.setdefault(key, set()).add(number)
    return rounds + alone


def _together(tried: Iterable[_Tried], bench: Bench) -> tuple[Columns, dict[Key, Turn]]:
    after = bench.again(together(one.repair.edits for one in tried if one.repair.edits is not None))
    return after, bench.turns(after)


def _agree(tried: Iterable[_Tried], turns: Mapping[Key, Turn]) -> bool:
    """Whether nobody is judged otherwise by all of them than by the one that touches him, or as before by none."""
    alone: dict[Key, Turn] = {}
    count: Counter[str] = Counter()
    for one in tried:
        count.update(one.whom or ())
        alone |= one.turns
    several = {key for key, number in count.items() if number > 1}
    return _of_one(alone, several) == _of_one(turns, several)


def _of_one(turns: Mapping[Key, Turn], several: Set[str]) -> dict[Key, tuple[str, str]]:
    return {key: _told(turn.after) for key, turn in turns.items() if key[1] not in several}


def _proof(repairs: Sequence[Repair], after: Columns, turns: Mapping[Key, Turn]) -> Proof:
    """What comes of repairs: of their findings, and of everybody else's verdicts."""
    closes = dict.fromkeys(finding for repair in repairs for finding in repair.closes)
    excused = {key for repair in repairs for key in repair.excused}
    wanted = {finding.key for finding in closes}
    closed, left = [], []
    for finding in closes:
        outcome = after.of(finding.policy, finding.subject.key)
        if outcome is None or outcome.verdict in _WELL:
            closed.append(finding)
        else:
            left.append(Judgement(finding.policy, finding.subject, "fail", outcome.verdict, outcome.reason))
    opened, revealed = [], []
    for (policy, _), turn in sorted(turns.items()):
        key = (policy, turn.subject.key)
        if key in excused or change_of(turn.before, turn.after).effect != "worse":
            continue
        before = "not-applicable" if turn.before is None else turn.before.verdict
        found = Judgement(policy, turn.subject, before, turn.after.verdict, turn.after.reason)
        if key in wanted:
            opened += [found] if turn.after.verdict == "fail" else []
        elif before != "not-applicable":
            opened.append(found)
        elif turn.after.verdict == "fail":
            revealed.append(found)
    status: Status = "verified" if closed and not left else "partly" if closed else "not-verified"
    why = "" if closed else "the findings would stand, or not be known, after the change"
    return Proof(status, tuple(closed), tuple(left), tuple(opened), tuple(revealed), why)
