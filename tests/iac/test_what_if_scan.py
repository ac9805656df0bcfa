"""What-if through the whole scan: a rule that a deployment adds breaks a VM that it does not touch."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Command
from tests.iac.test_what_if import GROUP, NIC, NSG, SUBNET, VM, VNET, cli, rest, state

DENY = {
    "name": "DenyInternet",
    "properties": {
        "priority": 200,
        "direction": "Outbound",
        "access": "Deny",
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "Internet",
        "destinationPortRange": "*",
    },
}


def changes(rules: list[Any]) -> list[dict[str, Any]]:
    subnet = {"id": SUBNET, "name": "snet-app", "properties": {"networkSecurityGroup": {"id": NSG}}}
    nic = {
        "ipConfigurations": [{"name": "a", "properties": {"subnet": {"id": SUBNET}, "privateIPAddress": "10.0.0.4"}}]
    }
    web = {"networkProfile": {"networkInterfaces": [{"id": NIC}]}}
    rules_before = state(NSG, location="westeurope", properties={"securityRules": []})
    rules_after = state(NSG, location="westeurope", properties={"securityRules": rules})
    network = state(VNET, location="westeurope", properties={"subnets": [subnet]})
    return [
        {"resourceId": NSG, "changeType": "Modify", "before": rules_before, "after": rules_after},
        {"resourceId": VNET, "changeType": "Ignore", "before": network},
        {"resourceId": NIC, "changeType": "Ignore", "before": state(NIC, location="westeurope", properties=nic)},
        {"resourceId": VM, "changeType": "NoChange", "before": state(VM, location="westeurope", properties=web)},
    ]


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def judged(snapready: Command, file: Path, whole: Any) -> tuple[int, dict[str, Any], str]:
    file.write_text(json.dumps(whole, indent=1), "utf-8")
    select = ("--select", "outbound-to-storage", "--fail-on", "warning")
    done = snapready("scan", file, *select, "--report", "json=-")
    return done.code, json.loads(done.out), done.err


@pytest.mark.parametrize("form", [rest, cli])
def test_a_deny_that_is_deployed_fails_the_vm_that_the_deployment_does_not_touch(
    form: Any, snapready: Command, tmp_path: Path
) -> None:
    code, results, _ = judged(snapready, tmp_path / "what-if.json", form(changes([DENY])))
    (result,) = results["results"]
    assert (code, result["verdict"], result["resource"]) == (1, "fail", VM)
    assert "nsg-app rule DenyInternet (200)" in result["reason"]
    assert result["origin"]["line"] > 1


def test_without_it_the_vm_passes(snapready: Command, tmp_path: Path) -> None:
    code, results, _ = judged(snapready, tmp_path / "what-if.json", rest(changes([])))
    assert (code, [result["verdict"] for result in results["results"]]) == (0, ["pass"])


def test_a_nested_deployment_that_what_if_skipped_makes_the_scan_incomplete(snapready: Command, tmp_path: Path) -> None:
    whole = cli(changes([]))
    whole["diagnostics"] = [
        {
            "code": "NestedDeploymentShortCircuited",
            "level": "Warning",
            "message": "A nested deployment got short-circuited.",
            "target": f"{GROUP}/providers/Microsoft.Resources/deployments/network",
        }
    ]
    code, _, err = judged(snapready, tmp_path / "what-if.json", whole)
    assert code == 3
    assert "NestedDeploymentShortCircuited" in err


def test_a_what_if_that_failed_is_exit_2(snapready: Command, tmp_path: Path) -> None:
    file = tmp_path / "what-if.json"
    file.write_text('{"status": "Failed", "error": {"code": "AuthorizationFailed", "message": "no"}}', "utf-8")
    done = snapready("scan", file)
    assert (done.code, done.out) == (2, "")
    assert "the what-if failed: AuthorizationFailed: no" in done.err


def test_a_what_if_without_changes_is_read_whole_and_judges_nobody(snapready: Command, tmp_path: Path) -> None:
    file = tmp_path / "what-if.json"
    file.write_text(json.dumps(cli([])), "utf-8")
    assert snapready("scan", file).code == 0
