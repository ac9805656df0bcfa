"""Bicep through the reader of ARM templates: what the compiler printed is expanded, findings point at the source."""

import importlib.util
import json
import os
from pathlib import Path

import pytest

from scanner.model import Unknown
from scanner.sources.iac import detect
from scanner.sources.iac.bicep import read
from scanner.sources.iac.model import Context, Holed, Plan
from tests.iac.bicep_tool import Tool

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script with a #! line"),
    pytest.mark.skipif(
        importlib.util.find_spec(detect.READERS["arm"]) is None, reason="there is no reader of ARM templates here"
    ),
]
MODULE = "Microsoft.Resources/deployments"
GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/rg-web"

MAIN = """param count int
param image string = 'ubuntu'
param withNsg bool = false
@secure()
param password string

resource nsg 'Microsoft.Network/networkSecurityGroups@2024-05-01' = if (withNsg) {
  name: 'nsg-web'
}

module nic 'nic.bicep' = [for i in range(0, count): {
  name: 'nic${i}'
  params: { name: 'nic${i}' }
}]

resource vm 'Microsoft.Compute/virtualMachines@2024-03-01' = [for i in range(0, count): {
  name: 'web${i}'
  properties: { password: password, networkProfile: { networkInterfaces: [ { id: nic[i].outputs.id } ] } }
}]
"""
NIC = """param name string

resource it 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: name
  location: 'westeurope'
}
output id string = it.id
"""
THIS_NIC = "format('nic[{0}]', range(0, parameters('count'))[copyIndex()])"
COMPILED = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "languageVersion": "2.0",
    "contentVersion": "1.0.0.0",
    "parameters": {
        "count": {"type": "int"},
        "image": {"type": "string", "defaultValue": "ubuntu"},
        "withNsg": {"type": "bool", "defaultValue": False},
        "password": {"type": "securestring"},
    },
    "resources": {
        "nsg": {
            "condition": "[parameters('withNsg')]",
            "type": "Microsoft.Network/networkSecurityGroups",
            "apiVersion": "2024-05-01",
            "name": "nsg-web",
        },
        "vm": {
            "copy": {"name": "vm", "count": "[length(range(0, parameters('count')))]"},
            "type": "Microsoft.Compute/virtualMachines",
            "apiVersion": "2024-03-01",
            "name": "[format('web{0}', range(0, parameters('count'))[copyIndex()])]",
            "properties": {
                "password": "[parameters('password')]",
                "networkProfile": {"networkInterfaces": [{"id": f"[reference({THIS_NIC}).outputs.id.value]"}]},
            },
        },
        "nic": {
            "copy": {"name": "nic", "count": "[length(range(0, parameters('count')))]"},
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": "[format('nic{0}', range(0, parameters('count'))[copyIndex()])]",
            "properties": {
                "expressionEvaluationOptions": {"scope": "inner"},
                "mode": "Incremental",
                "parameters": {"name": {"value": "[format('nic{0}', range(0, parameters('count'))[copyIndex()])]"}},
                "template": {
                    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                    "languageVersion": "2.0",
                    "contentVersion": "1.0.0.0",
                    "parameters": {"name": {"type": "string"}},
                    "resources": {
                        "it": {
                            "type": "Microsoft.Network/networkInterfaces",
                            "apiVersion": "2024-05-01",
                            "name": "[parameters('name')]",
                            "location": "westeurope",
                        }
                    },
                    "outputs": {
                        "id": {
                            "type": "string",
                            "value": "[resourceId('Microsoft.Network/networkInterfaces', parameters('name'))]",
                        }
                    },
                },
            },
        },
    },
}
PARAMETERS = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {
        "count": {"value": 1},
        "password": {"reference": {"keyVault": {"id": f"{GROUP}/x"}, "secretName": "s"}},
    },
}


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    found = Tool.on_path(tmp_path, monkeypatch)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("main.bicep").write_text(MAIN, "utf-8")
    Path("nic.bicep").write_text(NIC, "utf-8")
    Path("main.bicepparam").write_text("using 'main.bicep'\nparam count = 1\n", "utf-8")
    return found


def lines(plan: Plan) -> dict[str, str]:
    return {
        each.row["id"].split("/")[-1]: each.origin.place() if each.origin else ""
        for each in plan.resources
        if each.row["type"] != MODULE
    }


def no_word_of_the_compiled_file(plan: Plan) -> None:
    said = json.dumps([repr(plan.resources), repr(plan.unresolved), repr(plan.problems), plan.left_out])
    assert "snapready-" not in said
    assert "main.json" not in said


def test_a_template_with_values_given_beside_it(tool: Tool) -> None:
    tool.is_there("bicep", COMPILED)
    plan = read("main.bicep", Context(scope=GROUP, parameters=("count=2",)))
    assert lines(plan) == {
        "web0": "main.bicep:16:1",
        "web1": "main.bicep:16:1",
        "nic0": "nic.bicep:3:1",
        "nic1": "nic.bicep:3:1",
    }
    vm = next(each for each in plan.resources if each.row["id"].endswith("/web1"))
    assert vm.row["properties"]["networkProfile"]["networkInterfaces"] == [
        {"id": f"{GROUP}/providers/Microsoft.Network/networkInterfaces/nic1"}
    ]
    assert len(plan.left_out) == 1
    no_word_of_the_compiled_file(plan)


def test_a_count_that_is_not_known_points_at_its_declaration(tool: Tool) -> None:
    tool.is_there("bicep", COMPILED)
    plan = read("main.bicep", Context(scope=GROUP))
    assert not plan.resources
    assert sorted(entry.origin.place() for entry in plan.unresolved if entry.origin) == [
        "main.bicep:11:1",
        "main.bicep:16:1",
    ]
    no_word_of_the_compiled_file(plan)


def test_values_of_a_parameter_file_and_over_them_those_of_the_call(tool: Tool) -> None:
    tool.is_there("bicep", {"parametersJson": json.dumps(PARAMETERS), "templateJson": json.dumps(COMPILED)})
    plan = read("main.bicepparam", Context(scope=GROUP))
    assert sorted(lines(plan)) == ["nic0", "web0"]
    vm = next(each for each in plan.resources if each.row["id"].endswith("/web0"))
    assert isinstance(vm.row["properties"]["password"], Unknown | Holed)
    assert lines(plan)["web0"] == "main.bicep:16:1"
    no_word_of_the_compiled_file(plan)
    more = read("main.bicepparam", Context(scope=GROUP, parameters=("withNsg=true", "count=3", "nobody=1")))
    assert sorted(lines(more)) == ["nic0", "nic1", "nic2", "nsg-web", "web0", "web1", "web2"]
    (problem,) = [each for each in more.problems if "nobody" in each.message]
    assert problem.place() == "main.bicep"
    no_word_of_the_compiled_file(more)
