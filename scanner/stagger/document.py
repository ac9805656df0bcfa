"""The schedules of groups and their plan as JSON, for programs: `snapready/schedules/1`, by scanner/schemas."""

import json
from typing import Any

from scanner.reports.parts.timeline import timeline
from scanner.stagger.plan import GroupPlan, Plan, VmMove
from scanner.stagger.policies import BackupPolicy
from scanner.stagger.proof import Judgement, Proof
from scanner.stagger.survey import Surveyed
from scanner.stagger.told import Told

SCHEMA = "snapready/schedules/1"


def write(told: Told) -> str:
    """Minutes of a week count from Monday 00:00 UTC; groups are sorted worst first."""
    plans = {plan.group.line.group.key: plan for plan in told.plan.groups}
    document = {
        "schema": SCHEMA,
        "takenAt": told.run.taken_at,
        "sources": list(told.run.sources),
        "incomplete": [problem.message for problem in told.run.problems if problem.incomplete],
        "limits": {"minutes": told.limits.minutes, "together": told.limits.together},
        "groups": [_group(told, group, plans.get(group.line.group.key)) for group in told.groups],
        "policies": _policies(told.plan),
        "notes": list(told.notes),
        "proof": None if told.proof is None else _proof(told.proof),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _group(told: Told, group: Surveyed, plan: GroupPlan | None) -> dict[str, Any]:
    outcome = told.verdicts.get(group.line.group.key)
    return {
        "verdict": told.verdict(group),
        "reason": outcome.reason if outcome else "",
        "members": group.members(),
        "fullest": group.fullest,
        "timeline": timeline(group.line),
        "stays": [{"vm": one.vm.name, "id": one.vm.id, "why": one.stays} for one in group.starters if one.stays],
        "plan": _plan(plan) if plan is not None else None,
    }


def _plan(plan: GroupPlan) -> dict[str, Any]:
    short = plan.shortfall
    if short is None:
        return {"found": True, "least": plan.least, "moves": [_move(move) for move in plan.moves]}
    return {
        "found": False,
        "impossible": short.proved,
        "seated": short.seated,
        "limit": short.limit,
        "movesAtLimit": short.moves,
        "moves": [],
    }


def _move(move: VmMove) -> dict[str, Any]:
    return {
        "vm": move.vm.name,
        "id": move.vm.id,
        "item": move.item,
        "from": _place(move.start),
        "to": _place(move.end),
    }


def _place(policy: BackupPolicy) -> dict[str, Any]:
    return {"policy": policy.name, "id": policy.id, "start": policy.at, "schedule": str(policy.table)}


def _policies(plan: Plan) -> list[dict[str, Any]]:
    """What becomes of backup policies themselves, with all that they would be."""
    changed = [("make", policy) for policy in plan.made] + [("retime", policy) for policy in plan.retimed]
    return [
        {
            "do": do,
            **_place(policy),
            "copyOf": policy.copy_of.id if policy.copy_of is not None else policy.id,
            "properties": policy.row["properties"],
        }
        for do, policy in changed
    ]


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "holds": proof.holds(),
        "policies": proof.judged,
        "closed": [one.subject.id for one in proof.closed],
        "left": [_judgement(one) for one in proof.left],
        "failed": [_judgement(one) for one in proof.failed],
        "worse": [_judgement(one) for one in proof.worse],
        "excused": list(proof.excused),
        "problems": list(proof.problems),
    }


def _judgement(one: Judgement) -> dict[str, Any]:
    return {
        "policy": one.policy,
        "id": one.subject.id,
        "before": one.before.verdict if one.before is not None else None,
        "after": one.after.verdict,
        "reason": one.after.reason,
    }
