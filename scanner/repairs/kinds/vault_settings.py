"""Sets what protects a vault's backups: soft delete, immutability, redundancy."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from scanner.model import Row
from scanner.repairs.estate import Estate, Place, place_of, slug
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step
from scanner.rowtypes import BACKUP_ITEM, VAULT
from scanner.sources.edited import Edits, merge_patch

_LEAST_DAYS, _MOST_DAYS = 14, 180
_AGAIN = "collect vaults again and scan"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    by_policy = {
        "vault-soft-delete": _soft_delete,
        "vault-immutability": _immutability,
        "vault-redundancy": _redundancy,
    }
    for finding in findings:
        yield by_policy[finding.policy](finding, estate, place_of(finding.subject.id))


def _accepted(finding: Finding, estate: Estate) -> list[str]:
    found = estate.parameter(finding.policy, "accepted")
    return [str(one) for one in found] if isinstance(found, list) else []


def _soft_delete(finding: Finding, estate: Estate, vault: Place) -> Repair | NoRepair:
    accepted = _accepted(finding, estate)
    for_good = "Enabled" not in accepted and "AlwaysON" in accepted
    state = "AlwaysON" if for_good else "Enabled"
    have = estate.known(finding.subject, "soft_delete.state")
    if have == "AlwaysON":
        state, for_good = have, False
    wanted = estate.parameter(finding.policy, "days")
    days = int(wanted) if isinstance(wanted, int | float) else _LEAST_DAYS
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        return NoRepair((finding,), f"Azure keeps deleted backups for {_LEAST_DAYS} to {_MOST_DAYS} days, not {days}")
    told = estate.known(finding.subject, "soft_delete.days")
    days = max(days, int(told)) if isinstance(told, int | float) else days
    word = "AlwaysOn" if for_good else "Enable"
    switch = ("--soft-delete-feature-state", word) if have != "AlwaysON" else ()
    patch = {"softDeleteSettings": {"softDeleteState": state, "softDeleteRetentionPeriodInDays": days}}
    return _repair(
        finding,
        vault,
        slug("soft-delete", vault.name),
        f"Keep what is deleted from vault {vault.name} for {days} days",
        f"soft delete becomes {state}, {days} days",
        ("az", "backup", "vault", "backup-properties", "set", *vault.words(), *switch,
         "--soft-delete-duration", str(days), "--output", "none"),
        {"securitySettings": patch},
        "IRREVERSIBLE: AlwaysOn cannot be taken back. " if for_good else "",
        "Deleted backups cost nothing for the first 14 days, and then what they cost before.",
        "cannot be undone" if for_good else "the same with --soft-delete-feature-state Disable",
    )  # fmt: skip


def _immutability(finding: Finding, estate: Estate, vault: Place) -> Repair | NoRepair:
    accepted = _accepted(finding, estate)
    if "Unlocked" not in accepted:
        return NoRepair(
            (finding,),
            "only Locked is right by the policy's parameter, which can never be taken back: set Unlocked first, live"
            " with it, then az backup vault update --immutability-state Locked",
        )
    return _repair(
        finding,
        vault,
        slug("immutable", vault.name),
        f"Make vault {vault.name} immutable (Unlocked: it can be taken back)",
        "immutability becomes Unlocked",
        ("az", "backup", "vault", "update", *vault.words(), "--immutability-state", "Unlocked", "--output", "none"),
        {"securitySettings": {"immutabilitySettings": {"state": "Unlocked"}}},
        "",
        "Restore points can no longer be deleted before their time, nor kept shorter, by anybody: mistakes in"
        " retention cost until they expire. Unlocked can be switched off again, Locked never.",
        "az backup vault update --immutability-state Disabled",
    )


def _redundancy(finding: Finding, estate: Estate, vault: Place) -> Repair | NoRepair:
    """Only of a vault that is known to hold nothing yet."""
    held = estate.rows.beneath.get((BACKUP_ITEM, finding.subject.key), 0)
    if held:
        return NoRepair(
            (finding,),
            f"the redundancy of a vault cannot be changed once it protects something, and there are {held}"
            " items: make another vault and protect the VMs there; the old one keeps its restore points until they"
            " expire",
        )
    if not estate.fleet.collected(BACKUP_ITEM, finding.subject.subscription):
        return NoRepair((finding,), "whether anything is protected in it, which forbids a change, is not known")
    accepted = _accepted(finding, estate)
    to = next((one for one in ("GeoRedundant", "ZoneRedundant", "LocallyRedundant") if one in accepted), "")
    if not to:
        return NoRepair((finding,), "no redundancy that Azure has is right by the policy's parameter")
    return _repair(
        finding,
        vault,
        slug("redundancy", vault.name),
        f"Make vault {vault.name} {to}",
        f"its storage becomes {to}",
        ("az", "backup", "vault", "update", *vault.words(), "--backup-storage-redundancy", to, "--output", "none"),
        {"redundancySettings": {"standardTierStorageRedundancy": to}},
        "IRREVERSIBLE once the first item is protected in it. ",
        "Costs more for each backup; no item is in it yet.",
        "the same with the redundancy it had, as long as nothing is protected in it",
    )


def _repair(
    finding: Finding,
    vault: Place,
    name: str,
    title: str,
    change: str,
    words: tuple[str, ...],
    patch: Row,
    irreversible: str,
    risk: str,
    undo: str,
) -> Repair:
    edit: Any = partial(merge_patch, patch={"properties": patch})
    return Repair(
        "vault-settings",
        name,
        title,
        (finding,),
        (f"vault {vault.name} in {vault.group}: {change}",),
        f"{irreversible}{risk}",
        (Step(f"{vault.name}: {change}", words),),
        undo,
        _AGAIN,
        edits=Edits({finding.subject.key: edit}),
    )


_FACTS = {VAULT: ("soft_delete.state", "soft_delete.days")}
KIND = Kind(
    60, ("vault-soft-delete", "vault-immutability", "vault-redundancy"), make, frozenset((BACKUP_ITEM,)), _FACTS
)
