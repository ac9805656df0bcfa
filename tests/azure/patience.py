"""A client that loses its patience where the emulator tries it, and never as the machine is busy: no clock runs.

The emulator says behind which byte of a connection it waits for how long, and goes on at once. The client's end of that
connection times out there as it would have, or it is so much later when the next byte comes.
"""

import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

_waits: dict[int, dict[int, float]] = {}
"""Seconds behind so many bytes, by the port of the caller."""
_own = threading.local()
"""`late`: seconds that have passed so for this thread."""


def pause(port: int, sent: int, seconds: float) -> None:
    """The emulator's part; called before it sends what follows."""
    _waits.setdefault(port, {})[sent] = seconds


class _Socket(socket.socket):
    received = 0

    def recv_into(self, buffer: Any, *_: Any) -> int:
        """What has come, as far as the emulator's next wait; that is known of whatever comes behind it."""
        there = super().recv_into(buffer, 0, socket.MSG_PEEK)
        waits = _waits.get(self.getsockname()[1], {})
        seconds = waits.pop(self.received, 0.0)
        limit = self.gettimeout()
        if limit is not None and seconds > limit:
            raise TimeoutError("timed out")
        _own.late = _now() + seconds
        until = min((sent for sent in list(waits) if sent > self.received), default=self.received + there)
        if there:
            there = super().recv_into(buffer, min(there, until - self.received))
        self.received += there
        return there


def _now() -> float:
    found: float = getattr(_own, "late", 0.0)
    return found


def lend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's part."""
    connected = HTTPConnection._new_conn

    def watched(connection: HTTPConnection) -> socket.socket:
        plain = connected(connection)
        limit = plain.gettimeout()
        _waits.pop(plain.getsockname()[1], None)  # of who had this port before
        found = _Socket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        found.settimeout(limit)
        return found

    monkeypatch.setattr(HTTPConnection, "_new_conn", watched)
    monkeypatch.setattr("scanner.sources.azure.wire.time", SimpleNamespace(monotonic=_now))
