"""Fixtures of the command line's tests."""

import pytest

from tests.cli.running import Command


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)
