"""A collection that is killed at any moment loses nothing: what was there stays whole, and --resume ends as if never
interrupted."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.cli import main
from tests.azure.collecting import SMALLER, Run, contoso, forget_requests, kept_in, mark, rows_in
from tests.emulator import Emulator

YESTERDAY = b"the snapshot of yesterday"
KILLED = -9


@dataclass(frozen=True)
class Cloud:
    """The emulator, and what a run that nobody kills makes of it."""

    emulator: Emulator
    whole: bytes
    rows: list[bytes]
    results: bytes
    asked: list[tuple[str, str]]
    moments: int


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("whole")
    with contoso(page_limit=3) as emulator:
        code, said = Run(folder, command(folder, emulator), deadly=0).end()
        assert code == 0, said
        asked = [mark(record) for record in emulator.requests]
        assert len(asked) == len(set(asked)) > 50
        moments = int(said.split()[-1])
        file = folder / "fleet.ndjson.gz"
        yield Cloud(emulator, file.read_bytes(), rows_in(file), results_of(folder), asked, moments)


def command(folder: Path, emulator: Emulator) -> list[str | Path]:
    return ["snapshot", "azure", "-o", folder / "fleet.ndjson.gz", "--endpoint", emulator.url, *SMALLER]


def results_of(folder: Path) -> bytes:
    file = folder / "results.json"
    main(["scan", str(folder / "fleet.ndjson.gz"), "--report", f"json={file}"])
    return file.read_bytes().replace(str(folder).encode(), b"")


def check_resumed(cloud: Cloud, folder: Path) -> None:
    """Whatever a killed run left is gone on with, and nothing is asked again that was kept."""
    file = folder / "fleet.ndjson.gz"
    assert file.read_bytes() in (YESTERDAY, cloud.whole)
    kept = kept_in(folder / "fleet.ndjson.gz.part")
    cloud.emulator.on_request = None
    forget_requests(cloud.emulator)
    code, said = Run(folder, [*command(folder, cloud.emulator), "--resume"]).end()
    assert code == 0, said
    assert rows_in(file) == cloud.rows
    assert results_of(folder) == cloud.results
    assert not (folder / "fleet.ndjson.gz.part").exists()
    asked = [mark(record) for record in cloud.emulator.requests]
    assert len(asked) == len(set(asked)) == len(cloud.asked) - kept
    assert set(asked) <= set(cloud.asked)


@pytest.mark.parametrize("trial", range(14))
def test_a_kill_at_any_change_on_the_disk_loses_nothing(cloud: Cloud, tmp_path: Path, trial: int) -> None:
    last_steps = 10  # the finished file takes its place, and what was kept is removed
    first = cloud.moments - last_steps
    moment = first + 2 * (trial - 9) if trial > 8 else random.Random(trial).randrange(1, first)
    (tmp_path / "fleet.ndjson.gz").write_bytes(YESTERDAY)
    code, said = Run(tmp_path, command(tmp_path, cloud.emulator), deadly=moment).end()
    assert code == KILLED, said
    check_resumed(cloud, tmp_path)


@pytest.mark.parametrize("trial", range(6))
def test_a_kill_at_any_request_loses_nothing(cloud: Cloud, tmp_path: Path, trial: int) -> None:
    (tmp_path / "fleet.ndjson.gz").write_bytes(YESTERDAY)
    deadly = random.Random(trial).randrange(2, len(cloud.asked))
    runs: list[Run] = []

    def strike(number: int, _: Emulator) -> None:
        if number == deadly:
            runs[0].kill()

    forget_requests(cloud.emulator)
    cloud.emulator.on_request = strike
    runs.append(Run(tmp_path, command(tmp_path, cloud.emulator)))
    assert runs[0].end()[0] == KILLED
    check_resumed(cloud, tmp_path)


def test_a_run_that_is_killed_again_and_again_gets_on_each_time(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "fleet.ndjson.gz").write_bytes(YESTERDAY)
    folder = tmp_path / "fleet.ndjson.gz.part"
    kept = [0]
    for _ in range(4):
        resume = ["--resume"] if folder.exists() else []
        code, said = Run(tmp_path, [*command(tmp_path, cloud.emulator), *resume], deadly=35).end()
        assert code == KILLED, said
        kept.append(kept_in(folder))
    assert kept == sorted(set(kept))
    check_resumed(cloud, tmp_path)


@pytest.mark.parametrize("deadly", [40, 55, 70])
def test_a_kill_while_pages_are_asked_for_before_their_turn_loses_nothing(tmp_path: Path, deadly: int) -> None:
    """With a row on a page the queries are long ones, before the kill and after it."""
    runs: list[Run] = []

    def strike(number: int, _: Emulator) -> None:
        if number == deadly:
            runs[0].kill()

    with contoso(page_limit=1) as emulator:
        whole, asked = in_long_queries(tmp_path / "whole", emulator)
        folder = tmp_path / "killed"
        folder.mkdir()
        forget_requests(emulator)
        emulator.on_request = strike
        runs.append(Run(folder, long_queries(folder, emulator)))
        assert runs[0].end()[0] == KILLED
        emulator.on_request = None
        kept = kept_in(folder / "fleet.ndjson.part")
        forget_requests(emulator)
        rows, again = in_long_queries(folder, emulator, "--resume")
        assert rows == whole
        assert any("$skip" in record.body["options"] for record in emulator.requests if record.kind == "query")
        more = len(emulator.subscriptions) - 1  # of pages that the list of subscriptions takes here, kept as one
    assert len(again) == len(set(again)) == len(asked) - kept - more
    assert set(again) <= set(asked)


def long_queries(folder: Path, emulator: Emulator) -> list[str | Path]:
    """Of these policies none reads anything for each VM alone."""
    select = "last-backup-recent,agent-not-disabled"
    return ["snapshot", "azure", "-o", folder / "fleet.ndjson", "--endpoint", emulator.url, "--select", select]


def in_long_queries(folder: Path, emulator: Emulator, *more: str) -> tuple[list[bytes], list[tuple[str, str]]]:
    """The rows, and what was asked for."""
    folder.mkdir(exist_ok=True)
    emulator.requests.clear()
    code, said = Run(folder, [*long_queries(folder, emulator), *more]).end()
    assert code == 0, said
    return rows_in(folder / "fleet.ndjson"), [mark(record) for record in emulator.requests]
