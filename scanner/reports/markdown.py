"""Markdown for a job's summary and a pull request's comment: worst first, and never longer than such a page may be."""

from collections import Counter
from collections.abc import Iterable, Iterator

from scanner.facts.needs import need
from scanner.gate import Decision, Gate
from scanner.model import Coverage, Problem, Results, Waiver
from scanner.reports import Style
from scanner.reports.parts import summary
from scanner.reports.parts.findings import (
    Block,
    Finding,
    Labels,
    blocks,
    causes,
    idle,
    missing,
    needing,
    shown,
    waived,
    was,
)
from scanner.reports.parts.markup import code, fenced, link, text
from scanner.reports.parts.texts import noun

_MOST = 60_000
"""Characters. A comment on GitHub takes 65,536, a job's summary a MiB."""
_PROBLEMS, _FOOT, _COVERAGE = 8_000, 12_000, 5_000
_PROSE, _NAME, _NAMES = 500, 100, 12
_WORDS = {0: "the gate holds", 1: "the gate does not hold", 2: "nothing was judged", 3: "not all was judged"}


def write(results: Results, decision: Decision, _style: Style) -> str:
    """The page."""
    head = [f"## snapready: {_WORDS[decision.code]}"]
    head.append(f"**Exit {decision.code}: {text(decision.why, _PROSE)}**")
    head.append(" · ".join(text(part, _PROSE) for part in summary.headline(results)))
    head += [text(read, _PROSE)] if (read := summary.reading(results)) else []
    head += _problems(results)
    head += _effects(results)
    head += _since(results)
    foot = [
        *_waived(results),
        *_unknowns(results),
        *_idle(results),
        *_coverage(results),
        text(summary.tally(results), _PROSE),
    ]
    left = _MOST - sum(len(part) + 2 for part in (*head, *foot)) - 1
    return "\n\n".join([*head, *_findings(results, decision.gate, left), *foot]) + "\n"


def fitted(lines: Iterable[str], most: int) -> tuple[list[str], int]:
    """The first lines that fit into `most` characters, and how many are left."""
    found: list[str] = []
    left = 0
    for each in lines:
        most -= len(each) + 1
        if most >= 0 and not left:
            found.append(each)
        else:
            left += 1
    return found, left


def _listed(lines: Iterable[str], most: int) -> str:
    found, left = fitted(lines, most)
    return "\n".join([*found, *([f"- and {left:,} more, in the json report"] if left else [])])


def _problems(results: Results) -> list[str]:
    problems = sorted(results.run.problems, key=lambda problem: not problem.incomplete)
    if not problems:
        return []
    title = "### Not all could be read" if problems[0].incomplete else "### Worth knowing"
    return [title, _listed(map(_problem, problems), _PROBLEMS)]


def _problem(problem: Problem) -> str:
    word = "**INCOMPLETE**" if problem.incomplete else "note"
    place = f"{code(problem.place(), _NAME)}: " if problem.place() else ""
    return f"- {word}: {place}{text(problem.message, _PROSE)}"


def _effects(results: Results) -> list[str]:
    """Of a plan laid over a fleet: how much it makes worse and better, and what it mends."""
    if not results.changes:
        return []
    better = _listed((f"- {text(line, _PROSE)}" for line in summary.mended(results, Labels(results).of)), _COVERAGE)
    return ["### What the change does", text(summary.effects(results), _PROSE), *([better] if better else [])]


def _since(results: Results) -> list[str]:
    """What became of the results since the baseline: how many of each, and what was lost, fixed and is gone."""
    if results.baseline is None:
        return []
    moved = _listed((f"- {text(line, _PROSE)}" for line in summary.moved(results, Labels(results).of)), _COVERAGE)
    when, counted = summary.since(results)
    return [f"### {text(f'Since the baseline of {when}', _NAME)}", text(counted, _PROSE), *([moved] if moved else [])]


def _findings(results: Results, gate: Gate, most: int) -> list[str]:
    """A table for each policy and severity, as many causes as fit; what does not fit is counted."""
    labels = Labels(results)
    findings = shown(results, gate)
    standing = summary.standing(results, gate)
    foot = [text(standing, _PROSE)] if standing else []
    found = ["### Findings"] if findings or foot else []
    most -= 200 + sum(map(len, foot))  # the heading, and the line that counts what is left out
    kept = 0
    for block in blocks(findings):
        table, count = _block(block, results, labels, most)
        if not count:
            break
        found.append(table)
        most -= len(table) + 2
        kept += count
        if count < len(block.findings):  # what is worse comes first, and nothing is shown after what was cut
            break
    left = len(findings) - kept
    more = [f"**{left:,} more findings are left out here; they are in the json report.**"] if left else []
    return [*found, *more, *foot]


def _block(block: Block, results: Results, labels: Labels, most: int) -> tuple[str, int]:
    """What a policy finds wrong, and how many findings of it were put in."""
    groups = causes(results, block.findings)
    counted = text(noun(len(block.findings), block.policy.resource), _NAME)
    one = ", one cause" if len(groups) == 1 and len(block.findings) > 1 else ""
    head = [
        f"#### FAIL {block.severity} · {code(block.policy.id, _NAME)} · {counted}{one}",
        f"Expected: {text(block.policy.title, _PROSE)}",
    ]
    table = "| cause | where |\n|---|---|"
    more = _help(block)
    most -= sum(len(part) + 2 for part in (*head, table, more))
    rows, _ = fitted((_row(reason, group, results, labels) for reason, group in groups), most)
    if not rows:
        return "", 0
    return "\n\n".join([*head, "\n".join([table, *rows]), more]), sum(len(group) for _, group in groups[: len(rows)])


