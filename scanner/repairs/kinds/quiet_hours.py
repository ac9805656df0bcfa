"""Moves the backups of a VM that is busy when they start to another policy of its vault, of the owner's choice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scanner.facts.items import Item, current
from scanner.repairs.estate import Estate, Protection, slug, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Setting, Step
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY
from scanner.stagger.policies import BackupPolicy, policies_among, vault_of

_LARGER = (
    "move what loads the VM then, or give it more (az vm resize); its vault has no other policy with another start"
)


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    offered = policies_among(estate.fleet.table(BACKUP_POLICY))
    alike: dict[str, list[tuple[Finding, Protection]]] = defaultdict(list)
    for finding in findings:
        item = current(estate.record(finding.subject), estate.fleet)
        protection = estate.protection(finding.subject)
        if isinstance(item, Item) and protection is not None and item.policy in offered:
            alike[item.policy].append((finding, protection))
        else:
            yield NoRepair((finding,), "its backup item and policy are not known")
    for key in sorted(alike):
        there = offered[key]
        others = [
            one
            for one in offered.values()
            if one.key != key and vault_of(one.key) == vault_of(key) and one.table.times != there.table.times
        ]
        if others:
            yield _repair(there, others, alike[key])
        else:
            yield NoRepair(tuple(finding for finding, _ in alike[key]), _LARGER)


def _repair(there: BackupPolicy, others: Sequence[BackupPolicy], some: Sequence[tuple[Finding, Protection]]) -> Repair:
    same = [one for one in others if one.kind == there.kind]
    said = [f"{one.name}: {one.table}" + (", keeps the same" if one in same else "") for one in others]
    policy = Setting("POLICY", f"the backup policy to go to, instead of {there.name} ({there.table})", tuple(said))
    return Repair(
        "quiet-hours",
        slug("quiet-hour", there.name),
        f"Back {vms(len(some))} up at a quieter time than {there.name} does",
        tuple(finding for finding, _ in some),
        tuple(f"{finding.subject.name} goes from {there.name} to the policy that you name" for finding, _ in some),
        "Another policy may also keep restore points for another time: those that say so keep the same. See when the VM"
        ' is quiet: az monitor metrics list --resource VM-ID --metric "Percentage CPU" --interval PT15M.',
        tuple(
            Step(
                f"{finding.subject.name}: its backups go by another policy",
                ("az", "backup", "item", "set-policy", *_named(item), "--policy-name", policy, "--output", "none"),
                finding.subject.name,
            )
            for finding, item in some
        ),
        f"the same with --policy-name {there.name}",
        "collect metrics of the next start (snapready scan azure does) and scan",
        unproved="whether the VM is quiet at the other time is not in the rows",
        settings=(policy,),
    )


def _named(item: Protection) -> tuple[str, ...]:
    """set-policy calls the item --name."""
    return tuple("--name" if word == "--item-name" else word for word in item.words())


KIND = Kind(85, ("load-headroom",), make, frozenset((BACKUP_ITEM, BACKUP_POLICY)))
