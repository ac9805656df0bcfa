"""The command as a whole: what it writes, what it never writes over, and how it ends."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import Command
from tests.material import CONTOSO

CASES = Path("policies/outbound-to-storage/cases").resolve()
FAIL = CASES / "fail-internet-is-denied-on-the-subnet.ndjson"
PASS = CASES / "pass-private-subnet-alone-is-no-failure.ndjson"
ONE = ("--select", "outbound-to-storage")


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_later_run_takes_the_place_of_an_earlier_one(snapready: Command, tmp_path: Path) -> None:
    first = snapready("fix", CONTOSO, "-o", tmp_path / "fixes")
    assert first.code == 0
    assert "findings have no repair" in first.out
    before = tree(tmp_path / "fixes")
    assert snapready("fix", CONTOSO, "-o", tmp_path / "fixes").code == 0
    assert tree(tmp_path / "fixes") == before
    (tmp_path / "fixes" / "notes.txt").write_text("mine", "utf-8")
    assert snapready("fix", FAIL, *ONE, "-o", tmp_path / "fixes").code == 0
    left = tree(tmp_path / "fixes")
    assert left.pop("notes.txt") == b"mine"
    assert sorted(left) == sorted(json.loads(left["fixes.json"])["files"]), "nothing of the earlier run is left"


@pytest.mark.parametrize("there", ["README.md", "fixes.json", "01-x/run.sh"])
def test_a_folder_of_somebody_else_is_left_alone(snapready: Command, tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("{}", "utf-8")
    done = snapready("fix", FAIL, *ONE, "-o", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--force" in done.err
    assert tree(tmp_path) == {there: b"{}"}
    assert snapready("fix", FAIL, *ONE, "-o", tmp_path, "--force").code == 0
    assert (tmp_path / there).is_file()


def test_a_list_of_an_earlier_run_that_was_tampered_with_takes_nothing_away(snapready: Command, tmp_path: Path) -> None:
    fixes = tmp_path / "fixes"
    assert snapready("fix", FAIL, *ONE, "-o", fixes).code == 0
    (tmp_path / "victim").write_text("x", "utf-8")
    document = json.loads((fixes / "fixes.json").read_text("utf-8"))
    document["files"] += ["../victim", str(tmp_path / "victim"), "01-x/../../victim"]
    (fixes / "fixes.json").write_text(json.dumps(document), "utf-8")
    assert snapready("fix", FAIL, *ONE, "-o", fixes).code == 0
    assert (tmp_path / "victim").is_file()


def test_where_nothing_fails_a_page_says_so(snapready: Command, tmp_path: Path) -> None:
    done = snapready("fix", PASS, *ONE, "-o", tmp_path / "fixes")
    assert done.code == 0
    assert "0 findings: 0 repairs" in done.out
    assert sorted(tree(tmp_path / "fixes")) == ["README.md", "fixes.json"]


def test_what_was_not_read_whole_is_exit_3_and_said(snapready: Command, tmp_path: Path) -> None:
    text = FAIL.read_text("utf-8")
    cut = tmp_path / "cut.ndjson"
    cut.write_text(text[: text.rindex("{") + 20], "utf-8")
    done = snapready("fix", cut, *ONE, "-o", tmp_path / "fixes")
    assert done.code == 3
    assert "incomplete" in done.err
    assert "**Incomplete:**" in (tmp_path / "fixes" / "README.md").read_text("utf-8")


def test_infrastructure_code_is_mended_where_it_is_written(snapready: Command, tmp_path: Path) -> None:
    done = snapready("fix", "examples/pull-request/bicep/main.json", "-o", tmp_path / "fixes")
    assert done.code == 2
    assert "infrastructure code" in done.err
    assert not (tmp_path / "fixes").exists()


@pytest.mark.parametrize("place", ["a-file", "a-file/below"])
def test_a_folder_that_cannot_be_made_is_said(snapready: Command, tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("x", "utf-8")
    done = snapready("fix", FAIL, *ONE, "-o", tmp_path / place)
    assert done.code == 2
    assert "-o" in done.err
    assert "Traceback" not in done.err


def test_standard_input_is_read_once_and_proved_all_the_same(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    class Given:
        buffer = io.BytesIO(FAIL.read_bytes())

    monkeypatch.setattr(sys, "stdin", Given)
    assert snapready("fix", "-", *ONE, "-o", tmp_path / "piped").code == 0
    assert snapready("fix", FAIL, *ONE, "-o", tmp_path / "read").code == 0
    piped, read = tree(tmp_path / "piped"), tree(tmp_path / "read")
    assert {name for name in piped if piped[name] != read[name]} <= {"fixes.json"}, "but for the name of the source"


def test_waived_findings_are_left_alone(snapready: Command, tmp_path: Path) -> None:
    waivers = tmp_path / "snapready.waivers.yaml"
    waivers.write_text(
        "waivers:\n- {policy: outbound-to-storage, resource: '*', owner: net, reason: closed, expires: 2026-12-31}\n",
        "utf-8",
    )
    done = snapready("fix", FAIL, *ONE, "--waivers", waivers, "-o", tmp_path / "fixes")
    assert done.code == 0
    assert json.loads((tmp_path / "fixes" / "fixes.json").read_text("utf-8"))["waived"] == 1
    assert not list((tmp_path / "fixes").glob("*/run.sh"))


def test_a_policy_of_ones_own_is_told_to_have_no_repair(snapready: Command, tmp_path: Path) -> None:
    shutil.copytree("policies/vault-redundancy", tmp_path / "own" / "my-redundancy")
    done = snapready(
        "fix", CONTOSO, "--policies", tmp_path / "own", "--select", "my-redundancy", "-o", tmp_path / "fixes"
    )
    assert done.code == 0
    assert "no kind of repair is known for this policy" in (tmp_path / "fixes" / "README.md").read_text("utf-8")
