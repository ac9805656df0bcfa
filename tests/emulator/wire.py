"""What goes over the wire, apart from the sockets: a request that was read, a reply, and how it is delivered."""

import json
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request; names of headers and of query options are in lower case."""

    method: str
    path: str
    options: dict[str, str]
    headers: dict[str, str]
    raw: bytes = b""
    target: str = ""
    """The path with its options, as it was sent."""

    @property
    def body(self) -> Any:
        """The JSON of the body; None where there is none, or it is no JSON."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """What a fault's `where` is looked for in."""
        return f"{self.method} {self.target} {self.raw.decode('utf-8', 'replace')}"

    @property
    def token(self) -> str:
        """The token of the page that is asked for; "" for a first page."""
        body = self.body
        options = body.get("options") if isinstance(body, dict) else None
        found = options.get("$skipToken") if isinstance(options, dict) else None
        return str(found or self.options.get("$skiptoken", ""))

    @property
    def later(self) -> bool:
        """Whether another page than the first is asked for."""
        body = self.body
        options = body.get("options") if isinstance(body, dict) else None
        return bool(self.token or (isinstance(options, dict) and options.get("$skip")))


@dataclass(slots=True)
class Page:
    """A page of a query's result, each value as JSON text already."""

    columns: list[tuple[str, str]]
    rows: list[tuple[str, ...]]
    total: int
    token: str = ""
    truncated: bool = False
    table: bool = False

    def render(self) -> bytes:
        names = [json.dumps(name) for name, _ in self.columns]
        if self.table:
            columns = json.dumps([{"name": name, "type": kind} for name, kind in self.columns])
            rows = ",".join(f"[{','.join(row)}]" for row in self.rows)
            data = f'{{"columns":{columns},"rows":[{rows}]}}'
        else:
            objects = (",".join(f"{n}:{v}" for n, v in zip(names, row, strict=True)) for row in self.rows)
            data = "[" + ",".join(f"{{{each}}}" for each in objects) + "]"
        head = f'"totalRecords":{self.total},"count":{len(self.rows)},"data":{data},"facets":[]'
        # Resource Graph writes a string here, which is true in Python whatever it says.
        tail = f'"resultTruncated":"{"true" if self.truncated else "false"}"'
        more = f',"$skipToken":{json.dumps(self.token)}' if self.token else ""
        return f"{{{head},{tail}{more}}}".encode()


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    page: Page | None = None
    """Where the body is a page of a query, what it was made from: faults cut pieces out of it."""


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), dict(headers or {}))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a reply goes out: whole, cut (half of the body), slow, reset, or hang (nothing at all, then closed)."""

    how: str = "whole"
    seconds: float = 0.0
