"""Recovery Services vaults as subjects: identity, soft delete, immutability, redundancy."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part, text
from scanner.facts.fleet import Fleet, subject_of
from scanner.language.shapes import TABLE, TEXT
from scanner.language.values import Complete
from scanner.model import Row, Subject, Unknown
from scanner.rowtypes import VAULT

_SETTINGS = {
    "soft_delete.state": ("Enabled, AlwaysON or Disabled", "securitySettings.softDeleteSettings.softDeleteState"),
    "immutability.state": ("Disabled, Unlocked or Locked", "securitySettings.immutabilitySettings.state"),
    "redundancy.storage": (
        "LocallyRedundant, ZoneRedundant or GeoRedundant",
        "redundancySettings.standardTierStorageRedundancy",
    ),
    "redundancy.cross_region_restore": ("Enabled or Disabled", "redundancySettings.crossRegionRestore"),
    "public_network_access": ("Enabled or Disabled", "publicNetworkAccess"),
}


class Vault(msgspec.Struct, gc=False):
    subject: Subject
    location: str | None
    tags: Complete | None
    settings: dict[str, str]


def _reduce(row: Row, key: str) -> Vault:
    tags = row.get("tags")
    properties = row.get("properties")
    found = {name: text(part(properties, *path.split("."))) for name, (_, path) in _SETTINGS.items()}
    return Vault(
        subject_of(row, key),
        text(row.get("location")),
        Complete(tags or {}) if tags is None or isinstance(tags, dict) else None,
        {name: value for name, value in found.items() if value is not None},
    )


def _setting(name: str, path: str) -> Any:
    missing = Unknown(f"the vault's row does not tell {path}", "property")

    def get(vault: Vault, _: Fleet) -> Any:
        return vault.settings.get(name, missing)

    return get


_NO_LOCATION = Unknown("the vault's row does not tell its region", "property")
_NO_TAGS = Unknown("the vault's row does not tell its tags", "property")

FACTS = {
    "id": Fact("resource id, as Azure writes it", TEXT, {VAULT: "id"}, lambda vault, _: vault.subject.id),
    "name": Fact("name", TEXT, {VAULT: "name"}, lambda vault, _: vault.subject.name),
    "resource_group": Fact("resource group", TEXT, {VAULT: "id"}, lambda vault, _: vault.subject.resource_group),
    "subscription": Fact(
        "subscription id", TEXT, {VAULT: "subscriptionId"}, lambda vault, _: vault.subject.subscription
    ),
    "location": Fact("region", TEXT, {VAULT: "location"}, lambda vault, _: vault.location or _NO_LOCATION),
    "tags": Fact(
        "tags; a name that is not there is false",
        TABLE,
        {VAULT: "tags"},
        lambda vault, _: _NO_TAGS if vault.tags is None else vault.tags,
    ),
    **{
        name: Fact(about, TEXT, {VAULT: f"properties.{path}"}, _setting(name, path))
        for name, (about, path) in _SETTINGS.items()
    },
}

MODULE = FactModule(VAULT, FACTS, {"vaults": Table(VAULT, _reduce)}, root="vaults")
