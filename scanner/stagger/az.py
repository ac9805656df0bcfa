"""Writes the shell script that carries a plan out with az: policies first, then the VMs, one command each."""

from shlex import quote

from scanner.model import several
from scanner.reports.parts.texts import clean
from scanner.rowtypes import resource_group_of, subscription_of
from scanner.schedule.timetable import clock
from scanner.stagger.plan import Plan, VmMove
from scanner.stagger.policies import BackupPolicy
from scanner.stagger.told import Told

_START = r"""#!/bin/sh
# {head}
# Written by snapready from rows taken at {taken}; {proved}
#
# It changes backup policies, and by which of them VMs go, and nothing else. Read it before you run it.
# Backup Contributor rights on the vaults are enough. Each VM stays in its vault: set-policy knows no other way.
# What Terraform, Bicep or Azure Policy also set must be changed there as well, or they undo it.
set -eu
command -v az > /dev/null || {{ echo "restagger: az is not installed" >&2; exit 2; }}
"""

_WORK = r"""work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# start SUBSCRIPTION GROUP VAULT POLICY FROM TO: that policy, as Azure has it now, with another start
start() {
  az backup policy show --subscription "$1" -g "$2" -v "$3" -n "$4" -o json > "$work/before.json"
  sed "s/T$5:/T$6:/g" "$work/before.json" > "$work/after.json"
  if cmp -s "$work/before.json" "$work/after.json"; then
    echo "restagger: backup policy $4 in $3 does not start at $5 any more; nothing more was done" >&2
    exit 1
  fi
}
"""

_COPY = r"""
# copy SUBSCRIPTION GROUP VAULT POLICY FROM TO NEW: a new policy that is that one with another start
copy() {
  if az backup policy show --subscription "$1" -g "$2" -v "$3" -n "$7" -o none 2> /dev/null; then
    echo "restagger: $3 has a backup policy $7 already; if an earlier run made it, take this line out" >&2
    exit 1
  fi
  start "$1" "$2" "$3" "$4" "$5" "$6"
  az backup policy create --subscription "$1" -g "$2" -v "$3" -n "$7" --policy "$work/after.json" \
    --backup-management-type AzureIaasVM --workload-type VM -o none
  echo "restagger: made backup policy $7 in $3"
}
"""

_RETIME = r"""
# retime SUBSCRIPTION GROUP VAULT POLICY FROM TO: that policy itself starts at another time, for all its VMs
retime() {
  start "$1" "$2" "$3" "$4" "$5" "$6"
  az backup policy set --subscription "$1" -g "$2" -v "$3" -n "$4" --policy "$work/after.json" \
    --backup-management-type AzureIaasVM -o none
  echo "restagger: backup policy $4 in $3 starts at $6"
}
"""

_MOVE = r"""
# move SUBSCRIPTION GROUP VAULT CONTAINER ITEM POLICY: that VM's backups go by another policy
move() {
  az backup item set-policy --subscription "$1" -g "$2" -v "$3" -c "$4" -n "$5" --policy-name "$6" \
    --backup-management-type AzureIaasVM --workload-type VM -o none
  echo "restagger: $5 goes by backup policy $6"
}
"""


def script(told: Told) -> str:
    """The whole script; it does nothing where nothing is to be moved."""
    plan = told.plan
    proof = told.proof
    proved = "not proved" if proof is None or not proof.holds() else "judged again with these moves, nothing gets worse"
    groups = sum(bool(group.moves) for group in plan.groups)
    head = f"Staggers the backups of {several(groups, 'group')}: {several(len(plan.moves()), 'VM')} at another time."
    parts = [_START.format(head=head, taken=clean(told.run.taken_at), proved=proved)]
    parts += [f"# Mind: {clean(note)}\n" for note in told.notes]
    return "".join((*parts, functions(plan), "\n", *lines(plan)))


def functions(plan: Plan) -> str:
    """The functions of the shell that its lines call."""
    parts = [_WORK] if plan.made or plan.retimed else []
    parts += [_COPY] if plan.made else []
    parts += [_RETIME] if plan.retimed else []
    parts += [_MOVE] if any(map(_elsewhere, plan.moves())) else []
    return "".join(parts)


def lines(plan: Plan) -> list[str]:
    """One command for each policy that is made or re-timed, and for each VM that goes to another."""
    parts = [*map(_made, plan.made), *map(_retimed, plan.retimed)]
    for group in plan.groups:
        some = [move for move in group.moves if _elsewhere(move)]
        if some:
            parts.append(f"\n# {clean(group.group.line.group.name)}\n")
            parts += map(_moved, some)
    return parts


def _elsewhere(move: VmMove) -> bool:
    return move.end.key != move.start.key


def _words(*words: str) -> str:
    return " ".join(map(quote, words))


def _vault(identity: str) -> tuple[str, str, str]:
    """Subscription, resource group and name of the vault in an id."""
    parts = identity.split("/")
    return subscription_of(identity), resource_group_of(identity), parts[8]


def _times(policy: BackupPolicy) -> tuple[str, str]:
    assert policy.copy_of is not None
    assert policy.copy_of.start is not None
    assert policy.start is not None
    return clock(policy.copy_of.start), clock(policy.start)


def _made(policy: BackupPolicy) -> str:
    assert policy.copy_of is not None
    return f"copy {_words(*_vault(policy.id), policy.copy_of.name, *_times(policy), policy.name)}\n"


def _retimed(policy: BackupPolicy) -> str:
    return f"retime {_words(*_vault(policy.id), policy.name, *_times(policy))}\n"


def _moved(move: VmMove) -> str:
    container, item = move.item.split("/")[-3::2]
    words = _words(*_vault(move.end.id), container, item, move.end.name)
    return f"move {words}  # {clean(move.vm.name)}: was {clean(move.start.name)}, {move.start.at}\n"
