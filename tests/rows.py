"""Makes rows of the shapes that Resource Graph, the instance view API and guest facts have, and fleets of them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scanner.facts.catalogue import Fact, catalogue
from scanner.facts.fleet import Fleet
from scanner.ledger import Claim, Ledger
from scanner.model import Row
from scanner.rowtypes import (
    BACKUP_ITEM,
    BACKUP_POLICY,
    EXTENSION,
    GUEST_FACTS,
    INSTANCE_VIEW,
    LOCK,
    METRICS,
    NIC,
    SQL_VM,
    VAULT,
    VM,
    subscription_of,
)
from scanner.scan import DEFAULT_MAX_AGE

TAKEN_AT = "2026-11-22T01:00:00Z"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OTHER_SUBSCRIPTION = "99999999-8888-7777-6666-555555555555"
TENANT = "5e1f7c3a-64d2-4b90-a8e7-2c9d0f81b356"
VAULT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-vault/providers/Microsoft.RecoveryServices/vaults/rsv1"
POLICY_ID = f"{VAULT_ID}/backupPolicies/daily"
REGISTRY_KEY = "HKLM\\SOFTWARE\\MICROSOFT\\BCDRAGENT"
MAC = "00-0D-3A-12-34-56"
OTHER_MAC = "00-0D-3A-65-43-21"
NAMINGS = ("sourceResourceId", "virtualMachineId", "dataSourceInfo")


def id_of(provider_type: str, name: str, group: str = "rg-app", subscription: str = SUBSCRIPTION) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider_type}/{name}"


def vm_id(name: str = "vm1", group: str = "rg-app", subscription: str = SUBSCRIPTION) -> str:
    return id_of("Microsoft.Compute/virtualMachines", name, group, subscription)


def nic_id(name: str = "nic1") -> str:
    return id_of("Microsoft.Network/networkInterfaces", name)


def row(row_type: str, identity: str, properties: Any, **more: Any) -> Row:
    found = {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": row_type, "tenantId": TENANT}
    return {
        **found,
        "location": "westeurope",
        "resourceGroup": identity.split("/")[4],
        "subscriptionId": identity.split("/")[2],
        **more,
        "properties": properties,
    }


def vm(
    identity: str = vm_id(),
    *,
    os: str | None = "Windows",
    power: str | None = "running",
    provisioning: str | None = "Succeeded",
    nics: Iterable[str] = (),
    image: Any = None,
    profile: Mapping[str, Any] | None = None,
    **more: Any,
) -> Row:
    """A VM's row; None leaves the property out."""
    disk: dict[str, Any] = {"managedDisk": {"id": id_of("Microsoft.Compute/disks", "vm1_OsDisk")}}
    properties: dict[str, Any] = {"storageProfile": {"osDisk": {"osType": os, **disk} if os else disk, "dataDisks": []}}
    if image is not None:
        properties["storageProfile"]["imageReference"] = image
    if provisioning:
        properties["provisioningState"] = provisioning
    if profile is not None:
        properties["osProfile"] = profile
    if power:
        properties["extended"] = {"instanceView": {"powerState": {"code": f"PowerState/{power}"}}}
    if nics:
        properties["networkProfile"] = {"networkInterfaces": [{"id": nic} for nic in nics]}
    return row(VM, identity, properties, **more)


def profile(os: str = "windows", provision: Any = True, extensions: Any = True) -> dict[str, Any]:
    """An osProfile; None leaves a name out."""
    config = {} if provision is None else {"provisionVMAgent": provision}
    found: dict[str, Any] = {"computerName": "vm1", f"{os}Configuration": config}
    return found if extensions is None else {**found, "allowExtensionOperations": extensions}


def container(name: str = "vm1", group: str = "rg-app", kind: str = "iaasvmcontainerv2") -> str:
    return f"{kind};{group};{name}"


def item_id(named: str, vault: str = VAULT_ID) -> str:
    return f"{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{named}/protectedItems/VM;{named}"


def item(
    of: str = vm_id(),
    *,
    naming: str = "sourceResourceId",
    state: str | None = "Protected",
    policy: str | None = POLICY_ID,
    status: str | None = "Completed",
    time: str | None = "2026-11-21T21:03:32.148723Z",
    vault: str = VAULT_ID,
    named: str = "",
    **more: Any,
) -> Row:
    """A VM's protected item. `naming`: which property names the VM; "" leaves only the item's own id."""
    parts = of.split("/")
    properties: dict[str, Any] = {"backupManagementType": "AzureIaasVM", "workloadType": "VM"}
    if naming:
        properties[naming] = {"resourceID": of} if naming == "dataSourceInfo" else of
    given = {"policyId": policy, "protectionState": state, "lastBackupStatus": status, "lastBackupTime": time}
    properties |= {name: value for name, value in given.items() if value is not None}
    return row(BACKUP_ITEM, item_id(named or container(parts[-1], parts[4]), vault), {**properties, **more})


