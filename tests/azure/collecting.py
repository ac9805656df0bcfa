"""Runs collections from the emulator: in this process, or in one of its own that can be killed at a chosen moment."""

import gzip
import itertools
import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import tracemalloc
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Sequence
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Any

from scanner.cli import main
from scanner.model import Row
from scanner.sources.spool import Spool
from tests.emulator import Emulator, Record, load, taken_at
from tests.emulator.calls import call

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["scanner.live", "scanner.commands", "scanner.outputs", __name__])


@cache
def _contoso() -> tuple[list[Row], list[str]]:
    return load(CONTOSO)


def contoso(**options: Any) -> Emulator:
    """The example fleet in small pages, at the time it was taken, so that the same is judged whenever this runs."""
    rows, subscriptions = _contoso()
    given = {"subscriptions": subscriptions, "quota": None, "date": taken_at(CONTOSO), "page_limit": 20, **options}
    return Emulator(rows, **given)


SMALLER = ("--subscription", "7b1d94f0-2c63-4e8a-b5d9-0e4f6a3c8d21,c58e07a3-9f14-46b2-8d73-1a6b4e5f9027")
"""The two smaller subscriptions of that fleet, where something is done many times."""


def text_of(file: Path) -> bytes:
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def header_of(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_of(file).partition(b"\n")[0])["snapready"]
    return found


def rows_in(file: Path) -> list[bytes]:
    return text_of(file).splitlines()[1:]


def mark(record: Record) -> tuple[str, str]:
    """What was asked, so that the same question is found again."""
    if record.kind != "query":
        return record.kind, record.path.lower()
    body = record.body
    options = body["options"]
    token = options.get("$skipToken")
    start = json.loads(urlsafe_b64decode(token))["offset"] if token else options.get("$skip", 0)
    return "query", f"{body['query']} {sorted(body.get('subscriptions', []))} {start}"


def kinds(emulator: Emulator) -> Counter[str]:
    return Counter(record.kind for record in emulator.requests)


def kept_in(folder: Path) -> int:
    """How many questions the journal of an interrupted run answers: one with each page or reply."""
    journal = folder / "journal.ndjson"
    lines = journal.read_text().splitlines(keepends=True) if journal.exists() else []
    answered = 0
    replies: dict[str, int] = {}
    for entry in (json.loads(line) for line in lines if line.endswith("\n")):
        part = entry.get("part", "")
        if "done" in entry.get("state", {}):
            replies[part] = entry["state"]["done"]
        elif "state" in entry or part == "subscriptions":
            answered += 1
        elif part.startswith("rights"):
            answered += len(entry["result"]["rights"])
        elif part.startswith("instance-views"):
            answered += 1  # the look at the list of statuses
    return answered + sum(replies.values())


class _Moments:
    """Counts what this process does to the disk, and ends it at one of these moments as a power cut would."""

    def __init__(self, folder: str, deadly: int) -> None:
        self._numbers = itertools.count(1)
        self._folder, self._deadly = folder, deadly
        self.passed = 0

    def one(self) -> None:
        self.passed = next(self._numbers)
        if self.passed == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        keep, copy = Spool._keep, Spool._copy

        def kept(spool: Spool, file: FileIO, data: bytes) -> None:
            self.one()
            file.write(data[: len(data) // 2])
            self.one()
            keep(spool, file, data[len(data) // 2 :])

        def copied(spool: Spool, part: Any, out: Any, **how: Any) -> None:
            copy(spool, part, out, **how)
            out.flush()
            self.one()

        def heard(event: str, given: tuple[Any, ...]) -> None:
            if event == "open" and str(given[1])[:1] not in "wa":  # reading; how often hangs on the order of threads
                return
            if event in _CHANGES and any(self._folder in str(each) for each in given):
                self.one()

        for name, how in (("_keep", kept), ("_copy", copied)):
            setattr(Spool, name, how)
        sys.addaudithook(heard)


_CHANGES = ("open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate")


def _run(arguments: list[str], said: str, deadly: int | None, largest: int, weigh: bool) -> None:
    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    moments = _Moments(str(Path(said).parent), deadly or 0)
    if deadly is not None:
        moments.watch()
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if weigh:
        tracemalloc.start()
    code = main(arguments)
    print(f"moments {moments.passed}" if not weigh else f"peak {tracemalloc.get_traced_memory()[1]}", flush=True)
    sys.exit(code)


class Run:
    """`snapready …` in a process of its own. `deadly`: at which change on the disk it is killed (0: counts only);
    `largest`: bytes beyond which a file cannot grow, as on a full disk; `weigh`: tells the peak of its memory."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str | Path],
        *,
        deadly: int | None = None,
        largest: int = 0,
        weigh: bool = False,
    ) -> None:
        self._said = folder / "said.txt"
        given = [str(each) for each in arguments]
        self._process = _FORKS.Process(target=_run, args=(given, str(self._said), deadly, largest, weigh))
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> tuple[int, str]:
        """The exit code (of one that was killed: minus the signal) and all that it printed."""
        self._process.join(60)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
        self._process.close()
        assert code is not None, "the run hangs"
        return code, self._said.read_text() if self._said.exists() else ""


def forget_requests(emulator: Emulator) -> None:
    """Also those that a killed process had sent and nobody had read: its connections are served to their ends first."""
    call(emulator, "/nothing")  # connections are taken in the order they were made, so all before this one have been
    while left := [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]:
        if left[0].ident is None:  # it is just being started
            time.sleep(0.001)
            continue
        left[0].join(20)
        assert not left[0].is_alive(), "a connection stays open"
    emulator.requests.clear()


def wait_for_threads() -> None:
    """Those that were left in a read end once the emulator has."""
    for thread in threading.enumerate():
        if thread.name.startswith(("chain-", "ahead-", "beside-", "helper-")):
            thread.join(20)
            assert not thread.is_alive(), thread.name
