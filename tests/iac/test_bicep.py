"""Bicep files through a compiler that is not there: a stand-in on PATH prints what the real one would."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError
from scanner.sources.iac import bicep_tool, detect
from scanner.sources.iac.bicep import read
from scanner.sources.iac.bicep_source import declarations, used_by
from scanner.sources.iac.model import Context, Plan
from tests.iac import plain_arm
from tests.iac.bicep_tool import Tool

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script with a #! line")

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
VM, NIC, NSG = (
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/networkSecurityGroups",
)
VNET = "Microsoft.Network/virtualNetworks"
MODULE = "Microsoft.Resources/deployments"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    return Tool.on_path(tmp_path, monkeypatch)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the stand-in for the reader of ARM templates."""
    monkeypatch.setitem(detect.READERS, "arm", "tests.iac.plain_arm")
    plain_arm.SEEN.clear()
    plain_arm.GIVEN.clear()
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def template(resources: Any, **members: Any) -> dict[str, Any]:
    symbolic = {"languageVersion": "2.0"} if isinstance(resources, dict) else {}
    return {"$schema": SCHEMA, **symbolic, "contentVersion": "1.0.0.0", **members, "resources": resources}


def resource(kind: str, name: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "apiVersion": "2024-05-01", "name": name, **members}


def places(plan: Plan) -> dict[str, tuple[str, int, int]]:
    found = {}
    for each in plan.resources:
        assert each.origin is not None
        found[each.row["name"]] = (each.origin.file, each.origin.line, each.origin.column)
    return found


MAIN = """targetScope = 'resourceGroup'
// resource commented 'Microsoft.Compute/virtualMachines@2024-03-01' = {
@description('resource inText \\'x\\' = {')
param name string = 'a${'b'}c'

resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: 'vnet-web'
  resource app 'subnets' existing = { name: 'snet-app' }
}

resource nsg 'Microsoft.Network/networkSecurityGroups@2024-05-01' = if (name != '') {
  name: 'nsg-${name}'
  resource deny 'securityRules' = {
    name: 'Deny'
  }
}
/* resource gone 'x'
resource gone2 'x' = { */
  resource vms 'Microsoft.Compute/virtualMachines@2024-03-01' = [for i in range(0, 2): {
  name: 'web${i}'
  tags: { text: '''
resource notOne 'Microsoft.Compute/virtualMachines@2024-03-01' = {
''' }
}]

module net 'modules/net.bicep' = {
  name: 'net'
}
module far 'br/public:avm/res/network/nat-gateway:1.0.0' = { name: 'far' }
"""
NET = """
resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'web01-nic'
}
"""


def test_declarations_are_found_past_comments_texts_and_interpolations() -> None:
    assert [(each.symbol, each.type, each.line, each.column, each.existing) for each in declarations(MAIN)] == [
        ("vnet", VNET, 6, 1, True),
        ("vnet::app", f"{VNET}/subnets", 8, 3, True),
        ("nsg", NSG, 11, 1, False),
        ("nsg::deny", f"{NSG}/securityRules", 13, 3, False),
        ("vms", VM, 19, 3, False),
        ("net", MODULE, 26, 1, False),
        ("far", MODULE, 29, 1, False),
    ]


@pytest.mark.parametrize(
    "broken", ["resource a '", "resource a 'x' = {", "'${'${'", "/*", "'''", "resource a 'b' = [\n" * 50, "}" * 9]
)
def test_broken_source_is_read_as_far_as_it_goes(broken: str) -> None:
    assert len(declarations(broken)) <= 50


def compiled_main() -> dict[str, Any]:
    inner = template({"nic": resource(NIC, "web01-nic")})
    outer = template({"gw": resource("Microsoft.Network/natGateways", "gw")})
    return template(
        {
            "vnet::app": resource(f"{VNET}/subnets", "vnet-web/snet-app", existing=True),
            "nsg::deny": resource(f"{NSG}/securityRules", "nsg-a/Deny"),
            "vnet": resource(VNET, "vnet-web", existing=True),
            "nsg": resource(NSG, "nsg-a", condition=True),
            "vms": resource(VM, "web", copy={"name": "vms", "count": 2}),
            "net": resource(MODULE, "net", properties={"mode": "Incremental", "template": inner}),
            "far": resource(MODULE, "far", properties={"mode": "Incremental", "template": outer}),
        }
    )


