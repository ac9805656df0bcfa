"""The sheets that hold every result of a scan: a row for each resource, a column for each policy that was put to it."""

import re
from collections.abc import Iterator, Sequence

from scanner.model import Judged, Outcome, Results, State, Subject
from scanner.reports.parts.once import Once
from scanner.reports.parts.sheets import LOOKS, STATES, WORDS, Column, Row, Sheet, Shown, warning
from scanner.reports.parts.texts import noun

_POLICIES = 200
"""How many policies a sheet has a column for; Excel has 16,384 columns, nobody looks at more than some."""
_RESOURCE: tuple[Column, ...] = (
    ("worst", 14),
    ("name", 22),
    ("resource group", 24),
    ("subscription", 38),
    ("fail", 8),
    ("not known", 8),
    ("last backup", 14),
    ("last backup at", 28),
    ("written at", 28),
)
_WIDTH = 15
_RANK = {state: at for at, state in enumerate(STATES)}


def matrices(results: Results) -> Iterator[Sheet]:
    """A sheet for each kind of resource that policies were put to."""
    names: set[str] = set()
    for group in _alike(results):
        kind = _kind(group[0].policy.resource)
        name = next(name for name in _numbered(f"All {kind}") if name.casefold() not in names)
        names.add(name.casefold())
        policies = "every policy" if len(group) == 1 else f"each of {len(group)} policies"
        holds = f"the verdict of {policies} on each resource; why one does not apply stands with it"
        columns = (*_RESOURCE, *((judged.policy.id, _WIDTH) for judged in group), ("resource", 60))
        yield Sheet(name, holds, columns, _rows(results, group), 2, True)


def _alike(results: Results) -> Iterator[list[Judged]]:
    """The policies that were put to the very same resources, together."""
    groups: list[list[Judged]] = []
    for judged in results.judged:
        for group in groups:
            if len(group) < _POLICIES and group[0].subjects == judged.subjects and _same_kind(group[0], judged):
                group.append(judged)
                break
        else:
            groups.append([judged])
    yield from groups


def _same_kind(one: Judged, other: Judged) -> bool:
    return one.policy.resource == other.policy.resource


def _kind(resource: str) -> str:
    """What such resources are called, as far as a sheet may be called that."""
    word = noun(2, resource).removeprefix("2 ")
    return " ".join(re.sub(r"[^A-Za-z0-9 _-]", " ", word)[:20].split()) or "resources"


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def _rows(results: Results, group: Sequence[Judged]) -> Iterator[Row]:
    yield from warning(results)
    cells = [_Cells(results, judged.policy.id) for judged in group]
    outcomes = zip(*(judged.outcomes for judged in group), strict=True)
    for subject, found in zip(group[0].subjects, outcomes, strict=True):
        told = [cell.of(subject, outcome) for cell, outcome in zip(cells, found, strict=True)]
        states = [state for state, _ in told]
        worst = min(states, key=_RANK.__getitem__)
        standing = results.standings.get(subject.key)
        origin = results.origins.get(subject.key)
        yield (
            Shown(WORDS[worst], LOOKS[worst]),
            subject.name,
            subject.resource_group,
            subject.subscription,
            states.count("fail"),
            states.count("unknown"),
            (standing.status or "") if standing is not None else "",
            (standing.time or "") if standing is not None else "",
            origin.place() if origin is not None else "",
            *(shown for _, shown in told),
            subject.id,
        )


class _Cells:
    """How one policy's verdicts are shown: a word, and the reason where no other sheet tells it."""

    def __init__(self, results: Results, policy: str) -> None:
        self._policy = policy
        self._results = results
        self._hangs = bool(results.waivers or results.changes)
        self._shown = Once(_shown)

    def of(self, subject: Subject, outcome: Outcome) -> tuple[State, Shown]:
        if outcome.verdict == "fail" and self._hangs:
            return self._fail(subject, outcome)
        return self._shown(outcome)

    def _fail(self, subject: Subject, outcome: Outcome) -> tuple[State, Shown]:
        """It may be waived, and what stood before a plan's change is on no sheet of its own."""
        state = self._results.state(self._policy, subject.key, outcome.verdict)
        heard = self._results.heard(self._policy, subject.key)
        return state, Shown(WORDS[state] if heard else f"{WORDS[state]}: {outcome.reason}", LOOKS[state])


def _shown(outcome: Outcome) -> tuple[State, Shown]:
    verdict = outcome.verdict
    told = verdict == "not-applicable" and bool(outcome.reason.strip())
    return verdict, Shown(f"{WORDS[verdict]}: {outcome.reason}" if told else WORDS[verdict], LOOKS[verdict])
