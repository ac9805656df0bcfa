"""Evidence packs: a replay comes to the same bytes, whatever was altered is named, and nothing else is believed."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

import scanner
from scanner.evidence.manifest import Manifest
from scanner.ledger import Claim, Ledger
from scanner.model import Problem
from tests.cli.running import ROOT, Command
from tests.rows import vm, write

CONTOSO = "examples/contoso"
NIGHTLY = (CONTOSO, "--config", "examples/nightly/snapready.yaml")


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(ROOT)
    return Command(capsys)


@pytest.fixture
def pack(snapready: Command, tmp_path: Path) -> Path:
    """A pack of the nightly gate: with configuration, scopes, waivers and a baseline."""
    folder = tmp_path / "pack"
    done = snapready("scan", *NIGHTLY, "--report", f"evidence={folder}", "--report", f"junit={tmp_path / 'j.xml'}")
    assert done.code == 1, done.err
    return folder


def rehashed(pack: Path, *names: str) -> None:
    """Someone who alters a file and knows of the manifest."""
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    for name in names:
        data = (pack / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    rewritten(pack, manifest)


def rewritten(pack: Path, manifest: dict[str, Any]) -> None:
    """The manifest, laid out as snapready does."""
    manifest["files"] = dict(sorted(manifest["files"].items()))
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (pack / "manifest.json").write_text(f"{text}\n", "utf-8")


SCANS: dict[str, tuple[str, ...]] = {
    "nightly": NIGHTLY,
    "every policy": (CONTOSO,),
    "own parameters and all evidence": (CONTOSO, "--set", "agent-version.windows=2.7.1", "--evidence", "all"),
    "given times and types": (f"{CONTOSO}/guestfacts.ndjson", f"{CONTOSO}/fleet.ndjson", "--collected", "all"),
    "other gate": (CONTOSO, "--fail-on", "never", "--unknown", "fail", "--group-tag", "", "--max-age", "1h"),
}


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("name", ["pack.zip", "pack"])
def test_a_replay_that_comes_to_other_results(scan: str, name: str, snapready: Command, tmp_path: Path) -> None:
    asked = (*SCANS[scan], "--report", f"evidence={tmp_path / name}", "--report", f"json={tmp_path / 'r.json'}")
    assert snapready("scan", *asked).code in (0, 1)
    done = snapready("verify", tmp_path / name)
    assert (done.code, done.err) == (0, ""), done.out
    assert "the same results, byte for byte" in done.out


def test_results_in_a_pack_that_are_not_those_of_the_report(snapready: Command, tmp_path: Path) -> None:
    snapready("scan", CONTOSO, "--report", f"evidence={tmp_path / 'p'}", "--report", f"json={tmp_path / 'r.json'}")
    assert (tmp_path / "p" / "results.json").read_bytes() == (tmp_path / "r.json").read_bytes()
    assert (tmp_path / "p" / "reports" / "r.json").read_bytes() == (tmp_path / "r.json").read_bytes()


def test_a_pack_of_a_cut_off_fleet_forgets_what_could_not_be_read(snapready: Command, tmp_path: Path) -> None:
    cut = tmp_path / "cut.ndjson"
    cut.write_bytes((ROOT / CONTOSO / "fleet.ndjson").read_bytes()[:300_000])
    assert snapready("scan", cut, "--report", f"evidence={tmp_path / 'p.zip'}").code == 3
    assert snapready("verify", tmp_path / "p.zip").code == 0


def test_the_same_scan_makes_another_pack(snapready: Command, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        snapready("scan", CONTOSO, "--taken-at", "2026-11-22T01:00:00Z", "--report", f"evidence={tmp_path / name}")
    assert (tmp_path / "b.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()


def test_an_altered_file_that_is_not_named(pack: Path, snapready: Command) -> None:
    for name in json.loads((pack / "manifest.json").read_text("utf-8"))["files"]:
        before = (pack / name).read_bytes()
        (pack / name).write_bytes(before + b" ")
        done = snapready("verify", pack)
        assert (done.code, f"{name} was altered" in done.out) == (1, True), name
        assert "byte for byte" not in done.out
        (pack / name).write_bytes(before)
    assert snapready("verify", pack).code == 0


def test_a_missing_or_an_added_file_that_is_not_named(pack: Path, snapready: Command) -> None:
    (pack / "policies" / "guest-dhcp" / "policy.yaml").unlink()
    (pack / "reports" / "more.txt").write_text("what nobody scanned", "utf-8")
    done = snapready("verify", pack)
    assert done.code == 1
    assert "policies/guest-dhcp/policy.yaml is missing" in done.out
    assert "reports/more.txt was added" in done.out


def edit(pack: Path, name: str, old: str, new: str) -> None:
    text = (pack / name).read_text("utf-8")
    assert old in text
    (pack / name).write_text(text.replace(old, new, 1), "utf-8")


ALTERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "results.json": (lambda pack: edit(pack, "results.json", '"verdict": "fail"', '"verdict": "pass"'), "pass in res"),
    "inputs/waivers.yaml": (
        lambda pack: edit(pack, "inputs/waivers.yaml", "2026-11-21", "2026-11-29"),
        "when judged again",
    ),
    "policies/guest-dhcp/policy.yaml": (
        lambda pack: edit(pack, "policies/guest-dhcp/policy.yaml", "severity: error", "severity: note"),
        "with another severity",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_alteration_with_its_hash_that_a_replay_does_not_find(name: str, pack: Path, snapready: Command) -> None:
    alter, said = ALTERED[name]
    alter(pack)
    rehashed(pack, name)
    done = snapready("verify", pack)
    assert done.code == 1
    assert said in done.out


def test_another_version_that_is_taken_for_a_forgery(pack: Path, snapready: Command) -> None:
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    manifest["version"] = "9.9.9"
    rewritten(pack, manifest)
    done = snapready("verify", pack)
    assert done.code == 2
    assert "verify it with snapready==9.9.9" in done.err


@pytest.mark.parametrize(
    "name", ["rows.ndjson.gz", "ledger.json", "inputs/configuration.yaml", "policies/guest-dhcp/policy.yaml"]
)
def test_a_broken_file_of_a_pack_ends_in_a_traceback(name: str, pack: Path, snapready: Command) -> None:
    (pack / name).write_bytes(b"\x1f\x8b{[")
    rehashed(pack, name)
    done = snapready("verify", pack)
    assert done.code == 2
    assert "internal" not in done.err
    assert "error" in done.err


def test_what_is_no_pack_is_believed(snapready: Command, tmp_path: Path) -> None:
    (tmp_path / "file.zip").write_bytes(b"no zip")
    (tmp_path / "folder").mkdir()
    for name, said in (("file.zip", "cannot be read"), ("folder", "no manifest.json"), ("none", "No such file")):
        done = snapready("verify", tmp_path / name)
        assert done.code == 2
        assert said in done.err


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a\\b", "c:x"])
def test_a_zip_writes_outside_of_its_folder(name: str, snapready: Command, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as whole:
        whole.writestr(zipfile.ZipInfo(name), b"x")
    done = snapready("verify", tmp_path / "p.zip")
    assert done.code == 2
    assert not (tmp_path / "out.txt").exists()


def test_a_folder_of_something_else_is_overwritten(snapready: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", "utf-8")
    done = snapready("scan", CONTOSO, "--report", f"evidence={tmp_path / 'mine'}")
    assert done.code == 2
    assert (tmp_path / "mine" / "notes.txt").read_text("utf-8") == "mine"


def test_a_later_pack_does_not_take_the_place_of_the_earlier(pack: Path, snapready: Command) -> None:
    assert snapready("scan", CONTOSO, "--report", f"evidence={pack}").code == 1
    assert not (pack / "inputs").exists()
    assert snapready("verify", pack).code == 0
    assert [path.name for path in pack.parent.iterdir() if path.name.startswith(".")] == []


def test_a_scan_that_breaks_leaves_a_part_of_a_pack(snapready: Command, tmp_path: Path) -> None:
    done = snapready("scan", tmp_path / "none.ndjson", "--report", f"evidence={tmp_path / 'p.zip'}")
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_pack_is_kept_of_a_plan(snapready: Command, tmp_path: Path) -> None:
    done = snapready("scan", "examples/pull-request/arm/main.json", "--report", f"evidence={tmp_path / 'p.zip'}")
    assert done.code == 2
    assert "kept of what runs" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", ["evidence=", "evidence=-"])
def test_a_pack_on_standard_output(asked: str, snapready: Command) -> None:
    done = snapready("scan", CONTOSO, "--report", asked)
    assert done.code == 2
    assert "a folder or a zip file" in done.err


def test_report_says_that_there_is_no_such_format(pack: Path, snapready: Command) -> None:
    done = snapready("report", pack / "results.json", "--report", f"evidence={pack.parent / 'x.zip'}")
    assert done.code == 2
    assert "kept of a scan" in done.err


def test_the_schema_that_is_shipped_is_not_that_of_manifests(pack: Path) -> None:
    file = Path(scanner.__file__).parent / "schemas" / "evidence.schema.json"
    shipped = json.loads(file.read_text("utf-8"))
    jsonschema.validate(json.loads((pack / "manifest.json").read_text("utf-8")), shipped)
    assert {name: value for name, value in shipped.items() if name in ("$defs", "$ref")} == msgspec.json.schema(
        Manifest
    )


def test_a_ledger_forgets_something_on_its_way_through_a_file() -> None:
    ledger = Ledger()
    ledger.count({("a/b", "s"): 3}, whole=True)
    ledger.count({("c/d", "s"): 1}, whole=False)
    ledger.claim("s", "Resources", Claim(3, 4, "refused", "f.ndjson", "a/read"))
    ledger.cut_short("f.ndjson", {("a/b", "s"): 2})
    ledger.lost()
    ledger.problems.append(Problem("cut", "f.ndjson", 7, incomplete=True, count=2))
    ledger.taken_at.append("2026-11-22T01:00:00Z")
    ledger.scopes.append("all")
    ledger.sources.append("f.ndjson")
    again = Ledger.restored(json.loads(json.dumps(ledger.state())))
    assert again == ledger


def test_a_copied_pack_cannot_be_verified_elsewhere(pack: Path, snapready: Command, tmp_path: Path) -> None:
    shutil.copytree(pack, tmp_path / "there" / "copy")
    shutil.rmtree(pack)
    assert snapready("verify", tmp_path / "there" / "copy").code == 0


def test_the_page_shows_something_else(snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapready("scan", CONTOSO, "--report", f"evidence={tmp_path / 'pack.zip'}")
    monkeypatch.chdir(tmp_path)
    lines = snapready("verify", "pack.zip").out.splitlines()
    page = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    shown = page.partition("<!-- verify -->")[2].split("```")[1].splitlines()[2:]
    files = lines[1].split()[0]
    assert [line.replace("VERSION", scanner.__version__).replace("FILES", files) for line in shown] == lines


def test_a_pack_of_rows_that_were_too_old_is_judged_as_if_they_were_fresh(snapready: Command, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    fleet = write(tmp_path / "fleet.json", [vm()])
    taken = ("--taken-at", "2020-01-01T00:00:00Z")
    done = snapready("scan", fleet, *taken, "--rows-max-age", "36h", "--report", f"evidence={pack}")
    assert done.code == 3
    assert "before this scan, more than --rows-max-age allows (36 h): collect them again" in done.err
    assert snapready("verify", pack).code == 0
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    manifest["replay"]["freshness"]["limit"] = 10_000_000.0
    rewritten(pack, manifest)
    assert snapready("verify", pack).code == 1
