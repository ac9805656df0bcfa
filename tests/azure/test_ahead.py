"""Pages that are asked for before their turn: no query more, the same rows, and the same proof that they are all."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.sources.azure import ahead
from scanner.sources.azure.ahead import DEEP, Ahead
from scanner.sources.azure.clock import Stopped
from scanner.sources.azure.errors import Refused, Rejected
from scanner.sources.azure.service import Page
from tests.azure import test_fault_table, test_pages
from tests.azure.collecting import mark
from tests.azure.test_pages import assert_same_as_clean, cloud_of
from tests.azure.world import VMS, Bend, Cloud, changed, fault
from tests.cli.running import Command
from tests.emulator import Faults
from tests.emulator.errors import invalid_query
from tests.emulator.wire import Reply, Request


@pytest.fixture(autouse=True)
def every_query_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_LONG", 0)


@pytest.fixture
def long(snapready: Command, tmp_path: Path) -> Iterator[Cloud]:
    """Six VMs, each on a page of its own."""
    with cloud_of(snapready, tmp_path, page_limit=1) as found:
        yield found


def is_ahead(request: Request) -> bool:
    return VMS in request.text and '"$skip"' in request.text


def asked_ahead(cloud: Cloud) -> list[int]:
    """After how many rows the pages of VMs begin that were asked for so."""
    found = [each.body["options"] for each in cloud.emulator.requests if VMS in str(each.body)]
    return sorted(options["$skip"] for options in found if "$skip" in options)


# What holds of queries whose pages are read one by one.

test_a_fault_that_passes_leaves_no_trace = test_fault_table.test_a_fault_that_passes_leaves_no_trace
test_the_second_page_of_vms_never_comes = test_fault_table.test_the_second_page_of_vms_never_comes
test_too_large = test_pages.test_a_reply_that_would_be_too_large_is_asked_for_in_halves
test_a_single_row = test_pages.test_a_single_row_that_is_too_large_is_missed_and_said
test_less_than_announced = test_pages.test_a_page_that_holds_less_than_is_announced
test_moved = test_pages.test_rows_that_move_in_one_reading_are_read_again
test_always_moved = test_pages.test_rows_that_move_in_every_reading_are_never_believed_to_be_all
test_twice = test_pages.test_a_row_that_comes_twice_hides_one_that_does_not_come


# What is asked.


def test_no_query_more_is_sent_and_the_same_rows_come(long: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    done, rows = long.snapshot()
    assert done.code == 0, done.err
    assert asked_ahead(long) == [1, 2, 3, 4, 5]
    asked = sorted(mark(each) for each in long.emulator.requests)
    long.emulator.requests.clear()
    monkeypatch.setattr(ahead, "_LONG", 1000)
    assert long.snapshot() == (done, rows)
    assert asked_ahead(long) == []
    assert sorted(mark(each) for each in long.emulator.requests) == asked
    assert len(set(asked)) == len(asked)


def test_a_query_of_few_pages_is_read_by_its_tokens(long: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_LONG", 5)
    assert_same_as_clean(long.scan())
    assert asked_ahead(long) == []


def refused(request: Request, _: Reply) -> Reply | None:
    return invalid_query({"code": "Skip", "message": "not taken"}).reply if is_ahead(request) else None


def ignored() -> Bend:
    first: list[Reply] = []

    def bend(request: Request, reply: Reply) -> Reply | None:
        if VMS not in request.text:
            return None
        first.append(reply)
        return first[0] if is_ahead(request) else None

    return bend


def one_more_row(request: Request, reply: Reply) -> Reply | None:
    return changed(reply, totalRecords=7) if is_ahead(request) else None


def without_a_token(request: Request, reply: Reply) -> Reply | None:
    return changed(reply, __skipToken=None) if is_ahead(request) else None


def without_rows(request: Request, reply: Reply) -> Reply | None:
    return changed(reply, data=[]) if is_ahead(request) else None


def cut_off(request: Request, reply: Reply) -> Reply | None:
    return changed(reply, resultTruncated="true") if is_ahead(request) else None


@pytest.mark.parametrize("bend", [refused, ignored(), one_more_row, without_a_token, without_rows, cut_off])
def test_where_the_service_takes_it_otherwise_tokens_lead_on(long: Cloud, bend: Bend) -> None:
    """At the cost of the few queries that were under way."""
    plain = len(asked_of(long))
    long.emulator.bend = bend
    long.emulator.requests.clear()
    assert_same_as_clean(long.scan())
    assert 0 < len(asked_ahead(long)) <= DEEP
    assert len(asked_of(long)) <= plain + DEEP


def asked_of(cloud: Cloud) -> list[Any]:
    """All queries for VMs; of a scan, if none was before."""
    if not cloud.emulator.requests:
        assert_same_as_clean(cloud.scan())
    return [each for each in cloud.emulator.requests if VMS in str(each.body)]


@pytest.mark.parametrize("kind", ["503", "reset", "cut", "429-retry-after"])
def test_a_page_ahead_that_fails_for_a_while_is_asked_for_again(long: Cloud, kind: str) -> None:
    long.emulator.faults = Faults([fault(kind, is_ahead, 3)])
    assert_same_as_clean(long.scan("--retry-for", "1h"))
    assert long.emulator.faults.left == []
    assert set(asked_ahead(long)) == {1, 2, 3, 4, 5}


def test_rows_that_are_left_out_are_missed_and_read_by_tokens(long: Cloud) -> None:
    """Every page ahead begins one row too late."""

    def bend(request: Request, _: Reply) -> Reply | None:
        if not is_ahead(request):
            return None
        body = request.body
        body["options"]["$skip"] += 1
        return long.emulator.answer(replace(request, raw=json.dumps(body).encode()))

    long.emulator.bend = bend
    assert_same_as_clean(long.scan())
    assert asked_ahead(long)


# Alone.


class Prompt:
    """A crew that does at once what it is given."""

    def submit(self, work: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        return future


def page(rows: int = 2, total: int = 20, token: str | None = "t", *, cut_off: bool = False) -> Page:
    return Page([b"{}"] * rows, total, token, cut_off, False)  # type: ignore[list-item]


def reading(answer: Any) -> tuple[Ahead, list[int]]:
    asked: list[int] = []

    def ask(start: int) -> Page:
        asked.append(start)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    return Ahead(Prompt(), ask), asked  # type: ignore[arg-type]


def test_each_page_is_asked_for_once_and_only_so_many_before_their_turn() -> None:
    pages, asked = reading(page())
    for at in range(2, 20, 2):
        pages.go_on(at, 2, 20)
        assert asked == list(range(2, min(20, at + 2 * DEEP), 2))
        assert pages.take(at, 20) == page()
    pages.go_on(20, 2, 20)
    assert len(asked) == 9


def test_a_page_that_begins_elsewhere_than_expected_ends_it() -> None:
    pages, asked = reading(page())
    pages.go_on(2, 2, 20)
    assert pages.take(3, 20) is None
    pages.go_on(4, 2, 20)
    assert pages.take(4, 20) is None
    assert asked == [2, 4, 6]


@pytest.mark.parametrize("answer", [page(total=21), page(token=None), page(cut_off=True), Rejected("no")])
def test_a_page_that_is_not_what_was_asked_for_ends_it(answer: Any) -> None:
    pages, asked = reading(answer)
    pages.go_on(2, 2, 20)
    assert pages.take(2, 20) is None
    pages.go_on(4, 2, 20)
    assert asked == [2, 4, 6]


@pytest.mark.parametrize("failure", [Refused("no right"), Stopped()])
def test_what_would_break_a_page_in_its_turn_breaks_one_before_it(failure: Exception) -> None:
    pages, _ = reading(failure)
    pages.go_on(2, 2, 20)
    with pytest.raises(type(failure)):
        pages.take(2, 20)


def test_the_last_page_has_no_token() -> None:
    pages, _ = reading(page(total=4, token=None))
    pages.go_on(2, 2, 4)
    assert pages.take(2, 4) is not None
