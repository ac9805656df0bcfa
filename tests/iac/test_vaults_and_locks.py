"""What a change says of vaults, protection and locks: templates as people write them, alone and over a fleet."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, LOCK, VAULT, VM
from tests.cli.running import Command
from tests.rows import (
    POLICY_ID,
    SUBSCRIPTION,
    TAKEN_AT,
    VAULT_ID,
    group_id,
    header,
    item,
    policy,
    vault,
    vault_settings,
    vm,
    vm_id,
    write,
)

VAULTS = ("vault-immutability", "vault-redundancy", "vault-soft-delete")
PROVIDER = "Microsoft.RecoveryServices/vaults"
STORAGE = {
    "type": f"{PROVIDER}/backupstorageconfig",
    "name": "rsv1/vaultstorageconfig",
    "properties": {"storageModelType": "LocallyRedundant", "crossRegionRestoreFlag": False},
}
SOFT_DELETE = {
    "type": f"{PROVIDER}/backupconfig",
    "name": "rsv1/vaultconfig",
    "properties": {"softDeleteFeatureState": "Disabled", "enhancedSecurityState": "Disabled"},
}


def a_vault(**settings: Any) -> dict[str, Any]:
    return {"type": PROVIDER, "name": "rsv1", "location": "West Europe", "properties": settings}


def template(folder: Path, *resources: Any, **more: Any) -> str:
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    listed = [{"apiVersion": "2023-04-01", **each} for each in resources]
    file = folder / "main.json"
    file.write_text(json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", **more, "resources": listed}), "utf-8")
    return str(file)


def scanned(snapready: Command, *arguments: str, group: str = "rg-vault") -> dict[str, str]:
    """Verdicts by policy and the subject's name."""
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"
    done = snapready("scan", *arguments, "--scope", scope, "--taken-at", TAKEN_AT, "--report", "json=-")
    assert done.code in (0, 1, 3), done.err
    results = json.loads(done.out)["results"]
    return {f"{one['policy']} {one['resource'].rsplit('/', 1)[-1]}": one["verdict"] for one in results}


def of_vault(snapready: Command, *arguments: str) -> tuple[str, ...]:
    """The verdicts of the one vault: immutability, redundancy, soft delete."""
    found = scanned(snapready, *arguments, "--select", ",".join(VAULTS))
    assert len(found) == 3, found
    return tuple(found[f"{name} rsv1"] for name in VAULTS)


def test_a_vaults_own_settings_in_a_template(snapready: Command, tmp_path: Path) -> None:
    assert of_vault(snapready, template(tmp_path, a_vault(**vault_settings()))) == ("pass", "pass", "pass")
    off = vault_settings("Disabled", None, "Disabled", "LocallyRedundant")
    assert of_vault(snapready, template(tmp_path, a_vault(**off))) == ("fail", "fail", "fail")
    odd = {"SecuritySettings": {"SoftDeleteSettings": {"SOFTDELETESTATE": "disabled"}}}
    assert of_vault(snapready, template(tmp_path, a_vault(**odd)))[2] == "fail", "names in other letters"


def test_what_a_template_does_not_say_of_a_vault_is_not_known(snapready: Command, tmp_path: Path) -> None:
    assert of_vault(snapready, template(tmp_path, a_vault())) == ("unknown", "unknown", "unknown")


@pytest.mark.parametrize("last", [True, False])
def test_settings_that_are_resources_of_their_own(snapready: Command, tmp_path: Path, last: bool) -> None:
    settings = [STORAGE, SOFT_DELETE]
    whole = [a_vault(**vault_settings(None, None, "Locked", None)), *settings]
    assert of_vault(snapready, template(tmp_path, *(whole if last else whole[::-1]))) == ("pass", "fail", "fail")


def test_settings_of_a_vault_that_the_template_does_not_hold(snapready: Command, tmp_path: Path) -> None:
    assert of_vault(snapready, template(tmp_path, STORAGE)) == ("unknown", "fail", "unknown")
    both = template(tmp_path, STORAGE, SOFT_DELETE)
    assert of_vault(snapready, both) == ("unknown", "fail", "fail")


def test_settings_that_hang_on_a_parameter(snapready: Command, tmp_path: Path) -> None:
    parameter: dict[str, Any] = {"parameters": {"kind": {"type": "string"}}}
    open_one = {**STORAGE, "properties": {"storageModelType": "[parameters('kind')]"}}
    file = template(tmp_path, a_vault(**vault_settings()), open_one, **parameter)
    assert of_vault(snapready, file) == ("pass", "unknown", "pass")
    assert of_vault(snapready, file, "--parameters", "kind=ZoneRedundant") == ("pass", "pass", "pass")
    maybe = {**STORAGE, "condition": "[equals(parameters('kind'), 'x')]"}
    file = template(tmp_path, {**vm_resource()}, a_vault(**vault_settings()), maybe, **parameter)
    assert of_vault(snapready, file) == ("pass", "unknown", "pass")
    assert of_vault(snapready, file, "--parameters", "kind=y") == ("pass", "pass", "pass")


def fleet(folder: Path, *rows: Any, locks: bool = True) -> str:
    types = (VM, BACKUP_ITEM, BACKUP_POLICY, VAULT, *([LOCK] if locks else ()))
    return write(folder / "fleet.ndjson", [header(rows, *types), *rows])


