"""One small architecture, as a plan and as the rows a live fleet would have: two subnets, one of them closed by a
separate rule, six VMs in an availability set that are all backed up at 22:00, and one legacy VM without an agent."""

from typing import Any

from scanner.model import Row
from tests.iac.terraform.build import PlanFile, constant, references
from tests.rows import SUBSCRIPTION, daily, id_of

VAULT = id_of("Microsoft.RecoveryServices/vaults", "rsv")
POLICY = f"{VAULT}/backupPolicies/nightly"
AVAILABILITY_SET = id_of("Microsoft.Compute/availabilitySets", "avail-web")
VNET = id_of("Microsoft.Network/virtualNetworks", "vnet")
RG = {"resource_group_name": "rg-app", "location": "westeurope"}
RULE = {
    "priority": 200,
    "direction": "Outbound",
    "access": "Deny",
    "protocol": "*",
    "source_port_range": "*",
    "source_address_prefix": "*",
    "destination_port_range": "*",
    "destination_address_prefix": "Internet",
}
WEB = range(6)


def plan() -> PlanFile:
    """The whole of it, before anything exists."""
    made = PlanFile()
    made.more["prior_state"] = {
        "format_version": "1.0",
        "values": {
            "root_module": {
                "resources": [
                    {
                        "address": "data.azurerm_client_config.me",
                        "mode": "data",
                        "type": "azurerm_client_config",
                        "name": "me",
                        "values": {"id": "Y2xpZW50Q29uZmln", "subscription_id": SUBSCRIPTION},
                        "sensitive_values": {},
                    }
                ]
            }
        },
    }
    made.add("azurerm_resource_group.app", {"name": "rg-app", "location": "westeurope"}, expressions={})
    network(made)
    machines(made)
    backup(made)
    return made


def network(made: PlanFile) -> None:
    vnet = {"name": "vnet", "address_space": ["10.1.0.0/16"], **RG}
    made.add(
        "azurerm_virtual_network.vnet",
        vnet,
        unknown={"id": True, "subnet": True, "address_space": [False]},
        expressions={"name": constant("vnet"), "address_space": constant(["10.1.0.0/16"])},
    )
    for name, prefix in (("web", "10.1.1.0/24"), ("app", "10.1.2.0/24")):
        after = {"name": name, "virtual_network_name": "vnet", "resource_group_name": "rg-app"}
        made.add(
            f"azurerm_subnet.{name}",
            {**after, "address_prefixes": [prefix], "default_outbound_access_enabled": True, "service_endpoints": None},
            expressions={
                "name": constant(name),
                "virtual_network_name": references("azurerm_virtual_network.vnet.name"),
                "resource_group_name": references("azurerm_resource_group.app.name"),
            },
        )
    made.add(
        "azurerm_network_security_group.app",
        {"name": "nsg-app", "tags": None, **RG},
        unknown={"id": True, "security_rule": True},
        expressions={"name": constant("nsg-app")},
    )
    made.add(
        "azurerm_network_security_rule.deny",
        {"name": "DenyInternet", "network_security_group_name": "nsg-app", "resource_group_name": "rg-app", **RULE},
        expressions={"network_security_group_name": references("azurerm_network_security_group.app.name")},
    )
    made.add(
        "azurerm_subnet_network_security_group_association.app",
        {},
        unknown={"id": True, "subnet_id": True, "network_security_group_id": True},
        expressions={
            "subnet_id": references("azurerm_subnet.app.id"),
            "network_security_group_id": references("azurerm_network_security_group.app.id"),
        },
    )


def _nic(made: PlanFile, address: str, name: str, subnet: str) -> None:
    config = {"name": "internal", "private_ip_address_allocation": "Dynamic", "private_ip_address_version": "IPv4"}
    made.add(
        address,
        {"name": name, "ip_configuration": [{**config, "public_ip_address_id": None}], "tags": None, **RG},
        unknown={
            "id": True,
            "mac_address": True,
            "ip_configuration": [{"subnet_id": True, "private_ip_address": True, "primary": True}],
        },
        expressions={
            "ip_configuration": [{"name": constant("internal"), "subnet_id": references(f"azurerm_subnet.{subnet}.id")}]
        },
    )


