"""A folder with a fake az on the PATH, in which the script of `query --az` is run for real."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.az_script import script
from scanner.model import Row
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, EXTENSION, INSTANCE_VIEW, VM
from tests.rows import OTHER_SUBSCRIPTION, extension, item, policy, profile, vm, vm_id

TYPES = [VM, EXTENSION, BACKUP_ITEM, BACKUP_POLICY, INSTANCE_VIEW]
FAKE = Path(__file__).with_name("fake_az.py")


def missing(tool: str) -> bool:
    """Whether a tool is not there; where validators are required that is a failure, not a skip."""
    if shutil.which(tool):
        return False
    assert os.environ.get("REQUIRE_VALIDATORS") != "1", f"{tool} is not installed, and REQUIRE_VALIDATORS=1"
    return True


needs_jq = pytest.mark.skipif(missing("jq"), reason="jq is not installed: apt-get install jq")


def estate(count: int = 7) -> list[Row]:
    """VMs of two subscriptions in Azure's own casing; the first has secrets of many kinds, the second no item."""
    vms = [
        vm(vm_id(f"vm{number}"), profile=profile(), type="Microsoft.Compute/virtualMachines") for number in range(count)
    ]
    vms.append(vm(vm_id("far", subscription=OTHER_SUBSCRIPTION), profile=profile()))
    vms[0]["properties"] |= {
        "userData": "hunter2",
        "diagnosticsProfile": {"bootDiagnostics": {"storageUri": "hunter2"}},
    }
    vms[0]["properties"]["osProfile"] |= {"customData": "hunter2", "secrets": ["hunter2"]}
    items = [item(one["id"]) for one in vms[:1] + vms[2:]]
    secret = extension(vms[0]["id"])
    secret["properties"] |= {"settings": {"commandToExecute": "x --password hunter2"}, "protectedSettings": {}}
    return [*vms, *items, policy(), secret]


class Cloud:
    """A folder with a fake az on the PATH and the script beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "fleet.ndjson"
        self._bin = folder / "bin"
        self._bin.mkdir()
        az = self._bin / "az"
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{FAKE}" "$@"\n')
        az.chmod(0o755)
        (folder / "tmp").mkdir()

    def only(self, *tools: str) -> str:
        """A PATH with these tools alone."""
        alone = self.folder / "alone"
        alone.mkdir()
        for tool in tools:
            found = self._bin / "az" if tool == "az" else shutil.which(tool)
            (alone / tool).symlink_to(found or tool)
        return str(alone)

    def run(
        self, *scope: str, path: str = "", types: list[str] | None = None, views: str = "no", **world: Any
    ) -> subprocess.CompletedProcess[str]:
        log = self.folder / "log"
        log.write_text("")
        settings = self.folder / "world.json"
        settings.write_text(json.dumps({"rows": estate(), "log": str(log), **world}))
        collect = self.folder / "collect.sh"
        collect.write_text(script(types or TYPES))
        usual = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(
            [shutil.which("sh") or "sh", str(collect), str(self.out), *scope],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            check=False,
            env={
                **usual,
                "PATH": path or f"{self._bin}{os.pathsep}{os.environ['PATH']}",
                "FAKE_AZ": str(settings),
                "INSTANCE_VIEWS": views,
                "TMPDIR": str(self.folder / "tmp"),
            },
        )

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]

    def left(self) -> list[str]:
        """What lies in the folder that was not there before."""
        ours = {"bin", "tmp", "log", "world.json", "collect.sh", "alone"}
        return sorted({path.name for path in self.folder.iterdir()} - ours) + [
            path.name for path in (self.folder / "tmp").iterdir()
        ]
