"""Writes an explanation as text: first what matters, then cause by cause, then how to learn what is not known."""

import shlex
from collections import defaultdict

from scanner.explanation.branches import write_branch
from scanner.explanation.names import filled
from scanner.explanation.page import Page, step_on
from scanner.explanation.summary import write_head, write_summary
from scanner.explanation.tree import Leaf, Tree
from scanner.facts.needs import need
from scanner.rowtypes import BACKUP_GROUP
from scanner.runbook import Collect, Runbook

_NOW = "backup-now"


def write(tree: Tree, book: Runbook, *, full: bool = False, asked: str = "") -> str:
    """The explanation. `full`: every fact, reason and step; `asked`: what is known of the error that was given."""
    page = Page()
    searching = full or bool(asked) or _failed(tree)
    write_head(page, tree)
    if asked:
        page.add()
        page.wrap(asked, "", "  ")
    write_summary(page, tree)
    for branch in tree.branches:
        write_branch(page, tree, branch, full=full, searching=searching)
    _collect(page, tree, book)
    if tree.results.run.stage != "plan":
        _on_demand(page, tree, book)
    return "\n".join(page.lines) + "\n"


def _failed(tree: Tree) -> bool:
    """Whether its backups are known to fail: then there is something to find."""
    return any(leaf.symptom for leaf in (*tree.leaves("fail"), *tree.aside) if leaf.verdict == "fail")


def _collect(page: Page, tree: Tree, book: Runbook) -> None:
    """What would settle the unknowns, with the commands that get it, each once; of a plan there is nothing to get."""
    stage = tree.results.run.stage
    labels: dict[tuple[str, Collect | str], dict[str, None]] = defaultdict(dict)
    policies: dict[tuple[str, Collect | str], dict[str, None]] = defaultdict(dict)
    for leaf in tree.leaves("unknown"):
        for name in leaf.outcome.needs or ("",):
            known = need(name, stage)
            way = (book.collect.get(name) if stage != "plan" else None) or known.get
            about = _asked_of(leaf) if isinstance(way, Collect) and way.asks_the_subject() else ""
            labels[about, way][known.label] = None
            policies[about, way][leaf.policy.id] = None
    if labels:
        page.add()
        page.add("TO LEARN WHAT IS NOT KNOWN")
    for (about, way), label in labels.items():
        page.wrap(f"{', '.join(label)}, for {', '.join(policies[about, way])}", "  ", "    ")
        if isinstance(way, str):
            page.wrap(way, "    ", "      ")
            continue
        system = tree.fact("os.type")
        for step in way.steps:
            if (about or not way.asks_the_subject()) and not (step.os and system and step.os != system):
                step_on(page, tree, step, "    ", {"SUBJECT-ID": shlex.quote(about)})
        page.wrap(filled(way.then, tree.names), "    ", "      ")


def _asked_of(leaf: Leaf) -> str:
    """The id that Azure can be asked for; of a group made of VMs there is none."""
    return "" if leaf.subject.type == BACKUP_GROUP else leaf.subject.id


def _on_demand(page: Page, tree: Tree, book: Runbook) -> None:
    """One backup now, where something is wrong and the VM is protected."""
    standing = tree.results.standings.get(tree.subject.key)
    if standing is None or not standing.protected or not tree.leaves("fail"):
        return
    if any(_NOW in leaf.policy.fix for leaf in tree.leaves("fail")):  # said already
        return
    page.add()
    page.add("THEN")
    step_on(page, tree, book.on_demand, "  ")
