"""How one thing after another is asked for: several at a time, kept in order, tallied by subscription."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from scanner.sources.azure.crew import Crew
from scanner.sources.azure.errors import AskFailed, Missing, Refused, Rejected
from scanner.sources.azure.service import Service
from scanner.sources.azure.tidy import Line, line_of_value
from scanner.sources.spool import Part, Spool

PAGE = 64
"""Requests whose replies are kept as one page."""
_ENOUGH = 3
"""Refusals in one subscription, with nothing allowed there before, after which it is not asked on."""


@dataclass(slots=True)
class Tally:
    """What came of one kind of request, by subscription; `right`: what a refusal says is missing."""

    row_type: str
    right: str
    asked: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)

    def hopeless(self, subscription: str) -> bool:
        return self.refused[subscription] >= _ENOUGH and not self.received[subscription]

    def entries(self) -> dict[str, dict[str, Any]]:
        """As the ledger has them. A right that is missing is no error: what it would show is not known."""
        found: dict[str, dict[str, Any]] = {}
        for subscription, asked in sorted(self.asked.items()):
            entry: dict[str, Any] = {"received": self.received[subscription], "total": asked}
            if subscription in self.failed:
                entry["error"] = self.failed[subscription]
            elif self.refused[subscription]:
                entry["needs"] = self.right
            found[subscription] = {self.row_type: entry}
        return found

    def state(self) -> dict[str, Any]:
        return {
            "asked": dict(self.asked),
            "received": dict(self.received),
            "refused": dict(self.refused),
            "failed": self.failed,
        }

    def go_on(self, state: dict[str, Any]) -> None:
        for name, kept in (("asked", self.asked), ("received", self.received), ("refused", self.refused)):
            kept.update(state.get(name, {}))
        self.failed.update(state.get("failed", {}))


@dataclass(frozen=True, slots=True)
class Desk:
    """What every collector below works with: where to ask, where to keep, and who asks at the same time."""

    service: Service
    spool: Spool
    helpers: Crew
    taken_at: str

    def each(
        self,
        part: Part,
        tally: Tally,
        things: Sequence[Any],
        subscription_of: Callable[[Any], str],
        ask: Callable[[Any], list[dict[str, Any]] | None],
    ) -> None:
        """Asks once for each thing, several at a time, keeps the rows in their order, and closes the part.

        `ask` gives the rows, or None where the thing is no more. A later run goes on after the last page kept.
        """
        tally.go_on(part.state)
        done = part.state.get("done", 0)
        rest = iter(things[done:])
        while batch := list(islice(rest, PAGE)):
            replies = self.helpers.map(lambda thing: self._one(tally, subscription_of(thing), ask, thing), batch)
            lines: list[bytes] = []
            for thing, (rows, error) in zip(batch, replies, strict=True):
                _note(tally, subscription_of(thing), rows, error)
                lines += [line.text for line in rows or ()]
            done += len(batch)
            self.spool.append(part, lines, {**tally.state(), "done": done})
        self.spool.done(part, {"entries": tally.entries(), "rows": sum(tally.received.values())})

    def _one(
        self, tally: Tally, subscription: str, ask: Callable[[Any], list[dict[str, Any]] | None], thing: Any
    ) -> tuple[list[Line] | None, AskFailed | None]:
        if tally.hopeless(subscription):
            return None, Refused(tally.right)
        try:
            rows = ask(thing)
        except AskFailed as error:
            return None, error
        return None if rows is None else [line_of_value(row) for row in rows], None


def _note(tally: Tally, subscription: str, rows: list[Line] | None, error: AskFailed | None) -> None:
    if isinstance(error, Missing) or (rows is None and error is None):
        tally.asked[subscription] += 0  # it has gone meanwhile
        return
    tally.asked[subscription] += 1 if rows is None else len(rows)
    if rows is not None:
        tally.received[subscription] += len(rows)
    elif isinstance(error, Refused):
        tally.refused[subscription] += 1
    elif error is not None:
        tally.failed.setdefault(subscription, error.message)


def members(reply: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list in a reply; raises Rejected where it is none, as an empty one would mean something."""
    found = reply.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Rejected(f"the reply has no list of objects named {name}")
    return found


def pages_of(service: Service, kind: str, path: str, subscription: str, **parameters: str) -> Iterator[dict[str, Any]]:
    """The members of a list, followed to its end."""
    reply = service.get(kind, path, subscription=subscription, **parameters)
    seen = set()
    while True:
        yield from members(reply, "value")
        link = reply.get("nextLink")
        if not isinstance(link, str) or not link or link in seen:
            return
        seen.add(link)
        reply = service.get(kind, link, subscription=subscription)
