"""Runs the user's own Bicep compiler, `bicep` or `az bicep`: no shell, a time limit, a bound on what it may print."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from scanner.model import SnapreadyError
from scanner.sources.iac.predicted import LARGEST

TIME_LIMIT = 300
"""Seconds. Modules of registries are fetched while it compiles."""
INSTALL = (
    "install Bicep (https://aka.ms/bicep-install, or az bicep install), "
    "or give the template that bicep build FILE writes where it is installed"
)
_SHOWN = 40
_LONGEST_MESSAGES = 1 << 20
_WARNING = re.compile(r"\) : (?:Warning|Info) |^WARNING: ", re.ASCII)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_SHELL_SIGNS = set('&|<>^%!"')


def compiled(file: str) -> bytes:
    """What the compiler prints on stdout for a .bicep or .bicepparam file; its warnings go to stderr."""
    verb = "build-params" if file.lower().endswith(".bicepparam") else "build"
    command = _command(verb, file)
    called = " ".join(command[1:3]) if command[1] == "bicep" else command[1]
    tool = f"{Path(command[0]).stem} {called}"
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _run(command, out, err, tool)
        err.seek(0)
        said = _CONTROL.sub("", err.read(_LONGEST_MESSAGES).decode("utf-8", "replace"))
        lines = [line.rstrip() for line in said.splitlines() if line.strip()]
        errors = [line for line in lines if not _WARNING.search(line)]
        if code:
            shown = errors or lines or ["it does not say why"]
            more = [f"and {len(shown) - _SHOWN} lines more"] if len(shown) > _SHOWN else []
            raise SnapreadyError("\n  ".join([f"{file}: {tool} failed:", *shown[:_SHOWN], *more]))
        for line in lines[:_SHOWN]:
            print(line, file=sys.stderr)
        out.seek(0)
        return out.read(LARGEST)


def _command(verb: str, file: str) -> list[str]:
    given = f"./{file}" if file.startswith("-") else file
    bicep = shutil.which("bicep")
    if bicep is not None:
        return _checked([bicep, verb, given, "--stdout"])
    az = shutil.which("az")
    if az is not None:
        return _checked([az, "bicep", verb, "--file", given, "--stdout"])
    raise SnapreadyError(f"{file} needs Bicep, and neither bicep nor az is on PATH\n  help: {INSTALL}")


def _checked(command: list[str]) -> list[str]:
    """Windows runs .cmd files, as az is one, by its shell, whatever the caller asks for: no name may speak to it."""
    if command[0].lower().endswith((".cmd", ".bat")) and _SHELL_SIGNS & set("".join(command[1:])):
        raise SnapreadyError(f"{command[-2]}: its name holds a sign that Windows' shell would read: rename it")
    return command


def _run(command: list[str], out: IO[bytes], err: IO[bytes], tool: str) -> int:
    """Its exit code. Its output goes to files, so that a child that it leaves behind holds up nobody."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=os.name == "posix"
        )
    except OSError as error:
        raise SnapreadyError(f"{command[0]} cannot be run: {error.strerror or error}\n  help: {INSTALL}") from None
    deadline = time.monotonic() + TIME_LIMIT
    pause = 0.005
    try:
        while (code := process.poll()) is None:
            if time.monotonic() > deadline:
                raise SnapreadyError(f"{tool} has not finished after {TIME_LIMIT:g} seconds and was stopped")
            if os.fstat(out.fileno()).st_size > LARGEST or os.fstat(err.fileno()).st_size > LARGEST:
                raise SnapreadyError(f"{tool} printed more than {LARGEST >> 20} MiB and was stopped")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        if os.fstat(out.fileno()).st_size > LARGEST:
            raise SnapreadyError(f"{tool} printed more than {LARGEST >> 20} MiB")
        return code
    finally:
        if process.poll() is None:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends the compiler and what it started: az is a script, the compiler is its child."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
