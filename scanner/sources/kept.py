"""A source that is read once and remembered: who asks again gets the same rows, and Azure is not asked twice."""

from collections.abc import Generator, Mapping
from contextlib import closing

from scanner.ledger import Ledger
from scanner.model import Fields, Row, Stage
from scanner.source import Source


class Kept:
    """Rows of a source that cannot be read again (Azure itself, standard input), in memory once they were read.

    The rows that are given are the very ones that are kept: nobody may change them.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._fields: Mapping[str, Fields] | None = None
        self._rows: list[tuple[str, Row]] = []
        self._ledger = Ledger()

    @property
    def stage(self) -> Stage:
        """That of the source."""
        return self._source.stage

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row); later it may be asked for some of the row types, with the same fields."""
        if self._fields is None:
            kept = []
            with closing(self._source.rows(fields, ledger)) as rows:
                for each in rows:
                    kept.append(each)
                    yield each
            self._ledger.take(ledger)
            self._rows, self._fields = kept, fields
            return
        if any(self._fields.get(row_type) != wanted for row_type, wanted in fields.items()):
            raise ValueError("a source that is kept was read for other fields")
        ledger.take(self._ledger)
        yield from (each for each in self._rows if each[0] in fields)

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """What of a plan would settle what is not known of a subject: as the source says."""
        return self._source.hints(subject, wanted)

    def choices(self, subject: str) -> int:
        """How many resources a plan's reference may be to: as the source says."""
        return self._source.choices(subject)

    def variants(self) -> list[Source]:
        """The source's own."""
        return list(self._source.variants())
