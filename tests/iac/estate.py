"""One architecture in three forms: an ARM template, a Terraform plan, and the rows that Resource Graph would show.

Six VMs of an availability set in two subnets behind one NSG; four are backed up at 22:00 by a policy of the first
kind, two at 03:00 by one of the second. `deny` adds a rule that closes the way out, `crowd` VMs more at 22:00.
"""

from dataclasses import dataclass
from typing import Any

from scanner.model import Row
from tests.iac.terraform.build import PlanFile, constant, references
from tests.rows import SUBSCRIPTION, daily, id_of

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
WHERE = ("--scope", GROUP, "--location", "westeurope")
NET = "Microsoft.Network"
VAULT = id_of("Microsoft.RecoveryServices/vaults", "rsv")
SET = id_of("Microsoft.Compute/availabilitySets", "avail-web")
VNET = id_of(f"{NET}/virtualNetworks", "vnet")
NSG = id_of(f"{NET}/networkSecurityGroups", "nsg-app")
TABLE = id_of(f"{NET}/routeTables", "rt-app")
ASG = id_of(f"{NET}/applicationSecurityGroups", "asg-web")
ZONE = "W. Europe Standard Time"
RG = {"resource_group_name": "rg-app", "location": "westeurope"}


@dataclass(frozen=True)
class Estate:
    deny: bool = False
    crowd: int = 0

    def machines(self) -> list[tuple[str, str, str]]:
        """(name, subnet, backup policy) of each VM."""
        names = [(f"web{at}", "web" if at < 3 else "app", "nightly" if at < 4 else "early") for at in range(6)]
        return names + [(f"more{at}", "app", "nightly") for at in range(self.crowd)]

    def rules(self) -> dict[str, dict[str, Any]]:
        found = {
            "AllowStorage": _rule(100, "Allow", "Storage", "443", "Tcp"),
            "AllowMonitor": _rule(110, "Allow", "AzureMonitor", "443", "Tcp"),
            "AllowNeighbours": _rule(120, "Allow", "VirtualNetwork", "*", "*", source=""),
            "AllowSql": _rule(130, "Allow", "Sql.WestEurope", "1433", "Tcp"),
            "DenySsh": _rule(140, "Deny", "*", "22", "Tcp", direction="Inbound"),
            "AllowDns": _rule(150, "Allow", "Internet", "53", "Udp"),
        }
        return found | ({"DenyInternet": _rule(90, "Deny", "Internet", "*", "*")} if self.deny else {})


def _rule(priority: int, access: str, to: str, port: str, protocol: str, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "priority": priority,
        "direction": more.get("direction", "Outbound"),
        "access": access,
        "protocol": protocol,
        "sourcePortRange": "*",
        "destinationPortRange": port,
        "destinationAddressPrefix": to,
    }
    if "source" in more:
        return found | {"sourceApplicationSecurityGroups": [{"id": ASG}]}
    return found | {"sourceAddressPrefix": "*"}


# ---- as Resource Graph shows it


