"""The stories of pull requests: each command, what it prints, its exit code, and that the fix passes."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.running import Command
from tests.iac.bicep_tool import Tool

ROOT = Path(__file__).parent.parent.parent
STORIES = ROOT / "examples" / "pull-request"
FORMATS = ("arm", "bicep", "terraform", "what-if")
_STEP = re.compile(r"<!-- run (\d)( bicep)? -->\n```sh\n(.*?)```\n\n```\n(.*?)```", re.DOTALL)


class Step(NamedTuple):
    code: int
    compiles: bool
    arguments: list[str]
    shown: str


def steps() -> list[Step]:
    """The commands of the README, in their order, with what it says that they print."""
    found = _STEP.findall((STORIES / "README.md").read_text("utf-8"))
    return [
        Step(int(code), bool(bicep), shlex.split(line.replace("\\\n", " "))[1:], shown)
        for code, bicep, line, shown in found
    ]


def named(step: Step) -> str:
    return step.arguments[1].removeprefix("examples/pull-request/")


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(step: Step, snapready: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> str:
    """What a step prints; a compiler stands in for bicep and prints the template that lies beside the source."""
    if step.compiles:
        tool = Tool.on_path(folder, monkeypatch)
        tool.is_there("bicep", stdout=Path(step.arguments[1]).with_suffix(".json").read_text("utf-8"))
    done = snapready(*step.arguments, *more)
    assert done.code == step.code, done.err
    return done.out


@pytest.mark.usefixtures("at_the_top")
@pytest.mark.parametrize("step", steps(), ids=named)
def test_a_command_of_a_story_prints_what_the_story_shows(
    step: Step, snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run(step, snapready, tmp_path, monkeypatch)
    for part in step.shown.split("…\n"):
        assert part.strip("\n") in out, f"not what it prints: {part}"


@pytest.mark.usefixtures("at_the_top")
@pytest.mark.parametrize("step", [step for step in steps() if step.code], ids=named)
def test_an_alert_of_a_vm_that_the_change_does_not_name_hangs_on_the_line_that_does_it(
    step: Step, snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = json.loads(run(step, snapready, tmp_path, monkeypatch, "--report", "sarif-github=-"))
    assert log["runs"][0]["results"]
    place = re.search(r"before\s+the\s+change\s+at\s+(\S+?):(\d+):", step.shown)
    assert place
    for alert in log["runs"][0]["results"]:
        (where,) = (each["physicalLocation"] for each in alert["locations"])
        assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == (place[1], int(place[2]))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_has_a_story_that_fails_and_a_fix_that_passes(kind: str) -> None:
    codes = [step.code for step in steps() if named(step).startswith(f"{kind}/")]
    assert set(codes) == {0, 1}
    fixed = {named(step) for step in steps() if not step.code}
    assert any(name.startswith(f"{kind}/fixed/") for name in fixed)


@pytest.mark.parametrize("folder", ["terraform", "terraform/fixed"])
def test_a_plan_of_a_story_is_of_the_source_beside_it(folder: str) -> None:
    source = (STORIES / folder / "main.tf").read_text("utf-8")
    plan = json.loads((STORIES / folder / "plan.json").read_text("utf-8"))
    blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', source, re.DOTALL | re.MULTILINE)
    changes = {change["address"]: change["change"]["after"] for change in plan["resource_changes"]}
    assert {f"{kind}.{name}" for kind, name, _ in blocks} == set(changes)
    for kind, name, body in blocks:
        for key, value in re.findall(r'^  (\w+) += (?:"(.*)"|\d+)$', body, re.MULTILINE):
            if value:
                assert changes[f"{kind}.{name}"][key] == value


@pytest.mark.parametrize("folder", ["bicep", "bicep/fixed"])
def test_a_template_of_a_story_is_of_the_bicep_beside_it(folder: str) -> None:
    source = (STORIES / folder / "main.bicep").read_text("utf-8")
    template = json.loads((STORIES / folder / "main.json").read_text("utf-8"))
    given = dict(re.findall(r"^param (\w+) string(?: = '(.*)')?$", source, re.MULTILINE))
    assert {name: each.get("defaultValue", "") for name, each in template["parameters"].items()} == given
    declared = re.findall(r"^(?:resource|module) (\w+) .*(?<!existing) = \{$", source, re.MULTILINE)
    assert len(declared) == len(template["resources"])


def test_the_fix_is_the_only_difference() -> None:
    assert (STORIES / "bicep/backup.bicep").read_bytes() == (STORIES / "bicep/fixed/backup.bicep").read_bytes()
