"""What templates come to: one folder for each feature of the language, with the rows written down by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Unknown
from scanner.sources.iac.arm.read import read
from scanner.sources.iac.model import Context, Holed, Plan, Resource

TEMPLATES = Path(__file__).parent / "templates"
FEATURES = sorted(folder.name for folder in TEMPLATES.iterdir() if (folder / "main.json").is_file())
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
KIND = "Microsoft.Network/networkSecurityGroups"
GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers"


def plan_of(folder: Path) -> Plan:
    asked = json.loads((folder / "context.json").read_text("utf-8")) if (folder / "context.json").is_file() else {}
    files = [str(folder / "parameters.json")] if (folder / "parameters.json").is_file() else []
    given = (*files, *asked.get("parameters", ()))
    return read(folder / "main.json", Context(asked.get("scope", ""), asked.get("location", ""), given))


def shown(value: Any, expected: Any) -> Any:
    """A value as the expected files write it; `why` is shown only where it is expected."""
    if isinstance(value, Unknown):
        return {"$unknown": value.reason}
    if isinstance(value, Holed):
        why = {"why": list(value.why)} if isinstance(expected, dict) and "why" in expected else {}
        return {"$holed": value.text.replace(GROUP, "~"), **why}
    if isinstance(value, dict):
        below = expected if isinstance(expected, dict) else {}
        return {name: shown(member, below.get(name)) for name, member in value.items()}
    if isinstance(value, list):
        wanted = [*expected, *[None] * len(value)] if isinstance(expected, list) else [None] * len(value)
        return [shown(member, like) for member, like in zip(value, wanted, strict=False)]
    return value


def row_of(resource: Resource, expected: Any, folder: Path) -> dict[str, Any]:
    assert resource.origin is not None
    file = Path(resource.origin.file).relative_to(folder).as_posix()
    place = f"{resource.origin.line}:{resource.origin.column}"
    found = {"address": resource.address, "at": place if file == "main.json" else f"{file}:{place}"}
    if resource.action != "create":
        found["action"] = resource.action
    row = shown(resource.row, expected)
    row["id"] = row["id"].replace(GROUP, "~")
    return {**found, **({"conditions": list(resource.conditions)} if resource.conditions else {}), **row}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_template_comes_to_the_rows_written_down_for_it(feature: str) -> None:
    folder = TEMPLATES / feature
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    plan = plan_of(folder)
    rows = [*expected["resources"], *[None] * len(plan.resources)]
    found = [row_of(each, like, folder) for each, like in zip(plan.resources, rows, strict=False)]
    assert found == expected["resources"]
    unresolved = [[each.what, each.type, each.why, each.origin.line if each.origin else 0] for each in plan.unresolved]
    assert unresolved == expected.get("unresolved", [])
    assert plan.left_out == expected.get("left_out", [])
    if expected.get("problems") != "any":
        assert sorted(each.message for each in plan.problems) == sorted(expected.get("problems", []))


def test_every_problem_of_an_odd_file_says_its_line() -> None:
    plan = plan_of(TEMPLATES / "odd")
    said = {each.message: each.line for each in plan.problems}
    assert said["the type 'Microsoft.Test/things/' ends in a slash"] == 9
    assert said["the condition of Microsoft.Test/things/maybe is neither true nor false"] == 27
    assert all(line for line in said.values()), said


def test_a_rule_inside_its_group_is_found_at_the_line_of_the_group(tmp_path: Path) -> None:
    rules = '[\n{"name": "[concat(\'a\', \'b\')]"},\n{"name": "C"},\n{"name": "[newGuid()]"}]'
    group = (
        f'{{"type": "{KIND}", "apiVersion": "2024-05-01", "name": "n",\n"properties": {{"securityRules": {rules}}}}}'
    )
    looped = group.replace('"n"', '"m"').replace(rules, "\"[variables('rules')]\"")
    (tmp_path / "main.json").write_text(
        f'{{"$schema": "{SCHEMA}", "contentVersion": "1.0.0.0", "variables": {{"rules": []}},'
        f' "resources": [{group}, {looped}]}}',
        "utf-8",
    )
    made, without = plan_of(tmp_path).resources
    assert {key.rsplit("/", 1)[-1]: place.line for key, place in made.parts.items()} == {"ab": 3, "c": 4}
    assert made.origin is not None
    assert made.origin.line == 1
    assert without.parts == {}
