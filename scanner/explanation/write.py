"""Writes an explanation as text: first what matters, then cause by cause, then how to learn what is not known."""

import re
import shlex
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping

from scanner.explanation.names import filled, filled_in, for_system
from scanner.explanation.tree import SYMPTOM, Branch, Leaf, Tree, likely, rank
from scanner.facts.needs import need
from scanner.language.text import show
from scanner.language.words import epoch
from scanner.model import Evidence, Stage, Unknown
from scanner.reports.parts.texts import clean, fact, noun, shorten
from scanner.rowtypes import BACKUP_GROUP, VM
from scanner.runbook import OTHER, Runbook, Step

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
_NOW = "backup-now"
_LONGEST = 240
"""Characters of one fact that are shown unless all is asked for."""
_NARROW = 64
"""Of a fact on the line of a pass."""
_ON = " " * (len(_AT) + _NAMES + 1)
_FRACTION = re.compile(r"\.\d+(?=Z|[+-]|$)")


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
    """The explanation. `full`: every fact, reason and step; `asked`: what is known of the error that was given."""
    page = _Page()
    searching = full or bool(asked) or _failed(tree)
    _head(page, tree)
    if asked:
        page.add()
        page.wrap(asked, "", "  ")
    _summary(page, tree)
    for branch in tree.branches:
        _branch(page, tree, branch, full=full, searching=searching)
    if tree.results.run.stage != "plan":
        _collect(page, tree, book)
        _on_demand(page, tree, book)
    return "\n".join(page.lines) + "\n"


def _failed(tree: Tree) -> bool:
    """Whether its backups are known to fail: then there is something to find."""
    return any(leaf.policy.cause == SYMPTOM for leaf in (*tree.leaves("fail"), *tree.aside) if leaf.verdict == "fail")


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
    known = [tree.fact("os.type"), tree.fact("power.state"), tree.fact("location"), _protection(tree)]
    page.wrap(" · ".join(filter(None, known)), "", "  ")
    standing = tree.results.standings.get(tree.subject.key)
    if standing is not None and standing.time:
        page.add(f"last backup: {standing.status or 'how it ended is not known'} at {_FRACTION.sub('', standing.time)}")
    elif tree.told.get("backup.never") is True:
        page.add("last backup: none has run yet")
    if tree.results.run.stage != "plan" and tree.subject.subscription:
        page.add(f"commands below are for: az account set --subscription {shlex.quote(tree.subject.subscription)}")


def _protection(tree: Tree) -> str:
    standing = tree.results.standings.get(tree.subject.key)
    if standing is None or standing.protected is not True:
        said = {False: "not protected", None: "not known to be protected"}
        return "" if standing is None or standing.protected else said[standing.protected]
    vault, policy = (tree.fact(f"backup.{name}").rsplit("/", 1)[-1] for name in ("vault", "policy"))
    in_vault = f" in vault {vault}" if vault else ""
    by_policy = f" by backup policy {policy}" if policy else ""
    state = tree.fact("backup.state")
    odd = f" (its state: {state})" if state and state.lower() != "protected" else ""
    return f"protected{in_vault}{by_policy}{odd}"


def _guest(tree: Tree) -> str:
    """When somebody looked inside the guest, or why what was seen there is not known."""
    seen = tree.told.get("guest.collected_at")
    if isinstance(seen, Unknown):
        return seen.reason
    if not isinstance(seen, str):
        return "not known"
    by = f" by {source}" if (source := tree.fact("guest.source")) else ""
    return f"seen at {seen}{by}{_before(seen, tree.results.run.taken_at)}"


def _before(seen: str, taken: str) -> str:
    one, other = epoch(seen), epoch(taken)
    if one is None or other is None or other < one:
        return ""
    hours = round((other - one) / 3600)
    said = f"{hours} hours" if hours < 48 else f"{hours // 24} days"
    return f", {said} before the rows were taken" if hours > 1 else ""


# What matters


def _summary(page: _Page, tree: Tree) -> None:
    wrong, unknown, fine = (tree.leaves(verdict) for verdict in ("fail", "unknown", "pass"))
    page.add()
    page.wrap(_counted(wrong), f"WRONG      {len(wrong):<3}")
    page.wrap(_counted(unknown), f"NOT KNOWN  {len(unknown):<3}")
    page.wrap(", ".join(leaf.policy.id for leaf in fine), f"FINE       {len(fine):<3}")
    if excused := tree.leaves("not-applicable"):
        page.wrap(", ".join(leaf.policy.id for leaf in excused), f"N/A        {len(excused):<3}")
    if aside := [leaf.policy.id for leaf in tree.aside if leaf.verdict == "fail"]:
        page.add()
        page.wrap(f"wrong too, though it does not speak to that error: {', '.join(aside)}; see all without --error", "")
    page.add()
    _first(page, tree, wrong, unknown)


