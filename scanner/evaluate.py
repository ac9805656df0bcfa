"""Puts each policy to each subject: compiled judges first, the traced explainer only for what is worth a reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner.explainer import COLLECTED_AT, Explainer
from scanner.facts.catalogue import Fact, catalogue, merged, row_fields, tree_of
from scanner.facts.fleet import Fleet
from scanner.facts.subscription import ANCESTORS
from scanner.judges import PASS, document_of, judge_of, picker, row_value
from scanner.language.nodes import reads
from scanner.model import Fields, Judged, Outcome, Problem, Standing, Subject, Unknown
from scanner.policy import Policy
from scanner.recall import Reader, Recall
from scanner.router import TAGS, Router, agreed, by_management_groups, by_tags, nobody_in, scopes_of
from scanner.rowtypes import BACKUP_GROUP, OBSERVED, VM
from scanner.scoping import Route

_CHUNK = 50
"""Policies judged by one generated function: larger ones make Python slower, not faster."""
_STANDING = ("backup.protected", "backup.agentless", "backup.last_completed", "backup.last_status", "backup.last_time")


@dataclass(frozen=True, slots=True)
class Closely:
    """Who is looked at closely, so that evidence is kept whatever the verdict, and which facts of such VMs are told."""

    whom: Callable[[Subject], bool]
    told: tuple[str, ...] = ()
    apart: bool = True
    """What is alike is told of each by itself."""


EVERYONE = Closely(lambda _: True)


def needed_facts(policies: Iterable[Policy], subject: str, closely: Closely | None = None) -> dict[str, Fact] | None:
    """The facts that policies on that subject type read, and those every report shows; None for rows as they are.

    `closely`: also when the guest was looked at, and what is told of those who are looked at closely.
    """
    known = catalogue(subject)
    if known is None:
        return None
    chosen = [policy for policy in policies if policy.head.resource == subject]
    names = {path[0] for policy in chosen for one in policy.variants() for path in one.reads()}
    names |= set(TAGS) if by_tags(chosen) else set()
    if subject == VM:
        names |= set(_STANDING)
        names |= {*COLLECTED_AT, *closely.told} if closely is not None else set()
    return {name: known[name] for name in known if name in names}


def needed_rows(policies: Sequence[Policy], closely: Closely | None = None) -> dict[str, Fields]:
    """Which row types and fields must be read to judge these policies."""
    wanted: dict[str, Fields] = dict(ANCESTORS) if by_management_groups(policies) else {}
    for subject in sorted({policy.head.resource for policy in policies}):
        facts = needed_facts(policies, subject, closely)
        if facts is None:
            chosen = [policy for policy in policies if policy.head.resource == subject]
            paths = {path for policy in chosen for one in policy.variants() for path in one.reads()}
            found = {subject: tree_of(paths | {TAGS} if by_tags(chosen) else paths)}
        else:
            found = row_fields(facts)
        if subject != BACKUP_GROUP:  # no row is one
            found[subject] = merged(found.get(subject, {}), {"name": {}}) if found.get(subject) != {} else {"name": {}}
        for row_type, fields in found.items():
            wanted[row_type] = merged(wanted[row_type], fields) if row_type in wanted else fields
    return wanted


def subject_rows(subjects: Iterable[str]) -> set[str]:
    """The row types that subjects of these types are, or are made of."""
    return {VM if subject == BACKUP_GROUP else subject for subject in subjects}


def asked_rows(policies: Sequence[Policy]) -> frozenset[str]:
    """Which row types must be asked for. What was observed of a VM costs a request each, and is asked for only where a
    fact comes from there first: that a power state can be read from an instance view too is no reason to get it."""
    first: set[str] = set()
    for subject in sorted({policy.head.resource for policy in policies}):
        facts = needed_facts(policies, subject)
        first |= {subject} if facts is None else {next(iter(fact.reads)) for fact in facts.values()}
    return frozenset(row_type for row_type in needed_rows(policies) if row_type not in OBSERVED or row_type in first)


@dataclass(slots=True)
class Evaluation:
    """Every policy's outcome for every subject of its type, how each VM's backups stand, and what is told of those who
    are looked at closely: the value of each fact, or why it is not known."""

    judged: list[Judged] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    told: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    idle: list[Problem] = field(default_factory=list)
    """Of each scope that changes how something is judged, and that none of it is in."""


def evaluate(
    policies: Sequence[Policy], fleet: Fleet, *, closely: Closely | None = None, evidence: bool = True
) -> Evaluation:
    """Puts every policy to every subject of its type. `evidence`: outcomes carry what they stand on."""
    found = Evaluation()
    scopes, changing, met = scopes_of(policies), set[int](), set[int]()
    for subject in sorted({policy.head.resource for policy in policies}):
        chosen = sorted(
            (policy for policy in policies if policy.head.resource == subject), key=lambda policy: policy.id
        )
        bench = _Bench(chosen, subject, fleet, closely, evidence=evidence)
        judged = bench.judge(found)
        found.judged += judged
        met |= bench.met()
        if judged[0].subjects:
            changing |= {at for at in range(len(scopes)) if any(policy.scoped[at][1] for policy in chosen)}
    found.judged.sort(key=lambda one: one.policy.id)
    found.idle = [nobody_in(scopes[at]) for at in sorted(changing - met)]
    return found


@dataclass(frozen=True, slots=True)
class _Chair:
    """One policy at work, with the parameters of one scope."""

    explained: Recall
    """What it says of a subject that does not simply pass."""
    close: Recall
    """The same of who is looked at closely."""
    passed: Outcome
    column: list[Outcome]
    """The policy's outcomes, whichever its parameters."""

    def said(self, read: Reader, closely: bool) -> Outcome:
        return (self.close if closely else self.explained).of(read)


