"""Serves a generated fleet as Resource Graph would, as fast as pages can be sent: python -m benchmarks.serve FLEET.

Pages are joined once and sent as they are; the queries are ours, so that their types are read off their text. What a
query does is the emulator's business (tests/emulator), not this one's.
"""

import json
import re
import sys
import threading
import time
from collections import defaultdict
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.emulator.quota import Meter, Quota

_TYPES = re.compile(r"type in~ \(([^)]*)\)")
_TYPE = re.compile(rb'"type":"([^"/]+/[^"]+)"').search
_SUBSCRIPTION = re.compile(rb'"subscriptionId":"([^"]+)"').search


class Fleet:
    """The rows of a snapshot by type, as text."""

    def __init__(self, path: str) -> None:
        self.rows: dict[str, list[bytes]] = defaultdict(list)
        subscriptions = set()
        with open(path, "rb") as lines:  # noqa: PTH123 - the fastest way
            taken = datetime.fromisoformat(json.loads(next(lines))["snapready"]["takenAt"])
            self.date = format_datetime(taken, usegmt=True)
            for line in lines:
                kind, subscription = _TYPE(line), _SUBSCRIPTION(line)
                if kind and subscription:
                    self.rows[kind[1].decode().lower()].append(line.rstrip(b"\n"))
                    subscriptions.add(subscription[1].decode().lower())
        self.rows["subscriptions"] = [
            json.dumps({"id": f"/subscriptions/{each}", "subscriptionId": each}).encode() for each in subscriptions
        ]
        for rows in self.rows.values():
            rows.sort()  # not while somebody waits for the first page
        self._pages: dict[tuple[str, ...], list[bytes]] = {}

    def page(self, query: str, at: int, top: int) -> tuple[bytes, int, int]:
        """(rows joined, how many, of how many)."""
        found = _TYPES.search(query)
        types = tuple(found[1].replace("'", "").replace(" ", "").split(",")) if found else ("subscriptions",)
        if types not in self._pages:
            self._pages[types] = sorted(row for name in types for row in self.rows.get(name, ()))
        rows = self._pages[types]
        some = rows[at : at + top]
        return b",".join(some), len(some), len(rows)


class Server(ThreadingHTTPServer):
    """Counts the queries, and keeps the quota."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fleet: Fleet, meter: Meter, latency: float) -> None:
        self.fleet, self.meter, self.latency = fleet, meter, latency
        self.lock = threading.Lock()
        self.queries = self.refused = 0
        self.first = self.last = 0.0
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            let_in, headers = server.meter.count()
            server.queries += let_in
            server.refused += not let_in
            server.first = server.first or time.monotonic()
            server.last = time.monotonic()
        if not let_in:
            self._send(429, b'{"error":{"code":"RateLimiting","message":"too many"}}', headers)
            return
        time.sleep(server.latency)
        options = body["options"]
        at = int(options.get("$skipToken", options.get("$skip", 0)))
        rows, count, total = server.fleet.page(body["query"], at, options["$top"])
        more = b',"$skipToken":"%d"' % (at + count) if at + count < total else b""
        head = b'{"totalRecords":%d,"count":%d,"resultTruncated":"false"' % (total, count)
        self._send(200, b"".join((head, more, b',"facets":[],"data":[', rows, b"]}")), headers)

    def do_GET(self) -> None:
        if self.path.startswith("/told"):
            server: Any = self.server
            told = {"queries": server.queries, "refused": server.refused, "seconds": server.last - server.first}
            self._send(200, json.dumps(told).encode(), {})
        elif "Microsoft.Authorization/permissions" in self.path:
            self._send(200, b'{"value":[{"actions":["*/read"],"notActions":[]}]}', {})
        else:
            self._send(404, b'{"error":{"code":"NotFound","message":"not here"}}', {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, _timestamp: float | None = None) -> str:
        """The service's clock stands when the fleet was taken, so that the same is judged as of the file."""
        server: Any = self.server
        return str(server.fleet.date)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def main() -> None:
    path, quota, latency = sys.argv[1:]
    requests, _, seconds = quota.partition("/")
    meter = Meter(Quota(int(requests), float(seconds)) if seconds else None, time.monotonic)
    server = Server(Fleet(path), meter, float(latency))
    print(server.server_port, flush=True)
    server.serve_forever(0.05)


if __name__ == "__main__":
    main()
