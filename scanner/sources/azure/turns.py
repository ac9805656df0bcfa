"""Whose turn it is where not all can send: who has most pages before it, as its pages come one after the other."""

_MOST = 2
"""Queries of one window that are kept for one reader."""


class Turns:
    """How many pages each reader has before it. Not for two threads at once."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}

    def tell(self, reader: str, pages: int) -> None:
        """So many are still to be read; 0: it needs no turn any more."""
        self._before[reader] = pages

    def kept(self, reader: str, rounds: int) -> int:
        """Queries kept for those with more before them than this reader, of whom each could send so many."""
        mine = self._before.get(reader)
        if mine is None:  # nobody knows yet how long it is
            return 0
        most = min(rounds, _MOST)
        return sum(min(pages - mine, most) for pages in self._before.values() if pages > mine)