def test_a_setting_over_a_vault_that_runs_changes_that_and_nothing_else(snapready: Command, tmp_path: Path) -> None:
    saved = vault()
    saved["properties"] = vault_settings()
    over = ("--over", fleet(tmp_path, vm(), item(), policy(), saved))
    assert of_vault(snapready, template(tmp_path, SOFT_DELETE), *over) == ("pass", "pass", "fail")
    assert of_vault(snapready, template(tmp_path, STORAGE), *over) == ("pass", "fail", "pass")


def vm_resource() -> dict[str, Any]:
    disk = {"osType": "Linux", "createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}}
    properties = {"storageProfile": {"osDisk": disk}, "hardwareProfile": {"vmSize": "Standard_D2s_v5"}}
    return {
        "type": "Microsoft.Compute/virtualMachines",
        "name": "vm1",
        "location": "westeurope",
        "properties": properties,
    }


def protection(region: str = "westeurope") -> list[dict[str, Any]]:
    named = "iaasvmcontainerv2;rg-app;vm1"
    below = f"Azure/IaasVMContainer;{named}/VM;{named}"
    vm = "[resourceId('Microsoft.Compute/virtualMachines', 'vm1')]"
    return [
        {**a_vault(), "location": region},
        {
            "type": f"{PROVIDER}/backupFabrics/protectionContainers/protectedItems",
            "name": f"rsv1/{below}",
            "properties": {
                "protectedItemType": "Microsoft.Compute/virtualMachines",
                "sourceResourceId": vm,
                "policyId": POLICY_ID,
            },
        },
    ]


PROTECTION = ("--select", "protected,vault-reachable-region,restore-point-lock")


def test_a_new_vm_with_and_without_protection(snapready: Command, tmp_path: Path) -> None:
    alone = scanned(snapready, template(tmp_path, vm_resource()), *PROTECTION, group="rg-app")
    assert set(alone.values()) == {"unknown"}, "the plan does not say whether another one protects it"
    with_item = template(tmp_path, vm_resource(), *protection())
    found = scanned(snapready, with_item, *PROTECTION, group="rg-app")
    assert (found["protected vm1"], found["vault-reachable-region vm1"]) == ("pass", "pass")
    excused = {**vm_resource(), "tags": {"backup": "none"}}
    assert scanned(snapready, template(tmp_path, excused), *PROTECTION, group="rg-app")["protected vm1"] == (
        "not-applicable"
    )


def test_a_vault_of_another_region_is_refused_before_it_is_deployed(snapready: Command, tmp_path: Path) -> None:
    far = template(tmp_path, vm_resource(), *protection("North Europe"))
    assert scanned(snapready, far, *PROTECTION, group="rg-app")["vault-reachable-region vm1"] == "fail"


def test_a_plan_that_takes_protection_away_over_a_fleet(snapready: Command, tmp_path: Path) -> None:
    saved = fleet(tmp_path, vm(), item(), policy(), vault())
    whole = template(tmp_path, {"type": "Microsoft.Storage/storageAccounts", "name": "st1", "location": "x"})
    complete = json.loads(Path(whole).read_text("utf-8"))
    Path(whole).write_text(json.dumps(complete), "utf-8")
    stays = scanned(snapready, whole, "--over", saved, *PROTECTION)
    assert (stays["protected vm1"], stays["restore-point-lock vm1"]) == ("pass", "pass")
    what_if = {
        "status": "Succeeded",
        "properties": {"changes": [{"resourceId": item()["id"], "changeType": "Delete", "before": item()}]},
    }
    file = tmp_path / "what-if.json"
    file.write_text(json.dumps(what_if), "utf-8")
    gone = scanned(snapready, str(file), "--over", saved, *PROTECTION)
    assert (gone["protected vm1"], gone["restore-point-lock vm1"]) == ("fail", "not-applicable")


@pytest.mark.parametrize(
    ("scope", "verdict"),
    [
        (None, "fail"),
        ("[resourceId('Microsoft.Compute/virtualMachines', 'vm1')]", "fail"),
        ("[resourceId('Microsoft.Compute/virtualMachines', 'vm2')]", "pass"),
    ],
)
def test_a_lock_in_a_template_over_a_fleet(snapready: Command, tmp_path: Path, scope: str | None, verdict: str) -> None:
    lock: dict[str, Any] = {
        "type": "Microsoft.Authorization/locks",
        "name": "keep",
        "properties": {"level": "ReadOnly"},
        **({"scope": scope} if scope else {}),
    }
    over = ("--over", fleet(tmp_path, vm(), item(), policy(), vault()))
    found = scanned(snapready, template(tmp_path, lock), *over, *PROTECTION, group="rg-app")
    assert found["restore-point-lock vm1"] == verdict


def test_a_lock_in_a_template_over_a_fleet_without_locks_is_still_seen(snapready: Command, tmp_path: Path) -> None:
    lock = {"type": "Microsoft.Authorization/locks", "name": "keep", "properties": {"level": "CanNotDelete"}}
    saved = fleet(tmp_path, vm(), item(), policy(), vault(), locks=False)
    group = group_id("AzureBackupRG_westeurope_1").rsplit("/", 1)[-1]
    found = scanned(snapready, template(tmp_path, lock), "--over", saved, *PROTECTION, group=group)
    assert found["restore-point-lock vm1"] == "fail"
    found = scanned(snapready, template(tmp_path, lock), "--over", saved, *PROTECTION, group="rg-data")
    assert found["restore-point-lock vm1"] == "unknown", "nobody has read the others"


def test_the_ids_of_these_tests_are_those_of_the_rows() -> None:
    assert (
        vm_id()
        == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm1"
    )
    assert VAULT_ID.endswith("/resourceGroups/rg-vault/providers/Microsoft.RecoveryServices/vaults/rsv1")
