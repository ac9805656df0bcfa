"""Replies that are JSON and not what they should be: never a traceback, and never a pass of what was not judged."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.azure.test_fault_table import CLEAN
from tests.azure.world import ITEMS, SUBSCRIPTIONS, VMS, Cloud, Scanned, changed, for_rows
from tests.emulator.wire import Reply
from tests.rows import SUBSCRIPTION, vm, vm_id

SOON = ("--retry-for", "4s")
QUERIES = (SUBSCRIPTIONS, VMS, ITEMS)
VM1 = vm(vm_id("vm9"))
NO_ROWS: list[Any] = [
    None, 5, "x", [], {}, {"id": None, "type": None}, {"id": 5, "type": "a/b"}, {"id": "", "type": ""},
    {"id": vm_id("x"), "type": None}, {"id": vm_id("x")}, {**VM1, "id": " "}, {**VM1, "id": ["x"]},
]  # fmt: skip
ODD_VMS: list[Any] = [
    {**VM1, "name": None, "location": None, "resourceGroup": None, "tenantId": None, "tags": None},
    {**VM1, "name": 5, "location": [], "resourceGroup": {}, "subscriptionId": None, "tags": "x", "zones": 3},
    {**VM1, "properties": None},
    {**VM1, "properties": []},
    {**VM1, "properties": {"extended": 5, "storageProfile": "x", "osProfile": [None], "networkProfile": 3}},
    {**VM1, "properties": {"extended": {"instanceView": {"powerState": {"code": {}}}}}},
    {**VM1, "location": "evil.example/"},
    {**VM1, "id": "vm9"},
    {**VM1, "id": "@evil.example/x", "subscriptionId": SUBSCRIPTION},
    {**VM1, "id": "http://evil.example/x"},
    {**VM1, "id": vm_id("a b/../?#%[")},
    {**VM1, "id": vm_id("\N{SNOWMAN}\n\"")},
]  # fmt: skip


def assert_told(scanned: Scanned) -> None:
    """A regular end, and no verdict that is better than it should be."""
    assert "internal error" not in scanned.done.err
    assert "Traceback" not in scanned.done.err
    for policy, verdicts in scanned.verdicts.items():
        for name, verdict in verdicts.items():
            assert verdict in (CLEAN[policy].get(name), "unknown", "not-applicable"), (policy, name, verdict)


def with_row(row: Any) -> Callable[[Reply], Reply]:
    """One more row on the last page, and one more announced on each."""

    def change(reply: Reply) -> Reply:
        body = json.loads(reply.body)
        more = [] if "$skipToken" in body else [row]
        return changed(reply, data=[*body["data"], *more], totalRecords=body["totalRecords"] + 1)

    return change


def test_what_is_no_row_is_said_and_nothing_of_it_is_kept(cloud: Cloud) -> None:
    for row in NO_ROWS:
        secret = {**row, "properties": {"settings": "hunter2"}} if isinstance(row, dict) else row
        cloud.emulator.bend = for_rows(ITEMS, with_row(secret))
        scanned = cloud.scan()
        assert_told(scanned)
        assert (scanned.code, scanned.verdicts) == (3, CLEAN), row
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            done, rows = cloud.snapshot()
            assert done.code in (0, 3)
            assert b"hunter2" not in rows


@pytest.mark.parametrize("row", ODD_VMS, ids=range(len(ODD_VMS)))
def test_an_odd_vm_is_not_known_and_no_other_suffers(cloud: Cloud, row: Any) -> None:
    cloud.emulator.bend = for_rows(VMS, with_row(row))
    scanned = cloud.scan("--retry-for", "4s")
    assert_told(scanned)
    assert scanned.code in (1, 3)
    for policy, verdicts in CLEAN.items():
        assert verdicts.items() <= scanned.verdicts[policy].items()
    assert all("evil" not in each.path or each.path.startswith("/") for each in cloud.emulator.requests)


PAGES: list[Any] = [
    None, [], 5, "x", {}, {"data": None}, {"data": {}}, {"data": {"columns": [], "rows": []}}, {"data": "x"},
    {"error": {"code": "x", "message": "y"}}, {"data": [], "totalRecords": None}, {"rows": []},
]  # fmt: skip


@pytest.mark.parametrize("where", QUERIES, ids=["subscriptions", "vms", "items"])
def test_a_page_that_is_none(cloud: Cloud, where: str) -> None:
    for page in PAGES:
        cloud.emulator.bend = for_rows(where, lambda reply, page=page: replace(reply, body=json.dumps(page).encode()))  # type: ignore[misc]
        scanned = cloud.scan(*SOON)
        assert_told(scanned)
        assert scanned.code == (2 if where in (SUBSCRIPTIONS, VMS) else 3), (where, page, scanned.done.err)


RAW = [
    b"\xff\xfe\x00", b'{"data":[{"id":"\xff","type":"a/b"}],"totalRecords":1}',
    b'{"data":[{"id":"\\ud800","type":"a/b"}],"totalRecords":1}', b"[" * 5000 + b"]" * 5000,
    b'{"data":[{"id":"/x","type":"a/b","properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b'}],"totalRecords":1}',
    b'{"data":[{"id":"/x","type":"microsoft.compute/virtualmachines","properties":{"a":"\\ud800"}}],"totalRecords":1}',
    b'{"data":[{"id":"/x","type":"microsoft.compute/virtualmachines","properties":{"a":1e999}}],"totalRecords":1}',
    b'{"data":[{"id":"/x","type":"microsoft.compute/virtualmachines","tags":{"a":"\xc3\x28"}}],"totalRecords":1}',
    b'{"data":[],"totalRecords":99999999999999999999999999,"$skipToken":{}}', b"NaN", b'{"data":[NaN]}',
]  # fmt: skip


@pytest.mark.parametrize("where", [SUBSCRIPTIONS, VMS, "/instanceView", "permissions", "statusOnly"])
def test_bytes_that_are_no_text_or_no_json(cloud: Cloud, where: str) -> None:
    for body in RAW if where in (VMS, "/instanceView") else RAW[::3]:
        cloud.emulator.bend = for_rows(where, lambda reply, body=body: replace(reply, body=body))  # type: ignore[misc]
        scanned = cloud.scan(*SOON)
        assert_told(scanned)
        # What is no status list is no loss: each view is asked for by itself. Odd permissions grant nothing.
        codes = {"statusOnly": (1,), "permissions": (1, 3), "/instanceView": (3,)}.get(where, (2, 3))
        assert scanned.code in codes, (where, body[:60], scanned.done.err)
        if where == "/instanceView":
            assert set(scanned.verdicts["agent-version"].values()) == {"unknown"}


VIEWS: list[Any] = [
    {}, {"vmAgent": None}, {"vmAgent": []}, {"vmAgent": {"vmAgentVersion": None}}, {"vmAgent": {"vmAgentVersion": 5}},
    {"statuses": 5, "extensions": {"a": 1}, "disks": None}, {"vmAgent": {"extensionHandlers": [None, {"status": 5}]}},
    {"extensions": [None, {"statuses": [None, 5], "substatuses": 3, "instanceView": []}]},
    {"value": []}, {"error": {"code": "x"}},
]  # fmt: skip


def test_an_odd_instance_view_tells_nothing(cloud: Cloud) -> None:
    for view in VIEWS:
        body = json.dumps(view).encode()
        cloud.emulator.bend = for_rows("/vm1/instanceView", lambda reply, body=body: replace(reply, body=body))  # type: ignore[misc]
        scanned = cloud.scan()
        assert_told(scanned)
        assert scanned.verdicts["agent-version"]["vm1"] == "unknown", view
        assert scanned.code == (1 if isinstance(view.get("vmAgent"), dict) else 3), view


@pytest.mark.parametrize(
    "body",
    [{}, {"value": None}, {"value": [None, 5]}, {"value": [{"actions": None}]}, {"value": [{"actions": [None, 5]}]}],
    ids=json.dumps,
)
def test_odd_permissions_grant_nothing(cloud: Cloud, body: Any) -> None:
    raw = json.dumps(body).encode()
    cloud.emulator.bend = for_rows("permissions", lambda reply: replace(reply, body=raw))
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts) == (1, CLEAN)
    assert any("not known in 2 subscriptions" in problem["message"] for problem in scanned.problems)


STATUS_LISTS: list[Any] = [
    {"value": [{"id": None, "properties": {"instanceView": {"vmAgent": {}}}}]},
    {"value": [{"id": vm_id("vm1"), "properties": None}]},
    {"value": None},
    {"value": [None]},
]


@pytest.mark.parametrize("body", STATUS_LISTS, ids=json.dumps)
def test_an_odd_status_list_saves_nothing(cloud: Cloud, body: Any) -> None:
    raw = json.dumps(body).encode()
    cloud.emulator.bend = for_rows("statusOnly", lambda reply: replace(reply, body=raw))
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])


def test_half_of_a_character_spoils_nothing_else(cloud: Cloud) -> None:
    """JSON can name it, and no text can hold it."""
    view = b'{"vmAgent":{"vmAgentVersion":"2.7.41491.1200","statuses":[{"displayStatus":"\\ud83d"}]}}'
    cloud.emulator.bend = for_rows("/vm1/instanceView", lambda reply: replace(reply, body=view))
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])
    refusal = b'{"error":{"code":"Bad\\ud83d","message":"no \\ud83d"}}'
    cloud.emulator.bend = lambda request, _: Reply(400, refusal) if "/vm1/instanceView" in request.path else None
    assert cloud.scan().code == 3
    assert cloud.snapshot()[0].code == 3


def test_an_error_body_may_be_anything(cloud: Cloud) -> None:
    for body in (b"", b"5", b"[]", b'{"error":5}', b'{"error":{"code":5,"details":[5,{"code":null}]}}', b"\xff\xfe"):
        cloud.emulator.bend = lambda request, _, body=body: Reply(403, body) if "instanceView" in request.path else None
        scanned = cloud.scan()
        assert_told(scanned)
        assert scanned.code == 0
        cloud.emulator.bend = lambda request, _, body=body: Reply(400, body) if VMS in request.text else None
        scanned = cloud.scan()
        assert_told(scanned)
        assert scanned.code == 2
