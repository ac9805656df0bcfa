"""Protects a VM in a vault of its region, by the policy that its neighbours have; where that is not plain, asks."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from scanner.facts.items import Item, current
from scanner.model import Row, Subject, Unknown
from scanner.repairs.estate import Estate, Protection, slug, vault_place, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Setting, Step, Word, properties_of
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VAULT, VM
from scanner.sources.edited import Edits, merge_patch

_NEVER = "2001-01-01T00:00:00Z"
_RISK = (
    "Backups cost storage, and the first one copies every disk. With it the VM is judged by every other policy for the"
    " first time: what comes to light is listed. A VM with Trusted Launch may need an Enhanced"
    " (V2) policy."
)
_EXCUSE = (
    "Where no backup is meant, say so instead: az tag update --resource-id VM-ID --operation Merge --tags backup=none"
)


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    plain: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        left = _left(finding.subject, estate)
        vaults = _vaults(finding.subject, estate)
        if left is not None:
            yield _resume(finding, left, estate)
        elif not vaults:
            region = estate.known(finding.subject, "location") or "its region"
            yield NoRepair((finding,), f"no vault of {region} is among the rows of its subscription: make one first")
        else:
            policy = _evident(finding.subject, vaults, estate)
            if policy:
                plain[policy].append(finding)
            else:
                yield _choose(finding, vaults, estate)
    for policy, some in plain.items():
        yield _enable(policy, some)


def _left(subject: Subject, estate: Estate) -> Protection | None:
    """The item that an earlier protection left behind."""
    item = current(estate.record(subject), estate.fleet)
    return estate.protection(subject) if isinstance(item, Item) and item.active is False else None


def _vaults(subject: Subject, estate: Estate) -> list[str]:
    """Ids of the vaults of its region and subscription; elsewhere none can back it up."""
    here = estate.known(subject, "location")
    return sorted(
        vault.subject.id
        for vault in estate.fleet.table("vaults").values()
        if here and vault.location == here and vault.subject.subscription == subject.subscription
    )


def _policies(vault: str, estate: Estate) -> list[str]:
    """Ids of the vault's policies for VMs."""
    start = f"{vault.lower()}/backuppolicies/"
    rows: dict[str, Row] = dict(estate.fleet.table(BACKUP_POLICY))
    return [rows[key]["id"] for key in sorted(rows) if key.startswith(start) and _of_vms(rows[key])]


def _of_vms(row: Row) -> bool:
    return str(properties_of(row).get("backupManagementType", "")).lower() == "azureiaasvm"


def _evident(subject: Subject, vaults: Sequence[str], estate: Estate) -> str:
    """The only policy of the only vault, or the one that all protected VMs of its resource group have; else ""."""
    offered = {policy.lower(): policy for vault in vaults for policy in _policies(vault, estate)}
    if len(vaults) == 1 and len(offered) == 1:
        return next(iter(offered.values()))
    group = f"/subscriptions/{subject.subscription}/resourcegroups/{subject.resource_group}/".lower()
    items: Any = estate.fleet.table("items").values()
    used = Counter(item.policy for item in items if item.active and item.vm.startswith(group))
    return offered.get(next(iter(used)) or "", "") if len(used) == 1 else ""


def _enable(policy: str, some: Sequence[Finding]) -> Repair:
    vault, name = vault_place(policy), policy.rsplit("/", 1)[-1]
    return Repair(
        "protection",
        slug("protect", vault.name, name),
        f"Protect {vms(len(some))} in vault {vault.name} by policy {name}",
        tuple(some),
        (f"{', '.join(one.subject.name for one in some)}: backed up to {vault.name} by {name}",),
        _RISK,
        tuple(
            Step(f"{one.subject.name}: protects it. {_EXCUSE}", _words(one, vault.words("--vault-name"), name))
            for one in some
        ),
        "az backup protection disable (with --delete-backup-data to drop what was backed up)",
        "collect backup items again and scan; then run a first backup, or wait for the scheduled one",
        Edits(added=tuple(_item(one.subject, policy) for one in some)),
    )  # fmt: skip


def _words(finding: Finding, vault: tuple[Word, ...], policy: Word) -> tuple[Word, ...]:
    start = ("az", "backup", "protection", "enable-for-vm")
    return (*start, *vault, "--vm", finding.subject.id, "--policy-name", policy, "--output", "none")


