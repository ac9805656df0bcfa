"""Puts each policy to each subject: compiled judges first, the traced explainer only for what is worth a reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from scanner.explainer import COLLECTED_AT, Explainer
from scanner.facts.catalogue import Fact, Own, catalogue, merged, row_fields, tree_of
from scanner.facts.fleet import Fleet
from scanner.language import values
from scanner.language.compile import TooLarge, Writer, load, operands, row_read
from scanner.language.nodes import And, Constant, Node, reads
from scanner.model import AuthoringError, Fields, Judged, Outcome, Standing, Subject, Unknown
from scanner.policy import Policy
from scanner.rowtypes import BACKUP_GROUP, OBSERVED, VM

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = range(4)
_CHUNK = 50
"""Policies judged by one generated function: larger ones make Python slower, not faster."""
_MOST_SHARED = 50_000
_STANDING = ("backup.protected", "backup.agentless", "backup.last_completed", "backup.last_status", "backup.last_time")


@dataclass(frozen=True, slots=True)
class Closely:
    """Who is looked at closely, so that evidence is kept whatever the verdict, and which facts of such VMs are told."""

    whom: Callable[[Subject], bool]
    told: tuple[str, ...] = ()


EVERYONE = Closely(lambda _: True)


def needed_facts(policies: Iterable[Policy], subject: str, closely: Closely | None = None) -> dict[str, Fact] | None:
    """The facts that policies on that subject type read, and those every report shows; None for rows as they are.

    `closely`: also when the guest was looked at, and what is told of those who are looked at closely.
    """
    known = catalogue(subject)
    if known is None:
        return None
    names = {path[0] for policy in policies if policy.head.resource == subject for path in policy.reads()}
    if subject == VM:
        names |= set(_STANDING)
        names |= {*COLLECTED_AT, *closely.told} if closely is not None else set()
    return {name: known[name] for name in known if name in names}


def needed_rows(policies: Sequence[Policy], closely: Closely | None = None) -> dict[str, Fields]:
    """Which row types and fields must be read to judge these policies."""
    wanted: dict[str, Fields] = {}
    for subject in sorted({policy.head.resource for policy in policies}):
        facts = needed_facts(policies, subject, closely)
        if facts is None:
            paths = {path for policy in policies if policy.head.resource == subject for path in policy.reads()}
            found = {subject: tree_of(paths)}
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


def evaluate(policies: Sequence[Policy], fleet: Fleet, *, closely: Closely | None = None) -> Evaluation:
    """Puts every policy to every subject of its type."""
    found = Evaluation()
    for subject in sorted({policy.head.resource for policy in policies}):
        chosen = sorted(
            (policy for policy in policies if policy.head.resource == subject), key=lambda policy: policy.id
        )
        found.judged += _Bench(chosen, subject, fleet, closely).judge(found)
    found.judged.sort(key=lambda one: one.policy.id)
    return found


@dataclass(slots=True)
class _Chair:
    """One policy at work: its column of outcomes, and outcomes it has already given for the same facts."""

    policy: Policy
    explainer: Explainer
    facts: Callable[[Any], Any]
    when_facts: Callable[[Any], Any]
    passed: Outcome
    column: list[Outcome] = field(default_factory=list)
    known: dict[Any, Outcome] = field(default_factory=dict)
    close: dict[Any, Outcome] = field(default_factory=dict)
    excused: dict[Any, Outcome] = field(default_factory=dict)


class _Bench:
    """All policies on one subject type."""

    def __init__(self, policies: list[Policy], subject: str, fleet: Fleet, closely: Closely | None) -> None:
        self._subject = subject
        self._fleet = fleet
        self._closely = closely
        self._facts = needed_facts(policies, subject, closely)
        names = list(self._facts or ())
        self._slot: dict[tuple[str, ...], int] = {(name,): position for position, name in enumerate(names)}
        self._chairs = [self._chair(policy) for policy in policies]
        self._judges = [
            (
                _judge_of(chunk, self._slot if self._facts is not None else None, fleet.now),
                self._chairs[at : at + _CHUNK],
            )
            for at in range(0, len(policies), _CHUNK)
            for chunk in [policies[at : at + _CHUNK]]
        ]

    def _chair(self, policy: Policy) -> _Chair:
        explainer = Explainer(policy, self._facts, self._fleet.now)
        facts, when_facts = (
            _picker(sorted(self._slot[path] for path in paths) if self._facts is not None else ())
            for paths in (policy.reads() | {path for path in [COLLECTED_AT] if path in self._slot}, reads(policy.when))
        )
        return _Chair(policy, explainer, facts, when_facts, Outcome("pass", policy.head.severity, policy.head.title))

    def judge(self, found: Evaluation) -> list[Judged]:
        """One pass over the subjects; the facts of a subject are made once for all policies."""
        fleet = self._fleet
        whom = self._closely.whom if self._closely is not None else None
        document_of = _document_of(self._facts) if self._facts is not None else None
        subjects: list[Subject] = []
        standing = _picker([self._slot[name,] for name in _STANDING]) if self._subject == VM else None
        for subject, record in fleet.records(self._subject):
            subjects.append(subject)
            document = record if document_of is None else document_of(record, fleet)
            if standing is not None:
                told = [None if one.__class__ is Unknown else one for one in standing(document)]
                found.standings[subject.key] = Standing._make(told)
            closely = whom is not None and whom(subject)
            if closely and self._subject == VM and self._closely is not None and self._closely.told:
                found.told[subject.key] = {name: document[self._slot[name,]] for name in self._closely.told}
            for judge, chairs in self._judges:
                for code, chair in zip(judge(document), chairs, strict=True):
                    if code == PASS and not closely:
                        chair.column.append(chair.passed)
                    else:
                        chair.column.append(self._explained(chair, document, code, closely))
        return [Judged(chair.policy.head, subjects, chair.column) for chair in self._chairs]

    def _explained(self, chair: _Chair, document: Any, code: int, closely: bool) -> Outcome:
        """The outcome with its reason; subjects whose facts are the same share one.

        Why a policy does not apply hangs on the facts of its `when` alone.
        """
        if self._facts is None:
            return chair.explainer.outcome(lambda path: row_value(document, path), closely=closely)

        def read(path: tuple[str, ...]) -> Any:
            return document[self._slot[path]]

        if closely:
            known, key = chair.close, chair.facts(document)
        elif code == NOT_APPLICABLE:
            known, key = chair.excused, chair.when_facts(document)
        else:
            known, key = chair.known, chair.facts(document)
        try:
            found = known.get(key)
        except TypeError:  # a list or an object among the facts
            return chair.explainer.outcome(read, closely=closely)
        if found is None:
            found = chair.explainer.outcome(read, closely=closely)
            if len(known) < _MOST_SHARED:
                known[key] = found
        return found


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
