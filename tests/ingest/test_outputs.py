"""Outputs of guests in the forms of Run Command, Machine Configuration and Ansible."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.ingest.outputs import outputs_in
from scanner.ingest.told import Told, Unusable
from scanner.rowtypes import GUEST_FACTS
from scanner.sources.stream import opened
from tests.ingest.material import TIME, ansible, linux, put, read, report, said, shown, windows
from tests.properties import examples
from tests.rows import SUBSCRIPTION, vm_id
from tests.sources.publishing import ENDED, SEEN, assignment, run_command

TEXT = json.dumps(SEEN)
ROW = {"id": f"{vm_id()}/guestFacts", "type": GUEST_FACTS, "properties": {**SEEN, "source": "intune"}}

NAMELESS: dict[str, tuple[Any, str]] = {
    "the script's output": (TEXT + "\n", "guest-script"),
    "the output over several lines": (json.dumps(SEEN, indent=2), "guest-script"),
    "the output of Windows PowerShell in UTF-16": (
        "\ufeff".encode("utf-16-le") + TEXT.encode("utf-16-le"),
        "guest-script",
    ),
    "the output with a byte-order mark": ("\ufeff" + TEXT, "guest-script"),
    "invoke of a Linux VM": (linux(TEXT + "\n"), "run-command"),
    "invoke of a Linux VM with complaints": (linux(TEXT, "sudo: [stderr] odd\n"), "run-command"),
    "invoke of a Windows VM": (windows(TEXT), "run-command"),
    "invoke of a Windows VM with complaints": (windows(TEXT, "WARNING: slow"), "run-command"),
    "the first message of invoke": (linux(TEXT)["value"][0], "run-command"),
    "the message of invoke as text": (linux(TEXT)["value"][0]["message"], "run-command"),
    "the streams of invoke": (windows(TEXT)["value"], "run-command"),
    "a result of Ansible": (ansible(TEXT + "\r\n"), "ansible"),
}
NAMED: dict[str, tuple[Any, str]] = {
    "a managed run command": (run_command(), "run-command"),
    "run-command show": (shown(), "run-command"),
    "run-command list": ([shown()], "run-command"),
    "a page of the REST API": ({"value": [run_command()]}, "run-command"),
    "a report of Machine Configuration": (report(), "machine-configuration"),
    "reports of Machine Configuration": ({"value": [report()]}, "machine-configuration"),
    "a row of Resource Graph": (assignment(), "machine-configuration"),
    "a query of Resource Graph": (
        {"count": 1, "data": [assignment()], "skip_token": None, "total_records": 1},
        "machine-configuration",
    ),
    "an assignment without its type": (
        {name: value for name, value in assignment().items() if name != "type"},
        "machine-configuration",
    ),
    "a row of guest facts": (ROW, "intune"),
    "a snapshot": ('{"snapready":{"version":1}}\n' + json.dumps(ROW) + "\n", "intune"),
}


@pytest.mark.parametrize("form", [*NAMELESS, *NAMED])
def test_a_form_is_not_read(form: str, tmp_path: Path) -> None:
    whole, source = (NAMELESS | NAMED)[form]
    done = read(put(tmp_path, "out.json", whole), vm=vm_id() if form in NAMELESS else "")
    assert not done.problems, said(done)
    (row,) = done.rows
    assert row["id"].lower() == f"{vm_id()}/guestFacts".lower()
    assert (row["type"], row["subscriptionId"]) == (GUEST_FACTS, SUBSCRIPTION)
    assert row["properties"] == {**SEEN, "source": source}


def test_the_time_of_a_run_command_is_lost(tmp_path: Path) -> None:
    facts = {"proxy": False}
    done = read(put(tmp_path, "a.json", run_command(facts)), put(tmp_path, "b.json", report(facts, vm_id("vm2"))))
    assert [row["properties"]["collectedAt"] for row in done.rows] == [ENDED, "2026-11-21T21:30:00Z"]


UNUSABLE: dict[str, tuple[Any, str]] = {
    "nothing": ("", "the file is empty"),
    "white space": ("\n \n", "the file is empty"),
    "an empty list": ("[]", "holds no output"),
    "an empty reply": ({"value": []}, "holds no output"),
    "an empty output": (linux(""), "its output is empty"),
    "a script that failed": (
        linux("", "x", "Enable failed: failed to execute command: command terminated with exit status=1"),
        "its script failed: Enable failed: failed to execute command: command terminated with exit status=1",
    ),
    "a script that failed on Windows": (
        windows("", outcome="failed"),
        "its script failed (ComponentStatus/StdOut/failed)",
    ),
    "something else than JSON": (linux("Linux vm1 5.15"), "its output is no JSON object"),
    "something else beside the JSON": (linux(f"Welcome!\n{TEXT}"), "its output is no JSON object"),
    "an output that was cut off": (
        linux(("x" * 5000 + TEXT)[-4096:]),
        "its output is cut off (Azure keeps the last 4,096 bytes)",
    ),
    "an output that was cut off on Windows": (windows((TEXT * 100)[-4096:]), "its output is cut off"),
    "an output that was cut off and saved alone": (
        'cp":true}],"agent":{"running":true}}\n',
        "its beginning is cut off",
    ),
    "another program's words": (
        "command not found",
        "no JSON, and so not what snapready guest-script prints: 'command not found'",
    ),
    "JSON of something else": ({"a": 1}, "JSON, but no row"),
    "facts of nobody": ({"collectedAt": TIME}, "could read nothing there but the time"),
    "a number": ("[1]", "a row is an object"),
    "broken JSON": (TEXT[:-1], "the file ends too early"),
    "bytes that are no text": (b'{"agent": {"version": "\xff\xfe"}}', "text that is not UTF-8"),
    "an error of Azure": (
        {"error": {"code": "Conflict", "message": "busy"}},
        "error reply of Azure instead of rows (Conflict: busy)",
    ),
    "Ansible's failure": (ansible("", 127, "sh: not found\n"), "its script failed (rc 127): sh: not found"),
    "a run command that is still running": (run_command(executionState="Running"), "has not succeeded"),
    "a run command without its output": ({**run_command(), "properties": {"source": {}}}, "has no instanceView"),
    "a report without facts": (report("nonsense"), "no JSON object"),
    "a page of more": ({"data": [], "total_records": 3}, "it holds 0 of 3 rows"),
    "a row of a storage account": ({**ROW, "id": "/subscriptions/1/x/guestFacts"}, "is no id of a VM"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_what_cannot_be_used_is_not_said(what: str, tmp_path: Path) -> None:
    whole, message = UNUSABLE[what]
    file = put(tmp_path, "out.json", whole)
    done = read(file, vm=vm_id() if "storage" not in what else "")
    assert done.rows == []
    assert any(problem.incomplete for problem in done.problems)
    assert message in said(done)
    assert said(done).startswith(file)


def test_one_that_cannot_be_used_takes_the_others_with_it(tmp_path: Path) -> None:
    rows = [run_command(), run_command("x", of=vm_id("vm2")), run_command(of=vm_id("vm3"))]
    done = read(put(tmp_path, "list.json", json.dumps(rows)[:-1]))
    assert [row["id"].split("/")[8] for row in done.rows] == ["vm1", "vm3"]
    assert "its output is no JSON object" in said(done)
    assert "the file ends too early; what came before it is kept" in said(done)


def test_other_run_commands_are_taken_for_broken_ones(tmp_path: Path) -> None:
    done = read(put(tmp_path, "list.json", [run_command("Hello", name="deploy"), run_command()]))
    assert (len(done.rows), done.others, done.problems) == (1, 1, [])


def test_a_file_of_other_run_commands_only_counts_as_nothing_wrong(tmp_path: Path) -> None:
    done = read(put(tmp_path, "list.json", [run_command("Hello", name="deploy")]))
    assert (done.rows, done.others, done.problems) == ([], 1, [])


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@examples(300)
def test_any_bytes_break_ingest(tmp_path_factory: pytest.TempPathFactory, given: bytes) -> None:
    file = put(tmp_path_factory.mktemp("any"), "x", given)
    done = read(file, vm=vm_id())
    assert done.rows == []
    assert done.problems


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "value",
                        "data",
                        "id",
                        "type",
                        "message",
                        "code",
                        "stdout",
                        "rc",
                        "agent",
                        "proxy",
                        "properties",
                        "interfaces",
                        "collectedAt",
                        "error",
                        "columns",
                        "rows",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@examples(500)
def test_any_json_breaks_ingest(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    file = put(tmp_path_factory.mktemp("any"), "x.json", json.dumps(value))
    done = read(file, vm=vm_id(), collected_at=TIME) if _one(file) else read(file, collected_at=TIME)
    for row in done.rows:
        assert row["properties"]["collectedAt"]


def _one(file: str) -> bool:
    with opened(file) as stream:
        try:
            found = list(outputs_in(stream))
        except Exception:
            return False
    assert all(isinstance(each, Told | Unusable) or each for each in found)
    return sum(isinstance(each, Told) for each in found) < 2
