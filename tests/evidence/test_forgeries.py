"""Evidence packs that somebody altered, hashes and all: each is refused, and what was altered is named."""

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ROOT, Command
from tests.evidence.test_packs import CONTOSO, NIGHTLY, rehashed, rewritten


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(ROOT)
    return Command(capsys)


@pytest.fixture
def pack(snapready: Command, tmp_path: Path) -> Path:
    """A pack of the nightly gate with reports."""
    formats = ("html", "csv", "xlsx", "sarif-github")
    asked = [text for name in formats for text in ("--report", f"{name}={tmp_path / f'r.{name}'}")]
    assert snapready("scan", *NIGHTLY, "--report", f"evidence={tmp_path / 'pack'}", *asked).code == 1
    return tmp_path / "pack"


def manifest_of(pack: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((pack / "manifest.json").read_text("utf-8"))
    return manifest


def zipped(pack: Path, *more: tuple[str, bytes]) -> Path:
    """The pack as a zip file, with other files behind."""
    target = pack.parent / "forged.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as whole:
        for path in sorted(pack.rglob("*")):
            if path.is_file():
                whole.write(path, path.relative_to(pack).as_posix())
        for name, data in more:
            whole.writestr(zipfile.ZipInfo(name), data)
    return target


@pytest.mark.parametrize("name", ["r.html", "r.csv", "r.xlsx", "r.sarif-github"])
def test_a_report_that_tells_something_else_is_believed_with_its_hash(
    name: str, pack: Path, snapready: Command
) -> None:
    file = pack / "reports" / name
    data = file.read_bytes()
    file.write_bytes(data.replace(b"dc02", b"dc99") if b"dc02" in data else data[:-1])
    assert file.read_bytes() != data
    rehashed(pack, f"reports/{name}")
    done = snapready("verify", pack)
    assert done.code == 1
    assert f"reports/{name} was altered" in done.out


def test_a_workbook_with_other_cells_is_believed(pack: Path, snapready: Command) -> None:
    file = pack / "reports" / "r.xlsx"
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for changed in (False, True):
        with zipfile.ZipFile(file, "w") as book:  # not compressed: another machine may compress otherwise
            for name, data in parts.items():
                book.writestr(name, data.replace(b"dc02", b"dc99") if changed else data)
        rehashed(pack, "reports/r.xlsx")
        assert snapready("verify", pack).code == (1 if changed else 0)


@pytest.mark.parametrize("name", ["README.md", "reports/more.html", "tool.exe", "policies/x/y.yaml"])
def test_a_file_without_a_part_in_the_scan_is_believed_with_its_hash(name: str, pack: Path, snapready: Command) -> None:
    (pack / name).parent.mkdir(exist_ok=True)
    (pack / name).write_text("all is well", "utf-8")
    rehashed(pack, name)
    done = snapready("verify", pack)
    assert done.code == 1
    assert name in done.out


DAY, NOW = {"takenAt": "2027-01-01T00:00:00Z"}, {"now": "2027-01-01T00:00:00Z"}
MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another day": (lambda value: value.update(takenAt="2027-01-01T00:00:00Z"), "takenAt"),
    "another day all through": (
        lambda value: [part.update(at) for part, at in ((value, DAY), (value["replay"], NOW))],
        "takenAt",
    ),
    "another gate": (lambda value: value["replay"]["gate"].update(failOn="never"), "results.json"),
    "a report of another format": (
        lambda value: value["reports"]["formats"].update({"reports/r.csv": "html"}),
        "reports/r.csv",
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_says_something_else_is_believed(name: str, pack: Path, snapready: Command) -> None:
    alter, said = MANIFESTS[name]
    manifest = manifest_of(pack)
    alter(manifest)
    rewritten(pack, manifest)
    done = snapready("verify", pack)
    assert done.code == 1
    assert said in done.out


@pytest.mark.parametrize("given", ["configuration", "waivers", "baseline"])
def test_a_replay_reads_files_from_outside_the_pack(given: str, pack: Path, snapready: Command, tmp_path: Path) -> None:
    manifest = manifest_of(pack)
    inside = manifest["replay"][given]["file"]
    for name in (str(tmp_path / "elsewhere"), "../elsewhere"):
        shutil.copyfile(pack / inside, tmp_path / "elsewhere")
        manifest["replay"][given]["file"] = name
        rewritten(pack, manifest)
        done = snapready("verify", pack)
        assert done.code == 1
        assert f"{name!r} is no file of the pack" in done.out


def test_a_policy_that_is_taken_out_is_judged_by_the_one_of_this_machine(pack: Path, snapready: Command) -> None:
    manifest = manifest_of(pack)
    shutil.rmtree(pack / "policies" / "guest-dhcp")
    del manifest["files"]["policies/guest-dhcp/policy.yaml"]
    rewritten(pack, manifest)
    done = snapready("verify", pack)
    assert (done.code, "selects a policy that is not in the pack: guest-dhcp" in done.err) == (2, True)


def test_a_manifest_that_says_a_thing_twice_is_believed(pack: Path, snapready: Command) -> None:
    text = (pack / "manifest.json").read_text("utf-8")
    for altered in (text.replace("{\n", '{\n  "version": "9.9.9",\n', 1), text.replace("\n", " "), text + " "):
        (pack / "manifest.json").write_text(altered, "utf-8")
        done = snapready("verify", pack)
        assert (done.code, "manifest.json was altered" in done.out) == (1, True)


def test_a_folder_leads_out_of_itself_by_a_link(pack: Path, snapready: Command, tmp_path: Path) -> None:
    shutil.copytree(pack / "policies" / "guest-dhcp", tmp_path / "mine" / "own")
    (tmp_path / "same.json").write_bytes((pack / "results.json").read_bytes())
    for name, target in (
        ("policies/own", tmp_path / "mine" / "own"),
        ("results.json", tmp_path / "same.json"),
        ("reports/r.txt", tmp_path / "nowhere"),
    ):
        kept = (pack / name).read_bytes() if (pack / name).exists() else None
        (pack / name).unlink(missing_ok=True)
        (pack / name).symlink_to(target)
        done = snapready("verify", pack)
        assert (done.code, f"{name} is a link" in done.out) == (1, True)
        (pack / name).unlink()
        if kept is not None:
            (pack / name).write_bytes(kept)
    (pack / "policies" / "empty").mkdir()
    done = snapready("verify", pack)
    assert (done.code, "policies/empty is an empty folder" in done.out) == (1, True)


@pytest.mark.parametrize("name", ["./results.json", "a//b", "a/./b", "..", "a/../../b", "x\x1by", ""])
def test_a_zip_hides_a_second_file_behind_another_spelling(name: str, pack: Path, snapready: Command) -> None:
    done = snapready("verify", zipped(pack, (name, b"{}")))
    assert done.code == 2
    assert f"{name!r} is no name" in done.err


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_two_of_one_name_does_not_say_which(pack: Path, snapready: Command) -> None:
    done = snapready("verify", zipped(pack, ("results.json", b"{}")))
    assert done.code == 2
    assert "results.json stands in it twice" in done.err


def test_a_zip_that_any_tool_made_is_refused(pack: Path, snapready: Command) -> None:
    done = snapready("verify", zipped(pack, ("policies/", b"")))
    assert done.code == 0, done.out


@pytest.mark.parametrize("more", [("other/", b""), ("policies/", b"more")])
def test_a_zip_with_a_folder_that_holds_something_else(more: tuple[str, bytes], pack: Path, snapready: Command) -> None:
    done = snapready("verify", zipped(pack, more))
    assert done.code == 1
    assert f"{more[0]} was added" in done.out


def test_a_zip_with_a_file_that_its_directory_does_not_speak_of(pack: Path, snapready: Command) -> None:
    target = pack.parent / "forged.zip"
    with zipfile.ZipFile(target, "w") as whole:
        for path in sorted(pack.rglob("*.*")):
            if path.name == "results.json":
                whole.writestr("other.json", b"{}")
                whole.filelist.pop()
            if path.is_file():
                whole.write(path, path.relative_to(pack).as_posix())
    assert b"other.json" in target.read_bytes()
    done = snapready("verify", target)
    assert (done.code, "bytes were added behind " in done.out) == (1, True)


def test_a_zip_that_was_written_as_a_stream_is_refused(pack: Path, snapready: Command) -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError("a stream")

        def tell(self) -> int:
            raise OSError("a stream")

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as whole:
        for path in sorted(pack.rglob("*")):
            if path.is_file():
                whole.write(path, path.relative_to(pack).as_posix())
    (pack.parent / "streamed.zip").write_bytes(stream.getvalue())
    assert snapready("verify", pack.parent / "streamed.zip").code == 0


def test_a_zip_that_others_unpack_as_links(pack: Path, snapready: Command) -> None:
    target = pack.parent / "forged.zip"
    with zipfile.ZipFile(zipped(pack)) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    with zipfile.ZipFile(target, "w") as whole:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o120777 if name == "results.json" else 0o100644) << 16
            whole.writestr(entry, data)
    done = snapready("verify", target)
    assert (done.code, "results.json is a link" in done.out) == (1, True)


@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_zip_with_something_around_it(place: str, pack: Path, snapready: Command) -> None:
    file = zipped(pack)
    data = file.read_bytes()
    file.write_bytes(b"#!/bin/sh\n" + data if place == "before" else data + b"more")
    done = snapready("verify", file)
    assert done.code == 1
    assert f"added {place} the archive" in done.out


def test_a_flipped_bit_ends_in_a_fault_of_ours_or_in_nothing_said(snapready: Command, tmp_path: Path) -> None:
    file = tmp_path / "p.zip"
    snapready("scan", CONTOSO, "--select", "agent-version", "--report", f"evidence={file}")
    data = file.read_bytes()
    with zipfile.ZipFile(file) as whole:
        infos = whole.infolist()
    for info in infos:
        at = info.header_offset + 30 + len(info.filename) + 40
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        done = snapready("verify", file)
        assert done.code in (1, 2)
        assert info.filename in done.out + done.err
        assert "internal" not in done.err


@pytest.mark.parametrize("part", [0, 1, 500, 0.5, 0.99])
def test_a_zip_that_is_cut_off(part: float, snapready: Command, tmp_path: Path) -> None:
    file = tmp_path / "p.zip"
    snapready("scan", CONTOSO, "--select", "agent-version", "--report", f"evidence={file}")
    data = file.read_bytes()
    file.write_bytes(data[: int(part * len(data)) if isinstance(part, float) else part])
    done = snapready("verify", file)
    assert done.code == 2
    assert "cannot be read as an evidence pack" in done.err


def test_a_bomb_fills_the_disk(pack: Path, snapready: Command) -> None:
    (pack / "results.json").write_bytes(b" " * (40 << 20))
    rehashed(pack, "results.json")
    done = snapready("verify", zipped(pack, ("more.txt", b" " * (40 << 20))))
    assert done.code == 1
    assert "more.txt was added" in done.out
    assert "results.json was altered" in done.out
    assert "snapready writes no such pack" in done.out


ROW = b'{"type": "a/b", "id": "/subscriptions/s/providers/a/b/c"}\n'
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("ledger.json", DEEP, "ledger.json"),
        ("ledger.json", b"{}", "ledger.json"),
        ("rows.ndjson.gz", gzip.compress(DEEP), "rows.ndjson.gz:1"),
        ("rows.ndjson.gz", gzip.compress(ROW + b"{}\n"), "rows.ndjson.gz:2"),
        ("rows.ndjson.gz", gzip.compress(ROW)[:-9], "rows.ndjson.gz:"),
        ("rows.ndjson.gz", gzip.compress(b'{"type": "a/b"}\n'), "its rows"),
        ("inputs/baseline.json", DEEP, "inputs/baseline.json"),
        ("policies/guest-dhcp/policy.yaml", b"title: x\n", "policies/guest-dhcp/policy.yaml:1:1"),
    ],
)
def test_a_spoilt_file_is_not_named_by_its_place_in_the_pack(
    name: str, data: bytes, said: str, pack: Path, snapready: Command
) -> None:
    (pack / name).write_bytes(data)
    rehashed(pack, name)
    done = snapready("verify", pack)
    assert done.code == 2
    assert f"cannot be judged again: {said}" in done.err
    assert "internal" not in done.err


def test_a_report_that_went_to_a_device_breaks_the_pack(snapready: Command, tmp_path: Path) -> None:
    done = snapready("scan", CONTOSO, "--report", f"evidence={tmp_path / 'p'}", "--report", "json=/dev/null")
    assert done.code == 1, done.err
    assert snapready("verify", tmp_path / "p").code == 0
