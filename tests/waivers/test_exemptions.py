"""Azure Policy's exemptions as waivers: only what is mapped, only while it holds, and never more than it exempts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.sources.azure import scope
from tests.azure.collecting import CONTOSO
from tests.azure.world import Bent, changed, for_rows
from tests.cli.running import Command
from tests.emulator import Emulator, load, taken_at
from tests.emulator.wire import Reply
from tests.rows import SUBSCRIPTION, vm, vm_id, write

Write = Callable[[str], Path]
ASSIGNMENT = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/vm-backup"
MAPPED = """
waivers:
  exemptions:
    - assignment: "*/policyAssignments/vm-backup"
      policies: power-state-consistent
      definitions: vmState
"""
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"


def exemption(scope: str, name: str = "ex1", row: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """As Resource Graph has it (learn.microsoft.com/azure/governance/policy/concepts/exemption-structure)."""
    given = {
        "policyAssignmentId": ASSIGNMENT,
        "exemptionCategory": "Waiver",
        "displayName": "Scheduled for deletion",
        "description": "by the end of the quarter",
        "metadata": {"requestedBy": "Storage team", "ticketRef": "4baf214c"},
        "expiresOn": "2026-12-31T23:59:00.0000000Z",
        **properties,
    }
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/policyExemptions/{name}",
        "name": name,
        "type": "microsoft.authorization/policyexemptions",
        "subscriptionId": SUBSCRIPTION,
        "properties": {name: value for name, value in given.items() if value is not None},
        **(row or {}),
    }


def scanned(snapready: Command, folder: Path, *rows: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result of the one VM that fails, and what is said of the exemption."""
    failing = vm(vm_id("web01"), provisioning="Failed")
    path = write(folder / "fleet.ndjson", [failing, *rows])
    snapready(
        "scan", path, "--select", "power-state-consistent", "--report", "json=out.json", "--taken-at", "2026-11-22"
    )
    results = json.loads(Path("out.json").read_text("utf-8"))["results"]
    found = next(result for result in results if result["policy"] == "power-state-consistent")
    said = [result for result in results if result["policy"] == "snapready/waivers"]
    return found, said[0] if said else {}


@pytest.mark.parametrize("scope", [vm_id("web01"), GROUP.upper(), f"/subscriptions/{SUBSCRIPTION}"])
def test_an_exemption_of_what_it_is_below_that_waives_nothing(
    snapready: Command, configured: Write, scope: str
) -> None:
    found, said = scanned(snapready, configured(MAPPED).parent, exemption(scope))
    assert found["verdict"] == "waived"
    assert found["waiver"]["source"] == "exemption"
    assert found["waiver"]["owner"] == "Storage team"
    assert found["waiver"]["ticket"] == "4baf214c"
    assert found["waiver"]["reason"] == "Scheduled for deletion: by the end of the quarter"
    assert found["waiver"]["expires"] == "2026-12-31T23:59:00Z"
    whole = scope.count("/") == 2
    assert (said["verdict"], "a whole subscription" in said["reason"]) == ("fail" if whole else "pass", whole)


@pytest.mark.parametrize(
    ("scope", "properties"),
    [
        (vm_id("web02"), {}),
        (f"{GROUP}-2", {}),
        (GROUP, {"policyAssignmentId": ASSIGNMENT + "-2"}),
        (GROUP, {"policyAssignmentId": None}),
        (GROUP, {"policyDefinitionReferenceIds": ["anotherOne"]}),
        (GROUP, {"policyDefinitionReferenceIds": "vmState"}),
        (GROUP, {"expiresOn": None}),
        (GROUP, {"expiresOn": "never"}),
        (GROUP, {"expiresOn": "2026-11-21T23:59:59Z"}),
        (
            GROUP,
            {"resourceSelectors": [{"name": "west", "selectors": [{"kind": "resourceLocation", "in": ["westus"]}]}]},
        ),
        ("/providers/Microsoft.Management/managementGroups/lab", {}),
    ],
)
def test_an_exemption_that_waives_more_than_it_exempts(
    snapready: Command, configured: Write, scope: str, properties: dict[str, Any]
) -> None:
    found, said = scanned(snapready, configured(MAPPED).parent, exemption(scope, **properties))
    assert found["verdict"] == "fail"
    assert not said or said["verdict"] == "fail"


@pytest.mark.parametrize(
    ("expires", "created", "verdict"),
    [
        ("9999-12-31T23:59:59.9999999Z", "2026-10-05T08:00:00Z", "waived"),  # .NET's DateTime.MaxValue
        ("9999-12-31T23:59:59-05:00", "20261005T080000Z", "waived"),
        ("0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00+05:00", "fail"),
    ],
)
def test_an_exemption_until_a_time_at_the_end_of_all_times_ends_the_scan(
    snapready: Command, configured: Write, expires: str, created: str, verdict: str
) -> None:
    row = {"systemData": {"createdAt": created}}
    found, said = scanned(snapready, configured(MAPPED).parent, exemption(GROUP, row=row, expiresOn=expires))
    assert (found["verdict"], bool(said)) == (verdict, True)


@pytest.mark.parametrize("references", [[], ["vmState"], ["another", "VMSTATE"]])
def test_an_exemption_from_a_part_of_an_initiative(
    snapready: Command, configured: Write, references: list[str]
) -> None:
    folder = configured(MAPPED).parent
    given = exemption(GROUP, policyDefinitionReferenceIds=references)
    assert scanned(snapready, folder, given)[0]["verdict"] == "waived"
    configured(MAPPED.replace("      definitions: vmState\n", ""))
    assert scanned(snapready, folder, given)[0]["verdict"] == ("fail" if references else "waived")


