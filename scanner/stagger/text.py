"""Writes the schedules of groups, and the plan that staggers them, for a terminal."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from scanner.model import several
from scanner.reports.parts.texts import clean
from scanner.stagger.limits import Limits
from scanner.stagger.plan import GroupPlan, Shortfall, VmMove
from scanner.stagger.proof import Judgement, Proof
from scanner.stagger.strip import MANY, drawn
from scanner.stagger.survey import Surveyed
from scanner.stagger.told import Told

_NAMES = 12
_WINDOWS = 5
_POLICIES = 12
_MOVES = 60
_BRIEF = 20
_DRAWN = 30
_WORDS = {"fail": "TOO CROWDED", "unknown": "NOT KNOWN", "pass": "HOLDS", "not-applicable": "HOLDS"}


class _Page:
    def __init__(self, width: int) -> None:
        self.lines: list[str] = []
        self.width = max(60, width)

    def add(self, text: str = "") -> None:
        self.lines.append(text)

    def wrap(self, text: str, first: str, rest: str) -> None:
        self.lines += textwrap.wrap(
            clean(text), self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [first]


def write(told: Told, width: int) -> str:
    """The whole page; no line of ours is longer than `width`, which is 60 at least, but for names that are."""
    page = _Page(width)
    _head(page, told)
    plans = {plan.group.line.group.key: plan for plan in told.plan.groups}
    shown = {one for one in _WORDS if told.whole or one in ("fail", "unknown")}
    wrong = [group for group in told.groups if told.verdict(group) in shown]
    for group in wrong if told.whole else wrong[:_DRAWN]:
        page.add()
        _group(page, told, group, plans.get(group.line.group.key))
    if not told.whole:
        for verdict in ("fail", "unknown"):
            _brief(page, _WORDS[verdict], [one for one in wrong[_DRAWN:] if told.verdict(one) == verdict], plans)
        _brief(page, "HOLDS", [one for one in told.groups if told.verdict(one) not in shown], plans)
    _foot(page, told)
    return "\n".join(page.lines) + "\n"


def _head(page: _Page, told: Told) -> None:
    counts = [told.verdict(group) for group in told.groups]
    crowded, unsure = counts.count("fail"), counts.count("unknown")
    said = [several(len(counts), "group")]
    said += [f"{crowded} too crowded"] if crowded else []
    said += [f"{unsure} not known"] if unsure else []
    said += [f"{len(counts) - crowded - unsure} hold"]
    backups = "backup" if told.limits.together == 1 else "backups"
    said += [f"at most {_number(told.limits.together)} {backups} of a group may start {_within(told.limits)}"]
    page.wrap(" · ".join(said), "", "  ")
    if not told.groups:
        page.wrap(
            "no VM is in an availability set, a scale set or a proximity placement group; --group-tag NAME makes groups"
            " of VMs with the same value of a tag",
            "",
            "  ",
        )


def _group(page: _Page, told: Told, group: Surveyed, plan: GroupPlan | None) -> None:
    line = group.line
    counted = [line.kind, several(group.members(), "VM")]
    if line.idle:
        counted.append(f"{len(line.idle)} without backups")
    counted += [f"up to {group.fullest:,} start together"] if group.starters else []
    if group.limits != told.limits:
        counted.append(f"{_number(line.together)} may {_within(group.limits)}")
    page.wrap(f"{_WORDS[told.verdict(group)]}  {_called(group)}  {' · '.join(counted)}", "", "  ")
    if line.starts:
        strip = drawn(line)
        for text in strip:
            page.add(f"  {text}")
        if any(MANY in text for text in strip):
            page.add(f"  {MANY} ten or more")
    _by_policy(page, group)
    for window in line.crowded[:_WINDOWS]:
        names = group.names(window)
        page.wrap(f"{len(names):,} start {_within(group.limits)} of {window.at}: {_names(names)}", "  ", "    ")
    if (more := len(line.crowded) - _WINDOWS) > 0:
        page.wrap(f"and {more} more windows in which too many start", "  ", "    ")
    for why, some in line.unsure:
        page.wrap(f"not known: {_names(some)}: {why}", "  ", "    ")
    for why in line.strays:
        page.wrap(f"not known: {why}", "  ", "    ")
    if plan is not None:
        _plan(page, plan)


def _called(group: Surveyed) -> str:
    """A group's name, and its resource group, as names alone are often the same."""
    place = group.line.group.resource_group
    return f"{group.line.group.name} ({place})" if place else group.line.group.name


