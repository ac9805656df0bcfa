"""Virtual machines, scale sets and what hangs on them, as plain data; the words are those of rules.py.

Attributes and defaults as the azurerm provider 3.x to 5.x documents them. A default the provider writes itself stands
in the plan; ("computed", …) gives the one that holds where it leaves the choice to the service.
"""

from typing import Any

VM = "Microsoft.Compute/virtualMachines"
NIC = "Microsoft.Network/networkInterfaces"
AVAILABILITY_SET = "Microsoft.Compute/availabilitySets"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
PLACEMENT_GROUP = "Microsoft.Compute/proximityPlacementGroups"
DISK = "Microsoft.Compute/disks"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"

_ROW = {"location": ("region", "location"), "tags": "tags"}
_IMAGE = ("any", ("block", "source_image_reference", {n: n for n in ("publisher", "offer", "sku", "version")}),
          {"id": "source_image_id"})  # fmt: skip
_DISK = {
    "osType": ("const", None),
    "caching": "caching",
    "createOption": ("const", "FromImage"),
    "diskSizeGB": "disk_size_gb",
    "managedDisk": {"storageAccountType": ("default", "storage_account_type", "Standard_LRS")},
}
_GROUPED = {
    "availabilitySet": {"id": ("ref", "availability_set_id", AVAILABILITY_SET)},
    "proximityPlacementGroup": {"id": ("ref", "proximity_placement_group_id", PLACEMENT_GROUP)},
}


def _machine(system: str, config: str) -> dict[str, Any]:
    """azurerm_linux_virtual_machine and its Windows twin; one made from a specialised disk gets no osProfile."""
    profile = {
        "computerName": ("computed", "computer_name", None),
        "allowExtensionOperations": ("computed", "allow_extension_operations", True),
        config: {"provisionVMAgent": ("computed", "provision_vm_agent", True)},
    }
    return {
        "type": VM,
        "row": {
            **_ROW,
            "zones": ("list", "zone"),
            "properties": {
                "hardwareProfile": {"vmSize": "size"},
                "storageProfile": {
                    "osDisk": ("block", "os_disk", {**_DISK, "osType": ("const", system)}),
                    "imageReference": _IMAGE,
                    "dataDisks": ("attached", "data disks"),
                },
                "osProfile": ("unless", "os_managed_disk_id", profile),
                "networkProfile": {"networkInterfaces": ("refs", "network_interface_ids", NIC, "primary")},
                **_GROUPED,
                "virtualMachineScaleSet": {"id": ("ref", "virtual_machine_scale_set_id", SCALE_SET)},
            },
        },
    }


_LEGACY_DISK = {
    "name": "name",
    "caching": "caching",
    "createOption": "create_option",
    "diskSizeGB": "disk_size_gb",
    "vhd": {"uri": ("filled", "vhd_uri")},
    "managedDisk": (
        "unless",
        "vhd_uri",
        {"id": ("ref", "managed_disk_id", DISK), "storageAccountType": "managed_disk_type"},
    ),
}

_LEGACY = {
    "type": VM,
    "row": {
        **_ROW,
        "zones": "zones",
        "properties": {
            "hardwareProfile": {"vmSize": "vm_size"},
            "storageProfile": {
                "osDisk": ("block", "storage_os_disk", {**_LEGACY_DISK, "osType": ("computed", "os_type", None)}),
                "imageReference": (
                    "block",
                    "storage_image_reference",
                    {n: ("filled", n) for n in ("publisher", "offer", "sku", "version", "id")},
                ),
                "dataDisks": ("inline", "storage_data_disk", {**_LEGACY_DISK, "lun": "lun"}),
            },
            "osProfile": (
                "block",
                "os_profile",
                {
                    "computerName": "computer_name",
                    # the provider says nothing of extensions and of Linux agents, and the service's default is true
                    "allowExtensionOperations": ("const", True),
                    "windowsConfiguration": (
                        "outer",
                        # here the provider's own default is false, and that is what it sends
                        ("block", "os_profile_windows_config",
                         {"provisionVMAgent": ("default", "provision_vm_agent", False)}),
                    ),
                    "linuxConfiguration": (
                        "outer",
                        ("block", "os_profile_linux_config", {"provisionVMAgent": ("const", True)}),
                    ),
                },
            ),
            "networkProfile": {
                "networkInterfaces": ("refs", "network_interface_ids", NIC, "primary", "primary_network_interface_id")
            },
            **_GROUPED,
        },
    },
}  # fmt: skip

_SCALE_SET_NIC = (
    "blocks",
    "network_interface",
    {
        "name": "name",
        "properties": {
            "primary": "primary",
            "networkSecurityGroup": {
                "id": ("ref", "network_security_group_id", "Microsoft.Network/networkSecurityGroups")
            },
            "ipConfigurations": (
                "blocks",
                "ip_configuration",
                {"name": "name", "properties": {"primary": "primary", "subnet": {"id": ("ref", "subnet_id", SUBNET)}}},
            ),
        },
    },
)