def _row(reason: str, group: list[Finding], results: Results, labels: Labels) -> str:
    befores = Counter(words for finding in group if (words := was(results, finding)))
    each = len(befores) > 1  # what became of them is not the same: it stands with every name
    names = ", ".join(
        code(labels.of(finding.subject), _NAME) + (f" {text(was(results, finding), _NAME)}" if each else "").rstrip()
        for finding in group[:_NAMES]
    )
    left = len(group) - _NAMES
    names += f" and {left:,} more" if left > 0 else ""
    counts = ((text(words, _PROSE), "" if len(group) == 1 else f"{count:,} ") for words, count in befores.most_common())
    changed = "" if each and left <= 0 else "".join(f"; {count}{words}" for words, count in counts)
    return f"| {text(reason, _PROSE)} | {names}{changed}{_last(reason, group, results)} |"


def _last(reason: str, group: list[Finding], results: Results) -> str:
    """How the last backup of those in the group went, where the reason does not say so itself."""
    found = [results.standings.get(finding.subject.key) for finding in group]
    known = [standing for standing in found if standing is not None and standing.completed is not None]
    if not known or any((standing.time or "-") in reason for standing in known):
        return ""
    completed = sum(standing.completed is True for standing in known)
    if len(group) == 1:
        return f"; the last backup {'completed' if completed else 'did not complete'}"
    return f"; {completed:,} of {len(group):,} completed the last backup"


def _help(block: Block) -> str:
    """Why and how to mend it, folded."""
    policy = block.policy
    source = link(policy.source.get("title", ""), policy.source.get("url", ""))
    parts = ["<details><summary>Why, and how to fix it</summary>", text(policy.why, 2_000)]
    parts += [fenced(policy.fix, 3_000)] if policy.fix else []
    parts += [f"Source: {source}"] if source else []
    return "\n\n".join([*(part for part in parts if part), "</details>"])


def _waived(results: Results) -> list[str]:
    """What is wrong and accepted for a while: by what, and which findings."""
    groups = waived(results)
    if not groups:
        return []
    labels = Labels(results)
    rows, left = fitted((_row_of_waived(waiver, group, labels) for waiver, group in groups), _COVERAGE)
    table = ["| accepted | finding | where |", "|---|---|---|", *rows]
    more = [f"{left:,} more waivers, in the json report"] if left else []
    said = summary.accepted(sum(len(group) for _, group in groups))
    return ["### Waived", f"{said}.", "\n".join(table), *more]


def _row_of_waived(waiver: Waiver, group: list[Finding], labels: Labels) -> str:
    policies = ", ".join(code(name, _NAME) for name in dict.fromkeys(finding.policy.id for finding in group))
    names = ", ".join(
        code(name, _NAME) for name in dict.fromkeys(labels.of(finding.subject) for finding in group[:_NAMES])
    )
    more = f" and {len(group) - _NAMES:,} more" if len(group) > _NAMES else ""
    said = f"{text(summary.granted(waiver), _PROSE)} {code(summary.granted_at(waiver), _NAME)}"
    return f"| {said} | {policies} | {names}{more} |"


def _unknowns(results: Results) -> list[str]:
    lacking = missing(results)
    if not lacking:
        return []
    rows, left = fitted(_rows_of_unknowns(results), _FOOT)
    table = ["| missing | needed by | would settle | get it with |", "|---|---|---|---|", *rows]
    more = [f"{left:,} more things are missing, in the json report"] if left else []
    return ["### Not judged", "Unknown is neither right nor wrong.", "\n".join(table), *more]


def _rows_of_unknowns(results: Results) -> Iterator[str]:
    for entry in missing(results):
        known = need(entry.need, results.run.stage)
        settles = text(", ".join(sorted(entry.policies)), _PROSE)
        counted = text(needing(entry).rsplit(" ", 1)[0], _NAME)
        label = ": ".join([known.label, *(["; ".join(entry.hints)] if entry.hints else [])])
        yield f"| {text(label, _PROSE)} | {counted} | {settles} | {text(known.get, _PROSE)} |"


def _coverage(results: Results) -> list[str]:
    """What was read of each type in each subscription, folded; first what is not whole."""
    entries = [entry for entry in results.run.coverage if entry.announced is not None or entry.needs or entry.error]
    if not entries:
        return []
    entries.sort(key=lambda entry: (not entry.error, not entry.needs))
    rows, left = fitted(map(_entry, entries), _COVERAGE)
    table = ["| subscription | type | read | announced | |", "|---|---|---|---|---|", *rows]
    more = [f"{left:,} more, in the json report"] if left else []
    return ["<details><summary>What was read</summary>", "\n".join(table), *more, "</details>"]


def _entry(entry: Coverage) -> str:
    announced = "" if entry.announced is None else f"{entry.announced:,}"
    doubt = text(entry.error or (f"needs {entry.needs}" if entry.needs else ""), _PROSE)
    kind = entry.type.rsplit("/", 1)[-1]
    return f"| {code(entry.subscription, _NAME)} | {code(kind, _NAME)} | {entry.rows:,} | {announced} | {doubt} |"


def _idle(results: Results) -> list[str]:
    """The policies that judged nobody."""
    lines = (f"- not judged: {text(', '.join(names), _PROSE)} ({said})" for said, names in idle(results).items())
    found = _listed(lines, _FOOT)
    return [found] if found else []
