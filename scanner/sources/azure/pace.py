"""Keeps to Resource Graph's quota: what its headers say is left decides when the next query is sent."""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scanner.sources.azure.clock import Clock
from scanner.sources.azure.errors import GaveUp

REMAINING, RESETS = "x-ms-user-quota-remaining", "x-ms-user-quota-resets-after"
_RESETS = re.compile(r"(\d+):(\d\d):(\d\d)(\.\d+)?").fullmatch
_FIRST = 3
"""Queries sent before the first reply tells how many there may be."""
_WINDOW = 5.0
_LONGEST_WAY = 0.25
_MARGIN = 0.02
"""Seconds by which a window may end later than its header was read to say."""
_ROUNDED = 1.0
"""Seconds that may be missing where whole ones are told."""


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

    A window's end is the earliest that its replies give. Where that turns out too early (whole seconds rounded down),
    a refusal, or a window that ends in no time, teaches a second of slack for the rest of the run; to meet one
    refusal at the most, the first query after the first window's end goes alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._size = _FIRST
        self._left: int | None = _FIRST
        self._ends = clock.now() + _WINDOW
        self._fresh = True
        """No reply of this window has come yet."""
        self._flying = 0
        self._slack = 0.0
        self._tried = False
        """A window has ended when it was expected to, or the slack is known."""
        self._not_before = 0.0
        self._waiting_until = 0.0
        self._fastest = float("inf")
        self.waited = 0.0
        self.refused = 0

    def enter(self, bound: float) -> float:
        """Waits until a query may be sent, counts it as sent, and gives when that was; raises GaveUp where none may be
        for so long."""
        while pause := self._pause():
            now = self._clock.now()
            closed = self._not_before - now
            if closed > bound:
                raise GaveUp(f"Resource Graph takes no query for {closed:.0f} s more (--retry-for sets the bound)")
            self.waited += max(0.0, now + pause - max(now, self._waiting_until))  # several wait at the same time
            self._waiting_until = max(self._waiting_until, now + pause)
            self._clock.sleep(pause)
        return self._clock.now()

    def _pause(self) -> float:
        """Seconds to wait before asking again; 0: the query is counted."""
        with self._lock:
            now = self._clock.now()
            if now < self._not_before:
                return min(1.0, self._not_before - now)
            if self._left is not None and now >= self._ends + self._slack:
                self._left = max(1, self._size - self._flying) if self._tried else 1
                self._ends, self._fresh, self._tried = now + _WINDOW, True, True
            if self._left == 0:
                return min(1.0, max(0.005, self._ends + self._slack - now)) if not self._fresh else 0.02
            if self._left is not None:
                self._left -= 1
            self._flying += 1
            return 0.0

    def leave(self, headers: Mapping[str, str], status: int, *, sent: float) -> None:
        """A query has ended, with this status or 0 for none; its reply's headers tell what is left.

        They were true some time after `sent`, and whole seconds are mostly rounded up: a part of the fastest way there
        and back is added, so that the next window is not met too early, nor waited for as long as a slow reply takes.
        """
        with self._lock:
            self._flying -= 1
            if status == 429:
                self._refuse(headers)
                return
            after, left = seconds_of(headers.get(RESETS)), _count(headers.get(REMAINING))
            if after is None or left is None:
                if status == 200:  # else somebody on the way answered, who does not know
                    self._left = None  # whoever answers keeps no quota
                elif self._fresh and self._left is not None:
                    self._left = max(1, self._left)  # another one has to tell
                return
            if after == 0:  # nothing is left of the window and it is still this one: rounded down
                self._slack = _ROUNDED
            self._size = max(self._size, left + 1)
            self._fastest = min(self._fastest, self._clock.now() - sent)
            ends = sent + after + _MARGIN + min(_LONGEST_WAY, self._fastest / 4)
            left = max(0, left - self._flying)
            if self._left is None or self._fresh or ends > self._ends + 1.5:
                self._left, self._ends, self._fresh = left, ends, False
            else:
                self._left, self._ends = min(self._left, left), min(self._ends, ends)

    def _refuse(self, headers: Mapping[str, str]) -> None:
        """It came too early: nobody sends for as long as it says."""
        told = told_to_wait(headers)
        self.refused += 1
        self._slack, self._tried = _ROUNDED, True
        self._not_before = max(self._not_before, self._clock.now() + (1.0 if told is None else told) + _MARGIN)


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None
