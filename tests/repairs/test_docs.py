"""What docs/fixes.md shows is what the command writes."""

import re
from pathlib import Path

import pytest

from scanner.repairs.kinds import kinds
from tests.cli.running import ROOT, Command

PAGE = (ROOT / "docs" / "fixes.md").read_text("utf-8")


def test_the_page_shows_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    done = Command(capsys)("fix", "examples/contoso", "-o", "fixes")
    shown = re.findall(r"<!-- fixes: (\S+) -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert len(shown) == 2
    for name, text in shown:
        assert text == (done.out if name == "stdout" else (tmp_path / "fixes" / name).read_text("utf-8"))
    for folder in re.findall(r"bash fixes/(\S+)", PAGE):
        assert (tmp_path / "fixes" / folder).is_file()


def test_the_page_speaks_of_every_policy() -> None:
    for kind in kinds().values():
        for policy in kind.policies:
            assert f"`{policy}`" in PAGE, policy
