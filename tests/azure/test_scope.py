"""Which subscriptions are read, which are not, and when an empty one is believed to be empty."""

import json
from pathlib import Path

import pytest

from tests.azure.test_fault_table import CLEAN
from tests.azure.world import SUBSCRIPTIONS, Cloud, Scanned, changed, emulator, fault, for_rows, lock
from tests.cli.running import Command, Done
from tests.emulator import Access, Faults
from tests.emulator.wire import Reply, Request
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, item, vm, vm_id

NOWHERE = "00000000-0000-0000-0000-000000000001"
ONE = {name: {each: it for each, it in of.items() if each != "far"} for name, of in CLEAN.items()}
FAR = {name: {"far": of["far"]} for name, of in CLEAN.items()}


def incomplete(scanned: Scanned) -> str:
    return "\n".join(problem["message"] for problem in scanned.problems if problem["incomplete"])


def both(cloud: Cloud, *scope: str) -> tuple[Scanned, Done]:
    """A scan and a snapshot of one scope, which must agree on whether all was read."""
    scanned, (done, _) = cloud.scan(*scope), cloud.snapshot(*scope)
    assert (scanned.code in (2, 3)) == (done.code in (2, 3)), (scanned.done.err, done.err)
    assert (scanned.code == 2) == (done.code == 2)
    return scanned, done


def test_nothing_may_be_read(cloud: Cloud) -> None:
    cloud.emulator.access.unreadable = {SUBSCRIPTION, OTHER_SUBSCRIPTION}
    scanned, done = both(cloud)
    assert scanned.code == 2
    for each in (scanned.done, done):
        assert "nothing can be read of everything the identity can read" in each.err
        assert "give the identity the Reader role there" in each.err


def test_queries_are_refused(cloud: Cloud) -> None:
    cloud.emulator.faults = Faults([fault("forbidden", "", None)])
    scanned, _ = both(cloud)
    assert scanned.code == 2
    assert "AuthorizationFailed" in scanned.done.err
    assert len(cloud.emulator.requests) == 2  # one each: a refusal does not pass


def test_a_query_is_refused_on_the_way(cloud: Cloud) -> None:
    cloud.emulator.faults = Faults([fault("forbidden", "protecteditems'", None)])
    scanned, done = both(cloud)
    assert scanned.code == 3
    assert "protecteditems of subscription" in incomplete(scanned)
    assert "AuthorizationFailed" in done.err
    assert scanned.verdicts["agent-version"] == CLEAN["agent-version"]
    assert set(scanned.verdicts["last-backup-recent"].values()) == {"unknown"}


def test_one_of_two_named_subscriptions_is_not_readable(cloud: Cloud) -> None:
    cloud.emulator.access.unreadable = {OTHER_SUBSCRIPTION}
    scanned, done = both(cloud, "--subscription", f"{SUBSCRIPTION},{OTHER_SUBSCRIPTION.upper()}")
    assert (scanned.code, scanned.verdicts) == (3, ONE)
    assert f"subscription {OTHER_SUBSCRIPTION} could not be read: the identity cannot read it" in incomplete(scanned)
    assert OTHER_SUBSCRIPTION in done.err


def test_a_subscription_that_is_not_there_is_not_taken_for_empty(cloud: Cloud) -> None:
    scanned, _ = both(cloud, "--subscription", NOWHERE)
    assert scanned.code == 2
    assert NOWHERE in scanned.done.err
    scanned, _ = both(cloud, "--subscription", f"{SUBSCRIPTION},{NOWHERE}")
    assert (scanned.code, scanned.verdicts) == (3, ONE)
    assert f"subscription {NOWHERE} could not be read" in incomplete(scanned)


def test_one_named_subscription_spoils_the_call_for_the_others(cloud: Cloud) -> None:
    """A service that refuses the whole call is asked for each."""

    def bend(request: Request, _: Reply) -> Reply | None:
        body = request.body or {}
        if NOWHERE in (body.get("subscriptions") or []):
            return Reply(400, b'{"error":{"code":"BadRequest","message":"no"}}')
        return None

    cloud.emulator.bend = bend
    scanned, _ = both(cloud, "--subscription", f"{SUBSCRIPTION},{NOWHERE}")
    assert (scanned.code, scanned.verdicts) == (3, ONE)
    assert "BadRequest" in incomplete(scanned)


@pytest.mark.parametrize("scope", [("--management-group", "unknown"), ("--management-group", "empty")])
def test_a_management_group_that_is_unknown_or_holds_nothing(cloud: Cloud, scope: tuple[str, str]) -> None:
    cloud.emulator.management_groups = {"mg": [OTHER_SUBSCRIPTION], "empty": []}
    scanned, _ = both(cloud, *scope)
    assert scanned.code == 2
    assert f"management group {scope[1]} cannot be read: AuthorizationFailed" in scanned.done.err
    scanned, _ = both(cloud, *scope, "--management-group", "mg")
    assert (scanned.code, scanned.verdicts) == (3, FAR)
    assert f"management group {scope[1]} cannot be read" in incomplete(scanned)


