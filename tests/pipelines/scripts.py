"""Takes the shell scripts out of pipelines, and runs them with a snapready that only notes how it was called."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "scan" / "action.yml"
WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / "examples" / "github-workflow.yml"])
AZURE = ROOT / "examples" / "azure-pipelines.yml"

Step = dict[str, Any]

_FAKE = """\
import json, pathlib, sys
told = json.loads(pathlib.Path({told!r}).read_text("utf-8"))
pathlib.Path({called!r}).write_text(json.dumps(sys.argv[1:]), "utf-8")
for argument in sys.argv[1:]:
    option, _, value = argument.partition("=")
    form, _, file = value.partition("=")
    if option == "--report" and file != "-" and form in told["writes"]:
        pathlib.Path(file).write_text(f"the {{form}}\\n", "utf-8")
print(told["says"], flush=True)
print("snapready: to standard error", file=sys.stderr)
sys.exit(told["code"])
"""


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def action_steps() -> list[Step]:
    steps: list[Step] = document(ACTION)["runs"]["steps"]
    return steps


def action_scan() -> Step:
    return next(step for step in action_steps() if step.get("id") == "scan")


def azure_steps() -> list[Step]:
    steps: list[Step] = document(AZURE)["steps"]
    return steps


def azure_scan() -> Step:
    return next(step for step in azure_steps() if step.get("task", "").startswith("AzureCLI@"))


def scripts() -> dict[str, str]:
    """Every shell script of the action and of the pipelines, by where it stands."""
    found = {f"action: {step.get('name')}": step["run"] for step in action_steps() if "run" in step}
    for path in WORKFLOWS:
        for job, what in document(path)["jobs"].items():
            for number, step in enumerate(what["steps"]):
                if "run" in step:
                    found[f"{path.name}: {job} {number}"] = step["run"]
    for step in azure_steps():
        script = step.get("script") or step.get("inputs", {}).get("inlineScript")
        if script:
            found[f"azure: {step['displayName']}"] = script
    return found


@dataclass(frozen=True)
class Ran:
    code: int
    log: str
    arguments: list[str]


class Bench:
    """A folder with a fake snapready on the PATH, in which a step's script is run as its runner would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self._told, self._called = folder / "told.json", folder / "called.json"
        (folder / "bin").mkdir()
        program = folder / "fake.py"
        program.write_text(_FAKE.format(told=str(self._told), called=str(self._called)), "utf-8")
        fake = folder / "bin" / "snapready"
        fake.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{program}" "$@"\n')
        fake.chmod(0o755)

    def run(
        self, script: str, environment: dict[str, str], *, code: int = 0, writes: str = "", says: str = "a finding"
    ) -> Ran:
        forms = writes.split() if writes or code == 2 else ["json", "markdown", "junit", "sarif-github", "sarif"]
        self._told.write_text(json.dumps({"code": code, "writes": forms, "says": says}), "utf-8")
        file = self.folder / "script.sh"
        file.write_text(script, "utf-8")
        bash = shutil.which("bash")
        assert bash
        done = subprocess.run(
            [bash, "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            cwd=self.work,
            env={"PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        arguments = json.loads(self._called.read_text("utf-8")) if self._called.exists() else []
        return Ran(done.returncode, done.stdout, arguments)
