"""Recovery Services vaults as subjects: identity, soft delete, immutability, redundancy."""

from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part, region
from scanner.facts.fleet import subject_of
from scanner.language.shapes import NUMBER, TABLE, TEXT
from scanner.language.values import Complete, is_number
from scanner.model import Row, Subject, Unknown
from scanner.rowtypes import VAULT


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting that is one of some words. `where`: its path in the row's properties; `unset`: when it is not there."""

    where: str
    words: tuple[str, ...]
    unset: str = ""

    def about(self) -> str:
        return f"{', '.join(self.words[:-1])} or {self.words[-1]}"


_SETTINGS = {
    "soft_delete.state": _Setting(
        "securitySettings.softDeleteSettings.softDeleteState", ("Enabled", "AlwaysON", "Disabled")
    ),
    "immutability.state": _Setting(
        "securitySettings.immutabilitySettings.state",
        ("Disabled", "Unlocked", "Locked"),
        "Azure leaves it out where it was never set",
    ),
    "redundancy.storage": _Setting(
        "redundancySettings.standardTierStorageRedundancy", ("LocallyRedundant", "ZoneRedundant", "GeoRedundant")
    ),
    "redundancy.cross_region_restore": _Setting("redundancySettings.crossRegionRestore", ("Enabled", "Disabled")),
    "public_network_access": _Setting("publicNetworkAccess", ("Enabled", "Disabled")),
}
_DAYS = "securitySettings.softDeleteSettings.softDeleteRetentionPeriodInDays"


class Vault(msgspec.Struct, gc=False):
    """What is kept of a vault's row. `settings`: by fact, as Azure's documentation spells them, or why not known."""

    subject: Subject
    location: str | None
    tags: Complete | None
    settings: dict[str, Any]
    days: Any


def _reduce(row: Row, key: str) -> Vault:
    tags = row.get("tags")
    properties = row.get("properties")
    days = part(properties, *_DAYS.split("."))
    return Vault(
        subject_of(row, key),
        region(row.get("location")),
        Complete(tags or {}) if tags is None or isinstance(tags, dict) else None,
        {name: _told(setting, part(properties, *setting.where.split("."))) for name, setting in _SETTINGS.items()},
        days if is_number(days) else Unknown(f"the vault's row does not tell {_DAYS}", "property"),
    )


def _told(setting: _Setting, value: Any) -> str | Unknown:
    if not isinstance(value, str) or not value:
        why = f" ({setting.unset})" if setting.unset and value is None else ""
        return Unknown(f"the vault's row does not tell {setting.where}{why}", "property")
    found = next((word for word in setting.words if word.lower() == value.lower()), None)
    return found or Unknown(f"the vault's {setting.where} is {value!r}, which is not known here", "property")


def _setting(name: str) -> Any:
    return lambda vault, _: vault.settings[name]


_NO_LOCATION = Unknown("the vault's row does not tell its region", "property")
_NO_TAGS = Unknown("the vault's row does not tell its tags", "property")


def location(vault: Vault) -> str | Unknown:
    return vault.location or _NO_LOCATION


FACTS = {
    "id": Fact("resource id, as Azure writes it", TEXT, {VAULT: "id"}, lambda vault, _: vault.subject.id),
    "name": Fact("name", TEXT, {VAULT: "name"}, lambda vault, _: vault.subject.name),
    "resource_group": Fact("resource group", TEXT, {VAULT: "id"}, lambda vault, _: vault.subject.resource_group),
    "subscription": Fact(
        "subscription id", TEXT, {VAULT: "subscriptionId"}, lambda vault, _: vault.subject.subscription
    ),
    "location": Fact("region, by its short name", TEXT, {VAULT: "location"}, lambda vault, _: location(vault)),
    "tags": Fact(
        "tags; a name that is not there is false",
        TABLE,
        {VAULT: "tags"},
        lambda vault, _: _NO_TAGS if vault.tags is None else vault.tags,
    ),
    "soft_delete.days": Fact(
        "days for which deleted backups are kept", NUMBER, {VAULT: f"properties.{_DAYS}"}, lambda vault, _: vault.days
    ),
    **{
        name: Fact(setting.about(), TEXT, {VAULT: f"properties.{setting.where}"}, _setting(name))
        for name, setting in _SETTINGS.items()
    },
}

MODULE = FactModule(VAULT, FACTS, {"vaults": Table(VAULT, _reduce)}, root="vaults")
