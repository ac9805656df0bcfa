"""A folder with a snapready.yaml, in which commands run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Command

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso"


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes snapready.yaml into the folder that commands run in."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        path = tmp_path / "snapready.yaml"
        path.write_text(text, "utf-8")
        return path

    return write
