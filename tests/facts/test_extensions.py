"""Extensions as Resource Graph has them, and the backup extension as the agent runs it."""

from typing import Any

import pytest

from scanner.language.values import OpenList
from scanner.model import Unknown
from scanner.rowtypes import EXTENSION
from tests.rows import OTHER_SUBSCRIPTION, facts_of, fleet_of, header, row, view, vm, vm_id

RECOVERY = "Microsoft.Azure.RecoveryServices"


def extension(
    kind: Any = "VMSnapshot", state: Any = "Succeeded", publisher: Any = RECOVERY, name: str = "", of: str = vm_id()
) -> Any:
    given = {"publisher": publisher, "type": kind, "provisioningState": state}
    known = {key: value for key, value in given.items() if value is not None}
    return row(EXTENSION, f"{of}/extensions/{name or kind}", known)


def script(state: Any = "Failed", name: str = "install") -> Any:
    return extension("CustomScript", state, "Microsoft.Azure.Extensions", name)


def told(fact: str, *rows: Any, collected: bool = True) -> Any:
    return facts_of([header(rows, EXTENSION) if collected else header([]), vm(), *rows])[fact]


def test_a_well_extension_of_another_kind_takes_memory() -> None:
    assert fleet_of([script("Succeeded"), script("succeeded", "b")]).table("extensions") == {}
    assert len(fleet_of([script(), extension(), extension("VMSnapshot", None, None)]).table("extensions")) == 2


def test_a_row_that_became_well_is_still_taken_for_failed() -> None:
    rows = [vm(), script(), script("Succeeded")]
    assert facts_of(rows, asserted=frozenset({"all"}))["extensions.failed"] == []


def test_backups_own_extension_counts_among_the_others() -> None:
    rows = [extension(state="Failed"), script()]
    kind = "Microsoft.Azure.Extensions.CustomScript"
    assert told("extensions.failed", *rows) == [{"name": "install", "type": kind, "state": "Failed"}]
    assert told("extensions.backup", *rows) == {"name": "VMSnapshot", "type": "VMSnapshot", "state": "Failed"}


def test_a_failed_backup_extension_hides_behind_one_that_is_well() -> None:
    rows = [extension(), extension("VMSnapshotLinux", "Failed")]
    assert told("extensions.backup", *rows)["state"] == "Failed"


def test_none_found_where_not_all_were_collected_is_none() -> None:
    assert told("extensions.backup") is False
    assert told("extensions.failed") == []
    assert told("extensions.backup", collected=False).needs == "collection"
    assert told("extensions.failed", collected=False).needs == "collection"


def test_what_is_found_is_all_there_is() -> None:
    found = told("extensions.failed", script(), collected=False)
    assert isinstance(found, OpenList)
    assert (len(found.known), found.extra) == (1, float("inf"))


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        ("Updating", "settling"),
        ("creating", "settling"),
        ("Deleting", "settling"),
        ("Resting", "property"),
        (None, "property"),
        (5, "property"),
        ([], "property"),
    ],
)
def test_a_state_that_is_neither_is_well_or_failed(state: Any, needs: str) -> None:
    found = told("extensions.backup", extension(state=state))
    assert isinstance(found, Unknown)
    assert found.needs == needs
    others = told("extensions.failed", script(state))
    assert isinstance(others, OpenList)
    assert (others.known, others.extra, others.why[0].needs) == ([], 1, needs)


@pytest.mark.parametrize(("publisher", "kind"), [(None, "VMSnapshot"), (RECOVERY, None), (None, None)])
def test_an_extension_that_may_be_backups_is_taken_for_it_or_not(publisher: Any, kind: Any) -> None:
    rows = [extension(kind, "Failed", publisher, "e")]
    assert isinstance(told("extensions.backup", *rows), Unknown)
    assert isinstance(told("extensions.failed", *rows), OpenList)
    rows = [extension(kind, "Succeeded", publisher, "e")]
    assert told("extensions.failed", *rows) == [], "a well one is no failed one, whoever made it"


