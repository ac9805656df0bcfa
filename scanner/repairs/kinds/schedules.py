"""Moves the backups of crowded groups apart: the plan of `snapready schedules`, as a repair."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from scanner.facts.timelines import CROWDING
from scanner.model import Row
from scanner.repairs.estate import Estate, names, vault_place, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Template
from scanner.repairs.write.terraform import block, name_of
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY
from scanner.stagger import az
from scanner.stagger.plan import Plan, VmMove, plan
from scanner.stagger.policies import BackupPolicy
from scanner.stagger.proof import counts_past_starts, edits_of
from scanner.stagger.quotas import quotas
from scanner.stagger.survey import survey

_API = "2024-04-01"
_POLICY = "Microsoft.RecoveryServices/vaults/backupPolicies"
_ITEM = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    wanted = {finding.subject.key: finding for finding in findings}
    found = survey(estate.fleet, estate.timelines)
    found = replace(found, groups=tuple(one for one in found.groups if one.line.group.key in wanted))
    made = plan(found)
    closed = [wanted[group.group.line.group.key] for group in made.groups if group.moves]
    if closed:
        yield _repair(made, closed, quotas(made, found), estate)
    for group in made.groups:
        if not group.moves:
            short = group.shortfall
            why = "no plan was found that lets it hold"
            if short is not None:
                why += f"{', and there can be none' if short.proved else ''}; with {short.limit} together there is one"
            yield NoRepair((wanted.pop(group.group.line.group.key),), f"{why} (snapready schedules)")
    done = {finding.key for finding in closed}
    rest = tuple(finding for finding in wanted.values() if finding.key not in done)
    if rest:
        yield NoRepair(rest, "where its backups could go is not known: see snapready schedules")


def _repair(made: Plan, closed: Sequence[Finding], notes: Sequence[str], estate: Estate) -> Repair:
    moves = made.moves()
    policies = [f"backup policy {one.name} is made, which is {one.copy_of.name if one.copy_of else ''} at {one.at}"
                for one in made.made]  # fmt: skip
    policies += [f"backup policy {one.name} starts at {one.at}, for all its VMs" for one in made.retimed]
    gone = [f"{one.vm.name} goes from {one.start.name} ({one.start.at}) to {one.end.name} ({one.end.at})"
            for one in moves if _elsewhere(one)]  # fmt: skip
    past = [policy.id for policy in estate.policies.values() if counts_past_starts(policy)]
    return Repair(
        "schedules",
        "stagger-schedules",
        f"Let the backups of {names((one.subject for one in closed), 5)} start apart: {vms(len(moves))} move",
        tuple(closed),
        (*policies, *gone),
        " ".join(("Backups run at another hour than people may expect.", *(f"Mind: {note}." for note in notes))),
        (),
        "az backup item set-policy back to the policy that each VM had",
        "collect backup items and policies again and scan",
        edits=edits_of(made),
        templates=tuple(_templates(made, estate)),
        functions=f"\n{az.functions(made)}",
        lines=tuple("".join(az.lines(made)).strip("\n").split("\n")),
        excused=frozenset((policy, move.vm.key) for policy in past for move in moves),
    )


def _elsewhere(move: VmMove) -> bool:
    return move.end.key != move.start.key


def _templates(made: Plan, estate: Estate) -> Iterator[Template]:
    """One for each vault: its policies, then its items."""
    policies: dict[str, list[BackupPolicy]] = defaultdict(list)
    for policy in (*made.made, *made.retimed):
        policies[policy.vault].append(policy)
    moves: dict[str, list[VmMove]] = defaultdict(list)
    for move in made.moves():
        if _elsewhere(move):
            moves[move.end.vault].append(move)
    for vault in sorted({*policies, *moves}):
        place = vault_place(vault)
        resources: list[tuple[str, str, tuple[str, ...], Row]] = [
            (_POLICY, _API, (place.name, one.name), one.row["properties"]) for one in policies[vault]
        ]
        for move in moves[vault]:
            parts = str((estate.row(BACKUP_ITEM, move.item) or {"id": move.item})["id"]).split("/")
            body = {
                "protectedItemType": "Microsoft.Compute/virtualMachines",
                "policyId": move.end.id,
                "sourceResourceId": move.vm.id,
            }
            resources.append((_ITEM, _API, (place.name, parts[10], parts[12], parts[14]), body))
        yield Template(
            place.name.lower(),
            place.subscription,
            place.group,
            tuple(resources),
            "\n".join(_blocks(vault, policies[vault], moves[vault])),
        )


def _blocks(vault: str, policies: Iterable[BackupPolicy], moves: Iterable[VmMove]) -> Iterator[str]:
    """Terraform: policies by azapi, which takes them as Azure has them; VMs by azurerm."""
    place = vault_place(vault)
    for policy in policies:
        arguments = {
            "type": f"{_POLICY}@{_API}",
            "parent_id": vault,
            "name": policy.name,
            "body": {"properties": policy.row["properties"]},
        }
        yield block("azapi_resource", name_of(place.name, policy.name), arguments)
    for move in moves:
        arguments = {
            "resource_group_name": place.group,
            "recovery_vault_name": place.name,
            "source_vm_id": move.vm.id,
            "backup_policy_id": move.end.id,
        }
        said = "# Where the VM's protection is written already, change its backup_policy_id there.\n"
        yield said + block("azurerm_backup_protected_vm", name_of(move.vm.resource_group, move.vm.name), arguments)


KIND = Kind(80, (CROWDING,), make, frozenset((BACKUP_ITEM, BACKUP_POLICY)))
