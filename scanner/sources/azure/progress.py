"""Tells on stderr how far a collection is: one moving line on a terminal, a line now and then in a pipeline's log."""

import sys
import threading
import time
from collections.abc import Callable
from shutil import get_terminal_size
from typing import TextIO

from scanner.model import several
from scanner.sources.azure.collect import Collection

_REDRAW, _HEARTBEAT = 0.2, 20.0


class Progress:
    """Runs beside a collection, from `with` to its end. `log` writes a line of its own in between."""

    def __init__(self, collection: Collection, stream: TextIO | None = None) -> None:
        self._collection = collection
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._drawn = False
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> Callable[[str], None]:
        self._thread.start()
        return self.log

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._clear()

    def log(self, text: str) -> None:
        """One line, which the moving one makes room for."""
        with self._lock:
            self._wipe()
            print(f"snapready: {text}", file=self._stream, flush=True)

    def _clear(self) -> None:
        with self._lock:
            self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False

    def _run(self) -> None:
        while not self._ended.wait(_REDRAW if self._moving else _HEARTBEAT):
            text = said(self._collection, time.monotonic() - self._started)
            if not self._moving:
                self.log(text)
                continue
            with self._lock:
                self._stream.write("\r\x1b[K" + text[: get_terminal_size().columns - 1])
                self._stream.flush()
                self._drawn = True


def said(collection: Collection, seconds: float) -> str:
    """How far it is, in one line."""
    service = collection.service
    chains = list(collection.chains)
    rows = sum(sum(chain.counts.values()) for chain in chains)
    announced = sum(chain.announced or 0 for chain in chains)
    unread = [chain.query.name() for chain in chains if chain.part.result is None]
    parts = [
        f"{seconds:.0f} s",
        several(len(collection.sight.readable), "subscription"),
        f"{rows:,} of {max(announced, rows):,}{' or more' if unread else ''} rows" if announced else f"{rows:,} rows",
        several(sum(service.requests.values()), "request"),
    ]
    views = service.requests.get("instance-view", 0)
    if views:
        parts.append(f"{views:,} instance views")
    if service.pace.waited >= 1:
        parts.append(f"waited {service.pace.waited:.0f} s for the quota")
    if service.retries:
        parts.append(several(service.retries, "was asked again", "were asked again"))
    if unread:
        parts.append(f"reading {', '.join(list(dict.fromkeys(unread))[:3])}")
    return " · ".join(parts)
