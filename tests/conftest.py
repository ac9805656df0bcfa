"""Property tests are the same on every run; SNAPREADY_RANDOM=1 draws new examples, every night."""

import gc
import os

from hypothesis import settings

settings.register_profile("same", derandomize=not os.environ.get("SNAPREADY_RANDOM"), deadline=None, print_blob=True)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """All tests and what they imported stay to the end: the collector need not walk them again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()
