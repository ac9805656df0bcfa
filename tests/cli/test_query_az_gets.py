"""What the script of `query --az` gets beside Resource Graph: what run commands wrote, and resource locks."""

import json

from scanner.model import Fields, Row
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS, LOCK, RUN_COMMAND, VM
from tests.cli.cloud import Cloud, needs_jq
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, row, vm, vm_id
from tests.sources.material import read

SECRETS = {
    "source": {"script": "x --password hunter2"},
    "parameters": [{"name": "p", "value": "hunter2"}],
    "protectedParameters": [{"name": "p", "value": "hunter2"}],
    "outputBlobUri": "https://contoso.blob.core.windows.net/o?sig=hunter2",
    "errorBlobUri": "https://contoso.blob.core.windows.net/e?sig=hunter2",
    "runAsUser": "hunter2",
    "runAsPassword": "hunter2",
    "outputBlobManagedIdentity": {"clientId": "hunter2"},
    "errorBlobManagedIdentity": {"clientId": "hunter2"},
}
FIELDS: Fields = {"name": {}, "subscriptionId": {}, "properties": {}}


def command(name: str, of: str = "vm1") -> Row:
    """A run command as Azure spells it, with everything in it that must not be kept."""
    identity = f"{vm_id(of)}/runCommands/{name}"
    return row("Microsoft.Compute/virtualMachines/runCommands", identity, {"provisioningState": "Succeeded", **SECRETS})


def lock(name: str, subscription: str = SUBSCRIPTION) -> Row:
    """A lock as its own API lists it, which does not name the subscription."""
    identity = f"/subscriptions/{subscription}/resourceGroups/rg-app/providers/Microsoft.Authorization/locks/{name}"
    return {"id": identity, "type": "Microsoft.Authorization/locks", "name": name, "properties": {"level": "ReadOnly"}}


@needs_jq
def test_what_a_run_command_wrote_is_lost(cloud: Cloud) -> None:
    wrote = {"snapready-facts": '{"dhcp": true}\n', "Snapready-2": "it's \\ 50 % done"}
    rows = [vm(), *(command(name) for name in wrote), command("backup-agent")]
    done = cloud.run(rows=rows, commands=wrote, types=[VM, GUEST_FACTS])
    assert done.returncode == 0, done.stderr
    reading = read(cloud.out, fields={RUN_COMMAND: FIELDS, VM: {}, GUEST_ASSIGNMENT: {}})
    assert reading.problems() == []
    found = {row["name"]: row for kind, row in reading.rows if kind == RUN_COMMAND}
    seen = {name: row["properties"]["instanceView"]["output"] for name, row in found.items()}
    assert seen == wrote, "only those whose name says that they are ours"
    assert {row["subscriptionId"] for row in found.values()} == {SUBSCRIPTION}
    assert reading.ledger.collected(RUN_COMMAND, SUBSCRIPTION)
    assert reading.ledger.collected(GUEST_ASSIGNMENT, SUBSCRIPTION)


@needs_jq
def test_secrets_of_a_run_command_are_kept(cloud: Cloud) -> None:
    rows = [vm(), command("snapready-facts"), command("snapready-gone")]
    assert cloud.run(rows=rows, commands={"snapready-facts": "{}"}, types=[VM, GUEST_FACTS]).returncode == 0
    written = cloud.out.read_text()
    assert "hunter2" not in written
    assert not [name for name in SECRETS if f'"{name}"' in written]


@needs_jq
def test_a_run_command_that_cannot_be_read_stops_it_or_is_hushed_up(cloud: Cloud) -> None:
    rows = [vm(), command("snapready-facts"), command("snapready-gone")]
    done = cloud.run(rows=rows, commands={"snapready-facts": "{}"}, types=[VM, GUEST_FACTS])
    assert done.returncode == 0
    assert "/snapready-gone: ERROR: (ResourceNotFound) no such run command" in done.stderr
    assert "collect: 1 run commands could not be read; what they would tell stays unknown" in done.stderr
    reading = read(cloud.out, fields={RUN_COMMAND: FIELDS})
    told = {row["name"]: "instanceView" in row["properties"] for kind, row in reading.rows if kind == RUN_COMMAND}
    assert told == {"snapready-facts": True, "snapready-gone": False}
    assert reading.problems() == [], "its row came, so that the counts hold"


@needs_jq
def test_run_commands_are_asked_for_though_nobody_wants_guest_facts(cloud: Cloud) -> None:
    assert cloud.run(rows=[vm(), command("snapready-facts")], types=[VM]).returncode == 0
    assert not [call for call in cloud.calls() if call[0] == "rest" or "runcommands" in " ".join(call).lower()]


@needs_jq
def test_locks_are_not_read_page_by_page_or_not_counted(cloud: Cloud) -> None:
    locks = {SUBSCRIPTION: [lock("a"), lock("b"), lock("c")]}
    done = cloud.run(
        rows=[vm(), vm(vm_id("far", subscription=OTHER_SUBSCRIPTION))], locks=locks, types=[VM, LOCK], empty=["e"]
    )
    assert done.returncode == 0, done.stderr
    reading = read(cloud.out, fields={VM: {}, LOCK: FIELDS})
    assert reading.problems() == []
    found = [(row["name"], row["subscriptionId"]) for kind, row in reading.rows if kind == LOCK]
    assert found == [(name, SUBSCRIPTION) for name in "abc"]
    for subscription in (SUBSCRIPTION, OTHER_SUBSCRIPTION, "e"):
        assert reading.ledger.collected(LOCK, subscription), "none is known to be none"
    header = json.loads(cloud.out.read_text().splitlines()[0])["snapready"]["collected"]
    assert header[SUBSCRIPTION][LOCK] == {"received": 3, "total": 3}


@needs_jq
def test_locks_that_cannot_be_read_are_taken_for_none(cloud: Cloud) -> None:
    rows = [vm(), vm(vm_id("far", subscription=OTHER_SUBSCRIPTION))]
    locks = {SUBSCRIPTION: [lock("a"), lock("b")], OTHER_SUBSCRIPTION: []}
    done = cloud.run(rows=rows, locks=locks, no_locks={SUBSCRIPTION: 1}, types=[VM, LOCK])
    assert done.returncode == 0
    assert f"collect: {SUBSCRIPTION}: locks could not be read: ERROR: (AuthorizationFailed) no rights to 'locks'" in (
        done.stderr
    )
    reading = read(cloud.out, fields={VM: {}, LOCK: FIELDS})
    assert not reading.ledger.collected(LOCK, SUBSCRIPTION)
    assert reading.ledger.collected(LOCK, OTHER_SUBSCRIPTION)
    assert [problem.incomplete for problem in reading.problems()] == [True]
    assert "no rights to 'locks'" in reading.problems()[0].message
