"""Keeping to the quota against the emulator's own meter, and the bound on trying again."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from scanner.sources.azure.clock import Clock, Stopped
from scanner.sources.azure.clouds import place
from scanner.sources.azure.errors import GaveUp
from scanner.sources.azure.pace import Pace, date_of, seconds_of, told_to_wait
from scanner.sources.azure.service import Service
from scanner.sources.azure.signin import Identity
from tests.azure.test_windows import Still
from tests.azure.world import Hasty, emulator, fault
from tests.emulator import Faults, Quota
from tests.emulator.quota import Meter


class Counted(Meter):
    """Counts its windows: a caller that uses each of them well needs few."""

    windows = 0

    def count(self) -> tuple[bool, dict[str, str]]:
        before = self._end
        found = super().count()
        self.windows += self._end != before
        return found


class Shared(Clock):
    """The clock of several threads, of which one runs at a time: the others wait, and who waits least is next.

    So the same happens however busy the machine is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._time, self._turn = 1000.0, threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._running: int | None = None

    def now(self) -> float:
        return self._time

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """All of these, each in a thread of its own, to their ends."""
        tickets = [self._ticket(0.0) for _ in works]
        with ThreadPoolExecutor(len(works)) as pool:
            done = [pool.submit(self._alone, *each) for each in zip(tickets, works, strict=True)]
            self._next()
        for each in done:
            each.result()

    def sleep(self, seconds: float) -> None:
        ticket = self._ticket(seconds)
        self._next()
        self._wait(ticket)

    def _alone(self, ticket: int, work: Callable[[], None]) -> None:
        self._wait(ticket)
        try:
            work()
        finally:
            self._next()

    def _ticket(self, seconds: float) -> int:
        number = next(self._numbers)
        heapq.heappush(self._waiting, (self._time + seconds, number))
        return number

    def _wait(self, ticket: int) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._running == ticket)

    def _next(self) -> None:
        with self._turn:
            if self._waiting:
                self._time, self._running = heapq.heappop(self._waiting)
                self._turn.notify_all()


def run(quota: Quota | None, queries: int, *, threads: int = 6, takes: float = 0.3) -> tuple[Counted, Pace, int]:
    """Sends so many queries from several threads, and counts those refused."""
    clock = Shared()
    meter, pace = Counted(quota, clock.now), Pace(clock)
    left, refused = iter(range(queries)), [0]

    def queue() -> None:
        for _ in left:
            one()

    def one() -> None:
        while True:
            sent = pace.enter(300.0)
            clock.sleep(takes / 2)
            let_in, headers = meter.count()
            refused[0] += not let_in
            clock.sleep(takes / 2)
            lower = {name.lower(): value for name, value in headers.items()}
            pace.leave(lower, 200 if let_in else 429, sent=sent)
            if let_in:
                return

    clock.run([queue] * threads)
    return meter, pace, refused[0]


@pytest.mark.parametrize(("threads", "takes"), [(1, 0.05), (2, 0.3), (6, 0.3), (6, 1.1), (20, 0.05), (20, 1.1)])
@pytest.mark.parametrize("rounding", ["up", "down", "exact"])
def test_the_quota_is_kept_and_used(rounding: str, threads: int, takes: float) -> None:
    """One refusal at the most, which tells that the header is rounded down; and nothing is left of any window."""
    meter, pace, refused = run(Quota(rounding=rounding), 90, threads=threads, takes=takes)
    assert refused == pace.refused <= (rounding == "down")
    assert meter.windows == 90 / 15


def test_without_a_quota_nobody_waits() -> None:
    _, pace, refused = run(None, 300)
    assert refused == 0
    assert pace.waited < 5  # for the first reply, and not for a window's end


def test_who_answers_without_telling_a_quota_keeps_none() -> None:
    pace = Pace(Still())
    sent = pace.enter(1.0)
    pace.leave({}, 200, sent=sent)
    for _ in range(200):
        pace.enter(1.0)
    assert pace.waited == 0


def test_a_gateway_that_knows_no_quota_does_not_lift_it() -> None:
    """An error page of somebody on the way says nothing of the quota."""
    clock = Still()
    clock.patient = True
    pace = Pace(clock)
    told = {"x-ms-user-quota-remaining": "2", "x-ms-user-quota-resets-after": "00:00:05"}
    sent = pace.enter(1.0)
    pace.leave(told, 200, sent=sent)
    for _ in range(2):
        sent = pace.enter(1.0)
        pace.leave({}, 503, sent=sent)
    before = clock.now()
    pace.enter(1.0)
    assert clock.now() - before > 1.0


def test_a_closed_door_is_not_waited_for_beyond_the_bound() -> None:
    pace = Pace(Still())
    sent = pace.enter(1.0)
    pace.leave({"retry-after": "3600"}, 429, sent=sent)
    with pytest.raises(GaveUp, match="takes no query for 3600 s"):
        pace.enter(300)


def test_a_wait_ends_when_the_collection_does() -> None:
    clock = Clock()
    pace = Pace(clock)
    sent = pace.enter(1.0)
    pace.leave({"retry-after": "60"}, 429, sent=sent)
    threading.Timer(0.02, clock.stop).start()
    with pytest.raises(Stopped):
        pace.enter(300)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:05", 5.0), ("01:02:03", 3723.0), ("00:00:04.5", 4.5), (" 00:00:01 ", 1.0), ("5", None), ("", None)],
)
def test_what_the_headers_say(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds
    # Whole seconds may have been rounded down, to none.
    told = told_to_wait({"x-ms-user-quota-resets-after": text})
    assert told == (None if seconds is None else seconds + 1)
    assert told_to_wait({"x-ms-user-quota-resets-after": text, "retry-after": "9"}) == 9.0


def test_a_date_is_read_by_the_clock_of_who_wrote_it() -> None:
    headers = {"retry-after": "Sun, 01 Jan 2040 00:00:30 GMT", "date": "Sun, 01 Jan 2040 00:00:00 GMT"}
    assert told_to_wait(headers) == 30.0
    assert told_to_wait({**headers, "date": "Sun, 01 Jan 2040 00:01:00 GMT"}) == 0.0
    assert date_of("soon") is None


class Waits(Hasty):
    """Writes down what is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        super().sleep(seconds)


@pytest.mark.parametrize("bound", [0.0, 10.0, 60.0])
@pytest.mark.parametrize("kind", ["500", "429-bare", "reset"])
def test_nothing_is_tried_longer_than_the_bound(kind: str, bound: float) -> None:
    with emulator([], subscriptions=["s"]) as found:
        found.faults = Faults([fault(kind, "", None)])
        clock = Waits()
        service = Service(place("public", found.url), Identity(None, ""), clock, retry_for=bound)
        with pytest.raises(GaveUp):
            service.query("resources | project id")
        assert sum(each for each in clock.waited if each > 0.05) <= bound  # the others are the pace's
        sent = len(found.requests)
        assert sent == 1 if bound == 0 else sent > 1
        service.close()


def test_after_several_were_given_up_the_others_are_tried_once() -> None:
    with emulator([], subscriptions=["s"]) as found:
        found.faults = Faults([fault("500", "", None)])
        service = Service(place("public", found.url), Identity(None, ""), Hasty(), retry_for=8.0)
        for _ in range(8):
            with pytest.raises(GaveUp, match="500 InternalServerError"):
                service.query("resources | project id")
        before = len(found.requests)
        with pytest.raises(GaveUp, match="asked once"):
            service.query("resources | project id")
        assert len(found.requests) == before + 1
        service.close()