def workload_item(of: str = vm_id()) -> Row:
    """A SQL database's protected item: its VM is no more protected by it than without."""
    named = f"SQLDataBase;mssqlserver;{of.split('/')[-1]}"
    where = f"{VAULT_ID}/backupFabrics/Azure/protectionContainers/VMAppContainer;compute;rg-app;vm1/protectedItems"
    properties = {"backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase", "sourceResourceId": of}
    return row(BACKUP_ITEM, f"{where}/{named}", {**properties, "protectionState": "Protected"})


def daily(*times: str, version: int = 1) -> dict[str, Any]:
    """A schedulePolicy that runs every day at these times (hh:mm)."""
    runs = {"scheduleRunTimes": [f"2017-12-05T{time}:00Z" for time in times]}
    return _scheduled("Daily", runs, version)


def weekly(days: Iterable[str], *times: str, version: int = 1) -> dict[str, Any]:
    runs = {"scheduleRunDays": list(days), "scheduleRunTimes": [f"2017-12-05T{time}:00Z" for time in times]}
    return _scheduled("Weekly", runs, version)


def hourly(start: str, interval: int, duration: int) -> dict[str, Any]:
    window = {"scheduleWindowStartTime": f"2017-12-05T{start}:00Z", "scheduleWindowDuration": duration}
    return _scheduled("Hourly", {"interval": interval, **window}, 2)


def _scheduled(frequency: str, runs: dict[str, Any], version: int) -> dict[str, Any]:
    head = {"schedulePolicyType": "SimpleSchedulePolicy" + "V2" * (version == 2), "scheduleRunFrequency": frequency}
    return {**head, f"{frequency.lower()}Schedule": runs} if version == 2 else {**head, **runs}


def policy(
    identity: str = POLICY_ID,
    *,
    frequency: str | None = "Daily",
    consistency: Any = None,
    version: str = "V1",
    schedule: Any = None,
    zone: Any = None,
) -> Row:
    """A backup policy: with a whole `schedule`, or with no more than its frequency."""
    properties: dict[str, Any] = {"backupManagementType": "AzureIaasVM", "policyType": version}
    if frequency:
        properties["schedulePolicy"] = {"scheduleRunFrequency": frequency}
    if schedule is not None:
        properties["schedulePolicy"] = schedule
    if zone is not None:
        properties["timeZone"] = zone
    if consistency is not None:
        properties["snapshotConsistencyType"] = consistency
    return row(BACKUP_POLICY, identity, properties)


def nic(identity: str = nic_id(), mac: str | None = MAC, *, allocation: str = "Dynamic", addresses: int = 1) -> Row:
    configs = [
        {"name": f"ipconfig{number}", "properties": {"privateIPAllocationMethod": allocation}}
        for number in range(1, addresses + 1)
    ]
    return row(NIC, identity, {"ipConfigurations": configs, **({"macAddress": mac} if mac else {})})


def view(
    version: str | None = None, of: str = vm_id(), *, agent: bool = True, power: str | None = "running", **more: Any
) -> Row:
    """An instance view; without `agent` it is that of a VM that is off or whose agent does not answer."""
    properties: dict[str, Any] = {"statuses": [{"code": "ProvisioningState/succeeded"}]}
    if power:
        properties["statuses"].append({"code": f"PowerState/{power}"})
    if agent:
        properties["vmAgent"] = {"statuses": [{"code": "ProvisioningState/succeeded", "displayStatus": "Ready"}]}
        if version is not None:
            properties["vmAgent"]["vmAgentVersion"] = version
    return {"id": f"{of}/instanceView", "type": INSTANCE_VIEW, "properties": {**properties, **more}}


def guest(of: str = vm_id(), *, collected: str | None = "2026-11-21T20:00:00Z", **seen: Any) -> Row:
    properties = {"source": "run-command", **({"collectedAt": collected} if collected else {}), **seen}
    return {"id": f"{of}/guestFacts", "type": GUEST_FACTS, "properties": properties}


def vault(identity: str = VAULT_ID, *, location: Any = "westeurope", **properties: Any) -> Row:
    return row(VAULT, identity, properties, location=location)


def vault_settings(
    soft_delete: Any = "Enabled", days: Any = 14, immutability: Any = "Unlocked", storage: Any = "GeoRedundant"
) -> dict[str, Any]:
    """A vault's settings as its row has them; None leaves one out."""

    def given(**named: Any) -> dict[str, Any]:
        return {name: value for name, value in named.items() if value not in (None, {})}

    deleted = given(softDeleteState=soft_delete, softDeleteRetentionPeriodInDays=days)
    security = given(softDeleteSettings=deleted, immutabilitySettings=given(state=immutability))
    redundancy = given(standardTierStorageRedundancy=storage)
    return given(securitySettings=security, redundancySettings=redundancy)


