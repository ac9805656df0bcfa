"""Puts each policy to each subject: compiled judges first, the traced explainer only for what is worth a reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from scanner.explainer import COLLECTED_AT, Explainer
from scanner.facts.catalogue import Fact, Own, catalogue, merged, row_fields, tree_of
from scanner.facts.fleet import Fleet
from scanner.facts.subscription import ANCESTORS
from scanner.language import values
from scanner.language.compile import TooLarge, Writer, load, operands, row_read
from scanner.language.nodes import And, Constant, Node, reads
from scanner.model import AuthoringError, Fields, Judged, Outcome, Standing, Subject, Unknown
from scanner.policy import Policy
from scanner.router import TAGS, Router, agreed, by_management_groups, by_tags, scopes_of
from scanner.rowtypes import BACKUP_GROUP, OBSERVED, VM
from scanner.scoping import Route

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = range(4)
_CHUNK = 50
"""Policies judged by one generated function: larger ones make Python slower, not faster."""
_MOST_SHARED = 50_000
_STANDING = ("backup.protected", "backup.agentless", "backup.last_completed", "backup.last_status", "backup.last_time")


def needed_facts(policies: Iterable[Policy], subject: str, *, ages: bool = False) -> dict[str, Fact] | None:
    """The facts that policies on that subject type read, and those every report shows; None for rows as they are.

    `ages`: also when the guest was looked at, for explanations.
    """
    known = catalogue(subject)
    if known is None:
        return None
    chosen = [policy for policy in policies if policy.head.resource == subject]
    names = {path[0] for policy in chosen for one in policy.variants() for path in one.reads()}
    names |= set(TAGS) if by_tags(chosen) else set()
    if subject == VM:
        names |= set(_STANDING)
        names |= set(COLLECTED_AT) if ages else set()
    return {name: known[name] for name in known if name in names}


def needed_rows(policies: Sequence[Policy]) -> dict[str, Fields]:
    """Which row types and fields must be read to judge these policies."""
    wanted: dict[str, Fields] = dict(ANCESTORS) if by_management_groups(policies) else {}
    for subject in sorted({policy.head.resource for policy in policies}):
        facts = needed_facts(policies, subject)
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


def evaluate(
    policies: Sequence[Policy], fleet: Fleet, *, all_evidence: bool = False
) -> tuple[list[Judged], dict[str, Standing]]:
    """Every policy's outcome for every subject of its type, and how each VM's backups stand."""
    judged: list[Judged] = []
    standings: dict[str, Standing] = {}
    for subject in sorted({policy.head.resource for policy in policies}):
        chosen = sorted(
            (policy for policy in policies if policy.head.resource == subject), key=lambda policy: policy.id
        )
        bench = _Bench(chosen, subject, fleet, all_evidence)
        judged += bench.judge()
        standings.update(bench.standings)
    return sorted(judged, key=lambda one: one.policy.id), standings


@dataclass(slots=True)
class _Chair:
    """One policy at work, with the parameters of one scope: outcomes it has already given for the same facts."""

    policy: Policy
    explainer: Explainer
    facts: Callable[[Any], Any]
    when_facts: Callable[[Any], Any]
    passed: Outcome
    column: list[Outcome]
    """The policy's outcomes, whichever its parameters."""
    known: dict[Any, Outcome] = field(default_factory=dict)
    excused: dict[Any, Outcome] = field(default_factory=dict)


@dataclass(slots=True)
class _Crew:
    """Who judges the subjects of one scope. `torn`: policies whose parameters are not known there, by scope."""

    judges: list[tuple[Any, list[_Chair]]]
    torn: list[dict[str, _Chair]]
    scopes: dict[str, str]
    """The scope that each policy is judged by, where that is another than the policy itself."""


