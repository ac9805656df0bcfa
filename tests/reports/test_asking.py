"""How reports are asked for: formats, files, the anchor; and what the documentation says of them."""

import importlib.util
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner import outputs, yaml12
from scanner.cli import main
from scanner.model import SnapreadyError
from scanner.reports import Style, formats
from tests.reports.scans import CONTOSO, ROOT, contoso, raw

PAGE = (ROOT / "docs" / "reports.md").read_text("utf-8")


def put(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")


def test_the_anchor_is_the_first_usual_file_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "team" / "vms"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(inner)
    assert outputs.anchor(None) == "README.md"
    put(tmp_path / ".github" / "workflows" / "z.yaml", tmp_path / ".github" / "workflows" / "b.yml")
    assert outputs.anchor(None) == ".github/workflows/b.yml"
    put(tmp_path / "snapready.yaml")
    assert outputs.anchor(None) == "snapready.yaml"
    put(inner / "snapready.yaml")
    assert outputs.anchor(None) == "team/vms/snapready.yaml"


def test_an_anchor_is_named_from_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    put(tmp_path / "repo" / "infra" / "my vms.tf", tmp_path / "outside.tf")
    monkeypatch.chdir(tmp_path / "repo" / "infra")
    assert outputs.anchor("my vms.tf") == "infra/my vms.tf"
    assert outputs.anchor("../infra/my vms.tf") == "infra/my vms.tf"
    assert outputs.anchor(str(tmp_path / "repo" / "infra" / "my vms.tf")) == "infra/my vms.tf"
    with pytest.raises(SnapreadyError, match=r"there is no file none\.tf"):
        outputs.anchor("none.tf")
    with pytest.raises(SnapreadyError, match="is not in the repository"):
        outputs.anchor("../../outside.tf")


def test_without_a_repository_the_anchor_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "main.tf")
    monkeypatch.chdir(tmp_path)
    assert outputs.anchor("main.tf") == "main.tf"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["sarif_github=x"], "did you mean"),
        (["junit"], "is not FORMAT=FILE"),
        (["junit="], "is not FORMAT=FILE"),
        (["junit=no/such/folder/x.xml"], "is not there"),
        (["junit=-", "text=-"], "only one report"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_read(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "no such file", *(f"--report={text}" for text in asked)]) == 2
    assert said in capsys.readouterr().err
    assert main(["report", "no such file", *(f"--report={text}" for text in asked)]) == 2
    assert said in capsys.readouterr().err


def test_the_help_lists_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("scan", "report"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        said = " ".join(capsys.readouterr().out.replace("-\n", "-").split()).replace("- ", "-")
        assert ", ".join(formats()) in said


def test_the_page_of_reports_speaks_of_every_format() -> None:
    table = PAGE[: PAGE.index("\n## ")]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [
        "text",
        "markdown",
        "html",
        "junit",
        "sarif-github",
        "sarif",
        "csv",
        "xlsx",
        "oscal",
        "ocsf",
        "json",
    ]
    assert {*re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)} == {*formats()}


def test_the_pipelines_of_the_page_are_yaml_and_name_formats_that_there_are() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert yaml12.load(block, "docs/reports.md")
    asked = re.findall(r"--report ([a-z-]+)=", PAGE)
    assert {*asked} == {*formats()} - {"sarif"}


def test_the_gate_is_the_same_whatever_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in formats():
        assert main(["scan", *CONTOSO, f"--report={name}={tmp_path / name}"]) == 1
        assert main(["scan", *CONTOSO, f"--report={name}={tmp_path / name}", "--fail-on=never"]) == 0


def test_a_report_that_breaks_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> Iterator[str]:
        yield "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "writer", lambda _: breaks)
    monkeypatch.chdir(ROOT)
    file = tmp_path / "results.json"
    file.write_text("whole", "utf-8")
    with pytest.raises(SnapreadyError, match="cannot be written: No space left on device"):
        outputs.write([outputs.Report("json", str(file))], *contoso(), "README.md")
    assert file.read_text("utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_takes_the_place_of_a_file_but_not_of_a_link_or_a_pipe(tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real.md", tmp_path / "link.md", tmp_path / "pipe"
    real.write_text("x" * 1_000_000, "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    os.mkfifo(pipe)
    told: list[bytes] = []
    reader = threading.Thread(target=lambda: told.append(pipe.read_bytes()))
    reader.start()
    asked = [outputs.Report("markdown", str(link)), outputs.Report("markdown", str(pipe))]
    outputs.write(asked, *contoso(), "README.md")
    reader.join(10)
    assert link.is_symlink()
    assert real.read_bytes() == told[0] == raw("markdown", *contoso(), Style())
    assert real.stat().st_mode & 0o777 == 0o640
    assert pipe.is_fifo()


def test_a_report_whose_package_is_missing_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "xlsxwriter" else there(name))
    assert main(["scan", "no such file", "--report=xlsx=out.xlsx"]) == 2
    said = capsys.readouterr().err
    assert "the xlsx report needs the package xlsxwriter" in said
    assert "pip install 'snapready[xlsx]'" in said
    assert "no such file" not in said


def test_a_workbook_goes_to_standard_output_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scan", *CONTOSO, "--report=xlsx=-"]) == 1
    assert capsysbinary.readouterr().out.startswith(b"PK")