def test_a_management_group_that_shows_no_subscription(cloud: Cloud) -> None:
    cloud.emulator.management_groups = {"mg": [OTHER_SUBSCRIPTION]}
    empty = b'{"totalRecords":0,"count":0,"data":[],"facets":[],"resultTruncated":"false"}'
    cloud.emulator.bend = for_rows("managementGroups", lambda reply: Reply(200, empty, reply.headers))
    scanned, _ = both(cloud, "--management-group", "mg")
    assert scanned.code == 2
    assert "management group mg holds no subscription that this identity can see" in scanned.done.err


def test_a_management_group_that_is_refused_or_does_not_answer(cloud: Cloud) -> None:
    cloud.emulator.management_groups = {"mg": [OTHER_SUBSCRIPTION], "other": [SUBSCRIPTION]}
    for kind in ("forbidden", "500"):
        cloud.emulator.faults = Faults([fault(kind, lambda request: '"other"' in request.text, None)])
        scanned, _ = both(cloud, "--management-group", "mg,other", "--retry-for", "5s")
        assert (scanned.code, scanned.verdicts) == (3, FAR)
        assert "management group other cannot be read" in incomplete(scanned)


def test_a_readable_management_group_says_what_it_cannot_know(cloud: Cloud) -> None:
    cloud.emulator.management_groups = {"mg": [OTHER_SUBSCRIPTION]}
    scanned, done = both(cloud, "--management-group", "mg")
    assert (scanned.code, scanned.verdicts) == (0, FAR)
    assert "only --expect-subscriptions can tell" in done.err


def test_more_subscriptions_than_are_searched_at_once(cloud: Cloud) -> None:
    def change(reply: Reply) -> Reply:
        reply.headers["x-ms-tenant-subscription-limit-hit"] = "true"
        return reply

    cloud.emulator.bend = for_rows(SUBSCRIPTIONS, change)
    scanned, done = both(cloud)
    assert (scanned.code, scanned.verdicts) == (3, CLEAN)
    assert "more subscriptions than Resource Graph searches at once" in incomplete(scanned)
    assert "searches at once" in done.err


def test_an_expected_subscription_that_cannot_be_seen(cloud: Cloud, tmp_path: Path) -> None:
    expected = tmp_path / "expected.txt"
    expected.write_text(f"{SUBSCRIPTION.upper()}\n{OTHER_SUBSCRIPTION} # far\n{NOWHERE}\n")
    scanned, done = both(cloud, "--expect-subscriptions", str(expected))
    assert (scanned.code, scanned.verdicts) == (3, CLEAN)
    assert f"subscription {NOWHERE} could not be read: it is expected" in incomplete(scanned)
    assert NOWHERE in done.err


@pytest.mark.parametrize("kind", ["short", "no-token", "truncated"])
def test_a_list_of_subscriptions_that_is_not_whole(snapready: Command, tmp_path: Path, kind: str) -> None:
    with emulator(page_limit=1) as found:
        found.faults = Faults([fault(kind, SUBSCRIPTIONS, 1, after=1 if kind != "no-token" else 0)])
        scanned = Cloud(found, snapready, tmp_path).scan()
        assert scanned.code == 3
        assert scanned.verdicts == ONE
        assert "1 of 2 subscriptions of this tenant were named" in incomplete(scanned)


def test_a_list_of_subscriptions_that_breaks_off(snapready: Command, tmp_path: Path) -> None:
    with emulator(page_limit=1) as found:
        found.faults = Faults([fault("500", SUBSCRIPTIONS, None, after=1)])
        scanned = Cloud(found, snapready, tmp_path).scan("--retry-for", "5s")
        assert (scanned.code, scanned.verdicts) == (3, ONE)
        assert "the list of subscriptions of this tenant broke off" in incomplete(scanned)


def test_rows_that_name_no_subscription(cloud: Cloud) -> None:
    """A list with odd members is no whole list."""
    odd = [None, 5, "x", {}, {"subscriptionId": None}, {"subscriptionId": OTHER_SUBSCRIPTION}]
    cloud.emulator.bend = for_rows(SUBSCRIPTIONS, lambda reply: changed(reply, data=odd, totalRecords=6))
    scanned, _ = both(cloud)
    assert (scanned.code, scanned.verdicts) == (3, FAR)


# Rights.


def test_a_role_on_one_resource_group_proves_nothing_of_the_others(cloud: Cloud) -> None:
    """What is seen is judged; "none found" is not believed; a subscription that was named is not all there."""
    cloud.emulator.access = Access(resource_groups={SUBSCRIPTION: {"rg-app"}})
    scanned, done = both(cloud)
    assert scanned.code == 1  # it was not said that all of it must be readable
    assert scanned.verdicts["agent-version"] == CLEAN["agent-version"]
    assert any("not known in subscription" in problem["message"] for problem in scanned.problems)
    assert done.code == 0
    for scope in (("--subscription", SUBSCRIPTION), ("--subscription", f"{OTHER_SUBSCRIPTION},{SUBSCRIPTION}")):
        scanned, done = both(cloud, *scope)
        assert scanned.code == 3
        assert "the identity may not read all of it" in incomplete(scanned)
        assert "the identity may not read all of it" in done.err


