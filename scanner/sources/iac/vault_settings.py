"""Settings of a vault that templates write as resources of their own, where Azure shows them: in the vault's row."""

from typing import Any

from scanner.model import Row
from scanner.rowtypes import VAULT, parent_of

_STORAGE = ("redundancySettings", "standardTierStorageRedundancy")
_ACROSS = ("redundancySettings", "crossRegionRestore")
_SOFT_DELETE = ("securitySettings", "softDeleteSettings")

_PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    f"{VAULT}/backupstorageconfig": {
        "storageType": _STORAGE,
        "storageModelType": _STORAGE,
        "crossRegionRestoreFlag": _ACROSS,
    },
    f"{VAULT}/backupconfig": {
        "softDeleteFeatureState": (*_SOFT_DELETE, "softDeleteState"),
        "softDeleteRetentionPeriodInDays": (*_SOFT_DELETE, "softDeleteRetentionPeriodInDays"),
    },
}
"""The type of such a resource → where each of its properties stands in the vault's."""


def is_setting(row_type: str) -> bool:
    """Whether resources of that type (lower case) are settings of a vault."""
    return row_type in _PLACES


def of_vault(row: Row) -> Row:
    """What such a resource makes of its vault: a row that tells nothing else of it."""
    vault = parent_of(row["id"])
    found: dict[str, Any] = {}
    properties = row.get("properties")
    for name, place in _PLACES[row["type"]].items():
        value = properties.get(name) if isinstance(properties, dict) else properties
        if value is not None:
            here = found
            for step in place[:-1]:
                here = here.setdefault(step, {})
            here[place[-1]] = ("Enabled" if value else "Disabled") if isinstance(value, bool) else value
    return {**row, "id": vault, "name": vault.rsplit("/", 1)[-1], "type": VAULT, "properties": found}


def joined(before: Any, after: Any) -> Any:
    """Two rows' properties as one; what comes later counts."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    return {**before, **{name: joined(before.get(name), value) for name, value in after.items()}}
