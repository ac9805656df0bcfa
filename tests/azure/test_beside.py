"""What Resource Graph does not show: refusals make it unknown and name the right, failures make the run incomplete."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.azure.test_fault_table import CLEAN
from tests.azure.world import SELECT, Cloud, Scanned, changed, emulator, fault, for_rows, lock, machine, tenant
from tests.cli.running import Command
from tests.emulator import Access, Faults
from tests.emulator.wire import Reply, Request
from tests.rows import SUBSCRIPTION, guest, vm_id

SOON = ("--retry-for", "5s")
VIEW_RIGHT = "Microsoft.Compute/virtualMachines/instanceView/read"
POLICY = """
title: It is as it should be
resource: {resource}
expect: {expect}
message: it is not
severity: error
why: Because.
fix: Mend it.
source: {{title: t, url: "https://example.com", read: "2026-11-22"}}
"""
OWN = {
    "own-locks": ("microsoft.authorization/locks", "properties.level == 'CanNotDelete'"),
    "own-metrics": ("snapready/metrics", 'length(properties.samples."Percentage CPU") > `0`'),
}


@pytest.fixture
def own(tmp_path: Path) -> tuple[str, ...]:
    """A user's policies on locks and on metrics; a case is not asked of them here."""
    for name, (resource, expect) in OWN.items():
        folder = tmp_path / "own" / name
        folder.mkdir(parents=True)
        (folder / "policy.yaml").write_text(POLICY.format(resource=resource, expect=json.dumps(expect)))
    return ("--policies", str(tmp_path / "own"))


@pytest.fixture
def locked(snapready: Command, tmp_path: Path) -> Iterator[Cloud]:
    with emulator([*tenant(), lock()]) as found:
        yield Cloud(found, snapready, tmp_path)


def problems(scanned: Scanned, *, incomplete: bool) -> list[str]:
    return [problem["message"] for problem in scanned.problems if problem["incomplete"] == incomplete]


def agents(**other: str) -> dict[str, dict[str, str]]:
    return {**CLEAN, "agent-version": {**CLEAN["agent-version"], **other}}


# Instance views.


def test_instance_views_are_refused(cloud: Cloud) -> None:
    cloud.emulator.access.denied = {VIEW_RIGHT}
    scanned = cloud.scan()
    assert scanned.verdicts == {**CLEAN, "agent-version": dict.fromkeys(CLEAN["agent-version"], "unknown")}
    assert scanned.code == 0, scanned.done.err
    assert problems(scanned, incomplete=True) == []
    (said,) = problems(scanned, incomplete=False)
    assert f"not known in 2 subscriptions, as the identity needs {VIEW_RIGHT}: instanceview" in said
    done, _ = cloud.snapshot()
    assert done.code == 0
    assert cloud.scan(select="agent-version").code == 3  # not one policy could tell anything


def test_nothing_is_asked_on_for_ever_where_all_is_refused(snapready: Command, tmp_path: Path) -> None:
    rows = [each for number in range(150) for each in machine(f"vm{number}")]
    with emulator(rows, access=Access(denied={VIEW_RIGHT}), page_limit=1000) as found:
        Cloud(found, snapready, tmp_path).scan()
        assert found.asked(kind="instance-view") < 70


def test_one_instance_view_is_refused(cloud: Cloud) -> None:
    cloud.emulator.access.denied = {f"{VIEW_RIGHT}@/vm1"}
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts) == (1, agents(vm1="unknown"))
    assert problems(scanned, incomplete=True) == []
    assert VIEW_RIGHT in problems(scanned, incomplete=False)[0]


def test_a_vm_that_has_gone_meanwhile_is_no_problem(cloud: Cloud) -> None:
    gone = b'{"error":{"code":"ResourceNotFound","message":"The Resource was not found."}}'
    cloud.emulator.bend = lambda request, _: Reply(404, gone) if "/vm1/instanceView" in request.path else None
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, agents(vm1="unknown"), [])
    assert cloud.snapshot()[0].code == 0


@pytest.mark.parametrize("body", [b"", b"<html>nothing here</html>", b'{"message":"no route"}'])
def test_somebody_on_the_way_who_knows_no_such_path_is_a_problem(cloud: Cloud, body: bytes) -> None:
    cloud.emulator.bend = lambda request, _: Reply(404, body) if "/instanceView" in request.path else None
    scanned = cloud.scan()
    assert scanned.code == 3
    assert any("HTTP 404" in message for message in problems(scanned, incomplete=True))


