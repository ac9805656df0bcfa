"""What a scan asks of wherever rows come from: saved files, Azure itself, plans, or any of these with edits."""

from collections.abc import Generator, Mapping, Sequence
from typing import Protocol

from scanner.ledger import Ledger
from scanner.model import Fields, Row, Stage


class Source(Protocol):
    """Where rows come from."""

    @property
    def stage(self) -> Stage:
        """Whether they are of what runs, of a plan, or of a plan laid over what runs."""

    def rows(self, fields: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        """(row type in lower case, row) with at least these fields; what could not be read goes to the ledger."""

    def hints(self, subject: str, wanted: Mapping[str, Fields]) -> list[str]:
        """What of a plan would settle what is not known of a subject (its id in lower case)."""

    def choices(self, subject: str) -> int:
        """How many resources the one reference of a plan may be to that a subject hangs on; 0: none, or several."""

    def variants(self) -> Sequence["Source"]:
        """The source with every such reference settled, one way after the other."""
