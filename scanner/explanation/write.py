"""Writes an explanation as text: first what matters, then cause by cause, then how to learn what is not known."""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping

from scanner.explanation.names import filled, filled_in, for_system
from scanner.explanation.tree import Branch, Leaf, Tree, likely
from scanner.facts.needs import need
from scanner.language.text import show
from scanner.language.words import epoch
from scanner.model import Evidence, Stage, Unknown
from scanner.reports.parts.texts import clean, fact, noun, shorten
from scanner.rowtypes import BACKUP_GROUP, VM
from scanner.runbook import Runbook, Step

_WIDTH = 100
_NAMES = 24
"""Columns that a policy's id has on a line of its own."""
_WHEN: Mapping[Stage, str] = {
    "live": "rows taken {}",
    "overlay": "rows taken {}, with the plan laid over them",
    "plan": "as it would be deployed",
}
_WORDS = {"fail": "FAIL", "unknown": "unknown", "pass": "pass", "not-applicable": "n/a"}
_AT = "           "


class _Page:
    """The lines so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str = "") -> None:
        self.lines.append(clean(text).rstrip())

    def wrap(self, text: str, first: str, rest: str | None = None) -> None:
        """`text` in lines of the page's width; a word that is longer than that stays whole, to be copied."""
        rest = " " * len(first) if rest is None else rest
        self.lines += textwrap.wrap(
            clean(text),
            _WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
            break_long_words=False,
        )


def write(tree: Tree, book: Runbook, *, full: bool = False, asked: str = "") -> str:
    """The explanation. `full`: every fact, reason and step; `asked`: the error that narrows the tree, as it is known."""
    page = _Page()
    _head(page, tree)
    if asked:
        page.add()
        page.wrap(asked, "", "  ")
    _summary(page, tree)
    for branch in tree.branches:
        _branch(page, tree, branch, full)
    if tree.results.run.stage != "plan":
        _collect(page, tree, book)
        _on_demand(page, tree, book)
    return "\n".join(page.lines) + "\n"


# What it is


def _head(page: _Page, tree: Tree) -> None:
    results, subject = tree.results, tree.subject
    page.add(f"{subject.name} ({subject.resource_group}, subscription {subject.subscription})")
    page.add(subject.id)
    origin = results.origins.get(subject.key)
    if origin:
        page.add(f"written at {origin.place()}")
    taken = {"header": "", "option": ", as --taken-at says", "clock": ", as nothing says when"}[results.run.taken_from]
    page.add(_WHEN[results.run.stage].format(f"{results.run.taken_at}{taken}"))
    if subject.type == VM:
        _machine(page, tree)


def _machine(page: _Page, tree: Tree) -> None:
    if tree.results.run.stage != "plan":
        page.wrap(_guest(tree), "inside the guest: ", "  ")
    known = [tree.fact("os.type"), tree.fact("power.state"), tree.fact("location")]
    standing = tree.results.standings.get(tree.subject.key)
    if standing is not None:
        protected = {True: "protected", False: "not protected", None: "not known to be protected"}[standing.protected]
        vault, policy = (tree.fact(f"backup.{name}").rsplit("/", 1)[-1] for name in ("vault", "policy"))
        in_vault = f" in vault {vault}" if vault else ""
        by_policy = f" by backup policy {policy}" if policy else ""
        known.append(f"{protected}{in_vault if standing.protected else ''}{by_policy if standing.protected else ''}")
        if standing.time:
            known.append(f"last backup {standing.status or 'not known'} at {standing.time}")
    page.wrap(" · ".join(filter(None, known)), "", "  ")


def _guest(tree: Tree) -> str:
    """When somebody looked inside the guest, or why what was seen there is not known."""
    seen = tree.told.get("guest.collected_at")
    if isinstance(seen, Unknown):
        return seen.reason
    if not isinstance(seen, str):
        return "not known"
    before = _before(seen, tree.results.run.taken_at)
    by = f", by {source}" if (source := tree.fact("guest.source")) else ""
    return f"seen {seen}{before}{by}"


def _before(seen: str, taken: str) -> str:
    one, other = epoch(seen), epoch(taken)
    if one is None or other is None or other < one:
        return ""
    hours = round((other - one) / 3600)
    return f", {hours} hours before" if 1 < hours < 48 else f", {hours // 24} days before" if hours >= 48 else ""


# What matters


def _summary(page: _Page, tree: Tree) -> None:
    wrong, unknown, fine = (tree.leaves(verdict) for verdict in ("fail", "unknown", "pass"))
    page.add()
    page.wrap(_counted(tree, wrong), f"WRONG      {len(wrong):<3}")
    page.wrap(_counted(tree, unknown), f"NOT KNOWN  {len(unknown):<3}")
    page.wrap(", ".join(leaf.policy.id for leaf in fine), f"FINE       {len(fine):<3}")
    if excused := tree.leaves("not-applicable"):
        page.wrap(", ".join(leaf.policy.id for leaf in excused), f"N/A        {len(excused):<3}")
    if aside := [leaf.policy.id for leaf in tree.aside if leaf.verdict == "fail"]:
        page.add()
        page.wrap(f"wrong too, though it does not speak to that error: {', '.join(aside)}; see all without --error", "")
    page.add()
    _first(page, tree, wrong, unknown)


