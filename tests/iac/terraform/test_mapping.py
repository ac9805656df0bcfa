"""Each mapped type gives the row that Resource Graph would show, with what the provider's defaults will deploy."""

from pathlib import Path
from typing import Any

import pytest

from tests.iac.terraform.build import GROUP_ID, PROVIDERS, PlanFile, by_address, constant, plain, references

RG = {"resource_group_name": "rg-app", "location": "West Europe"}
NET = f"{PROVIDERS}/Microsoft.Network"
COMPUTE = f"{PROVIDERS}/Microsoft.Compute"
VAULT = f"{PROVIDERS}/Microsoft.RecoveryServices/vaults/rsv"
VM_ID = "/subscriptions/1/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm1"
SUBNET_ID = "/subscriptions/1/resourceGroups/rg-app/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
CONTAINER = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;vm1"
ITEM_ID = f"{CONTAINER}/protectedItems/VM;iaasvmcontainerv2;rg-app;vm1"
DISK = [{"caching": "ReadWrite", "storage_account_type": "Premium_LRS"}]
IMAGE = {"publisher": "MicrosoftSQLServer", "offer": "sql2022-ws2022", "sku": "standard", "version": "latest"}
WHERE = {"recovery_vault_name": "rsv", "resource_group_name": "rg-app"}
POLICY_UNDER = {"recovery_vault_name": references("azurerm_recovery_services_vault.rsv.name")}


def _vm(**more: Any) -> dict[str, Any]:
    given = {"name": "vm1", "size": "Standard_B2s", "network_interface_ids": ["/nic/a", "/nic/b"], "os_disk": DISK}
    return {**given, "source_image_reference": [IMAGE], "zone": "2", "tags": {"a": "b"}, **RG, **more}


def _policy(backup: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "p", "policy_type": "V1", "timezone": "UTC", "backup": [backup], **WHERE, **more}


