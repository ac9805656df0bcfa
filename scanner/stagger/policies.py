"""Backup policies as places to move VMs to: those that say the same but for their start, and copies that would.

A policy is never a place to go of which it is not known what it keeps.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Row, Unknown
from scanner.schedule.restart import restarted, start_of, timeless
from scanner.schedule.timeline import SLOT
from scanner.schedule.timetable import DAY, Timetable, clock, timetable

_OWN = ("protectedItemsCount", "resourceGuardOperationRequests")
"""What says nothing of how a policy backs up."""
_MADE_BY_AZURE = ("defaultpolicy", "enhancedpolicy")
_LONGEST_NAME = 150
_PARTS = 8
"""Slashes in a vault's id: /subscriptions/…/resourceGroups/…/providers/Microsoft.RecoveryServices/vaults/…"""


@dataclass(frozen=True, slots=True)
class BackupPolicy:
    """A backup policy of VMs whose schedule is known. `key`: its id in lower case; `vault`: its vault's id.

    `start`: the minute of the day it begins, None where several times say so. `kind`: all that it says but for that.
    `copy_of`: it is not there yet, and would be made from that one.
    """

    id: str
    key: str
    name: str
    vault: str
    table: Timetable
    start: int | None
    kind: str
    keeps: bool
    """What it keeps, and for how long, is known."""
    row: Row = field(compare=False, repr=False)
    copy_of: "BackupPolicy | None" = None

    @property
    def at(self) -> str:
        """When it begins, on its own clock."""
        return ", ".join(map(clock, self.table.times)) if self.start is None else clock(self.start)

    def tells_its_time(self) -> bool:
        """Whether its name would no longer be true of another start."""
        return self.start is not None and clock(self.start).replace(":", "") in self.name

    def made_by_azure(self) -> bool:
        return self.name.lower() in _MADE_BY_AZURE


def vault_of(policy: str) -> str:
    """The vault's id in a policy's id, or in a backup item's."""
    lower = policy.lower()
    ends = [at for part in ("/backuppolicies/", "/backupfabrics/") if (at := lower.find(part)) >= 0]
    return policy[: min(ends)] if ends else ""


def policies_among(rows: Mapping[str, Row]) -> dict[str, BackupPolicy]:
    """The policies of VMs among these rows (by id in lower case) whose schedule can be read."""
    found = {}
    for key in sorted(rows):
        policy = _policy(rows[key], key)
        if policy is not None:
            found[key] = policy
    return found


def _policy(row: Row, key: str, copy_of: BackupPolicy | None = None) -> BackupPolicy | None:
    properties = row.get("properties")
    if not isinstance(properties, dict) or not _of_vms(properties):
        return None
    table = timetable(properties.get("schedulePolicy"), properties.get("timeZone"))
    vault = vault_of(row["id"])
    if isinstance(table, Unknown) or vault.count("/") != _PARTS:
        return None
    name = row["id"].rsplit("/", 1)[-1]
    keeps = isinstance(properties.get("retentionPolicy"), dict)
    start = start_of(properties)
    return BackupPolicy(row["id"], key, name, vault, table, start, _kind(properties, table), keeps, row, copy_of)


def _of_vms(properties: dict[str, Any]) -> bool:
    management = properties.get("backupManagementType")
    return isinstance(management, str) and management.lower() == "azureiaasvm"


def _kind(properties: dict[str, Any], table: Timetable) -> str:
    said = {name: value for name, value in properties.items() if name not in _OWN}
    return json.dumps({**timeless(said), "timeZone": table.zone}, sort_keys=True, ensure_ascii=False)


def copies(policy: BackupPolicy) -> Iterator[tuple[int, BackupPolicy]]:
    """(minute of the day, the policy with that start) of every half hour; its name is not settled yet."""
    if policy.start is None:
        return
    for minute in range(0, DAY, SLOT):
        made = copy_at(policy, minute, policy.name)
        if made is not None and minute != policy.start:
            yield minute, made


def copy_at(policy: BackupPolicy, minute: int, name: str) -> BackupPolicy | None:
    """The policy under another name with another start; under its own it is the same one, re-timed."""
    found = restarted(policy.row["properties"], minute)
    if found is None:
        return None
    properties = {key: value for key, value in found[0].items() if key not in _OWN}
    identity = f"{policy.id.rsplit('/', 1)[0]}/{name}"
    row = {**policy.row, "id": identity, "name": name, "properties": properties}
    return _policy(row, identity.lower(), policy)


def name_at(policy: BackupPolicy, minute: int, taken: Mapping[str, object], siblings: str) -> str:
    """A name that says when it starts; `siblings`: what ids in its vault begin with, in lower case."""
    stem = policy.name
    if policy.start is not None:
        stem = stem.removesuffix(f"-{clock(policy.start).replace(':', '')}")
    wanted = f"{stem[: _LONGEST_NAME - 8]}-{clock(minute).replace(':', '')}"
    name, number = wanted, 1
    while f"{siblings}{name.lower()}" in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name
