"""Each fault does what its name says, strikes as often as it was told, and random ones always let a caller through."""

import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from tests.emulator import Emulator, Fault, Faults
from tests.emulator.calls import GRAPH, VMS, ask, call, client, fleet, pages, query
from tests.emulator.faults import KINDS, TRANSIENT
from tests.rows import vm_id

VIEW = f"{vm_id('vm0000')}/instanceView?api-version=2024-07-01"


def struck(*faults: Fault, count: int = 6) -> Emulator:
    return Emulator(fleet(count), faults=Faults(faults), quota=None)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429-retry-after", 429, "RateLimiting"),
        ("429-bare", 429, "RateLimiting"),
        ("429-resets", 429, "RateLimiting"),
        ("408", 408, "RequestTimeout"),
        ("500", 500, "InternalServerError"),
        ("502", 502, "BadGateway"),
        ("503", 503, "ServiceUnavailable"),
        ("504", 504, "GatewayTimeout"),
        ("expired-token", 401, "ExpiredAuthenticationToken"),
        ("forbidden", 403, "AuthorizationFailed"),
        ("payload-too-large", 400, "BadRequest"),
    ],
)
def test_a_refusal_once_and_then_the_answer(kind: str, status: int, code: str) -> None:
    with struck(Fault(kind), Fault(kind)) as emulator, client(emulator) as sdk:
        found, headers, body = query(emulator)
        assert (found, body["error"]["code"]) == (status, code)
        assert headers.get("retry-after") == ("1" if kind == "429-retry-after" else None)
        assert headers.get("x-ms-user-quota-resets-after") in ("00:00:01" if kind == "429-resets" else None, "00:00:05")
        with pytest.raises(HttpResponseError) as refused:
            ask(sdk)
        assert refused.value.status_code == status
        assert ask(sdk).count == 6
        assert not emulator.faults.left
    assert [record.fault for record in emulator.requests] == [kind, kind, ""]
    assert [record.status for record in emulator.requests] == [status, status, 200]


def test_what_breaks_on_its_way_is_an_error_of_the_connection() -> None:
    with struck(Fault("reset"), Fault("cut"), Fault("hang", seconds=0.01)) as emulator, client(emulator) as sdk:
        for _ in range(3):
            with pytest.raises((ServiceRequestError, ServiceResponseError, HttpResponseError)) as broken:
                ask(sdk)
            assert not isinstance(broken.value, HttpResponseError) or broken.value.status_code is None
        assert ask(sdk).count == 6
    assert [record.status for record in emulator.requests] == [0, 200, 0, 200]


def raw(emulator: Emulator) -> tuple[bytes, bool]:
    """All bytes of one reply, and whether the connection ended with a reset."""
    port = int(emulator.url.rpartition(":")[2])
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"GET {VIEW} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        try:
            while piece := connection.recv(65536):
                found += piece
        except ConnectionResetError:
            return found, True
    return found, False


def test_reset_cut_hang_and_slow_on_the_wire() -> None:
    with struck(
        Fault("reset"),
        Fault("cut"),
        Fault("hang", seconds=0.01),
        Fault("slow", seconds=0.02),
        Fault("hang", seconds=60),
    ) as emulator:
        assert raw(emulator) == (b"", True)
        cut, abrupt = raw(emulator)
        head, _, body = cut.partition(b"\r\n\r\n")
        promised = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert not abrupt
        assert 0 < len(body) < promised
        assert raw(emulator) == (b"", False)
        slow, _ = raw(emulator)
        assert json.loads(slow.partition(b"\r\n\r\n")[2])["statuses"]
        with ThreadPoolExecutor(1) as pool:
            hanging = pool.submit(raw, emulator)
            while len(emulator.requests) < 5:
                time.sleep(0.001)
            emulator.close()  # does not wait for the minute to pass
            assert hanging.result(30) == (b"", False)