def _counted(leaves: Iterable[Leaf]) -> str:
    return ", ".join(f"{leaf.policy.id} ({leaf.outcome.severity}{_whose(leaf)})" for leaf in leaves)


def _whose(leaf: Leaf) -> str:
    """Of whom a verdict is that is not the resource's own: ", group as-web"."""
    if leaf.own:
        return ""
    kind = "group" if leaf.subject.type == BACKUP_GROUP else noun(1, leaf.subject.type).removeprefix("1 ")
    return f", {kind} {leaf.subject.name}{'' if leaf.touches else ', others of it'}"


def _first(page: _Page, tree: Tree, wrong: list[Leaf], unknown: list[Leaf]) -> None:
    """Where to look first, and why there."""
    standing = tree.results.standings.get(tree.subject.key)
    causes = [leaf for leaf in wrong if likely(leaf)]
    doubts = [leaf for leaf in unknown if likely(leaf)]
    if causes:
        leaf = causes[0]
        page.wrap(f"{leaf.policy.id}{_whose(leaf)}: {leaf.outcome.cause()[0]}", "most likely  ")
        said = _why_first(causes, doubts)
        if standing is not None and standing.completed:
            said += "; the last backup completed all the same, so it does not stop every one"
        page.wrap(said, "  why first  ")
        page.wrap(leaf.policy.why, "  effect     ")
        return
    if wrong:
        said = f"{wrong[0].policy.id}: {wrong[0].outcome.cause()[0]}"
        page.wrap(f"{said}; what caused it is not among what is known to be wrong", "", "  ")
    elif standing is not None and standing.protected is False:
        page.wrap(
            "Azure Backup does not protect it: no snapshot of it is taken, so nothing can be in its way", "", "  "
        )
    elif not unknown:
        page.wrap(_all_well(tree), "", "  ")
    if doubts:
        leaf = doubts[0]
        said = f"{leaf.policy.id}{_whose(leaf)}, which is not known: {leaf.outcome.reason}"
        page.wrap(said, "look first at  ")


def _all_well(tree: Tree) -> str:
    """What may be said where nothing that is shown is wrong or unknown."""
    if tree.aside:
        return "no policy that speaks to that error finds anything wrong"
    if not tree.leaves("pass"):
        return "no policy applies to it"
    return "nothing that was judged stands in the way of its next snapshot"


def _why_first(causes: list[Leaf], doubts: list[Leaf]) -> str:
    leaf, *others = causes
    if not others:
        said = "the only cause that is known to be there"
    elif others[0].outcome.severity != leaf.outcome.severity:
        said = f"of the {len(causes)} causes that are there, the only one of severity {leaf.outcome.severity}"
    elif others[0].policy.cause != leaf.policy.cause:
        said = f"of the {len(causes)} causes that are there, the one whose check comes first"
    else:
        said = f"one of {len(causes)} causes that are there and weigh the same"
    graver = [doubt.policy.id for doubt in doubts if rank(doubt) < rank(leaf)]
    return said + (f"; not known, and graver if wrong: {', '.join(graver)}" if graver else "")


# Cause by cause


def _branch(page: _Page, tree: Tree, branch: Branch, *, full: bool, searching: bool) -> None:
    counts = [f"{len(found)} {word}" for word, found in _verdicts(branch) if found]
    page.add()
    number = "" if branch.cause.number == OTHER else f"{branch.cause.number}  "
    page.add(f"{number}{branch.cause.title.upper()}  {branch.cause.asks}  {', '.join(counts)}")
    for leaf in (*branch.of("fail"), *branch.of("unknown")):
        _whole(page, tree, leaf, full)
    for leaf in branch.of("pass"):
        if full:
            _whole(page, tree, leaf, full)
        else:
            _passed(page, leaf)
    _excused(page, branch.of("not-applicable"), full)
    if tree.results.run.stage == "plan" or tree.subject.type != VM:
        return
    if branch.of("fail") or (searching and (branch.troubled() or full or not any(map(likely, tree.leaves("fail"))))):
        _look(page, tree, branch)


def _verdicts(branch: Branch) -> Iterable[tuple[str, list[Leaf]]]:
    yield "wrong", branch.of("fail")
    yield "not known", branch.of("unknown")
    if not branch.troubled():
        yield "fine", branch.of("pass")


