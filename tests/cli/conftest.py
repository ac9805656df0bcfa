"""Fixtures of the command line's tests."""

from pathlib import Path

import pytest

from tests.cli.cloud import Cloud
from tests.cli.running import Command


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)