def handlers(*given: Any) -> Any:
    one = view("2.7")
    one["properties"]["vmAgent"]["extensionHandlers"] = list(given)
    return facts_of([vm(), one])["agent.backup_extension"]


def handler(code: Any = None, words: Any = None, kind: str = "VMSnapshot", **more: Any) -> Any:
    status = {"code": code, "displayStatus": words, **more}
    known = {key: value for key, value in status.items() if value is not None}
    return {"type": f"{RECOVERY}.{kind}", "typeHandlerVersion": "1.0.92.0", "status": known}


@pytest.mark.parametrize(
    ("code", "words", "ready"),
    [
        ("ProvisioningState/succeeded", "Ready", True),
        ("provisioningstate/SUCCEEDED", None, True),
        (None, "ready", True),
        (None, "Provisioning succeeded", True),
        ("ProvisioningState/succeeded", "Not Ready", False),
        ("ProvisioningState/failed/5", "Ready", False),
        ("ProvisioningState/failed/5", None, False),
        (None, "Unresponsive", False),
    ],
)
def test_a_status_says_what_it_does_not(code: Any, words: Any, ready: bool) -> None:
    assert handlers(handler(code, words))["ready"] is ready


@pytest.mark.parametrize(
    ("code", "words", "needs"),
    [
        ("ProvisioningState/transitioning", "Not Ready", "settling"),
        ("ProvisioningState/succeeded", "Installing", "settling"),
        (None, None, "instance-view"),
        (5, [], "instance-view"),
    ],
)
def test_a_handler_at_work_is_judged(code: Any, words: Any, needs: str) -> None:
    found = handlers(handler(code, words))
    assert isinstance(found, Unknown)
    assert found.needs == needs


def test_another_extension_is_backups() -> None:
    stranger = {"type": "Contoso.Backup.VMSnapshot", "status": {"displayStatus": "Ready"}}
    workload = {"type": f"{RECOVERY}.WorkloadBackup.AzureBackupWindowsWorkload"}
    assert handlers(stranger, workload) is False
    assert handlers() is False
    assert handlers(stranger, handler(None, "Ready", "VMSNAPSHOTLINUX"))["type"] == "VMSnapshotLinux"


@pytest.mark.parametrize("odd", [None, "VMSnapshot", {}, {"type": None}, {"type": 5}])
def test_a_list_with_an_odd_handler_lacks_backups(odd: Any) -> None:
    assert isinstance(handlers(odd), Unknown)
    assert handlers(odd, handler(None, "Ready"))["ready"] is True


@pytest.mark.parametrize("agent", [None, {}, {"extensionHandlers": None}, {"extensionHandlers": {}}])
def test_a_view_that_lists_no_handlers_says_that_there_are_none(agent: Any) -> None:
    one = view("2.7")
    one["properties"]["vmAgent"] = agent
    assert isinstance(facts_of([vm(), one])["agent.backup_extension"], Unknown)


@pytest.mark.parametrize(
    ("statuses", "ready"),
    [
        ([{"displayStatus": "Ready"}, {"displayStatus": "Not Ready"}], False),
        ([{"displayStatus": "Not Ready", "code": "ProvisioningState/succeeded"}], False),
        ([{"displayStatus": "Ready"}, {}], None),
        ([], None),
        (None, None),
        ("Ready", None),
    ],
)
def test_one_status_that_is_well_makes_the_agent_ready(statuses: Any, ready: bool | None) -> None:
    one = view("2.7")
    one["properties"]["vmAgent"]["statuses"] = statuses
    found = facts_of([vm(), one])["agent.ready"]
    assert found is ready if ready is not None else isinstance(found, Unknown)


def test_the_subscription_of_another_vm_speaks_for_this_one() -> None:
    other = vm_id(subscription=OTHER_SUBSCRIPTION)
    rows = [header([], EXTENSION), vm(), vm(other)]
    assert facts_of(rows, other)["extensions.failed"].needs == "collection"
