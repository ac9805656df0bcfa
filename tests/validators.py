"""Checkers that are not ours and that only npm has: how to run them, and whether their absence may be passed over."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skips the test where people can see it; fails it where validators are required, as in CI."""
    message = f"{what} is not installed: make validators (needs npm)"
    if os.environ.get("REQUIRE_VALIDATORS") == "1":
        pytest.fail(message)
    pytest.skip(message)


def node(script: Path, package: str, given: Any) -> Any:
    """What a script of ours prints, which needs that npm package beside it; both ways JSON."""
    program = shutil.which("node")
    if not program or not (script.parent / "node_modules" / package).is_dir():
        absent(f"npm's {package}")
    done = subprocess.run(
        [program, str(script)], input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
