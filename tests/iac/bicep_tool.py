"""Stands in for the compilers of Bicep: scripts on PATH that print what they are told to, or misbehave."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

STAND_IN = """#!{python}
import os, sys, time
here = os.path.dirname(os.path.abspath(__file__))
name = os.path.basename(__file__)
with open(os.path.join(here, name + ".argv"), "w") as out:
    out.write("\\n".join(sys.argv[1:]))
def part(kind):
    path = os.path.join(here, name + "." + kind)
    return open(path, "rb").read() if os.path.exists(path) else b""
sys.stderr.buffer.write(part("stderr")); sys.stderr.flush()
sys.stdout.buffer.write(part("stdout")); sys.stdout.flush()
if part("child"):
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.path.join(here, name + ".pid"), "w") as out:
        out.write(str(child.pid))
if part("flood"):
    while True:
        sys.stdout.buffer.write(b"x" * 65536)
if part("hang"):
    time.sleep(600)
sys.exit(int(part("code") or b"0"))
"""


class Tool:
    """What the stand-ins print, and how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def on_path(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> "Tool":
        """Stand-ins to come, and nothing else."""
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", str(folder / "bin"))
        return cls(folder / "bin")

    def is_there(self, name: str, stdout: Any = "", stderr: str = "", code: int = 0, **does: str) -> None:
        script = self.folder / name
        script.write_text(STAND_IN.format(python=sys.executable), "utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        text = stdout if isinstance(stdout, str) else json.dumps(stdout, indent=2)
        for kind, value in {"stdout": text, "stderr": stderr, "code": str(code), **does}.items():
            (self.folder / f"{name}.{kind}").write_text(value, "utf-8")

    def argv(self, name: str) -> list[str]:
        return (self.folder / f"{name}.argv").read_text("utf-8").split("\n")
