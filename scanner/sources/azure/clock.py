"""The clock of a collection: time that passes, and waits that end when the collection is stopped."""

import threading
import time


class Stopped(Exception):
    """The collection is being given up; whatever runs ends."""


class Clock:
    """`speed`: how many of its seconds pass in one, for tests."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._stopped = threading.Event()

    def now(self) -> float:
        """Seconds, from an arbitrary start."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Raises Stopped when the collection ends meanwhile."""
        if self._stopped.wait(max(0.0, seconds) / self._speed):
            raise Stopped

    def stop(self) -> None:
        self._stopped.set()

    def stopped(self) -> bool:
        return self._stopped.is_set()
