"""The sockets: an HTTP/1.1 server on the loopback that delivers replies whole, late, in pieces or not at all."""

import contextlib
import io
import socket
import struct
import sys
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from tests.emulator.wire import Delivery, Reply, Request

Answerer = Callable[[Request], tuple[Reply, Delivery]]
Pause = Callable[[int, int, float], None]
_PIECES = 20


class _Written(io.BufferedWriter):
    """Counts what was sent to one caller."""

    written = 0

    def write(self, data: Any) -> int:
        self.written += len(data)
        return super().write(data)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    """One write for headers and body: two would wait for each other's acknowledgement."""

    wfile: _Written

    def setup(self) -> None:
        super().setup()
        self.wfile = _Written(self.connection.makefile("wb", 0))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # a method that nobody expects is an answer as well, and recorded
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """The emulator's own record is better."""

    def _answer(self) -> None:
        server = cast(_Sockets, self.server)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)},
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            self.path,
        )
        reply, delivery = server.answerer(request)
        if delivery.how == "hang":
            self._pause(delivery.seconds)
        if delivery.how in ("hang", "reset"):
            self.close_connection = True
            if delivery.how == "reset":
                server.reset(self.connection)
            return
        self.send_response_only(reply.status)
        marks = {"x-ms-request-id": str(uuid.uuid4()), "x-ms-correlation-request-id": str(uuid.uuid4())}
        kind = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(reply.body))}
        date = {"Date": self.date_time_string()}
        for name, value in {**kind, **marks, **date, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self._deliver(b"" if self.command == "HEAD" else reply.body, delivery)

    def _pause(self, seconds: float) -> None:
        server = cast(_Sockets, self.server)
        if server.pause is None:
            server.stopping.wait(seconds)
        else:
            self.wfile.flush()
            server.pause(self.client_address[1], self.wfile.written, seconds)

    def _deliver(self, body: bytes, delivery: Delivery) -> None:
        if delivery.how == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif delivery.how == "slow":
            size = max(1, len(body) // _PIECES)
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                self.wfile.flush()
                self._pause(delivery.seconds / _PIECES)
        else:
            self.wfile.write(body)


class _Sockets(ThreadingHTTPServer):
    daemon_threads = False
    """Waited for at the end, so that no test leaves a socket behind."""
    request_queue_size = 128

    def __init__(self, answerer: Answerer, port: int, pause: Pause | None) -> None:
        self.answerer = answerer
        self.pause = pause
        self.stopping = threading.Event()
        self.errors: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._resets: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def reset(self, connection: socket.socket) -> None:
        """Makes the end of this connection an RST: lingering for no time at all discards what is left."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self._guard:
            self._resets.add(connection)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
            abrupt = request in self._resets
            self._resets.discard(request)
        if abrupt:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - as its base has them
        """A caller that went away is no news; anything else is a fault of the emulator, told at its end."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)

    def end(self) -> None:
        self.stopping.set()
        self.shutdown()
        with self._guard:
            for connection in self._open:  # those that are kept alive would be waited for
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Server:
    """Bound when it is made, so that its port is known; answers between start and stop.

    `pause` is called where a delivery takes time, with the caller's port, how many bytes were sent to it, and the
    seconds; None: the time passes.
    """

    def __init__(self, answerer: Answerer, port: int = 0, pause: Pause | None = None) -> None:
        self._sockets = _Sockets(answerer, port, pause)
        self.port: int = self._sockets.server_address[1]
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        poll = 0.01
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(poll,), name="emulator")
        self._thread.start()

    def stop(self) -> None:
        if self._thread is None:
            self._sockets.server_close()
            return
        self._sockets.end()
        self._thread.join()
        self._thread = None

    @property
    def errors(self) -> list[BaseException]:
        """What went wrong in the emulator itself, which a caller took for a broken connection."""
        return self._sockets.errors
