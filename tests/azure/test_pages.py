"""Pages that are not what they should be: too large, cut short, repeated, or with rows that move meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.azure.test_fault_table import CLEAN
from tests.azure.world import VMS, Cloud, Scanned, changed, emulator, fault, for_rows, machine, policies, tenant
from tests.cli.running import Command
from tests.emulator import Faults
from tests.emulator.wire import Reply, Request
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION

SOON = ("--retry-for", "8s")


@contextmanager
def cloud_of(command: Command, folder: Path, rows: list[Any] | None = None, **how: Any) -> Iterator[Cloud]:
    with emulator(rows, **how) as found:
        yield Cloud(found, command, folder)


def incomplete(scanned: Scanned) -> list[str]:
    return [problem["message"] for problem in scanned.problems if problem["incomplete"]]


def vm_pages(request: Request) -> bool:
    """The query for VMs, and not the one for how many there are."""
    return VMS in request.text and "summarize" not in request.text


def assert_same_as_clean(scanned: Scanned) -> None:
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, []), scanned.done.err


def assert_known_are_right(scanned: Scanned) -> None:
    """Nothing that was read is judged otherwise, but for what hangs on what is missing."""
    for name, verdicts in scanned.verdicts.items():
        for machine_name, verdict in verdicts.items():
            assert verdict in (CLEAN[name][machine_name], "unknown"), (name, machine_name, verdict)


# Too large.


def test_a_reply_that_would_be_too_large_is_asked_for_in_halves(snapready: Command, tmp_path: Path) -> None:
    with cloud_of(snapready, tmp_path, page_limit=1000, payload_limit=3000) as cloud:
        assert_same_as_clean(cloud.scan())
        tops = [each.body["options"]["$top"] for each in cloud.emulator.requests if VMS in str(each.body)]
        assert tops[0] == 1000
        assert 1 <= tops[-1] < 6
        assert all(later in (earlier, earlier // 2) for earlier, later in pairwise(tops))


def test_a_single_row_that_is_too_large_is_missed_and_said(snapready: Command, tmp_path: Path) -> None:
    rows = tenant()
    rows[3]["tags"] = {"large": "x" * 9000}  # vm1
    with cloud_of(snapready, tmp_path, rows, page_limit=1000, payload_limit=6000) as cloud:
        scanned = cloud.scan()
        assert scanned.code == 3
        assert "vm1" not in scanned.verdicts["agent-version"]
        assert "old" in scanned.verdicts["agent-version"]
        assert_known_are_right(scanned)
        assert any("ResponsePayloadTooLarge" in message for message in incomplete(scanned))
        assert cloud.snapshot()[0].code == 3


# Less than there is, or more.


@pytest.mark.parametrize("kind", ["truncated", "short", "no-token"])
@pytest.mark.parametrize("times", [1, None])
def test_a_page_that_holds_less_than_is_announced(cloud: Cloud, kind: str, times: int | None) -> None:
    cloud.emulator.faults = Faults([fault(kind, vm_pages, times)])
    scanned = cloud.scan()
    if times == 1 and kind != "truncated":
        assert_same_as_clean(scanned)
        return
    assert scanned.code == 3
    assert_known_are_right(scanned)
    assert len(scanned.verdicts["agent-version"]) < 6
    said = incomplete(scanned)
    assert any(("resultTruncated" if kind == "truncated" else "rows came") in message for message in said), said
    cloud.emulator.faults = Faults([fault(kind, vm_pages, times)])
    done, rows = cloud.snapshot()
    assert done.code == 3
    entries = json.loads(rows.splitlines()[0])["snapready"]["collected"][SUBSCRIPTION]
    entry = entries["microsoft.compute/virtualmachines"]
    assert entry["error"]
    assert entry["received"] < entry["total"] == 5


def test_a_cut_off_result_is_never_whole_even_if_no_row_is_missing(cloud: Cloud) -> None:
    cloud.emulator.bend = for_rows(VMS, lambda reply: changed(reply, resultTruncated="true"))
    scanned = cloud.scan()
    assert scanned.code == 3
    assert scanned.verdicts == CLEAN
    assert any("resultTruncated" in message for message in incomplete(scanned))


@pytest.mark.parametrize("total", [None, "6", -1, 0, 5, 7, 6.5, True])
def test_a_page_that_does_not_say_how_many_rows_there_are(cloud: Cloud, total: Any) -> None:
    cloud.emulator.bend = for_rows("protecteditems'", lambda reply: changed(reply, totalRecords=total))
    scanned = cloud.scan()
    assert scanned.code == 3
    assert scanned.verdicts == CLEAN


def test_a_token_that_repeats_for_ever(cloud: Cloud) -> None:
    cloud.emulator.bend = for_rows(VMS, lambda reply: changed(reply, __skipToken="again"))
    scanned = cloud.scan()
    assert scanned.code == 3
    assert_known_are_right(scanned)
    assert cloud.emulator.asked(VMS) < 12


@pytest.mark.parametrize("where", ["resourcecontainers", "summarize"])
def test_a_token_that_repeats_for_ever_in_the_other_queries(cloud: Cloud, where: str) -> None:
    first: list[Reply] = []

    def bend(request: Request, reply: Reply) -> Reply | None:
        if where not in request.text:
            return None
        first.append(reply)
        return changed(first[0], __skipToken="again")

    cloud.emulator.bend = bend
    if where == "summarize":
        cloud.emulator.faults = Faults([fault("short", VMS, None)])
    scanned = cloud.scan()
    assert scanned.code == 3
    assert_known_are_right(scanned)
    assert cloud.emulator.asked(where) < 10


def test_an_empty_last_page_is_no_fault(cloud: Cloud) -> None:
    def bend(request: Request, reply: Reply) -> Reply | None:
        if "protecteditems'" not in request.text:
            return None
        if request.token == "more":
            return replace(reply, status=200, body=b'{"totalRecords":6,"data":[],"resultTruncated":"false"}')
        return changed(reply, __skipToken="more") if "$skipToken" not in json.loads(reply.body) else None

    cloud.emulator.bend = bend
    assert_same_as_clean(cloud.scan())


@pytest.mark.parametrize("times", [1, 2, None])
def test_a_token_that_is_not_taken_any_more(cloud: Cloud, times: int | None) -> None:
    """The chain begins anew, and its rows are in the snapshot once."""
    cloud.emulator.faults = Faults([fault("bad-token", VMS, times)])
    scanned = cloud.scan()
    if times is not None:
        assert_same_as_clean(scanned)
        cloud.emulator.faults = Faults([fault("bad-token", VMS, times)])
        done, rows = cloud.snapshot()
        ids = [json.loads(line)["id"] for line in rows.splitlines()[1:]]
        assert done.code == 0
        assert len(ids) == len(set(ids))
        return
    assert scanned.code == 3
    assert len(scanned.verdicts["agent-version"]) == 2
    assert any("2 of 6 rows came" in message for message in incomplete(scanned))


# Rows that move between pages.


def moving_fleet() -> list[Any]:
    return [*(each for number in range(9) for each in machine(f"vm{number}")), *policies()]


@pytest.mark.parametrize("how", ["insert", "delete", "move"])
def test_rows_that_move_in_one_reading_are_read_again(snapready: Command, tmp_path: Path, how: str) -> None:
    with cloud_of(snapready, tmp_path, moving_fleet(), page_limit=4) as cloud:
        cloud.emulator.faults = Faults([fault("moved", VMS, 1, how=how)])
        scanned = cloud.scan()
        there = {vm["name"] for vm in cloud.emulator.of_type("microsoft.compute/virtualmachines", SUBSCRIPTION)}
        assert scanned.code in (0, 3 if how != "delete" else 0), scanned.done.err
        assert not [message for message in incomplete(scanned) if "rows came" in message]
        assert set(scanned.verdicts["agent-version"]) >= there


@pytest.mark.parametrize("how", ["insert", "delete", "move"])
def test_rows_that_move_in_every_reading_are_never_believed_to_be_all(
    snapready: Command, tmp_path: Path, how: str
) -> None:
    with cloud_of(snapready, tmp_path, moving_fleet(), page_limit=4) as cloud:
        cloud.emulator.faults = Faults([fault("moved", VMS, None, how=how)])
        scanned = cloud.scan()
        assert scanned.code == 3
        said = incomplete(scanned)
        assert any("virtualmachines of subscription" in message and "rows came" in message for message in said), said
        assert len(scanned.verdicts["agent-version"]) >= 6


def test_a_row_that_comes_twice_hides_one_that_does_not_come(cloud: Cloud) -> None:
    """As many rows as announced, but one of them twice, in every reading."""

    def bend(request: Request, reply: Reply) -> Reply | None:
        if VMS not in request.text or "summarize" in request.text:
            return None
        body = json.loads(reply.body)
        body["data"][-1] = body["data"][0]
        return replace(reply, body=json.dumps(body).encode())

    cloud.emulator.bend = bend
    scanned = cloud.scan()
    assert scanned.code == 3
    assert_known_are_right(scanned)
    assert len(scanned.verdicts["agent-version"]) == 3


def test_only_the_subscription_that_lacks_rows_is_not_complete(cloud: Cloud) -> None:
    """Which it is, Resource Graph tells when it is asked for the numbers."""

    def bend(request: Request, reply: Reply) -> Reply | None:
        if "protecteditems'" not in request.text or "summarize" in request.text:
            return None
        body = json.loads(reply.body)
        body["data"] = [each for each in body["data"] if "vm2" not in each["id"]]
        return replace(reply, body=json.dumps(body).encode())

    cloud.emulator.bend = bend
    scanned = cloud.scan()
    assert scanned.code == 3
    (said,) = incomplete(scanned)
    assert SUBSCRIPTION in said
    assert OTHER_SUBSCRIPTION not in said
    assert scanned.verdicts["last-backup-recent"]["vm2"] == "unknown"
