"""What is sent in each window of the quota, in which order, and when the next begins, on a clock that stands still."""

import random
from collections.abc import Mapping

import pytest

from scanner.sources.azure.clock import Clock
from scanner.sources.azure.pace import Pace
from scanner.sources.azure.turns import Turns
from tests.emulator import Quota
from tests.emulator.quota import Meter

LATE = 0.2
"""Seconds after a window's end by which the next one has begun."""


class Waits(Exception):
    """Somebody would have to wait."""


class Still(Clock):
    """Its time passes only as it is told to, or (`patient`) as somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0
        self.patient = False

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if not self.patient:
            raise Waits
        self.time += seconds


class Service:
    """A service with a quota, and one who keeps to it. Queries are counted as they are sent, replies come when told."""

    def __init__(self, quota: Quota | None = None) -> None:
        self.clock = Still()
        self.meter = Meter(quota or Quota(), self.clock.now)
        self.pace = Pace(self.clock)
        self.let_in = self.refused = 0

    def send(self, reader: str = "") -> tuple[float, bool, Mapping[str, str]]:
        return self.pace.enter(300.0, reader), *self.count()

    def count(self) -> tuple[bool, Mapping[str, str]]:
        let_in, headers = self.meter.count()
        self.let_in += let_in
        self.refused += not let_in
        return let_in, {name.lower(): value for name, value in headers.items()}

    def reply(self, sent: tuple[float, bool, Mapping[str, str]]) -> None:
        at, let_in, headers = sent
        self.pace.leave(headers, 200 if let_in else 429, sent=at)

    def ask(self, times: int = 1, takes: float = 0.1) -> None:
        """So many queries, one after the other."""
        for _ in range(times):
            sent = self.send()
            self.clock.time += takes
            self.reply(sent)

    def next_window(self) -> float:
        """Waits for it and asks once; gives how long that took."""
        before, self.clock.patient = self.clock.time, True
        self.ask(takes=0.0)
        self.clock.patient = False
        return self.clock.time - before

    def left(self) -> int:
        """How many more can be sent without waiting."""
        flying = []
        try:
            while True:
                flying.append(self.send())
        except Waits:
            for each in flying:
                self.reply(each)
            return len(flying)


def second_window(quota: Quota | None = None) -> Service:
    """After the first one, of which nothing is known before it is told."""
    service = Service(quota)
    service.ask(15)
    service.next_window()
    service.ask(14)
    service.next_window()
    return service


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("together", [2, 6, 18])
def test_all_of_a_window_is_used_in_whatever_order_replies_come(seed: int, together: int) -> None:
    dice, service = random.Random(seed), second_window()
    sent, flying = 1, list[tuple[float, bool, Mapping[str, str]]]()
    while True:
        if len(flying) < together and dice.random() < 0.7:
            try:
                flying.append(service.send())
                sent += 1
                continue
            except Waits:
                if not flying:
                    break
        if flying:
            service.clock.time += 0.01
            service.reply(flying.pop(dice.randrange(len(flying))))
    assert (sent, service.refused) == (15, 0)


def test_what_others_take_of_the_same_quota_is_left_to_them() -> None:
    service = second_window()
    for _ in range(5):
        service.count()
    service.ask()
    assert service.left() == 15 - 1 - 5 - 1
    assert service.refused == 0


def test_a_query_in_flight_when_a_window_ends_may_be_counted_in_the_next() -> None:
    """And its reply, should it be of the window before, does not count in this one."""
    service = second_window()
    service.clock.time += 1.0
    held_up = service.send()
    service.clock.time += 4.2
    first = service.send()
    service.reply(first)
    assert service.left() == 13
    service.reply(held_up)
    assert service.left() == 1
    assert service.refused == 0


def test_a_reply_that_never_comes_costs_one_window_at_most() -> None:
    service = second_window()
    service.send()
    for left in (13, 15, 15):
        assert service.left() == left
        service.clock.time += 5.2


def test_an_error_without_headers_may_have_been_counted() -> None:
    service = second_window()
    at, *_ = service.send()
    service.pace.leave({}, 503, sent=at)
    assert service.left() == 13


def test_a_query_that_is_held_up_on_its_way_makes_no_window_shorter() -> None:
    service = second_window()
    begun = service.clock.time
    at = service.pace.enter(1.0)
    service.clock.time += 1.01
    service.reply((at, *service.count()))  # of five seconds four are left, which sounds like a second less
    service.ask(13, takes=0.05)
    service.next_window()
    assert 5.0 <= service.clock.time - begun < 5 + LATE
    assert service.refused == 0


@pytest.mark.parametrize("rounding", ["up", "exact", "down"])
def test_a_window_begins_soon_after_the_last_one_has_ended(rounding: str) -> None:
    """A second later where the header turns out to be rounded down."""
    service = Service(Quota(rounding=rounding))
    service.clock.patient = True
    begun, windows = service.clock.time, 6
    while service.let_in <= 15 * windows:
        service.ask()
    each = (service.clock.time - begun) / windows
    assert 5.0 <= each < 5 + LATE + (rounding == "down")
    assert service.refused <= 1


def test_a_refusal_that_says_when_makes_windows_hardly_longer() -> None:
    service = second_window()
    at = service.pace.enter(1.0)
    service.pace.leave({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:01"}, 429, sent=at)
    service.clock.patient = True
    begun, before = service.clock.time, service.let_in
    while service.let_in - before <= 15 * 5:
        service.ask()
    assert service.clock.time - begun < 5 * (5 + 2 * LATE)


# Whose turn it is.


def test_the_last_queries_of_a_window_are_kept_for_the_longest_reader() -> None:
    service = second_window()
    service.pace.tell("long", 40)
    service.pace.tell("short", 3)
    service.ask(12)
    with pytest.raises(Waits):
        service.send("short")
    service.reply(service.send("long"))
    service.reply(service.send("long"))
    with pytest.raises(Waits):
        service.send("long")


def test_nothing_is_kept_for_who_could_not_send_it_any_more_or_has_ended() -> None:
    for end in (True, False):
        service = second_window()
        begun = service.clock.time
        service.pace.tell("long", 40)
        service.pace.tell("short", 3)
        service.ask(12)
        if end:
            service.pace.tell("long", 0)
        else:
            service.clock.time = begun + 4.95
        service.send("short")


def test_who_has_as_much_before_it_or_does_not_know_yet_waits_for_nobody() -> None:
    turns = Turns()
    assert turns.kept("a", 9) == 0
    turns.tell("a", 5)
    turns.tell("b", 5)
    assert turns.kept("a", 9) == turns.kept("c", 9) == 0
    turns.tell("b", 6)
    assert turns.kept("a", 9) == 1
    turns.tell("b", 60)
    turns.tell("d", 70)
    assert (turns.kept("a", 9), turns.kept("a", 1), turns.kept("b", 9), turns.kept("d", 9)) == (4, 2, 2, 0)
