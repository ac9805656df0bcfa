"""Explanations of the example fleet, as the command writes them."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

from scanner.evaluate import Closely
from scanner.explanation.find import find
from scanner.explanation.tree import TOLD, Tree, grow, plainly_read
from scanner.explanation.write import write
from scanner.model import Results
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy
from scanner.runbook import runbook
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files

ROOT = Path(__file__).parents[2]
CONTOSO = "examples/contoso"


@cache
def policies() -> tuple[Policy, ...]:
    return tuple(load([BUILT_IN]).values())


@cache
def contoso(*only: str) -> Results:
    """The example fleet with every VM looked at closely, judged by all policies or only by these."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        options = Options(now="2026-11-22T01:00:00Z", closely=Closely(lambda _: True, TOLD))
        found = scan(Files([CONTOSO]), [policy for policy in policies() if not only or policy.id in only], options)
    finally:
        os.chdir(before)
    return replace(found, run=replace(found.run, version="0.0.0"))


def tree_of(vm: str, speaking: set[str] | None = None, results: Results | None = None) -> Tree:
    results = results or contoso()
    decisive = {policy.id: {".".join(path) for path in plainly_read(policy.expect())} for policy in policies()}
    subject = find(results, vm)
    return grow(results, subject, runbook(), decisive=decisive, speaking=speaking, paths=[CONTOSO])


def told(vm: str, *, full: bool = False) -> str:
    return write(tree_of(vm), runbook(), full=full)
