"""Writes how an explanation begins: what the resource is, what is wrong, not known and fine, where to look first."""

import re
import shlex
from collections.abc import Iterable, Mapping

from scanner.explanation.page import Page, whose
from scanner.explanation.tree import Leaf, Tree, likely, rank
from scanner.language.words import epoch
from scanner.model import Stage, Unknown
from scanner.rowtypes import VM

_WHEN: Mapping[Stage, str] = {
    "live": "rows taken {}",
    "overlay": "rows taken {}, with the plan laid over them",
    "plan": "as it would be deployed",
}
_FRACTION = re.compile(r"\.\d+(?=Z|[+-]|$)")


def write_head(page: Page, tree: Tree) -> None:
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


def _machine(page: Page, tree: Tree) -> None:
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


def write_summary(page: Page, tree: Tree) -> None:
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
    return ", ".join(f"{leaf.policy.id} ({leaf.outcome.severity}{whose(leaf)})" for leaf in leaves)


def _first(page: Page, tree: Tree, wrong: list[Leaf], unknown: list[Leaf]) -> None:
    """Where to look first, and why there."""
    standing = tree.results.standings.get(tree.subject.key)
    causes = [leaf for leaf in wrong if likely(leaf)]
    doubts = [leaf for leaf in unknown if likely(leaf)]
    if causes:
        leaf = causes[0]
        head = "perhaps      " if leaf.outcome.severity == "note" else "most likely  "
        page.wrap(f"{leaf.policy.id}{whose(leaf)}: {leaf.outcome.cause()[0]}", head)
        said = _why_first(causes, doubts)
        if standing is not None and standing.completed and not any(one.symptom for one in wrong):
            said += "; the last backup completed all the same, so it does not stop every one"
        page.wrap(said, "  why first  ")
        page.wrap(leaf.policy.why, "  effect     ")
        return
    symptoms = [leaf for leaf in wrong if leaf.symptom]
    if symptoms:
        said = f"{symptoms[0].policy.id}: {symptoms[0].outcome.cause()[0]}"
        page.wrap(f"{said}; what caused it is not among what is known to be wrong", "", "  ")
    elif wrong:
        page.wrap("what is wrong does not stop a snapshot", "", "  ")
    elif standing is not None and standing.protected is False:
        page.wrap(
            "Azure Backup does not protect it: no snapshot of it is taken, so nothing can be in its way", "", "  "
        )
    elif not unknown:
        page.wrap(_all_well(tree), "", "  ")
    if doubts:
        leaf = doubts[0]
        said = f"{leaf.policy.id}{whose(leaf)}, which is not known: {leaf.outcome.reason}"
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
    before = [doubt.policy.id for doubt in doubts if rank(doubt)[:3] < rank(leaf)[:3]]
    return said + (f"; not known, and first if wrong: {', '.join(before)}" if before else "")
