"""Writes the protection of many VMs as code: Bicep and Terraform read the list beside them, ARM has it in itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.model import Row
from scanner.repairs.model import Code
from scanner.repairs.write import arm, terraform

API = "2025-01-01"
"""The first by which a Standard policy takes VMs with Trusted Launch (backup-azure-vms-enhanced-policy, 2025-06-11)."""
_ITEM = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
AT_ONCE = 800
"""As many resources one deployment may make."""
_OFFSET = "the first line of the list that is deployed, counted from 0: one deployment takes 800"


def code(like: str, file: str, vms: Sequence[str], given: Mapping[str, str], group: str, subscription: str) -> Code:
    """`given`: vault and policy where they are told. `group`: that of the vault, "" where it is a choice."""
    place = f"the resource group of the vault{f' ({group})' if group else ''}, in subscription {subscription}"
    settings = {"vault": given.get("vault", ""), "policy": given.get("policy", "")}
    texts = {
        "bicep": _bicep(file, settings, place),
        "json": _template(vms, settings, place),
        "tf": _terraform(like, file, {"vault_group": group, **settings}, subscription),
    }
    return Code(like, place, texts)


def _bicep(file: str, settings: Mapping[str, str], place: str) -> str:
    given = "".join(
        f"param {name} string{f' = {arm.text(value)}' if value else ''}\n" for name, value in settings.items()
    )
    return f"""// Protects each VM of {file}. For az deployment group create, to {place}
{given}@description({arm.text(_OFFSET)})
param offset int = 0

var lines = map(split(loadTextContent({arm.text(file)}), '\\n'), line => trim(line))
var ids = take(skip(filter(lines, line => !empty(line)), offset), {AT_ONCE})
var names = map(ids, id => 'iaasvmcontainerv2;${{split(id, '/')[4]}};${{last(split(id, '/'))}}')

resource items '{_ITEM}@{API}' = [for (id, number) in ids: {{
  name: '${{vault}}/Azure/iaasvmcontainer;${{names[number]}}/vm;${{names[number]}}'
  properties: {{
    protectedItemType: 'Microsoft.Compute/virtualMachines'
    policyId: resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', vault, policy)
    sourceResourceId: id
  }}
}}]
"""


def _template(vms: Sequence[str], settings: Mapping[str, str], place: str) -> str:
    parameters: dict[str, Any] = {
        name: {"type": "string", **({"defaultValue": arm.plain_text(value)} if value else {})}
        for name, value in settings.items()
    }
    parameters["ids"] = {"type": "array", "defaultValue": [arm.plain_text(vm) for vm in vms]}
    parameters["offset"] = {"type": "int", "defaultValue": 0, "metadata": {"description": _OFFSET}}
    here = "variables('ids')[copyIndex()]"
    name = f"'iaasvmcontainerv2;', split({here}, '/')[4], ';', last(split({here}, '/'))"
    body: Row = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "policyId": "[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', parameters('vault'),"
        " parameters('policy'))]",
        "sourceResourceId": f"[{here}]",
    }
    document = {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {"description": f"Protects each VM of ids. To {place}"},
        "parameters": parameters,
        "variables": {"ids": f"[take(skip(parameters('ids'), parameters('offset')), {AT_ONCE})]"},
        "resources": [
            {
                "type": _ITEM,
                "apiVersion": API,
                "name": f"[concat(parameters('vault'), '/Azure/iaasvmcontainer;', {name}, '/vm;', {name})]",
                "copy": {"name": "items", "count": "[length(variables('ids'))]"},
                "properties": body,
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _terraform(like: str, file: str, settings: Mapping[str, str], subscription: str) -> str:
    variables = "".join(f'variable "{name}" {{\n{_type(value)}}}\n\n' for name, value in settings.items())
    vault = f"/subscriptions/{subscription}/resourceGroups/${{var.vault_group}}/providers/Microsoft.RecoveryServices"
    return f"""# Protects each VM of {file}. Take out of it what the configuration protects elsewhere. A VM that leaves
# it loses its protection by the next apply, and its backups too, unless the provider keeps them (features,
# recovery_service, vm_backup_stop_protection_and_retain_data_on_destroy).

{variables}resource "azurerm_backup_protected_vm" "{terraform.name_of(like)}" {{
  for_each = toset(compact([for line in split("\\n", file("${{path.module}}/{file}")) : trimspace(line)]))

  resource_group_name = var.vault_group
  recovery_vault_name = var.vault
  source_vm_id        = each.value
  backup_policy_id    = "{vault}/vaults/${{var.vault}}/backupPolicies/${{var.policy}}"
}}
"""


def _type(value: str) -> str:
    return "  type = string\n" if not value else f"  type    = string\n  default = {terraform.text(value)}\n"
