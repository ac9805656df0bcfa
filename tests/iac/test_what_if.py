"""What-if results in each form that Azure's tools write them, and broken ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError, Unknown
from scanner.sources.iac import detect
from scanner.sources.iac.model import Context, Holed, Plan, Resource
from scanner.sources.iac.source import Plans
from scanner.sources.iac.what_if import read

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/rg-web"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-web"
SUBNET = f"{VNET}/subnets/snet-app"
NSG = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-app"
NIC = f"{GROUP}/providers/Microsoft.Network/networkInterfaces/web01-nic"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web01"
OLD = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/old01"
VAULT = f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv-web"
EXTENSION = f"{VM}/extensions/AzureMonitor"
Form = Callable[[list[dict[str, Any]]], dict[str, Any]]


def rest(changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "Succeeded", "properties": {"changes": changes}}


def portal(changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"properties": {"correlationId": "11111111-2222-3333-4444-555555555555", "changes": changes}}


def cli(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """az prints every member, those that are not set as null, sorted by name."""
    names = ("after", "before", "changeType", "delta", "resourceId", "unsupportedReason")
    return {
        "changes": [{**dict.fromkeys(names), **change} for change in changes],
        "diagnostics": None,
        "error": None,
        "potentialChanges": None,
        "status": "Succeeded",
    }


def powershell(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Members of an object of the SDK: capitals, enumerations as numbers."""
    numbers = ["Create", "Delete", "Ignore", "Deploy", "NoChange", "Modify", "Unsupported"]
    found = []
    for change in changes:
        scope, _, rest_of_id = change["resourceId"].partition("/providers/")
        found.append(
            {
                "Scope": scope,
                "RelativeResourceId": rest_of_id,
                "FullyQualifiedResourceId": change["resourceId"],
                "ChangeType": numbers.index(change["changeType"]),
                "ApiVersion": "2024-05-01",
                "Before": change.get("before"),
                "After": change.get("after"),
                "Delta": change.get("delta"),
            }
        )
    return {"Status": "Succeeded", "Error": None, "Changes": found, "Diagnostics": None}


FORMS = pytest.mark.parametrize("form", [rest, portal, cli, powershell])


def state(identity: str, **members: Any) -> dict[str, Any]:
    """A resource as what-if shows it."""
    kinds = identity.rsplit("/providers/", 1)[-1].split("/")
    kind = "/".join([kinds[0], *kinds[1::2]])
    return {"apiVersion": "2024-05-01", "id": identity, "type": kind, "name": identity.rsplit("/", 1)[-1], **members}


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., Plan]:
    def put(whole: Any, *, encoding: str = "utf-8") -> Plan:
        file = tmp_path / "what-if.json"
        text = whole if isinstance(whole, str) else json.dumps(whole, indent=2)
        file.write_bytes(text.encode(encoding))
        return read(str(file), Context())

    return put


def only(plan: Plan) -> Resource:
    assert not plan.unresolved
    assert len(plan.resources) == 1
    return plan.resources[0]


@FORMS
def test_a_resource_that_is_created_has_its_whole_state(form: Form, given: Callable[..., Plan]) -> None:
    after = state(VM, location="westeurope", tags={"app": "web"}, zones=["1"], properties={"priority": "Regular"})
    made = only(given(form([{"resourceId": VM, "changeType": "Create", "after": after}])))
    assert made.action == "create"
    assert made.row == {
        "id": VM,
        "name": "web01",
        "type": "Microsoft.Compute/virtualMachines",
        "location": "westeurope",
        "tags": {"app": "web"},
        "zones": ["1"],
        "properties": {"priority": "Regular"},
    }


@FORMS
def test_of_a_resource_that_is_modified_the_state_after_counts(form: Form, given: Callable[..., Plan]) -> None:
    change = {
        "resourceId": NSG,
        "changeType": "Modify",
        "before": state(NSG, properties={"securityRules": []}),
        "after": state(NSG, properties={"securityRules": [{"name": "Deny", "properties": {"access": "Deny"}}]}),
        "delta": [{"path": "properties.securityRules", "propertyChangeType": "Array", "children": []}],
    }
    made = only(given(form([change])))
    assert made.action == "update"
    assert made.row["properties"] == {"securityRules": [{"name": "Deny", "properties": {"access": "Deny"}}]}


