"""Turns rows as snapready reads them from files into what Azure holds: run commands, assignments, instance views."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.rowtypes import (
    GUEST_ASSIGNMENT,
    GUEST_FACTS,
    RUN_COMMAND,
    SUBSCRIPTION,
    VM,
    parent_of,
    resource_group_of,
    subscription_of,
)
from scanner.sources.forms import instance_view_row, is_header, is_row
from tests.emulator.wire import Row

TENANT = "99999999-8888-7777-6666-555555555555"
GROUP = "microsoft.resources/subscriptions/resourcegroups"
NAME = "snapready-guest-facts"


def load(folder: Path) -> tuple[list[Row], list[str]]:
    """The rows of every file in a folder of a fleet, and the subscriptions that its ledger names."""
    rows: list[Row] = []
    subscriptions: dict[str, None] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".ndjson", ".json"):
            continue
        for value in _values(path):
            view = instance_view_row(value)
            if is_header(value):
                subscriptions |= dict.fromkeys(value["snapready"].get("collected", {}))
            elif view is not None or is_row(value):
                rows.append(view or value)
    return rows, list(subscriptions)


def taken_at(folder: Path) -> datetime | None:
    """When the fleet of a folder was taken, as a header in it says."""
    for path in sorted(folder.glob("*.ndjson")):
        for value in _values(path):
            if is_header(value) and "takenAt" in value["snapready"]:
                return datetime.fromisoformat(value["snapready"]["takenAt"])
    return None


def _values(path: Path) -> Iterator[Any]:
    text = path.read_text("utf-8-sig")
    if path.suffix == ".ndjson":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
        return
    whole = json.loads(text)
    yield from whole if isinstance(whole, list) else [whole]


def as_azure_holds(rows: Iterable[Row], before: Iterable[Row] = ()) -> list[Row]:
    """Guest facts as managed Run Commands and, every second one, as machine configuration; other rows as they are.

    `before` are rows that are there already, so that guest facts find their VM.
    """
    given = list(rows)
    vms = {row["id"].lower(): row for row in (*before, *given) if row["type"].lower() == VM}
    found: list[Row] = []
    guests = 0
    for row in given:
        if row["type"].lower() != GUEST_FACTS:
            found.append(row)
            continue
        vm_id = parent_of(row["id"])
        make = (_run_command, _assignment)[guests % 2]
        found.append(make(vms.get(vm_id.lower(), {"id": vm_id}), row["properties"]))
        guests += 1
    return found


def _beside(vm: Row, resource_id: str, kind: str, properties: dict[str, Any]) -> Row:
    return {
        "id": resource_id,
        "name": NAME,
        "type": kind,
        "tenantId": vm.get("tenantId", TENANT),
        "location": vm.get("location", ""),
        "resourceGroup": vm.get("resourceGroup") or resource_group_of(vm["id"]),
        "subscriptionId": vm.get("subscriptionId") or subscription_of(vm["id"]),
        "properties": properties,
    }


def _run_command(vm: Row, facts: dict[str, Any]) -> Row:
    seen = facts.get("collectedAt", "")
    properties = {
        "source": {"script": "# prints what is inside the guest as JSON"},
        "asyncExecution": False,
        "timeoutInSeconds": 120,
        "provisioningState": "Succeeded",
        "instanceView": {
            "executionState": "Succeeded",
            "executionMessage": "",
            "exitCode": 0,
            "output": _compact(facts),
            "error": "",
            "startTime": seen,
            "endTime": seen,
        },
    }
    return _beside(vm, f"{vm['id']}/runCommands/{NAME}", "Microsoft.Compute/virtualMachines/runCommands", properties)


def _assignment(vm: Row, facts: dict[str, Any]) -> Row:
    reasons = [{"code": "snapready:guestfacts", "phrase": _compact(facts)}]
    properties = {
        "targetResourceId": vm["id"],
        "complianceStatus": "Compliant",
        "lastComplianceStatusChecked": facts.get("collectedAt", ""),
        "latestAssignmentReport": {"resources": [{"complianceStatus": "Compliant", "reasons": reasons}]},
    }
    place = f"{vm['id']}/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/{NAME}"
    return _beside(vm, place, GUEST_ASSIGNMENT, properties)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def in_graph(row: Row) -> Row:
    """The row as Resource Graph shows it: every column there, and no instance view of a run command."""
    resource_id = row["id"]
    shown = {
        **row,
        "name": row.get("name", resource_id.rpartition("/")[2]),
        "tenantId": row.get("tenantId") or TENANT,
        "subscriptionId": row.get("subscriptionId") or subscription_of(resource_id),
        "resourceGroup": row.get("resourceGroup") or resource_group_of(resource_id),
    }
    properties = row.get("properties")
    if row["type"].lower() == RUN_COMMAND and isinstance(properties, dict):
        shown["properties"] = {name: value for name, value in properties.items() if name != "instanceView"}
    return shown


def containers(
    subscriptions: dict[str, str], rows: Iterable[Row], ancestors: Callable[[str], list[str]]
) -> Iterator[Row]:
    """A row for each subscription (id: name), with the management groups above it, and for each resource group that a
    row lies in."""
    seen: set[tuple[str, str]] = set()
    tenants: dict[str, str] = {}
    groups: list[Row] = []
    for row in rows:
        subscription = row["subscriptionId"]
        tenants.setdefault(subscription.lower(), row["tenantId"])
        key = (subscription.lower(), row["resourceGroup"].lower())
        if key[1] and key not in seen:
            seen.add(key)
            groups.append(
                {
                    "id": f"/subscriptions/{subscription}/resourceGroups/{row['resourceGroup']}",
                    "name": row["resourceGroup"],
                    "type": GROUP,
                    "tenantId": row["tenantId"],
                    "location": row.get("location"),
                    "resourceGroup": row["resourceGroup"],
                    "subscriptionId": subscription,
                    "properties": {"provisioningState": "Succeeded"},
                }
            )
    for subscription, name in subscriptions.items():
        yield {
            "id": f"/subscriptions/{subscription}",
            "name": name,
            "type": SUBSCRIPTION,
            "tenantId": tenants.get(subscription.lower(), TENANT),
            "subscriptionId": subscription,
            "properties": {
                "state": "Enabled",
                "managementGroupAncestorsChain": [
                    {"name": name, "displayName": name} for name in ancestors(subscription)
                ],
            },
        }
    yield from groups
