"""Policies are decided by the newest guest facts that were published or given, and the documentation shows how."""

import itertools
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from scanner.model import Row
from scanner.policies import BUILT_IN, load
from scanner.rowtypes import GUEST_FACTS
from scanner.scan import Options, scan
from scanner.sources.guest_evidence import guest_facts_of
from scanner.sources.snapshot import Files
from tests.rows import MAC, TAKEN_AT, guest, header, nic, nic_id, vm, vm_id, write
from tests.sources.publishing import assignment, reasons, run_command

PAGE = (Path(__file__).parents[2] / "docs" / "guest-facts.md").read_text("utf-8")

OLD = guest(collected="2026-11-20T00:00:00Z", proxy={"host": "old", "port": 1})
NEW = run_command({"collectedAt": "2026-11-21T00:00:00Z", "interfaces": [{"mac": MAC, "dhcp": True}]})
NEWEST = assignment(reasons({"collectedAt": "2026-11-21T05:30:00+05:00", "interfaces": [{"mac": MAC, "dhcp": False}]}))
UNDATED = run_command({"interfaces": [{"mac": MAC, "dhcp": False}]}, name="snapready2", startTime=None, endTime=None)


def verdict(file: str) -> tuple[str, list[str]]:
    results = scan(Files([file]), [load([BUILT_IN])["guest-dhcp"]], Options(now=TAKEN_AT))
    return results.judged[0].outcomes[0].verdict, [problem.message for problem in results.run.problems]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (run_command({"interfaces": [{"mac": MAC, "dhcp": True}]}), "pass"),
        (run_command({"interfaces": [{"mac": MAC, "dhcp": False}]}, of=vm_id().upper()), "fail"),
        (assignment(reasons({"interfaces": [{"mac": MAC, "dhcp": True}]})), "pass"),
        (assignment(reasons({"interfaces": [{"mac": MAC, "dhcp": False}]}), of=vm_id().lower()), "fail"),
        (run_command({"interfaces": [{"mac": MAC, "dhcp": False}]}, endTime="2026-11-01T00:00:00Z"), "unknown"),
        (run_command({"interfaces": [{"mac": MAC, "dhcp": True}], "collectedAt": "2027-11-01T00:00:00Z"}), "unknown"),
        (run_command({"interfaces": [{"mac": MAC, "dhcp": False}]}, of=vm_id("vm2")), "unknown"),
        (UNDATED, "unknown"),
    ],
)
def test_a_scan_does_not_see_what_was_published(row: Row, expected: str, tmp_path: Path) -> None:
    rows = [vm(nics=[nic_id()]), nic(), row]
    assert verdict(write(tmp_path / "rows.ndjson", [header([]), *rows])) == (expected, [])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_another_order_of_rows_gives_older_facts(order: tuple[int, ...], tmp_path: Path) -> None:
    """The assignment says 05:30 at +05:00, which is half an hour after the run command; it says so with `false`."""
    seen = [OLD, NEW, NEWEST, UNDATED]
    rows = [header(seen, GUEST_FACTS), vm(nics=[nic_id()]), nic(), *(seen[number] for number in order)]
    assert verdict(write(tmp_path / "rows.ndjson", rows)) == ("fail", [])


def test_of_two_rows_of_one_time_the_order_decides(tmp_path: Path) -> None:
    seen = [
        run_command({"collectedAt": TAKEN_AT, "interfaces": [{"mac": MAC, "dhcp": dhcp}]}, name=f"snapready{dhcp}")
        for dhcp in (True, False)
    ]
    found = {verdict(write(tmp_path / "rows", [vm(nics=[nic_id()]), nic(), *rows]))[0] for rows in (seen, seen[::-1])}
    assert len(found) == 1


def test_a_row_given_twice_is_no_repeat_where_another_was_made_between(tmp_path: Path) -> None:
    again = "1 row came again under an id already read"
    for rows in itertools.permutations([OLD, OLD, NEW]):
        found, said = verdict(write(tmp_path / "rows", [vm(nics=[nic_id()]), nic(), *rows]))
        assert found == "pass"
        assert [message.startswith(again) for message in said] == [True]


def example(kind: str) -> Row:
    """The documentation's row of a type, of a real VM."""
    blocks = [block for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if f'"type": "{kind}"' in block]
    assert len(blocks) == 1
    row: Row = json.loads(blocks[0].replace("<VM id>", vm_id()))
    return row


@pytest.mark.parametrize(
    "kind",
    [
        "Microsoft.Compute/virtualMachines/runCommands",
        "microsoft.guestconfiguration/guestconfigurationassignments",
        "snapready/guestfacts",
    ],
)
def test_a_row_of_the_documentation_decides_nothing(kind: str, tmp_path: Path) -> None:
    rows = [vm(nics=[nic_id()]), nic(), example(kind)]
    assert verdict(write(tmp_path / "rows.ndjson", rows)) == ("pass", [])


def test_the_reason_in_the_documentations_sketch_is_not_looked_for() -> None:
    code = re.search(r"Code +?= '(.*?)'", PAGE)
    assert code
    assert guest_facts_of(assignment(reasons({"proxy": False}, code=code[1]))) is not None


@pytest.mark.skipif(os.name == "nt", reason="the script is for sh")
def test_the_script_of_the_documentation_prints_no_guest_facts(tmp_path: Path) -> None:
    script = re.search(r"```sh\n(#!/bin/sh\n.*?)```", PAGE, re.DOTALL)
    assert script
    fake = tmp_path / "waagent"
    fake.write_text("#!/bin/sh\nprintf 'WALinuxAgent-2.2.46 running on ubuntu\\nGoal state agent: 2.11.1.12\\n'\n")
    fake.chmod(0o755)
    place = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", script[1]], env=place, capture_output=True, text=True, check=True)
    made = guest_facts_of(run_command(done.stdout))
    assert made is not None
    assert made["properties"]["agent"] == {"version": "2.11.1.12"}
    assert made["properties"]["collectedAt"].endswith("Z")


def test_a_row_that_publishes_changes_how_other_types_are_read(tmp_path: Path) -> None:
    """What is looked for in one type of row was once looked for in every type that came after it."""
    published = run_command({"interfaces": [{"mac": MAC, "dhcp": True}]})
    verdict(write(tmp_path / "first.ndjson", [vm(nics=[nic_id()]), nic(), published]))
    other = {"id": "/x/other", "type": "contoso.things/other"}
    file = write(tmp_path / "second.ndjson", [vm(nics=[nic_id()]), nic(), other])
    results = scan(Files([file]), [load([BUILT_IN])["guest-dhcp"]], Options(now=TAKEN_AT))
    assert [problem.message for problem in results.run.problems] == []
