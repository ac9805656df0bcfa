"""Fixtures of the live source's tests: an emulator for a whole module, and the command line with a hasty clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.azure import patience
from tests.azure.world import Bent, Cloud, Hasty, emulator
from tests.cli.running import Command


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr("scanner.live.Clock", Hasty)
    patience.lend(monkeypatch)
    return Command(capsys)


@pytest.fixture(scope="module")
def tenant() -> Iterator[Bent]:
    """One for all tests of a module, so that what they print about it can be compared."""
    with emulator() as found:
        yield found


@pytest.fixture
def cloud(tenant: Bent, snapready: Command, tmp_path: Path) -> Iterator[Cloud]:
    tenant.settle()
    yield Cloud(tenant, snapready, tmp_path)
    tenant.settle()