def _by_policy(page: _Page, group: Surveyed) -> None:
    """Who starts when, by backup policy, in its own words; in the order in which they start."""
    starts = sorted(group.line.starts, key=lambda start: (start.january, start.policy, start.words))
    spelled = {one.policy.name.lower(): one.policy.name for one in group.starters if one.policy}
    width = min(40, max((len(start.policy) for start in starts[:_POLICIES]), default=0))
    for start in starts[:_POLICIES]:
        names = sorted(start.vms, key=str.lower)
        policy = spelled.get(start.policy.lower(), start.policy)
        page.wrap(f"{policy:<{width}}  {start.words}: {_names(names)}", "  ", "      ")
    if len(starts) > _POLICIES:
        page.add(f"  and by {len(starts) - _POLICIES} more backup policies, in --format json")


def _plan(page: _Page, plan: GroupPlan) -> None:
    if plan.shortfall is not None:
        _short(page, plan, plan.shortfall)
        return
    few = "the fewest that will do" if len(plan.moves) == plan.least else f"{plan.least:,} at least must"
    total = len(plan.group.starters)
    page.wrap(f"plan: {len(plan.moves):,} of {several(total, 'VM')} {_verb(len(plan.moves))} ({few})", "  ", "    ")
    page.lines += [f"    {line}" for line in _table(plan.moves[:_MOVES], page.width - 4)]
    if len(plan.moves) > _MOVES:
        page.add(f"    and {len(plan.moves) - _MOVES:,} more, in --format json and in --az")
    _staying(page, plan)


def _staying(page: _Page, plan: GroupPlan) -> None:
    stays: dict[str, list[str]] = {}
    for starter in plan.group.starters:
        if starter.stays:
            stays.setdefault(starter.stays, []).append(starter.vm.name)
    for why, names in sorted(stays.items()):
        page.wrap(f"cannot be moved: {_names(names)}: {why}", "    ", "      ")


def _short(page: _Page, plan: GroupPlan, short: Shortfall) -> None:
    limits = plan.group.limits
    total = len(plan.group.starters)
    limit = _number(limits.together)
    begin = f"no plan: a week has no room for {total:,} VMs" if short.proved else "no plan was found"
    said = f"{begin} with at most {limit} {_within(limits)}; {short.seated:,} of {total:,} found a place"
    page.wrap(said, "  ", "    ")
    page.wrap(
        f"with --set staggered-schedules.together={short.limit} there is one; {several(short.moves, 'VM')} would move",
        "    ",
        "      ",
    )
    _staying(page, plan)


def _table(moves: Sequence[VmMove], width: int) -> list[str]:
    """A line for each move: the VM, where it is and at what time, where it goes and at what time."""
    cells = [("VM", "from", "", "to", "", "")]
    cells += [
        (move.vm.name, move.start.name, move.start.at, move.end.name, move.end.at, kind_of(move)) for move in moves
    ]
    rows = [tuple(map(clean, row)) for row in cells]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    if sum(widths) + 10 > width:  # names too long for columns
        return [
            wrapped
            for row in rows[1:]
            for wrapped in textwrap.wrap(
                f"{row[0]}: {row[1]} {row[2]} → {row[3]} {row[4]}  {row[5]}",
                width,
                subsequent_indent="  ",
                break_on_hyphens=False,
            )
        ]
    return ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def kind_of(move: VmMove) -> str:
    """Whether the policy is there, must be made, or is the VM's own at another time."""
    if move.end.key == move.start.key:
        return "re-timed"
    if move.end.copy_of is None:
        return ""
    return "new" if move.end.copy_of.key == move.start.key else f"new, as {move.end.copy_of.name}"