def test_a_sign_in_page_and_broken_json_with_status_200() -> None:
    with struck(Fault("garbage"), Fault("not-json")) as emulator:
        port = int(emulator.url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for kind in ("text/html; charset=utf-8", "application/json; charset=utf-8"):
            connection.request("GET", VIEW)
            reply = connection.getresponse()
            text = reply.read()
            assert (reply.status, reply.getheader("Content-Type")) == (200, kind)
            with pytest.raises(ValueError):
                json.loads(text)
        connection.close()


def test_replies_that_lack_rows_or_the_token_of_the_next() -> None:
    kinds = ("truncated", "short", "no-token")
    with struck(*(Fault(kind) for kind in kinds)) as emulator:
        assert call(emulator, VIEW)[0] == 200  # no page, so it makes none of them strike
        replies = [query(emulator, options={"$top": 4})[2] for _ in kinds]
        assert [len(reply["data"]) for reply in replies] == [2, 2, 4]
        assert [reply["resultTruncated"] for reply in replies] == ["true", "false", "false"]
        assert not any("$skipToken" in reply for reply in replies)
        assert {reply["totalRecords"] for reply in replies} == {6}
        assert "$skipToken" in query(emulator, options={"$top": 4})[2]


def test_a_token_is_refused_and_no_first_page() -> None:
    with struck(Fault("bad-token")) as emulator, client(emulator) as sdk:
        token = ask(sdk, top=2).skip_token
        with pytest.raises(HttpResponseError) as refused:
            ask(sdk, token=token)
        assert refused.value.status_code == 400
        assert ask(sdk, token=token).count == 4


@pytest.mark.parametrize(("how", "expected"), [("insert", "0112345"), ("delete", "01345"), ("move", "011234")])
def test_rows_that_move_under_the_pages(how: str, expected: str) -> None:
    with struck(Fault("moved", how=how)) as emulator, client(emulator) as sdk:
        found = [row["name"][-1] for page in pages(sdk, top=2) for row in page.data]
    assert "".join(found) == expected


def test_where_after_and_how_often() -> None:
    faults = (
        Fault("503", where="instanceView", times=2, after=1),
        Fault("500", where=lambda request: request.method == "POST", times=None, after=1),
    )
    with struck(*faults) as emulator:
        assert [call(emulator, VIEW)[0] for _ in range(5)] == [200, 503, 503, 200, 200]
        assert [query(emulator)[0] for _ in range(3)] == [200, 500, 500]
        emulator.faults.add(Fault("502", where="instanceView"))
        assert call(emulator, VIEW)[0] == 502


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no fault"):
        Fault("teapot")
    assert set(TRANSIENT) <= set(KINDS)


def attempts(emulator: Emulator, body: dict[str, Any]) -> int:
    """How often a query was sent until it was answered."""
    for number in range(1, 100):
        try:
            status, _, reply = call(emulator, GRAPH, body)
        except (OSError, http.client.HTTPException, ValueError):
            continue
        if status == 200 and "data" in reply:
            return number
    raise AssertionError("never answered")


def test_random_faults_let_everyone_through_and_are_the_same_in_any_order() -> None:
    bodies = [{"query": f"{VMS} | where id != '{number}'"} for number in range(30)]
    seen = []
    for order in (bodies, bodies[::-1]):
        with Emulator(fleet(2), quota=None, faults=Faults.random(0.6, seed=7)) as emulator:
            found = {body["query"]: attempts(emulator, body) for body in order}
        seen.append(found)
        assert {record.fault for record in emulator.requests} <= {"", *TRANSIENT}
        assert len({record.fault for record in emulator.requests}) > 5
    assert seen[0] == seen[1]
    assert 1 < max(seen[0].values()) <= 5


def test_the_client_itself_sees_nothing_but_its_own_errors() -> None:
    with (
        Emulator(fleet(3), quota=None, faults=Faults.random(1.0, seed=1, in_a_row=30)) as emulator,
        client(emulator) as sdk,
    ):
        failed = 0
        for _ in range(25):
            try:
                ask(sdk)
            except (AzureError, json.JSONDecodeError):
                failed += 1
        assert failed > 20
