"""A Linux machine of files for a test: a root to which the script is confined, with chosen programs and no network."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import scanner

PACKAGE = Path(scanner.__file__).parent
SCRIPT = PACKAGE / "guest" / "linux.sh"
SCHEMA = json.loads((PACKAGE / "schemas" / "guestfacts.schema.json").read_text("utf-8"))
TOOLS = ("grep", "sed", "tr", "tail", "sort", "cat", "readlink", "id", "date")
"""What the script takes for granted."""
SHELLS = {"dash": "dash", "bash": "bash", "busybox": "busybox"}
SCRIPT_NAME = "facts.sh"
MAC = "00:0d:3a:12:34:56"

_ENTER = """\
set -e
mount --rbind / "$1/real"
shift
{network}
exec "$@"
"""
_LOOPBACK = "ip link set lo up; ip address add 168.63.129.16/32 dev lo"


@cache
def can_confine() -> bool:
    """Whether this machine lets us make namespaces of our own."""
    command = ["unshare", "--map-root-user", "--mount", "--net", "mount", "--rbind", "/", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@cache
def applets() -> frozenset[str]:
    """The programs that are inside busybox."""
    return frozenset(subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split())


def missing(shell: str) -> str:
    """Why a shell cannot be tested here; "" where it can."""
    if not can_confine():
        return "namespaces are not to be had here (unshare --map-root-user --mount --net)"
    return "" if shutil.which(SHELLS[shell]) else f"{shell} is not installed: apt-get install busybox-static"


class Machine:
    """What a test puts there is all there is: of programs only TOOLS, unless it adds others."""

    def __init__(self, root: Path, shell: str = "dash") -> None:
        self.root = root
        self.shell = shell
        for folder in ("real", "sys/class/net", "proc", "run", "etc", "usr/bin", "usr/sbin", "tmp"):
            (root / folder).mkdir(parents=True)
        for name in ("dev", "lib", "lib64"):
            (root / name).symlink_to(f"/real/{name}")
        (root / "usr/lib").symlink_to("/real/usr/lib")
        (root / "etc/ld.so.cache").symlink_to("/real/etc/ld.so.cache")
        (root / "bin").symlink_to("usr/bin")
        (root / "sbin").symlink_to("usr/sbin")
        self.has("sh", SHELLS[shell])
        for tool in TOOLS:
            self.has(tool, "busybox" if shell == "busybox" else tool)
        shutil.copy(SCRIPT, root / SCRIPT_NAME)
        self.process(1, "/sbin/init")

    def has(self, name: str, program: str = "") -> None:
        """A program of the real machine, under its name or another."""
        found = shutil.which(program or name)
        assert found, program or name
        (self.root / "usr/bin" / name).symlink_to(f"/real{Path(found).resolve()}")

    def stands_in(self, name: str, script: str) -> None:
        """A program that answers as a test wants it; busybox looks for none where it has its own."""
        if self.shell == "busybox" and name in applets():
            pytest.skip(f"busybox has a {name} of its own")
        path = self.root / "usr/sbin" / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)

    def file(self, path: str, text: str | bytes = "") -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def process(self, pid: int, *command: str, environment: str = "") -> None:
        self.file(f"/proc/{pid}/cmdline", "".join(f"{word}\0" for word in command))
        self.file(f"/proc/{pid}/environ", environment)

    def card(
        self,
        name: str = "eth0",
        mac: str = MAC,
        *,
        index: int = 2,
        kind: int = 1,
        master: str = "",
        hardware: bool = True,
    ) -> None:
        """A network interface as /sys/class/net has it."""
        here = f"/sys/class/net/{name}"
        for what, value in (("address", mac), ("ifindex", index), ("type", kind)):
            self.file(f"{here}/{what}", f"{value}\n")
        if hardware:
            (self.root / here.lstrip("/") / "device").mkdir()
        if master:
            (self.root / here.lstrip("/") / "master").symlink_to(f"../{master}")

    def agent(self) -> None:
        """A VM agent that runs, as Ubuntu has it."""
        self.process(700, "/usr/bin/python3", "-u", "/usr/sbin/waagent", "-daemon")
        self.process(701, "/usr/bin/python3", "-u", "bin/WALinuxAgent-2.12.0.2-py3.12.egg", "-run-exthandlers")

    def output(
        self, *, serve: tuple[str, ...] = (), words: tuple[str, ...] = (f"/{SCRIPT_NAME}",), given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs the script there; `serve` is run around it, with the platform's address on the loopback."""
        enter = _ENTER.format(network=_LOOPBACK if serve else "")
        confine = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", enter, "sh", str(self.root)]
        inside = ["chroot", str(self.root), "/usr/bin/sh", *words]
        return subprocess.run(
            [*confine, *serve, *inside],
            capture_output=True,
            input=given,
            timeout=60,
            check=False,
            env={"PATH": os.environ["PATH"], "IFS": "/", "HOME": "/nowhere"},
        )

    def facts(self, *, serve: tuple[str, ...] = ()) -> dict[str, Any]:
        """What the script tells: one line, one JSON object of the schema's shape, nothing else and no complaint."""
        done = self.output(serve=serve)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.endswith(b"}\n")
        assert done.stdout.count(b"\n") == 1
        assert done.stdout.isascii()
        found: dict[str, Any] = json.loads(done.stdout)
        jsonschema.validate({"type": "snapready/guestFacts", "id": "/x/guestFacts", "properties": found}, SCHEMA)
        return found

    def left(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file there is, with its time and what is in it, to see what a run changed."""
        return {
            str(path.relative_to(self.root)): (
                path.lstat().st_mode,
                path.lstat().st_mtime_ns,
                path.read_bytes() if path.is_file() and not path.is_symlink() else b"",
            )
            for path in sorted(self.root.rglob("*"))
            if "real" not in path.relative_to(self.root).parts
        }
