"""Reading and judging at the same time: rows are handed on early and let go of, and what breaks a thread is heard."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fleet.write import write_fleet
from scanner.ledger import Ledger
from scanner.live import Asked, Live
from scanner.model import Fields, SnapreadyError
from scanner.rowtypes import VM
from scanner.sources.azure import beside
from scanner.sources.azure.clock import Stopped
from scanner.sources.azure.crew import Crew
from scanner.sources.azure.tidy import Line, line_of
from tests.azure.collecting import Run, contoso, mark, wait_for_threads
from tests.cli.running import Command, Done
from tests.emulator import Emulator, Fault, Faults, load

NOW = "2026-11-22T01:00:00Z"
FIELDS: dict[str, Fields] = {VM: {"name": {}}}
LONG = 60.0
"""Seconds after which something that should have ended is said to hang."""


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    wait_for_threads()


def test_rows_are_handed_on_while_later_pages_are_still_to_come() -> None:
    handed = threading.Event()
    waited: list[bool] = []

    def hold(_: int, emulator: Emulator) -> None:
        """A later page of the VMs comes when the first rows have been taken, and not before."""
        asked = emulator.requests[-1]
        if not waited and asked.kind == "query" and asked.body["options"].get("$skipToken"):
            waited.append(handed.wait(LONG))

    with contoso(on_request=hold) as emulator:
        names = []
        for kind, row in Live(Asked(endpoint=emulator.url), NOW, row_types=frozenset(FIELDS)).rows(FIELDS, Ledger()):
            assert kind == VM
            names.append(row["name"])
            handed.set()
        assert len(names) > emulator.page_limit
    assert waited == [True]


def test_memory_grows_with_what_is_kept_of_a_vm_and_not_with_its_pages(tmp_path: Path) -> None:
    """A scan of the file is the measure; beside it a live one may keep what it needs to tell rows apart, no row."""
    peaks: dict[str, list[int]] = {"live": [], "file": []}
    sizes, written = (100, 300), list[int]()
    for vms in sizes:
        folder = tmp_path / str(vms)
        folder.mkdir()
        write_fleet(folder / "fleet.ndjson", vms)
        rows, subscriptions = load(folder)
        file = folder / "saved.ndjson"
        with Emulator(rows, subscriptions=subscriptions, quota=None, page_limit=25) as emulator:
            live = ["azure", "--endpoint", emulator.url, "--save", file]
            for kind, paths in (("live", live), ("file", [file])):
                command = ["scan", *paths, "--select", "agent-not-disabled", "--fail-on", "never"]
                code, said = Run(folder, command, weigh=True).end()
                assert code == 0, said
                peaks[kind].append(int(said.split()[-1]))
        written.append(file.stat().st_size)
    grown = {kind: (large - small) / (sizes[1] - sizes[0]) for kind, (small, large) in peaks.items()}
    row_bytes = (written[1] - written[0]) / (sizes[1] - sizes[0])
    assert row_bytes > 5000
    assert grown["live"] - grown["file"] < row_bytes / 3, (grown, row_bytes)


@pytest.mark.parametrize("where", ["chain", "beside"])
@pytest.mark.parametrize("verb", [("snapshot", "azure", "-o"), ("scan", "azure", "--save")])
def test_what_nobody_expected_in_a_thread_breaks_the_run_and_writes_nothing(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...], where: str
) -> None:
    file = tmp_path / "fleet.ndjson"
    file.write_text("yesterday")

    def surprising(row: bytes) -> Line:
        if b"/networkSecurityGroups/" in bytes(row):
            raise KeyError("a surprise")
        return line_of(row)

    def surprised(*_: object) -> None:
        raise KeyError("a surprise")

    if where == "chain":
        monkeypatch.setattr("scanner.sources.azure.chain.line_of", surprising)
    else:
        monkeypatch.setattr(beside, "_observed", surprised)
    with contoso() as emulator:
        done = ended(snapready, *verb, file, "--endpoint", emulator.url)
    assert done.code == 2
    assert "snapready: internal error: KeyError: 'a surprise'" in done.err
    assert f"what was read is kept in {file}.part" in done.err
    assert file.read_text() == "yesterday"


def test_a_run_that_breaks_does_not_wait_for_reads_that_hang(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other threads are all in reads that would end after this test does, were they waited for."""
    hanging, breaks = threading.Semaphore(0), threading.Event()
    views = 12

    def watch(_: int, emulator: Emulator) -> None:
        if "/instanceView" in emulator.requests[-1].path:
            hanging.release()

    def rights(*_: object, **__: object) -> None:
        breaks.set()
        for _each in range(views):
            assert hanging.acquire(timeout=LONG)
        raise KeyError("a surprise")

    monkeypatch.setattr(beside, "rights", rights)
    faults = Faults([Fault("hang", "/instanceView?", times=None, seconds=10 * LONG)])
    with contoso(faults=faults, on_request=watch) as emulator:
        done = ended(snapready, "snapshot", "azure", "-o", tmp_path / "fleet.ndjson", "--endpoint", emulator.url)
        assert done.code == 2
        assert "KeyError: 'a surprise'" in done.err
        assert breaks.is_set()
        late = {mark(record) for record in emulator.requests if "/instanceView" in record.path}
        assert len(late) == views
    assert not (tmp_path / "fleet.ndjson").exists()


def ended(snapready: Command, *command: str | Path) -> Done:
    """Runs it beside this thread, so that a run that hangs fails the test and not the whole suite."""
    found: list[Done] = []
    runner = threading.Thread(target=lambda: found.append(snapready(*command)), daemon=True)
    runner.start()
    runner.join(LONG)
    assert found, "the run hangs"
    return found[0]


def test_a_reader_that_stops_early_ends_the_collection() -> None:
    with contoso() as emulator:
        rows = Live(Asked(endpoint=emulator.url), NOW, row_types=frozenset(FIELDS)).rows(FIELDS, Ledger())
        next(rows)
        rows.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("chain-", "beside-", "helper-", "progress"))]


def test_a_crew_that_is_told_to_end_begins_nothing_more_and_leaves_nobody_waiting() -> None:
    busy, go_on = threading.Event(), threading.Event()
    crew = Crew(1, "helper")

    def work() -> str:
        busy.set()
        assert go_on.wait(LONG)
        return "done"

    running, waiting = crew.submit(work), crew.submit(lambda: pytest.fail("it was begun"))
    assert busy.wait(LONG)
    crew.end()
    with pytest.raises(Stopped):
        crew.submit(work)
    crew.wait(0.0)
    go_on.set()
    assert running.result(LONG) == "done"
    with pytest.raises(Stopped):
        waiting.result(LONG)


def test_what_breaks_one_of_many_is_raised_for_all() -> None:
    crew = Crew(3, "helper")

    def work(number: int) -> int:
        if number == 5:
            raise SnapreadyError("the fifth")
        return number * number

    assert crew.map(work, range(4)) == [0, 1, 4, 9]
    with pytest.raises(SnapreadyError, match="the fifth"):
        crew.map(work, range(9))
    crew.end()