class _Bench:
    """All policies on one subject type."""

    def __init__(self, policies: list[Policy], subject: str, fleet: Fleet, all_evidence: bool) -> None:
        self._subject = subject
        self._fleet = fleet
        self._all_evidence = all_evidence
        self._facts = needed_facts(policies, subject, ages=all_evidence)
        names = list(self._facts or ())
        self._slot: dict[tuple[str, ...], int] = {(name,): position for position, name in enumerate(names)}
        self.standings: dict[str, Standing] = {}
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
        judges = [(_judge_of(chunk, slot, self._fleet.now), list(map(self._chair, chunk))) for chunk in chunks]
        return _Crew(judges, torn, scopes)

    def _chair(self, policy: Policy) -> _Chair:
        """The one chair of a policy with these parameters."""
        chair = self._chairs.get(id(policy))
        if chair is None:
            chair = self._chairs[id(policy)] = self._seated(policy)
        return chair

    def _seated(self, policy: Policy) -> _Chair:
        explainer = Explainer(policy, self._facts, self._fleet.now, all_evidence=self._all_evidence)
        facts, when_facts = (
            _picker(sorted(self._slot[path] for path in paths) if self._facts is not None else ())
            for paths in (policy.reads() | {path for path in [COLLECTED_AT] if path in self._slot}, reads(policy.when))
        )
        passed = Outcome("pass", policy.head.severity, policy.head.title)
        return _Chair(policy, explainer, facts, when_facts, passed, self._columns[policy.id])

    def judge(self) -> list[Judged]:
        """One pass over the subjects; the facts of a subject are made once for all policies."""
        fleet = self._fleet
        document_of = _document_of(self._facts) if self._facts is not None else None
        subjects: list[Subject] = []
        standing = _picker([self._slot[name,] for name in _STANDING]) if self._subject == VM else None
        crew = self._crew(Route((-1,)))
        for subject, record in fleet.records(self._subject):
            subjects.append(subject)
            document = record if document_of is None else document_of(record, fleet)
            if standing is not None:
                told = [None if one.__class__ is Unknown else one for one in standing(document)]
                self.standings[subject.key] = Standing._make(told)
            if self._router is not None:
                found = self._router.of(subject, document)
                crew = self._crew(found)
                self._part(subject, found, crew, document)
            for judge, chairs in crew.judges:
                for code, chair in zip(judge(document), chairs, strict=True):
                    if code == PASS and not self._all_evidence:
                        chair.column.append(chair.passed)
                    else:
                        chair.column.append(self._explained(chair, document, code))
        return [
            Judged(policy.head, subjects, self._columns[policy.id], self._scopes[policy.id])
            for policy in self._policies
        ]

    def _part(self, subject: Subject, found: Route, crew: _Crew, document: Any) -> None:
        """Notes by which scope the subject is judged, and judges it by each of those it may be in."""
        for policy, scope in crew.scopes.items():
            self._scopes[policy][subject.key] = scope
        for chairs in crew.torn:
            ways = {name: self._traced(chair, document) for name, chair in chairs.items()}
            next(iter(chairs.values())).column.append(agreed(ways, found.why))

    def _explained(self, chair: _Chair, document: Any, code: int) -> Outcome:
        """The outcome with its reason; subjects whose facts are the same share one.

        Why a policy does not apply hangs on the facts of its `when` alone.
        """
        if self._facts is None:
            return self._traced(chair, document)
        if code == NOT_APPLICABLE and not self._all_evidence:
            known, key = chair.excused, chair.when_facts(document)
        else:
            known, key = chair.known, chair.facts(document)
        try:
            found = known.get(key)
        except TypeError:  # a list or an object among the facts
            return self._traced(chair, document)
        if found is None:
            found = self._traced(chair, document)
            if len(known) < _MOST_SHARED:
                known[key] = found
        return found

    def _traced(self, chair: _Chair, document: Any) -> Outcome:
        if self._facts is None:
            return chair.explainer.outcome(lambda path: row_value(document, path))
        return chair.explainer.outcome(lambda path: document[self._slot[path]])


def _picker(slots: Sequence[int]) -> Callable[[Any], Any]:
    """The facts at these places of a document, as one value."""
    return itemgetter(*slots) if slots else lambda _: ()


def _document_of(facts: Mapping[str, Fact]) -> Callable[[Any, Fleet], tuple[Any, ...]]:
    """A function from a record to the values of all these facts, in their order."""
    names: dict[str, Any] = {}
    parts = []
    for position, fact in enumerate(facts.values()):
        if isinstance(fact.get, Own):
            names[f"m{position}"] = fact.get.missing
            parts.append(f"m{position} if (v := r.{fact.get.attribute}) is None else v")
        else:
            names[f"g{position}"] = fact.get
            parts.append(f"g{position}(r, fleet)")
    made: Callable[[Any, Fleet], tuple[Any, ...]] = load(
        f"def document(r, fleet):\n    return ({', '.join(f'({part})' for part in parts)},)", "document", names
    )
    return made


def row_value(row: Any, path: tuple[str, ...]) -> Any:
    """What a row holds at `path`; Unknown naming the shortest prefix that is missing."""
    value = row
    for length, name in enumerate(path, 1):
        value = values.field(value, name)
        if value is None:
            return Unknown(f"{'.'.join(path[:length])} is not known", "property")
    return value


def _judge_of(policies: Sequence[Policy], slots: Mapping[tuple[str, ...], int] | None, now: float) -> Any:
    """A function from a subject's document to one code for each policy."""
    writer = Writer()
    body: list[str] = []
    shared: dict[str, str] = {}

    def local(node: Node) -> str:
        """A variable holding a condition; conditions that several policies start with are evaluated once."""
        source_key = repr(node)
        if source_key not in shared:
            shared[source_key] = f"c{len(shared)}"
            body.append(f"    {shared[source_key]} = {writer.truth(node)}")
        return shared[source_key]

    codes = []
    for policy in policies:
        applies = [local(operand) for operand in operands(policy.when, And) if operand != Constant(True)]
        ready = None if policy.needs == Constant(True) else writer.truth(policy.needs)
        codes.append(_code(applies, ready, writer.truth(policy.expect())))
    hoisted = []
    for path, name in writer.reads.items():
        if slots is None:
            hoisted.append(f"    {name} = {row_read(path)}")
        else:
            hoisted.append(f"    {name} = d[{slots[path]}]")
            hoisted.append(f"    if {name}.__class__ is Unknown: {name} = None")
    code = "\n".join(["def judge(d):", *hoisted, *body, f"    return ({', '.join(codes)},)"])
    try:
        return load(code, "judge", {**writer.names, "NOW": now, "Unknown": Unknown})
    except TooLarge as error:
        if len(policies) == 1:
            raise AuthoringError(str(error), str(policies[0].folder / "policy.yaml"), help="split it") from None
        for policy in policies:  # which of them it is
            _judge_of([policy], slots, now)
        raise


def _code(applies: list[str], ready: str | None, expect: str) -> str:
    """The verdict's code: when, then needs, then expect; a fail only where the policy surely applies."""
    if applies:
        surely = " and ".join(f"{name} is True" for name in applies)
        failed = f"({FAIL} if e is False and {surely} else {UNKNOWN})"
    else:
        failed = f"({FAIL} if e is False else {UNKNOWN})"
    code = f"({PASS} if (e := {expect}) is True else {failed})"
    if ready is not None:
        code = f"({code} if {ready} is True else {UNKNOWN})"
    if applies:
        code = f"({NOT_APPLICABLE} if {' or '.join(f'{name} is False' for name in applies)} else {code})"
    return code
