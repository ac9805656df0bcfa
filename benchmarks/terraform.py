"""What reading a Terraform plan costs: VMs with an interface each, beside parsing the same bytes with orjson.

python -m benchmarks.terraform
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from scanner.sources.iac.model import Context
from scanner.sources.iac.terraform import read

_CONFIG: dict[str, Any] = {
    "name": "internal",
    "gateway_load_balancer_frontend_ip_configuration_id": None,
    "private_ip_address_allocation": "Dynamic",
    "private_ip_address_version": "IPv4",
    "public_ip_address_id": None,
}
_PLACE = {"location": "westeurope", "resource_group_name": "rg-app", "tags": {"env": "prod", "owner": "team"}}
_NIC: dict[str, Any] = {
    "accelerated_networking_enabled": False,
    "auxiliary_mode": None,
    "auxiliary_sku": None,
    "dns_servers": None,
    "edge_zone": None,
    "internal_dns_name_label": None,
    "ip_configuration": [_CONFIG],
    "ip_forwarding_enabled": False,
    "timeouts": None,
    **_PLACE,
}
_NIC_UNKNOWN: dict[str, Any] = {
    "applied_dns_servers": True,
    "id": True,
    "internal_domain_name_suffix": True,
    "ip_configuration": [{"primary": True, "private_ip_address": True, "subnet_id": True}],
    "mac_address": True,
    "private_ip_address": True,
    "private_ip_addresses": True,
    "tags": {},
    "virtual_machine_id": True,
}
_VM: dict[str, Any] = {
    "additional_capabilities": [],
    "admin_password": None,
    "admin_ssh_key": [{"public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB team", "username": "azure"}],
    "admin_username": "azure",
    "boot_diagnostics": [{"storage_account_uri": None}],
    "bypass_platform_safety_checks_on_user_schedule_enabled": False,
    "custom_data": None,
    "disable_password_authentication": True,
    "encryption_at_host_enabled": None,
    "extensions_time_budget": "PT1H30M",
    "gallery_application": [],
    "identity": [{"identity_ids": None, "type": "SystemAssigned"}],
    "license_type": None,
    "max_bid_price": -1,
    "network_interface_ids": [None],
    "os_disk": [{"caching": "ReadWrite", "diff_disk_settings": [], "storage_account_type": "Premium_LRS"}],
    "patch_assessment_mode": "ImageDefault",
    "patch_mode": "ImageDefault",
    "plan": [],
    "platform_fault_domain": -1,
    "priority": "Regular",
    "secret": [],
    "secure_boot_enabled": None,
    "size": "Standard_D2s_v5",
    "source_image_reference": [
        {"offer": "ubuntu-24_04-lts", "publisher": "Canonical", "sku": "server", "version": "latest"}
    ],
    "termination_notification": [],
    "timeouts": None,
    "user_data": None,
    "zone": "1",
    **_PLACE,
}
_VM_UNKNOWN: dict[str, Any] = {
    "admin_ssh_key": [{}],
    "allow_extension_operations": True,
    "availability_set_id": True,
    "boot_diagnostics": [{}],
    "computer_name": True,
    "id": True,
    "identity": [{"principal_id": True, "tenant_id": True}],
    "network_interface_ids": [True],
    "os_disk": [{"disk_size_gb": True, "id": True, "name": True}],
    "os_managed_disk_id": True,
    "private_ip_address": True,
    "provision_vm_agent": True,
    "public_ip_address": True,
    "source_image_reference": [{}],
    "tags": {},
    "virtual_machine_id": True,
}


def plan_of(machines: int) -> dict[str, Any]:
    """A plan of that many VMs, made by count, each with its interface in one of ten subnets' networks."""
    changes, planned = [], []
    subnet = {"name": "app", "virtual_network_name": "vnet", "resource_group_name": "rg-app"}
    for kind, name, after, unknown in (
        ("azurerm_virtual_network", "vnet", {"name": "vnet", "address_space": ["10.0.0.0/8"], **_PLACE}, {"id": True}),
        ("azurerm_subnet", "app", {**subnet, "address_prefixes": ["10.0.0.0/16"]}, {"id": True}),
    ):
        changes.append(_change(kind, name, None, after, unknown))
    for at in range(machines):
        nic, vm = {**_NIC, "name": f"nic-{at}"}, {**_VM, "name": f"vm-{at}"}
        for kind, values, unknown in (
            ("azurerm_network_interface", nic, _NIC_UNKNOWN),
            ("azurerm_linux_virtual_machine", vm, _VM_UNKNOWN),
        ):
            changes.append(_change(kind, "app", at, values, unknown))
            head = {name: changes[-1][name] for name in ("address", "mode", "type", "name", "index", "provider_name")}
            planned.append({**head, "schema_version": 0, "values": values, "sensitive_values": {"tags": {}}})
    resources = [
        _block("azurerm_network_interface", {"ip_configuration": [{"subnet_id": _refs("azurerm_subnet.app")}]}),
        _block(
            "azurerm_linux_virtual_machine",
            {"network_interface_ids": {"references": ["azurerm_network_interface.app", "count.index"]}},
        ),
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": resources}},
        "errored": False,
    }


def _refs(resource: str) -> dict[str, Any]:
    return {"references": [f"{resource}.id", resource]}


def _block(kind: str, expressions: dict[str, Any]) -> dict[str, Any]:
    head = {"address": f"{kind}.app", "mode": "managed", "type": kind, "name": "app"}
    return {**head, "expressions": expressions, "count_expression": {"references": ["var.machines"]}}


def _change(kind: str, name: str, index: int | None, after: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
    change: dict[str, Any] = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
    change |= {"before_sensitive": False, "after_sensitive": {"tags": {}, "identity": [{}], "os_disk": [{}]}}
    head: dict[str, Any] = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
    if index is not None:
        head |= {"address": f"{kind}.{name}[{index}]", "index": index}
    return {**head, "provider_name": "registry.terraform.io/hashicorp/azurerm", "change": change}


def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for machines in sizes:
            file = Path(folder) / "plan.json"
            data = json.dumps(plan_of(machines)).encode()
            file.write_bytes(data)
            parse = min(_cpu(lambda: orjson.loads(data)) for _ in range(3))  # noqa: B023 - called at once
            cost = min(_cpu(lambda: read(str(file), Context())) for _ in range(3))  # noqa: B023
            print(
                f"{machines:6} VMs {len(data) / 1e6:7.1f} MB: orjson {parse:6.3f} s, read {cost:6.3f} s CPU,"
                f" {cost / parse:4.1f} times; most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB"
            )


def _cpu(work: Any) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1000, 2000, 4000])
