"""Guest facts that run commands and assignments publish: found in every shape, or said not to be there."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import MADE_FROM, Fields, Row
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS, RUN_COMMAND, VM
from scanner.sources.guest_evidence import NotGuestFacts, guest_facts_of
from tests.properties import examples
from tests.rows import SUBSCRIPTION, TAKEN_AT, vm, vm_id
from tests.sources.material import Reading, az_graph, compact, ndjson, pretty, put, read, table
from tests.sources.publishing import ASKED, CHECKED, ENDED, SEEN, assignment, reasons, run_command


def facts(row: Row) -> dict[str, Any]:
    made = guest_facts_of(row)
    assert made is not None
    assert made["type"] == GUEST_FACTS
    assert made["id"].lower() == f"{vm_id()}/guestFacts".lower()
    assert made["subscriptionId"] == SUBSCRIPTION
    assert made[MADE_FROM] == row["id"].rstrip("/")
    found: dict[str, Any] = made["properties"]
    return found


def why(row: Row) -> str:
    with pytest.raises(NotGuestFacts) as said:
        guest_facts_of(row)
    message = str(said.value)
    assert message.startswith(row["id"])
    return message


def test_facts_are_not_those_that_were_published() -> None:
    assert facts(run_command()) == {**SEEN, "source": "run-command"}
    assert facts(assignment()) == {**SEEN, "source": "machine-configuration"}


TEXT = json.dumps(SEEN)
RESOURCES = [{"complianceStatus": "NonCompliant", "reasons": reasons(SEEN)}]
SHAPES: dict[str, Row] = {
    "type in other letters": {**assignment(), "type": "Microsoft.GuestConfiguration/guestConfigurationAssignments"},
    "id in capitals": {**assignment(), "id": assignment()["id"].upper()},
    "a slash at the end of the id": {**run_command(), "id": run_command()["id"] + "/"},
    "names in other letters": assignment(
        latestAssignmentReport=None,
        LatestAssignmentReport={"Resources": [{"Reasons": [{"Code": "a:a:GUESTFACTS", "Phrase": TEXT}]}]},
    ),
    "reasons below the resource's properties": assignment(
        latestAssignmentReport={"resources": [{"reasons": None, "properties": {"Reasons": reasons(SEEN)}}]}
    ),
    "reasons in both places": assignment(
        latestAssignmentReport={"resources": [{"reasons": reasons(SEEN), "properties": {"reasons": reasons(SEEN)}}]}
    ),
    "details of a report": assignment(latestAssignmentReport={"details": {"resources": RESOURCES}}),
    "details without a report": assignment(latestAssignmentReport=None, details={"resources": RESOURCES}),
    "assignmentReportResources": assignment(
        latestAssignmentReport={"resources": [], "assignmentReportResources": RESOURCES}
    ),
    "a code without colons": assignment(reasons(SEEN, code="guestfacts")),
    "a text in two parts": assignment(reasons(TEXT[:9], TEXT[9:])),
    "parts in another order": assignment(reasons(TEXT[:9], TEXT[9:12], TEXT[12:])[::-1]),
    "more than nine parts": assignment(reasons(*TEXT)[::-1]),
    "no targetResourceId": assignment(targetResourceId=None),
    "a targetResourceId that is no id": assignment(targetResourceId="web01"),
    "a byte-order mark and line ends": run_command(f"\ufeff\r\n{TEXT}\r\n"),
    "a run command's name in capitals": run_command(name="SNAPREADY"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_facts_are_not_found_in_another_shape(shape: str) -> None:
    found = facts(SHAPES[shape])
    assert {name: found[name] for name in SEEN} == SEEN


OTHERS = [run_command(name="patch"), run_command(name="my-snapready"), assignment(name="AzureWindowsBaseline"), vm()]


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row["id"].rsplit("/", 1)[-1])
def test_a_row_that_is_not_named_for_it_is_read(row: Row) -> None:
    assert guest_facts_of(row) is None


@pytest.mark.parametrize(
    ("row", "collected"),
    [
        (run_command({"proxy": False}), ENDED),
        (run_command({"proxy": False, "collectedAt": None}, endTime=None), "x"),
        (run_command({"proxy": False}, endTime=5, startTime={}), None),
        (run_command({"proxy": False, "collectedAt": "2099-01-01"}), "2099-01-01"),
        (run_command({"proxy": False, "collectedAt": "last week"}), "last week"),
        (run_command({"proxy": False, "collectedAt": 7}), 7),
        (assignment(reasons({"proxy": False})), "2026-11-21T21:30:00Z"),
        (assignment(latestAssignmentReport={"resources": [{"reasons": reasons({"proxy": False})}]}), CHECKED),
    ],
)
def test_facts_are_dated_otherwise_than_they_say_or_azure_does(row: Row, collected: Any) -> None:
    assert facts(row)["collectedAt"] == collected


def test_what_the_guest_says_of_vm_and_source_is_believed() -> None:
    told = {**SEEN, "source": "csv", "id": vm_id("other"), "type": VM}
    assert facts(run_command(told))["source"] == "run-command"


LONG = json.dumps({"services": {f"service{number:03}": {"status": "running"} for number in range(200)}})
BAD: dict[str, tuple[Row, str]] = {
    "no instance view": ({**run_command(), "properties": {}}, "--instance-view"),
    "no properties": ({"id": run_command()["id"], "type": RUN_COMMAND}, "--instance-view"),
    "properties are a text": ({**run_command(), "properties": "x"}, "--instance-view"),
    "still running": (run_command(executionState="Running"), "Running"),
    "state is a number": (run_command(executionState=1), "executionState"),
    "failed": (run_command(exitCode=1), "exitCode 1"),
    "exit code is false": (run_command(exitCode=False), "exitCode"),
    "exit code not told": (run_command(exitCode=None), "exitCode"),
    "no output": (run_command(""), "empty"),
    "output is a list": (run_command(output="", Output=[1]), "empty"),
    "words before the JSON": (run_command(f"hello {TEXT}"), "nothing else"),
    "a list": (run_command([SEEN]), "no JSON object"),
    "two objects": (run_command(TEXT + TEXT), "nothing else"),
    "a lone surrogate": (run_command('{"proxy": "\ud800"}'), "no JSON object"),
    "nested too deeply": (run_command('{"proxy":' + "[" * 3000), "no JSON object"),
    "its last 4,096 bytes": (run_command(LONG[-4096:]), "4,096"),
    "its last 4,096 bytes without a line end": (run_command(LONG[-4095:-2]), "4,096"),
    "no known name": (run_command({"collectedAt": TAKEN_AT, "properties": SEEN}), "none of interfaces"),
    "no VM": ({**run_command(), "id": "snapready"}, "names a VM"),
    "an assignment of no VM": ({**assignment(targetResourceId=5), "id": "/x/snapready"}, "names a VM"),
    "never reported": (assignment(latestAssignmentReport=None), "no reason"),
    "no such reason": (assignment(reasons(SEEN, code="a:a:other")), "no reason"),
    "reasons are a text": (assignment("x"), "no reason"),
    "a report that is a list": (assignment(latestAssignmentReport=[1]), "no reason"),
    "reasons without code": (assignment([None, {}, {"code": 5, "phrase": TEXT}]), "no reason"),
    "a phrase that is an object": (assignment([{"code": "a:a:guestFacts", "phrase": SEEN}]), "no phrase"),
    "two phrases": (assignment([*reasons(SEEN), *reasons({"proxy": {}})]), "several"),
    "the first part is missing": (assignment(reasons("a", "b", "c")[2:]), "missing"),
    "a part between is missing": (assignment(reasons("a", "b", "c")[:2] + reasons("a", "b", "c")[3:]), "missing"),
    "a phrase cut off": (assignment(reasons(TEXT[:-3])), "phrases"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_guest_facts_is_taken_or_passed_over_in_silence(name: str, tmp_path: Path) -> None:
    row, word = BAD[name]
    assert word in why(row)
    for data in (
        (ndjson([{**row, "subscriptionId": SUBSCRIPTION}]), pretty([row])) if name != "a lone surrogate" else ()
    ):
        reading = read(put(tmp_path, "rows.json", data), fields=ASKED)
        assert [kind for kind, _ in reading.rows if kind == GUEST_FACTS] == []
        said = [problem for problem in reading.problems() if row["id"] in problem.message]
        assert len(said) == 1
        assert said[0].line
        assert not reading.incomplete()


NAMES = {"latestAssignmentReport", "resources", "details", "properties", "reasons", "code", "phrase"}
NAMES |= {"targetResourceId", "instanceView", "output", "exitCode", "executionState"}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["a:a:guestFacts", TEXT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(NAMES)),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(200)
@given(ANY, st.sampled_from([run_command(), assignment()]))
def test_an_odd_row_stops_the_reading(properties: Any, row: Row) -> None:
    try:
        made = guest_facts_of({**row, "properties": properties})
    except NotGuestFacts:
        return
    assert made is not None


def made(reading: Reading) -> list[Row]:
    return [{**row, "subscriptionId": ""} for kind, row in reading.rows if kind == GUEST_FACTS]


@examples(60)
@given(ANY, st.sampled_from([run_command(), assignment()]), st.booleans())
def test_a_line_is_read_otherwise_than_an_element(properties: Any, row: Row, flat: bool) -> None:
    """The typed decoder reads lines, the plain one elements of arrays."""
    odd = {**row, "properties": properties}
    if flat:
        odd = {**{name: odd[name] for name in ("id", "type")}, "instanceView": properties}
    with TemporaryDirectory() as folder:
        lines, array = (read(put(Path(folder), "rows", data), fields=ASKED) for data in (ndjson([odd]), pretty([odd])))
    assert made(lines) == made(array)
    assert lines.ledger.rows == array.ledger.rows
    assert [problem.message for problem in lines.problems()] == [problem.message for problem in array.problems()]


FLAT = {**{k: v for k, v in run_command().items() if k != "properties"}, **run_command()["properties"]}
FORMS: dict[str, bytes] = {
    "lines": ndjson([run_command(), assignment()]),
    "pretty": pretty([run_command(), assignment()]),
    "az graph query": compact(az_graph([run_command(), assignment()])),
    "table": compact(table([run_command(), assignment()])),
    "az vm run-command show": pretty(FLAT) + pretty(assignment()),
    "az vm run-command show, on a line": ndjson([FLAT, assignment()]),
    "types in other letters": ndjson([{**row, "type": row["type"].upper()} for row in (run_command(), assignment())]),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_gives_other_guest_facts(form: str, tmp_path: Path) -> None:
    reading = read(put(tmp_path, "rows.json", FORMS[form]), fields=ASKED)
    assert reading.problems() == []
    assert made(reading) == made(read(put(tmp_path, "lines.ndjson", FORMS["lines"]), fields=ASKED))
    assert len(made(reading)) == 2
    assert reading.ledger.rows == {(RUN_COMMAND, SUBSCRIPTION): 1, (GUEST_ASSIGNMENT, SUBSCRIPTION): 1}


@pytest.mark.parametrize("form", FORMS)
def test_what_nobody_asks_for_is_converted_all_the_same(form: str, tmp_path: Path) -> None:
    reading = read(put(tmp_path, "rows.json", FORMS[form]), fields={VM: {}})
    assert (reading.rows, reading.problems()) == ([], [])
    assert sum(reading.ledger.rows.values()) == 2


@pytest.mark.parametrize("form", ["lines", "pretty"])
def test_a_policy_on_run_commands_does_not_get_its_rows(form: str, tmp_path: Path) -> None:
    asked: dict[str, Fields] = {**ASKED, RUN_COMMAND: {"properties": {"provisioningState": {}}}}
    reading = read(put(tmp_path, "rows.json", FORMS[form]), fields=asked)
    found = [row["properties"]["provisioningState"] for kind, row in reading.rows if kind == RUN_COMMAND]
    assert found == ["Succeeded"]
    assert len(made(reading)) == 2


def test_many_rows_that_publish_nothing_are_all_named(tmp_path: Path) -> None:
    rows = [run_command("", vm_id(f"vm{number}")) for number in range(25)]
    for data in (ndjson(rows), ndjson([az_graph(rows[:8]), az_graph(rows[8:])])):
        said = [problem.message for problem in read(put(tmp_path, "rows", data), fields=ASKED).problems()]
        assert len(said) == 11
        assert said[-1].startswith("15 more run commands")
