"""What is said and kept when a collection ends before its time: signals, full disks, other runs, other questions."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from scanner.cli import main
from tests.azure.collecting import Run, contoso, forget_requests, kept_in, mark, rows_in, wait_for_threads
from tests.cli.running import ROOT, Command
from tests.emulator import Emulator, Fault, Faults

YESTERDAY = gzip.compress(b'{"snapready":{"version":1}}\n')


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with contoso() as found:
        yield found
    wait_for_threads()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "fleet.ndjson.gz"
    found.write_bytes(YESTERDAY)
    return found


def part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def collect(file: Path, emulator: Emulator) -> list[str | Path]:
    return ["snapshot", "azure", "-o", file, "--endpoint", emulator.url]


def begun(file: Path, emulator: Emulator) -> None:
    """Leaves what a run has read that was killed on its way."""
    runs: list[Run] = []
    emulator.on_request = lambda number, _: runs[0].kill() if number == 60 else None
    runs.append(Run(file.parent, collect(file, emulator)))
    assert runs[0].end()[0] == -signal.SIGKILL
    emulator.on_request = None
    forget_requests(emulator)
    assert kept_in(part(file)) > 5


def spawned(file: Path, emulator: Emulator, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "scanner", *command, str(file), "--endpoint", emulator.url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "code", "word", "command"),
    [
        (signal.SIGINT, 130, "interrupted", ("snapshot", "azure", "-o")),
        (signal.SIGTERM, 143, "terminated", ("scan", "azure", "--save")),
    ],
)
def test_a_signal_ends_a_run_whose_reads_hang_and_keeps_what_it_read(
    emulator: Emulator, file: Path, number: int, code: int, word: str, command: tuple[str, ...]
) -> None:
    hanging = threading.Semaphore(0)
    emulator.faults = Faults([Fault("hang", "/instanceView?", times=None, seconds=60)])

    def watch(_: int, emulator: Emulator) -> None:
        if sum("/instanceView" in record.path for record in emulator.requests) == 12:  # every helper is in a read
            hanging.release()

    emulator.on_request = watch
    with spawned(file, emulator, *command) as run:
        assert hanging.acquire(timeout=60)
        run.send_signal(number)
        try:
            out, err = run.communicate(timeout=30)  # half of the time that one of its reads takes
        finally:
            run.kill()
    assert (run.returncode, out) == (code, ""), err
    assert err.splitlines()[-2:] == [
        f"snapready: what was read is kept in {part(file)}: --resume goes on",
        f"snapready: {word}",
    ]
    assert "Traceback" not in err
    assert file.read_bytes() == YESTERDAY
    emulator.faults, emulator.on_request = Faults(), None
    vms = "in~ ('microsoft.compute/virtualmachines')"  # all of these were kept before the first view was asked for
    before = {mark(record) for record in emulator.requests if vms in mark(record)[1]}
    assert before
    emulator.requests.clear()
    assert main(["snapshot", "azure", "-o", str(file), "--endpoint", emulator.url, "--resume"]) == 0
    assert not before & {mark(record) for record in emulator.requests}
    assert len(rows_in(file)) > 300


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_breaks_a_lock_is_told_as_a_signal(
    snapready: Command, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    """As it comes out of threading.Condition.wait where the signal strikes just after the lock was let go."""

    def wait(_: object) -> int:
        try:
            signal.raise_signal(number)
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    monkeypatch.setattr("scanner.commands.collect.query_command", wait)
    done = snapready("query")
    assert (done.code, "internal error" in done.err) == (code, False)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize(
    "other",
    [
        ["--select", "last-backup-recent"],
        ["--subscription", "11111111-2222-3333-4444-555555555555"],
        ["--management-group", "contoso"],
    ],
)
def test_another_question_does_not_go_on_with_the_answers_to_this_one(
    emulator: Emulator, file: Path, snapready: Command, other: list[str]
) -> None:
    begun(file, emulator)
    kept = kept_in(part(file))
    done = snapready(*collect(file, emulator), "--resume", *other)
    assert (done.code, emulator.requests) == (2, [])
    assert "what another command began" in done.err
    assert "start again without --resume" in done.err
    assert kept_in(part(file)) == kept
    assert file.read_bytes() == YESTERDAY
    assert snapready(*collect(file, emulator)).code == 0
    assert not part(file).exists()


def test_what_is_too_old_or_damaged_is_not_gone_on_with(
    emulator: Emulator, file: Path, snapready: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(file, emulator)
    command = [*collect(file, emulator), "--resume"]
    for now in ("2100-01-01T00:00:00Z", "2000-01-01T00:00:00Z"):
        monkeypatch.setattr("scanner.commands.collect.utc_now", partial(str, now))
        done = snapready(*command)
        assert done.code == 2
        assert "more than a day ago: start again without --resume" in done.err
    monkeypatch.undo()
    pages = max(part(file).glob("*.gz"), key=lambda path: path.stat().st_size)
    pages.write_bytes(pages.read_bytes()[:-1])
    done = snapready(*command)
    assert done.code == 2
    assert f"{pages}: what was read before is damaged" in done.err
    assert (emulator.requests, file.read_bytes()) == ([], YESTERDAY)
    assert snapready(*command[:-1]).code == 0


def test_with_nothing_to_go_on_with_it_begins_and_says_so(emulator: Emulator, file: Path, snapready: Command) -> None:
    done = snapready(*collect(file, emulator), "--resume")
    assert done.code == 0
    assert "nothing to go on with: starting from the beginning" in done.err
    assert len(rows_in(file)) > 300
    done = snapready("scan", "azure", "--endpoint", emulator.url, "--resume")
    assert done.code == 2
    assert "give --save FILE again" in done.err


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_a_second_run_on_one_file_is_refused_and_harms_neither(
    emulator: Emulator, file: Path, snapready: Command, resume: list[str]
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(_: int, emulator: Emulator) -> None:
        if any(record.kind == "instance-view" for record in emulator.requests) and not reached.is_set():
            reached.set()
            go_on.wait(60)

    emulator.on_request = wait
    command = collect(file, emulator)
    first = Run(file.parent, command)
    assert reached.wait(60)
    done = snapready(*command, *resume)
    go_on.set()
    assert done.code == 2
    assert f"{part(file)}: another run is writing there" in done.err
    assert "is kept in" not in done.err
    assert first.end()[0] == 0
    assert len(rows_in(file)) > 300


@pytest.mark.parametrize("pages", [True, False])
def test_a_full_disk_is_said_and_nothing_is_lost(
    emulator: Emulator, file: Path, snapready: Command, pages: bool
) -> None:
    """A limit on the size of files stands for the disk: either no page fits, or only the finished file does not."""
    command = collect(file, emulator)
    assert snapready(*command).code == 0
    whole = file.read_bytes()
    file.write_bytes(YESTERDAY)
    code, said = Run(file.parent, command, largest=3000 if pages else len(whole) - 1).end()
    assert code == 2, said
    place = part(file) if pages else file
    assert f"snapready: error: {place}: cannot be written: File too large" in said
    assert f"what was read is kept in {part(file)}: --resume goes on" in said
    assert file.read_bytes() == YESTERDAY
    forget_requests(emulator)
    assert snapready(*command, "--resume").code == 0
    assert file.read_bytes() == whole
    assert pages or not emulator.requests


def test_a_place_that_cannot_be_written_is_said(emulator: Emulator, file: Path, snapready: Command) -> None:
    part(file).write_text("in the way")
    done = snapready(*collect(file, emulator))
    assert done.code == 2
    assert f"snapready: error: {part(file)}: cannot be written: File exists" in done.err
    assert (file.read_bytes(), part(file).read_text()) == (YESTERDAY, "in the way")
    for place, why in (
        (file.parent, "is a folder"),
        ("/dev/null", "is no ordinary file"),
        ("no/such/f", "is not there"),
    ):
        done = snapready("scan", "azure", "--endpoint", emulator.url, "--save", place)
        assert done.code == 2
        assert why in done.err
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_said(emulator: Emulator, file: Path, snapready: Command) -> None:
    file.parent.chmod(0o500)
    try:
        done = snapready(*collect(file, emulator))
    finally:
        file.parent.chmod(0o700)
    assert done.code == 2
    assert "cannot be written: Permission denied" in done.err


def test_a_link_to_a_file_stays_one(emulator: Emulator, tmp_path: Path, snapready: Command) -> None:
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "today.ndjson", tmp_path / "fleet.ndjson"
    link.symlink_to(target)
    assert snapready("snapshot", "azure", "-o", link, "--endpoint", emulator.url).code == 0
    assert link.is_symlink()
    assert len(rows_in(target)) > 300


def test_between_the_last_page_and_the_end_nothing_more_is_asked(
    emulator: Emulator, file: Path, snapready: Command
) -> None:
    """Every page is there, and one part or all of them lack the line that says so."""
    command = collect(file, emulator)
    assert Run(file.parent, command, largest=3000).end()[0] == 2
    assert snapready(*command, "--resume").code == 0
    whole = rows_in(file)
    assert Run(file.parent, command, largest=len(file.read_bytes()) - 1).end()[0] == 2  # all but the finished file
    journal = part(file) / "journal.ndjson"
    lines = journal.read_text().splitlines(keepends=True)
    ends = [line for line in lines if "announced" in json.loads(line).get("result", {})]
    assert len(ends) > 5
    for lacking in (ends[:1], ends):
        journal.write_text("".join(line for line in lines if line not in lacking))
        forget_requests(emulator)
        code, said = Run(file.parent, [*command, "--resume"], largest=len(file.read_bytes()) - 1).end()
        assert (code, emulator.requests) == (2, []), said
    assert snapready(*command, "--resume").code == 0
    assert (rows_in(file), emulator.requests) == (whole, [])
