"""Runs the command line, in this process or in one of its own."""

import gc
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.cli import main
from tests.sources.material import POLICIES

ROOT = Path(__file__).parents[2]
OWN = ("--policies", str(POLICIES))
WIDGETS = (*OWN, "--select", "widget-ok,widget-tagged,widget-named")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Command:
    """`snapready …` in this process, as the console script calls it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Done:
        self._capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:  # argparse
            code = stopped.code if isinstance(stopped.code, int) else 1
        finally:
            gc.enable()
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def scan(self, *arguments: str | Path) -> Done:
        """A scan by the three policies on widgets."""
        return self("scan", *arguments, *WIDGETS)


def spawn(
    arguments: Sequence[str | Path],
    *,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = (),
) -> Done:
    """`python -m scanner …` as a process of its own."""
    done = subprocess.run(
        [sys.executable, *python, "-m", "scanner", *map(str, arguments)],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