def live(estate: Estate) -> list[Row]:
    subnets = [
        {
            "id": f"{VNET}/subnets/{name}",
            "name": name,
            "properties": {
                "addressPrefix": prefix,
                "networkSecurityGroup": {"id": NSG},
                "routeTable": {"id": TABLE},
            },
        }
        for name, prefix in (("web", "10.1.1.0/24"), ("app", "10.1.2.0/24"))
    ]
    out = {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}
    rows = [
        _row(ASG, {}),
        _row(NSG, {"securityRules": [{"name": name, "properties": body} for name, body in estate.rules().items()]}),
        _row(TABLE, {"routes": [{"name": "out", "properties": out}]}),
        _row(VNET, {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": subnets}),
        _row(SET, {}),
        _row(VAULT, {}),
        _row(f"{VAULT}/backupPolicies/nightly", {"schedulePolicy": daily("22:00"), "timeZone": ZONE}),
        _row(f"{VAULT}/backupPolicies/early", {"schedulePolicy": daily("03:00", version=2), "timeZone": ZONE}),
    ]
    for name, subnet, policy in estate.machines():
        nic, vm = id_of(f"{NET}/networkInterfaces", f"nic-{name}"), id_of("Microsoft.Compute/virtualMachines", name)
        rows += [
            _row(nic, _interface(subnet, {"privateIPAllocationMethod": "Dynamic"})),
            _row(
                vm,
                {
                    "storageProfile": {"osDisk": {"osType": "Linux", "managedDisk": {}}, "dataDisks": []},
                    "osProfile": {
                        "computerName": name,
                        "allowExtensionOperations": True,
                        "linuxConfiguration": {"provisionVMAgent": True},
                    },
                    "networkProfile": {"networkInterfaces": [{"id": nic}]},
                    "availabilitySet": {"id": SET},
                },
            ),
            _row(
                _item(name),
                {
                    "backupManagementType": "AzureIaasVM",
                    "protectionState": "Protected",
                    "sourceResourceId": vm,
                    "policyId": f"{VAULT}/backupPolicies/{policy}",
                },
            ),
        ]
    return rows


def _interface(subnet: str, more: dict[str, Any]) -> dict[str, Any]:
    config = {**more, "subnet": {"id": f"{VNET}/subnets/{subnet}"}, "applicationSecurityGroups": [{"id": ASG}]}
    return {"ipConfigurations": [{"name": "internal", "properties": config}]}


def _item(vm: str) -> str:
    named = f"iaasvmcontainerv2;rg-app;{vm}"
    return f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{named}/protectedItems/VM;{named}"


def _row(identity: str, properties: dict[str, Any]) -> Row:
    parts = identity.split("/providers/")[1].split("/")
    return {
        "id": identity,
        "name": parts[-1],
        "type": "/".join([parts[0], *parts[1::2]]),
        "location": "westeurope",
        "subscriptionId": SUBSCRIPTION,
        "resourceGroup": "rg-app",
        "properties": properties,
    }


# ---- as an ARM template


def arm(estate: Estate) -> dict[str, Any]:
    """Half of the rules inline, the others as resources of their own: as a child, and by a name with a slash."""
    rules = list(estate.rules().items())
    inline, child, apart = rules[:3], rules[3:5], rules[5:]
    subnet = {
        "networkSecurityGroup": {"id": f"[resourceId('{NET}/networkSecurityGroups', 'nsg-app')]"},
        "routeTable": {"id": f"[resourceId('{NET}/routeTables', 'rt-app')]"},
    }
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "variables": {"machines": [{"name": n, "subnet": s, "policy": p} for n, s, p in estate.machines()]},
        "resources": [
            _arm(f"{NET}/applicationSecurityGroups", "asg-web", {}),
            _arm(f"{NET}/networkSecurityGroups", "nsg-app", {"securityRules": _named(inline)})
            | {"resources": [{**_arm("securityRules", name, _asg(body))} for name, body in child]},
            *(_arm(f"{NET}/networkSecurityGroups/securityRules", f"nsg-app/{name}", _asg(b)) for name, b in apart),
            _arm(f"{NET}/routeTables", "rt-app", {}),
            _arm(f"{NET}/routeTables/routes", "rt-app/out", {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}),
            _arm(
                f"{NET}/virtualNetworks",
                "vnet",
                {
                    "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
                    "subnets": [{"name": "web", "properties": {"addressPrefix": "10.1.1.0/24", **subnet}}],
                },
            ),
            _arm(f"{NET}/virtualNetworks/subnets", "vnet/app", {"addressPrefix": "10.1.2.0/24", **subnet}),
            _arm("Microsoft.Compute/availabilitySets", "avail-web", {}),
            _arm("Microsoft.RecoveryServices/vaults", "rsv", {}),
            _arm(
                "Microsoft.RecoveryServices/vaults/backupPolicies",
                "rsv/nightly",
                {"backupManagementType": "AzureIaasVM", "timeZone": ZONE, "schedulePolicy": daily("22:00")},
            ),
            _arm(
                "Microsoft.RecoveryServices/vaults/backupPolicies",
                "rsv/early",
                {"backupManagementType": "AzureIaasVM", "timeZone": ZONE, "schedulePolicy": daily("03:00", version=2)},
            ),
            *_arm_machines(),
        ],
    }


def _arm(kind: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    where = {} if kind.count("/") > 1 or "/" not in kind else {"location": "[resourceGroup().location]"}
    return {"type": kind, "apiVersion": "2024-01-01", "name": name, **where, "properties": properties}


def _asg(body: dict[str, Any]) -> dict[str, Any]:
    reference = {"id": f"[resourceId('{NET}/applicationSecurityGroups', 'asg-web')]"}
    return {**body, "sourceApplicationSecurityGroups": [reference]} if "sourceAddressPrefix" not in body else body


def _named(rules: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [{"name": name, "properties": _asg(body)} for name, body in rules]


def _arm_machines() -> list[dict[str, Any]]:
    loop, one = {"count": "[length(variables('machines'))]"}, "variables('machines')[copyIndex()]"
    name, nic = f"{one}.name", f"concat('nic-', {one}.name)"
    item = f"concat('iaasvmcontainerv2;', resourceGroup().name, ';', {name})"
    config = {
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": f"[resourceId('{NET}/virtualNetworks/subnets', 'vnet', {one}.subnet)]"},
        "applicationSecurityGroups": [{"id": f"[resourceId('{NET}/applicationSecurityGroups', 'asg-web')]"}],
    }
    vm = {
        "availabilitySet": {"id": "[resourceId('Microsoft.Compute/availabilitySets', 'avail-web')]"},
        "storageProfile": {"osDisk": {"createOption": "FromImage", "osType": "Linux", "managedDisk": {}}},
        "osProfile": {"computerName": f"[{name}]", "linuxConfiguration": {"provisionVMAgent": True}},
        "networkProfile": {"networkInterfaces": [{"id": f"[resourceId('{NET}/networkInterfaces', {nic})]"}]},
    }
    protected = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "sourceResourceId": f"[resourceId('Microsoft.Compute/virtualMachines', {name})]",
        "policyId": f"[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', 'rsv', {one}.policy)]",
    }
    return [
        _arm(f"{NET}/networkInterfaces", f"[{nic}]", {"ipConfigurations": [{"name": "internal", "properties": config}]})
        | {"copy": {**loop, "name": "nics"}},
        _arm("Microsoft.Compute/virtualMachines", f"[{name}]", vm) | {"copy": {**loop, "name": "vms"}},
        _arm(
            "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
            f"[concat('rsv/Azure/IaasVMContainer;', {item}, '/VM;', {item})]",
            protected,
        )
        | {"copy": {**loop, "name": "items"}},
    ]


# ---- as a Terraform plan


def terraform(estate: Estate) -> PlanFile:
    made = PlanFile()
    me = {"address": "data.azurerm_client_config.me", "mode": "data", "type": "azurerm_client_config", "name": "me"}
    values = {"id": "Y2xpZW50Q29uZmln", "subscription_id": SUBSCRIPTION}
    resources = [{**me, "values": values, "sensitive_values": {}}]
    made.more["prior_state"] = {"format_version": "1.0", "values": {"root_module": {"resources": resources}}}
    made.add("azurerm_resource_group.app", {"name": "rg-app", "location": "westeurope"}, expressions={})
    made.add("azurerm_application_security_group.web", {"name": "asg-web", **RG}, expressions={})
    _terraform_network(made, estate)
    made.add("azurerm_availability_set.web", {"name": "avail-web", "managed": True, **RG}, expressions={})
    _terraform_backup(made)
    for name, subnet, policy in estate.machines():
        _terraform_machine(made, name, subnet, policy)
    return made


def _terraform_network(made: PlanFile, estate: Estate) -> None:
    made.add(
        "azurerm_virtual_network.vnet",
        {"name": "vnet", "address_space": ["10.1.0.0/16"], **RG},
        unknown={"id": True, "subnet": True, "address_space": [False]},
        expressions={"name": constant("vnet")},
    )
    made.add(
        "azurerm_network_security_group.app",
        {"name": "nsg-app", **RG},
        unknown={"id": True, "security_rule": True},
        expressions={},
    )
    for name, body in estate.rules().items():
        group = {"network_security_group_name": "nsg-app", "resource_group_name": "rg-app"}
        sources = {"source_application_security_group_ids": True} if "sourceAddressPrefix" not in body else {}
        web = references("azurerm_application_security_group.web.id")
        made.add(
            f"azurerm_network_security_rule.{name.lower()}",
            {"name": name, **{_snake(key): value for key, value in body.items() if isinstance(value, str | int)}}
            | group,
            unknown={"id": True, **sources},
            expressions={
                "network_security_group_name": references("azurerm_network_security_group.app.name"),
                **({"source_application_security_group_ids": web} if sources else {}),
            },
        )
    made.add("azurerm_route_table.app", {"name": "rt-app", **RG}, unknown={"id": True, "route": True}, expressions={})
    made.add(
        "azurerm_route.out",
        {
            "name": "out",
            "route_table_name": "rt-app",
            "resource_group_name": "rg-app",
            "address_prefix": "0.0.0.0/0",
            "next_hop_type": "Internet",
            "next_hop_in_ip_address": None,
        },
        expressions={"route_table_name": references("azurerm_route_table.app.name")},
    )
    for name, prefix in (("web", "10.1.1.0/24"), ("app", "10.1.2.0/24")):
        after = {"name": name, "virtual_network_name": "vnet", "resource_group_name": "rg-app"}
        more = {"address_prefixes": [prefix], "default_outbound_access_enabled": True, "service_endpoints": None}
        made.add(
            f"azurerm_subnet.{name}",
            {**after, **more},
            expressions={"virtual_network_name": references("azurerm_virtual_network.vnet.name")},
        )
        for kind, attribute, target in (
            ("network_security_group", "network_security_group_id", "azurerm_network_security_group.app.id"),
            ("route_table", "route_table_id", "azurerm_route_table.app.id"),
        ):
            made.add(
                f"azurerm_subnet_{kind}_association.{name}",
                {},
                unknown={"id": True, "subnet_id": True, attribute: True},
                expressions={"subnet_id": references(f"azurerm_subnet.{name}.id"), attribute: references(target)},
            )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _terraform_backup(made: PlanFile) -> None:
    made.add("azurerm_recovery_services_vault.rsv", {"name": "rsv", "sku": "Standard", **RG}, expressions={})
    for name, version, time in (("nightly", "V1", "22:00"), ("early", "V2", "03:00")):
        made.add(
            f"azurerm_backup_policy_vm.{name}",
            {
                "name": name,
                "policy_type": version,
                "timezone": ZONE,
                "backup": [{"frequency": "Daily", "time": time, "weekdays": None}],
                "recovery_vault_name": "rsv",
                "resource_group_name": "rg-app",
            },
            expressions={"recovery_vault_name": references("azurerm_recovery_services_vault.rsv.name")},
        )


def _terraform_machine(made: PlanFile, name: str, subnet: str, policy: str) -> None:
    config = {"name": "internal", "private_ip_address_allocation": "Dynamic", "private_ip_address_version": "IPv4"}
    made.add(
        f"azurerm_network_interface.{name}",
        {"name": f"nic-{name}", "ip_configuration": [{**config, "public_ip_address_id": None}], **RG},
        unknown={"id": True, "ip_configuration": [{"subnet_id": True, "private_ip_address": True, "primary": True}]},
        expressions={
            "ip_configuration": [{"name": constant("internal"), "subnet_id": references(f"azurerm_subnet.{subnet}.id")}]
        },
    )
    made.add(
        f"azurerm_network_interface_application_security_group_association.{name}",
        {},
        unknown={"id": True, "network_interface_id": True, "application_security_group_id": True},
        expressions={
            "network_interface_id": references(f"azurerm_network_interface.{name}.id"),
            "application_security_group_id": references("azurerm_application_security_group.web.id"),
        },
    )
    made.add(
        f"azurerm_linux_virtual_machine.{name}",
        {
            "name": name,
            "size": "Standard_D2s_v5",
            "network_interface_ids": [None],
            "os_disk": [{"caching": "ReadWrite", "storage_account_type": "Premium_LRS"}],
            "source_image_reference": [{"publisher": "Canonical", "offer": "ubuntu", "sku": "s", "version": "latest"}],
            "provision_vm_agent": True,
            "allow_extension_operations": True,
            **RG,
        },
        unknown={"id": True, "network_interface_ids": [True], "availability_set_id": True},
        expressions={
            "network_interface_ids": references(f"azurerm_network_interface.{name}.id"),
            "availability_set_id": references("azurerm_availability_set.web.id"),
        },
    )
    made.add(
        f"azurerm_backup_protected_vm.{name}",
        {"recovery_vault_name": "rsv", "resource_group_name": "rg-app"},
        unknown={"id": True, "source_vm_id": True, "backup_policy_id": True, "protection_state": True},
        expressions={
            "source_vm_id": references(f"azurerm_linux_virtual_machine.{name}.id"),
            "backup_policy_id": references(f"azurerm_backup_policy_vm.{policy}.id"),
        },
    )
