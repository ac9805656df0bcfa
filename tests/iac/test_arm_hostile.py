"""Templates meant to break a reader: bounded time, a message that says where, or unknown; never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.model import AuthoringError, SnapreadyError, Unknown
from scanner.sources.iac.arm import budget
from scanner.sources.iac.arm.budget import DEPTH
from scanner.sources.iac.arm.read import read
from scanner.sources.iac.model import Context, Holed, Plan

THING = {"type": "Microsoft.Test/things", "name": "t"}


def plan_of(folder: Path, template: Any, context: Context | None = None) -> Plan:
    file = folder / "main.json"
    file.write_text(json.dumps(template) if not isinstance(template, str) else template, encoding="utf-8")
    return read(file, context or Context())


def prop(plan: Plan, name: str = "x") -> Any:
    return plan.resources[-1].row["properties"][name]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('{"resources": [\n{"type": "A.B/c",', "", 2),
        ("", "", 1),
        ('{"$schema": "x/deploymentParameters.json#", "parameters": {}}', "it has no resources", 1),
        ("[]", "an ARM template is an object", 1),
        ("7", "an ARM template is an object", 1),
        ('{"resources": [],\n "a": tru}', "", 2),
    ],
)
def test_a_broken_file_says_its_line(tmp_path: Path, text: str, message: str, line: int) -> None:
    with pytest.raises(AuthoringError) as raised:
        plan_of(tmp_path, text)
    assert message in raised.value.message
    assert (raised.value.file, raised.value.line) == (str(tmp_path / "main.json"), line)


def test_a_missing_file_and_missing_parameters_are_said(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match=r"main\.json: cannot be read"):
        read(tmp_path / "main.json", Context())
    with pytest.raises(SnapreadyError, match="there is no such parameter file"):
        plan_of(tmp_path, {"resources": []}, Context(parameters=("none.json",)))
    (tmp_path / "p.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(SnapreadyError, match="a parameter file is an object"):
        plan_of(tmp_path, {"resources": []}, Context(parameters=(str(tmp_path / "p.json"),)))
    (tmp_path / "p.json").write_text('{\n"a": }', encoding="utf-8")
    with pytest.raises(AuthoringError) as raised:
        plan_of(tmp_path, {"resources": []}, Context(parameters=(str(tmp_path / "p.json"),)))
    assert raised.value.line == 2


@pytest.mark.parametrize("length", [3, 30, 5000])
def test_a_long_chain_of_variables_ends(tmp_path: Path, length: int) -> None:
    chain = {f"v{n}": f"[concat(variables('v{n + 1}'), 'x')]" for n in range(length)} | {f"v{length}": "end"}
    plan = plan_of(tmp_path, {"variables": chain, "resources": [{**THING, "properties": {"x": "[variables('v0')]"}}]})
    if length < 60:
        assert prop(plan) == "end" + "x" * length
    else:
        assert isinstance(prop(plan), Holed | Unknown)
        assert plan.problems


def test_parameters_that_lead_to_each_other_are_unknown(tmp_path: Path) -> None:
    declared = {
        "a": {"type": "string", "defaultValue": "[parameters('b')]"},
        "b": {"type": "string", "defaultValue": "[parameters('a')]"},
    }
    plan = plan_of(
        tmp_path, {"parameters": declared, "resources": [{**THING, "properties": {"x": "[parameters('a')]"}}]}
    )
    assert isinstance(prop(plan), Holed | Unknown)
    assert any("is defined by itself" in each.message for each in plan.problems)


def test_outputs_and_parameters_of_deployments_in_a_circle_are_unknown(tmp_path: Path) -> None:
    def module(name: str, other: str) -> Any:
        return {
            "type": "Microsoft.Resources/deployments",
            "name": name,
            "properties": {
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"p": {"value": f"[reference('{other}').outputs.o.value]"}},
                "template": {
                    "parameters": {"p": {"type": "string"}},
                    "resources": [{**THING, "properties": {"x": "[parameters('p')]"}}],
                    "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}},
                },
            },
        }

    plan = plan_of(tmp_path, {"resources": [module("one", "two"), module("two", "one")]})
    assert len(plan.resources) == 4
    assert isinstance(prop(plan), Holed | Unknown)
    assert any("is defined by itself" in each.message for each in plan.problems)


def test_a_template_linked_to_itself_ends(tmp_path: Path) -> None:
    link = {
        "type": "Microsoft.Resources/deployments",
        "name": "again",
        "properties": {"templateLink": {"relativePath": "main.json"}},
    }
    plan = plan_of(tmp_path, {"resources": [THING, link]})
    assert len(plan.resources) == 2 * (DEPTH + 1)
    assert plan.unresolved[-1].why == f"deployments are nested more than {DEPTH} deep"


def test_a_template_linked_to_itself_many_times_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "DEPLOYMENTS", 100)
    link = {
        "type": "Microsoft.Resources/deployments",
        "name": "[concat('again', copyIndex())]",
        "copy": {"name": "many", "count": 10},
        "properties": {"templateLink": {"relativePath": "main.json"}},
    }
    with pytest.raises(SnapreadyError, match="makes more than 100 nested deployments"):
        plan_of(tmp_path, {"resources": [link]})


def test_loops_within_loops_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "ITERATIONS", 50_000)
    body: Any = 1
    for depth in range(4):
        body = {"copy": [{"name": f"loop{depth}", "count": 800, "input": body}]}
    with pytest.raises(SnapreadyError, match="run more than 50,000 times"):
        plan_of(tmp_path, {"resources": [{**THING, "properties": body}]})


def test_functions_that_call_each_other_twice_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "ITERATIONS", 50_000)
    members: dict[str, Any] = {"f0": {"parameters": [], "output": {"type": "int", "value": 1}}}
    for n in range(1, 23):
        members[f"f{n}"] = {"parameters": [], "output": {"type": "int", "value": f"[add(n.f{n - 1}(), n.f{n - 1}())]"}}
    functions = [{"namespace": "n", "members": members}]
    with pytest.raises(SnapreadyError, match="run more than"):
        plan_of(tmp_path, {"functions": functions, "resources": [{**THING, "properties": {"x": "[n.f22()]"}}]})


@pytest.mark.parametrize("link", ["../secret.json", "/etc/passwd", "modules/../../secret.json", "..\\secret.json"])
def test_a_file_outside_the_folder_is_not_read(tmp_path: Path, link: str) -> None:
    (tmp_path / "secret.json").write_text(json.dumps({"resources": [THING]}), encoding="utf-8")
    (tmp_path / "in").mkdir()
    deployment = {
        "type": "Microsoft.Resources/deployments",
        "name": "d",
        "properties": {"templateLink": {"relativePath": link}},
    }
    plan = plan_of(tmp_path / "in", {"resources": [deployment]})
    assert [each.row["name"] for each in plan.resources] == ["d"]
    assert "is outside the folder" in plan.unresolved[0].why


def test_a_link_in_the_file_system_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(json.dumps({"resources": [THING]}), encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "secret.json")
    deployment = {
        "type": "Microsoft.Resources/deployments",
        "name": "d",
        "properties": {"templateLink": {"relativePath": "link.json"}},
    }
    plan = plan_of(tmp_path / "in", {"resources": [deployment]})
    assert "is outside the folder" in plan.unresolved[0].why


@pytest.mark.parametrize("place", ["parameters", "variables", "functions", "outputs", "resources", "definitions"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        "[concat('a', 'b')]",
        [],
        [1],
        {"a": 1},
        {"a": {"b": [None]}},
        [{"namespace": 1, "members": {"f": 1}}],
    ],
)
def test_sections_of_any_shape_do_not_break_the_reader(tmp_path: Path, place: str, value: Any) -> None:
    if place == "resources" and value is None:
        with pytest.raises(AuthoringError, match="it has no resources"):
            plan_of(tmp_path, {})
    else:
        plan_of(tmp_path, {"resources": [THING], place: value})


MEMBERS = [
    "type",
    "name",
    "copy",
    "condition",
    "properties",
    "resources",
    "scope",
    "dependsOn",
    "tags",
    "location",
    "subscriptionId",
    "resourceGroup",
    "existing",
]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("kind", ["Microsoft.Test/things", "Microsoft.Resources/deployments"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        1.5,
        True,
        "",
        "/",
        "a/b/c",
        "[json('{}')]",
        "[parameters('x')]",
        "[",
        "[]",
        "[1]",
        [],
        [[]],
        {},
        {"copy": [{"name": 1, "count": 1, "input": 1}]},
        {"template": 7},
        {"template": {"resources": 7}},
        {"templateLink": 7},
        {"parameters": 7, "template": {}},
    ],
)
def test_members_of_any_shape_do_not_break_the_reader(tmp_path: Path, member: str, kind: str, value: Any) -> None:
    source = {"type": kind, "name": "n", "properties": {"template": {"resources": []}}, member: value}
    plan = plan_of(tmp_path, {"resources": [source, {**source, "resources": [dict(source)]}]})
    assert plan.resources or plan.unresolved


def test_a_circle_of_dependencies_is_said_and_ends(tmp_path: Path) -> None:
    rows = [
        {"type": "Microsoft.Test/things", "name": "a", "dependsOn": ["b"]},
        {"type": "Microsoft.Test/things", "name": "b", "dependsOn": ["a"]},
        {"type": "Microsoft.Test/things", "name": "a", "dependsOn": ["b"]},
    ]
    plan = plan_of(tmp_path, {"resources": rows})
    assert len(plan.resources) == 3
    assert any("depend on each other" in each.message for each in plan.problems)


def test_thousands_of_resources_that_depend_on_each_other_in_a_row_are_ordered(tmp_path: Path) -> None:
    rows = [{"type": "Microsoft.Test/things", "name": f"n{n}", "dependsOn": [f"n{n + 1}"]} for n in range(5000)]
    plan = plan_of(tmp_path, {"resources": [*rows, dict(THING), dict(THING)]})
    assert plan.resources[0].row["name"] == "n4999"
    assert len(plan.resources) == 5002


def test_secure_values_are_never_in_a_message(tmp_path: Path) -> None:
    declared = {
        "a": {"type": "securestring", "minLength": 30, "allowedValues": ["x"]},
        "b": {"type": "secureobject"},
    }
    plan = plan_of(tmp_path, {"parameters": declared, "resources": []}, Context(parameters=("a=hunter2", "b=hunter2")))
    assert plan.problems
    assert not any("hunter2" in each.message for each in plan.problems)


def test_more_resources_than_any_plan_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "RESOURCES", 2000)
    inside = {**THING, "name": "[concat('t', copyIndex())]", "copy": {"name": "things", "count": 800}}
    link = {
        "type": "Microsoft.Resources/deployments",
        "name": "[concat('d', copyIndex())]",
        "copy": {"name": "many", "count": 800},
        "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "template": {"resources": [inside]}},
    }
    with pytest.raises(SnapreadyError, match="makes more than 2,000 resources"):
        plan_of(tmp_path, {"resources": [link]})


def test_children_in_children_and_values_in_values_end(tmp_path: Path) -> None:
    child: Any = {"type": "parts", "name": "p"}
    for _ in range(100):
        child = {"type": "parts", "name": "p", "resources": [child]}
    plan = plan_of(tmp_path, {"resources": [{**THING, "resources": [child]}]})
    assert len(plan.resources) == 102
    deep: Any = "[parameters('none')]"
    for _ in range(110):
        deep = [{"a": deep}]
    plan = plan_of(tmp_path, {"resources": [{**THING, "properties": deep}, {**THING, "name": "after"}]})
    assert len(plan.resources) == 2


def test_modules_that_only_an_output_leads_to_are_read_whole(tmp_path: Path) -> None:
    """However deep the expression that opens a module first stands, its resources are there, or it is unresolved."""
    modules = [
        {
            "type": "Microsoft.Resources/deployments",
            "name": f"m{n}",
            "properties": {
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"p": {"value": f"[reference('m{n + 1}').outputs.o.value]"}},
                "template": {
                    "parameters": {"p": {"type": "string"}},
                    "resources": [{**THING, "name": f"[concat('t{n}', parameters('p'))]"}],
                    "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}},
                },
            },
        }
        for n in range(200)
    ]
    plan = plan_of(tmp_path, {"resources": modules})
    made = [each for each in plan.resources if each.row["type"] == "Microsoft.Test/things"]
    assert len(made) + len(plan.unresolved) >= 200


def test_a_broken_linked_template_says_its_own_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{\n"resources": [}', encoding="utf-8")
    deployment = {
        "type": "Microsoft.Resources/deployments",
        "name": "d",
        "properties": {"templateLink": {"relativePath": "broken.json"}},
    }
    with pytest.raises(AuthoringError) as raised:
        plan_of(tmp_path, {"resources": [deployment]})
    assert (raised.value.file, raised.value.line) == (str(tmp_path / "broken.json"), 2)


def test_copies_under_one_open_condition_are_said_once(tmp_path: Path) -> None:
    vm = {
        "type": "Microsoft.Compute/virtualMachines",
        "name": "[concat('vm', copyIndex())]",
        "copy": {"name": "vms", "count": 800},
        "condition": "[greater(parameters('n'), copyIndex())]",
    }
    plan = plan_of(tmp_path, {"parameters": {"n": {"type": "int"}}, "resources": [vm]})
    assert [each.count for each in plan.problems] == [800]
