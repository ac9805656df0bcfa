"""What docs/plans.md claims: its formats, options, policies, hooks, and the words of the reports."""

import json
import re
from pathlib import Path

import pytest
import yaml

from scanner.arguments import parser
from scanner.policies import BUILT_IN, load
from scanner.sources.iac.detect import READERS
from scanner.stages import planned
from tests.cli.running import Command

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "plans.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_format_that_can_be_read_is_told_of_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w[\w-]*)` \|", section("What is read"), re.MULTILINE)) == {*READERS, "rows"}


def test_what_a_plan_can_tell_is_what_the_page_says() -> None:
    lines = re.findall(r"^\| (`.*?`) \| (\w+)", section("What a plan alone can tell"), re.MULTILINE)
    told = {name: word for names, word in lines for name in re.findall(r"`([\w-]+)`", names)}
    known = {name: planned(policy).policy for name, policy in load([BUILT_IN]).items()}
    assert told == {name: "judged" if policy else "only" for name, policy in known.items()}


def test_options_of_the_page_exist() -> None:
    given = parser().parse_args(["scan", "plan.json", "--source", ".", "--over", "fleet", "--all", "--as", "terraform"])
    for option in set(re.findall(r"`--([a-z-]+)", PAGE)):
        name = {"as": "kind", "no-pretty-print": "kind"}.get(option, option.replace("-", "_"))
        assert hasattr(given, name), option


def test_the_hooks_of_the_page_exist() -> None:
    there = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    block = re.search(r"```yaml\n(repos:.*?)```", PAGE, re.DOTALL)
    assert block
    (repo,) = yaml.safe_load(block[1])["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == there


def test_the_scan_of_the_pull_request_is_understood() -> None:
    found = re.search(r"run: >\n\s+(snapready scan .*?)\n\s+- if", PAGE, re.DOTALL)
    assert found
    assert parser().parse_args(found[1].split()[1:]).over == ["fleet.ndjson.gz"]


TEMPLATE = """{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "parameters": {"agent": {"type": "bool"}, "count": {"type": "int"}},
"resources": [{"type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "web01",%s
"properties": {"osProfile": {"linuxConfiguration": {"provisionVMAgent": "[parameters('agent')]"}}}}]}"""


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def test_the_report_names_the_parameter_that_the_page_shows(snapready: Command, tmp_path: Path) -> None:
    (tmp_path / "main.json").write_text(TEMPLATE % "", "utf-8")
    done = snapready("scan", tmp_path / "main.json", "--select", "agent-not-disabled")
    shown = re.search(r"```\n(1 VM needs values.*?)```", PAGE, re.DOTALL)
    assert shown
    assert done.code == 3, "nothing could be told, and something is unknown"
    for line in shown[1].splitlines():
        assert line.strip() in done.out
    assert "1 of unknown protection, judged as if protected" in " ".join(done.out.split())


def test_machines_of_unknown_number_make_a_plan_incomplete_and_not_empty(snapready: Command, tmp_path: Path) -> None:
    copies = ' "copy": {"name": "vms", "count": "[parameters(\'count\')]"},'
    (tmp_path / "main.json").write_text(TEMPLATE % copies, "utf-8")
    done = snapready("scan", tmp_path / "main.json")
    assert (done.code, "parameter count has no value" in done.err) == (3, True)


def test_policies_that_only_what_runs_can_tell_are_said_to_be_so(
    snapready: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    out = " ".join(snapready("scan", "examples/pull-request/bicep/main.json").out.split())
    told = re.search(r"not judged: ([\w, -]+) \(only what runs can tell\)", out)
    assert told
    assert "sql-vss-copy-backup" in told[1].split(", ")
    assert "last backup" not in out, "nothing of a plan has a last backup"


def test_what_the_page_of_reports_says_of_plans_is_in_the_schema() -> None:
    page = (ROOT / "docs" / "reports.md").read_text("utf-8").split("\n## Plans\n")[1].split("\n## ")[0]
    schema = json.loads((ROOT / "scanner/schemas/results.schema.json").read_text("utf-8"))
    told = re.findall(r"^\| `([\w.\[\]]+)` \|", page, re.MULTILINE)
    assert len(told) == 5
    for path in told:
        here = schema
        for name in path.split("."):
            here = here["properties"][name.removesuffix("[]")]
            here = here["items"] if name.endswith("[]") else here


def test_a_group_that_nobody_names_is_not_shown_to_people_as_a_hole(snapready: Command, tmp_path: Path) -> None:
    (tmp_path / "main.json").write_text(TEMPLATE % "", "utf-8")
    out = snapready("scan", tmp_path / "main.json", "--parameters", "agent=false").out
    assert "FAIL error    agent-not-disabled" in out
    assert "{resourceGroup}" not in out


def test_a_file_name_cannot_break_the_table_of_a_pull_request(snapready: Command, tmp_path: Path) -> None:
    whole = (ROOT / "examples/pull-request/what-if/what-if.json").read_text("utf-8")
    file = tmp_path / "a|b<i>.json"
    file.write_text(whole, "utf-8")
    done = snapready("scan", file, "--over", ROOT / "examples/contoso", "--report", "markdown=-")
    assert "the change at" in done.out
    assert "a|b" not in done.out.split("### Findings")[1]
    assert "<i>" not in done.out