@FORMS
def test_a_resource_that_is_deleted_is_a_delete(form: Form, given: Callable[..., Plan]) -> None:
    made = only(given(form([{"resourceId": OLD, "changeType": "Delete", "before": state(OLD, properties={})}])))
    assert (made.action, made.row["id"], made.row["type"]) == ("delete", OLD, "Microsoft.Compute/virtualMachines")
    assert Plans([Plan("what-if", "f", [made])]).made.deleted == {OLD.lower(): OLD}


@FORMS
def test_what_the_deployment_ignores_runs_on_as_it_is(form: Form, given: Callable[..., Plan]) -> None:
    before = state(NIC, properties={"primary": True, "note": "[not an expression(]"})
    made = only(given(form([{"resourceId": NIC, "changeType": "Ignore", "before": before, "after": before}])))
    assert made.action == "none"
    assert made.row["properties"] == {"primary": True, "note": "[not an expression(]"}


@FORMS
def test_a_resource_without_a_change_is_a_row_too(form: Form, given: Callable[..., Plan]) -> None:
    made = only(
        given(form([{"resourceId": VNET, "changeType": "NoChange", "before": state(VNET, properties={"a": 1})}]))
    )
    assert made.action == "none"
    assert made.row["properties"] == {"a": 1}


@FORMS
def test_deploy_shows_no_state_so_nothing_is_guessed(form: Form, given: Callable[..., Plan]) -> None:
    plan = given(form([{"resourceId": VM, "changeType": "Deploy"}]))
    assert not plan.resources
    (entry,) = plan.unresolved
    assert (entry.what, entry.type) == (VM, "Microsoft.Compute/virtualMachines")
    assert "--result-format FullResourcePayloads" in entry.why


@pytest.mark.parametrize("form", [rest, portal, cli])
def test_unsupported_says_the_reason_that_azure_gives(form: Form, given: Callable[..., Plan]) -> None:
    where = "[resourceId('Microsoft.Network/networkInterfaces', reference('names').outputs.nic.value)]"
    reason = "its resource ID cannot be calculated until the deployment is under way"
    plan = given(form([{"resourceId": where, "changeType": "Unsupported", "unsupportedReason": reason}]))
    assert [(entry.what, entry.why) for entry in plan.unresolved] == [(where, reason)]


def test_unsupported_without_a_reason_is_still_told(given: Callable[..., Plan]) -> None:
    plan = given(powershell([{"resourceId": VM, "changeType": "Unsupported"}]))
    assert [entry.why for entry in plan.unresolved] == ["what-if does not support it"]


@pytest.mark.parametrize("word", ["create", "CREATE", "Create"])
def test_the_casing_of_a_change_type_is_nothing(word: str, given: Callable[..., Plan]) -> None:
    assert only(given(cli([{"resourceId": VM, "changeType": word, "after": state(VM)}]))).action == "create"


@pytest.mark.parametrize("status", ["Succeeded", "succeeded"])
def test_the_casing_of_the_status_is_nothing(status: str, given: Callable[..., Plan]) -> None:
    assert not given({"status": status, "properties": {"changes": []}}).resources


def test_types_of_children_groups_and_extension_resources(given: Callable[..., Plan]) -> None:
    lock = f"{VM}/providers/Microsoft.Authorization/locks/keep"
    ids = [SUBNET, EXTENSION, GROUP, lock]
    plan = given(cli([{"resourceId": each, "changeType": "Create", "after": {"properties": {}}} for each in ids]))
    assert [(each.row["type"], each.row["name"]) for each in plan.resources] == [
        ("Microsoft.Network/virtualNetworks/subnets", "snet-app"),
        ("Microsoft.Compute/virtualMachines/extensions", "AzureMonitor"),
        ("Microsoft.Resources/subscriptions/resourceGroups", "rg-web"),
        ("Microsoft.Authorization/locks", "keep"),
    ]


def test_expressions_that_what_if_left_are_not_known(given: Callable[..., Plan]) -> None:
    properties = {
        "address": "[reference(resourceId('Microsoft.Network/publicIPAddresses', 'pip')).ipAddress]",
        "subnet": {"id": f"{VNET}/subnets/[toLower(parameters('x[1]'))]"},
        "script": "if [ -f x ]; then echo; fi",
        "list": '["a","b"]',
        "escaped": "[[concat(1)]",
        "port": "*",
        "password": "**********",
    }
    row = only(
        given(cli([{"resourceId": NIC, "changeType": "Create", "after": state(NIC, properties=properties)}]))
    ).row
    found = row["properties"]
    assert isinstance(found["address"], Unknown)
    assert "reference(resourceId('Microsoft.Network/publicIPAddresses', 'pip')).ipAddress" in found["address"].reason
    assert found["subnet"]["id"] == Holed(
        f"{VNET}/subnets/{{toLower(parameters('x[1]'))}}",
        ("toLower(parameters('x[1]')) is not known before deployment",),
    )
    assert found["script"] == "if [ -f x ]; then echo; fi"
    assert found["list"] == '["a","b"]'
    assert found["escaped"] == "[concat(1)]"
    assert found["port"] == "*"
    assert isinstance(found["password"], Unknown)


