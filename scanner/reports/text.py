"""The report an operator reads at 8 a.m.: what fails and why, grouped by cause, and what would settle the rest."""

import textwrap
from collections import Counter

from scanner.facts.needs import need
from scanner.gate import Decision, Gate
from scanner.language.words import epoch
from scanner.model import Results
from scanner.reports import Style
from scanner.reports.parts import summary
from scanner.reports.parts.findings import (
    Block,
    Finding,
    Labels,
    blocks,
    causes,
    fresh,
    idle,
    missing,
    needing,
    shown,
    trend,
    waived,
    was,
)
from scanner.reports.parts.texts import clean, noun

EVIDENCE = False
_VMS_LISTED = 12
_CAUSES_LISTED = 20
_PROBLEMS_LISTED = 12
_HINTS_LISTED = 5
_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1", "head": "1", "dim": "2", "good": "32;1"}


class _Page:
    """The lines so far, and how to write them."""

    def __init__(self, results: Results, style: Style) -> None:
        self.lines: list[str] = []
        self.width = max(60, style.width)
        self._colour = style.colour
        self.label = Labels(results).of

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour else text

    def add(self, text: str = "") -> None:
        self.lines.append(text)

    def wrap(self, text: str, first: str, rest: str) -> None:
        """`text` in lines of the page's width, the first one led by `first`, the others by `rest`."""
        self.lines += textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [first]


def write(results: Results, decision: Decision, style: Style) -> str:
    """The report as text; colour and width as `style` says."""
    page = _Page(results, style)
    page.wrap(" · ".join(summary.headline(results)), "", "  ")
    if read := summary.reading(results):
        page.wrap(read, "", "  ")
    _problems(page, results)
    _effects(page, results)
    _since(page, results)
    _fails(page, results, decision.gate)
    _waived(page, results)
    _unknowns(page, results)
    _foot(page, results, decision)
    return "\n".join(page.lines) + "\n"


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


def _effects(page: _Page, results: Results) -> None:
    """Of a plan laid over a fleet: how much it makes worse and better, and what it mends."""
    if not results.changes:
        return
    page.add()
    page.wrap(summary.effects(results), "", "  ")
    for line in summary.mended(results, page.label)[:_CAUSES_LISTED]:
        page.wrap(clean(line), "  ", "    ")


def _since(page: _Page, results: Results) -> None:
    """What became of the results since the baseline: how many of each, and what was lost, fixed and is gone."""
    if results.baseline is None:
        return
    page.add()
    when, counted = summary.since(results)
    page.wrap(f"since the baseline of {when}: {counted}", "", "  ")
    lines = summary.moved(results, page.label)
    for line in lines[:_CAUSES_LISTED]:
        page.wrap(clean(line), "  ", "    ")
    if len(lines) > _CAUSES_LISTED:
        page.add(f"  and {len(lines) - _CAUSES_LISTED} more, in the json report")


def _fails(page: _Page, results: Results, gate: Gate) -> None:
    for block in blocks(shown(results, gate)):
        page.add()
        _block(page, results, block)
    if standing := summary.standing(results, gate):
        page.add()
        page.wrap(standing, "", "  ")


def _block(page: _Page, results: Results, block: Block) -> None:
    counted = noun(len(block.findings), block.policy.resource)
    groups = causes(results, block.findings)
    if len(groups) == 1 and len(block.findings) > 1:
        counted += ", one cause"
    head = page.paint(f"FAIL {block.severity:<8}", block.severity)
    page.add(f"{head} {page.paint(block.policy.id, 'head')}  {counted}")
    page.wrap(block.policy.title, "  expected: ", "            ")
    for reason, group in groups[:_CAUSES_LISTED]:
        _cause(page, results, reason, group)
    left = groups[_CAUSES_LISTED:]
    if left:
        page.add(f"  and {len(left)} more causes, {sum(len(group) for _, group in left)} findings: in the json report")


