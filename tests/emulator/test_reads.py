"""The reads beside Resource Graph: what each one answers, who may ask it, and that every other call is recorded."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.network.tags import bundled, given
from tests.emulator import Access, Emulator
from tests.emulator.calls import call, fleet, query, two_subscriptions
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, guest, row, view, vm, vm_id

ROOT = f"/subscriptions/{SUBSCRIPTION}"
VERSION = "api-version=2024-07-01"


def get(emulator: Emulator, path: str, more: str = "") -> tuple[int, Any]:
    status, _, body = call(emulator, f"{path}?{VERSION}{more}")
    return status, body


def refusal(reply: tuple[int, Any]) -> tuple[int, str]:
    return reply[0], reply[1]["error"]["code"]


def test_an_instance_view_seeded_or_known_from_the_row_or_of_no_vm() -> None:
    rows = [vm(vm_id("one")), view("2.7.1", vm_id("one")), vm(vm_id("two"), power="deallocated")]
    with Emulator(rows) as emulator:
        assert get(emulator, f"{vm_id('ONE')}/instanceView") == (200, rows[1]["properties"])
        _, body = get(emulator, f"{vm_id('two')}/instanceView")
        assert [status["code"] for status in body["statuses"]] == [
            "ProvisioningState/succeeded",
            "PowerState/deallocated",
        ]
        assert "vmAgent" not in body
        assert refusal(get(emulator, f"{vm_id('nobody')}/instanceView")) == (404, "ResourceNotFound")
        elsewhere = vm_id("one", subscription=OTHER_SUBSCRIPTION)
        assert refusal(get(emulator, f"{elsewhere}/instanceView")) == (404, "SubscriptionNotFound")
        assert call(emulator, f"{vm_id('one')}/instanceView")[0] == 400
        emulator.access.denied.add("microsoft.compute/virtualmachines/instanceview/read@/one")
        assert refusal(get(emulator, f"{vm_id('one')}/instanceView")) == (403, "AuthorizationFailed")
        assert get(emulator, f"{vm_id('two')}/instanceView")[0] == 200


def test_the_list_of_statuses_page_by_page() -> None:
    rows = [*fleet(5), view("2.7.1", vm_id("vm0000"))]
    with Emulator(rows, list_limit=2) as emulator:
        path, found = f"{ROOT}/providers/Microsoft.Compute/virtualMachines?{VERSION}&statusOnly=true", []
        while path:
            _, _, body = call(emulator, path)
            found += body["value"]
            path = body.get("nextLink", "").removeprefix(emulator.url)
        assert [each["name"] for each in found] == [f"vm000{number}" for number in range(5)]
        assert {tuple(each) for each in found} == {("id", "name", "location", "properties")}
        assert all("vmAgent" not in each["properties"]["instanceView"] for each in found)
        emulator.status_with_agent = True
        _, body = get(emulator, f"{ROOT}/providers/Microsoft.Compute/virtualMachines", "&statusOnly=true")
        agents = ["vmAgent" in each["properties"]["instanceView"] for each in body["value"]]
        assert agents == [True, False]
    assert {record.kind for record in emulator.requests} == {"status-list"}


def test_locks_of_one_subscription() -> None:
    lock = row(
        "Microsoft.Authorization/locks",
        f"{ROOT}/resourceGroups/rg/providers/Microsoft.Authorization/locks/keep",
        {"level": "CanNotDelete"},
    )
    with Emulator([*two_subscriptions(), lock]) as emulator:
        path = "/providers/Microsoft.Authorization/locks"
        _, body = get(emulator, ROOT + path)
        assert body["value"] == [{name: lock[name] for name in ("id", "type", "name", "properties")}]
        assert get(emulator, f"/subscriptions/{OTHER_SUBSCRIPTION}{path}") == (200, {"value": []})
        emulator.access.denied.add("Microsoft.Authorization/locks/read")
        assert refusal(get(emulator, ROOT + path)) == (403, "AuthorizationFailed")
        assert query(emulator, "resources | where type contains 'locks' | project id")[2]["count"] == 0


def test_service_tags_are_those_of_the_bundled_table_unless_given() -> None:
    with Emulator(fleet(1)) as emulator:
        path = f"{ROOT}/providers/Microsoft.Network/locations/westeurope/serviceTags"
        found = given(get(emulator, path)[1])
        ours = bundled()
        assert found is not None
        assert (found.cloud, found.change) == (ours.cloud, ours.change)
        assert found.prefixes.keys() == ours.prefixes.keys()
        assert all(found.ranges(name) == ours.ranges(name) for name in ours.prefixes)
        emulator.service_tags = {"values": []}
        assert get(emulator, path) == (200, {"values": []})
        for status in (403, 404):
            emulator.service_tags = status
            assert get(emulator, path)[0] == status


def test_a_run_command_shows_its_output_when_it_is_asked_for() -> None:
    with Emulator([*fleet(1), guest(vm_id("vm0000"), proxy=False)]) as emulator:
        path = f"{vm_id('vm0000')}/runCommands/snapready-guest-facts"
        assert "instanceView" not in get(emulator, path)[1]["properties"]
        _, body = get(emulator, path, "&$expand=instanceView")
        seen = body["properties"]["instanceView"]
        assert (seen["executionState"], seen["exitCode"], seen["error"]) == ("Succeeded", 0, "")
        assert json.loads(seen["output"])["proxy"] is False
        other = f"{vm_id('vm0000')}/runCommands/other"
        assert refusal(get(emulator, other)) == (404, "ResourceNotFound")


def test_permissions_at_a_subscription() -> None:
    path = "/providers/Microsoft.Authorization/permissions"
    access = Access(unreadable={OTHER_SUBSCRIPTION}, denied={"Microsoft.Authorization/locks/read"})
    with Emulator(two_subscriptions(), access=access) as emulator:
        _, body = get(emulator, ROOT + path)
        assert body["value"][0]["actions"] == ["*/read"]
        assert body["value"][0]["notActions"] == ["Microsoft.Authorization/locks/read"]
        assert get(emulator, f"/subscriptions/{OTHER_SUBSCRIPTION}{path}")[0] == 403
        access.resource_groups[SUBSCRIPTION] = {"rg-app"}
        assert get(emulator, ROOT + path) == (200, {"value": []})
        assert get(emulator, f"{ROOT}/providers/Microsoft.Authorization/locks")[0] == 403
        assert get(emulator, f"{vm_id('vm0000')}/instanceView")[0] == 200
        access.permissions[SUBSCRIPTION] = [{"actions": ["*"]}]
        assert get(emulator, ROOT + path)[1]["value"][0]["actions"] == ["*"]


METRICS = (
    f"{ROOT}/metrics:getBatch?starttime=2026-11-22T00:00:00Z&endtime=2026-11-22T00:15:00Z&interval=PT5M"
    "&metricnames=Percentage CPU,Available Memory Bytes&aggregation=average,maximum"
    f"&metricNamespace=microsoft.compute/virtualmachines&{VERSION}"
)


def test_metrics_in_a_batch() -> None:
    def values(resource: str, metric: str, time: datetime) -> tuple[float, float] | None:
        return (10.0, 90.0) if resource.endswith("vm0001") and "cpu" in metric and time.minute else None

    with Emulator(fleet(2), metrics=values) as emulator:
        ids = [row["id"] for row in emulator.rows]
        status, _, body = call(emulator, f"/metrics/westeurope{METRICS}", {"resourceids": ids})
        assert status == 200
        assert [each["resourceid"] for each in body["values"]] == ids
        cpu, memory = body["values"][1]["value"]
        assert (cpu["unit"], memory["unit"]) == ("Percent", "Bytes")
        assert cpu["timeseries"][0]["data"] == [
            {"timeStamp": "2026-11-22T00:00:00Z"},
            {"timeStamp": "2026-11-22T00:05:00Z", "average": 10.0, "maximum": 90.0},
            {"timeStamp": "2026-11-22T00:10:00Z", "average": 10.0, "maximum": 90.0},
        ]
        emulator.metrics = {ids[0].lower(): {"percentage cpu": 5.0}}
        _, _, body = call(emulator, METRICS, {"resourceids": ids})
        assert body["values"][0]["value"][0]["timeseries"][0]["data"][0]["average"] == 5.0
        assert call(emulator, METRICS, {"resourceids": ids * 26})[0] == 400
        assert call(emulator, f"/metrics/eastus{METRICS}", {"resourceids": ids})[0] == 400
    assert {record.kind for record in emulator.requests} == {"metrics"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", vm_id("vm0000"), 404),
        ("DELETE", f"{vm_id('vm0000')}/instanceView", 405),
        ("POST", f"{vm_id('vm0000')}/runCommand", 404),
        ("PATCH", "/providers/Microsoft.ResourceGraph/resources", 405),
        ("BREW", "/coffee", 404),
        ("GET", "/subscriptions", 404),
    ],
)
def test_anything_else_is_refused_and_recorded(method: str, path: str, status: int) -> None:
    with Emulator(fleet(1)) as emulator:
        found, _, body = call(emulator, f"{path}?{VERSION}", {"a": 1}, method=method)
        assert (found, set(body)) == (status, {"error"})
        record = emulator.requests[-1]
        assert (record.kind, record.method, record.path, record.status) == ("other", method, path, status)
        assert record.body == {"a": 1}


def test_a_token_that_expires_on_the_way() -> None:
    with Emulator(fleet(1), access=Access(tokens={"good"})) as emulator:
        path = f"{vm_id('vm0000')}/instanceView?{VERSION}"
        assert call(emulator, path, Authorization="Bearer good")[0] == 200
        for sent in ({}, {"Authorization": "Bearer bad"}):
            status, headers, _ = call(emulator, path, **sent)
            assert (status, headers["www-authenticate"][:6]) == (401, "Bearer")
        emulator.access.expired.add("good")
        status, headers, body = call(emulator, path, Authorization="Bearer good")
        assert (status, body["error"]["code"]) == (401, "ExpiredAuthenticationToken")
        assert headers["www-authenticate"].startswith("Bearer ")


def test_what_is_called_before_each_request() -> None:
    def grow(number: int, emulator: Emulator) -> None:
        emulator.add(vm(vm_id(f"new{number}")))

    with Emulator(on_request=grow, subscriptions=[SUBSCRIPTION]) as emulator:
        assert [query(emulator)[2]["count"] for _ in range(3)] == [1, 2, 3]


def test_a_failure_of_the_emulator_itself_is_not_taken_for_a_broken_connection() -> None:
    def broken(*_: object) -> float:
        raise KeyError("no such value")

    emulator = Emulator(fleet(1), metrics=broken)
    with pytest.raises(RuntimeError, match="emulator itself") as failed, emulator, pytest.raises(OSError):
        call(emulator, METRICS, {"resourceids": [vm_id("vm0000")]})
    assert isinstance(failed.value.__cause__, KeyError)


def test_the_program_says_what_to_run_and_stops_when_told() -> None:
    root = Path(__file__).parents[2]
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.emulator", "--port", "0", "--faults", "0.3", "--quota", "off"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started:
        assert started.stdout is not None
        line = started.stdout.readline()
        started.terminate()
        _, errors = started.communicate(timeout=30)
    assert line.startswith("snapready scan azure --endpoint http://127.0.0.1:")
    assert (started.returncode, errors) == (0, "")
