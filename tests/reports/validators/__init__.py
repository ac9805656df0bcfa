"""Checkers of reports that are not ours: where they are, and whether their absence may be passed over."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

PACKAGE = Path(__file__).parent / "node_modules" / "@microsoft" / "sarif-multitool-linux"


def absent(what: str) -> NoReturn:
    """Skips the test where people can see it; fails it where validators are required, as in CI."""
    message = f"{what} is not installed: make validators (needs npm)"
    if os.environ.get("REQUIRE_VALIDATORS") == "1":
        pytest.fail(message)
    pytest.skip(message)


@cache
def sarif_schema() -> dict[str, Any]:
    """The official schema of SARIF 2.1.0, as Microsoft's package ships it."""
    path = PACKAGE / "sarif-2.1.0.json"
    if not path.is_file():
        absent("the schema of SARIF")
    found: dict[str, Any] = json.loads(path.read_text("utf-8-sig"))
    return found


def multitool(log: Path) -> list[str]:
    """What Microsoft's validator finds in a log, SARIF's own rules and GitHub's, as "RULE level"; it always exits 0."""
    tool = PACKAGE / "Sarif.Multitool"
    if not tool.is_file():
        absent("sarif-multitool")
    tool.chmod(0o755)
    said = log.with_suffix(".said.sarif")
    command = [tool, "validate", log, "--rule-kind", "Sarif;Ghas", "-o", said, "--log", "ForceOverwrite"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    assert "Analysis completed successfully" in done.stdout, done.stdout + done.stderr
    run = json.loads(said.read_text("utf-8-sig"))["runs"][0]
    told = [note for call in run.get("invocations", []) for note in call.get("toolExecutionNotifications", [])]
    assert not told, told
    return [f"{each['ruleId']} {each.get('level', 'warning')}" for each in run.get("results", [])]
