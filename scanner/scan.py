"""One scan from a source to results: the flow of the whole program, without a command line."""

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from scanner import __version__
from scanner.evaluate import Closely, Evaluation, evaluate, needed_rows, subject_rows
from scanner.exempted import Waiving, grants
from scanner.facts.catalogue import catalogue, merged, row_fields
from scanner.facts.exemption import EXEMPTED
from scanner.facts.fleet import GROUP_TAG, Fleet
from scanner.facts.timelines import observed, timelines
from scanner.language.parse import suggest
from scanner.language.words import epoch
from scanner.ledger import Ledger
from scanner.model import (
    DELETED,
    HANGS,
    LEFT_OUT,
    SEVERITIES,
    Fields,
    Judged,
    Outcome,
    Problem,
    Results,
    Row,
    Run,
    SnapreadyError,
    several,
)
from scanner.policy import Policy
from scanner.source import Source
from scanner.stages import Planned, planned, running, staged
from scanner.uncollected import not_collected
from scanner.waivers.apply import waived

DEFAULT_MAX_AGE = 192.0
"""Hours after which guest facts are stale: eight days."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old rows may be. `limit`: hours; `scanned`: when they were put to the scan, ISO 8601."""

    limit: float
    scanned: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may set about a scan. `now` is the time of the run, used where nothing says when rows were taken."""

    now: str
    taken_at: str | None = None
    max_age: float = DEFAULT_MAX_AGE
    group_tag: str = GROUP_TAG
    freshness: Freshness | None = None
    """None: rows of any age are judged, as of when they were taken."""
    collected: frozenset[str] = frozenset()
    closely: Closely | None = None
    parameters: Mapping[str, Mapping[str, Any]] | None = None
    configuration: tuple[str, ...] = ()
    """The files that say how to judge."""
    unasked: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Policies that were not selected, with their controls."""
    waiving: Waiving | None = None
    """What waives findings; None: nothing, and nothing is said of waivers."""
    service_tags: tuple[Row, ...] = ()
    """Lists of service tags that win over those among the rows."""
    declared: tuple[Row, ...] = ()
    """What owners state, beside what rows of that type say."""
    evidence: bool = True
    """Somebody reads what outcomes stand on; without it a scan takes less time and memory."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A source once it is read: what the fleet's facts are made from, and what there is to say of the input."""

    fleet: Fleet
    run: Run


def scan(source: Source, policies: Sequence[Policy], options: Options) -> Results:
    """Judges the rows of a source; raises SnapreadyError where there is nothing that could be judged."""
    return judge(read(source, policies, options), source, policies, options)


def asked(policies: Sequence[Policy], options: Options, whole: Set[str] = frozenset()) -> dict[str, Fields]:
    """Which row types and fields a source is asked for. `whole`: row types of which nothing is left out."""
    wanted = needed_rows(policies, options.closely)
    if options.waiving is not None and options.waiving.mapped:
        wanted.update(EXEMPTED)
    for row_type in sorted(whole):
        wanted[row_type] = merged(wanted.get(row_type, {}), {"name": {}, "location": {}, "properties": {}})
    return wanted


def read(
    source: Source,
    policies: Sequence[Policy],
    options: Options,
    *,
    whole: Set[str] = frozenset(),
    fields: Mapping[str, Fields] | None = None,
) -> Reading:
    """Reads what these policies need. `whole`: row types, no policy's subjects, that the fleet keeps as they come.
    `fields`: what is asked for, where that is more."""
    ledger = Ledger(asserted=options.collected)
    subjects = {policy.head.resource for policy in policies}
    apart = options.closely is not None and options.closely.apart
    fleet = Fleet(ledger, max_age=options.max_age, subjects=subjects | whole, group_tag=options.group_tag, apart=apart)
    wanted = fields if fields is not None else asked(policies, options, whole)
    with closing(source.rows(wanted, ledger)) as rows:  # a live source has threads to end, whatever breaks
        fleet.load(rows)
    fleet.load((row["type"], row) for row in (*options.service_tags, *options.declared))
    taken_at, taken_from = _taken_at(ledger, options)
    problems = [*ledger.problems, *fleet.close(taken_at)]
    if source.stage == "live":
        problems += not_collected(ledger, policies)
    if source.stage != "plan" and options.freshness is not None:
        times = [] if taken_from == "clock" else [taken_at, *ledger.taken_at]
        problems += _not_fresh(times, options.freshness)
    run = Run(
        taken_at,
        taken_from,
        __version__,
        tuple(ledger.sources),
        tuple(dict.fromkeys(ledger.scopes)),
        options.parameters or {},
        tuple(ledger.coverage()),
        (*problems, *_repeated(ledger), *_asserted_in_vain(ledger, wanted)),
        sum(ledger.repeats.values()),
        ledger.none_of(subject_rows(subjects)),
        source.stage,
        options.configuration,
        options.unasked,
    )
    return Reading(fleet, run)


