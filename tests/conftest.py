"""Property tests are the same on every run; SNAPREADY_RANDOM=1 draws new examples, for a hunt."""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=not os.environ.get("SNAPREADY_RANDOM"), deadline=None, print_blob=True)
settings.load_profile("same")
