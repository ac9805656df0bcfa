"""Where a plan meets the limits that Azure Backup itself has, by its page of common questions (read 2025-08-01)."""

from collections import Counter

from scanner.stagger.plan import Plan
from scanner.stagger.policies import vault_of
from scanner.stagger.survey import Survey

POLICIES_PER_VAULT = 200
CHANGES_A_DAY = 50
"""Policies of one vault that az, PowerShell and templates may make or change within 24 hours."""
VMS_PER_POLICY = 1000
"""az refuses more; the portal stops at 100."""


def quotas(plan: Plan, found: Survey) -> tuple[str, ...]:
    """What is worth knowing before the plan is carried out."""
    there = Counter(vault_of(key) for key in found.names)
    made = Counter(vault_of(policy.key) for policy in plan.made)
    changed = made + Counter(vault_of(policy.key) for policy in plan.retimed)
    notes = []
    for vault in sorted(changed):
        name = vault.rsplit("/", 1)[-1]
        if made[vault] and there[vault] + made[vault] > POLICIES_PER_VAULT:
            notes.append(
                f"vault {name} would have {there[vault] + made[vault]} backup policies, and Azure allows"
                f" {POLICIES_PER_VAULT}"
            )
        if changed[vault] > CHANGES_A_DAY:
            notes.append(
                f"{changed[vault]} backup policies of vault {name} are made or changed, and Azure takes"
                f" {CHANGES_A_DAY} in 24 hours"
            )
    comers = Counter(move.end.key for move in plan.moves() if move.end.key != move.start.key)
    for key in sorted(comers):
        users = found.users.get(key, 0) + comers[key]
        if users > VMS_PER_POLICY:
            name = key.rsplit("/", 1)[-1]
            notes.append(f"backup policy {name} would have {users} VMs, and az refuses more than {VMS_PER_POLICY}")
    return tuple(notes)
