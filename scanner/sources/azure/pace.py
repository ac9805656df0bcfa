"""Keeps to Resource Graph's quota: what its headers say is left decides when the next query is sent."""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scanner.sources.azure.clock import Clock
from scanner.sources.azure.errors import GaveUp
from scanner.sources.azure.turns import Turns

REMAINING, RESETS = "x-ms-user-quota-remaining", "x-ms-user-quota-resets-after"
_RESETS = re.compile(r"(\d+):(\d\d):(\d\d)(\.\d+)?").fullmatch
_FIRST = 3
"""Queries sent before the first reply tells how many there may be."""
_WINDOW = 5.0
_LONGEST_WAY = 0.1
_MARGIN = 0.02
"""Seconds by which a window may end later than its header was read to say."""
_ROUNDED = 1.0
"""Seconds that may be missing where whole ones are told."""
_EARLY = 0.1
"""Seconds by which every window is taken to end later after a refusal that has another reason: we were too early, or
somebody else with the same identity was there first."""
_LOOK = 0.02
"""Seconds after which one looks again whether replies have told of more."""


def seconds_of(text: str | None) -> float | None:
    """Seconds of hh:mm:ss, which may have fractions; None for anything else."""
    found = _RESETS((text or "").strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(fraction or 0)


def date_of(text: str) -> datetime | None:
    """A time as HTTP writes it."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def told_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a refusal asks us to wait; None where it does not say."""
    given = headers.get("retry-after", "").strip()
    if given.isdecimal():
        return float(given)
    until = date_of(given)
    if until is not None:  # by the service's own clock: this machine's may go wrong
        return max(0.0, (until - (date_of(headers.get("date", "")) or datetime.now(UTC))).total_seconds())
    resets = seconds_of(headers.get(RESETS))
    return None if resets is None else resets + _ROUNDED


class Pace:
    """One quota, shared by all threads that send queries.

    What may be sent in a window is the least that its replies said was left, less the queries in flight: whether these
    were counted before that reply or will be after it shows when theirs come.

    A window's end is the earliest that its replies give. Where that turns out too early, as whole seconds are rounded
    down, a reply that tells of none teaches a second of slack for the rest of the run; to meet one refusal at the
    most, the first query after the first window's end goes alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._turns = Turns()
        self._size = _FIRST
        self._left: int | None = _FIRST
        """The least that replies of this window said was left; None: nobody keeps a quota."""
        self._begun = clock.now()
        self._ends = self._begun + _WINDOW
        self._fresh = True
        """No reply of this window has come yet."""
        self._alone = False
        """Its first query goes alone."""
        self._flying: list[float] = []
        """When each query in flight was sent."""
        self._slack = 0.0
        self._tried = False
        """A window has ended when it was expected to, or the slack is known."""
        self._not_before = 0.0
        self._waiting_until = 0.0
        self._fastest = float("inf")
        self._usual = 0.0
        """Seconds that a reply takes; the last ones weigh most."""
        self.waited = 0.0
        self.refused = 0

    def tell(self, reader: str, pages: int) -> None:
        """So many pages are before a reader; 0 once it has ended."""
        with self._lock:
            self._turns.tell(reader, pages)

    def enter(self, bound: float, reader: str = "") -> float:
        """Waits until a query may be sent and it is the reader's turn, counts it as sent, and gives when that was;
        raises GaveUp where none may be for so long."""
        while True:
            pause, sent = self._ask(reader)
            if sent is not None:
                return sent
            now = self._clock.now()
            closed = self._not_before - now
            if closed > bound:
                raise GaveUp(f"Resource Graph takes no query for {closed:.0f} s more (--retry-for sets the bound)")
            self.waited += max(0.0, now + pause - max(now, self._waiting_until))  # several wait at the same time
            self._waiting_until = max(self._waiting_until, now + pause)
            self._clock.sleep(pause)

    def _ask(self, reader: str) -> tuple[float, float | None]:
        """When the query was sent, if it may be; else before it the seconds to wait before asking again."""
        with self._lock:
            now = self._clock.now()
            if now < self._not_before:
                return min(1.0, self._not_before - now), None
            if self._left is not None:
                if now >= self._ends + self._slack:
                    self._open(now)
                rest = max(0.005, self._ends + self._slack - now)
                if not self._may(reader, rest):
                    changing = self._fresh or self._in_flight() or self._left
                    return min(_LOOK if changing else 1.0, rest), None
            self._flying.append(now)
            return 0.0, now

    def _open(self, now: float) -> None:
        """A new window, of which nobody has told yet."""
        self._left, self._fresh = self._size, True
        self._alone, self._tried = not self._tried, True
        self._begun, self._ends = now, now + _WINDOW

    def _in_flight(self) -> int:
        """Queries that this window's count may yet meet; those that are under way for a whole window it has met."""
        return sum(sent > self._begun - _WINDOW for sent in self._flying)

    def _may(self, reader: str, rest: float) -> bool:
        """Whether a query is left that is not kept for another reader; none is kept that could not be sent any more."""
        if self._alone:
            return all(sent < self._begun for sent in self._flying)
        rounds = int(rest / (1.3 * self._usual)) if self._usual else 0
        return (self._left or 0) - self._in_flight() > self._turns.kept(reader, rounds)

    def leave(self, headers: Mapping[str, str], status: int, *, sent: float) -> None:
        """A query has ended, with this status or 0 for none; its reply's headers tell what is left.

        They were true some time after it was sent, and whole seconds are mostly rounded up. The first reply of a window
        is taken to have been counted at once, but for a part of the fastest way there and back: as most are. Others
        make the window no shorter than they would if they had been held up on their way there.
        """
        with self._lock:
            self._flying.remove(sent)
            if status == 429:
                self._refuse(headers)
                return
            after, left = seconds_of(headers.get(RESETS)), _count(headers.get(REMAINING))
            if after is None or left is None:
                self._untold(status, sent)
                return
            if after == 0:  # nothing is left of the window and it is still this one: rounded down
                self._slack = _ROUNDED
            self._size = max(self._size, left + 1)
            took = self._clock.now() - sent
            self._fastest = min(self._fastest, took)
            self._usual += (took - self._usual) / (5 if self._usual else 1)
            ends = sent + after + _MARGIN + min(_LONGEST_WAY, self._fastest / 8)
            if self._left is not None and sent < self._begun and ends < self._begun + _WINDOW / 2:
                return  # it was counted in the window before
            if self._left is None or self._fresh or ends > self._ends + 1.5:
                self._left, self._ends, self._fresh, self._alone = left, ends, False, False
            else:
                latest = ends + took - self._fastest
                self._left, self._ends = min(self._left, left), min(self._ends, latest)

    def _untold(self, status: int, sent: float) -> None:
        """A query has ended that may have been counted, and its reply does not tell."""
        if status == 200:  # else somebody on the way answered, who does not know
            self._left = None  # whoever answers keeps no quota
        elif self._left is not None and sent >= self._begun:
            least = self._in_flight() + 1 if self._fresh else 0  # another one has to tell
            self._left = max(least, self._left - 1)

    def _refuse(self, headers: Mapping[str, str]) -> None:
        """It came too early: nobody sends for as long as it says."""
        told = told_to_wait(headers)
        self.refused += 1
        self._tried = True
        self._slack = min(_ROUNDED, self._slack + (_ROUNDED if not seconds_of(headers.get(RESETS)) else _EARLY))
        self._not_before = max(self._not_before, self._clock.now() + (1.0 if told is None else told) + _MARGIN)


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None
