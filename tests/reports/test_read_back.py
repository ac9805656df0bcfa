"""results.json read back is the value it was written from: every format of it is the same, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scanner.cli import main
from scanner.model import SnapreadyError
from scanner.reports import formats
from scanner.results_file import read
from tests.reports.hostile import scans
from tests.reports.scans import CONTOSO, ROOT, SCANS, STYLE, Scan, raw, report


def kept(folder: Path, scan: Scan) -> Path:
    path = folder / "results.json"
    path.write_text(report("json", *scan, STYLE), "utf-8")
    return path


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize("scan", SCANS)
def test_every_format_is_the_same_from_results_read_back(scan: str, name: str, tmp_path: Path) -> None:
    whole = SCANS[scan]()
    again = read(str(kept(tmp_path, whole)))
    assert raw(name, *again, STYLE) == raw(name, *whole, STYLE)


@given(scans())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_fleet_is_the_same_read_back(tmp_path: Path, scan: Scan) -> None:
    again = read(str(kept(tmp_path, scan)))
    assert again == scan
    for name in formats():
        assert raw(name, *again, STYLE) == raw(name, *scan, STYLE)


def test_the_command_writes_what_the_scan_would_have_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    first = [f"--report={name}={tmp_path / name}" for name in formats()]
    again = [f"--report={name}={tmp_path / name}.again" for name in formats()]
    assert main(["scan", *CONTOSO, *first]) == 1
    assert main(["report", str(tmp_path / "json"), *again]) == 0
    assert "the scan's exit code was 1" in capsys.readouterr().err
    for name in formats():
        assert (tmp_path / name).read_bytes() == (tmp_path / f"{name}.again").read_bytes(), name


def changed(value: Any, *path: str | int, to: Any) -> Any:
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return copy


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        (("schema",), "snapready/results/2", "its schema is 'snapready/results/2'"),
        (("schema",), None, "names no schema"),
        (("run", "exitCode"), 7, "run.exitCode"),
        (("run", "exitCode"), 0, "exit code 0 does not follow from its results"),
        (("run", "takenAt"), "yesterday", "run.takenAt is 'yesterday', which is no time"),
        (("run", "gate", "failOn"), "blue", "failOn"),
        (("results", 0, "verdict"), "perhaps", "verdict"),
        (("results", 0, "waivedBy"), "somebody", "waivedBy"),
        (("results", 0, "policy"), "no-such", "names what is not among its policies"),
        (("results", 0, "resource"), "/no/such", "names what is not among its subjects"),
        (("subjects",), {}, "subjects"),
        (("timelines", 1, "crowded", 0, "starts"), [99], "names a start that is not among its starts"),
        (("timelines", 1, "starts", 0, "july"), [10_080], "has a minute that no week has"),
    ],
)
def test_a_file_that_is_no_results_file_is_refused(
    path: tuple[str | int, ...], to: Any, said: str, tmp_path: Path
) -> None:
    value = json.loads(report("json", *SCANS["contoso"](), STYLE))
    file = tmp_path / "results.json"
    file.write_text(json.dumps(changed(value, *path, to=to)), "utf-8")
    with pytest.raises(SnapreadyError, match=said) as caught:
        read(str(file))
    assert str(file) in str(caught.value)


def test_two_results_of_one_policy_on_one_resource_are_refused(tmp_path: Path) -> None:
    value = json.loads(report("json", *SCANS["contoso"](), STYLE))
    again = {**value["results"][0], "resource": value["results"][0]["resource"].upper(), "verdict": "pass"}
    subject = next(each for each in value["subjects"] if each["id"] == value["results"][0]["resource"])
    value["subjects"].append({**subject, "id": again["resource"]})
    value["results"].append(again)
    (tmp_path / "results.json").write_text(json.dumps(value), "utf-8")
    with pytest.raises(SnapreadyError, match="has two results"):
        read(str(tmp_path / "results.json"))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"schema": ["x"]}'])
def test_a_file_that_is_not_json_is_refused(raw: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    file.write_bytes(raw)
    assert main(["report", str(file)]) == 2
    assert "snapready: error:" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "none.json")]) == 2