@pytest.mark.parametrize("status", [400, 405, 409])
def test_an_instance_view_that_is_rejected_is_a_problem(cloud: Cloud, status: int) -> None:
    odd = b'{"error":{"code":"OperationNotAllowed","message":"no"}}'
    cloud.emulator.bend = lambda request, _: Reply(status, odd) if "/vm1/instanceView" in request.path else None
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts) == (3, agents(vm1="unknown"))
    assert cloud.emulator.asked("/vm1/instanceView") == 1
    assert f"{status} OperationNotAllowed" in problems(scanned, incomplete=True)[0]


def test_the_status_list_may_fail(cloud: Cloud) -> None:
    """It only saves requests."""
    for kind in ("forbidden", "garbage", "500"):
        cloud.emulator.faults = Faults([fault(kind, "statusOnly", None)])
        scanned = cloud.scan(*SOON)
        assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, []), kind


def test_the_status_list_may_tell_of_agents(cloud: Cloud) -> None:
    cloud.emulator.status_with_agent = True
    try:
        scanned = cloud.scan()
        assert cloud.emulator.asked(kind="instance-view") == 0
    finally:
        cloud.emulator.status_with_agent = False
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])


# Locks, metrics, service tags, run commands.


def test_locks_are_refused(locked: Cloud, own: tuple[str, ...]) -> None:
    assert locked.scan(*own, select="own-locks").verdicts == {"own-locks": {"keep": "pass"}}
    locked.emulator.access.denied = {"Microsoft.Authorization/locks/read"}
    scanned = locked.scan(*own, select=f"{SELECT},own-locks")
    assert scanned.verdicts == CLEAN
    assert scanned.code == 1
    assert "needs Microsoft.Authorization/locks/read: locks" in problems(scanned, incomplete=False)[0]
    assert locked.scan(*own, select="own-locks").code == 2  # that there is none is not proved
    locked.emulator.access = Access()
    locked.emulator.faults = Faults([fault("503", "locks", None)])
    scanned = locked.scan(*own, *SOON, select=f"{SELECT},own-locks")
    assert (scanned.code, scanned.verdicts) == (3, CLEAN)
    assert "locks of subscription" in problems(scanned, incomplete=True)[0]


def test_no_locks_anywhere_is_an_answer(cloud: Cloud, own: tuple[str, ...]) -> None:
    assert cloud.scan(*own, select="own-locks").code == 0


ODD_LISTS: list[Any] = [{}, {"value": None}, {"value": {}}, {"value": "x"}, {"value": [None]}, {"value": [5, []]}]


@pytest.mark.parametrize("body", ODD_LISTS, ids=json.dumps)
def test_a_list_of_locks_that_is_none_does_not_mean_no_locks(locked: Cloud, own: tuple[str, ...], body: Any) -> None:
    locked.emulator.bend = for_rows("/locks", lambda _: Reply(200, json.dumps(body).encode()))
    scanned = locked.scan(*own, select=f"{SELECT},own-locks")
    assert (scanned.code, scanned.verdicts) == (3, CLEAN)


@pytest.mark.parametrize("odd", [{}, {"id": None}, {"id": 5, "properties": {}}, {"id": ""}], ids=json.dumps)
def test_a_lock_without_an_id_is_not_lost(locked: Cloud, own: tuple[str, ...], odd: Any) -> None:
    locked.emulator.bend = for_rows("/locks", lambda reply: changed(reply, value=[odd]))
    assert locked.scan(*own, select=f"{SELECT},own-locks").code == 3


@pytest.mark.parametrize("link", ["https://elsewhere.example/next", "http://[", "http://127.0.0.1:99999999/x", "//x/y"])
def test_a_next_link_that_leads_elsewhere_is_not_followed(locked: Cloud, own: tuple[str, ...], link: str) -> None:
    locked.emulator.bend = for_rows("/locks", lambda reply: changed(reply, nextLink=link))
    scanned = locked.scan(*own, select=f"{SELECT},own-locks")
    assert (scanned.code, scanned.verdicts) == (3, CLEAN), scanned.done.err


def cpu(resource: str, metric: str, _: Any) -> float | None:
    return 12.5 if "cpu" in metric and resource else None


