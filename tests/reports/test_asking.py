"""How reports are asked for: formats, files, the anchor; and what the documentation says of them."""

import re
from pathlib import Path

import pytest

from scanner import outputs, yaml12
from scanner.cli import main
from scanner.model import SnapreadyError
from scanner.reports import formats
from tests.reports.scans import CONTOSO, ROOT

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
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == [
        "text",
        "markdown",
        "html",
        "junit",
        "sarif-github",
        "sarif",
        "json",
    ]
    assert {*re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)} == {*formats()}


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
