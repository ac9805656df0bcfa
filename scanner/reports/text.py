"""The report an operator reads at 8 a.m.: what fails and why, grouped by cause, and what would settle the rest."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.facts.needs import NEEDS
from scanner.gate import Decision
from scanner.language.words import epoch
from scanner.model import SEVERITIES, Judged, Outcome, Results, Severity, Subject
from scanner.reports import Style
from scanner.rowtypes import BACKUP_GROUP, VM

_NOUNS = {VM: "VM", BACKUP_GROUP: "group"}
_VMS_LISTED = 12
_CAUSES_LISTED = 20
_PROBLEMS_LISTED = 12
_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1", "head": "1", "dim": "2", "good": "32;1"}


def clean(text: str) -> str:
    """A text from the input without what a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


@dataclass(frozen=True, slots=True)
class _Finding:
    subject: Subject
    outcome: Outcome


class _Page:
    """The lines so far, and how to write them."""

    def __init__(self, results: Results, style: Style) -> None:
        self.lines: list[str] = []
        self.width = max(60, style.width)
        self._colour = style.colour
        names = Counter((subject.name, subject.resource_group) for subject in _subjects(results))
        self._twice = {name for name, count in names.items() if count > 1}

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour else text

    def add(self, text: str = "") -> None:
        self.lines.append(text)

    def wrap(self, text: str, first: str, rest: str) -> None:
        """`text` in lines of the page's width, the first one led by `first`, the others by `rest`."""
        self.lines += textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [first]

    def label(self, subject: Subject) -> str:
        """A VM as its owner knows it; with its subscription where name and group are not enough."""
        group = subject.resource_group
        if (subject.name, group) in self._twice:
            group = f"{group}, subscription {subject.subscription}"
        return clean(f"{subject.name} ({group})" if group else subject.name)


def write(results: Results, decision: Decision, style: Style) -> str:
    """The report as text; colour and width as `style` says."""
    page = _Page(results, style)
    _head(page, results)
    _problems(page, results)
    _fails(page, results)
    _unknowns(page, results)
    _foot(page, results, decision)
    return "\n".join(page.lines) + "\n"


def _subjects(results: Results) -> Iterator[Subject]:
    """Every subject once."""
    seen: set[str] = set()
    for judged in results.judged:
        for subject in judged.subjects:
            if subject.key not in seen:
                seen.add(subject.key)
                yield subject


def noun(count: int, resource: str) -> str:
    """ "3 VMs", "1 group", "2 storageaccounts"."""
    word = _NOUNS.get(resource) or resource.rsplit("/", 1)[-1].removesuffix("s")
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _head(page: _Page, results: Results) -> None:
    run = results.run
    shown = [clean(source.rsplit("/", 1)[-1]) for source in run.sources]
    sources = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
    taken = run.taken_at[:16].replace("T", " ") + "Z"
    when = f"judged as of now, {taken} (the rows do not say when they were taken)"
    kinds = Counter(subject.type for subject in _subjects(results))
    subscriptions = len({subject.subscription for subject in _subjects(results)})
    parts = [sources, when if run.taken_from == "clock" else f"taken {taken}"]
    if kinds:
        counted = ", ".join(noun(count, kind) for kind, count in sorted(kinds.items()))
        parts.append(f"{counted}, {subscriptions} {'subscription' if subscriptions == 1 else 'subscriptions'}")
    if results.standings:
        parts += _standings(results)
    page.wrap(" · ".join(parts), "", "  ")


def _standings(results: Results) -> list[str]:
    known = results.standings.values()
    protected = sum(one.protected is True for one in known)
    agentless = sum(one.agentless is True for one in known)
    unsure = sum(one.protected is None for one in known)
    said = f"{protected:,} protected, {agentless:,} agentless"
    if unsure:
        said += f", {unsure:,} not known to be protected"
    overdue = next((judged for judged in results.judged if judged.policy.id == "last-backup-recent"), None)
    if overdue is not None:
        bad = sum(outcome.verdict == "fail" for outcome in overdue.outcomes)
        return [said, f"last backup failed or overdue: {bad:,}"]
    return [said, f"last backup failed: {sum(one.completed is False for one in known):,}"]


def _problems(page: _Page, results: Results) -> None:
    problems = sorted(results.run.problems, key=lambda problem: not problem.incomplete)
    if not problems:
        return
    page.add()
    for problem in problems[:_PROBLEMS_LISTED]:
        word, colour = ("INCOMPLETE", "error") if problem.incomplete else ("note", "dim")
        place = f"{problem.place()}: " if problem.place() else ""
        first = len(page.lines)
        page.wrap(clean(place + problem.message), f"{word}  ", "  ")
        page.lines[first] = page.paint(word, colour) + page.lines[first][len(word) :]
    if len(problems) > _PROBLEMS_LISTED:
        page.add(f"  and {len(problems) - _PROBLEMS_LISTED} more, in the json report")


