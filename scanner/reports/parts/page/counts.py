"""Results counted once, by policy, subscription and resource group, for the tables of the HTML report."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scanner.model import WAIVERS, Judged, Results, Subject

Mark = Literal["error", "warning", "note", "unknown", "waived", "pass", "not-applicable"]
MARKS: tuple[Mark, ...] = ("error", "warning", "note", "unknown", "waived", "pass", "not-applicable")
"""What becomes of a result, worst first; a fail goes by how grave it is."""

Place = tuple[str, str]
"""A subscription and a resource group in it, in lower case."""
Marks = Mapping[Mark, int]


@dataclass(slots=True)
class Counts:
    """How many results there are of each mark. `cells`: by place, then policy. `names`: places as they are written."""

    policies: dict[str, Counter[Mark]] = field(default_factory=dict)
    subscriptions: dict[str, Counter[Mark]] = field(default_factory=dict)
    cells: dict[Place, dict[str, Counter[Mark]]] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)


def counted(results: Results) -> Counts:
    """One pass over all results; subjects that several policies share are looked at once."""
    found = Counts()
    known: dict[int, list[Place]] = {}
    for judged in results.judged:
        places = known.get(id(judged.subjects))
        if places is None:
            places = known[id(judged.subjects)] = list(_places(judged.subjects, found.names))
        marks = marks_of(results, judged)
        found.policies[judged.policy.id] = Counter(marks)
        if judged.policy.resource == WAIVERS:
            continue
        for (place, mark), count in Counter(zip(places, marks, strict=True)).items():
            found.cells.setdefault(place, {}).setdefault(judged.policy.id, Counter())[mark] += count
            found.subscriptions.setdefault(place[0], Counter())[mark] += count
    return found


def marks_of(results: Results, judged: Judged) -> list[Mark]:
    """What became of each of a policy's results."""
    found: list[Mark] = [
        outcome.severity if outcome.verdict == "fail" else outcome.verdict for outcome in judged.outcomes
    ]
    accepted = {subject for policy, subject in results.waivers if policy == judged.policy.id}
    if accepted:
        for position, (subject, outcome) in enumerate(zip(judged.subjects, judged.outcomes, strict=True)):
            if outcome.verdict == "fail" and subject.key in accepted:
                found[position] = "waived"
    return found


def _places(subjects: Iterable[Subject], names: dict[Place, str]) -> Iterator[Place]:
    for subject in subjects:
        place = (subject.subscription, subject.resource_group.lower())
        names.setdefault(place, subject.resource_group)
        yield place


def worst(marks: Marks) -> Mark | None:
    """The gravest mark there is; None where nothing was judged."""
    return next((mark for mark in MARKS if marks.get(mark)), None)


def fails(marks: Marks) -> int:
    return marks.get("error", 0) + marks.get("warning", 0) + marks.get("note", 0)
