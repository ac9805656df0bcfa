"""What a live scan says, a scan of the file that it saved says too, byte for byte, whatever came in which order."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Row
from scanner.sources.azure import scope
from tests.azure.collecting import SMALLER, contoso, header_of, text_of
from tests.cli.running import Command
from tests.emulator import Access, Emulator, Fault, Faults
from tests.rows import guest, row, vm, vm_id

OURS = "3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40"
OUR_VM = vm_id(subscription=OURS)
VMS = "in~ ('microsoft.compute/virtualmachines')"


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def scanned(snapready: Command, emulator: Emulator, file: Path, *options: str) -> tuple[int, bytes]:
    """The exit code and the results of a live scan that saves; of the file they must be the same."""
    live, back = file.with_name("live.json"), file.with_name("back.json")
    command = ("scan", "azure", "--endpoint", emulator.url, "--retry-for", "0s", *options)
    first = snapready(*command, "--save", file, "--report", f"json={live}", "--evidence", "all")
    second = snapready("scan", file, "--report", f"json={back}", "--evidence", "all")
    assert first.code == second.code, first.err
    assert live.read_bytes() == back.read_bytes()
    assert first.err.splitlines()[-2:] == second.err.splitlines()[-2:]
    return first.code, live.read_bytes()


def silent_command(name: str, output: Any) -> Row:
    """A run command that should publish guest facts, and does not."""
    properties = {"instanceView": {"executionState": "Succeeded", "exitCode": 0, "output": output}}
    identity = f"{OUR_VM}/runCommands/snapready-guest-facts-{name}"
    return row("Microsoft.Compute/virtualMachines/runCommands", identity, properties)


@dataclass(frozen=True)
class Weather:
    """What makes a run differ from one in which all goes well, and the exit code it has."""

    name: str
    code: int = 1
    access: Callable[[], Access] = Access
    faults: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = field(default=())
    group: int = 250


NO_VIEWS = "Microsoft.Compute/virtualMachines/instanceView/read"
PART_OF_ONE = {OURS: {"rg-web"}}
WEATHERS = (
    Weather("clean"),
    Weather("groups", group=2),
    Weather("single groups", group=1),
    Weather("a table not read", 3, faults=(("forbidden", "protecteditems"),)),
    Weather("a page not read", 3, faults=(("503", f"{VMS}@$skipToken"),), group=2),
    Weather("cut off", 3, faults=(("truncated", "networkinterfaces"),)),
    Weather("views not read", 3, faults=(("500", "/instanceView?"),)),
    Weather("no rights to views", access=lambda: Access(denied={NO_VIEWS})),
    Weather("no rights to groups", access=lambda: Access(denied={"microsoft.network/networksecuritygroups/read"})),
    Weather("some resource groups", access=lambda: Access(resource_groups=PART_OF_ONE), group=1),
    Weather("no permissions told", 1, faults=(("forbidden", "/permissions"),)),
    Weather(
        "guests that say nothing",
        3,
        faults=(("truncated", "networkinterfaces"),),
        rows=(vm(OUR_VM), silent_command("text", "not JSON"), silent_command("none", None), guest(OUR_VM, proxy=False)),
    ),
)


@pytest.mark.parametrize(
    ("weather", "suffix"),
    [*((weather, ".ndjson.gz") for weather in WEATHERS), (WEATHERS[0], ".ndjson"), (WEATHERS[-1], ".ndjson")],
    ids=lambda given: str(getattr(given, "name", given)).replace(" ", "-"),
)
def test_a_file_says_what_the_live_scan_said(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weather: Weather, suffix: str
) -> None:
    monkeypatch.setattr(scope, "GROUP", weather.group)
    faults = Faults(Fault(kind, each_of(*where.split("@")), times=None) for kind, where in weather.faults)
    with contoso(access=weather.access(), faults=faults) as emulator:
        emulator.add(*weather.rows)
        file = tmp_path / f"fleet{suffix}"
        code, results = scanned(snapready, emulator, file)
    assert code == weather.code, results
    assert b"/runCommands/snapready-guest-facts-none publishes no guest facts" in results or not weather.rows
    assert all(fault.used for fault in faults.listed)
    collected = header_of(file)["collected"]
    assert len(collected) == 3
    assert text_of(file).endswith(b"\n")


def each_of(*parts: str) -> Callable[[Any], bool]:
    return lambda request: all(part in request.text for part in parts)


def test_in_whatever_order_replies_come_the_file_is_the_same(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies come late by some milliseconds, another one each time."""
    monkeypatch.setattr(scope, "GROUP", 1)
    dice = random.Random(0)
    pause = threading.Event()
    files, results = set(), set()
    with contoso(page_limit=8, on_request=lambda *_: pause.wait(dice.choice((0, 0, 0.002, 0.01)))) as emulator:
        for trial in range(10):
            file = tmp_path / f"{trial}.ndjson.gz"
            results.add(scanned(snapready, emulator, file, *SMALLER)[1])
            files.add(file.read_bytes())
    assert len(results) == 1
    assert len(files) == 1
