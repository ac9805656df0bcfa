"""Checkers of reports that are not ours, and what they say."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.validators import absent

PACKAGE = Path(__file__).parent / "node_modules" / "@microsoft" / "sarif-multitool-linux"


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