# name: (address, after, after_unknown, expressions, id, what of the row is looked at, in dotted names)
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any] | None, str, dict[str, Any]]] = {
    "a Windows VM": (
        "azurerm_windows_virtual_machine.x",
        _vm(provision_vm_agent=False, allow_extension_operations=True, availability_set_id="/as/1"),
        {"id": True},
        {},
        f"{COMPUTE}/virtualMachines/vm1",
        {
            "location": "westeurope",
            "zones": ["2"],
            "tags": {"a": "b"},
            "properties.hardwareProfile": {"vmSize": "Standard_B2s"},
            "properties.storageProfile.osDisk.osType": "Windows",
            "properties.storageProfile.osDisk.managedDisk": {"storageAccountType": "Premium_LRS"},
            "properties.storageProfile.dataDisks": [],
            "properties.storageProfile.imageReference": IMAGE,
            "properties.osProfile": {
                "allowExtensionOperations": True,
                "windowsConfiguration": {"provisionVMAgent": False},
            },
            "properties.networkProfile.networkInterfaces": [
                {"id": "/nic/a", "properties": {"primary": True}},
                {"id": "/nic/b", "properties": {"primary": False}},
            ],
            "properties.availabilitySet": {"id": "/as/1"},
        },
    ),
    "a Linux VM whose provider leaves the agent to the service": (
        "azurerm_linux_virtual_machine.x",
        _vm(),
        {"id": True, "provision_vm_agent": True, "allow_extension_operations": True, "os_managed_disk_id": True},
        {"size": constant("Standard_B2s")},
        f"{COMPUTE}/virtualMachines/vm1",
        {
            "properties.osProfile": {
                "allowExtensionOperations": True,
                "linuxConfiguration": {"provisionVMAgent": True},
            }
        },
    ),
    "a VM made from a specialised disk, which has no osProfile": (
        "azurerm_linux_virtual_machine.x",
        _vm(os_managed_disk_id="/disk/1"),
        {"id": True, "provision_vm_agent": True},
        {"os_managed_disk_id": constant("/disk/1")},
        f"{COMPUTE}/virtualMachines/vm1",
        {"properties.osProfile": None},
    ),
    "a legacy VM on a blob, where nothing asks for the agent": (
        "azurerm_virtual_machine.x",
        {
            "name": "vm1",
            "vm_size": "Standard_A1",
            "network_interface_ids": ["/nic/a"],
            "storage_os_disk": [{"name": "os", "create_option": "FromImage", "vhd_uri": "https://a/os.vhd"}],
            "storage_data_disk": [{"lun": 0, "vhd_uri": "https://a/data.vhd"}],
            "storage_image_reference": [{**IMAGE, "id": ""}],
            "os_profile": [{"computer_name": "vm1"}],
            "os_profile_windows_config": [{"provision_vm_agent": None}],
            "zones": ["1"],
            **RG,
        },
        {"id": True, "storage_os_disk": [{"managed_disk_id": True, "managed_disk_type": True, "os_type": True}]},
        {"storage_os_disk": [{"vhd_uri": constant("https://a/os.vhd")}], "os_profile_windows_config": [{}]},
        f"{COMPUTE}/virtualMachines/vm1",
        {
            "zones": ["1"],
            "properties.storageProfile.osDisk.vhd": {"uri": "https://a/os.vhd"},
            "properties.storageProfile.osDisk.managedDisk": None,
            "properties.storageProfile.dataDisks": [{"lun": 0, "vhd": {"uri": "https://a/data.vhd"}}],
            "properties.storageProfile.imageReference.publisher": "MicrosoftSQLServer",
            "properties.osProfile.windowsConfiguration": {"provisionVMAgent": False},
            "properties.osProfile.allowExtensionOperations": True,
        },
    ),
    "a scale set": (
        "azurerm_linux_virtual_machine_scale_set.x",
        {
            "name": "ss",
            "sku": "Standard_B2s",
            "instances": 3,
            "os_disk": DISK,
            "provision_vm_agent": True,
            "extension_operations_enabled": True,
            "network_interface": [{"name": "n", "primary": True, "ip_configuration": [{"subnet_id": SUBNET_ID}]}],
            **RG,
        },
        {"id": True},
        {},
        f"{COMPUTE}/virtualMachineScaleSets/ss",
        {
            "sku": {"name": "Standard_B2s", "capacity": 3},
            "properties.orchestrationMode": "Uniform",
            "properties.virtualMachineProfile.osProfile.linuxConfiguration": {"provisionVMAgent": True},
        },
    ),
    "a Windows scale set": (
        "azurerm_windows_virtual_machine_scale_set.x",
        {"name": "ss", "sku": "Standard_B2s", "instances": 1, "os_disk": DISK, "provision_vm_agent": False, **RG},
        {"id": True},
        {},
        f"{COMPUTE}/virtualMachineScaleSets/ss",
        {"properties.virtualMachineProfile.osProfile.windowsConfiguration": {"provisionVMAgent": False}},
    ),
    "a flexible scale set": (
        "azurerm_orchestrated_virtual_machine_scale_set.x",
        {"name": "ss", "sku_name": "Standard_B2s", "instances": 0, **RG},
        {"id": True},
        {},
        f"{COMPUTE}/virtualMachineScaleSets/ss",
        {"properties.orchestrationMode": "Flexible", "sku.name": "Standard_B2s"},
    ),
    "an interface": (
        "azurerm_network_interface.x",
        {
            "name": "nic",
            "ip_configuration": [
                {"name": "a", "primary": False, "subnet_id": SUBNET_ID},
                {"name": "b", "primary": True, "subnet_id": SUBNET_ID, "private_ip_address": "10.0.0.4"},
            ],
            **RG,
        },
        {"id": True, "mac_address": True, "ip_configuration": [{"private_ip_address": True}, {}]},
        {},
        f"{NET}/networkInterfaces/nic",
        {
            "properties.networkSecurityGroup": None,
            "properties.macAddress": "?mac_address of azurerm_network_interface.x is known after apply",
            "properties.ipConfigurations.0.properties.primary": False,
            "properties.ipConfigurations.0.properties.privateIPAddress": (
                "?ip_configuration[0].private_ip_address of azurerm_network_interface.x is known after apply"
            ),
            "properties.ipConfigurations.1.properties.privateIPAddress": "10.0.0.4",
            "properties.ipConfigurations.1.properties.applicationSecurityGroups": [],
            "properties.ipConfigurations.1.properties.publicIPAddress": None,
        },
    ),
    "a security group with inline rules": (
        "azurerm_network_security_group.x",
        {
            "name": "nsg",
            "security_rule": [
                {
                    "name": "Deny",
                    "priority": 100,
                    "direction": "Outbound",
                    "access": "Deny",
                    "protocol": "Tcp",
                    "source_port_range": "*",
                    "source_port_ranges": [],
                    "destination_port_range": "",
                    "destination_port_ranges": ["443", "80"],
                    "source_address_prefix": "*",
                    "destination_address_prefix": "Internet",
                    "source_application_security_group_ids": ["/asg/1"],
                }
            ],
            **RG,
        },
        {"id": True},
        {"security_rule": references("var.rules")},
        f"{NET}/networkSecurityGroups/nsg",
        {
            "properties.securityRules.0.name": "Deny",
            "properties.securityRules.0.id": f"{NET}/networkSecurityGroups/nsg/securityRules/Deny",
            "properties.securityRules.0.properties.priority": 100,
            "properties.securityRules.0.properties.destinationPortRanges": ["443", "80"],
            "properties.securityRules.0.properties.destinationAddressPrefix": "Internet",
            "properties.securityRules.0.properties.sourceApplicationSecurityGroups": [{"id": "/asg/1"}],
        },
    ),
    "a security group without a rule, or with a dynamic block": (
        "azurerm_network_security_group.x",
        {"name": "nsg", **RG},
        {"id": True, "security_rule": True},
        {"name": constant("nsg")},
        f"{NET}/networkSecurityGroups/nsg",
        {
            "properties.securityRules": "?no security_rule of azurerm_network_security_group.x is written, unless in a"
            " dynamic block over what is known after apply"
        },
    ),
    "a security group whose inline rules are computed": (
        "azurerm_network_security_group.x",
        {"name": "nsg", **RG},
        {"id": True, "security_rule": True},
        {"security_rule": references("azurerm_subnet.s.address_prefixes")},
        f"{NET}/networkSecurityGroups/nsg",
        {"properties.securityRules": ["?security_rule of azurerm_network_security_group.x is known after apply"]},
    ),
    "a network with inline subnets": (
        "azurerm_virtual_network.x",
        {
            "name": "v",
            "address_space": ["10.0.0.0/16"],
            "subnet": [
                {
                    "name": "s",
                    "address_prefixes": ["10.0.1.0/24"],
                    "security_group": "/nsg/1",
                    "route_table_id": "",
                    "default_outbound_access_enabled": False,
                    "service_endpoints": ["Microsoft.Storage"],
                }
            ],
            **RG,
        },
        {"id": True, "subnet": [{"id": True}]},
        {"subnet": {}},
        f"{NET}/virtualNetworks/v",
        {
            "properties.addressSpace.addressPrefixes": ["10.0.0.0/16"],
            "properties.subnets.0.id": f"{NET}/virtualNetworks/v/subnets/s",
            "properties.subnets.0.properties.addressPrefixes": ["10.0.1.0/24"],
            "properties.subnets.0.properties.networkSecurityGroup": {"id": "/nsg/1"},
            "properties.subnets.0.properties.routeTable": None,
            "properties.subnets.0.properties.natGateway": None,
            "properties.subnets.0.properties.defaultOutboundAccess": False,
            "properties.subnets.0.properties.serviceEndpoints": [{"service": "Microsoft.Storage"}],
        },
    ),
    "a route table": (
        "azurerm_route_table.x",
        {
            "name": "rt",
            "route": [
                {
                    "name": "fw",
                    "address_prefix": "0.0.0.0/0",
                    "next_hop_type": "VirtualAppliance",
                    "next_hop_in_ip_address": "10.0.0.4",
                }
            ],
            **RG,
        },
        {"id": True},
        {"route": {}},
        f"{NET}/routeTables/rt",
        {
            "properties.routes.0.properties": {
                "addressPrefix": "0.0.0.0/0",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.0.0.4",
            }
        },
    ),
    "a NAT gateway": (
        "azurerm_nat_gateway.x",
        {"name": "nat", "sku_name": "Standard", "zones": None, **RG},
        {"id": True},
        {},
        f"{NET}/natGateways/nat",
        {"sku": {"name": "Standard"}, "properties": {"publicIpAddresses": [], "publicIpPrefixes": []}},
    ),
    "a public address": (
        "azurerm_public_ip.x",
        {"name": "pip", "sku": "Standard", "allocation_method": "Static", **RG},
        {"id": True, "ip_address": True},
        {},
        f"{NET}/publicIPAddresses/pip",
        {"properties.publicIPAllocationMethod": "Static"},
    ),
    "a private endpoint": (
        "azurerm_private_endpoint.x",
        {
            "name": "pe",
            "subnet_id": SUBNET_ID,
            "private_service_connection": [
                {"name": "c", "private_connection_resource_id": "/storage/1", "subresource_names": ["blob"]}
            ],
            **RG,
        },
        {"id": True},
        {},
        f"{NET}/privateEndpoints/pe",
        {
            "properties.subnet": {"id": SUBNET_ID},
            "properties.privateLinkServiceConnections.0.properties": {
                "privateLinkServiceId": "/storage/1",
                "groupIds": ["blob"],
            },
        },
    ),
    "an extension": (
        "azurerm_virtual_machine_extension.x",
        {
            "name": "SqlIaaSAgent",
            "virtual_machine_id": VM_ID,
            "publisher": "Microsoft.SqlServer.Management",
            "type": "SqlIaaSAgent",
            "settings": '{"a": "secret"}',
        },
        {"id": True},
        {},
        f"{VM_ID}/extensions/SqlIaaSAgent",
        {
            "properties.type": "SqlIaaSAgent",
            "properties.publisher": "Microsoft.SqlServer.Management",
            "properties.settings": None,
        },
    ),
    "an availability set": (
        "azurerm_availability_set.x",
        {"name": "as", "managed": True, **RG},
        {"id": True},
        {},
        f"{COMPUTE}/availabilitySets/as",
        {"sku": {"name": "Aligned"}},
    ),
    "a placement group": (
        "azurerm_proximity_placement_group.x",
        {"name": "ppg", **RG},
        {"id": True},
        {},
        f"{COMPUTE}/proximityPlacementGroups/ppg",
        {"location": "westeurope"},
    ),
    "a security group of applications": (
        "azurerm_application_security_group.x",
        {"name": "asg", **RG},
        {"id": True},
        {},
        f"{NET}/applicationSecurityGroups/asg",
        {"location": "westeurope"},
    ),
    "a disk": (
        "azurerm_managed_disk.x",
        {"name": "d", "storage_account_type": "Premium_LRS", "disk_size_gb": 64, **RG},
        {"id": True},
        {},
        f"{COMPUTE}/disks/d",
        {"sku": {"name": "Premium_LRS"}, "properties.diskSizeGB": 64},
    ),
    "a resource group": (
        "azurerm_resource_group.x",
        {"name": "rg-app", "location": "westeurope"},
        {"id": True},
        {},
        "/subscriptions/{subscription}/resourceGroups/rg-app",
        {"location": "westeurope"},
    ),
    "a vault": (
        "azurerm_recovery_services_vault.rsv",
        {
            "name": "rsv",
            "sku": "Standard",
            "storage_mode_type": "GeoRedundant",
            "cross_region_restore_enabled": False,
            "public_network_access_enabled": True,
            "soft_delete_enabled": True,
            **RG,
        },
        {"id": True, "immutability": True},
        {"sku": constant("Standard")},
        VAULT,
        {
            "properties": {
                "publicNetworkAccess": "Enabled",
                "redundancySettings": {
                    "standardTierStorageRedundancy": "GeoRedundant",
                    "crossRegionRestore": "Disabled",
                },
                "securitySettings": {
                    "softDeleteSettings": {"softDeleteState": "Enabled"},
                    "immutabilitySettings": {"state": "Disabled"},
                },
            }
        },
    ),
    "a vault with everything off": (
        "azurerm_recovery_services_vault.rsv",
        {
            "name": "rsv",
            "sku": "Standard",
            "storage_mode_type": "LocallyRedundant",
            "cross_region_restore_enabled": False,
            "soft_delete_enabled": False,
            "immutability": "Disabled",
            **RG,
        },
        {"id": True},
        {"sku": constant("Standard"), "immutability": constant("Disabled")},
        VAULT,
        {
            "properties.redundancySettings.standardTierStorageRedundancy": "LocallyRedundant",
            "properties.securitySettings": {
                "softDeleteSettings": {"softDeleteState": "Disabled"},
                "immutabilitySettings": {"state": "Disabled"},
            },
        },
    ),
    "a locked vault in three zones": (
        "azurerm_recovery_services_vault.rsv",
        {"name": "rsv", "sku": "RS0", "storage_mode_type": "ZoneRedundant", "immutability": "Locked", **RG},
        {"id": True},
        {"immutability": constant("Locked")},
        VAULT,
        {
            "properties.redundancySettings.standardTierStorageRedundancy": "ZoneRedundant",
            "properties.securitySettings.immutabilitySettings.state": "Locked",
        },
    ),
    "a lock on a resource group that is known": (
        "azurerm_management_lock.x",
        {"name": "keep", "scope": GROUP_ID.format(subscription="1"), "lock_level": "CanNotDelete"},
        {"id": True},
        {"scope": constant(GROUP_ID.format(subscription="1"))},
        f"{GROUP_ID.format(subscription='1')}/providers/Microsoft.Authorization/locks/keep",
        {"properties": {"level": "CanNotDelete"}},
    ),
    "a policy that names the group of its restore points": (
        "azurerm_backup_policy_vm.x",
        _policy(
            {"frequency": "Daily", "time": "23:00"},
            instant_restore_resource_group=[{"prefix": "rg-snapshots", "suffix": None}],
        ),
        {"id": True},
        POLICY_UNDER,
        f"{VAULT}/backupPolicies/p",
        {"properties.instantRPDetails": {"azureBackupRGNamePrefix": "rg-snapshots"}},
    ),
    "a weekly policy, first version": (
        "azurerm_backup_policy_vm.x",
        _policy({"frequency": "Weekly", "time": "23:30", "weekdays": ["Sunday"]}, timezone="India Standard Time"),
        {"id": True},
        POLICY_UNDER,
        f"{VAULT}/backupPolicies/p",
        {
            "properties.timeZone": "India Standard Time",
            "properties.policyType": "V1",
            "properties.snapshotConsistencyType": None,
            "properties.schedulePolicy": {
                "schedulePolicyType": "SimpleSchedulePolicy",
                "scheduleRunFrequency": "Weekly",
                "scheduleRunTimes": ["2025-01-01T23:30:00Z"],
                "scheduleRunDays": ["Sunday"],
            },
        },
    ),
    "a daily policy, second version, without the agent": (
        "azurerm_backup_policy_vm.x",
        _policy({"frequency": "Daily", "time": "23:00"}, policy_type="V2", consistency_type="OnlyCrashConsistent"),
        {"id": True},
        POLICY_UNDER,
        f"{VAULT}/backupPolicies/p",
        {
            "properties.snapshotConsistencyType": "OnlyCrashConsistent",
            "properties.schedulePolicy": {
                "schedulePolicyType": "SimpleSchedulePolicyV2",
                "scheduleRunFrequency": "Daily",
                "dailySchedule": {"scheduleRunTimes": ["2025-01-01T23:00:00Z"]},
            },
        },
    ),
    "an hourly policy": (
        "azurerm_backup_policy_vm.x",
        _policy({"frequency": "Hourly", "time": "08:00", "hour_interval": 4, "hour_duration": 12}, policy_type="V2"),
        {"id": True},
        POLICY_UNDER,
        f"{VAULT}/backupPolicies/p",
        {
            "properties.schedulePolicy.hourlySchedule": {
                "interval": 4,
                "scheduleWindowStartTime": "2025-01-01T08:00:00Z",
                "scheduleWindowDuration": 12,
            },
            "properties.schedulePolicy.dailySchedule": None,
        },
    ),
    "a weekly policy, second version": (
        "azurerm_backup_policy_vm.x",
        _policy({"frequency": "Weekly", "time": "01:00", "weekdays": ["Monday"]}, policy_type="V2"),
        {"id": True},
        POLICY_UNDER,
        f"{VAULT}/backupPolicies/p",
        {
            "properties.schedulePolicy.weeklySchedule": {
                "scheduleRunTimes": ["2025-01-01T01:00:00Z"],
                "scheduleRunDays": ["Monday"],
            }
        },
    ),
    "a protected VM": (
        "azurerm_backup_protected_vm.x",
        {"source_vm_id": VM_ID, "backup_policy_id": f"{VAULT}/backupPolicies/p", **WHERE},
        {"id": True, "protection_state": True},
        {"source_vm_id": constant(VM_ID)},
        ITEM_ID,
        {
            "properties": {
                "backupManagementType": "AzureIaasVM",
                "workloadType": "VM",
                "sourceResourceId": VM_ID,
                "policyId": f"{VAULT}/backupPolicies/p",
                "protectionState": "IRPending",
            }
        },
    ),
    "a VM whose protection is stopped": (
        "azurerm_backup_protected_vm.x",
        {"source_vm_id": VM_ID, "protection_state": "ProtectionStopped", **WHERE},
        {"id": True},
        {},
        ITEM_ID,
        {"properties.protectionState": "ProtectionStopped"},
    ),
    "a SQL VM": (
        "azurerm_mssql_virtual_machine.x",
        {"virtual_machine_id": VM_ID, "sql_license_type": "PAYG"},
        {"id": True},
        {},
        "/subscriptions/1/resourceGroups/rg-app/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1",
        {"properties.virtualMachineResourceId": VM_ID},
    ),
}