def _cause(page: _Page, results: Results, reason: str, group: list[Finding]) -> None:
    if len(group) == 1:
        subject = group[0].subject
        changed = f" · {before}" if (before := was(results, group[0])) else ""
        said = f"{page.label(subject)}: {clean(group[0].outcome.reason)}{changed}{_last(results, group[0])}"
        page.wrap(said, "  ", "    ")
        return
    page.wrap(clean(reason), "  ", "    ")
    listed = ", ".join(_marked(page, results, finding) for finding in group[:_VMS_LISTED])
    left = len(group) - _VMS_LISTED
    page.wrap(f"{listed} and {left} more" if left > 0 else listed, "    ", "    ")
    doubts = Counter(doubt for finding in group if (doubt := finding.outcome.cause()[1]))
    for doubt, count in sorted(doubts.items()):
        page.wrap(f"{count} of them {clean(doubt)}", "    ", "      ")
    befores = Counter(words for finding in group if (words := was(results, finding)) and not fresh(results, finding))
    if befores:
        page.wrap(", ".join(f"{count} {words}" for words, count in befores.most_common()), "    ", "      ")
    standings = [results.standings.get(finding.subject.key) for finding in group]
    completed = sum(standing is not None and standing.completed is True for standing in standings)
    if any(standing is not None and standing.completed is not None for standing in standings):
        page.add(page.paint(f"    {completed} of the {len(group)} completed their last backup", "dim"))


def _marked(page: _Page, results: Results, finding: Finding) -> str:
    """A name in a list, marked where the baseline does not have the finding."""
    label = page.label(finding.subject)
    return f"{label} {trend(results, finding)}" if fresh(results, finding) else label


def _last(results: Results, finding: Finding) -> str:
    """How the VM's last backup went, beside a finding that does not say so itself."""
    standing = results.standings.get(finding.subject.key)
    if standing is None or standing.protected is False or (standing.time or "-") in finding.outcome.reason:
        return ""
    if standing.time is None or epoch(standing.time) is None:
        return " · no backup is known"
    return f" · last backup {clean(standing.status or 'not known')} {standing.time[:16].replace('T', ' ')}"


def _waived(page: _Page, results: Results) -> None:
    """What is wrong and accepted: until when, by whom and why, and what it is."""
    groups = waived(results)
    if not groups:
        return
    page.add()
    count = sum(len(findings) for _, findings in groups)
    page.add(f"{page.paint('WAIVED', 'head')}  {summary.accepted(count)}")
    for waiver, findings in groups[:_CAUSES_LISTED]:
        page.wrap(f"{summary.granted(waiver)}   [{summary.granted_at(waiver)}]", "  ", "    ")
        policies: dict[str, list[str]] = {}
        for finding in findings:
            policies.setdefault(finding.policy.id, []).append(page.label(finding.subject))
        for policy, names in policies.items():
            more = f" and {len(names) - _VMS_LISTED} more" if len(names) > _VMS_LISTED else ""
            page.wrap(f"{policy}: {', '.join(names[:_VMS_LISTED])}{more}", "    ", "      ")
    if len(groups) > _CAUSES_LISTED:
        page.add(f"  and {len(groups) - _CAUSES_LISTED} more waivers, in the json report")


def _unknowns(page: _Page, results: Results) -> None:
    """One line for each thing that is missing: how many it would settle, in which policies, and how to get it."""
    lacking = missing(results)
    if not lacking:
        return
    page.add()
    page.add(
        page.paint("NOT JUDGED", "head") + "  unknown is neither right nor wrong; what is missing, and how to get it:"
    )
    for entry in lacking:
        known = need(entry.need, results.run.stage)
        settles = ", ".join(sorted(entry.policies))
        page.wrap(f"{needing(entry)} {known.label}: would settle {settles}", "  ", "    ")
        for hint in list(entry.hints)[:_HINTS_LISTED]:
            page.wrap(hint, "    ", "      ")
        page.wrap(known.get, "    → ", "      ")


def _foot(page: _Page, results: Results, decision: Decision) -> None:
    unheard = idle(results)
    if unheard:
        page.add()
    for said, names in unheard.items():
        page.wrap(f"{', '.join(names)} ({said})", "not judged: ", "  ")
    page.add()
    last = f"exit {decision.code}: {clean(decision.why)}"
    line = summary.tally(results)
    colour = "good" if decision.code == 0 else "error"
    if len(line) + len(last) + 4 <= page.width:
        page.add(f"{line}{' ' * (page.width - len(line) - len(last))}{page.paint(last, colour)}")
    else:
        page.add(line)
        page.wrap(last, "", "  ")
