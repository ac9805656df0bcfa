"""Writes one cause of an explanation: its verdicts with the facts that decide and the fix, the logs and checks."""

from collections import defaultdict
from collections.abc import Iterable

from scanner.explanation.names import filled_in, for_system
from scanner.explanation.page import AT, WIDTH, Page, step_on, whose
from scanner.explanation.tree import Branch, Leaf, Tree, likely
from scanner.language.text import show
from scanner.model import Evidence
from scanner.reports.parts.summary import granted, granted_at
from scanner.reports.parts.texts import clean, fact, shorten
from scanner.rowtypes import VM
from scanner.runbook import OTHER

_NAMES = 28
"""Columns that a policy's id has on a line of its own."""
_ON = " " * (len(AT) + _NAMES + 1)
_NARROW = WIDTH - len(_ON)
"""Characters of one fact on the line of a pass."""
_LONGEST = 240
"""Characters of one fact that are shown unless all is asked for."""
_WORDS = {"fail": "FAIL", "unknown": "unknown", "pass": "pass"}


def write_branch(page: Page, tree: Tree, branch: Branch, *, full: bool, searching: bool) -> None:
    counts = [f"{len(found)} {word}" for word, found in _verdicts(branch) if found]
    page.add()
    number = "" if branch.cause.number == OTHER else f"{branch.cause.number}  "
    page.add(f"{number}{branch.cause.title.upper()}  {branch.cause.asks}  {', '.join(counts)}")
    for leaf in (*branch.of("fail"), *branch.of("unknown"), *branch.of("pass")):
        if full or leaf.verdict == "fail":
            _whole(page, tree, leaf, full)
        elif leaf.verdict == "unknown":
            said = f"{leaf.policy.id} ({leaf.outcome.severity}{whose(leaf)})  {leaf.outcome.reason}"
            page.wrap(said, "  unknown  ", f"{AT}  ")
        else:
            _passed(page, leaf)
    _excused(page, branch.of("not-applicable"), full)
    if tree.results.run.stage == "plan" or tree.subject.type != VM:
        return
    causes = [leaf for leaf in tree.leaves("fail") if likely(leaf)]
    wrong = any(leaf.symptom or leaf in causes for leaf in branch.of("fail"))
    if _about_backups(branch):
        wrong = any(leaf.symptom for leaf in branch.of("fail"))
    elif searching:
        wrong = wrong or branch.troubled() or not causes
    if full or wrong:
        _look(page, tree, branch)


def _about_backups(branch: Branch) -> bool:
    """Whether it tells how backups went, of which there is something to look at only where one failed."""
    return any(leaf.symptom for leaf in branch.leaves)


def _verdicts(branch: Branch) -> Iterable[tuple[str, list[Leaf]]]:
    yield "wrong", branch.of("fail")
    yield "not known", branch.of("unknown")
    if not branch.troubled():
        yield "fine", branch.of("pass")


def _passed(page: Page, leaf: Leaf) -> None:
    """A pass in a line: what decided it."""
    said = [_short(piece) for piece in leaf.facts if not piece.unknown]
    page.wrap(f"{leaf.policy.id:<{_NAMES}} {'; '.join(said) or leaf.policy.title}{whose(leaf)}", "  pass     ", _ON)


def _short(piece: Evidence) -> str:
    if piece.fact.endswith(")") and isinstance(piece.value, list) and piece.value:
        return show(piece.value[0])
    return shorten(f"{piece.fact} = {show(piece.value)}", _NARROW)


def _excused(page: Page, leaves: list[Leaf], full: bool) -> None:
    """What does not apply, those with one reason on one line."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        reasons[leaf.outcome.reason].append(leaf.policy.id)
    for reason, names in reasons.items():
        line = f"  n/a      {_named(names)}{reason}"
        if full or len(names) > 1:
            page.wrap(line.strip(), "  ", AT)
        else:
            page.add(shorten(clean(line), WIDTH))


def _named(names: list[str]) -> str:
    return f"{names[0]:<{_NAMES}} " if len(names) == 1 else f"{', '.join(names)}: "


def _whole(page: Page, tree: Tree, leaf: Leaf, full: bool) -> None:
    """A verdict with its reason, the facts that decide, and the way out."""
    word = _WORDS[leaf.verdict]
    scopes = next((judged.scopes for judged in tree.results.judged if judged.policy is leaf.policy), {})
    scope = scopes.get(leaf.subject.key)
    severity = f"{leaf.outcome.severity}{whose(leaf)}{f', scope {scope}' if scope else ''}"
    page.wrap(f"{leaf.policy.id} ({severity})  {leaf.policy.title}", f"  {word:<9}", AT)
    if leaf.verdict != "pass":
        page.wrap(leaf.outcome.reason, f"{AT}because ", f"{AT}        ")
    waiver = tree.results.waivers.get((leaf.policy.id, leaf.subject.key))
    if waiver is not None:
        page.wrap(f"{granted(waiver)}   [{granted_at(waiver)}]", f"{AT}waived  ", f"{AT}        ")
    if not leaf.touches:
        page.add(f"{AT}        {tree.subject.name} itself is not among them")
    for piece in leaf.outcome.evidence if full else filter(leaf.adds, leaf.facts):
        _told(page, piece, full, leaf.outcome.reason)
    if full and leaf.verdict != "pass":
        page.wrap(leaf.policy.why, f"{AT}why     ", f"{AT}        ")
    if leaf.verdict == "fail" or (full and leaf.verdict == "unknown"):
        lines = leaf.policy.fix.splitlines() if full else for_system(leaf.policy.fix, tree.fact("os.type"))
        text = "\n".join(lines)
        if tree.results.run.stage != "plan":
            text = filled_in(text, tree.names)
        for number, line in enumerate(text.splitlines()):
            page.add(f"{AT}{'        ' if number else 'fix     '}{line}")


def _told(page: Page, piece: Evidence, full: bool, reason: str) -> None:
    """A fact on a line; of a word's witness what it says, unless the reason has, and each step it took."""
    if not piece.fact.endswith(")") or not isinstance(piece.value, list):
        line = fact(piece)
        page.wrap(line if full else _cut(line, piece.source), AT, f"{AT}  ")
        return
    said, *steps = map(show, piece.value)
    if full or not steps or said not in reason:
        page.wrap(f"{piece.fact}: {said}   [{piece.source}]", AT, f"{AT}  ")
    else:
        page.wrap(f"{piece.fact}   [{piece.source}]", AT, f"{AT}  ")
    for step in steps:
        page.wrap(step, f"{AT}  · ", f"{AT}    ")


def _cut(line: str, source: str) -> str:
    """A long fact without its end; its source stays."""
    return line if len(line) <= _LONGEST else f"{shorten(line, _LONGEST)}   [{source}]"


def _look(page: Page, tree: Tree, branch: Branch) -> None:
    """Which logs to pull, and what else to do about a cause."""
    system = tree.fact("os.type")
    logs = [log for log in branch.cause.logs if not (log.os and system) or log.os == system]
    for number, log in enumerate(logs):
        where = f"{log.at}" if system or not log.os else f"{log.at} ({log.os})"
        page.wrap(f"{where}: {log.find}", f"{AT}{'        ' if number else 'logs    '}", f"{AT}          ")
    steps = [step for step in branch.cause.steps if not (step.os and system) or step.os == system]
    for number, step in enumerate(steps):
        step_on(page, tree, step, f"{AT}{'        ' if number else 'check   '}")
