"""What a plan says with parameters unknown holds with every value of them: nothing known is ever taken back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from scanner.model import Unknown
from scanner.sources.iac.arm.read import read
from scanner.sources.iac.arm.values import parts
from scanner.sources.iac.model import Context, Holed, Plan
from tests.properties import examples

TEMPLATE: dict[str, Any] = {
    "languageVersion": "2.0",
    "parameters": {
        "name": {"type": "string"},
        "group": {"type": "string"},
        "flag": {"type": "bool"},
        "count": {"type": "int"},
        "list": {"type": "array"},
        "object": {"type": "object"},
    },
    "variables": {
        "copy": [{"name": "loop", "count": "[parameters('count')]", "input": "[concat('v', copyIndex('loop'))]"}],
        "prefix": "[toLower(concat(parameters('name'), '-x'))]",
        "chosen": "[if(parameters('flag'), createObject('size', 'big'), createObject('size', 'small', 'more', 1))]",
    },
    "resources": {
        "vm": {
            "type": "Microsoft.Compute/virtualMachines",
            "name": "[variables('prefix')]",
            "tags": {"on": "[string(parameters('flag'))]", "n": "[string(length(parameters('list')))]"},
            "zones": "[if(parameters('flag'), createArray('1'), json('null'))]",
            "properties": {
                "copy": [{"name": "disks", "count": "[parameters('count')]", "input": {"lun": "[copyIndex('disks')]"}}],
                "loop": "[variables('loop')]",
                "chosen": "[variables('chosen').size]",
                "both": "[or(parameters('flag'), not(parameters('flag')))]",
                "always": "[or(true(), parameters('flag'))]",
                "never": "[and(false(), parameters('flag'))]",
                "nic": "[resourceId('Microsoft.Network/networkInterfaces', concat(parameters('name'), '-nic'))]",
                "state": "[reference('nic').address]",
                "empty": "[reference('nic').dynamic]",
                "more": "[union(parameters('object'), createObject('known', 1))]",
                "module": "[reference('module').outputs.who.value]",
                "same": "[equals(variables('prefix'), variables('prefix'))]",
                "grows": "[greaterOrEquals(length(concat(parameters('list'), createArray(1))), 1)]",
            },
        },
        "nic": {
            "type": "Microsoft.Network/networkInterfaces",
            "name": "[concat(parameters('name'), '-nic')]",
            "properties": {"address": "[parameters('group')]", "dynamic": ""},
        },
        "rule": {
            "condition": "[parameters('flag')]",
            "type": "Microsoft.Network/networkSecurityGroups/securityRules",
            "name": "[format('nsg/{0}', parameters('name'))]",
            "properties": {"access": "Deny"},
        },
        "copies": {
            "copy": {"name": "copies", "count": "[length(parameters('list'))]"},
            "type": "Microsoft.Test/things",
            "name": "[parameters('list')[copyIndex()]]",
            "properties": {"flag": "[parameters('flag')]"},
        },
        "module": {
            "type": "Microsoft.Resources/deployments",
            "name": "module",
            "resourceGroup": "[parameters('group')]",
            "properties": {
                "parameters": {"who": {"value": "[parameters('name')]"}, "flag": {"value": "[parameters('flag')]"}},
                "template": {
                    "languageVersion": "2.0",
                    "parameters": {"who": {"type": "string"}, "flag": {"type": "bool"}},
                    "resources": {
                        "inside": {
                            "condition": "[not(parameters('flag'))]",
                            "type": "Microsoft.Test/things",
                            "name": "[parameters('who')]",
                            "location": "[resourceGroup().location]",
                            "properties": {"group": "[resourceGroup().id]"},
                        }
                    },
                    "outputs": {"who": {"type": "string", "value": "[concat(parameters('who'), '!')]"}},
                },
            },
        },
    },
}
NAME = st.text(st.sampled_from("abcXYZ09-'"), min_size=1, max_size=5)
VALUES = st.fixed_dictionaries(
    {
        "name": NAME,
        "group": NAME,
        "flag": st.booleans(),
        "count": st.integers(0, 3),
        "list": st.lists(NAME, max_size=3, unique=True),
        "object": st.dictionaries(st.sampled_from(["known", "KNOWN", "a", "b"]), st.integers(), max_size=2),
    }
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unknown") / "main.json"
    path.write_text(json.dumps(TEMPLATE), encoding="utf-8")
    return path


def fits(text: Holed, concrete: str) -> bool:
    pattern = "".join(".*" if is_hole else re.escape(piece) for piece, is_hole in parts(text))
    return re.fullmatch(pattern, concrete, re.DOTALL | re.IGNORECASE) is not None


def contradiction(known: Any, concrete: Any, path: str = "") -> str:
    """Where what is known differs from what is so; "" if nowhere."""
    if isinstance(known, Unknown):
        return ""
    if isinstance(concrete, Holed | Unknown):
        return contradiction_of_open(known, concrete, path)
    if isinstance(known, Holed):
        ok = isinstance(concrete, str) and fits(known, concrete)
        return "" if ok else f"{path}: {known.text!r} is no pattern of {concrete!r}"
    if isinstance(known, dict) and isinstance(concrete, dict):
        for name in {*known, *concrete}:
            found = contradiction(known.get(name), concrete.get(name), f"{path}.{name}")
            if found:
                return found
        return ""
    if isinstance(known, list) and isinstance(concrete, list) and len(known) == len(concrete):
        pairs = enumerate(zip(known, concrete, strict=True))
        return next((found for n, (a, b) in pairs if (found := contradiction(a, b, f"{path}[{n}]"))), "")
    return "" if known == concrete and type(known) is type(concrete) else f"{path}: {known!r} is {concrete!r}"


def contradiction_of_open(known: Any, concrete: Any, path: str) -> str:
    """With more given, no less may be known; holes that stay open may stand for parts of what was one hole."""
    if isinstance(concrete, Holed) and isinstance(known, Holed):
        text = "".join(f"<{piece}>" if is_hole else piece for piece, is_hole in parts(concrete))
        return "" if fits(known, text) else f"{path}: {known.text!r} is no pattern of {concrete.text!r}"
    return f"{path}: {known!r} was known and is not any more: {concrete!r}"


def check(before: Plan, after: Plan) -> None:
    concrete = {each.address: each for each in after.resources}
    loops = {each.what for each in before.unresolved}
    for each in before.resources:
        if each.address not in concrete:
            assert each.conditions, f"{each.address} was sure to be deployed and is not"
            continue
        row = concrete[each.address].row
        found = contradiction({**each.row, "id": Holed(each.row["id"], ())}, {**row, "id": Holed(row["id"], ())})
        assert not found, f"{each.address}{found}"
    sure = {each.address for each in before.resources}
    for address in concrete:
        assert address in sure or address.split("[")[0] in loops, f"{address} was not told of"
    assert not set(before.left_out) & set(concrete)


@examples(120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES, st.sets(st.sampled_from(sorted(TEMPLATE["parameters"]))), st.booleans())
def test_no_value_of_a_parameter_contradicts_what_was_said_without_it(
    file: Path, values: dict[str, Any], hidden: set[str], placed: bool
) -> None:
    where = ("/subscriptions/s/resourceGroups/rg", "westeurope") if placed else ("", "")
    some = {name: value for name, value in values.items() if name not in hidden}
    check(read(file, Context(*where, values=some)), read(file, Context(*where, values=values)))


def test_the_template_of_this_test_says_something(file: Path) -> None:
    plan = read(file, Context())
    vm = next(each for each in plan.resources if each.address == "vm")
    assert vm.row["properties"]["always"] is True
    assert vm.row["properties"]["never"] is False
    assert isinstance(vm.row["properties"]["nic"], Holed)
    assert [each.what for each in plan.unresolved] == ["copies"]
