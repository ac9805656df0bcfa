"""A plan is proved by judging again: what it claims holds when the rows are read by a judge that knows no plan."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.facts.timelines import CROWDING
from scanner.ledger import Ledger
from scanner.model import Row
from scanner.policies import BUILT_IN, load
from scanner.rowtypes import BACKUP_ITEM
from scanner.scan import judge, read
from scanner.sources.edited import Edited
from scanner.stagger.plan import Plan, VmMove
from scanner.stagger.proof import WHOLE, Proof, edits_of, prove
from scanner.stagger.told import Told
from tests.rows import daily
from tests.sources.test_edited import Saved
from tests.stagger.estate import (
    AMSTERDAM,
    OPTIONS,
    backup_policy,
    crowding,
    members,
    most_together,
    names,
    random_estate,
    told,
)


def after(rows: list[Row], found: Told) -> list[Row]:
    return [row for _, row in Edited(Saved(rows), edits_of(found.plan)).rows({}, Ledger())]


@pytest.mark.parametrize("seed", range(30))
def test_every_group_that_is_planned_for_holds_and_no_other_is_touched(seed: int) -> None:
    """Random vaults, policies and groups; how many start together is counted anew from the rows, minute by minute."""
    dice = random.Random(f"estate {seed}")
    rows = random_estate(dice)
    minutes, together = dice.choice(((60, 4), (60, 2), (120, 3), (30, 1)))
    found = told(rows, minutes=minutes, together=together)
    now, then = most_together(rows, minutes), most_together(after(rows, found), minutes)
    planned = {group.group.line.group.id: group for group in found.plan.groups}
    assert set(planned) == {group for group, most in now.items() if most > together}
    for group, most in then.items():
        plan = planned.get(group)
        if plan is None or plan.shortfall is not None:
            assert most == now[group]
        else:
            assert most <= together
            assert plan.least <= len(plan.moves)
            assert len({move.vm.key for move in plan.moves}) == len(plan.moves)
    if found.proof is not None:
        assert found.proof.holds()
        assert not found.proof.left, "every schedule of these is known"


@pytest.mark.parametrize("seed", range(12))
def test_nothing_but_what_the_plan_says_is_changed(seed: int) -> None:
    rows = random_estate(random.Random(f"estate {seed}"))
    found = told(rows)
    before = {row["id"].lower(): row for row in Saved(rows).given}
    changed = {row["id"].lower(): row for row in after(rows, found) if before.get(row["id"].lower()) != row}
    moved = {move.item: move for move in found.plan.moves() if move.end.key != move.start.key}
    policies = {policy.key for policy in (*found.plan.made, *found.plan.retimed)}
    assert set(changed) == {*moved, *policies}
    for key, move in moved.items():
        assert changed[key]["properties"]["policyId"] == move.end.id
        assert move.vm.key == changed[key]["properties"]["sourceResourceId"].lower()


@pytest.mark.parametrize("seed", range(12))
def test_the_same_rows_in_another_order_get_the_same_plan(seed: int) -> None:
    dice = random.Random(f"estate {seed}")
    rows = random_estate(dice)
    shuffled = dice.sample(rows, len(rows))
    assert told(rows).plan == told(shuffled).plan


AT_22 = backup_policy("daily-2200", daily("22:00"), zone=AMSTERDAM)
AT_23 = backup_policy("daily-2300", daily("23:00"), zone=AMSTERDAM)
ROWS = [AT_22, AT_23, *members("as1", names("vm", 6), AT_22)]


def proved(rows: list[Row], plan: Plan) -> Proof:
    policies = list(load([BUILT_IN]).values())
    source = Saved(rows)
    before = judge(read(source, policies, OPTIONS, whole=WHOLE), source, policies, OPTIONS)
    return prove(source, policies, OPTIONS, before, plan, CROWDING)


def moving(change: str) -> Plan:
    """The plan for ROWS with one thing wrong."""
    plan = told(ROWS).plan
    (group,) = plan.groups
    wrong = {
        "a move too few": group.moves[1:],
        "a move that goes nowhere": tuple(replace(move, end=move.start) for move in group.moves),
        "an item that is not there": tuple(replace(move, item=f"{move.item}x") for move in group.moves),
        "a policy that is not there": tuple(_elsewhere(move) for move in group.moves),
    }
    return replace(plan, groups=(replace(group, moves=wrong[change]),))


def _elsewhere(move: VmMove) -> VmMove:
    return replace(move, end=replace(move.end, id=f"{move.end.id}x", key=f"{move.end.key}x"))


def test_the_plan_itself_is_proved() -> None:
    proof = proved(ROWS, told(ROWS).plan)
    assert proof.holds()
    assert (len(proof.closed), proof.left, proof.failed, proof.worse, proof.problems) == (1, (), (), (), ())
    assert proof.judged == len(load([BUILT_IN]))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("a move too few", "fail"),
        ("a move that goes nowhere", "fail"),
        ("an item that is not there", "fail"),
        ("a policy that is not there", "unknown"),
    ],
)
def test_a_plan_that_does_not_do_it_is_not_proved(change: str, verdict: str) -> None:
    proof = proved(ROWS, moving(change))
    assert not proof.holds()
    assert [one.after.verdict for one in proof.failed] == [verdict]
    assert not proof.closed
    assert not proof.left


def test_a_new_schedule_is_not_blamed_for_starts_that_it_never_had() -> None:
    """Taken a day later, 23:00 has passed since the last backup at 22:00: by the new policy it would be missed."""
    rows = [AT_22, AT_23, *members("as1", names("vm", 6), AT_22)]
    for row in rows:
        if row["type"] == BACKUP_ITEM:
            row["properties"]["lastBackupTime"] = "2026-11-20T21:05:00Z"
    options = replace(OPTIONS, now="2026-11-21T12:00:00Z")
    found = told(rows, everything=True)
    policies = list(load([BUILT_IN]).values())
    source = Saved(rows)
    before = judge(read(source, policies, options, whole=WHOLE), source, policies, options)
    proof = prove(source, policies, options, before, found.plan, CROWDING)
    assert "last-backup-recent" in proof.excused
    assert proof.holds()


def test_a_policy_of_the_users_own_that_gets_worse_is_told(tmp_path: Path) -> None:
    """A policy that wants backups at a certain time: the moved VMs fail it."""
    folder = tmp_path / "backed-up-at-22"
    (folder / "cases").mkdir(parents=True)
    (folder / "policy.yaml").write_text(
        "title: Backups start at 22:00\nresource: microsoft.compute/virtualmachines\n"
        "expect: backup.starts[0].at == '22:00'\nmessage: it goes by another\nseverity: note\n"
        "why: w\nfix: f\nsource: {title: t, url: 'https://example.org/', read: '2026-01-01'}\n",
        "utf-8",
    )
    own = load([BUILT_IN, tmp_path])["backed-up-at-22"]
    policies = [crowding(), own]
    source = Saved(ROWS)
    before = judge(read(source, policies, OPTIONS, whole=WHOLE), source, policies, OPTIONS)
    proof = prove(source, policies, OPTIONS, before, told(ROWS).plan, CROWDING)
    assert not proof.holds()
    assert sorted((one.policy, one.subject.name) for one in proof.worse) == [
        ("backed-up-at-22", "vm05"),
        ("backed-up-at-22", "vm06"),
    ]
