"""What the tests of plans share: the command line, in this process."""

import pytest

from tests.cli.running import Command


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)