def _fails(page: _Page, results: Results) -> None:
    blocks: dict[tuple[int, str], tuple[Judged, Severity, list[_Finding]]] = {}
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            if outcome.verdict == "fail":
                key = (SEVERITIES.index(outcome.severity), judged.policy.id)
                blocks.setdefault(key, (judged, outcome.severity, []))[2].append(_Finding(subject, outcome))
    for _, (judged, severity, findings) in sorted(blocks.items(), key=lambda block: block[0]):
        page.add()
        counted = noun(len(findings), judged.policy.resource)
        causes = _causes(findings)
        if len(causes) == 1 and len(findings) > 1:
            counted += ", one cause"
        head = page.paint(f"FAIL {severity:<8}", severity)
        page.add(f"{head} {page.paint(judged.policy.id, 'head')}  {counted}")
        page.wrap(judged.policy.title, "  expected: ", "            ")
        for reason, group in causes[:_CAUSES_LISTED]:
            _cause(page, results, reason, group)
        left = causes[_CAUSES_LISTED:]
        if left:
            page.add(
                f"  and {len(left)} more causes, {sum(len(group) for _, group in left)} findings: in the json report"
            )


def _causes(findings: Iterable[_Finding]) -> list[tuple[str, list[_Finding]]]:
    """Findings with one reason together; what stops most comes first."""
    groups: dict[str, list[_Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.outcome.reason].append(finding)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0].subject.key))


def _cause(page: _Page, results: Results, reason: str, group: list[_Finding]) -> None:
    if len(group) == 1:
        subject = group[0].subject
        page.wrap(f"{page.label(subject)}: {clean(reason)}{_last(results, group[0])}", "  ", "    ")
        return
    page.wrap(clean(reason), "  ", "    ")
    listed = ", ".join(page.label(finding.subject) for finding in group[:_VMS_LISTED])
    left = len(group) - _VMS_LISTED
    page.wrap(f"{listed} and {left} more" if left > 0 else listed, "    ", "    ")
    standings = [results.standings.get(finding.subject.key) for finding in group]
    completed = sum(standing is not None and standing.completed is True for standing in standings)
    if any(standings):
        page.add(page.paint(f"    {completed} of the {len(group)} completed their last backup", "dim"))


def _last(results: Results, finding: _Finding) -> str:
    """How the VM's last backup went, beside a finding that does not say so itself."""
    standing = results.standings.get(finding.subject.key)
    if standing is None or standing.protected is False or (standing.time or "-") in finding.outcome.reason:
        return ""
    if standing.time is None or epoch(standing.time) is None:
        return " · no backup is known"
    return f" · last backup {clean(standing.status or 'not known')} {standing.time[:16].replace('T', ' ')}"


def _unknowns(page: _Page, results: Results) -> None:
    """One line for each thing that is missing: how many it would settle, in which policies, and how to get it."""
    missing: dict[tuple[str, str], set[str]] = defaultdict(set)
    policies: dict[tuple[str, str], set[str]] = defaultdict(set)
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            if outcome.verdict == "unknown":
                for need in outcome.needs or ("",):
                    missing[need, subject.type].add(subject.key)
                    policies[need, subject.type].add(judged.policy.id)
    if not missing:
        return
    page.add()
    page.add(
        page.paint("NOT JUDGED", "head") + "  unknown is neither right nor wrong; what is missing, and how to get it:"
    )
    for key in sorted(missing, key=lambda key: (-len(missing[key]), key)):
        need, kind = key
        known = NEEDS.get(need, NEEDS[""])
        settles = ", ".join(sorted(policies[key]))
        verb = "needs" if len(missing[key]) == 1 else "need"
        page.wrap(f"{noun(len(missing[key]), kind)} {verb} {known.label}: would settle {settles}", "  ", "    ")
        page.wrap(known.get, "    → ", "      ")


def _foot(page: _Page, results: Results, decision: Decision) -> None:
    idle: dict[str, list[str]] = defaultdict(list)
    for judged in results.judged:
        each = Counter(outcome.verdict for outcome in judged.outcomes)
        if not each["pass"] and not each["fail"]:
            said = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(each.items()))
            idle[said or "nothing to put it to"].append(judged.policy.id)
    if idle:
        page.add()
    for said, names in idle.items():
        page.wrap(f"{', '.join(names)} ({said})", "not judged: ", "  ")
    judging = len(results.judged) - sum(map(len, idle.values()))
    counts = results.counts()
    shown = [f"{judging} of {len(results.judged)} policies judged", f"{counts['fail']:,} fail"]
    shown += [
        f"{counts['pass']:,} pass",
        f"{counts['unknown']:,} unknown",
        f"{counts['not-applicable']:,} not applicable",
    ]
    page.add()
    last = f"exit {decision.code}: {clean(decision.why)}"
    line = " · ".join(shown)
    colour = "good" if decision.code == 0 else "error"
    if len(line) + len(last) + 4 <= page.width:
        page.add(f"{line}{' ' * (page.width - len(line) - len(last))}{page.paint(last, colour)}")
    else:
        page.add(line)
        page.wrap(last, "", "  ")
