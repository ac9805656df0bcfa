"""Snapshots of bicep: the resources it predicts, and what only Azure knows of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError, Unknown
from scanner.sources.iac import detect
from scanner.sources.iac.bicep_snapshot import read
from scanner.sources.iac.model import Context, Holed, Plan
from scanner.sources.iac.source import Plans

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/rg-web"
NIC = f"{GROUP}/providers/Microsoft.Network/networkInterfaces/web01-nic"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web01"
Read = Callable[..., Plan]


@pytest.fixture
def given(tmp_path: Path) -> Read:
    def put(whole: Any, context: Context = Context()) -> Plan:  # noqa: B008
        file = tmp_path / "main.snapshot.json"
        file.write_text(whole if isinstance(whole, str) else json.dumps(whole, indent=2), "utf-8")
        return read(str(file), context)

    return put


def snapshot(*resources: Any, diagnostics: Any = ()) -> dict[str, Any]:
    return {"predictedResources": list(resources), "diagnostics": list(diagnostics)}


def vm(**members: Any) -> dict[str, Any]:
    return {
        "id": VM,
        "type": "Microsoft.Compute/virtualMachines",
        "name": "web01",
        "apiVersion": "2024-03-01",
        **members,
    }


def test_a_resource_is_a_row_and_what_hangs_on_azure_is_not_known(given: Read) -> None:
    properties = {
        "networkProfile": {"networkInterfaces": [{"id": NIC}]},
        "licenseType": None,
        "host": "[reference('host').id]",
        "label": "vm-[uniqueString(resourceGroup().id)]-a",
    }
    plan = given(
        snapshot(vm(location="[resourceGroup().location]", zones=["1"], properties=properties, dependsOn=["x"]))
    )
    (made,) = plan.resources
    assert made.action == "create"
    assert {**made.row, "location": None, "properties": None} == {
        "id": VM,
        "type": "Microsoft.Compute/virtualMachines",
        "name": "web01",
        "zones": ["1"],
        "location": None,
        "properties": None,
    }
    location, found = made.row["location"], made.row["properties"]
    assert isinstance(location, Unknown)
    assert location.reason == "resourceGroup().location is not known before deployment"
    assert isinstance(found["host"], Unknown)
    assert found["networkProfile"] == {"networkInterfaces": [{"id": NIC}]}
    assert found["label"] == Holed(
        "vm-{uniqueString(resourceGroup().id)}-a", ("uniqueString(resourceGroup().id) is not known before deployment",)
    )
    assert made.origin is not None
    assert (made.origin.line, made.origin.column) == (3, 5)


def test_an_id_that_is_an_expression_is_written_as_far_as_type_and_name_tell_it(given: Read) -> None:
    subnet = {"type": "Microsoft.Network/virtualNetworks/subnets", "name": "vnet/app", "id": "[resourceId('a', 'b')]"}
    named = {"type": "Microsoft.Network/networkInterfaces", "name": "[format('{0}/x', uniqueString('a'))]"}
    anywhere = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers"
    plan = given(snapshot(subnet, named))
    assert [each.row["id"] for each in plan.resources] == [
        f"{anywhere}/Microsoft.Network/virtualNetworks/vnet/subnets/app",
        f"{anywhere}/Microsoft.Network/networkInterfaces/{{format('<0>/x', uniqueString('a'))}}",
    ]
    assert [each.row["type"] for each in plan.resources] == [
        "Microsoft.Network/virtualNetworks/subnets",
        "Microsoft.Network/networkInterfaces",
    ]
    assert given(snapshot(subnet), Context(scope=f"{GROUP}/")).resources[0].row["id"] == (
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/app"
    )


def test_conditions(given: Read) -> None:
    plan = given(snapshot(vm(condition=True), vm(condition=False), vm(condition="[equals(reference('a').b, 1)]")))
    assert len(plan.resources) == 1
    assert plan.left_out == [VM]
    assert [entry.why for entry in plan.unresolved] == [
        "its condition is not known: equals(reference('a').b, 1) is not known before deployment"
    ]


def test_a_nested_deployment_that_is_still_one_was_not_looked_into(given: Read) -> None:
    plan = given(
        snapshot(
            {"id": f"{GROUP}/providers/Microsoft.Resources/deployments/a", "type": "Microsoft.Resources/deployments"}
        )
    )
    assert not plan.resources
    assert "nested deployment" in plan.unresolved[0].why


def test_resources_of_extensions_are_said(given: Read) -> None:
    plan = given(snapshot({"type": "request@v1", "properties": {"uri": "https://example.com"}}))
    assert (plan.resources, plan.unresolved) == ([], [])
    assert plan.problems[0].message == "predictedResources[0] (request) is deployed by an extension, not by Azure"


def test_diagnostics_are_said_and_skipped_deployments_make_the_scan_incomplete(given: Read) -> None:
    where = f"{GROUP}/providers/Microsoft.Resources/deployments/net"
    said = [f"{where} Warning NestedDeploymentShortCircuited: It got skipped.", f"{where} Warning Other: By the way."]
    plan = given(snapshot(vm(), diagnostics=said))
    assert [(problem.message, problem.incomplete) for problem in plan.problems] == [(said[0], True), (said[1], False)]


@pytest.mark.parametrize(
    "resource",
    [
        7,
        None,
        "[reference('a')]",
        {},
        {"type": 3},
        {"type": "A/b"},
        {"type": "A/b", "name": "x/y"},
        {"type": "A/b", "name": 1},
    ],
)
def test_no_resource_is_dropped_however_odd(resource: Any, given: Read) -> None:
    plan = given(snapshot(resource))
    assert not plan.resources
    assert len(plan.unresolved) == 1
    assert Plans([plan]).made.problems[0].incomplete


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ({}, "predictedResources is no list"),
        ([], "predictedResources is no list"),
        ({"predictedResources": {}}, "bicep snapshot FILE.bicepparam"),
        ("", "is the file whole?"),
        ('{"predictedResources": [\n{"id": "/subscr', ":2:8"),
        ('{"predictedResources": [{"type": "A/b", "name": "x"}', "is the file whole?"),
    ],
)
def test_what_is_no_snapshot_is_refused(whole: Any, said: str, given: Read) -> None:
    with pytest.raises(SnapreadyError) as caught:
        given(whole)
    assert said in str(caught.value)
    assert "main.snapshot.json" in str(caught.value)


def test_an_empty_snapshot_is_a_plan_of_nothing(given: Read) -> None:
    assert given({"predictedResources": [], "diagnostics": None}).resources == []


def test_a_snapshot_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps(snapshot(vm()), indent=2), "utf-8")
    assert detect.kind_of(str(file)) == "bicep-snapshot"
