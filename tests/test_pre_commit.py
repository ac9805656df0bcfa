"""The hooks for pre-commit: what they match, and that the command they run understands what it is given."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.arguments import parser

HOOKS = Path(__file__).parent.parent / ".pre-commit-hooks.yaml"

MATCHED = {
    "snapready-arm": ["azuredeploy.json", "infra/main.json", "nested/mainTemplate.json", "x/web.template.json"],
    "snapready-bicep": ["main.bicep", "infra/web app.bicep"],
    "snapready-plan": ["plan.json", "tfplan.json", "out/prod.tfplan.json", "prod-plan.json"],
}
NEVER = [
    "azuredeploy.parameters.json",
    "infra/main.parameters.json",
    "main.param.json",
    "main.parameters.prod.json",
    "parameters.template.json",
    "prod.bicepparam",
    "package.json",
    "tsconfig.json",
    "mainframe.json",
    "explan.json",
    "modules/net.bicep",
]


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text("utf-8"))}


def matches(hook: dict[str, Any], name: str) -> bool:
    """As pre-commit does it: re.search of both."""
    return bool(re.search(hook["files"], name)) and not re.search(hook.get("exclude", "^$"), name)


def test_each_hook_is_one_that_pre_commit_takes() -> None:
    known = {"id", "name", "description", "entry", "language", "files", "exclude", "require_serial"}
    assert set(hooks()) == set(MATCHED)
    for hook in hooks().values():
        assert set(hook) <= known
        assert hook["language"] == "python"
        assert hook.get("pass_filenames", True)
        assert hook["require_serial"] is True, "two processes would each judge half of a change"


@pytest.mark.parametrize("name", sorted(MATCHED))
def test_a_hook_matches_its_files_and_no_parameter_files(name: str) -> None:
    hook = hooks()[name]
    assert [each for each in MATCHED[name] if not matches(hook, each)] == []
    assert [each for each in NEVER if matches(hook, each)] == []


@pytest.mark.parametrize("name", sorted(MATCHED))
def test_the_command_of_a_hook_is_understood(name: str) -> None:
    program, *words = hooks()[name]["entry"].split()
    assert program == "snapready"
    arguments = parser().parse_args([*words, *MATCHED[name]])
    assert arguments.path == MATCHED[name]