def test_an_id_with_an_expression_is_one_with_a_hole(given: Callable[..., Plan]) -> None:
    identity = f"{GROUP}/providers/Microsoft.Network/networkInterfaces/[format('{{0}}/nic', uniqueString(newGuid()))]"
    made = only(given(cli([{"resourceId": identity, "changeType": "Create", "after": {"properties": {}}}])))
    assert made.row["id"].endswith("/networkInterfaces/{format('<0>/nic', uniqueString(newGuid()))}")
    assert made.row["type"] == "Microsoft.Network/networkInterfaces"


def test_the_state_after_is_worked_out_where_only_the_delta_is_given(given: Callable[..., Plan]) -> None:
    before = state(
        NSG,
        tags={"Owner": "a", "cost.center": "1"},
        properties={
            "rules": [{"name": "one"}, {"name": "two"}, {"name": "three"}],
            "keep": 1,
            "gone": 2,
            "deep": {"x": 1},
        },
    )
    delta = [
        {"path": "tags.Owner", "propertyChangeType": "Delete", "before": "a"},
        {"path": "tags.cost.center", "propertyChangeType": "Modify", "before": "1", "after": "2"},
        {"path": "tags.new.tag", "propertyChangeType": "Create", "after": "n"},
        {"path": "properties.gone", "propertyChangeType": "Delete"},
        {"path": "properties.fresh.name", "propertyChangeType": "Create", "after": {"id": "[reference('a').id]"}},
        {
            "path": "properties.deep",
            "propertyChangeType": "Modify",
            "children": [{"path": "x", "propertyChangeType": "Modify", "after": 5}],
        },
        {"path": "properties.keep", "propertyChangeType": "NoEffect", "after": 9},
        {
            "path": "properties.rules",
            "propertyChangeType": "Array",
            "children": [
                {"path": "0", "propertyChangeType": "Delete"},
                {
                    "path": "1",
                    "propertyChangeType": "Modify",
                    "children": [{"path": "name", "propertyChangeType": "Modify", "after": "TWO"}],
                },
                {"path": "2", "propertyChangeType": "Create", "after": {"name": "four"}},
            ],
        },
    ]
    row = only(given(cli([{"resourceId": NSG, "changeType": "Modify", "before": before, "delta": delta}]))).row
    properties = row["properties"]
    assert row["tags"] == {"cost.center": "2", "new.tag": "n"}
    assert isinstance(properties["fresh"]["name"]["id"], Unknown)
    assert properties["rules"] == [{"name": "TWO"}, {"name": "three"}, {"name": "four"}]
    assert (properties["keep"], properties["deep"], "gone" in properties) == (1, {"x": 5}, False)


@pytest.mark.parametrize(
    "change",
    [
        {"path": "properties.rules", "propertyChangeType": "Array"},
        {"path": "properties.rules", "propertyChangeType": "Rename", "after": []},
        {"path": "properties.rules", "propertyChangeType": "Modify"},
        {"path": "properties.rules.7.name", "propertyChangeType": "Modify", "after": "x"},
        {
            "path": "properties.rules",
            "propertyChangeType": "Array",
            "children": [{"path": "x", "propertyChangeType": "Modify"}],
        },
        {"path": "properties.rules", "propertyChangeType": "Array", "children": [7]},
        {"path": "", "propertyChangeType": "Modify", "after": {}},
        "properties.rules",
    ],
)
def test_a_delta_that_cannot_be_followed_never_leaves_the_old_value(change: Any, given: Callable[..., Plan]) -> None:
    before = state(NSG, properties={"rules": [{"name": "one"}]})
    row = only(given(cli([{"resourceId": NSG, "changeType": "Modify", "before": before, "delta": [change]}]))).row
    properties = row["properties"]
    assert isinstance(properties, Unknown) or isinstance(properties["rules"], Unknown)


