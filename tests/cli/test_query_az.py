"""The script of `query --az`, run for real with a fake az: what it writes is a complete snapshot, or nothing."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.az_script import script
from scanner.model import Fields
from scanner.queries import SUBSCRIPTIONS, queries
from scanner.rowtypes import (
    BACKUP_ITEM,
    BACKUP_POLICY,
    CLASSIC_VM,
    EXTENSION,
    GUEST_FACTS,
    INSTANCE_VIEW,
    LOCK,
    VM,
)
from tests.cli.cloud import TYPES, Cloud, estate, missing, needs_jq
from tests.cli.running import Command
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, id_of, item, profile, vm, vm_id
from tests.sources.material import read

WHOLE: dict[str, Fields] = {name: {} for name in TYPES}
EMPTY = "00000000-0000-0000-0000-00000000000e"


needs_sh = pytest.mark.skipif(missing("sh"), reason="there is no sh")


@needs_sh
@pytest.mark.parametrize("types", [TYPES, [VM], [BACKUP_ITEM], ["contoso.things/widgets"]], ids=len)
def test_the_script_is_no_shell_script(types: list[str]) -> None:
    done = subprocess.run(["sh", "-n"], input=script(types), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(missing("shellcheck"), reason="shellcheck is not installed: apt-get install shellcheck")
def test_shellcheck_finds_fault_with_the_script() -> None:
    for types in (TYPES, [*TYPES, GUEST_FACTS, LOCK]):
        done = subprocess.run(["shellcheck", "-"], input=script(types), capture_output=True, text=True, check=False)
        assert done.stdout == ""


def test_a_query_has_pages_that_cannot_be_asked_for() -> None:
    """Resource Graph gives a next page only where the query projects `id`, and pages are stable only in order."""
    asked = [text for query in queries([VM, BACKUP_ITEM, GUEST_FACTS]) for text in (query.text(), query.count())]
    for text in [*asked, SUBSCRIPTIONS]:
        assert "project id" in text
        assert text.endswith("order by id asc")
        assert '"' not in text, "the script puts queries in double quotes"


@needs_jq
@pytest.mark.parametrize("world", [{}, {"page": 1}, {"page": 3}, {"largest": 999}, {"largest": 2}], ids=str)
def test_the_snapshot_is_not_whole(cloud: Cloud, world: dict[str, Any]) -> None:
    done = cloud.run(**world, views="no" if world else "yes", empty=[EMPTY])
    assert done.returncode == 0, done.stderr
    reading = read(cloud.out, fields=WHOLE)
    assert reading.problems() == []
    found = [(kind, row["id"]) for kind, row in reading.rows if kind != INSTANCE_VIEW]
    assert sorted(found) == sorted((row["type"].lower(), row["id"]) for row in estate())
    views = {row["id"] for kind, row in reading.rows if kind == INSTANCE_VIEW}
    vms = {f"{row['id']}/instanceView" for row in estate() if row["type"].lower() == VM}
    assert views == (set() if world else vms)
    for subscription in (SUBSCRIPTION, OTHER_SUBSCRIPTION, EMPTY):
        for kind in (VM, EXTENSION, BACKUP_ITEM, BACKUP_POLICY):
            assert reading.ledger.collected(kind, subscription), (kind, subscription)
    assert cloud.left() == ["fleet.ndjson"]
    assert f"collect: {len(reading.rows)} rows in {cloud.out}; now: snapready scan" in done.stderr


@needs_jq
def test_more_than_a_thousand_rows_or_counts_are_cut(cloud: Cloud) -> None:
    subscriptions = [f"{number:08}-0000-0000-0000-000000000000" for number in range(1100)]
    rows = [vm(vm_id(f"vm{number}", subscription=one)) for number, one in enumerate(subscriptions)]
    done = cloud.run(rows=rows, types=[VM])
    assert done.returncode == 0, done.stderr
    reading = read(cloud.out, fields={VM: {}})
    assert len(reading.rows) == 1100
    assert [entry.announced for entry in reading.ledger.coverage()] == [1] * 1100


@needs_jq
def test_queries_for_vms_and_classic_vms_write_over_each_other(cloud: Cloud) -> None:
    """The last word of their types is the same."""
    old = {**vm(id_of("Microsoft.ClassicCompute/virtualMachines", "old")), "type": CLASSIC_VM}
    assert len({query.name() for query in queries([VM, CLASSIC_VM])}) == 2
    done = cloud.run(rows=[vm(), old], types=[VM, CLASSIC_VM])
    assert done.returncode == 0, done.stderr
    reading = read(cloud.out, fields={VM: {}, CLASSIC_VM: {}})
    assert sorted(kind for kind, _ in reading.rows) == [CLASSIC_VM, VM]
    assert reading.problems() == []


@needs_jq
def test_a_row_that_came_on_two_pages_is_counted_as_two(cloud: Cloud, snapready: Command) -> None:
    """A row that moved while pages were asked for hides another one that did not come."""
    rows = [vm(vm_id("vm0"), profile=profile()), vm(vm_id("vm0"), profile=profile())]
    assert cloud.run(rows=rows, types=[VM]).returncode == 0
    done = snapready("scan", cloud.out, "--select", "agent-not-disabled")
    assert done.code == 3
    assert "2 rows are in the input, but only 1 of 2 the header counts: some came twice" in done.err


@needs_jq
def test_what_it_writes_gives_other_verdicts(cloud: Cloud, snapready: Command) -> None:
    assert cloud.run(no_view=["vm3"], views="yes").returncode == 0
    done = snapready("scan", cloud.out, "--select", "agent-version,agent-not-disabled", "--report", "json=-")
    found = json.loads(done.out)
    verdicts = {(one["policy"], one["resource"].rsplit("/", 1)[-1]): one["verdict"] for one in found["results"]}
    names = [*(f"vm{number}" for number in range(7)), "far"]
    assert {name: verdicts["agent-not-disabled", name] for name in names} == {
        name: "not-applicable" if name == "vm1" else "pass" for name in names
    }
    assert verdicts["agent-version", "vm3"] == "unknown"
    assert verdicts["agent-version", "vm0"] == "pass"
    assert verdicts["agent-version", "vm1"] == "not-applicable"
    assert found["run"]["takenAtFrom"] == "header"
    assert done.code == 0


@needs_jq
def test_one_instance_view_that_cannot_be_read_stops_it_or_is_hushed_up(cloud: Cloud) -> None:
    done = cloud.run(no_view=["vm3", "far"], views="yes")
    assert done.returncode == 0
    assert "/vm3: ERROR: (OperationNotAllowed) no instance view" in done.stderr
    assert "collect: 2 instance views could not be read" in done.stderr
    kinds = [kind for kind, _ in read(cloud.out, fields=WHOLE).rows]
    assert kinds.count(INSTANCE_VIEW) == 6


@needs_jq
def test_instance_views_are_asked_for_unasked(cloud: Cloud) -> None:
    assert cloud.run(views="no").returncode == 0
    assert not [call for call in cloud.calls() if call[0] == "rest"]
    assert cloud.run(types=[VM], views="yes").returncode == 0
    assert not [call for call in cloud.calls() if call[0] == "rest"]


@needs_jq
def test_it_does_more_than_read(cloud: Cloud) -> None:
    cloud.run(views="yes")
    assert {tuple(call[:2]) if call[0] == "graph" else tuple(call[:3]) for call in cloud.calls()} == {
        ("graph", "query"),
        ("rest", "--method", "get"),
    }


@needs_jq
def test_what_may_hold_secrets_is_kept(cloud: Cloud) -> None:
    cloud.run(views="yes")
    assert "Snapshot taken" in cloud.out.read_text(), "of extensions' messages only those of backup"
    assert "hunter2" not in cloud.out.read_text()
    assert "protectedSettings" not in cloud.out.read_text()
    assert "Microsoft.SqlServer.Management" in cloud.out.read_text()


@needs_jq
@pytest.mark.parametrize("fail", ["resourcecontainers", "recoveryservicesresources |", "resources |", "count()"])
def test_a_failing_call_leaves_a_file_or_ends_well(cloud: Cloud, fail: str) -> None:
    cloud.out.write_text("of yesterday\n")
    done = cloud.run(fail=fail)
    assert done.returncode == 1
    assert "ERROR: (AuthorizationFailed) no rights" in done.stderr
    assert cloud.out.read_text() == "of yesterday\n"
    assert cloud.left() == ["fleet.ndjson"]


@needs_jq
def test_counts_that_came_in_part_are_taken_for_all(cloud: Cloud) -> None:
    done = cloud.run(short=1)
    assert done.returncode == 1
    assert "collect: only 1 of 2 rows came; run it again" in done.stderr
    assert cloud.left() == []


@needs_jq
def test_rows_that_did_not_come_are_not_missed(cloud: Cloud, snapready: Command) -> None:
    """What the counts know of and the pages do not hold makes the scan incomplete."""
    assert cloud.run(unseen=[item(vm_id("vm1"))]).returncode == 0
    done = snapready("scan", cloud.out, "--select", "agent-not-disabled")
    assert done.code == 3
    assert f"{BACKUP_ITEM} of subscription {SUBSCRIPTION} is not complete: 7 of 8 rows were received" in done.err


@needs_jq
@pytest.mark.parametrize("scope", [["--subscriptions", "a", "b"], ["--management-groups", "m1", "m2", "m3"]])
def test_a_scope_of_several_ids_does_not_reach_az(cloud: Cloud, scope: list[str]) -> None:
    assert cloud.run(*scope).returncode == 0
    for call in cloud.calls():
        if call[0] == "graph":
            at = call.index(scope[0])
            assert call[at : at + len(scope)] == scope
    header = json.loads(cloud.out.read_text().splitlines()[0])
    assert header["snapready"]["scope"] == " ".join(scope)


@needs_jq
def test_no_scope_is_made_up(cloud: Cloud) -> None:
    assert cloud.run().returncode == 0
    assert not [word for call in cloud.calls() for word in call if word in ("--subscriptions", "--management-groups")]
    header = json.loads(cloud.out.read_text().splitlines()[0])
    assert header["snapready"]["scope"] == "everything the identity can read"


@needs_sh
@pytest.mark.parametrize(("there", "lacks"), [(["az"], "jq"), (["cat"], "az")])
def test_a_tool_that_is_not_there_is_not_named(cloud: Cloud, there: list[str], lacks: str) -> None:
    done = cloud.run(path=cloud.only(*there))
    assert done.returncode == 2
    assert done.stderr == f"collect: {lacks} is not installed\n"
    assert cloud.left() == []


@needs_sh
def test_it_starts_without_the_name_of_a_file(tmp_path: Path) -> None:
    done = subprocess.run(["sh"], input=script([VM]), capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("use: sh collect.sh fleet.ndjson")


@needs_jq
def test_a_folder_that_is_not_there_is_found_out_at_the_end(cloud: Cloud) -> None:
    cloud.out = cloud.folder / "nowhere" / "fleet.ndjson"
    done = cloud.run()
    assert done.returncode != 0
    assert cloud.calls() == []


def test_an_estate_has_ids_of_no_row(cloud: Cloud) -> None:
    """The fake answers what it is asked, so that a wrong query would be noticed."""
    assert id_of("Microsoft.Compute/virtualMachines", "vm0") in [row["id"] for row in estate()]
    assert cloud.left() == []
