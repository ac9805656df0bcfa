"""Asks for a long query's next pages while those before them are on their way: by the rows before them, not a token.

A token comes with the page before; $skip, with rows in a fixed order, says the same (Microsoft Learn, "Working with
large Azure resource data sets", 2021-05-17: --first 1000 --skip 3000). Whether all rows came is proved by the reading.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from scanner.sources.azure.clock import Stopped
from scanner.sources.azure.crew import Crew
from scanner.sources.azure.errors import Rejected, TooLarge
from scanner.sources.azure.service import Page

_LONG = 20
"""Pages before a reading from which on it is worth it."""
DEEP = 3
"""Pages of one reading that are asked for at the same time."""


@dataclass(slots=True)
class Ahead:
    """The pages of one reading that were asked for before their turn. `ask`: gives the page that begins after so many
    rows. Where one is not what the page before it leads to, none is asked for any more, and tokens lead on."""

    crew: Crew
    ask: Callable[[int], Page]
    _asked: dict[int, Future[Page]] = field(default_factory=dict)
    _over: bool = False
    _began: bool = False

    def take(self, at: int, total: int | None) -> Page | None:
        """The page after so many rows, if it was asked for and is what was asked for."""
        future = self._asked.pop(at, None)
        if future is None:
            self._over = self._over or bool(self._asked)  # those that were asked for begin elsewhere
        if future is None or self._over:
            return None
        try:
            page = future.result()
        except (Rejected, TooLarge):  # in its turn it is asked for again, as every page is
            self.end()
            return None
        ends = page.token is None and at + len(page.rows) != total
        if page.cut_off or page.total != total or not page.rows or ends:
            self.end()
            return None
        return page

    def go_on(self, at: int, size: int, total: int) -> None:
        """So many rows have been read, the last page held `size`, and so many are announced."""
        if self._over or not size or not (self._began or total - at > _LONG * size):
            return
        self._began = True
        for start in range(at, min(total, at + DEEP * size), size):
            if start not in self._asked:
                self._asked[start] = self.crew.submit(partial(self._page, start))

    def _page(self, start: int) -> Page:
        if self._over:
            raise Stopped
        return self.ask(start)

    def end(self) -> None:
        """What has not been sent is not asked for."""
        self._over = True
