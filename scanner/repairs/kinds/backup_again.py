"""Runs a backup now: after one that failed or is overdue, or to bring the backup extension anew."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scanner.model import Subject
from scanner.repairs.estate import Estate, Protection, names, place_of, slug, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step
from scanner.rowtypes import BACKUP_ITEM, EXTENSION, VAULT, VM

_LAST, _HEALTHY, _LOADED = "last-backup-recent", "backup-extension-healthy", "backup-extension-loaded"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    by_vm: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_vm[finding.subject.key].append(finding)
    plain: dict[str, list[tuple[Protection, list[Finding]]]] = defaultdict(list)
    anew: dict[str, list[tuple[Protection, list[Finding], str]]] = defaultdict(list)
    for some in by_vm.values():
        item = estate.protection(some[0].subject)
        if item is None:
            yield NoRepair(tuple(some), "its backup item is not known, so that no backup can be ordered")
            continue
        if _elsewhere(some[0].subject, item, estate):
            yield NoRepair(
                tuple(some), "the vault of its backup item is in another region, and can no longer back it up"
            )
            continue
        extension = _extension(some, estate)
        vault = "/".join((item.vault.subscription, item.vault.group, item.vault.name)).lower()
        if extension:
            anew[vault].append((item, some, extension))
        else:
            plain[vault].append((item, some))
    for vault in sorted({*plain, *anew}):
        if vault in anew:
            yield _anew(anew[vault])
        if vault in plain:
            yield _now(plain[vault])


def _elsewhere(subject: Subject, item: Protection, estate: Estate) -> bool:
    here = estate.known(subject, "location")
    vault = estate.fleet.table("vaults").get(item.key.partition("/backupfabrics/")[0])
    return bool(here and vault is not None and vault.location and vault.location != here)


def _extension(some: Sequence[Finding], estate: Estate) -> str:
    """The name of the backup extension's resource, where it is what failed; "" where it is not there."""
    if not any(finding.policy in (_HEALTHY, _LOADED) for finding in some):
        return ""
    own = estate.fleet.index("extensions").get(some[0].subject.key, ())
    bad = [one.name.lower() for one in own if one.backup and one.state != "Succeeded"]
    keys = [key for key in estate.below(EXTENSION, some[0].subject) if key.rsplit("/", 1)[-1] in bad]
    return str((estate.row(EXTENSION, keys[0]) or {"id": ""})["id"]).rsplit("/", 1)[-1] if keys else ""


def _backup(name: str, item: Protection) -> Step:
    return Step(
        f"{name}: orders a backup, kept for 30 days; does not wait for it",
        ("az", "backup", "protection", "backup-now", *item.words(), "--output", "none"),
        name,
    )


_CHECK = (
    "az backup job list --subscription {0.subscription} --resource-group {0.group} --vault-name {0.name} shows the"
    " jobs; when they have ended collect backup items{1} again and scan"
)
_UNPROVED = "whether a backup completes is not in rows before it ran"


def _now(some: Sequence[tuple[Protection, list[Finding]]]) -> Repair:
    vault = some[0][0].vault
    closes = tuple(finding for _, findings in some for finding in findings)
    return Repair(
        "backup-again",
        slug("backup-now", vault.name),
        f"Back {vms(len(some))} up now, in vault {vault.name}",
        closes,
        (f"an on-demand backup of {names(findings[0].subject for _, findings in some)}",),
        "Do it last: what made backups fail makes this one fail too. Load on the VM while the snapshot is taken.",
        tuple(_backup(findings[0].subject.name, item) for item, findings in some),
        "nothing to undo: the restore point expires",
        _CHECK.format(vault, ""),
        "none; load while the snapshot is taken",
        unproved=_UNPROVED,
        last=True,
    )


def _anew(some: Sequence[tuple[Protection, list[Finding], str]]) -> Repair:
    vault = some[0][0].vault
    closes = tuple(finding for _, findings, _ in some for finding in findings)
    steps = []
    for item, findings, name in some:
        subject = findings[0].subject
        at = place_of(subject.id).words("--vm-name")
        words = ("az", "vm", "extension", "delete", *at, "--name", name, "--output", "none")
        steps += [
            Step(f"{subject.name}: takes the failed {name} away", words, subject.name),
            _backup(subject.name, item),
        ]
    whom = names(findings[0].subject for _, findings, _ in some)
    return Repair(
        "backup-again",
        slug("backup-extension-anew", vault.name),
        f"Bring the backup extension of {vms(len(some))} anew, in vault {vault.name}",
        closes,
        (f"{whom}: the extension is taken away, and the backup that is ordered installs it again",),
        "Only Azure's own snapshot extension is taken away; what kept it from working (antivirus, AppLocker, a full"
        " disk) must be mended first.",
        tuple(steps),
        "nothing to undo: the next backup installs the extension",
        _CHECK.format(vault, ", extensions and instance views"),
        "none; load while the snapshot is taken",
        unproved="whether the extension installs and works this time is not in rows",
        last=True,
    )


_FACTS = {VM: ("location",), VAULT: ("location",)}
KIND = Kind(90, (_HEALTHY, _LOADED, _LAST), make, frozenset((BACKUP_ITEM, EXTENSION)), _FACTS)
