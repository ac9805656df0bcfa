"""The folder of an unfinished collection: whatever is left of it, what counts is whole, and what is damaged is said."""

import gzip
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from scanner.model import SnapreadyError
from scanner.sources.spool import Spool

ABOUT = {"rows": ["widgets"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a run left that was killed: one part is done, the other has two pages."""
    folder = tmp_path / "fleet.part"
    spool = Spool(folder, durable=False)
    spool.start(ABOUT)
    spool.done(spool.part("subscriptions"), {"readable": []})
    fill(spool)
    spool.close(forget=False)
    return folder


def fill(spool: Spool) -> None:
    """Two pages, and one without a row between them."""
    part = spool.part("vms")
    for number, page in enumerate((b"one two", b"", b"three")):
        spool.append(part, page.split(), {"token": number})


def resumed(folder: Path) -> Spool:
    spool = Spool(folder, durable=False)
    assert spool.resume()
    return spool


def rows(spool: Spool, name: str = "vms") -> list[bytes]:
    return [line.strip() for line in spool.so_far(spool.part(name))]


def journal(folder: Path) -> Path:
    return folder / "journal.ndjson"


def check_goes_on(folder: Path, expected: list[bytes], state: dict[str, int]) -> None:
    spool = resumed(folder)
    part = spool.part("vms")
    assert (rows(spool), part.state) == (expected, state)
    spool.append(part, [b"more"], {"token": 9})
    spool.done(part, {})
    assert [line.strip() for line in spool.lines(part)] == [*expected, b"more"]
    spool.close(forget=False)
    again = resumed(folder)
    assert (rows(again), again.about) == ([*expected, b"more"], ABOUT)
    again.close(forget=True)
    assert not folder.exists()


def test_a_later_run_goes_on_after_the_last_page(folder: Path) -> None:
    check_goes_on(folder, [b"one", b"two", b"three"], {"token": 2})


def test_a_last_line_cut_at_any_byte_is_no_page(folder: Path) -> None:
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    last = whole["journal.ndjson"].splitlines(keepends=True)[-1]
    assert b'"end":' in last
    for cut in range(1, len(last) + 1):
        folder.mkdir(exist_ok=True)
        for name, data in whole.items():
            (folder / name).write_bytes(data)
        journal(folder).write_bytes(whole["journal.ndjson"][:-cut])
        check_goes_on(folder, [b"one", b"two"], {"token": 1})


@pytest.mark.parametrize(
    "bad",
    [b"\x00\xff\n", b"[]\n", b"{}\n", b'{"part":7,"state":{}}\n', b'{"part":"vms","state":1}\n', b'{"about":0}\n'],
)
def test_from_a_line_on_that_is_not_ours_nothing_counts(folder: Path, bad: bytes) -> None:
    lines = journal(folder).read_bytes().splitlines(keepends=True)
    journal(folder).write_bytes(b"".join([*lines[:-2], bad, *lines[-2:]]))
    check_goes_on(folder, [b"one", b"two"], {"token": 0})


def test_bytes_beyond_the_journal_are_no_page(folder: Path) -> None:
    with (folder / "vms.gz").open("ab") as file:
        file.write(gzip.compress(b"of a run that was killed")[:-3])
    check_goes_on(folder, [b"one", b"two", b"three"], {"token": 2})


def test_a_first_page_that_was_cut_off_is_not_before_the_next_one(folder: Path) -> None:
    (folder / "nics.gz").write_bytes(b"half a page")
    spool = resumed(folder)
    spool.append(spool.part("nics"), [b"whole"], {})
    assert rows(spool, "nics") == [b"whole"]
    spool.close(forget=True)


def damaged(whole: bytes) -> Iterator[tuple[str, bytes | None]]:
    yield "shorter", whole[:-1]
    yield "a page shorter", whole[: whole.rindex(b"\x1f\x8b")]
    yield "empty", b""
    yield "changed", bytes([*whole[:20], whole[20] ^ 1, *whole[21:]])
    yield "zeroed", bytes(len(whole))
    yield "gone", None


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("how", ["shorter", "a page shorter", "empty", "changed", "zeroed", "gone"])
def test_a_page_that_is_damaged_is_said_with_what_to_do(folder: Path, how: str, done: bool) -> None:
    if done:
        spool = resumed(folder)
        spool.done(spool.part("vms"), {})
        spool.close(forget=False)
    file = folder / "vms.gz"
    data = dict(damaged(file.read_bytes()))[how]
    file.unlink()
    if data is not None:
        file.write_bytes(data)
    spool = Spool(folder, durable=False)
    with pytest.raises(SnapreadyError, match=r"vms\.gz: what .* is damaged .*start again without --resume"):
        spool.resume()
    spool.close(forget=False)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_folder_in_which_nothing_was_read_is_nothing_to_go_on_with(folder: Path, lines: int) -> None:
    journal(folder).write_bytes(b"".join(journal(folder).read_bytes().splitlines(keepends=True)[:lines]))
    spool = Spool(folder, durable=False)
    assert not spool.resume()
    spool.start(ABOUT)
    assert rows(spool) == []
    spool.close(forget=True)
    assert not Spool(folder, durable=False).resume()


def test_a_new_start_removes_what_an_earlier_run_left_and_nothing_else(folder: Path) -> None:
    spool = Spool(folder, durable=False)
    spool.start(ABOUT)
    assert [path.name for path in folder.iterdir()] == ["journal.ndjson"]
    spool.close(forget=False)
    (folder / "letter.txt").write_text("mine")
    strange = Spool(folder, durable=False)
    with pytest.raises(SnapreadyError, match=r"letter\.txt was not written by snapready"):
        strange.start(ABOUT)
    strange.close(forget=True)
    assert (folder / "letter.txt").read_text() == "mine"


def test_two_runs_do_not_write_to_one_folder(folder: Path) -> None:
    first = resumed(folder)
    for second in (Spool(folder, durable=False), Spool(folder, durable=False)):
        with pytest.raises(SnapreadyError, match="another run is writing there"):
            second.resume()
        with pytest.raises(SnapreadyError, match="another run is writing there"):
            second.start(ABOUT)
        second.close(forget=False)
    assert rows(first) == [b"one", b"two", b"three"]
    first.close(forget=False)
    resumed(folder).close(forget=True)


def test_after_its_end_a_thread_that_comes_late_keeps_nothing(folder: Path) -> None:
    spool = resumed(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    spool.close(forget=False)
    with pytest.raises(SnapreadyError, match="has ended"):
        fill(spool)
    with pytest.raises(SnapreadyError, match="has ended"):
        spool.done(spool.part("vms"), {})
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")


@full
@pytest.mark.parametrize("which", ["page", "journal"])
def test_a_full_disk_is_said_and_costs_only_the_page_that_did_not_fit(folder: Path, which: str) -> None:
    spool = resumed(folder)
    part = spool.part("vms")
    spool.append(part, [b"four"], {"token": 3})
    if which == "page":
        spool._files["vms"].close()
        spool._files["vms"] = FileIO("/dev/full", "a")
    else:
        assert spool._journal is not None
        spool._journal.close()
        spool._journal = FileIO("/dev/full", "a")
    for _ in range(2):
        with pytest.raises(SnapreadyError, match=r"fleet\.part: cannot be written: No space left on device"):
            spool.append(part, [b"five"], {"token": 4})
    spool.close(forget=False)
    check_goes_on(folder, [b"one", b"two", b"three", b"four"], {"token": 3})


@full
def test_a_snapshot_that_does_not_fit_leaves_the_one_before_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "fleet.ndjson"
    target.write_bytes(b"yesterday")
    spool = resumed(folder)

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(SnapreadyError, match=r"fleet\.ndjson: cannot be written: No space left on device"):
        spool.write(target, {"version": 1}, [[spool.part("vms")]])
    assert target.read_bytes() == b"yesterday"
    assert not (folder / "snapshot.new").exists()
    monkeypatch.undo()
    spool.write(target, {"version": 1}, [[spool.part("vms")]])
    assert target.read_bytes() == b'{"snapready":{"version":1}}\none\ntwo\nthree\n'
    spool.close(forget=True)


def test_a_reader_is_told_what_broke_a_writer(folder: Path) -> None:
    spool = resumed(folder)
    found = spool.lines(spool.part("vms"))
    assert next(found) == b"one\n"
    spool.fail(KeyError("surprise"))
    with pytest.raises(KeyError, match="surprise"):
        list(found)
    spool.close(forget=False)