def test_symbolic_names_lead_to_the_declarations_in_modules_too(tool: Tool, work: Path) -> None:
    tool.is_there("bicep", compiled_main())
    (work / "infra" / "modules").mkdir(parents=True)
    (work / "infra" / "main.bicep").write_text(MAIN, "utf-8")
    (work / "infra" / "modules" / "net.bicep").write_text(NET, "utf-8")
    plan = read("infra/main.bicep", Context(scope="/subscriptions/s/resourceGroups/g"))
    assert tool.argv("bicep") == ["build", "infra/main.bicep", "--stdout"]
    assert (plan.kind, plan.file) == ("bicep", "infra/main.bicep")
    assert places(plan) == {
        "nsg-a/Deny": ("infra/main.bicep", 13, 3),
        "nsg-a": ("infra/main.bicep", 11, 1),
        "web0": ("infra/main.bicep", 19, 3),
        "web1": ("infra/main.bicep", 19, 3),
        "web01-nic": ("infra/modules/net.bicep", 2, 1),
        "gw": ("infra/main.bicep", 29, 1),
    }
    assert plain_arm.SEEN[0].scope == "/subscriptions/s/resourceGroups/g"


def test_without_symbolic_names_types_and_order_lead_there(tool: Tool, work: Path) -> None:
    source = """
resource first 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: '${prefix}-a'
}
resource gone 'Microsoft.Network/networkInterfaces@2024-05-01' existing = {
  name: 'x'
}
resource second 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: '${prefix}-b'
}
resource many 'microsoft.compute/virtualmachines@2024-03-01' = [for i in range(0, n): {
  name: 'web${i}'
}]
resource one 'Microsoft.Compute/virtualMachines@2024-03-01' = {
  name: 'db01'
}
"""
    (work / "main.bicep").write_text(source, "utf-8")
    resources = [
        resource(VM, "web", copy={"name": "many", "count": 2}),
        resource(NIC, "[format('{0}-a', parameters('prefix'))]"),
        resource(NIC, "[format('{0}-b', parameters('prefix'))]"),
        resource(VM, "db01"),
    ]
    tool.is_there("bicep", template(resources))
    found = places(read("main.bicep", Context()))
    assert [line for _, line, _ in found.values()] == [11, 11, 2, 8, 14]


def test_where_the_order_is_open_only_the_file_is_said(tool: Tool, work: Path) -> None:
    source = """
resource a 'Microsoft.Compute/virtualMachines@2024-03-01' = {
  name: 'a'
}
resource b 'Microsoft.Compute/virtualMachines@2024-03-01' = {
  name: '${x}'
}
resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  resource s 'subnets' = { name: 's' }
}
resource t 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {
  name: '${x}/t'
}
"""
    (work / "main.bicep").write_text(source, "utf-8")
    subnets = [resource(f"{VNET}/subnets", "one/s"), resource(f"{VNET}/subnets", "one/t")]
    tool.is_there("bicep", template([resource(VM, "[parameters('x')]"), resource(VM, "a"), *subnets]))
    assert places(read("main.bicep", Context())) == {
        "[parameters('x')]": ("main.bicep", 0, 0),
        "a": ("main.bicep", 2, 1),
        "one/s": ("main.bicep", 0, 0),
        "one/t": ("main.bicep", 0, 0),
    }


