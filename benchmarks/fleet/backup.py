"""Rows of backup: vaults, their policies, the protected items."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.fleet.machines import PER_VAULT, Block, Machine, Schedule, last_start
from benchmarks.fleet.shapes import ITEM, VAULT, ref, row, shape, stamp

NEVER = datetime(2001, 1, 1, tzinfo=UTC)  # the last backup of an item that has none yet
VAULT_SHAPE = shape("""{"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
"securitySettings": {"softDeleteSettings": {"softDeleteState": "Enabled",
"softDeleteRetentionPeriodInDays": "<<days>>"}},
"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled"}}""")


def vault_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    region, sku = fleet.region(sub, number * PER_VAULT), '{"name":"RS0","tier":"Standard"}'
    return row(fleet.vault(sub, number), VAULT, region, VAULT_SHAPE % {"days": rng.choice((14, 30))}, sku=sku)


def policy_id(vault: str, plan: Schedule) -> str:
    """Policies spell the first word of their id with a capital letter."""
    return f"{vault}/backupPolicies/{plan.name}".replace("/subscriptions/", "/Subscriptions/", 1)


def policy_row(member: tuple[Block, Schedule], rng: Random) -> str:
    (fleet, sub, number), plan = member
    times = [f"2025-03-14T{int(hour):02d}:{int(hour % 1 * 60):02d}:00Z" for hour in plan.hours[:1]]
    runs: dict[str, object] = {"scheduleRunTimes": times, "scheduleRunDays": list(plan.days)}
    if plan.frequency == "Hourly":
        runs = {"interval": int(plan.hours[1] - plan.hours[0]), "scheduleWindowStartTime": times[0]}
        runs["scheduleWindowDuration"] = int(plan.hours[-1] - plan.hours[0])
    elif not plan.days:
        del runs["scheduleRunDays"]
    kind = "SimpleSchedulePolicy" + "V2" * (plan.version == "V2")
    schedule: dict[str, object] = {"schedulePolicyType": kind, "scheduleRunFrequency": plan.frequency}
    schedule |= {f"{plan.frequency.lower()}Schedule": runs} if plan.version == "V2" else runs
    properties: dict[str, object] = {"backupManagementType": "AzureIaasVM", "policyType": plan.version}
    kept: dict[str, object] = {"retentionTimes": times, "retentionDuration": {"count": 30, "durationType": "Days"}}
    if plan.frequency == "Weekly":
        kept |= {"daysOfTheWeek": list(plan.days), "retentionDuration": {"count": 12, "durationType": "Weeks"}}
    part = "weeklySchedule" if plan.frequency == "Weekly" else "dailySchedule"
    properties |= {"schedulePolicy": schedule, "protectedItemsCount": rng.randrange(300)}
    properties |= {"retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", part: kept}}
    if plan.name != "DefaultPolicy":  # it says no time zone, which means UTC
        properties["timeZone"] = fleet.zone(sub, number * PER_VAULT)[0]
    if plan.crash_consistent:
        properties["snapshotConsistencyType"] = "OnlyCrashConsistent"
    identity = policy_id(fleet.vault(sub, number), plan)
    region = fleet.region(sub, number * PER_VAULT)
    return row(identity, f"{VAULT}/backuppolicies", region, json.dumps(properties, separators=(",", ":")))


ITEM_SHAPE = shape("""{"protectedItemType": "Microsoft.Compute/virtualMachines",
"backupManagementType": "AzureIaasVM", "workloadType": "VM", "friendlyName": "<name>",
"containerName": "<container>", "sourceResourceId": "<source>", "virtualMachineId": "<machine>",
"vaultId": "<in_vault>", "policyId": "<policy>", "policyName": "<plan>", "policyType": "<plan_version>",
"protectionState": "<state>", "currentProtectionState": "<current>", "protectionStatus": "Healthy",
"healthStatus": "<health>", "lastBackupStatus": "<status>", "lastBackupTime": "<last>",
"lastRecoveryPoint": "<point>", "protectedItemDataId": "<data>", "isScheduledForDeferredDelete": false,
"softDeleteRetentionPeriodInDays": 14, "isArchiveEnabled": false,
"extendedProperties": {"linuxVmApplicationName": ""}, "dataSourceInfo": {"resourceID": "<resource>",
"resourceName": "<name>", "resourceLocation": "<region>",
"datasourceType": "Microsoft.Compute/virtualMachines",
"resourceType": "Microsoft.Compute/virtualMachines"}}""")


def item_row(vm: Machine, rng: Random) -> str:
    last, draw, plan = last_start(vm.schedule, vm.zone[1]), rng.random(), vm.schedule
    last += timedelta(days=-9 if 0.04 < draw < 0.05 else 0, seconds=rng.randrange(5, 1500), microseconds=vm.number + 1)
    point, status = last + timedelta(days=-2 if draw < 0.04 else 0), "Failed" if draw < 0.04 else "Completed"
    if vm.state == "IRPending":
        last, point, status = NEVER, NEVER, ""
    container = f"iaasvmcontainerv2;{vm.resource_group};{vm.name}"
    own = {"container": container, "plan": plan.name, "plan_version": plan.version, "status": status}
    own |= {"source": ref(rng, vm.id), "machine": ref(rng, vm.id), "resource": ref(rng, vm.id)}
    own |= {"in_vault": ref(rng, vm.vault), "policy": ref(rng, policy_id(vm.vault, plan))}
    own |= {"last": stamp(last), "point": stamp(point), "data": str(rng.randrange(10**17, 10**18))}
    own |= {"current": "ProtectionConfigured" if vm.state == "Protected" else vm.state}
    own |= {"health": "Passed" if status == "Completed" else "ActionRequired"}
    properties = ITEM_SHAPE % (vars(vm) | own)
    folder = f"{vm.vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}/protectedItems"
    return row(f"{folder}/VM;{container}", ITEM, vm.region, properties)
