"""guest-script and ingest as commands: what they print and write, and with which exit code."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.running import ROOT, Command
from tests.ingest.material import linux, put, windows
from tests.rows import MAC, OTHER_MAC, TAKEN_AT, nic, nic_id, vm, vm_id, write
from tests.sources.publishing import SEEN, run_command

TIME = "2026-11-21T22:00:00Z"


@pytest.mark.parametrize(("system", "file"), [("linux", "linux.sh"), ("windows", "windows.ps1")])
def test_the_script_that_is_printed_is_another(snapready: Command, system: str, file: str) -> None:
    done = snapready("guest-script", system)
    assert (done.code, done.err) == (0, "")
    assert done.out == (ROOT / "scanner" / "guest" / file).read_text("ascii")


def test_a_system_that_has_no_script_is_taken(snapready: Command) -> None:
    done = snapready("guest-script", "solaris")
    assert done.code == 2
    assert "invalid choice: 'solaris'" in done.err


def test_ingested_rows_are_not_judged_beside_the_fleet(tmp_path: Path, snapready: Command) -> None:
    fleet = write(
        tmp_path / "fleet.ndjson",
        [vm(vm_id(f"vm{number}"), nics=[nic_id(f"nic{number}")]) for number in (1, 2)]
        + [nic(nic_id("nic1"), MAC), nic(nic_id("nic2"), OTHER_MAC)],
    )
    facts = [
        {"collectedAt": TIME, "interfaces": [{"name": "eth0", "mac": mac, "dhcp": dhcp}]}
        for mac, dhcp in ((MAC.lower().replace("-", ":"), True), (OTHER_MAC, False))
    ]
    folder = tmp_path / "answers" / vm_id().split("/")[2] / "rg-app"
    put(folder, "vm1.json", linux(json.dumps(facts[0])))
    put(folder, "vm2.json", windows(json.dumps(facts[1])))
    rows = tmp_path / "rows.ndjson"
    done = snapready("ingest", tmp_path / "answers", "-o", rows)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"snapready: guest facts of 2 VMs in {rows}; now: snapready scan FLEET {rows}\n"
    scan: list[str | Path] = [
        "scan",
        fleet,
        rows,
        "--select",
        "guest-dhcp",
        "--taken-at",
        TAKEN_AT,
        "--report",
        "json=-",
    ]
    results = json.loads(snapready(*scan).out)["results"]
    assert {each["resource"].rsplit("/", 1)[-1]: each["verdict"] for each in results} == {"vm1": "pass", "vm2": "fail"}


def test_a_run_that_could_use_nothing_ends_well_or_writes(tmp_path: Path, snapready: Command) -> None:
    rows = tmp_path / "rows.ndjson"
    rows.write_text("what was there before")
    empty, other = put(tmp_path, "a.json", linux("")), put(tmp_path, "b.json", run_command(name="deploy"))
    named = "; run commands and assignments that do are named snapready…"
    for path, why in ((empty, ""), (other, named)):
        done = snapready("ingest", path, "-o", rows)
        assert done.code == 2
        assert f"snapready: error: ingest: {path} tells no guest facts{why}; {rows} is not written" in done.err
    assert rows.read_text() == "what was there before"


def test_what_could_not_be_used_ends_well(tmp_path: Path, snapready: Command) -> None:
    good, bad = put(tmp_path, "a.json", run_command()), put(tmp_path, "b.json", run_command("x", of=vm_id("vm2")))
    done = snapready("ingest", good, bad, "-o", tmp_path / "rows.ndjson")
    assert done.code == 3
    first, last = done.err.splitlines()
    assert first.startswith(
        f"snapready: incomplete: {bad}:1: {vm_id('vm2')}/runCommands/snapready-guest-facts publishes"
    )
    assert last.startswith("snapready: guest facts of 1 VM in ")


def test_a_thousand_broken_answers_fill_the_screen(tmp_path: Path, snapready: Command) -> None:
    put(tmp_path, "answers/good.json", run_command())
    for number in range(50):
        put(tmp_path, f"answers/{number}.json", "x")
    done = snapready("ingest", tmp_path / "answers", "-o", tmp_path / "rows.ndjson")
    assert (done.code, len(done.err.splitlines())) == (3, 22)
    assert "snapready: incomplete: … and 30 more like these" in done.err


def test_standard_input_and_output_are_not_spoken(
    tmp_path: Path, snapready: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(put(tmp_path, "a.json", SEEN)).open(encoding="utf-8") as given:
        monkeypatch.setattr("sys.stdin", given)
        done = snapready("ingest", "-", "-o", "-", "--vm", vm_id())
    assert (done.code, done.err) == (0, "snapready: guest facts of 1 VM\n")
    assert json.loads(done.out)["id"] == f"{vm_id()}/guestFacts"


def test_a_second_run_reads_what_the_first_one_wrote(tmp_path: Path, snapready: Command) -> None:
    put(tmp_path, "answers/a.json", run_command())
    rows = tmp_path / "answers" / "rows.ndjson.gz"
    outcomes = []
    for _ in range(2):
        done = snapready("ingest", tmp_path / "answers", "-o", rows)
        outcomes.append((done.code, rows.read_bytes()))
        assert "older" not in done.err
    assert outcomes[0] == outcomes[1]
    assert json.loads(gzip.decompress(rows.read_bytes()))["type"] == "snapready/guestfacts"


def test_the_count_of_what_was_passed_over_is_lost(tmp_path: Path, snapready: Command) -> None:
    path = put(tmp_path, "list.json", [run_command(), run_command(), run_command("Hello", name="deploy")])
    done = snapready("ingest", path, "-o", "-")
    assert done.code == 0
    assert "; passed over as older, or the same again: 1; rows of other things passed over: 1" in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--vm", "web01"], "--vm: 'web01' is no id of a VM"),
        (["--collected-at", "today"], "--collected-at: 'today' is no time"),
        (["--map", "none.csv"], "--map: none.csv: cannot be read"),
        (["-o", "/nowhere/rows.ndjson"], "-o: /nowhere/rows.ndjson: cannot be written: No such file or directory"),
    ],
)
def test_an_option_that_cannot_be_meant_is_taken(
    tmp_path: Path, snapready: Command, options: list[str], message: str
) -> None:
    given = [] if "-o" in options else ["-o", "-"]
    done = snapready("ingest", put(tmp_path, "a.json", run_command()), *given, *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_path_that_is_not_there_is_passed_over(tmp_path: Path, snapready: Command) -> None:
    done = snapready("ingest", tmp_path / "none.json", "-o", "-")
    assert (done.code, done.out) == (2, "")
    assert f"{tmp_path / 'none.json'}: no such file or folder" in done.err