def _counted(tree: Tree, leaves: Iterable[Leaf]) -> str:
    return ", ".join(f"{leaf.policy.id} ({leaf.outcome.severity}{_whose(tree, leaf)})" for leaf in leaves)


def _whose(tree: Tree, leaf: Leaf) -> str:
    """Of whom a verdict is that is not the resource's own: ", group as-web"."""
    if leaf.own:
        return ""
    kind = "group" if leaf.subject.type == BACKUP_GROUP else noun(1, leaf.subject.type).removeprefix("1 ")
    return f", {kind} {leaf.subject.name}"


def _first(page: _Page, tree: Tree, wrong: list[Leaf], unknown: list[Leaf]) -> None:
    """Where to look first, and why there."""
    standing = tree.results.standings.get(tree.subject.key)
    causes = [leaf for leaf in wrong if likely(leaf)]
    doubts = [leaf for leaf in unknown if likely(leaf)]
    if causes:
        leaf = causes[0]
        page.wrap(f"{leaf.policy.id}{_whose(tree, leaf)}: {leaf.outcome.cause()[0]}", "most likely  ", "             ")
        page.wrap(leaf.policy.why, "             ", "             ")
        page.wrap(_why_first(causes, doubts), "             ", "             ")
        if standing is not None and standing.completed:
            page.wrap("its last backup completed all the same: this need not have stopped one yet", " " * 13)
        return
    if wrong:
        said = f"{wrong[0].policy.id}: {wrong[0].outcome.cause()[0]}"
        page.wrap(said, "no cause of it is known  ", "  ")
    elif not unknown:
        page.wrap("nothing that was judged stands in the way of its next snapshot", "", "  ")
    if doubts:
        leaf = doubts[0]
        said = f"{leaf.policy.id}{_whose(tree, leaf)}, which is not known: {leaf.outcome.reason}"
        page.wrap(said, "look first at  ", "               ")


def _why_first(causes: list[Leaf], doubts: list[Leaf]) -> str:
    leaf, *others = causes
    if not others:
        said = "it is the only cause known to be there"
    elif others[0].outcome.severity != leaf.outcome.severity:
        said = f"first, as it is of severity {leaf.outcome.severity} and the others are not"
    elif others[0].policy.cause != leaf.policy.cause:
        said = f"first of {len(causes)}, as its check comes before the others"
    else:
        said = f"one of {len(causes)} that weigh the same"
    graver = sum(doubt.policy.cause < leaf.policy.cause for doubt in doubts)
    return said + (f"; of what is not known, {graver} would come before it" if graver else "")


# Cause by cause


def _branch(page: _Page, tree: Tree, branch: Branch, full: bool) -> None:
    counts = [f"{len(found)} {word}" for word, found in _verdicts(branch) if found]
    page.add()
    number = "" if branch.cause.number == 9 else f"{branch.cause.number}  "
    page.add(f"{number}{branch.cause.title.upper()}  {branch.cause.asks}  {', '.join(counts)}")
    for leaf in branch.leaves:
        if leaf.verdict in ("fail", "unknown") or (full and leaf.verdict == "pass"):
            _whole(page, tree, leaf, full)
        elif leaf.verdict == "pass":
            _passed(page, tree, leaf)
    _excused(page, branch.of("not-applicable"), full)
    if tree.results.run.stage != "plan" and tree.subject.type == VM and (full or branch.troubled()):
        _look(page, tree, branch)


def _verdicts(branch: Branch) -> Iterable[tuple[str, list[Leaf]]]:
    yield "wrong", branch.of("fail")
    yield "not known", branch.of("unknown")
    if not branch.troubled():
        yield "fine", branch.of("pass")


def _passed(page: _Page, tree: Tree, leaf: Leaf) -> None:
    """A pass on one line: what it stood on."""
    said = [_short(piece) for piece in leaf.facts if not piece.unknown] or [leaf.policy.title]
    words = [piece for piece in said if "(" in piece.split(":")[0]]
    line = f"  pass     {leaf.policy.id:<{_NAMES}} {'; '.join(words or said)}{_whose(tree, leaf)}"
    page.add(shorten(clean(line), _WIDTH))


def _short(piece: Evidence) -> str:
    if piece.fact.endswith(")") and isinstance(piece.value, list) and piece.value:
        return f"{piece.fact}: {show(piece.value[0])}"
    return f"{piece.fact} = {show(piece.value)}"


