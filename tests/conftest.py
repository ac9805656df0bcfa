"""What holds of all tests: properties draw the same examples in every run (SNAPREADY_RANDOM=1: new ones, as every
night), and what never changes is read once."""

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from scanner import policies
from scanner.policy import Adjusted, Policy
from scanner.scoping import Scope
from tests.sources.material import POLICIES

settings.register_profile("same", derandomize=not os.environ.get("SNAPREADY_RANDOM"), deadline=None, print_blob=True)
settings.load_profile("same")

_READ = policies.load
_OURS = {policies.BUILT_IN, POLICIES}


@cache
def _once(folders: tuple[Path, ...]) -> dict[str, Policy]:
    return _READ(folders)


def _load(
    folders: Iterable[Path], adjusted: Adjusted | None = None, scopes: Sequence[tuple[Scope, Adjusted]] = ()
) -> dict[str, Policy]:
    given = tuple(folders)
    if _OURS.issuperset(given) and adjusted in (None, Adjusted()) and not scopes:
        return dict(_once(given))
    return _READ(given, adjusted, scopes)


@pytest.fixture(autouse=True, scope="session")
def policies_are_read_once() -> Iterator[None]:
    """For commands in this process, of which there are thousands; each process of its own reads them for itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "load", _load)
        yield


def pytest_collection_finish() -> None:
    """All tests and what they imported stay to the end: the collector need not walk them again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()
