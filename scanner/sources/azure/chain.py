"""Reads all pages of one query for one group of subscriptions, and proves that they are all, or says what is not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any

import msgspec

from scanner.queries import Query
from scanner.sources.azure.ahead import Ahead
from scanner.sources.azure.crew import Crew
from scanner.sources.azure.errors import AskFailed, Rejected, TooLarge
from scanner.sources.azure.service import Page, Service
from scanner.sources.azure.tidy import Line, line_of
from scanner.sources.spool import Part, Spool

_READINGS = 3
"""How often the pages of one query are read where rows move while they are read."""

Entry = dict[str, Any]
"""What the ledger says of one row type in one subscription: received, and total, or error."""


@dataclass(slots=True)
class Chain:
    """One query, the subscriptions it is put to, and what has come of it."""

    query: Query
    subscriptions: list[str]
    part: Part
    seen: set[int] = field(default_factory=set)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    announced: int | None = None
    top: int = 1000
    _met: set[int] = field(default_factory=set)
    """What the present reading has met."""
    _gone: int = 0
    """By how much fewer rows were announced from one page of it to the next."""

    def read(self, service: Service, spool: Spool, helpers: Crew) -> None:
        """All pages, into the part; goes on where an earlier run stopped. `helpers` ask for pages ahead."""
        state = self._resumed(spool)
        error, whose = "", True
        """What is wrong, and whether Resource Graph can tell which rows are missing."""
        try:
            for reading in range(state.get("reading", 1), _READINGS + 1):
                ahead = Ahead(helpers, partial(self._page_at, service))
                try:
                    if reading > 1:  # whatever was wrong with the first, tokens are what is promised
                        ahead.end()
                    if self._reading(service, spool, reading, state, ahead):
                        break
                finally:
                    ahead.end()
                state = {}
            else:
                error, whose = self._shortage()
        except AskFailed as failure:
            error = failure.message
            whose = isinstance(failure, Rejected)  # else it would not tell that either
        finally:
            service.pace.tell(self.part.name, 0)
        entries = self._entries(service if whose else None, error)
        spool.done(self.part, {"entries": entries, "rows": sum(self.counts.values()), "announced": self.announced})

    def _resumed(self, spool: Spool) -> dict[str, Any]:
        """What an earlier run read is counted again; a second reading begins anew, as what it met is not kept."""
        state = dict(self.part.state)
        for text in spool.so_far(self.part):
            self._count(line_of(text.rstrip(b"\n")))
        self.top = state.get("top", self.top)
        self.announced = state.get("total")
        if state.get("reading", 1) > 1:
            return {"reading": state["reading"]}
        return state

    def _reading(self, service: Service, spool: Spool, reading: int, state: dict[str, Any], ahead: Ahead) -> bool:
        """Reads every page once; True where nothing says that rows were missed."""
        token: str | None = state.get("token")
        met = self._met = set(self.seen) if token is not None else set()
        self._gone = 0
        steady: bool = state.get("steady", True)
        total: int | None = state.get("total")
        tokens: set[str] = set()
        if token is None and state.get("whole"):
            return self._whole(met=self.seen, total=total, steady=steady)
        while True:
            page = ahead.take(len(met), total)
            if page is not None and any(line_of(row).mark in met for row in page.rows[:1]):  # not what was asked for
                ahead.end()
                page = None
            page = page or self._page(service, token)
            if page is None:  # the token is not taken any more: from the start
                return False
            steady = steady and (total is None or page.total == total) and not page.cut_off
            self._gone += max(0, (total or 0) - (page.total or 0))
            total = page.total
            fresh: list[bytes] = []
            for row in page.rows:
                line = line_of(row)
                steady = steady and line.mark not in met
                met.add(line.mark)
                if self._count(line):
                    fresh.append(line.text)
            self.announced = total
            token = page.token
            self._look_ahead(service, ahead, len(met), len(page.rows), steady=steady)
            repeated = token is not None and (token in tokens or not page.rows)
            tokens.add(token or "")
            whole = token is None or repeated
            state = {"reading": reading, "token": token, "top": self.top, "total": total, "steady": steady}
            spool.append(self.part, fresh, {**state, "whole": whole})
            if page.cut_off and token is None:
                raise Rejected("Resource Graph cut the result off (resultTruncated)")
            proved = self._whole(met, total, steady)
            if repeated and not proved:
                raise Rejected("Resource Graph gives the same page again and again")
            if whole:
                return proved

    def _look_ahead(self, service: Service, ahead: Ahead, read: int, size: int, *, steady: bool) -> None:
        """Tells how much is before it, and asks for some of it, but not where rows have moved."""
        left = max(0, (self.announced or 0) - read)
        service.pace.tell(self.part.name, ceil(left / (size or self.top)))
        if steady:
            ahead.go_on(read, size, read + left)
        else:
            ahead.end()

    @staticmethod
    def _whole(met: set[int], total: int | None, steady: bool) -> bool:
        return steady and total is not None and len(met) == total

    def _page_at(self, service: Service, start: int) -> Page:
        """The page after so many rows."""
        return service.query(
            self.query.text(),
            subscriptions=self.subscriptions,
            top=self.top,
            skip=start,
            reader=self.part.name,
            inherited=self.query.inherited,
        )

    def _page(self, service: Service, token: str | None) -> Page | None:
        """One page, smaller where the service says that it would be too large; None where a token is not taken."""
        while True:
            try:
                return service.query(
                    self.query.text(),
                    subscriptions=self.subscriptions,
                    top=self.top,
                    token=token,
                    reader=self.part.name,
                    inherited=self.query.inherited,
                )
            except TooLarge:
                if self.top == 1:
                    raise
                self.top //= 2
            except Rejected:
                if token is None:
                    raise
                return None

    def _count(self, line: Line) -> bool:
        """Whether the row is new; it is counted then."""
        if line.mark in self.seen:
            return False
        self.seen.add(line.mark)
        self.counts[line.subscription, line.type] += 1
        return True

    def _shortage(self) -> tuple[str, bool]:
        """Rows moved in every reading: all readings together are enough if they saw as many as there still are.

        Where some have gone meanwhile, nobody can tell by numbers whose rows are missing.
        """
        received, gone = sum(self.counts.values()), self._gone + len(self.seen - self._met)
        if self.announced is None:
            return "Resource Graph does not say how many rows there are", True
        if received - gone == self.announced:
            return "", True
        moving = f", and {gone} of these went while they were read" if gone else ""
        return f"{received} of {self.announced} rows came{moving}", not gone

    def _entries(self, service: Service | None, error: str) -> dict[str, dict[str, Entry]]:
        """The ledger's entries by subscription and row type; where rows are missing, Resource Graph is asked whose."""
        totals = self._totals(service) if error and service is not None else None
        if totals is not None and not self._told(totals):
            totals = None
        entries: dict[str, dict[str, Entry]] = {}
        for subscription in self._concerned():
            for row_type in self.query.types:
                received = self.counts[subscription, row_type]
                entry: Entry = {"received": received, "total": received}
                if error:
                    total = None if totals is None else totals[subscription, row_type]
                    entry["total"] = total
                    if total is None or received < total:
                        entry["error"] = error
                entries.setdefault(subscription, {})[row_type] = entry
        return entries

    def _told(self, totals: Counter[tuple[str, str]]) -> bool:
        """Whether the numbers tell whose rows are missing: not where nobody lacks any, nor where what is missing lies
        above subscriptions and may hold for each of them."""
        lacking = [key for key, total in totals.items() if self.counts[key] < total]
        return bool(lacking) and all(subscription for subscription, _ in lacking)

    def _concerned(self) -> Iterable[str]:
        return sorted({*self.subscriptions, *(subscription for subscription, _ in self.counts if subscription)})

    def _totals(self, service: Service) -> Counter[tuple[str, str]] | None:
        """Rows by subscription and type, as Resource Graph counts them; None where it does not say."""
        found: Counter[tuple[str, str]] = Counter()
        total: int | None = None
        try:
            counted = service.pages(
                self.query.count(), subscriptions=self.subscriptions, inherited=self.query.inherited
            )
            for page in counted:
                for row in page.rows:
                    count = _counted(row)
                    if count is None:
                        return None
                    found[count[0], count[1]] += count[2]
                total = page.total
        except AskFailed:
            return None
        return found if len(found) == total else None


def _counted(row: Any) -> tuple[str, str, int] | None:
    try:
        value = msgspec.json.decode(row)
    except (msgspec.DecodeError, UnicodeError):
        return None
    if not isinstance(value, dict) or type(value.get("total")) is not int:
        return None
    return str(value.get("subscriptionId") or "").lower(), str(value.get("type")).lower(), value["total"]