def _excused(page: _Page, leaves: list[Leaf], full: bool) -> None:
    """What does not apply, those with one reason on one line."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        reasons[leaf.outcome.reason].append(leaf.policy.id)
    for reason, names in reasons.items():
        line = f"  n/a      {', '.join(names):<{_NAMES}} {reason}"
        if full:
            page.wrap(line.strip(), "  ", _AT)
        else:
            page.add(shorten(clean(line), _WIDTH))


def _whole(page: _Page, tree: Tree, leaf: Leaf, full: bool) -> None:
    """A verdict with its reason, the facts that decide, and the way out."""
    word = _WORDS[leaf.verdict]
    severity = f"{leaf.outcome.severity}{_whose(tree, leaf)}"
    page.wrap(f"{leaf.policy.id} ({severity})  {leaf.policy.title}", f"  {word:<9}", _AT)
    if leaf.verdict != "pass":
        page.wrap(leaf.outcome.reason, f"{_AT}because ", f"{_AT}        ")
    shown = leaf.outcome.evidence if full else leaf.facts
    if leaf.verdict == "unknown" and not full:  # the reason says why it is not known
        shown = tuple(piece for piece in shown if not piece.unknown)
    for piece in shown:
        _told(page, piece)
    if full and leaf.verdict != "pass":
        page.wrap(leaf.policy.why, f"{_AT}why     ", f"{_AT}        ")
    if leaf.verdict == "fail" or (full and leaf.verdict == "unknown"):
        lines = leaf.policy.fix.splitlines() if full else for_system(leaf.policy.fix, tree.fact("os.type"))
        text = "\n".join(lines)
        if tree.results.run.stage != "plan":
            text = filled_in(text, tree.names)
        for number, line in enumerate(text.splitlines()):
            page.add(f"{_AT}{'        ' if number else 'fix     '}{line}")


def _told(page: _Page, piece: Evidence) -> None:
    """A fact on a line; of a word's witness, what it says and then each step it took on a line of its own."""
    if not piece.fact.endswith(")") or not isinstance(piece.value, list):
        page.wrap(fact(piece), f"{_AT}", f"{_AT}  ")
        return
    said, *steps = map(show, piece.value)
    page.wrap(f"{piece.fact}: {said}   [{piece.source}]", _AT, f"{_AT}  ")
    for step in steps:
        page.wrap(step, f"{_AT}  · ", f"{_AT}    ")


def _look(page: _Page, tree: Tree, branch: Branch) -> None:
    """Which logs to pull, and what else to do about a cause."""
    system = tree.fact("os.type")
    logs = [log for log in branch.cause.logs if not (log.os and system) or log.os == system]
    for number, log in enumerate(logs):
        where = f"{log.at}" if system or not log.os else f"{log.at} ({log.os})"
        page.wrap(f"{where}: {log.find}", f"{_AT}{'        ' if number else 'logs    '}", f"{_AT}          ")
    steps = [step for step in branch.cause.steps if not (step.os and system) or step.os == system]
    for number, step in enumerate(steps):
        _step(page, tree, step, f"{_AT}{'        ' if number else 'look    '}")


def _step(page: _Page, tree: Tree, step: Step, first: str) -> None:
    rest = " " * len(first)
    said = step.say if tree.fact("os.type") or not step.os else f"{step.os}: {step.say}"
    if said:
        page.wrap(f"{said}:" if step.run else said, first, rest)
    if step.run:
        inside = step.os == "Windows" and not step.run.startswith(("az ", "snapready "))
        prompt = "PS> " if inside else "$ "
        page.add(f"{rest if said else first}{prompt}{filled(step.run, tree.names)}")


# What is not known


def _collect(page: _Page, tree: Tree, book: Runbook) -> None:
    """What would settle the unknowns, with the commands that get it, each once."""
    needs: dict[str, list[str]] = defaultdict(list)
    for leaf in tree.leaves("unknown"):
        for name in leaf.outcome.needs or ("",):
            needs[name].append(leaf.policy.id)
    for number, (name, policies) in enumerate(sorted(needs.items())):
        if not number:
            page.add()
            page.add("TO LEARN WHAT IS NOT KNOWN")
        known = need(name, tree.results.run.stage)
        page.wrap(f"{known.label}, for {', '.join(dict.fromkeys(policies))}", "  ", "    ")
        way = book.collect.get(name)
        if way is None:
            page.wrap(known.get, "    ", "      ")
            continue
        for step in way.steps:
            _step(page, tree, step, "    ")
        page.wrap(way.then, "    ", "      ")


def _on_demand(page: _Page, tree: Tree, book: Runbook) -> None:
    """One backup now, where something is wrong and the VM is protected."""
    standing = tree.results.standings.get(tree.subject.key)
    if standing is None or not standing.protected or not tree.leaves("fail"):
        return
    page.add()
    page.add("THEN")
    _step(page, tree, book.on_demand, "  ")