def _item(subject: Subject, policy: str) -> Row:
    """The item as Azure makes it before the first backup."""
    names = f"iaasvmcontainerv2;{subject.resource_group};{subject.name}"
    vault = policy[: policy.lower().rindex("/backuppolicies/")]
    identity = f"{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{names}/protectedItems/VM;{names}"
    properties = {
        "backupManagementType": "AzureIaasVM",
        "protectionState": "IRPending",
        "sourceResourceId": subject.id,
        "policyId": policy,
        "policyName": policy.rsplit("/", 1)[-1],
        "lastBackupTime": _NEVER,
    }
    return {"id": identity, "name": f"VM;{names}", "type": BACKUP_ITEM, "properties": properties}


def _choose(finding: Finding, vaults: Sequence[str], estate: Estate) -> Repair:
    """More than one vault or policy may be meant: who runs it says which."""
    choices = []
    for vault in vaults:
        place = vault_place(vault)
        choices += [
            f"VAULT_GROUP={place.group} VAULT={place.name} POLICY={policy.rsplit('/', 1)[-1]}"
            for policy in _policies(vault, estate)
        ]
    group, vault_name, policy_name = (
        Setting("VAULT_GROUP", "the resource group of the vault", tuple(choices)),
        Setting("VAULT", "the vault"),
        Setting("POLICY", "the backup policy"),
    )
    subject = finding.subject
    words: tuple[Word, ...] = (
        "--subscription",
        subject.subscription,
        "--resource-group",
        group,
        "--vault-name",
        vault_name,
    )
    return Repair(
        "protection",
        slug("protect", subject.name),
        f"Protect VM {subject.name}, in a vault and by a policy of your choice",
        (finding,),
        (f"{subject.name} is backed up to the vault and by the policy that you name",),
        _RISK,
        (Step(f"{subject.name}: protects it. {_EXCUSE}", _words(finding, words, policy_name)),),
        "az backup protection disable (with --delete-backup-data to drop what was backed up)",
        "collect backup items again and scan",
        unproved="no one vault and policy of its region is plainly meant: choose",
        settings=(group, vault_name, policy_name),
    )


def _resume(finding: Finding, left: Protection, estate: Estate) -> Repair | NoRepair:
    """Protection that was stopped goes on, by the policy that the item names, or the evident one."""
    vault = str((estate.row(BACKUP_ITEM, left.key) or {"id": ""})["id"])
    vault = vault[: vault.lower().index("/backupfabrics/")]
    if vault.lower() not in map(str.lower, _vaults(finding.subject, estate)):
        return NoRepair(
            (finding,), f"the vault {left.vault.name} that it was backed up to is not of its region and subscription"
        )
    properties = properties_of(estate.row(BACKUP_ITEM, left.key))
    named = properties.get("policyId")
    item: Item | Unknown = current(estate.record(finding.subject), estate.fleet)
    offered = {policy.lower(): policy for policy in _policies(vault, estate)}
    policy = offered.get(str(named or "").lower()) or _evident(finding.subject, [vault], estate)
    deleted = properties.get("isScheduledForDeferredDelete") is True
    setting = Setting("POLICY", "the backup policy", tuple(one.rsplit("/", 1)[-1] for one in offered.values()))
    name: Word = policy.rsplit("/", 1)[-1] if policy else setting
    steps = []
    if deleted:
        words = ("az", "backup", "protection", "undelete", *left.words(), "--output", "none")
        steps.append(Step(f"{finding.subject.name}: takes its backups back before they are deleted", words))
    # resume takes no workload type of another kind than the item's
    words = ("az", "backup", "protection", "resume", *left.words(), "--policy-name")
    steps.append(Step(f"{finding.subject.name}: protection goes on. {_EXCUSE}", (*words, name, "--output", "none")))
    patch = {"protectionState": "Protected", "isScheduledForDeferredDelete": False, "policyId": policy}
    since = f" since {item.last_time}" if isinstance(item, Item) and item.last_time else ""
    return Repair(
        "protection",
        slug("resume", finding.subject.name),
        f"Resume the protection of VM {finding.subject.name} in vault {left.vault.name}",
        (finding,),
        (f"{finding.subject.name}: its backups{since} go on in {left.vault.name}",),
        f"Somebody stopped it, perhaps on purpose. {_RISK}",
        tuple(steps),
        "az backup protection disable --retain-recovery-points-as-per-policy true",
        "collect backup items again and scan",
        Edits({left.key: partial(merge_patch, patch={"properties": patch})}) if policy else None,
        "" if policy else "by which policy it is to go on is yours to say",
        () if policy else (setting,),
    )


_FACTS = {VM: ("location", "backup.protected"), VAULT: ("location",)}
KIND = Kind(70, ("protected",), make, frozenset((BACKUP_ITEM, BACKUP_POLICY)), _FACTS)
