"""Which VM an output is of, and when it is from: told, or not used."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.ingest.machines import Machines, machines
from scanner.model import SnapreadyError
from tests.ingest.material import TIME, ansible, linux, put, read, report, said
from tests.rows import SUBSCRIPTION, vm_id
from tests.sources.publishing import SEEN, run_command

LATER = {**SEEN, "collectedAt": "2026-11-21T23:00:00+02:00"}
FACTS = {"proxy": False}


def ids(done: Any) -> list[str]:
    return [row["id"].removesuffix("/guestFacts") for row in done.rows]


def test_an_output_is_given_to_a_vm_that_nobody_named(tmp_path: Path) -> None:
    file = put(tmp_path, "web01.json", SEEN)
    done = read(file)
    assert done.rows == []
    assert said(done).startswith(f"{file}:1: it names no VM: give --vm ID, --map FILE")


def test_one_vm_gets_the_outputs_of_two(tmp_path: Path) -> None:
    one, other = put(tmp_path, "a.json", SEEN), put(tmp_path, "b.json", linux(json.dumps(LATER)))
    with pytest.raises(SnapreadyError, match=r"--vm names one VM, and 2 outputs name none \(.*a.json, .*b.json, …\)"):
        read(one, other, vm=vm_id())


def test_two_outputs_in_a_file_go_to_the_vm_of_its_name(tmp_path: Path) -> None:
    file = put(tmp_path, f"{SUBSCRIPTION}/rg-app/vm1.json", json.dumps(SEEN) + "\n" + json.dumps(LATER))
    done = read(file)
    assert done.rows == []
    assert "the file holds 2 outputs that name no VM: save one file for each VM" in said(done)


def test_replies_of_several_vms_go_to_one(tmp_path: Path) -> None:
    """az vm run-command invoke --ids A B prints a list that does not say which is whose."""
    replies = [linux(json.dumps(SEEN)), linux(json.dumps(LATER))]
    done = read(put(tmp_path, f"{SUBSCRIPTION}/rg-app/vm1.json", replies))
    assert done.rows == []
    assert "the file holds 2 outputs that name no VM" in said(done)


def test_vm_contradicts_what_the_output_says(tmp_path: Path) -> None:
    done = read(put(tmp_path, "a.json", run_command(of=vm_id("vm2"))), vm=vm_id())
    assert done.rows == []
    assert f"it is of {vm_id('vm2')}, and --vm names another VM" in said(done)


def test_folders_that_name_a_vm_are_not_understood(tmp_path: Path) -> None:
    put(tmp_path, f"{SUBSCRIPTION}/rg-app/vm1.json", SEEN)
    put(tmp_path, f"{SUBSCRIPTION}/rg-app/vm2", ansible(json.dumps(SEEN)))
    put(tmp_path, f"{SUBSCRIPTION}/rg-app/.vm3.json.swp", "editor")
    done = read(str(tmp_path))
    assert not done.problems, said(done)
    assert ids(done) == [vm_id(), vm_id("vm2")]


@pytest.mark.parametrize("path", ["rg-app/vm1.json", "backup/rg-app/vm1.json", f"{SUBSCRIPTION}/rg app/vm1.json"])
def test_folders_that_name_no_vm_are_taken_for_one(tmp_path: Path, path: str) -> None:
    put(tmp_path, path, SEEN)
    assert read(str(tmp_path)).rows == []


def test_a_map_is_not_followed(tmp_path: Path) -> None:
    mapped = {"web01": [vm_id()], "out/web02.txt": [vm_id("vm2")], "db.json": [vm_id("vm3")]}
    files = [put(tmp_path, name, SEEN) for name in ("WEB01.json", "db.json", "other.json")]
    done = read(*files, mapped=mapped)
    assert ids(done) == [vm_id(), vm_id("vm3")]
    assert "it names no VM, and map.csv has no line for other.json" in said(done)


def test_a_name_of_two_vms_is_given_to_one(tmp_path: Path) -> None:
    mapped = {"web01": [vm_id(), vm_id(group="rg-b")]}
    done = read(put(tmp_path, "web01.json", SEEN), mapped=mapped)
    assert done.rows == []
    assert "map.csv has 2 VMs for web01" in said(done)


LISTED = json.dumps([{"id": vm_id(), "name": "vm1", "location": "westeurope"}, {"id": vm_id("vm2"), "name": "vm2"}])


@pytest.mark.parametrize(
    "text",
    [
        f"vm1,{vm_id()}\nvm2,{vm_id('vm2')}\n",
        f"name,id\nvm1,{vm_id()}\n\nvm2,{vm_id('vm2')}/\n",
        f"\ufeffvm1\t{vm_id()}\r\nvm2\t{vm_id('vm2')}\r\n",
        f'"vm1","{vm_id()}"\nvm2,{vm_id("vm2")}\nvm1,{vm_id().upper()}\n',
        LISTED,
    ],
)
def test_a_form_of_a_map_is_not_read(tmp_path: Path, text: str) -> None:
    found = machines(None, put(tmp_path, "map", text))
    assert found.mapped == {"vm1": [vm_id()], "vm2": [vm_id("vm2")]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no VM"),
        ("vm1\n", "names no VM"),
        (f"vm1,{vm_id()}\nvm2\n", "map:2: not a file's name, a comma and the id of a VM"),
        (f"vm1,{vm_id()}\nvm2,vm2\n", "map:2"),
        ("vm1,/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s\n", "map:1"),
        (f"vm1\t{vm_id()}\nvm2,x\n", "map:2: not a file's name, a tab and the id of a VM"),
        ("[", "is no JSON"),
        ('[{"name": "vm1"}]', "not every member has the name and the id of a VM"),
        (b"\xff\xff\xff", "cannot be read"),
    ],
)
def test_a_broken_map_is_believed(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(SnapreadyError, match=message):
        machines(None, put(tmp_path, "map", text))


@pytest.mark.parametrize(
    ("vm", "mapping", "message"),
    [
        ("vm1", None, "--vm: 'vm1' is no id of a VM"),
        ("", None, "is no id of a VM"),
        (vm_id() + "/extensions/x", None, "is no id of a VM"),
        (vm_id(), "map.csv", "--vm names the one VM, and --map many"),
        (None, "not-there.csv", "--map: not-there.csv: cannot be read: No such file"),
    ],
)
def test_options_that_cannot_be_meant_are_taken(vm: str | None, mapping: str | None, message: str) -> None:
    with pytest.raises(SnapreadyError, match=message):
        machines(vm, mapping)


def test_an_instance_of_a_scale_set_is_no_vm() -> None:
    instance = (
        "/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0"
    )
    assert machines(instance, None) == Machines(instance)


def test_the_time_of_a_file_is_taken_for_that_of_its_facts(tmp_path: Path) -> None:
    file = put(tmp_path, "a.json", linux(json.dumps(FACTS)))
    done = read(file, vm=vm_id())
    assert done.rows == []
    assert "it does not say when it was collected: give --collected-at TIME" in said(done)
    (row,) = read(file, vm=vm_id(), collected_at=TIME).rows
    assert row["properties"]["collectedAt"] == TIME


def test_an_output_that_says_its_time_gets_another(tmp_path: Path) -> None:
    (row,) = read(put(tmp_path, "a.json", SEEN), vm=vm_id(), collected_at="2020-01-01T00:00:00Z").rows
    assert row["properties"]["collectedAt"] == SEEN["collectedAt"]


@pytest.mark.parametrize("time", ["yesterday", 5, ["x"], ""])
def test_a_time_that_is_none_is_believed_or_replaced(tmp_path: Path, time: object) -> None:
    done = read(put(tmp_path, "a.json", {**SEEN, "collectedAt": time}), vm=vm_id(), collected_at=TIME)
    assert done.rows == []
    assert "collectedAt is no time" in said(done)


def test_collected_at_that_is_no_time_is_taken(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match="--collected-at: 'today' is no time"):
        read(put(tmp_path, "a.json", FACTS), vm=vm_id(), collected_at="today")


def test_an_older_output_wins(tmp_path: Path) -> None:
    newer = {**LATER, "agent": {"running": True}}  # an hour later, in another zone's words
    files = [put(tmp_path, f"{number}.json", run_command(facts)) for number, facts in enumerate([newer, SEEN, newer])]
    for order in (files, files[::-1]):
        done = read(*order)
        assert [row["properties"]["agent"] for row in done.rows] == [{"running": True}]
        assert (done.older, done.problems) == (2, [])


def test_a_history_of_reports_counts_more_than_the_last(tmp_path: Path) -> None:
    reports = [
        report({"proxy": False, "agent": {"version": f"2.9.{day}"}}, end=f"2026-11-{day}T01:00:00Z")
        for day in (19, 21, 20)
    ]
    (row,) = read(put(tmp_path, "reports.json", {"value": reports})).rows
    assert row["properties"]["agent"] == {"version": "2.9.21"}


def test_two_outputs_that_contradict_each_other_are_decided_by_chance(tmp_path: Path) -> None:
    one, other = put(tmp_path, "a.json", run_command()), put(tmp_path, "b.json", run_command({**SEEN, "agent": {}}))
    for order in ((one, other), (other, one)):
        done = read(*order)
        assert done.rows == []
        assert "tell different facts of one VM, which is left out; the other: " in said(done)


def test_what_the_schema_does_not_know_is_passed_on(tmp_path: Path) -> None:
    facts = {
        **SEEN,
        "interfaces": [{"name": "eth0", "dhcp": "yes"}],
        "agent": {"version": 2},
        "services": {"x": False},
        "more": 1,
    }
    done = read(put(tmp_path, "a.json", facts), vm=vm_id())
    (row,) = done.rows
    assert row["properties"] == {**SEEN, "source": "guest-script", "services": {"x": False}, "more": 1}
    assert "agent.version: 2 is not of type 'string'; agent is left out" in said(done)
    assert "interfaces.0.dhcp: 'yes' is not of type 'boolean'; interfaces is left out" in said(done)


def test_the_source_is_not_what_was_said(tmp_path: Path) -> None:
    raw, told = put(tmp_path, "a.json", SEEN), put(tmp_path, "b.json", {**SEEN, "source": "intune"})
    run = put(tmp_path, "c.json", run_command())
    for file, option, expected in (
        (raw, None, "guest-script"),
        (raw, "ssm", "ssm"),
        (told, "ssm", "intune"),
        (run, "ssm", "run-command"),
    ):
        (row,) = read(file, vm=vm_id(), source=option).rows
        assert row["properties"]["source"] == expected


def test_the_order_of_files_changes_the_rows(tmp_path: Path) -> None:
    files = [put(tmp_path, f"{name}.json", run_command(of=vm_id(name))) for name in ("b", "A", "c")]
    assert read(*files).rows == read(*files[::-1]).rows
    assert ids(read(*files)) == [vm_id("A"), vm_id("b"), vm_id("c")]


def test_a_path_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match="no such file or folder"):
        read(str(tmp_path / "none"))
    with pytest.raises(SnapreadyError, match="the folder holds no file"):
        read(str(tmp_path))