def _brief(page: _Page, word: str, groups: Sequence[Surveyed], plans: Mapping[str, GroupPlan]) -> None:
    """Groups with one line each."""
    if not groups:
        return
    page.add()
    page.add(f"{word}  {several(len(groups), 'group')}")
    for group in groups[:_BRIEF]:
        fullest = f"up to {group.fullest:,} start together" if group.starters else "no backups start"
        plan = plans.get(group.line.group.key)
        moves = f"; {len(plan.moves)} of them {_verb(len(plan.moves))}" if plan is not None and plan.moves else ""
        page.wrap(f"{_called(group)}: {several(group.members(), 'VM')}, {fullest}{moves}", "  ", "    ")
    if len(groups) > _BRIEF:
        page.add(f"  and {len(groups) - _BRIEF} more; --group NAME shows one, --format json all")


def _foot(page: _Page, told: Told) -> None:
    plan = told.plan
    moves = plan.moves()
    short = [group for group in plan.groups if group.shortfall is not None]
    if not plan.groups:
        return
    page.add()
    planned = several(len(plan.groups) - len(short), "group")
    parts = [f"{several(len(moves), 'VM')} of {planned} {_verb(len(moves))}"] if moves else []
    if plan.made:
        parts.append(f"{several(len(plan.made), 'backup policy', 'backup policies')} to be made")
    if plan.retimed:
        parts.append(f"{several(len(plan.retimed), 'backup policy', 'backup policies')} to be re-timed")
    if short:
        parts.append(f"no plan for {several(len(short), 'group')}")
    page.wrap(", ".join(parts), "PLAN    ", "        ")
    for note in told.notes:
        page.wrap(f"mind: {note}", "        ", "          ")
    if told.proof is not None:
        _proof(page, told.proof)
        page.wrap("nothing was changed; the same command with --az prints the commands that do", "        ", "        ")


def _proof(page: _Page, proof: Proof) -> None:
    word = "PROVED  " if proof.holds() else "NOT PROVED  "
    groups = len(proof.closed) + len(proof.left) + len(proof.failed)
    parts = []
    if proof.closed or not proof.left:
        passes = "passes" if len(proof.closed) == 1 else "pass"
        parts.append(f"{len(proof.closed)} of {several(groups, 'group')} {passes}")
    if proof.left:
        fails = "fails" if len(proof.left) == 1 else "fail"
        parts.append(f"{several(len(proof.left), 'group')} {fails} no more, but cannot be told, as before")
    parts.append(_worse(proof.worse))
    said = f"judged again with these moves: {', '.join(parts)}, by {several(proof.judged, 'policy', 'policies')}"
    page.wrap(said, word, "        ")
    for problem in proof.problems:
        page.wrap(problem, "        ", "          ")
    for one in (*proof.failed, *proof.worse)[:_BRIEF]:
        page.wrap(
            f"{one.policy}: {one.subject.name}: {one.after.verdict}: {one.after.reason}", "        ", "          "
        )
    if proof.excused:
        page.wrap(
            f"not put again to VMs that move: {', '.join(proof.excused)} (about what ran, or was due, by their present"
            " schedule)",
            "        ",
            "        ",
        )


def _worse(worse: Sequence[Judgement]) -> str:
    return (
        f"{several(len(worse), 'verdict')} {'gets' if len(worse) == 1 else 'get'} worse"
        if worse
        else ("no verdict gets worse")
    )


def _within(limits: Limits) -> str:
    return f"within {_number(limits.minutes)} minutes"


def _names(names: Iterable[str]) -> str:
    some = list(names)
    left = len(some) - _NAMES
    return ", ".join(some[:_NAMES]) + (f" and {left:,} more" if left > 0 else "")


def _verb(count: int) -> str:
    return "moves" if count == 1 else "move"


def _number(value: float) -> str:
    return f"{value:g}"
