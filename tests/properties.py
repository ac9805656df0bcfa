"""How many examples a property is tried on: some with every change, SNAPREADY_TIMES as many where there is time."""

import os
from typing import Any

from hypothesis import settings

TIMES = float(os.environ.get("SNAPREADY_TIMES", "1"))


def examples(number: int, **more: Any) -> settings:
    """The settings of a property that is tried on so many examples in the usual run."""
    return settings(max_examples=max(1, round(number * TIMES)), deadline=None, **more)