def test_backup_that_cannot_be_seen_is_not_taken_for_none(snapready: Command, tmp_path: Path) -> None:
    """The vault lies in another resource group: the VM is not "not protected"."""
    with emulator([vm(), item(policy=None)]) as found:
        found.access = Access(resource_groups={SUBSCRIPTION: {"rg-app"}})
        scanned = Cloud(found, snapready, tmp_path).scan()
        assert scanned.verdicts == {"agent-version": {"vm1": "unknown"}, "last-backup-recent": {"vm1": "unknown"}}
        assert scanned.code == 3


def test_permissions_that_cannot_be_asked(cloud: Cloud) -> None:
    cloud.emulator.access.denied = {"Microsoft.Authorization/permissions/read"}
    for kind, code, words in (("forbidden", 1, ""), ("500", 3, "could not be asked: 500")):
        cloud.emulator.faults = Faults([fault(kind, "permissions", None)])
        scanned, _ = both(cloud, "--retry-for", "5s")
        assert scanned.code == code
        assert scanned.verdicts == CLEAN
        assert words in incomplete(scanned)
        (said,) = [one["message"] for one in scanned.problems if not one["incomplete"]]
        assert "needs Microsoft.Authorization/permissions/read" in said
    cloud.emulator.faults = Faults([fault("forbidden", "permissions", None)])
    scanned, _ = both(cloud, "--subscription", SUBSCRIPTION)
    assert (scanned.code, scanned.verdicts) == (3, ONE)
    assert "whether the identity sees all of it cannot be told" in incomplete(scanned)


# Nothing to judge.


def test_a_scope_proved_empty_holds(snapready: Command, tmp_path: Path) -> None:
    with emulator([lock()], subscriptions=[SUBSCRIPTION, OTHER_SUBSCRIPTION]) as found:
        cloud = Cloud(found, snapready, tmp_path)
        for scope in ((), ("--subscription", SUBSCRIPTION)):
            for select in ("agent-version", "staggered-schedules", "agent-version,staggered-schedules"):
                scanned = cloud.scan(*scope, select=select)
                assert scanned.code == 0, scanned.done.err
                assert "every subscription was read, and there is no" in scanned.done.err
        done, rows = cloud.snapshot()
        assert done.code == 0
        assert len(rows.splitlines()) == 1
        again = snapready("scan", cloud.folder / "fleet.ndjson", "--select", "agent-version")
        assert again.code == 2  # of a file nobody knows whether it is the right one
        assert snapready("scan", cloud.folder / "fleet.ndjson", "--allow-empty").code == 0
        report = snapready("report", cloud.folder / "results.json", "--report", "text=-")
        assert "every subscription was read" in report.out + report.err


@pytest.mark.parametrize(
    "access",
    [
        Access(resource_groups={SUBSCRIPTION: {"rg-other"}}),
        Access(permissions={SUBSCRIPTION: []}),
        Access(denied={"Microsoft.Compute/virtualMachines/read"}),
    ],
    ids=["one resource group", "no rights", "no VMs"],
)
def test_an_emptiness_that_is_not_proved_does_not(snapready: Command, tmp_path: Path, access: Access) -> None:
    with emulator([lock()], subscriptions=[SUBSCRIPTION], access=access) as found:
        cloud = Cloud(found, snapready, tmp_path)
        scanned = cloud.scan(select="agent-version")
        assert scanned.code == 2
        assert "the identity may not see all there is" in scanned.done.err
        assert cloud.scan("--subscription", SUBSCRIPTION, select="agent-version").code == 2


def test_an_empty_subscription_beside_one_that_cannot_be_read_is_no_answer(snapready: Command, tmp_path: Path) -> None:
    with emulator([], subscriptions=[SUBSCRIPTION, OTHER_SUBSCRIPTION]) as found:
        found.access.unreadable = {OTHER_SUBSCRIPTION}
        cloud = Cloud(found, snapready, tmp_path)
        assert cloud.scan().code == 0  # nobody said that there is another
        scanned = cloud.scan("--subscription", f"{SUBSCRIPTION},{OTHER_SUBSCRIPTION}")
        assert scanned.code == 2
        assert OTHER_SUBSCRIPTION in scanned.done.err


@pytest.mark.parametrize("kind", ["500", "truncated", "garbage", "forbidden"])
def test_vms_that_could_not_be_asked_for_are_not_none(snapready: Command, tmp_path: Path, kind: str) -> None:
    with emulator([vm(vm_id("vm1"))]) as found:
        found.faults = Faults([fault(kind, "in~ ('microsoft.compute/virtualmachines')", None)])
        cloud = Cloud(found, snapready, tmp_path)
        scanned = cloud.scan("--retry-for", "5s")
        assert scanned.code == 2
        assert "nothing to judge: " in scanned.done.err
        done, rows = cloud.snapshot("--retry-for", "5s")
        assert done.code == 3
        entry = json.loads(rows.splitlines()[0])["snapready"]["collected"][SUBSCRIPTION]
        assert entry["microsoft.compute/virtualmachines"]["error"]