def group_id(name: str, subscription: str = SUBSCRIPTION) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def lock(on: str, level: Any = "CanNotDelete", name: str = "keep") -> Row:
    """A lock on the resource, group or subscription of that id, as its own API lists it."""
    identity = f"{on}/providers/Microsoft.Authorization/locks/{name}"
    properties = {} if level is None else {"level": level}
    subscription = on.split("/")[2]
    return {"id": identity, "type": LOCK, "name": name, "subscriptionId": subscription, "properties": properties}


def metrics(
    cpu: Any = None,
    memory: Any = None,
    of: str = vm_id(),
    *,
    begin: Any = "2026-11-20T23:00:00Z",
    end: Any = TAKEN_AT,
    interval: Any = "PT15M",
    **more: Any,
) -> Row:
    """A VM's metrics: lists of percentages from `begin` on, of CPU in use and of memory available."""
    samples = {"Percentage CPU": cpu, "Available Memory Percentage": memory}
    given = {"collectedAt": TAKEN_AT, "from": begin, "to": end, "interval": interval}
    properties = {
        **{name: value for name, value in given.items() if value is not None},
        "samples": {name: values for name, values in samples.items() if values is not None},
        **more,
    }
    return {"id": f"{of}/metrics", "type": METRICS, "subscriptionId": of.split("/")[2], "properties": properties}


def sql_registration(of: str = vm_id()) -> Row:
    identity = id_of("Microsoft.SqlVirtualMachine/sqlVirtualMachines", of.rsplit("/", 1)[-1])
    return row(SQL_VM, identity, {"virtualMachineResourceId": of, "sqlManagement": "Full"})


def extension(of: str = vm_id(), publisher: str = "Microsoft.SqlServer.Management", kind: str = "SqlIaaSAgent") -> Row:
    return row(EXTENSION, f"{of}/extensions/{kind}", {"publisher": publisher, "type": kind})


def header(rows: Iterable[Row], *collected: str, short: Iterable[str] = ()) -> Row:
    """A snapshot's first line. The rows are all there are of the types `collected`; of those in `short` one lacks."""
    counted = list(rows)
    entries = {}
    for row_type in (*collected, *short):
        received = sum(one["type"] == row_type for one in counted)
        entries[row_type] = {"received": received, "total": received + (row_type in short)}
    return {"snapready": {"version": 1, "takenAt": TAKEN_AT, "collected": {SUBSCRIPTION: entries}}}


def lines(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) + "\n" for one in rows)


def write(path: Path, rows: Iterable[Row]) -> str:
    path.write_text(lines(rows), "utf-8")
    return str(path)


def fleet_of(
    rows: Iterable[Row],
    *,
    max_age: float = DEFAULT_MAX_AGE,
    whole: bool | None = None,
    asserted: frozenset[str] = frozenset(),
    planned: bool = False,
    apart: bool = False,
) -> Fleet:
    """The fleet these rows make. A header among them speaks for all; without one, `whole` False makes them a part."""
    ledger = Ledger(asserted=asserted, planned=planned)
    fleet = Fleet(ledger, max_age=max_age, apart=apart)
    counts: dict[tuple[str, str], int] = {}
    typed: list[tuple[str, Row]] = []
    headed = False
    for one in rows:
        if "snapready" in one:
            headed = True
            _claim(ledger, one["snapready"])
            continue
        kind = one["type"].lower()
        given = one.get("subscriptionId")
        subscription = given.lower() if isinstance(given, str) and given else subscription_of(one["id"])
        counts[kind, subscription] = counts.get((kind, subscription), 0) + 1
        typed.append((kind, {**one, "type": kind, "subscriptionId": subscription}))
    ledger.count(counts, whole=None if headed else whole is not False)
    fleet.load(typed)
    fleet.close(TAKEN_AT)
    return fleet


def _claim(ledger: Ledger, said: Mapping[str, Any]) -> None:
    for subscription, names in said.get("collected", {}).items():
        for name, entry in names.items():
            ledger.claim(subscription, name, Claim(entry.get("received"), entry.get("total"), "", "test"))


def known_facts(subject: str = VM) -> Mapping[str, Fact]:
    found = catalogue(subject)
    assert found is not None, f"{subject} has no catalogue"
    return found


def documents(fleet: Fleet, subject: str = VM) -> dict[str, dict[str, Any]]:
    """Every fact of every subject, by the subject's id in lower case and the fact's name."""
    facts = known_facts(subject)
    return {
        one.key: {name: fact.get(kept, fleet) for name, fact in facts.items()} for one, kept in fleet.records(subject)
    }


def facts_of(rows: Iterable[Row], of: str = vm_id(), **how: Any) -> dict[str, Any]:
    """Every fact of one VM of the fleet that these rows make."""
    return documents(fleet_of(rows, **how))[of.lower()]
