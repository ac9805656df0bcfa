"""Broken input through the command line: a clear message, the right exit code, never a pass and never a traceback."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError
from scanner.sources.iac.detect import kind_of
from tests.cli.running import Command, spawn
from tests.iac import estate
from tests.iac.estate import NET, WHERE, Estate
from tests.rows import write

TEMPLATE = json.dumps(estate.arm(Estate()))
PLAN = json.dumps(estate.terraform(Estate()).document())
HEAD = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
}
PARAMETERS = {"$schema": HEAD["$schema"].replace("Template", "Parameters"), "parameters": {"x": {"value": 1}}}
OTHER = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}


def arm(*resources: Any, **more: Any) -> str:
    return json.dumps({**HEAD, **more, "resources": list(resources)})


def vm(name: str = "web", **more: Any) -> dict[str, Any]:
    made = {"osProfile": {"linuxConfiguration": {"provisionVMAgent": True}}, "networkProfile": {}}
    return {**estate._arm("Microsoft.Compute/virtualMachines", name, made), **more}


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.json").write_text(TEMPLATE, "utf-8")
    Path("plan.json").write_text(PLAN, "utf-8")
    write(Path("fleet.ndjson"), estate.live(Estate()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEMPLATE[: len(TEMPLATE) // 2], "begins here and does not end"),
        (PLAN[: len(PLAN) // 2], "cut short"),
        ("", "holds no rows"),
        (json.dumps(PARAMETERS), "is a parameter file: give the template"),
        (json.dumps(OTHER), "this is JSON, but no row"),
        ('{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": []}', "a state file, not a plan"),
    ],
)
def test_a_file_that_is_no_whole_plan_is_refused(snapready: Command, text: str, said: str) -> None:
    Path("odd.json").write_text(text, "utf-8")
    done = snapready("scan", "odd.json")
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_plan_as_terraform_saves_it_is_told_from_its_json(snapready: Command) -> None:
    Path("tfplan").write_bytes(b"PK\x03\x04\x14\x00\x08\x00\x08\x00" + bytes(16) + b"\x06\x00\x00\x00tfplan")
    done = snapready("scan", "tfplan")
    assert (done.code, "terraform show -json tfplan" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("main.json", "fleet.ndjson"), "--over fleet.ndjson"),
        (("main.json", "--over", "nope.ndjson"), "nope.ndjson: no such file"),
        (("main.json", "--over", "plan.json"), "plan.json is a plan"),
        (("main.json", "--parameters", "nope.json"), "no such parameter file"),
        (("main.json", "--parameters", "fleet.ndjson"), "fleet.ndjson"),
        (("plan.json", "--parameters", "a=b"), "PATH holds none"),
        (("main.json", "--scope", "rg-app"), "is no scope"),
        (("main.json", "--complete"), "--over SNAPSHOT"),
        (("main.json", "--complete", "--over", "fleet.ndjson"), "--scope /subscriptions/ID/resourceGroups/NAME"),
        (("plan.json", "--complete", "--over", "fleet.ndjson"), "say what they delete"),
        (("fleet.ndjson", "--over", "fleet.ndjson"), "PATH holds saved rows"),
        (("plan.json", "--source", "nope"), "no such folder"),
        (("--as", "terraform", "main.json"), "no Terraform plan"),
        (("--as", "arm", "fleet.ndjson"), "fleet.ndjson:2:1"),
        (("--as", "arm", "-"), "read from a file"),
        (("nope.json",), "no such file"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(snapready: Command, arguments: tuple[str, ...], said: str) -> None:
    done = snapready("scan", *arguments)
    assert (done.code, done.out, said in done.err) == (2, "", True), done.err


def test_a_folder_of_templates_is_not_taken_for_rows(snapready: Command) -> None:
    Path("folder").mkdir()
    Path("folder/main.json").write_text(TEMPLATE, "utf-8")
    done = snapready("scan", "folder")
    assert (done.code, "give it as a file of its own" in done.err) == (2, True)


@pytest.mark.parametrize("text", [TEMPLATE, PLAN])
def test_a_plan_on_standard_input_is_refused_and_says_what_to_do(text: str) -> None:
    done = spawn(["scan", "-"], given=text.encode())
    assert (done.code, "give it as a file of its own" in done.err) == (2, True)


def test_a_template_without_vms_is_read_whole_and_says_that_it_judged_nobody(snapready: Command) -> None:
    Path("main.json").write_text(arm(estate._arm(f"{NET}/publicIPAddresses", "ip", {})), "utf-8")
    done = snapready("scan", "main.json")
    assert (done.code, done.err.count("nothing to judge: the plan was read whole")) == (0, 1)


LOOP = "[parameters('a')]"
ENDLESS: dict[str, Callable[[], str]] = {
    "circular variables": lambda: arm(
        vm("[variables('a')]"), variables={"a": "[variables('b')]", "b": "[variables('a')]"}
    ),
    "circular parameters": lambda: arm(
        vm("[parameters('a')]"),
        parameters={n: {"type": "string", "defaultValue": f"[parameters('{m}')]"} for n, m in ("ab", "ba")},
    ),
    "circular references": lambda: arm(
        *(vm(n, tags={"t": f"[reference('{m}').tags.t]"}, dependsOn=[m]) for n, m in ("ab", "ba"))
    ),
    "a billion copies": lambda: arm(vm("[concat('w', copyIndex())]", copy={"name": "vms", "count": 10**9})),
    "a billion in a property": lambda: arm(
        vm(properties={"copy": [{"name": "x", "count": 10**9, "input": "[copyIndex('x')]"}]})
    ),
    "a copy count that is not known": lambda: arm(
        vm("[concat('w', copyIndex())]", copy={"name": "vms", "count": "[parameters('n')]"}),
        parameters={"n": {"type": "int"}},
    ),
    "functions that call themselves": lambda: arm(
        vm("[u.f('x')]"),
        functions=[
            {
                "namespace": "u",
                "members": {
                    "f": {
                        "parameters": [{"name": "p", "type": "string"}],
                        "output": {"type": "string", "value": "[u.f(parameters('p'))]"},
                    }
                },
            }
        ],
    ),
    "a billion by range": lambda: arm(vm("[string(length(range(0, 1000000000)))]")),
    "a text without end": lambda: arm(vm("[padLeft('x', 1000000000)]")),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_ends_without_a_pass_of_what_hangs_on_it(snapready: Command, name: str) -> None:
    Path("main.json").write_text(ENDLESS[name](), "utf-8")
    begin = time.process_time()
    done = snapready("scan", "main.json", "--select", "outbound-to-storage", "--report", "json=-")
    assert time.process_time() - begin < 60, "it does not end"
    assert "internal error" not in done.err
    found = json.loads(done.out)["results"] if done.out else []
    assert "pass" not in {each["verdict"] for each in found}
    assert done.code in (2, 3), done.err


@pytest.mark.parametrize("link", ["../outside.json", "/etc/hostname", "https://example.com/x.json", "http://[::1]:9/x"])
def test_a_linked_template_elsewhere_is_not_read_and_the_scan_is_incomplete(snapready: Command, link: str) -> None:
    Path("in").mkdir()
    Path("outside.json").write_text(arm(vm()), "utf-8")
    kind = "relativePath" if link.startswith("..") else "uri"
    nested = estate._arm("Microsoft.Resources/deployments", "n", {"mode": "Incremental", "templateLink": {kind: link}})
    Path("in/main.json").write_text(arm(nested, vm("own")), "utf-8")
    done = snapready("scan", "in/main.json", "--report", "json=-")
    subjects = {each["resource"].rsplit("/", 1)[-1] for each in json.loads(done.out)["results"]}
    assert (done.code, subjects) == (3, {"own"}), done.err


def test_a_huge_plan_is_judged_in_bounded_memory(tmp_path: Path) -> None:
    """A hundred megabytes, most of it a text that no policy reads."""
    document = estate.terraform(Estate(deny=True)).document()
    document["resource_changes"][-1]["change"]["after"]["custom_data"] = "x" * (100 << 20)
    file = tmp_path / "huge.json"
    file.write_text(json.dumps(document), "utf-8")
    code = "import resource as r; r.setrlimit(r.RLIMIT_AS, (2 << 30, 2 << 30)); import sys; sys.argv[0] = 'snapready'"
    run = ["-c", f"{code}; from scanner.cli import main; sys.exit(main(sys.argv[1:]))"]
    done = _python(*run, "scan", str(file), "--fail-on", "warning")
    assert (done.code, "internal error" in done.err) == (1, False), done.err


def _python(*arguments: str) -> Any:
    import subprocess
    import sys

    from tests.cli.running import ROOT, Done

    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    return Done(done.returncode, done.stdout, done.stderr)


def test_an_unreadable_rule_in_a_linked_file_never_opens_the_way(snapready: Command) -> None:
    """Every value of every rule replaced by what is not known: nothing passes that failed."""
    whole = estate.arm(Estate(deny=True))
    group = next(each for each in whole["resources"] if each["type"] == f"{NET}/networkSecurityGroups")
    rules = [
        *(each["properties"] for each in group["properties"]["securityRules"]),
        group["resources"][0]["properties"],
    ]
    whole["parameters"] = {"open": {"type": "string"}}
    for rule in rules:
        for name in list(rule):
            kept, rule[name] = rule[name], "[parameters('open')]"
            Path("main.json").write_text(json.dumps(whole), "utf-8")
            done = snapready("scan", "main.json", *WHERE, "--select", "outbound-to-storage", "--report", "json=-")
            assert "pass" not in {each["verdict"] for each in json.loads(done.out)["results"]}, (rule, name)
            rule[name] = kept


@pytest.mark.parametrize("name", ["main.tf", "main.tf.json", "main.tofu"])
def test_the_source_of_a_plan_is_taken_for_rows(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text('{"resource": {}}' if name.endswith("json") else 'resource "azurerm_subnet" "s" {}\n')
    with pytest.raises(SnapreadyError, match=r"terraform show -json tfplan > plan\.json"):
        kind_of(str(file))
