"""The page an explanation is written on, and the ways several parts of it are worded."""

import textwrap
from collections.abc import Mapping

from scanner.explanation.names import filled
from scanner.explanation.tree import Leaf, Tree
from scanner.reports.parts.texts import clean, noun
from scanner.rowtypes import BACKUP_GROUP
from scanner.runbook import Step

WIDTH = 100
AT = "           "
"""What stands before all that belongs to a verdict."""


class Page:
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
            WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
            break_long_words=False,
        )


def whose(leaf: Leaf) -> str:
    """Of whom a verdict is that is not the resource's own: ", group as-web"."""
    if leaf.own:
        return ""
    kind = "group" if leaf.subject.type == BACKUP_GROUP else noun(1, leaf.subject.type).removeprefix("1 ")
    return f", {kind} {leaf.subject.name}{'' if leaf.touches else ', others of it'}"


def step_on(page: Page, tree: Tree, step: Step, first: str, more: Mapping[str, str] | None = None) -> None:
    rest = " " * len(first)
    said = step.say if tree.fact("os.type") or not step.os else f"{step.os}: {step.say}"
    if said:
        page.wrap(f"{said}:" if step.run else said, first, rest)
    if step.run:
        inside = step.os == "Windows" and not step.run.startswith(("az ", "snapready "))
        prompt = "PS> " if inside else "$ "
        page.add(f"{rest if said else first}{prompt}{filled(step.run, {**tree.names, **(more or {})})}")