def test_an_exemption_that_runs_longer_than_a_waiver_may(snapready: Command, configured: Write) -> None:
    folder = configured(MAPPED.replace("waivers:", "waivers:\n  maximum: 90d")).parent
    old = {"systemData": {"createdAt": "2026-01-01T00:00:00Z"}}
    assert scanned(snapready, folder, exemption(GROUP))[0]["verdict"] == "waived", "39 days from now"
    found, said = scanned(snapready, folder, exemption(GROUP, row=old))
    assert (found["verdict"], said["severity"]) == ("fail", "warning")
    assert "it runs 364 days from 2026-01-01, and 90 is the most" in said["reason"]


def test_a_management_group_whose_subscriptions_are_known(snapready: Command, configured: Write) -> None:
    folder = configured(MAPPED).parent
    above = {
        "id": f"/subscriptions/{SUBSCRIPTION}",
        "type": "microsoft.resources/subscriptions",
        "properties": {"managementGroupAncestorsChain": [{"name": "Lab"}, {"name": "root"}]},
    }
    scope = "/providers/Microsoft.Management/managementGroups/"
    assert scanned(snapready, folder, above, exemption(f"{scope}LAB"))[0]["verdict"] == "waived"
    assert scanned(snapready, folder, above, exemption(f"{scope}prod"))[0]["verdict"] == "fail"


def test_an_exemption_that_nobody_mapped(snapready: Command, configured: Write) -> None:
    folder = configured("waivers: {maximum: 90d}\n").parent
    found, said = scanned(snapready, folder, exemption(GROUP))
    assert (found["verdict"], said) == ("fail", {})
    configured(MAPPED.replace("power-state-consistent", "power-state"))
    done = snapready("scan", "fleet.ndjson")
    assert done.code == 2
    assert "there is no policy 'power-state', did you mean 'power-state-consistent'?" in done.err


@pytest.fixture
def tenant() -> Iterator[Emulator]:
    """The example fleet in a tenant that has exemptions."""
    rows, subscriptions = load(CONTOSO)
    failing = next(row for row in rows if row["id"].lower().endswith("/virtualmachines/app06"))
    given = {**exemption(failing["id"]), "subscriptionId": failing["subscriptionId"]}
    with Emulator([*rows, given], subscriptions=subscriptions, quota=None, date=taken_at(CONTOSO)) as found:
        yield found


def test_exemptions_that_a_live_scan_does_not_ask_for(snapready: Command, configured: Write, tenant: Emulator) -> None:
    configured(MAPPED)
    options = ["--endpoint", tenant.url, "--select", "power-state-consistent", "--save", "fleet.ndjson"]
    done = snapready("scan", "azure", *options)
    assert "WAIVED  1 finding" in done.out, done.err
    assert "power-state-consistent: app06" in done.out
    assert "WAIVED  1 finding" in snapready("scan", "fleet.ndjson", "--select", "power-state-consistent").out


def above(name: str, group: str, **properties: Any) -> dict[str, Any]:
    """An exemption at a management group: Resource Graph gives it no subscription."""
    scope = f"/providers/Microsoft.Management/managementGroups/{group}"
    return exemption(scope, name, {"subscriptionId": None, "resourceGroup": None}, **properties)


@pytest.fixture
def nested() -> Iterator[Bent]:
    """The example fleet below management groups that have exemptions of their own, as has one beside them."""
    rows, subscriptions = load(CONTOSO)
    groups = {"Root": ["Prod", "Lab"], "Prod": list(subscriptions), "Lab": []}
    given = [above("ex-prod", "Prod"), above("ex-lab", "Lab")]
    with Bent(
        [*rows, *given],
        subscriptions=subscriptions,
        quota=None,
        date=taken_at(CONTOSO),
        management_groups=groups,
    ) as found:
        yield found


@pytest.mark.parametrize("a_group", [250, 1])
def test_exemptions_above_the_subscriptions_that_a_live_scan_misses(
    snapready: Command, configured: Write, nested: Bent, monkeypatch: pytest.MonkeyPatch, a_group: int
) -> None:
    monkeypatch.setattr(scope, "GROUP", a_group)
    configured(MAPPED)
    options = ["--endpoint", nested.url, "--select", "power-state-consistent", "--save", "fleet.ndjson"]
    done = snapready("scan", "azure", *options)
    assert "FAIL warning  power-state-consistent" not in done.out, done.err
    assert "power-state-consistent: app06" in done.out.partition("WAIVED")[2]
    assert "came again" not in done.out + done.err
    rows = [json.loads(line) for line in Path("fleet.ndjson").read_text("utf-8").splitlines()[1:]]
    assert {row["name"] for row in rows if row["type"].lower().endswith("policyexemptions")} == {"ex-prod"}
    again = snapready("scan", "fleet.ndjson", "--select", "power-state-consistent")
    assert again.out.partition("\n\n")[2] == done.out.partition("\n\n")[2]


def test_an_exemption_above_the_subscriptions_that_does_not_come_leaves_the_scan_incomplete(
    snapready: Command, configured: Write, nested: Bent
) -> None:
    """Resource Graph counts it under no subscription: it may hold for each of them."""
    configured(MAPPED)
    nested.bend = for_rows("policyresources | where type in~", _without_rows)
    options = ["--endpoint", nested.url, "--select", "power-state-consistent"]
    done = snapready("scan", "azure", *options)
    assert done.code == 3
    assert "0 of 1 rows came; collect it again (and 2 more)" in done.err


def _without_rows(reply: Reply) -> Reply:
    """What says how many rows there are, and holds none; counts stay as they are."""
    rows = json.loads(reply.body)["data"]
    return changed(reply, data=[]) if rows and "properties" in rows[0] else reply