def at(row: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(row, list):
            row = row[int(name)]
        else:
            row = row.get(name) if isinstance(row, dict) else None
    return row


@pytest.mark.parametrize("name", CASES)
def test_a_mapped_type_gives_its_row(tmp_path: Path, name: str) -> None:
    address, after, unknown, expressions, identity, expected = CASES[name]
    made = PlanFile().add(address, after, unknown=unknown, expressions=expressions)
    resource = by_address(made.read(tmp_path))[address]
    row = plain(resource.row)
    assert row["id"] == identity
    assert resource.action == "create"
    assert {path: at(row, path) for path in expected} == expected


def test_every_mapped_type_is_tried_somewhere_in_these_tests() -> None:
    from scanner.sources.iac.terraform.mapping import backup, compute, network

    written = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("*.py"))
    mapped = {*compute.RESOURCES, *network.RESOURCES, *backup.RESOURCES}
    assert not {kind for kind in mapped if f"{kind}." not in written}


def test_secrets_of_a_plan_are_in_no_row(tmp_path: Path) -> None:
    made = PlanFile()
    secrets = {"admin_password": "hunter2", "custom_data": "aHVudGVyMg==", "user_data": "hunter2"}
    marks = {**dict.fromkeys(secrets, True), "tags": {"owner": True}, "location": True, "name": True}
    made.add("azurerm_linux_virtual_machine.x", _vm(**secrets, tags={"owner": "hunter2"}), sensitive=marks, unknown={})
    row = plain(by_address(made.read(tmp_path))["azurerm_linux_virtual_machine.x"].row)
    assert "hunter2" not in str(row) and "aHVudGVyMg" not in str(row)
    assert row["location"] == "?location of azurerm_linux_virtual_machine.x is sensitive"
    assert row["tags"] == {"owner": "?tags of azurerm_linux_virtual_machine.x is sensitive"}
    assert row["name"] == "vm1"