def machines(made: PlanFile) -> None:
    made.add("azurerm_availability_set.web", {"name": "avail-web", "managed": True, **RG}, expressions={})
    for at in WEB:
        _nic(made, f"azurerm_network_interface.web[{at}]", f"nic-web{at}", "web")
        made.add(
            f"azurerm_linux_virtual_machine.web[{at}]",
            {
                "name": f"web{at}",
                "size": "Standard_D2s_v5",
                "network_interface_ids": [None],
                "os_disk": [{"caching": "ReadWrite", "storage_account_type": "Premium_LRS"}],
                "source_image_reference": [
                    {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
                ],
                "tags": {"env": "prod"},
                **RG,
            },
            unknown={
                "id": True,
                "network_interface_ids": [True],
                "availability_set_id": True,
                "provision_vm_agent": True,
                "allow_extension_operations": True,
                "os_managed_disk_id": True,
                "computer_name": True,
                "os_disk": [{"disk_size_gb": True, "name": True}],
            },
            expressions={
                "network_interface_ids": references("azurerm_network_interface.web", "count.index"),
                "availability_set_id": references("azurerm_availability_set.web.id"),
                "os_disk": [{"caching": constant("ReadWrite")}],
            },
            count=constant(6),
        )
    _nic(made, "azurerm_network_interface.old", "nic-old", "app")
    made.add(
        "azurerm_virtual_machine.old",
        {
            "name": "old1",
            "vm_size": "Standard_D2_v2",
            "network_interface_ids": [None],
            "primary_network_interface_id": None,
            "storage_os_disk": [{"name": "os", "create_option": "FromImage", "vhd_uri": None}],
            "storage_image_reference": [{"publisher": "MicrosoftWindowsServer", "offer": "", "sku": "", "id": ""}],
            "os_profile": [{"computer_name": "old1", "admin_username": "azure"}],
            "os_profile_windows_config": [{"provision_vm_agent": False}],
            "os_profile_linux_config": [],
            "zones": None,
            "tags": None,
            **RG,
        },
        unknown={
            "id": True,
            "network_interface_ids": [True],
            "storage_data_disk": True,
            "storage_os_disk": [{"managed_disk_id": True, "managed_disk_type": True, "os_type": True}],
            "availability_set_id": True,
        },
        expressions={
            "network_interface_ids": references("azurerm_network_interface.old.id"),
            "storage_os_disk": [{"name": constant("os"), "create_option": constant("FromImage")}],
            "os_profile_windows_config": [{}],
        },
    )


def backup(made: PlanFile) -> None:
    made.add(
        "azurerm_recovery_services_vault.rsv",
        {"name": "rsv", "sku": "Standard", "soft_delete_enabled": True, **RG},
        expressions={},
    )
    where = {"recovery_vault_name": "rsv", "resource_group_name": "rg-app"}
    made.add(
        "azurerm_backup_policy_vm.nightly",
        {
            "name": "nightly",
            "policy_type": "V1",
            "timezone": "W. Europe Standard Time",
            "backup": [{"frequency": "Daily", "time": "22:00", "weekdays": None}],
            **where,
        },
        expressions={"recovery_vault_name": references("azurerm_recovery_services_vault.rsv.name")},
    )
    machines = [f"azurerm_linux_virtual_machine.web[{at}]" for at in WEB]
    for at, _ in enumerate(machines):
        made.add(
            f"azurerm_backup_protected_vm.web[{at}]",
            dict(where),
            unknown={"id": True, "source_vm_id": True, "backup_policy_id": True, "protection_state": True},
            expressions={
                "source_vm_id": references("azurerm_linux_virtual_machine.web", "count.index"),
                "backup_policy_id": references("azurerm_backup_policy_vm.nightly.id"),
            },
            count=constant(6),
        )


def live_rows() -> list[Row]:
    """The same architecture as Resource Graph would show it."""
    nsg = id_of("Microsoft.Network/networkSecurityGroups", "nsg-app")
    rule = {
        "priority": 200,
        "direction": "Outbound",
        "access": "Deny",
        "protocol": "*",
        "sourcePortRange": "*",
        "sourceAddressPrefix": "*",
        "destinationPortRange": "*",
        "destinationAddressPrefix": "Internet",
    }
    subnets = [
        {"id": f"{VNET}/subnets/web", "name": "web", "properties": {"addressPrefix": "10.1.1.0/24"}},
        {
            "id": f"{VNET}/subnets/app",
            "name": "app",
            "properties": {"addressPrefix": "10.1.2.0/24", "networkSecurityGroup": {"id": nsg}},
        },
    ]
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    rows = [
        _row(nsg, {"securityRules": [{"name": "DenyInternet", "properties": rule}]}),
        _row(VNET, {**space, "subnets": subnets}),
        _row(POLICY, {"schedulePolicy": daily("22:00"), "timeZone": "W. Europe Standard Time"}),
    ]
    for name, subnet in [*((f"web{at}", "web") for at in WEB), ("old1", "app")]:
        nic = id_of("Microsoft.Network/networkInterfaces", f"nic-{name}")
        config = {"subnet": {"id": f"{VNET}/subnets/{subnet}"}}
        vm = id_of("Microsoft.Compute/virtualMachines", name)
        web = name.startswith("web")
        agent = {"linuxConfiguration" if web else "windowsConfiguration": {"provisionVMAgent": web}}
        rows.append(_row(nic, {"ipConfigurations": [{"name": "internal", "properties": config}]}))
        rows.append(
            _row(
                vm,
                {
                    "storageProfile": {"osDisk": {"managedDisk": {}}, "dataDisks": []},
                    "osProfile": {"allowExtensionOperations": True, **agent},
                    "networkProfile": {"networkInterfaces": [{"id": nic}]},
                    **({"availabilitySet": {"id": AVAILABILITY_SET}} if web else {}),
                },
            )
        )
        if web:
            named = f"iaasvmcontainerv2;rg-app;{name}"
            item = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{named}/protectedItems/VM;{named}"
            properties = {"backupManagementType": "AzureIaasVM", "protectionState": "Protected", "policyId": POLICY}
            rows.append(_row(item, {**properties, "sourceResourceId": vm}))
    return rows


def _row(identity: str, properties: dict[str, Any]) -> Row:
    parts = identity.split("/providers/")[1].split("/")
    kind = "/".join([parts[0], *parts[1::2]])
    return {
        "id": identity,
        "name": parts[-1],
        "type": kind,
        "location": "westeurope",
        "subscriptionId": SUBSCRIPTION,
        "properties": properties,
    }