def test_a_module_that_is_not_there_points_at_its_declaration(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("\nmodule net 'gone.bicep' = {\n  name: 'net'\n}\n", "utf-8")
    inner = template([resource(NIC, "nic")])
    tool.is_there("bicep", template([resource(MODULE, "net", properties={"template": inner})]))
    assert places(read("main.bicep", Context())) == {"nic": ("main.bicep", 2, 1)}


def test_no_place_and_no_message_names_the_compiled_file(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text(f"resource a '{VM}@1' = {{}}\nmodule b 'b.bicep' = {{}}\n", "utf-8")
    linked = resource(MODULE, "b", properties={"templateLink": {"relativePath": "x.json"}})
    tool.is_there("bicep", template({"a": resource(VM, "a", odd=True), "b": linked}))
    plan = read("main.bicep", Context())
    assert [(each.message, each.place()) for each in plan.problems] == [
        ("odd resource in main.bicep", "main.bicep:1"),
        ("odd template", "main.bicep"),
    ]
    (entry,) = plan.unresolved
    assert entry.why == "main.bicep: not here"
    assert entry.origin is not None
    assert entry.origin.place() == "main.bicep:2:1"


def test_what_the_arm_reader_refuses_is_said_of_the_bicep_file(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("", "utf-8")
    tool.is_there("bicep", template([], refuse=True))
    with pytest.raises(SnapreadyError) as caught:
        read("main.bicep", Context())
    assert str(caught.value).startswith("main.bicep: main.bicep is not liked (line 4 of the compiled template)")
    assert "snapready-" not in str(caught.value)


PARAMETERS = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"vmName": {"value": "web01"}},
}


def test_a_parameter_file_brings_its_template_and_its_values(tool: Tool, work: Path) -> None:
    (work / "env").mkdir()
    (work / "main.bicep").write_text(f"param vmName string\nresource vm '{VM}@2024-03-01' = {{\n}}\n", "utf-8")
    (work / "env" / "prod.bicepparam").write_text(
        "// using 'x.bicep'\nusing '../main.bicep'\nparam vmName = 'web01'\n", "utf-8"
    )
    printed = {
        "parametersJson": json.dumps(PARAMETERS),
        "templateJson": json.dumps(template([resource(VM, "web01")])),
        "templateSpecId": None,
    }
    tool.is_there("bicep", printed)
    plan = read("env/prod.bicepparam", Context(parameters=("size=small",)))
    assert tool.argv("bicep") == ["build-params", "env/prod.bicepparam", "--stdout"]
    assert plan.file == "env/prod.bicepparam"
    assert places(plan) == {"web01": ("main.bicep", 2, 1)}
    assert plain_arm.SEEN[0].parameters[1:] == ("size=small",)
    assert plain_arm.GIVEN == [PARAMETERS]


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("using 'main.bicep'", "main.bicep"),
        ("using none\n", ""),
        ("  using '../a b.bicep' with {}", "../a b.bicep"),
        ("param x = 'using'\n", ""),
        ("var x = '''\nusing 'no.bicep'\n'''\nusing 'yes.bicep'\n", "yes.bicep"),
    ],
)
def test_what_a_parameter_file_is_for(source: str, used: str) -> None:
    assert used_by(source) == used


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (
            {"parametersJson": "{}", "templateJson": None, "templateSpecId": "/subscriptions/s/x"},
            "the template spec /subscriptions/s/x",
        ),
        ({"parametersJson": "{}", "templateJson": None, "templateSpecId": None}, "is for no template"),
        ({"templateJson": "{}"}, "no parametersJson"),
        ({"parametersJson": "{}", "templateJson": "{"}, "is no JSON"),
        (PARAMETERS, "is for no template"),
    ],
)
def test_a_parameter_file_without_a_template_is_refused(printed: Any, said: str, tool: Tool, work: Path) -> None:
    (work / "p.bicepparam").write_text("using none\n", "utf-8")
    tool.is_there("bicep", printed)
    with pytest.raises(SnapreadyError, match=said):
        read("p.bicepparam", Context())


