"""Threads that do work in the order it was given; Python waits for none of them when it ends, as it would for a pool's.

A read that hangs is bounded by minutes, and whoever presses Ctrl-C must not wait for it.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from scanner.sources.azure.clock import Stopped

Given = TypeVar("Given")
Made = TypeVar("Made")
_Task = Callable[[bool], None]


class Crew:
    """`number` threads. Once told to end it begins nothing more, and whoever waits for work not begun gets Stopped."""

    def __init__(self, number: int, name: str) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._ended = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{each}", daemon=True) for each in range(number)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], Made]) -> "Future[Made]":
        future: Future[Made] = Future()

        def task(wanted: bool) -> None:
            try:
                if not wanted:
                    raise Stopped
                future.set_result(work())
            except BaseException as error:  # it is raised again where the result is asked for
                future.set_exception(error)

        with self._lock:
            if self._ended:
                raise Stopped
            self._tasks.put(task)
        return future

    def map(self, function: Callable[[Given], Made], things: Iterable[Given]) -> list[Made]:
        """What the function makes of each thing, in their order; raises what it raised for the first that broke it."""
        futures = [self.submit(partial(function, thing)) for thing in things]
        return [future.result() for future in futures]

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task(not self._ended)

    def end(self) -> None:
        """Begins nothing more; returns at once."""
        with self._lock:
            self._ended = True
            for _ in self._threads:
                self._tasks.put(None)

    def wait(self, until: float) -> None:
        """For the threads to end, no longer than until that time of time.monotonic()."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
