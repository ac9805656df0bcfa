"""One resource, policy by policy: the verdict, the reason, and each fact it stood on with its source."""

import textwrap
from collections.abc import Mapping

from scanner.language.parse import suggest
from scanner.language.text import show
from scanner.model import Evidence, Results, SnapreadyError, Stage, Subject
from scanner.reports.parts.texts import clean, fact

_WIDTH = 100


def find(results: Results, wanted: str) -> Subject:
    """The subject with that id, or the only one with that name; raises SnapreadyError otherwise."""
    subjects = {subject.key: subject for judged in results.judged for subject in judged.subjects}
    key = wanted.lower().rstrip("/")
    if key in subjects:
        return subjects[key]
    named = [subject for subject in subjects.values() if subject.name.lower() == key]
    if len(named) == 1:
        return named[0]
    if named:
        ids = "\n  ".join(sorted(subject.id for subject in named))
        raise SnapreadyError(f"{len(named)} resources are called {wanted!r}; give the id of one:\n  {ids}")
    names = {subject.name.lower(): subject.name for subject in subjects.values()}
    hint = suggest(wanted.rsplit("/", 1)[-1].lower(), names)
    raise SnapreadyError(f"no resource among {len(subjects)} is called {wanted!r}{hint}")


_WHEN: Mapping[Stage, str] = {
    "live": "rows taken {}",
    "overlay": "rows taken {}, with the plan laid over them",
    "plan": "as it would be deployed",
}


def explain(results: Results, subject: Subject) -> str:
    """The explanation as text, policy by policy in the order of the causes."""
    taken = {"header": "", "option": ", as --taken-at says", "clock": ", as nothing says when"}[results.run.taken_from]
    origin = results.origins.get(subject.key)
    lines = [
        clean(f"{subject.name} ({subject.resource_group}, subscription {subject.subscription})"),
        clean(subject.id),
        *([clean(f"written at {origin.place()}")] if origin else []),
        _WHEN[results.run.stage].format(f"{results.run.taken_at}{taken}"),
    ]
    standing = results.standings.get(subject.key)
    if standing is not None:
        protected = {True: "protected", False: "not protected", None: "not known to be protected"}[standing.protected]
        last = f", last backup {standing.status or 'not known'} at {standing.time}" if standing.time else ""
        lines.append(clean(f"{protected}{last}"))
    for judged in sorted(results.judged, key=lambda judged: (judged.policy.cause, judged.policy.id)):
        for one, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            if one.key != subject.key:
                continue
            word = outcome.verdict.upper() if outcome.verdict == "fail" else outcome.verdict
            scope = f", scope {judged.scopes[subject.key]}" if subject.key in judged.scopes else ""
            lines += ["", f"{word}  {judged.policy.id}  ({outcome.severity}{scope})  {judged.policy.title}"]
            if outcome.verdict != "pass":
                lines += _wrapped(outcome.reason, "  because ", "          ")
            for piece in outcome.evidence:
                lines += _told(piece)
            if outcome.verdict == "fail":
                lines.append("  fix")
                lines += [f"    {line}" for line in judged.policy.fix.splitlines()]
    return "\n".join(lines) + "\n"


def _told(piece: Evidence) -> list[str]:
    """A fact on a line; of a word's witness, what it says and then each step it took on a line of its own."""
    if not piece.fact.endswith(")") or not isinstance(piece.value, list):
        return _wrapped(fact(piece), "    ", "      ")
    said, *steps = map(show, piece.value)
    lines = _wrapped(f"{piece.fact}: {said}   [{piece.source}]", "    ", "      ")
    return lines + [line for step in steps for line in _wrapped(step, "      · ", "        ")]


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(clean(text), _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
