"""Recovery vaults, backup policies, protected VMs and locks, as plain data; the words are those of rules.py."""

from typing import Any

VAULT = "Microsoft.RecoveryServices/vaults"
POLICY = f"{VAULT}/backupPolicies"
ITEM = f"{VAULT}/backupFabrics/protectionContainers/protectedItems"
VM = "Microsoft.Compute/virtualMachines"

_IN_VAULT = ("named", "recovery_vault_name", VAULT)
_RUN = ("text", "2025-01-01T{}:00Z", "time")
_RUNS = ("list", _RUN)

_FIRST = {
    "schedulePolicyType": ("const", "SimpleSchedulePolicy"),
    "scheduleRunFrequency": "frequency",
    "scheduleRunTimes": _RUNS,
    "scheduleRunDays": ("filled", "weekdays"),
}
_SECOND = {
    "schedulePolicyType": ("const", "SimpleSchedulePolicyV2"),
    "scheduleRunFrequency": "frequency",
    "hourlySchedule": (
        "case",
        "frequency",
        {
            "Hourly": {
                "interval": "hour_interval",
                "scheduleWindowStartTime": _RUN,
                "scheduleWindowDuration": "hour_duration",
            }
        },
    ),
    "dailySchedule": ("case", "frequency", {"Daily": {"scheduleRunTimes": _RUNS}}),
    "weeklySchedule": (
        "case",
        "frequency",
        {"Weekly": {"scheduleRunTimes": _RUNS, "scheduleRunDays": ("filled", "weekdays")}},
    ),
}

RESOURCES: dict[str, dict[str, Any]] = {
    "azurerm_recovery_services_vault": {
        "type": VAULT,
        "row": {
            "location": ("region", "location"),
            "tags": "tags",
            "sku": {"name": "sku"},
            "properties": {
                "publicNetworkAccess": (
                    "words",
                    "public_network_access_enabled",
                    {True: "Enabled", False: "Disabled"},
                ),
                "redundancySettings": {
                    "standardTierStorageRedundancy": ("default", "storage_mode_type", "GeoRedundant"),
                    "crossRegionRestore": (
                        "words",
                        "cross_region_restore_enabled",
                        {True: "Enabled", False: "Disabled"},
                    ),
                },
                "securitySettings": {
                    "softDeleteSettings": {
                        "softDeleteState": ("words", "soft_delete_enabled", {True: "Enabled", False: "Disabled"})
                    },
                    "immutabilitySettings": {"state": ("computed", "immutability", "Disabled")},
                },
            },
        },
    },
    "azurerm_backup_policy_vm": {
        "type": POLICY,
        "id": {"under": _IN_VAULT},
        "row": {
            "properties": {
                "backupManagementType": ("const", "AzureIaasVM"),
                "policyType": ("default", "policy_type", "V1"),
                "timeZone": ("default", "timezone", "UTC"),
                "snapshotConsistencyType": ("filled", "consistency_type"),
                "instantRPDetails": (
                    "block",
                    "instant_restore_resource_group",
                    {"azureBackupRGNamePrefix": "prefix", "azureBackupRGNameSuffix": ("filled", "suffix")},
                ),
                "schedulePolicy": (
                    "case",
                    ("default", "policy_type", "V1"),
                    {"V1": ("block", "backup", _FIRST), "V2": ("block", "backup", _SECOND)},
                ),
            }
        },
    },
    "azurerm_backup_protected_vm": {
        "type": ITEM,
        "id": {"like": ("ref", "source_vm_id", VM), "item": _IN_VAULT},
        "row": {
            "properties": {
                "backupManagementType": ("const", "AzureIaasVM"),
                "workloadType": ("const", "VM"),
                "sourceResourceId": ("ref", "source_vm_id", VM),
                "policyId": ("ref", "backup_policy_id", POLICY),
                # the state between being protected and the first backup; one that is set otherwise stands in the plan
                "protectionState": ("computed", "protection_state", "IRPending"),
            }
        },
    },
    "azurerm_management_lock": {
        "type": "Microsoft.Authorization/locks",
        "id": {"over": "scope"},
        "row": {"properties": {"level": "lock_level"}},
    },
    "data.azurerm_recovery_services_vault": {"type": VAULT, "row": {}},
    "data.azurerm_backup_policy_vm": {"type": POLICY, "id": {"under": _IN_VAULT}, "row": {}},
}

NOT_MAPPED = frozenset({"azurerm_backup_policy_vm_workload", "azurerm_data_protection_backup_instance_disk"})
"""Types that may change what is judged, and are not read yet."""