def test_metrics_are_refused_or_fail(cloud: Cloud, own: tuple[str, ...]) -> None:
    cloud.emulator.metrics = cpu
    scanned = cloud.scan(*own, select=f"{SELECT},own-metrics")
    assert (scanned.code, set(scanned.verdicts["own-metrics"].values())) == (1, {"pass"})
    assert scanned.raw.count(b'"policy": "own-metrics"') == 6
    cloud.emulator.access.denied = {"Microsoft.Insights/metrics/read"}
    scanned = cloud.scan(*own, select=f"{SELECT},own-metrics")
    assert (scanned.code, scanned.verdicts) == (1, CLEAN)
    assert "needs Microsoft.Insights/metrics/read: metrics" in problems(scanned, incomplete=False)[0]
    cloud.emulator.access = Access()
    for body in (b"{}", b'{"values":null}', b'{"values":[5]}', b"[]"):
        cloud.emulator.bend = lambda request, _, body=body: Reply(200, body) if "getBatch" in request.path else None
        scanned = cloud.scan(*own, *SOON, select=f"{SELECT},own-metrics")
        assert (scanned.code, scanned.verdicts) == (3, CLEAN), body


@pytest.mark.parametrize(
    "values",
    [
        [{}],
        [{"resourceid": None}],
        [{"resourceid": vm_id("nobody"), "value": []}],
        [{"resourceid": vm_id("vm1"), "value": None}],
        [{"resourceid": vm_id("vm1"), "value": [{"name": None}, {"name": {"value": 5}}, 7]}],
        [{"resourceid": vm_id("vm1"), "value": [{"name": {"value": "x"}, "timeseries": [{"data": 5}, None]}]}],
    ],
    ids=json.dumps,
)
def test_odd_metrics_are_not_known(cloud: Cloud, own: tuple[str, ...], values: Any) -> None:
    cloud.emulator.bend = for_rows("getBatch", lambda reply: changed(reply, values=values))
    scanned = cloud.scan(*own, select=f"{SELECT},own-metrics")
    assert scanned.code == 1, scanned.done.err
    assert "pass" not in scanned.verdicts.get("own-metrics", {}).values()


@pytest.mark.parametrize(("given", "code"), [(403, 1), (404, 1), (500, 3), ({"values": None}, 3), ({"values": []}, 1)])
def test_service_tags_that_cannot_be_read_are_those_bundled(cloud: Cloud, given: Any, code: int) -> None:
    select = f"{SELECT},outbound-to-storage"
    before = cloud.scan(select=select)
    cloud.emulator.service_tags = given
    if given == 500:
        cloud.emulator.faults = Faults([fault("500", "serviceTags", None)])
    scanned = cloud.scan(*SOON, select=select)
    assert before.code == 1
    assert scanned.code == code, scanned.done.err
    assert scanned.verdicts == before.verdicts
    if given == 403:
        assert "needs Microsoft.Network/locations/serviceTags/read" in problems(scanned, incomplete=False)[0]


def test_run_commands_are_refused_or_fail(snapready: Command, tmp_path: Path) -> None:
    nic = [{"name": "eth0", "mac": "00-0D-3A-12-34-56", "dhcp": True}]
    with emulator([*tenant(), guest(vm_id("vm1"), interfaces=nic)]) as found:
        cloud = Cloud(found, snapready, tmp_path)
        select = f"{SELECT},guest-dhcp"
        assert cloud.emulator.asked(kind="run-command") == 0
        cloud.scan(select=select)
        assert cloud.emulator.asked(kind="run-command") == 1
        right = "Microsoft.Compute/virtualMachines/runCommands/read"
        cloud.emulator.access.denied = {f"{right}@/vm1"}
        scanned = cloud.scan(select=select)
        assert scanned.code == 1
        assert scanned.verdicts["guest-dhcp"]["vm1"] == "unknown"
        assert right in problems(scanned, incomplete=False)[0]
        cloud.emulator.access = Access()
        cloud.emulator.faults = Faults([fault("500", "/runCommands/", None)])
        scanned = cloud.scan(*SOON, select=select)
        assert scanned.code == 3
        assert f"subscription {SUBSCRIPTION}" in problems(scanned, incomplete=True)[0]


def test_odd_run_commands_publish_nothing(snapready: Command, tmp_path: Path) -> None:
    with emulator([*tenant(), guest(vm_id("vm1"))]) as found:
        cloud = Cloud(found, snapready, tmp_path)
        properties: list[Any] = [None, [], "x", {}, {"instanceView": None}, {"instanceView": {"output": 5}}]
        for odd in properties:

            def bend(request: Request, reply: Reply, odd: Any = odd) -> Reply | None:
                return changed(reply, properties=odd) if "runCommands" in request.path else None

            cloud.emulator.bend = bend
            scanned = cloud.scan(select=f"{SELECT},guest-dhcp")
            assert scanned.code == 1, scanned.done.err
            assert set(scanned.verdicts["guest-dhcp"].values()) == {"unknown"}