@dataclass(slots=True)
class _Crew:
    """Who judges the subjects of one scope. `torn`: policies whose parameters are not known there, by scope."""

    judges: list[tuple[Any, list[_Chair]]]
    torn: list[dict[str, _Chair]]
    scopes: dict[str, str]
    """The scope that each policy is judged by, where that is another than the policy itself."""


class _Bench:
    """All policies on one subject type."""

    def __init__(
        self, policies: list[Policy], subject: str, fleet: Fleet, closely: Closely | None, *, evidence: bool
    ) -> None:
        self._subject = subject
        self._fleet = fleet
        self._closely = closely
        self._evidence = evidence
        self._facts = needed_facts(policies, subject, closely)
        judged = _judged_by(policies)
        self._early = {name: fact for name, fact in (self._facts or {}).items() if name in judged}
        """The facts that verdicts hang on; what only words and severities hang on is asked when it comes to that."""
        self._slot: dict[tuple[str, ...], int] = {(name,): position for position, name in enumerate(self._early)}
        self._policies = policies
        self._columns: dict[str, list[Outcome]] = {policy.id: [] for policy in policies}
        self._scopes: dict[str, dict[str, str]] = {policy.id: {} for policy in policies}
        self._chairs: dict[int, _Chair] = {}
        self._crews: dict[tuple[int, ...], _Crew] = {}
        scopes = scopes_of(policies)
        self._router = Router(scopes, self._slot if self._facts is not None else None, fleet) if scopes else None

    def _crew(self, found: Route) -> _Crew:
        """Who judges those of whom so much is known; made when the first of them comes."""
        crew = self._crews.get(found.scopes)
        if crew is None:
            crew = self._crews[found.scopes] = self._manned(found)
        return crew

    def met(self) -> set[int]:
        """The scopes that some subject is in, or may be in."""
        return {position for route in self._crews for position in route}

    def _manned(self, found: Route) -> _Crew:
        names = self._router.names(found) if self._router is not None else ("",)
        settled: list[Policy] = []
        torn, scopes = [], {}
        for policy in self._policies:
            ways = [policy.within(position) for position in found.scopes]
            if any(way is not ways[0] for way in ways):
                torn.append({name: self._chair(way) for name, way in zip(names, ways, strict=True)})
                continue
            settled.append(ways[0])
            if ways[0] is not policy:
                scopes[policy.id] = names[0]
        slot = self._slot if self._facts is not None else None
        chunks = [settled[at : at + _CHUNK] for at in range(0, len(settled), _CHUNK)]
        judges = [(judge_of(chunk, slot, self._fleet.now), list(map(self._chair, chunk))) for chunk in chunks]
        return _Crew(judges, torn, scopes)

    def _chair(self, policy: Policy) -> _Chair:
        """The one chair of a policy with these parameters."""
        chair = self._chairs.get(id(policy))
        if chair is None:
            chair = self._chairs[id(policy)] = self._seated(policy)
        return chair

    def _seated(self, policy: Policy) -> _Chair:
        tell = Explainer(policy, self._facts, self._fleet.now, evidence=self._evidence).outcome
        passed = Outcome("pass", policy.head.severity, policy.head.title)
        return _Chair(Recall(tell), Recall(partial(tell, closely=True)), passed, self._columns[policy.id])

    def judge(self, found: Evaluation) -> list[Judged]:
        """One pass over the subjects; the facts of a subject are made once for all policies."""
        fleet = self._fleet
        whom = self._closely.whom if self._closely is not None else None
        make = document_of(self._early) if self._facts is not None else None
        subjects: list[Subject] = []
        standing = picker([self._slot[name,] for name in _STANDING]) if self._subject == VM else None
        crew = self._crew(Route((-1,)))
        for subject, record in fleet.records(self._subject):
            subjects.append(subject)
            document = record if make is None else make(record, fleet)
            if standing is not None:
                told = [None if one.__class__ is Unknown else one for one in standing(document)]
                found.standings[subject.key] = Standing._make(told)
            read = self._reader(record, document)
            closely = whom is not None and whom(subject)
            if closely and self._subject == VM and self._closely is not None and self._closely.told:
                found.told[subject.key] = {name: read((name,)) for name in self._closely.told}
            if self._router is not None:
                crew = self._routed(subject, document, read, closely)
            for judge, chairs in crew.judges:
                for code, chair in zip(judge(document), chairs, strict=True):
                    if code == PASS and not closely:
                        chair.column.append(chair.passed)
                    else:
                        chair.column.append(chair.said(read, closely))
        return [
            Judged(policy.head, subjects, self._columns[policy.id], self._scopes[policy.id])
            for policy in self._policies
        ]

    def _reader(self, record: Any, document: Any) -> Reader:
        """Looks one subject's facts up."""
        if self._facts is None:
            return lambda path: row_value(record, path)
        slot, facts, fleet = self._slot, self._facts, self._fleet

        def read(path: tuple[str, ...]) -> Any:
            at = slot.get(path)
            return document[at] if at is not None else facts[path[0]].get(record, fleet)

        return read

    def _routed(self, subject: Subject, document: Any, read: Reader, closely: bool) -> _Crew:
        """The crew of the scope that the subject is in; where several may be it, each of them is heard."""
        assert self._router is not None
        found = self._router.of(subject, document)
        crew = self._crew(found)
        for policy, scope in crew.scopes.items():
            self._scopes[policy][subject.key] = scope
        for chairs in crew.torn:
            ways = {name: chair.said(read, closely) for name, chair in chairs.items()}
            next(iter(chairs.values())).column.append(agreed(ways, found.why))
        return crew


def _judged_by(policies: Iterable[Policy]) -> set[str]:
    """The facts that the verdicts of these policies hang on, and those that are told of each subject."""
    ways = [way for policy in policies for way in policy.variants()]
    paths = {path for way in ways for node in (way.when, way.needs, way.expect()) for path in reads(node)}
    return {*_STANDING, *TAGS, *(path[0] for path in paths)}
