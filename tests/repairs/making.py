"""Books of repairs of saved rows, and the rows as they would be, written down by a hand that knows no scanner."""

import json
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from scanner.ledger import Ledger
from scanner.model import Fields, Outcome, Row, Stage
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy
from scanner.repairs.model import Book, Finding
from scanner.repairs.tell import tell
from scanner.scan import Options, scan
from scanner.sources.edited import Edits
from scanner.sources.snapshot import Files
from tests.material import CONTOSO
from tests.rows import TAKEN_AT

OPTIONS = Options(TAKEN_AT)
LIBRARY = load([BUILT_IN])


def policies(*names: str) -> list[Policy]:
    return [LIBRARY[name] for name in names or sorted(LIBRARY)]


@cache
def contoso() -> Book:
    """The repairs of the example fleet by all policies, told once for all tests."""
    return book_of(CONTOSO)


def book_of(*paths: Path | str, by: Sequence[Policy] | None = None) -> Book:
    return tell(Files([str(path) for path in paths]), by or policies(), OPTIONS)


def verdicts(path: Path | str, by: Sequence[Policy]) -> dict[tuple[str, str], Outcome]:
    results = scan(Files([str(path)]), by, OPTIONS)
    assert not results.incomplete(), results.run.problems
    return {
        (one.policy.id, subject.key): outcome
        for one in results.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }


def edited(path: Path, edits: Edits, to: Path) -> Path:
    """A snapshot with the edits made to its lines, and a header that still counts them."""
    lines: list[Any] = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    head = next((one for one in lines if "snapready" in one), None)
    rows = [one for one in lines if "snapready" not in one]
    was = Counter(row["type"].lower() for row in rows)
    rows = [row for row in rows if not any(_within(row["id"].lower(), key) for key in edits.removed)]
    rows = [edits.replaced[row["id"].lower()](row) if row["id"].lower() in edits.replaced else row for row in rows]
    added = {row["id"].lower() for row in edits.added}
    rows = [row for row in rows if row["id"].lower() not in added]
    rows += [{**row, "subscriptionId": row["id"].split("/")[2]} for row in edits.added]
    now = Counter(row["type"].lower() for row in rows)
    if head is not None:
        for kinds in head["snapready"]["collected"].values():
            for kind, claim in kinds.items():
                more = now[kind.lower()] - was[kind.lower()]
                for name in ("received", "total"):
                    if name in claim:
                        claim[name] += more
    text = "".join(json.dumps(one) + "\n" for one in ([head] if head else []) + rows)
    to.write_text(text, "utf-8")
    return to


def _within(identity: str, key: str) -> bool:
    return identity == key or identity.startswith(f"{key}/")


class Rows:
    """Rows as a source that was read whole."""

    stage: Stage = "live"

    def __init__(self, rows: Iterable[Row]) -> None:
        self.given = [{**row, "subscriptionId": row["id"].split("/")[2]} for row in rows]

    def rows(self, _: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        counts = Counter((row["type"].lower(), row["subscriptionId"].lower()) for row in self.given)
        for row in self.given:
            yield row["type"].lower(), row
        ledger.count(dict(counts), whole=True)

    def hints(self, _subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        return []

    def choices(self, _subject: str) -> int:
        return 0

    def variants(self) -> list["Rows"]:
        return []


def judged(rows: Iterable[Row], by: Sequence[Policy]) -> dict[tuple[str, str], Outcome]:
    results = scan(Rows(rows), by, OPTIONS)
    return {
        (one.policy.id, subject.key): outcome
        for one in results.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }


def told_of(book: Book) -> Counter[tuple[str, str]]:
    """How often each finding is spoken of."""
    closes: Iterable[Finding] = (finding for one in book.repairs for finding in one.repair.closes)
    return Counter(finding.key for finding in (*closes, *(each for one in book.without for each in one.findings)))


def rows_in(path: Path) -> list[Row]:
    return [row for line in path.read_text("utf-8").splitlines() if "snapready" not in (row := json.loads(line))]