def test_where_only_az_is_there_it_compiles(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("", "utf-8")
    tool.is_there("az", template([resource(VM, "web01")]))
    assert len(read("main.bicep", Context()).resources) == 1
    assert tool.argv("az") == ["bicep", "build", "--file", "main.bicep", "--stdout"]


def test_bicep_comes_before_az(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("", "utf-8")
    tool.is_there("az", "garbage", code=1)
    tool.is_there("bicep", template([]))
    assert not read("main.bicep", Context()).resources


def test_without_a_compiler_it_is_said_how_to_get_one(tool: Tool, work: Path) -> None:  # noqa: ARG001
    (work / "main.bicep").write_text("", "utf-8")
    with pytest.raises(SnapreadyError, match="neither bicep nor az is on PATH\n  help: install Bicep"):
        read("main.bicep", Context())


def test_a_file_that_is_not_there_is_said_without_a_compiler(tool: Tool, work: Path) -> None:  # noqa: ARG001
    with pytest.raises(SnapreadyError, match=r"gone\.bicep: there is no such file"):
        read("gone.bicep", Context())


def test_errors_are_shown_with_file_and_line_as_bicep_prints_them(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    warning = "/w/main.bicep(1,7) : Warning no-unused-params: Parameter is declared but never used. [https://aka.ms/x]"
    error = '/w/main.bicep(12,5) : Error BCP057: The name "x" does not exist in the current context.'
    tool.is_there("bicep", "", f"{warning}\n\x1b[31m{error}\x1b[0m\n", code=1)
    with pytest.raises(SnapreadyError) as caught:
        read("main.bicep", Context())
    assert str(caught.value) == f"main.bicep: bicep build failed:\n  {error}"


def test_a_failure_without_a_word_is_a_failure(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("az", template([resource(VM, "web01")]), code=3)
    with pytest.raises(SnapreadyError, match="az bicep build failed:\n  it does not say why"):
        read("main.bicep", Context())


def test_very_many_errors_are_cut(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", "", "e(1,1) : Error BCP1: x\n" * 1000, code=1)
    with pytest.raises(SnapreadyError, match="and 960 lines more"):
        read("main.bicep", Context())


def test_warnings_are_said_on_stderr_only(tool: Tool, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", template([resource(VM, "web01")]), "main.bicep(1,7) : Warning no-unused-params: x\n")
    plan = read("main.bicep", Context())
    assert not plan.problems
    assert capsys.readouterr() == ("", "main.bicep(1,7) : Warning no-unused-params: x\n")


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("", "which is nothing"),
        ("Hello there\n", "begins 'Hello there'"),
        ('{"resources": [\n{"type": "Micro', "line 2"),
        ("[]", "is no object"),
        ("\x00\x01", "is no JSON"),
    ],
)
def test_garbage_is_told_from_a_template(printed: str, said: str, tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", printed)
    with pytest.raises(SnapreadyError) as caught:
        read("main.bicep", Context())
    assert said in str(caught.value)
    assert str(caught.value).startswith("main.bicep: ")


@pytest.mark.parametrize("name", ["bicep", "az"])
def test_a_compiler_that_hangs_is_stopped_with_its_children(
    name: str, tool: Tool, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bicep_tool, "TIME_LIMIT", 1.0)
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there(name, "{", hang="yes", child="yes")
    with pytest.raises(SnapreadyError, match="has not finished after 1 seconds and was stopped"):
        read("main.bicep", Context())
    child = int((tool.folder / f"{name}.pid").read_text("utf-8"))
    assert _ends(lambda: not _runs(child))


def test_a_child_that_outlives_the_compiler_holds_up_nobody(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", template([]), child="yes")
    started = time.monotonic()
    read("main.bicep", Context())
    os.kill(int((tool.folder / "bicep.pid").read_text("utf-8")), 9)
    assert time.monotonic() - started < 300


def test_a_flood_is_stopped(tool: Tool, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bicep_tool, "LARGEST", 1 << 20)
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", flood="yes")
    with pytest.raises(SnapreadyError, match="printed more than 1 MiB and was stopped"):
        read("main.bicep", Context())


@pytest.mark.parametrize("name", ["-o=x.bicep", "a b;touch pwned.bicep", "$(touch pwned).bicep"])
def test_a_file_name_is_never_an_option_or_a_command(name: str, tool: Tool, work: Path) -> None:
    (work / name).write_text("x", "utf-8")
    tool.is_there("bicep", template([]))
    read(name, Context())
    (_, given, last) = tool.argv("bicep")
    assert not given.startswith("-")
    assert given.endswith(name)
    assert last == "--stdout"
    assert not (work / "pwned").exists()


def test_on_windows_a_name_cannot_speak_to_the_shell_that_runs_az() -> None:
    command: Callable[[list[str]], list[str]] = bicep_tool._checked
    assert command(["C:\\az.cmd", "bicep", "build", "--file", "a b.bicep", "--stdout"])
    with pytest.raises(SnapreadyError, match=r"a&calc\.bicep: its name holds a sign"):
        command(["C:\\az.cmd", "bicep", "build", "--file", "a&calc.bicep", "--stdout"])


def test_a_compiler_that_cannot_be_run_is_said(tool: Tool, work: Path) -> None:
    (work / "main.bicep").write_text("x", "utf-8")
    tool.is_there("bicep", "")
    (tool.folder / "bicep").write_bytes(b"\x00\x01\x02")
    with pytest.raises(SnapreadyError, match="cannot be run"):
        read("main.bicep", Context())


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[-1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _ends(check: Callable[[], bool]) -> bool:
    for _ in range(200):
        if check():
            return True
        time.sleep(0.05)
    return False
