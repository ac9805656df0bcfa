"""The example that asks many VMs, the commands of the page about it, and a scan of what came back."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scanner.ingest.table import COLUMNS
from tests.cli.running import ROOT, spawn
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, vm_id

SCRIPT = ROOT / "examples" / "collect-guest-facts.sh"
PAGE = (ROOT / "docs" / "collecting-guest-facts.md").read_text("utf-8")
FAKE = Path(__file__).with_name("fake_az.py")
VMS = [
    [vm_id("web01"), "Linux"],
    [vm_id("web02", "rg.b_(x)"), "Windows"],
    [vm_id("web01", subscription=OTHER_SUBSCRIPTION), "Linux"],
]


def collect(folder: Path, *options: str, off: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    programs = folder / "bin"
    programs.mkdir()
    for name, command in (("az", f'"{sys.executable}" -S "{FAKE}"'), ("snapready", f'"{sys.executable}" -m scanner')):
        (programs / name).write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec {command} "$@"\n')
        (programs / name).chmod(0o755)
    (folder / "tmp").mkdir()
    world = {"vms": VMS, "off": off, "log": str(folder / "log")}
    (folder / "world.json").write_text(json.dumps(world))
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "FAKE_AZ": str(folder / "world.json")}
    return subprocess.run(
        [shutil.which("sh") or "sh", str(SCRIPT), "answers", *options],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={**usual, **environment, "TMPDIR": str(folder / "tmp")},
    )


def test_a_vm_that_was_asked_has_no_row(tmp_path: Path) -> None:
    done = collect(tmp_path, "--subscription", "my subscription")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "collect: 3 VMs were asked; now: snapready ingest answers -o guestfacts.ndjson\n"
    calls = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert calls[0][:4] == ["vm", "list", "--subscription", "my subscription"]
    ingested = spawn(["ingest", tmp_path / "answers", "-o", tmp_path / "rows.ndjson"])
    assert ingested.code == 0, ingested.err
    rows = [json.loads(line) for line in (tmp_path / "rows.ndjson").read_text().splitlines()]
    assert [(row["id"], row["properties"]["proxy"]["host"]) for row in rows] == [
        (f"{vm}/guestFacts", vm.rsplit("/", 1)[-1]) for vm, _ in sorted(VMS, key=lambda vm: vm[0].lower())
    ]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_vm_that_is_off_ends_the_others_or_leaves_half_an_answer(tmp_path: Path) -> None:
    done = collect(tmp_path, off=("web02",))
    assert done.returncode == 1
    assert f"collect: {SUBSCRIPTION}/rg.b_(x)/web02: ERROR: (OperationNotAllowed)" in done.stderr
    assert spawn(["ingest", tmp_path / "answers", "-o", tmp_path / "rows.ndjson"]).code == 0
    assert len((tmp_path / "rows.ndjson").read_text().splitlines()) == 2


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_fault_with_the_example_or_the_page() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 6
    for text in [SCRIPT.read_text("utf-8"), *(f"#!/bin/sh\n{block}" for block in blocks)]:
        done = subprocess.run(
            ["shellcheck", "--exclude=SC2016", "-"], input=text, capture_output=True, text=True, check=False
        )
        assert done.stdout == ""


OPTIONS = {
    "az vm list": {"--query", "-o", "--subscription", "--resource-group"},
    "az vm run-command invoke": {"--ids", "--command-id", "--scripts", "-o"},
    "az vm run-command create": {
        "-g", "--vm-name", "--name", "--script", "--async-execution", "--no-wait", "--timeout-in-seconds", "-o",
    },
    "az vm run-command show": {"-g", "--vm-name", "--name", "--instance-view", "-o"},
    "az rest": {"--method", "--url", "-o"},
}  # fmt: skip
"""What these commands take, by their --help in azure-cli 2.91."""


def test_an_option_of_az_on_the_page_is_not_one_of_the_commands() -> None:
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
        for line in block.replace("\\\n", "").splitlines()
    ]
    used = set()
    for line in lines:
        for call in re.split(r"[|;']", line):
            command = next((name for name in OPTIONS if call.strip().startswith(f"{name} ")), "")
            assert bool(command) == call.strip().startswith("az "), call
            if command:
                used.add(command)
                given = set(re.findall(r"(?<=\s)-{1,2}[a-z][a-z-]*", re.sub(r'"[^"]*"', "", call)))
                assert given <= OPTIONS[command], call
    assert used == set(OPTIONS)


def test_the_playbook_on_the_page_is_none() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (play,) = yaml.safe_load(text)
    assert play["tasks"][0]["ansible.builtin.script"] == "linux.sh"
    assert [next(iter(task)) for task in play["tasks"][1]["block"]] == ["ansible.builtin.file", "ansible.builtin.copy"]


def test_the_table_on_the_page_is_not_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "t.csv"
    file.write_text(text.replace("/subscriptions/…/virtualMachines/web01", vm_id("web01")), "utf-8")
    done = spawn(["ingest", file, "-o", "-"])
    assert done.code == 0, done.err
    (row,) = map(json.loads, done.out.splitlines())
    assert [each["name"] for each in row["properties"]["interfaces"]] == ["Ethernet", "Ethernet 2"]


def test_a_column_is_not_on_the_page() -> None:
    listed = " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)).replace("NAME", "x").replace("KEY", "x")
    named = set(re.findall(r"`([\w.]+)`", listed))
    for pattern, _ in COLUMNS:
        assert any(re.fullmatch(pattern, name) for name in named), pattern
    for name in named - {"vm", "id", "resourceId"}:
        assert any(re.fullmatch(pattern, name) for pattern, _ in COLUMNS), name