def judge(reading: Reading, source: Source, policies: Sequence[Policy], options: Options) -> Results:
    """The verdicts on what was read of a source."""
    found = _judged(source, policies, reading.fleet, options)
    agreed = _agreed(source, policies, replace(options, waiving=None), found.judged)
    fleet = reading.fleet
    run = reading.run
    if run.stage == "live":  # what a plan does not touch need not be in it
        run = replace(run, problems=(*run.problems, *found.idle))
    results = Results(
        run,
        tuple(agreed),
        found.standings,
        fleet.ledger.origins,
        observed=observed(fleet),
        timelines=timelines(fleet, agreed),
        told=found.told,
    )
    if options.waiving is None:
        return results
    return waived(results, grants(options.waiving, fleet), options.waiving.terms)


def _agreed(source: Source, policies: Sequence[Policy], options: Options, judged: Sequence[Judged]) -> list[Judged]:
    """What is not known only because a reference may be to one of several is known if they all lead to the same."""
    asked = {
        (one.policy.id, subject.key): count
        for one in judged
        for subject, _ in one.with_verdict("unknown")
        if (count := source.choices(subject.key))
    }
    if not asked:
        return list(judged)
    tried = [_by_key(scan(variant, policies, options)) for variant in source.variants()]
    found = []
    for one in judged:
        outcomes = []
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True):
            key = (one.policy.id, subject.key)
            ways = [results[key] for results in tried[: asked.get(key, 0)] if key in results]
            same = {way.verdict for way in ways} if len(ways) == asked.get(key) else set()
            if len(same) == 1 and ways[0].verdict != "unknown":
                worst = max(ways, key=lambda way: -SEVERITIES.index(way.severity))
                said = f"{worst.reason}; whichever of {len(ways)} resources the plan means"
                outcome = replace(worst, reason=said) if worst.verdict == "fail" else worst
            outcomes.append(outcome)
        found.append(replace(one, outcomes=outcomes))
    return found


def _by_key(results: Results) -> dict[tuple[str, str], Outcome]:
    return {
        (one.policy.id, subject.key): outcome
        for one in results.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }


def _judged(source: Source, policies: Sequence[Policy], fleet: Fleet, options: Options) -> Evaluation:
    """The verdicts: in a plan without the items that it cannot tell, and with what would settle the others."""
    put = {"live": running, "plan": planned, "overlay": Planned}[source.stage]
    stages = {policy.id: staged(policy, put) for policy in policies}
    chosen = {stage.policy.id: stage.policy for stage in stages.values() if stage.policy is not None}
    evidence = options.evidence or source.stage != "live"  # of a plan it tells which values a verdict hangs on
    found = evaluate(list(chosen.values()), fleet, closely=options.closely, evidence=evidence)
    judged = found.judged
    if source.stage != "live":
        judged = [_settled_by(source, one, chosen[one.policy.id]) for one in judged]
    if source.stage == "overlay":
        judged = [_not_yet(one, planned(chosen[one.policy.id]), fleet.ledger.created) for one in judged]
    for policy in policies:
        stage = stages[policy.id]
        if stage.policy is None:
            subjects = [subject for subject, _ in fleet.records(policy.head.resource)]
            left_out = LEFT_OUT if source.stage == "plan" else "not judged in what runs: "
            excused = Outcome("not-applicable", policy.head.severity, f"{left_out}{stage.why}")
            judged.append(Judged(policy.head, subjects, [excused] * len(subjects)))
    return replace(found, judged=sorted(judged, key=lambda one: one.policy.id))


def _not_yet(judged: Judged, stage: Planned, created: Set[str]) -> Judged:
    """What a change creates does not run yet: a policy that only what runs can tell is not put to it."""
    if stage.policy is not None:
        return judged
    excused = Outcome("not-applicable", judged.policy.severity, f"{LEFT_OUT}{stage.why}")
    outcomes = [
        excused if subject.key in created else outcome
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    ]
    return replace(judged, outcomes=outcomes)


