"""Small rows of an invented type, three policies on it, and short ways to read and to judge what a file holds."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.gate import Decision, Gate, decide
from scanner.ledger import Ledger
from scanner.model import Fields, Problem, Results, Row, Verdict, cut
from scanner.policies import load
from scanner.policy import Policy
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files, Snapshot, files_of

POLICIES = Path(__file__).parent / "policies"
"""widget-ok (error), widget-tagged (warning), widget-named (note)."""

WIDGET = "contoso.things/widgets"
PART = "contoso.things/parts"
SUB = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-8888-7777-6666-555555555555"
NOW = "2026-11-22T01:00:00Z"

FIELDS: dict[str, Fields] = {WIDGET: {"name": {}, "tags": {}, "properties": {"ok": {}, "used": {}}}}
HEAD: Fields = {"id": {}, "type": {}, "subscriptionId": {}}


def widget_id(name: str = "w1", subscription: str = SUB) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/rg/providers/Contoso.Things/widgets/{name}"


def widget(name: str = "w1", ok: Any = True, *, subscription: str = SUB, kind: str = WIDGET, **properties: Any) -> Row:
    """A widget that all three policies pass."""
    return {
        "id": widget_id(name, subscription),
        "name": name,
        "type": kind,
        "subscriptionId": subscription,
        "tags": {"owner": "ops"},
        "properties": {"ok": ok, "used": True, **properties},
    }


def widgets(count: int) -> list[Row]:
    return [widget(f"w{number}") for number in range(1, count + 1)]


def header(collected: Mapping[str, Any] | None = None, *, subscription: str = SUB, **more: Any) -> Row:
    """A snapshot's first line; `collected` is of one subscription."""
    return {"snapready": {"version": 1, "takenAt": NOW, "collected": {subscription: dict(collected or {})}, **more}}


def counted(received: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    return {"received": received, "total": received if total is None else total, **more}


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def ndjson(values: Iterable[Any]) -> bytes:
    return b"".join(compact(value) + b"\n" for value in values)


def az_graph(rows: list[Row], **more: Any) -> dict[str, Any]:
    """What `az graph query -o json` prints."""
    return {"count": len(rows), "data": rows, "skip_token": None, "total_records": len(rows), **more}


def table(rows: list[Row]) -> dict[str, Any]:
    """The old columns and rows of Resource Graph's REST API."""
    names = list(rows[0]) if rows else ["id", "type"]
    columns = [{"name": name, "type": "string"} for name in names]
    return {"columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}


def rest(data: Any, count: int, **more: Any) -> dict[str, Any]:
    """A reply of Resource Graph's REST API."""
    return {"totalRecords": count, "count": count, "data": data, "facets": [], "resultTruncated": "false", **more}


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@dataclass(frozen=True)
class Reading:
    """What a source made of some files."""

    rows: list[tuple[str, Row]]
    ledger: Ledger

    def problems(self) -> list[Problem]:
        return self.ledger.problems

    def names(self) -> list[str]:
        return [row["id"].rsplit("/", 1)[-1] for _, row in self.rows]

    def plain(self, fields: Mapping[str, Fields] | None = None) -> list[tuple[str, Row]]:
        """The rows with the fields that are asked for and no others, as every form must give them."""
        wanted = FIELDS if fields is None else fields
        return [(kind, cut(row, {**HEAD, **wanted[kind]})) for kind, row in self.rows]

    def incomplete(self) -> bool:
        return any(problem.incomplete for problem in self.problems())


def read(*paths: Path | str, fields: Mapping[str, Fields] | None = None, collected: Iterable[str] = ()) -> Reading:
    """What the files hold of the asked types; everything is read."""
    ledger = Ledger(asserted=frozenset(collected))
    files = files_of([str(path) for path in paths])
    rows = list(Snapshot(files, FIELDS if fields is None else fields, ledger).rows())
    return Reading(rows, ledger)


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@cache
def policies() -> tuple[Policy, ...]:
    return tuple(load([POLICIES]).values())


def judge(*paths: Path | str, only: str = "", collected: Iterable[str] = (), gate: Gate | None = None) -> "Verdicts":
    """The files judged by the three policies, or by one."""
    chosen = [policy for policy in policies() if only in ("", policy.id)]
    results = scan(Files([str(path) for path in paths]), chosen, Options(now=NOW, collected=frozenset(collected)))
    return Verdicts(results, decide(results, gate or Gate()))


@dataclass(frozen=True)
class Verdicts:
    results: Results
    decision: Decision

    def of(self, policy: str) -> dict[str, Verdict]:
        """Verdicts of one policy by the subject's name."""
        found = next(judged for judged in self.results.judged if judged.policy.id == policy)
        return {subject.name: outcome.verdict for subject, outcome in zip(found.subjects, found.outcomes, strict=True)}