def test_nested_deployments_that_were_skipped_make_the_scan_incomplete(given: Callable[..., Plan]) -> None:
    whole = cli([{"resourceId": VM, "changeType": "Create", "after": state(VM)}])
    target = f"{GROUP}/providers/Microsoft.Resources/deployments/network"
    whole["diagnostics"] = [
        {"code": "NestedDeploymentShortCircuited", "level": "Warning", "message": "It got skipped.", "target": target},
        {
            "code": "NestedDeploymentSkippedFromInternalExpansion",
            "level": "Warning",
            "message": "Too many.",
            "target": target,
        },
        {"code": "SomethingElse", "level": "Info", "message": "By the way.", "target": ""},
    ]
    plan = given(whole)
    assert [(problem.incomplete, problem.line > 0) for problem in plan.problems] == [
        (True, True),
        (True, True),
        (False, True),
    ]
    assert plan.problems[0].message == f"NestedDeploymentShortCircuited: It got skipped. ({target})"


@pytest.mark.parametrize("form", [rest, powershell])
def test_diagnostics_are_found_in_every_form(form: Form, given: Callable[..., Plan]) -> None:
    whole = form([])
    holder = whole.get("properties", whole)
    holder["Diagnostics" if form is powershell else "diagnostics"] = [
        {"Code": "NestedDeploymentShortCircuited", "Level": "Warning", "Message": "m", "Target": "t"}
    ]
    assert [problem.incomplete for problem in given(whole).problems] == [True]


def test_a_nested_deployment_among_the_changes_was_not_looked_into(given: Callable[..., Plan]) -> None:
    """Beyond what-if's limits, what is left is said to be ignored."""
    nested = f"{GROUP}/providers/Microsoft.Resources/deployments/apps"
    plan = given(cli([{"resourceId": nested, "changeType": "Ignore", "before": state(nested)}]))
    assert not plan.resources
    assert "nested deployment" in plan.unresolved[0].why


def test_potential_changes_are_no_changes_and_are_not_forgotten(given: Callable[..., Plan]) -> None:
    whole = cli([])
    whole["potentialChanges"] = [{"resourceId": VM, "changeType": "Create", "after": state(VM)}]
    plan = given(whole)
    assert not plan.resources
    assert [(entry.what, entry.type) for entry in plan.unresolved] == [(VM, "Microsoft.Compute/virtualMachines")]


def test_resources_that_are_not_of_azure_are_said(given: Callable[..., Plan]) -> None:
    change = {
        "symbolicName": "app",
        "identifiers": {"name": "x"},
        "extension": {"name": "kubernetes"},
        "changeType": "Create",
    }
    plan = given(rest([change]))
    assert (plan.resources, plan.unresolved) == ([], [])
    assert "app is deployed by an extension" in plan.problems[0].message


@pytest.mark.parametrize(
    "change",
    [
        {},
        7,
        None,
        "Microsoft.Azure.Commands.ResourceManager.Cmdlets.SdkModels.Deployments.PSWhatIfChange",
        [],
        {"resourceId": VM},
        {"resourceId": VM, "changeType": "Explode", "after": {}},
        {"resourceId": VM, "changeType": 99, "after": {}},
        {"resourceId": VM, "changeType": True, "after": {}},
        {"resourceId": 12, "changeType": "Create", "after": {"properties": {}}},
        {"resourceId": "web01", "changeType": "Create", "after": {"properties": {}}},
        {"resourceId": VM, "changeType": "Create"},
        {"resourceId": VM, "changeType": "Create", "after": {}},
        {"resourceId": VM, "changeType": "Create", "after": '{\n  "id": 1 }'},
        {"resourceId": VM, "changeType": "Modify", "after": [[], [[]]]},
        {"resourceId": VM, "changeType": "Modify", "before": {"properties": {}}},
        {"resourceId": VM, "changeType": "NoChange"},
    ],
)
def test_no_change_is_dropped_however_odd(change: Any, given: Callable[..., Plan]) -> None:
    plan = given({"status": "Succeeded", "changes": [change]})
    assert not plan.resources
    assert len(plan.unresolved) == 1
    assert plan.unresolved[0].why
    assert Plans([plan]).made.problems[0].incomplete


def test_an_ignored_resource_without_a_state_is_one_that_exists(given: Callable[..., Plan]) -> None:
    plan = given(cli([{"resourceId": VAULT, "changeType": "Ignore"}]))
    assert only(plan).action == "existing"
    assert Plans([plan]).made.existing == {VAULT.lower()}