def _settled_by(source: Source, judged: Judged, policy: Policy) -> Judged:
    """Unknowns say which parameter or resource of the plan they hang on: of what the verdict stood on, not of more."""
    known = catalogue(judged.policy.resource) or {}
    whole = needed_rows([policy])
    fields: dict[frozenset[str], Mapping[str, Fields]] = {}
    outcomes = []
    for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
        hints: list[str] = []
        if outcome.verdict == "unknown":
            named = [piece for piece in outcome.evidence if piece.fact in known]
            missing = [piece for piece in named if piece.unknown and piece.unknown in outcome.reason]
            missing = missing or [piece for piece in named if not piece.unknown]
            facts = frozenset(piece.fact for piece in missing)
            if facts not in fields:
                fields[facts] = row_fields({name: known[name] for name in sorted(facts)}) or whole
            hints = source.hints(subject.key, fields[facts])
        hints = [hint for hint in hints if hint not in outcome.reason]
        if hints:
            open_ones = {"deleted" if hint.startswith(DELETED) else "plan" for hint in hints}
            needs = tuple(sorted({*outcome.needs, *open_ones} - {"property", "reference", ""}))
            outcome = replace(outcome, reason=f"{outcome.reason}{HANGS}{', '.join(hints)}", needs=needs)
        outcomes.append(outcome)
    return replace(judged, outcomes=outcomes)


def _repeated(ledger: Ledger) -> list[Problem]:
    # What lies above subscriptions comes with each group of them that is asked.
    count = sum(number for (_, subscription), number in ledger.repeats.items() if subscription)
    if not count:
        return []
    said = f"{several(count, 'row')} came again under an id already read"
    return [Problem(f"{said}; the last one counts (of guest facts the newest)", count=count)]


def _asserted_in_vain(ledger: Ledger, wanted: Iterable[str]) -> list[Problem]:
    """A misspelt type in --collected would vouch for nothing, silently."""
    known = {*wanted, *(row_type for row_type, _ in ledger.rows), "all"}
    return [
        Problem(f"--collected: nobody reads rows of type {name!r}, and there are none{suggest(name, known)}")
        for name in sorted(ledger.asserted - known)
    ]


def _taken_at(ledger: Ledger, options: Options) -> tuple[str, Literal["header", "option", "clock"]]:
    """The time everything is judged at: the latest that a header states, else --taken-at, else now; in UTC."""
    given = None if options.taken_at is None else epoch(options.taken_at)
    if options.taken_at is not None and given is None:
        raise SnapreadyError(f"--taken-at: {options.taken_at!r} is not an ISO 8601 time such as 2026-11-22T01:00:00Z")
    stated = {time: seconds for time in ledger.taken_at if (seconds := epoch(time)) is not None}
    for time in ledger.taken_at:
        if time not in stated:
            ledger.problems.append(Problem(f"the header's takenAt {time!r} is not an ISO 8601 time and is passed over"))
    if stated:
        if options.taken_at is not None:
            ledger.problems.append(Problem("--taken-at is passed over: the rows' header states when they were taken"))
        return _utc(max(stated.values())), "header"
    if given is not None:
        return _utc(given), "option"
    return options.now, "clock"


def _not_fresh(times: Sequence[str], freshness: Freshness) -> list[Problem]:
    """That what runs now may be another fleet than the one that is judged: a gate over old rows holds for ever.

    `times`: all that is said of when rows were taken. The oldest counts, as a fresh file does not renew the others; and
    a clock that was ahead must not keep rows fresh for ever.
    """
    taken = sorted(seconds for time in times if (seconds := epoch(time)) is not None)
    if not taken:
        message = "nothing says when the rows were taken, so that they may be older than --rows-max-age; see --taken-at"
        return [Problem(message, incomplete=True)]
    now, allowed = epoch(freshness.scanned) or 0.0, f"more than --rows-max-age allows ({freshness.limit:.3g} h)"
    found = []
    for hours, when in (((now - taken[0]) / 3600, "before"), ((taken[-1] - now) / 3600, "after")):
        if hours > freshness.limit:
            far = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
            message = f"rows were taken {far} {when} this scan, {allowed}: collect them again"
            found.append(Problem(message, incomplete=True))
    return found


def _utc(seconds: float) -> str:
    """ISO 8601; counted from 1970 by hand, as the platform's own clock knows no times long before it."""
    try:
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    except OverflowError:
        raise SnapreadyError("the time the rows were taken lies before the year 1") from None
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
