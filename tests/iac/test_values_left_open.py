"""Values that a plan leaves open, anywhere in any row, never decide anything: what hangs on them is unknown."""

import copy
import json
import random
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.ledger import Ledger
from scanner.model import Fields, Results, Row, Stage
from scanner.policies import BUILT_IN, load
from scanner.scan import Options, scan
from scanner.sources.iac.model import unknown

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso"
POLICIES = [policy for policy in load([BUILT_IN]).values() if policy.id != "sql-vss-copy-backup"]
"""Without the one whose `when` takes an unread mark of SQL Server for none."""
NOW = "2026-11-22T01:00:00Z"
OPEN = unknown("parameter p has no value")


class Given:
    """Rows that are there already, vouched for as a whole."""

    stage: Stage = "live"

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def rows(self, _fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        counts: dict[tuple[str, str], int] = {}
        for row in self._rows:
            key = (row["type"].lower(), row["subscriptionId"].lower())
            counts[key] = counts.get(key, 0) + 1
            yield key[0], {**row, "type": key[0], "subscriptionId": key[1]}
        ledger.count(counts, whole=True)

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        return []

    def choices(self, _subject: str) -> int:
        return 0

    def variants(self) -> list["Given"]:
        return []


def fleet() -> list[Row]:
    rows = [json.loads(line) for line in (CONTOSO / "fleet.ndjson").read_text("utf-8").splitlines()[1:]]
    return [row for row in rows if row.get("subscriptionId")]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place below `properties` and the other members of a row that a plan may leave open."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if path or name not in ("id", "type", "name", "subscriptionId", "resourceGroup"):
            yield (*path, name)
            yield from places(member, (*path, name))


def opened(row: Row, path: tuple[Any, ...]) -> Row:
    """The row with one value left open, and what makes it a plan's."""
    changed = copy.deepcopy(row)
    inside: Any = changed
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = OPEN
    return {**changed, "origin": {"file": "main.json", "line": 1, "column": 1}}


def verdicts(results: Results) -> dict[tuple[str, str], str]:
    return {
        (judged.policy.id, subject.key): outcome.verdict
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
    }


ROWS = fleet()
BEFORE = verdicts(scan(Given(ROWS), POLICIES, Options(now=NOW)))


@pytest.mark.parametrize("seed", range(40))
def test_an_open_value_decides(seed: int) -> None:
    """A few values of one row after the other are left open: no verdict becomes a pass, and none of a pass a fail."""
    chosen = random.Random(seed)
    rows = list(ROWS)
    for _ in range(8):
        at = chosen.randrange(len(rows))
        paths = list(places(rows[at]))
        if paths:
            path = chosen.choice(paths)
            try:
                rows[at] = opened(rows[at], path)
            except TypeError:
                continue  # below a value that is open already
    after = verdicts(scan(Given(rows), POLICIES, Options(now=NOW)))
    for key, verdict in after.items():
        before = BEFORE.get(key)
        assert verdict in (before, "unknown") or (before, verdict) in _EXCUSED, (key, before, verdict)


_EXCUSED = {
    ("not-applicable", "fail"),  # whether it is protected is left open: judged as if it were
    ("not-applicable", "pass"),
}
