"""Protects a VM in a vault of its region, by the policy that its neighbours have; where that is not plain, asks."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from scanner.facts.fleet import Fleet
from scanner.facts.items import Item, current
from scanner.model import Row, Subject, Unknown
from scanner.repairs.estate import Estate, Protection, names, slug, vault_place, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import EACH, Finding, Loop, NoRepair, Repair, Setting, Step, Word, properties_of
from scanner.repairs.write.protect import code
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, VAULT, VM, resource_group_of, subscription_of
from scanner.sources.edited import Edits, merge_patch

_NEVER = "2001-01-01T00:00:00Z"
_LIST = "vms.txt"
_RISK = (
    "Backups cost storage, and the first one copies every disk; the VMs keep running. With it a VM is judged by every"
    " other policy for the first time: what comes to light is listed."
)
_CAN = (
    "VMs with Trusted Launch, Ultra or Premium SSD v2 disks need an Enhanced (V2) policy, and what a vault protects at"
    " most (1,000 VMs, 200 policies) is not looked at."
)
_EXCUSE = (
    "where no backup is meant, say so instead: az tag update --resource-id VM-ID --operation Merge --tags backup=none"
)
_UNDO = "az backup protection disable (with --delete-backup-data to drop what was backed up)"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    """One repair for all VMs that one vault and policy are meant for, one for all that have the same choice, and one
    for all whose protection goes on alike."""
    plain: dict[str, list[Finding]] = defaultdict(list)
    chosen: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    resumed: dict[tuple[str, bool], list[tuple[Finding, Protection, str]]] = defaultdict(list)
    for finding in findings:
        subject = finding.subject
        left = _left(subject, estate)
        vaults = _vaults(subject, estate)
        region = estate.known(subject, "location") or ""
        if left is not None:
            vault = _vault_of(left, estate)
            if vault.lower() in map(str.lower, vaults):
                policy = _to_resume(finding, left, vault, estate)
                resumed[vault, bool(policy)].append((finding, left, policy))
            else:
                why = f"the vault {left.vault.name} that it was backed up to is not of its region and subscription"
                yield NoRepair((finding,), why)
        elif not vaults:
            there = region or "its region"
            yield NoRepair((finding,), f"no vault of {there} is among the rows of its subscription: make one first")
        elif policy := _evident(subject, vaults, estate):
            plain[policy].append(finding)
        else:
            chosen[subject.subscription, region].append(finding)
    for policy, some in plain.items():
        yield _enable(policy, some)
    for (subscription, region), some in chosen.items():
        yield _choose(subscription, region, some, estate)
    for (vault, known), stopped in resumed.items():
        yield _resume(vault, stopped, estate, known=known)


def _vault_of(left: Protection, estate: Estate) -> str:
    """The id of the vault that an item lies in."""
    identity = str((estate.row(BACKUP_ITEM, left.key) or {"id": left.key})["id"])
    return identity[: identity.lower().index("/backupfabrics/")]


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

    def make(fleet: Fleet) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        rows = fleet.table(BACKUP_POLICY)
        for key in sorted(rows):
            if str(properties_of(rows[key]).get("backupManagementType", "")).lower() == "azureiaasvm":
                found[key.partition("/backuppolicies/")[0]].append(rows[key]["id"])
        return found

    found: dict[str, list[str]] = estate.fleet.once("policies for VMs by vault", make)
    return found.get(vault.lower(), [])


def _evident(subject: Subject, vaults: Sequence[str], estate: Estate) -> str:
    """The only policy of the only vault, or the one that all protected VMs of its resource group have; else ""."""
    offered = {policy.lower(): policy for vault in vaults for policy in _policies(vault, estate)}
    if len(vaults) == 1 and len(offered) == 1:
        return next(iter(offered.values()))
    group = f"{subject.subscription}/{subject.resource_group}".lower()
    used = _used(estate).get(group, Counter())
    return offered.get(next(iter(used)) or "", "") if len(used) == 1 else ""


def _used(estate: Estate) -> dict[str, Counter[str | None]]:
    """How many protected VMs of each resource group (subscription/name) have which policy."""

    def make(fleet: Fleet) -> dict[str, Counter[str | None]]:
        found: dict[str, Counter[str | None]] = defaultdict(Counter)
        for item in fleet.table("items").values():
            if item.active:
                group = f"{subscription_of(item.vm)}/{resource_group_of(item.vm)}".lower()
                found[group][item.policy] += 1
        return found

    found: dict[str, Counter[str | None]] = estate.fleet.once("policies used by resource group", make)
    return found


def _users(estate: Estate) -> Counter[str]:
    """How many VMs each policy protects."""

    def make(fleet: Fleet) -> Counter[str]:
        return Counter(item.policy for item in fleet.table("items").values() if item.active and item.policy)

    found: Counter[str] = estate.fleet.once("VMs protected by policy", make)
    return found


def _enable(policy: str, some: Sequence[Finding]) -> Repair:
    vault, name = vault_place(policy), policy.rsplit("/", 1)[-1]
    settings = (
        Setting("VAULT_GROUP", "the resource group of the vault", value=vault.group),
        Setting("VAULT", "the vault", value=vault.name),
        Setting("POLICY", "the backup policy", value=name),
    )
    return replace(
        _protecting(some, slug("protect", vault.name, name), vault.subscription, settings),
        title=f"Protect {vms(len(some))} in vault {vault.name} by policy {name}",
        changes=(f"{names(one.subject for one in some)}: backed up to {vault.name} by {name}",),
        again=lambda fewer: _enable(policy, fewer),
        edits=Edits(added=tuple(_item(one.subject, policy) for one in some)),
    )


def _choose(subscription: str, region: str, some: Sequence[Finding], estate: Estate) -> Repair:
    """More than one vault or policy may be meant: who runs it says which; those that most VMs have come first."""
    users, choices = _users(estate), []
    for vault in _vaults(some[0].subject, estate):
        place = vault_place(vault)
        for policy in _policies(vault, estate):
            count = users[policy.lower()]
            said = f"VAULT_GROUP={place.group} VAULT={place.name} POLICY={policy.rsplit('/', 1)[-1]}"
            choices.append((-count, f"{said} # {vms(count)} {'has' if count == 1 else 'have'} it"))
    settings = (
        Setting("VAULT_GROUP", "the resource group of the vault", tuple(said for _, said in sorted(choices))),
        Setting("VAULT", "the vault"),
        Setting("POLICY", "the backup policy"),
    )
    where = f"{region}, subscription {subscription}"
    return replace(
        _protecting(some, slug("protect", "in", region, subscription[:8]), subscription, settings),
        title=f"Protect {vms(len(some))} of {where}, by a vault and policy of your choice",
        changes=(f"backed up to the vault and by the policy that you name: {names(one.subject for one in some)}",),
        unproved="no one vault and policy of its region is plainly meant: choose",
    )


def _protecting(some: Sequence[Finding], name: str, subscription: str, settings: tuple[Setting, ...]) -> Repair:
    group, vault, policy = settings
    words: tuple[Word, ...] = (
        *("az", "backup", "protection", "enable-for-vm", "--subscription", subscription),
        *("--resource-group", group, "--vault-name", vault, "--vm", EACH, "--policy-name", policy, "--output", "none"),
    )
    ids = [one.subject.id for one in some]
    given = {"vault": vault.value, "policy": policy.value}
    return Repair(
        "protection",
        name,
        "",
        tuple(some),
        (),
        f"{_RISK} {_CAN}",
        (),
        _UNDO,
        "collect backup items again and scan; then run a first backup, or wait for the scheduled one",
        settings=settings,
        loop=Loop(f"Protects each VM; {_EXCUSE}", _LIST, tuple(ids), words),
        codes=(code("protect", _LIST, ids, given, group.value, subscription),),
    )


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


def _to_resume(finding: Finding, left: Protection, vault: str, estate: Estate) -> str:
    """The id of the policy that its protection goes on by: the one that the item names, or the evident one; else ""."""
    named = properties_of(estate.row(BACKUP_ITEM, left.key)).get("policyId")
    offered = {policy.lower(): policy for policy in _policies(vault, estate)}
    return offered.get(str(named or "").lower()) or _evident(finding.subject, [vault], estate)


def _resume(vault: str, stopped: Sequence[tuple[Finding, Protection, str]], estate: Estate, *, known: bool) -> Repair:
    """Protection that was stopped goes on, of each VM by its own policy where these are known."""
    place = stopped[0][1].vault
    offered = [one.rsplit("/", 1)[-1] for one in _policies(vault, estate)]
    setting = Setting("POLICY", "the backup policy", tuple(offered))
    steps, changes, edits = [], [], {}
    for finding, left, policy in stopped:
        name: Word = policy.rsplit("/", 1)[-1] if policy else setting
        patch = {"protectionState": "Protected", "isScheduledForDeferredDelete": False, "policyId": policy}
        subject = finding.subject
        item: Item | Unknown = current(estate.record(subject), estate.fleet)
        since = f" since {item.last_time}" if isinstance(item, Item) and item.last_time else ""
        if properties_of(estate.row(BACKUP_ITEM, left.key)).get("isScheduledForDeferredDelete") is True:
            words = ("az", "backup", "protection", "undelete", *left.words(), "--output", "none")
            steps.append(Step(f"{subject.name}: takes its backups back before they are deleted", words, subject.name))
        resume = ("az", "backup", "protection", "resume", *left.words(), "--policy-name", name, "--output", "none")
        steps.append(Step(f"{subject.name}: protection goes on", resume, subject.name))
        by = f" by policy {name}" if isinstance(name, str) else ""
        changes.append(f"{subject.name}: its backups{since} go on in {left.vault.name}{by}")
        edits[left.key] = partial(merge_patch, patch={"properties": patch})
    return Repair(
        "protection",
        slug("resume", place.name),
        f"Resume the protection of {vms(len(stopped))} in vault {place.name}"
        + (", by the policy that each had" if known else ", by a policy of your choice"),
        tuple(finding for finding, _, _ in stopped),
        tuple(changes),
        f"Somebody stopped it, perhaps on purpose; {_EXCUSE}. {_RISK}",
        tuple(steps),
        "az backup protection disable --retain-recovery-points-as-per-policy true",
        "collect backup items again and scan",
        again=lambda fewer: _resume(vault, [one for one in stopped if one[0] in fewer], estate, known=known),
        edits=Edits(edits) if known else None,
        unproved="" if known else "by which policy it is to go on is yours to say",
        settings=() if known else (setting,),
    )


_FACTS = {VM: ("location", "backup.protected"), VAULT: ("location",)}
KIND = Kind(70, ("protected",), make, frozenset((BACKUP_ITEM, BACKUP_POLICY)), _FACTS)