def _passed(page: _Page, leaf: Leaf) -> None:
    """A pass in a line: what decided it."""
    said = [_short(piece) for piece in leaf.facts if not piece.unknown]
    page.wrap(f"{leaf.policy.id:<{_NAMES}} {'; '.join(said) or leaf.policy.title}{_whose(leaf)}", "  pass     ", _ON)


def _short(piece: Evidence) -> str:
    if piece.fact.endswith(")") and isinstance(piece.value, list) and piece.value:
        return show(piece.value[0])
    return shorten(f"{piece.fact} = {show(piece.value)}", _NARROW)


def _excused(page: _Page, leaves: list[Leaf], full: bool) -> None:
    """What does not apply, those with one reason on one line."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        reasons[leaf.outcome.reason].append(leaf.policy.id)
    for reason, names in reasons.items():
        line = f"  n/a      {_named(names)}{reason}"
        if full:
            page.wrap(line.strip(), "  ", _ON)
        else:
            page.add(shorten(clean(line), _WIDTH))


def _named(names: list[str]) -> str:
    return f"{names[0]:<{_NAMES}} " if len(names) == 1 else f"{', '.join(names)}: "


def _whole(page: _Page, tree: Tree, leaf: Leaf, full: bool) -> None:
    """A verdict with its reason, the facts that decide, and the way out."""
    word = _WORDS[leaf.verdict]
    severity = f"{leaf.outcome.severity}{_whose(leaf)}"
    page.wrap(f"{leaf.policy.id} ({severity})  {leaf.policy.title}", f"  {word:<9}", _AT)
    if leaf.verdict != "pass":
        page.wrap(leaf.outcome.reason, f"{_AT}because ", f"{_AT}        ")
    if not leaf.touches:
        page.add(f"{_AT}        {tree.subject.name} itself is not among them")
    for piece in leaf.outcome.evidence if full else filter(leaf.adds, leaf.facts):
        _told(page, piece, full, leaf.outcome.reason)
    if full and leaf.verdict != "pass":
        page.wrap(leaf.policy.why, f"{_AT}why     ", f"{_AT}        ")
    if leaf.verdict == "fail" or (full and leaf.verdict == "unknown"):
        lines = leaf.policy.fix.splitlines() if full else for_system(leaf.policy.fix, tree.fact("os.type"))
        text = "\n".join(lines)
        if tree.results.run.stage != "plan":
            text = filled_in(text, tree.names)
        for number, line in enumerate(text.splitlines()):
            page.add(f"{_AT}{'        ' if number else 'fix     '}{line}")


def _told(page: _Page, piece: Evidence, full: bool, reason: str) -> None:
    """A fact on a line; of a word's witness what it says, unless the reason has, and each step it took."""
    if not piece.fact.endswith(")") or not isinstance(piece.value, list):
        line = fact(piece)
        page.wrap(line if full else _cut(line, piece.source), _AT, f"{_AT}  ")
        return
    said, *steps = map(show, piece.value)
    if full or not steps or said not in reason:
        page.wrap(f"{piece.fact}: {said}   [{piece.source}]", _AT, f"{_AT}  ")
    else:
        page.wrap(f"{piece.fact}   [{piece.source}]", _AT, f"{_AT}  ")
    for step in steps:
        page.wrap(step, f"{_AT}  · ", f"{_AT}    ")


def _cut(line: str, source: str) -> str:
    """A long fact without its middle; its source stays."""
    return line if len(line) <= _LONGEST else f"{shorten(line, _LONGEST)}   [{source}]"


def _look(page: _Page, tree: Tree, branch: Branch) -> None:
    """Which logs to pull, and what else to do about a cause."""
    system = tree.fact("os.type")
    logs = [log for log in branch.cause.logs if not (log.os and system) or log.os == system]
    for number, log in enumerate(logs):
        where = f"{log.at}" if system or not log.os else f"{log.at} ({log.os})"
        page.wrap(f"{where}: {log.find}", f"{_AT}{'        ' if number else 'logs    '}", f"{_AT}          ")
    steps = [step for step in branch.cause.steps if not (step.os and system) or step.os == system]
    for number, step in enumerate(steps):
        _step(page, tree, step, f"{_AT}{'        ' if number else 'check   '}")


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
    if any(_NOW in leaf.policy.fix for leaf in tree.leaves("fail")):  # said already
        return
    page.add()
    page.add("THEN")
    _step(page, tree, book.on_demand, "  ")