def test_origins_are_lines_of_the_file(given: Callable[..., Plan]) -> None:
    change = f'{{"resourceId": "{VM}", "changeType": "Create",\n   "after": {{"properties": {{}}}}}}'
    origin = only(given(f'{{"changes": [\n  {change}], "status": "Succeeded"}}')).origin
    assert origin is not None
    assert (Path(origin.file).name, origin.line, origin.column) == ("what-if.json", 2, 3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_redirects_is_read(encoding: str, given: Callable[..., Plan]) -> None:
    text = json.dumps(powershell([{"resourceId": VM, "changeType": "Create", "after": state(VM)}]))
    assert only(given(text, encoding=encoding)).row["id"] == VM


FAILED = {
    "status": "Failed",
    "error": {
        "code": "InvalidTemplate",
        "message": "Deployment template validation failed",
        "details": [{"code": "Inner", "message": "the parameter vmName is missing"}],
    },
}


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (FAILED, "InvalidTemplate: Deployment template validation failed; Inner: the parameter vmName is missing"),
        ({**FAILED, "error": None}, "its status is Failed"),
        ({"status": "Running"}, "its status is Running"),
        ({"status": "Succeeded"}, "no list of changes"),
        ({"status": "Succeeded", "changes": {"a": 1}}, "changes is no list"),
        ({"Status": "Succeeded", "Changes": "System.Object[]"}, "ConvertTo-Json -Depth 100"),
        ({}, "no list of changes"),
        ([], "no list of changes"),
        ("", "is empty"),
        ("7", "no list of changes"),
        ('{"status": "Succeeded", "changes": [{"resourceId": "/subs', ":1:"),
        ('{"changes": [\n{"changeType": "Create",\n', "is the file whole?"),
        ("WARNING: a new version is there\n{}", ":1:1"),
        ('{"changes": ' + "[" * 100_000, "nested more than"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(whole: Any, said: str, given: Callable[..., Plan]) -> None:
    with pytest.raises(SnapreadyError) as caught:
        given(whole)
    assert said in str(caught.value)
    assert "what-if.json" in str(caught.value)


PRETTY = """Note: The result may contain false positive predictions (noise).

Resource and property changes are indicated with these symbols:
  \x1b[38;5;77m+\x1b[0m Create
  \x1b[38;5;141m~\x1b[0m Modify

The deployment will update the following scope:

Scope: /subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/rg-web

  + Microsoft.Compute/virtualMachines/web01 [2024-03-01]
"""


def test_the_text_for_people_is_told_apart_with_the_right_command(tmp_path: Path) -> None:
    file = tmp_path / "what-if.txt"
    file.write_text(PRETTY, "utf-8")
    assert detect.kind_of(str(file)) == "what-if"
    with pytest.raises(SnapreadyError, match=r"az deployment group what-if … --no-pretty-print > what-if\.json"):
        read(str(file), Context())


@FORMS
@pytest.mark.parametrize("changes", [[], [{"resourceId": VM, "changeType": "Delete"}]])
def test_each_form_is_recognised_with_changes_or_without(form: Form, changes: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(form(changes), indent=2), "utf-8")
    assert detect.kind_of(str(file)) == "what-if"


@pytest.mark.parametrize(
    "rows",
    [
        {
            "count": 1,
            "data": [{"id": VM, "type": "microsoft.compute/virtualmachines", "properties": {"status": "Failed"}}],
        },
        {"id": VM, "type": "t", "properties": {"changes": []}},
        {"properties": {"provisioningState": "Succeeded", "changes": []}},
    ],
)
def test_rows_are_not_taken_for_a_what_if(rows: Any, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows), "utf-8")
    assert detect.kind_of(str(file)) == ""


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match=r"none\.json"):
        read(str(tmp_path / "none.json"), Context())


def test_more_than_the_bound_is_refused(given: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.sources.iac.predicted.LARGEST", 100)
    with pytest.raises(SnapreadyError, match="larger than"):
        given(cli([{"resourceId": VM, "changeType": "Create", "after": state(VM)}]))


def test_a_long_result_takes_time_in_proportion(given: Callable[..., Plan]) -> None:
    """Brackets that look like expressions, and do not end, are where a reader would look again and again."""
    hostile = "[a(" * 20_000
    plan = given(cli([{"resourceId": VM, "changeType": "Create", "after": state(VM, properties={"x": hostile})}]))
    assert only(plan).row["properties"]["x"] == hostile
