"""What docs/explain.md shows is what the command prints."""

import re
import shlex

import pytest

from scanner.cli import main
from tests.cli.running import ROOT

PAGE = (ROOT / "docs" / "explain.md").read_text("utf-8")
SHOWN = re.findall(r"<!-- (explain .*?) -->\n```\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("call", "shown"), SHOWN, ids=[call for call, _ in SHOWN])
def test_the_page_shows_something_else(
    call: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(call) + ([] if "--error" in call else ["examples/contoso"])) == 0
    assert shown == capsys.readouterr().out


def test_the_page_shows_nothing() -> None:
    assert len(SHOWN) == 3