def test_objects_of_false_hold_no_unknown(tmp_path: Path) -> None:
    made = PlanFile()
    marks = {"id": True, "tags": {"a": False}, "os_disk": [{"caching": False}], "network_interface_ids": [False, False]}
    made.add("azurerm_linux_virtual_machine.x", _vm(), unknown=marks, expressions={})
    assert "?" not in str(plain(by_address(made.read(tmp_path))["azurerm_linux_virtual_machine.x"].row))


@pytest.mark.parametrize(
    ("referred", "scope"),
    [
        ("azurerm_resource_group.g.id", GROUP_ID),
        ("azurerm_linux_virtual_machine.vm.id", f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm1"),
    ],
)
def test_a_lock_lies_on_what_its_scope_refers_to(tmp_path: Path, referred: str, scope: str) -> None:
    made = PlanFile()
    made.add("azurerm_resource_group.g", {"name": "rg-app", "location": "westeurope"}, unknown={"id": True})
    made.add("azurerm_linux_virtual_machine.vm", _vm(), unknown={"id": True})
    expressions = {"scope": references(referred)}
    lock = {"name": "keep", "lock_level": "ReadOnly"}
    made.add("azurerm_management_lock.x", lock, unknown={"id": True, "scope": True}, expressions=expressions)
    row = by_address(made.read(tmp_path))["azurerm_management_lock.x"].row
    assert row["id"] == f"{scope}/providers/Microsoft.Authorization/locks/keep"


def test_a_lock_of_which_nobody_knows_what_it_lies_on(tmp_path: Path) -> None:
    made = PlanFile()
    lock = {"name": "keep", "lock_level": "ReadOnly"}
    made.add("azurerm_management_lock.x", lock, unknown={"id": True, "scope": True}, expressions={})
    row = by_address(made.read(tmp_path))["azurerm_management_lock.x"].row
    assert row["id"].startswith("{azurerm_management_lock.x.scope}/providers/")