def _scale_set(system: str, profile: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": SCALE_SET,
        "row": {
            **_ROW,
            "zones": "zones",
            "sku": {"name": ("any", "sku", "sku_name"), "capacity": "instances"},
            "properties": {
                "orchestrationMode": ("const", "Uniform" if system else "Flexible"),
                "proximityPlacementGroup": {"id": ("ref", "proximity_placement_group_id", PLACEMENT_GROUP)},
                "virtualMachineProfile": {
                    "storageProfile": {
                        "osDisk": ("block", "os_disk", {**_DISK, "osType": ("const", system or None)}),
                        "imageReference": _IMAGE,
                    },
                    "osProfile": profile,
                    "networkProfile": {"networkInterfaceConfigurations": _SCALE_SET_NIC},
                },
            },
        },
    }


def _uniform(system: str, config: str) -> dict[str, Any]:
    agent = {"provisionVMAgent": ("default", "provision_vm_agent", True)}
    return _scale_set(
        system, {"allowExtensionOperations": ("computed", "extension_operations_enabled", True), config: agent}
    )


_FLEXIBLE = _scale_set(
    "",
    {
        "allowExtensionOperations": ("computed", "extension_operations_enabled", True),
        "windowsConfiguration": (
            "block", "os_profile", ("block", "windows_configuration", {"provisionVMAgent": "provision_vm_agent"})
        ),
        "linuxConfiguration": (
            "block", "os_profile", ("block", "linux_configuration", {"provisionVMAgent": "provision_vm_agent"})
        ),
    },
)  # fmt: skip

RESOURCES: dict[str, dict[str, Any]] = {
    "azurerm_linux_virtual_machine": _machine("Linux", "linuxConfiguration"),
    "azurerm_windows_virtual_machine": _machine("Windows", "windowsConfiguration"),
    "azurerm_virtual_machine": _LEGACY,
    "azurerm_linux_virtual_machine_scale_set": _uniform("Linux", "linuxConfiguration"),
    "azurerm_windows_virtual_machine_scale_set": _uniform("Windows", "windowsConfiguration"),
    "azurerm_orchestrated_virtual_machine_scale_set": _FLEXIBLE,
    "azurerm_virtual_machine_extension": {
        "type": f"{VM}/extensions",
        "id": {"under": ("ref", "virtual_machine_id", VM)},
        "row": {
            "tags": "tags",
            "properties": {
                "publisher": "publisher",
                "type": "type",
                "typeHandlerVersion": "type_handler_version",
                "autoUpgradeMinorVersion": "auto_upgrade_minor_version",
                "enableAutomaticUpgrade": "automatic_upgrade_enabled",
            },
        },
    },
    "azurerm_virtual_machine_data_disk_attachment": {
        "type": "",
        "onto": {
            "id": ("ref", "virtual_machine_id", VM),
            "add": ("storageProfile", "dataDisks"),
            "value": {
                "lun": "lun",
                "caching": "caching",
                "createOption": "create_option",
                "managedDisk": {"id": ("ref", "managed_disk_id", DISK)},
            },
        },
    },
    "azurerm_managed_disk": {
        "type": DISK,
        "row": {
            **_ROW,
            "zones": ("list", "zone"),
            "sku": {"name": "storage_account_type"},
            "properties": {"diskSizeGB": "disk_size_gb", "osType": "os_type"},
        },
    },
    "azurerm_availability_set": {
        "type": AVAILABILITY_SET,
        "row": {
            **_ROW,
            "sku": {"name": ("words", "managed", {True: "Aligned", False: "Classic"})},
            "properties": {
                "platformFaultDomainCount": "platform_fault_domain_count",
                "platformUpdateDomainCount": "platform_update_domain_count",
                "proximityPlacementGroup": {"id": ("ref", "proximity_placement_group_id", PLACEMENT_GROUP)},
            },
        },
    },
    "azurerm_proximity_placement_group": {"type": PLACEMENT_GROUP, "row": {**_ROW, "zones": ("list", "zone")}},
    "azurerm_resource_group": {
        "type": "Microsoft.Resources/subscriptions/resourceGroups",
        "id": {"group": True},
        "row": _ROW,
    },
    "azurerm_mssql_virtual_machine": {
        "type": "Microsoft.SqlVirtualMachine/sqlVirtualMachines",
        "id": {"like": ("ref", "virtual_machine_id", VM)},
        "row": {
            "tags": "tags",
            "properties": {
                "virtualMachineResourceId": ("ref", "virtual_machine_id", VM),
                "sqlServerLicenseType": "sql_license_type",
            },
        },
    },
    "data.azurerm_resource_group": {
        "type": "Microsoft.Resources/subscriptions/resourceGroups",
        "id": {"group": True},
        "row": _ROW,
    },
    "data.azurerm_availability_set": {"type": AVAILABILITY_SET, "row": _ROW},
    "data.azurerm_proximity_placement_group": {"type": PLACEMENT_GROUP, "row": _ROW},
    # too little is told of these to make rows; they are targets of references all the same
    "data.azurerm_virtual_machine": {"type": VM, "row": {}},
    "data.azurerm_managed_disk": {"type": DISK, "row": {}},
}

NOT_MAPPED = frozenset(
    {
        "azurerm_virtual_machine_scale_set",
        "azurerm_virtual_machine_run_command",
        "azurerm_virtual_machine_implicit_data_disk_from_source",
        "azurerm_virtual_machine_restore_point_collection",
        "azurerm_resource_group_template_deployment",
        "azurerm_subscription_template_deployment",
        "azurerm_management_group_template_deployment",
        "azurerm_tenant_template_deployment",
        "azurerm_template_deployment",
        "azapi_update_resource",
        "azapi_resource_action",
    }
)
"""Types that may change what is judged, and are not read yet."""
