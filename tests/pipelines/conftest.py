"""Fixtures of the tests of pipelines."""

from pathlib import Path

import pytest

from tests.pipelines.scripts import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
