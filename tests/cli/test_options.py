"""Options mean what they say, wrong ones are refused by name, and nothing but the report goes to standard output."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner import __version__
from scanner.commands import command as declared
from scanner.commands import commands
from scanner.rowtypes import BACKUP_ITEM
from tests.cli.running import OWN, WIDGETS, Command
from tests.rows import TAKEN_AT, guest, vm, write
from tests.sources.material import PART, WIDGET, counted, header, ndjson, put, widget

FAILING = [widget("w1", ok=False), widget("w2"), widget("w3")]
FAILING[1]["tags"] = {"owner": "nobody"}
FAILING[2]["name"] = "temp3"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return put(tmp_path, "fleet.ndjson", ndjson([header({WIDGET: counted(3)}), *FAILING]))


def results(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def policies_of(text: str) -> list[str]:
    return [policy["id"] for policy in results(text)["policies"]]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["--select", "widget-ok"], ["widget-ok"]),
        (["--select", "widget-ok,widget-named"], ["widget-named", "widget-ok"]),
        (["--select", "widget-ok", "--select", "widget-named"], ["widget-named", "widget-ok"]),
        (["--select= widget-ok , widget-ok,"], ["widget-ok"]),
    ],
)
def test_select_repeated_or_with_commas_takes_other_policies(
    fleet: Path, chosen: list[str], expected: list[str], snapready: Command
) -> None:
    done = snapready("scan", *OWN, *chosen, fleet, "--report", "json=-")
    assert policies_of(done.out) == expected


def test_no_selection_leaves_policies_out(fleet: Path, snapready: Command) -> None:
    done = snapready("scan", *OWN, fleet, "--report", "json=-")
    assert {"widget-ok", "widget-tagged", "widget-named", "agent-version"} <= set(policies_of(done.out))


def test_an_option_takes_the_path_after_its_value(fleet: Path, snapready: Command) -> None:
    done = snapready(
        "scan", *OWN, "--select", "widget-ok", "--collected", WIDGET, "--set", "widget-tagged.owner=x", fleet
    )
    assert done.code == 1


REFUSED = {
    "an unknown policy": (["--select", "nope"], "there is no policy 'nope'; see: snapready policies list"),
    "a misspelt policy": (["--select", "widget-okk"], "did you mean 'widget-ok'?"),
    "no policy": (["--select", " , "], "--select: no policy is named"),
    "a folder of policies that is not there": (["--policies", "/nope"], "/nope: no such folder of policies"),
    "a set without a value": (["--set", "widget-tagged.owner"], "'widget-tagged.owner' is not POLICY.NAME=VALUE"),
    "a set without a name": (["--set", "widget-tagged=x"], "'widget-tagged=x' is not POLICY.NAME=VALUE"),
    "a set of an unknown policy": (["--set", "widget-taged.owner=x"], "did you mean 'widget-tagged'?"),
    "a set of an unknown parameter": (["--set", "widget-tagged.ownr=x"], "did you mean 'owner'?"),
    "a set of another kind": (["--set", "last-backup-recent.tolerated=soon"], "is a number, and 'soon' is not"),
    "a set of a parameter unlike any": (["--set", "agent-version.minimum=1"], "'minimum': it has linux, windows"),
    "a time that is none, though the rows tell theirs": (["--taken-at", "yesterday"], "'yesterday' is not an ISO 8601"),
    "an age without a unit": (["--max-age", "8"], "'8' is no length of time; write 8d, 36h, 90m or 45s"),
    "an age that is empty": (["--max-age", ""], "'' is no length of time"),
    "an age in weeks": (["--max-age", "2w"], "'2w' is no length of time"),
    "an unknown format": (["--report", "pdf=x"], "there is no format 'pdf'; there are csv, html, json"),
    "a misspelt format": (["--report", "jsn=-"], "did you mean 'json'?"),
    "a report without a file": (["--report", "json"], "'json' is not FORMAT=FILE"),
    "a report in no folder": (["--report", "json=/nope/x.json"], "the folder /nope is not there"),
    "two reports to standard output": (["--report", "json=-", "--report", "text=-"], "only one report can go to"),
    "an unknown severity": (["--fail-on", "fatal"], "invalid choice: 'fatal'"),
    "an unknown word for unknown": (["--unknown", "pass"], "invalid choice: 'pass'"),
    "an unknown amount of evidence": (["--evidence", "none"], "invalid choice: 'none'"),
    "an unknown option": (["--fail"], "unrecognized arguments: --fail"),
    "an abbreviation": (["--sel", "widget-ok"], "unrecognized arguments: --sel"),
    "an abbreviation with a value": (["--fail-o=never"], "unrecognized arguments: --fail-o=never"),
    "an option without its value": (["--select"], "argument --select: expected one argument"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_option_is_taken(fleet: Path, what: str, snapready: Command) -> None:
    given, said = REFUSED[what]
    done = snapready("scan", fleet, *OWN, *given)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "internal error" not in done.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["scan"], "the following arguments are required: PATH"),
        (["scann", "x"], "invalid choice: 'scann'"),
        (["policies"], "the following arguments are required: ACTION"),
        (["explain", "x"], "the following arguments are required: PATH"),
        (["policies", "show"], "the following arguments are required: ID"),
    ],
)
def test_a_command_that_is_not_whole_is_taken(given: list[str], said: str, snapready: Command) -> None:
    done = snapready(*given)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_set_changes_nothing_or_is_not_written_down(fleet: Path, snapready: Command) -> None:
    done = snapready.scan(fleet, "--set", "widget-tagged.owner=a=b.c", "--report", "json=-")
    found = results(done.out)
    assert found["run"]["parameters"] == {"widget-tagged": {"owner": "a=b.c"}}
    verdicts = [one["verdict"] for one in found["results"] if one["policy"] == "widget-tagged"]
    assert verdicts == ["fail"] * 3
    twice = snapready.scan(
        fleet, "--set", "widget-tagged.owner=x", "--set", "widget-tagged.owner=ops", "--report", "json=-"
    )
    assert results(twice.out)["run"]["parameters"] == {"widget-tagged": {"owner": "ops"}}


GATES = [
    ([], 1),
    (["--fail-on", "error"], 1),
    (["--fail-on", "warning"], 1),
    (["--fail-on", "never"], 0),
    (["--select", "widget-tagged"], 0),
    (["--select", "widget-tagged", "--fail-on", "warning"], 1),
    (["--select", "widget-named", "--fail-on", "warning"], 0),
    (["--select", "widget-named", "--fail-on", "note"], 1),
]


@pytest.mark.parametrize(("given", "code"), GATES)
def test_the_gate_looks_at_other_severities(fleet: Path, given: list[str], code: int, snapready: Command) -> None:
    chosen = [] if "--select" in given else ["--select", "widget-ok,widget-tagged,widget-named"]
    assert snapready("scan", fleet, *OWN, *chosen, *given).code == code


def test_an_unknown_stops_the_gate_unasked_or_not_at_all(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "fleet.ndjson", ndjson([widget("w1"), widget("w2", ok=None)]))
    assert snapready.scan(file).code == 0
    assert snapready.scan(file, "--unknown", "warn").code == 0
    assert snapready.scan(file, "--unknown", "fail").code == 1
    assert snapready.scan(file, "--unknown", "fail", "--fail-on", "never").code == 0


def test_evidence_is_kept_for_too_few_results(fleet: Path, snapready: Command) -> None:
    usual = results(snapready.scan(fleet, "--report", "json=-").out)["results"]
    assert {one["verdict"] for one in usual if "evidence" in one} == {"fail"}
    everything = results(snapready.scan(fleet, "--report", "json=-", "--evidence", "all").out)["results"]
    assert all("evidence" in one for one in everything)


def test_collected_is_not_heard(tmp_path: Path, snapready: Command) -> None:
    """A VM whose backup items were collected, and that has none, is known not to be protected."""
    file = write(tmp_path / "fleet.ndjson", [vm()])
    protected = []
    for more in ([], ["--collected", "all"], [f"--collected={PART},{BACKUP_ITEM.upper()}"]):
        done = snapready("scan", file, "--select", "power-state-consistent", "--report", "json=-", *more)
        protected.append(results(done.out)["subjects"][0]["backup"]["protected"])
    assert protected == [None, False, False]


def test_the_time_of_the_rows_is_not_the_headers_then_the_options(
    fleet: Path, tmp_path: Path, snapready: Command
) -> None:
    later = ["--taken-at", "2026-11-22T05:00:00+02:00"]
    run = results(snapready.scan(fleet, *later, "--report", "json=-").out)["run"]
    assert (run["takenAt"], run["takenAtFrom"]) == (TAKEN_AT, "header")
    assert "--taken-at is passed over" in run["problems"][0]["message"]
    bare = put(tmp_path, "bare.ndjson", ndjson(FAILING))
    run = results(snapready.scan(bare, *later, "--report", "json=-").out)["run"]
    assert (run["takenAt"], run["takenAtFrom"]) == ("2026-11-22T03:00:00Z", "option")
    run = results(snapready.scan(bare, "--report", "json=-").out)["run"]
    assert run["takenAtFrom"] == "clock"
    done = snapready.scan(bare, "--taken-at", "yesterday")
    assert done.code == 2
    assert "--taken-at: 'yesterday' is not an ISO 8601 time such as 2026-11-22T01:00:00Z" in done.err


def test_guest_facts_are_stale_too_early_or_too_late(tmp_path: Path, snapready: Command) -> None:
    """They are five hours old."""
    seen = guest(interfaces=[{"name": "eth0", "dhcp": True}])
    file = write(tmp_path / "fleet.ndjson", [header(), vm(), seen])
    for age, verdict in (("8d", "pass"), ("301m", "pass"), ("5h", "pass"), ("4h", "unknown"), ("0.1d", "unknown")):
        done = snapready("scan", file, "--select", "guest-dhcp", "--max-age", age, "--report", "json=-")
        assert [one["verdict"] for one in results(done.out)["results"]] == [verdict], age


@pytest.mark.parametrize("age", ["nand", "-8d", "infd"])
def test_an_age_that_is_no_age_is_taken(fleet: Path, age: str, snapready: Command) -> None:
    done = snapready.scan(fleet, f"--max-age={age}")
    assert done.code == 2
    assert "is no length of time" in done.err


def test_a_time_before_the_first_year_is_an_internal_error(tmp_path: Path, snapready: Command) -> None:
    bare = put(tmp_path, "bare.ndjson", ndjson(FAILING))
    done = snapready.scan(bare, "--taken-at", "0001-01-01T00:00:00+10:00")
    assert done.code == 2
    assert "internal error" not in done.err


def test_a_report_is_not_written_or_written_twice(fleet: Path, tmp_path: Path, snapready: Command) -> None:
    one, two = tmp_path / "a.json", tmp_path / "b.txt"
    done = snapready.scan(fleet, "--report", f"json={one}", "--report", f"text={two}")
    assert done.out == ""
    assert results(one.read_text())["run"]["exitCode"] == 1
    assert "FAIL error" in two.read_text()
    assert "\x1b" not in two.read_text()
    both = snapready.scan(fleet, "--report", f"json={one}", "--report", "text=-")
    assert both.out == two.read_text()


def test_a_report_that_cannot_be_written_is_an_internal_error(fleet: Path, tmp_path: Path, snapready: Command) -> None:
    done = snapready.scan(fleet, "--report", f"json={tmp_path}")
    assert done.code == 2
    assert f"--report: {tmp_path} cannot be written: Is a directory" in done.err
    done = snapready.scan(fleet, "--report", "json=/dev/full")
    assert done.code == 2
    assert "--report: /dev/full cannot be written: No space left on device" in done.err


COMMANDS = [
    [], ["scan"], ["explain"], ["query"], ["policies"], ["policies", "list"], ["policies", "show"],
    ["policies", "test"], ["policies", "lint"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_has_no_help(command: list[str], snapready: Command) -> None:
    for option in ("--help", "-h"):
        done = snapready(*command, option)
        assert done.code == 0
        assert done.out.startswith(f"usage: {' '.join(['snapready', *command])}")
        assert done.err == ""


def test_the_version_is_another(snapready: Command) -> None:
    assert snapready("--version").out == f"snapready {__version__}\n"


def test_query_leaves_out_what_the_policies_need(snapready: Command) -> None:
    done = snapready("query", "--select", "agent-version")
    assert done.code == 0
    assert "resources | where type in~ ('microsoft.compute/virtualmachines'" in done.out
    assert "microsoft.compute/virtualmachines/instanceview" not in done.out
    assert "not in Resource Graph, collected otherwise: microsoft.compute/virtualmachines/instanceview" in done.err
    own = snapready("query", *WIDGETS)
    assert own.out.count("\n") == 1
    assert "resources | where type in~ ('contoso.things/widgets') | project id, name, type" in own.out


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_the_help_of_a_command_does_not_say_what_its_exit_codes_tell(
    command: declared.Command, snapready: Command
) -> None:
    said = " ".join(snapready(command.name, "--help").out.split())
    assert command.sentence() in said
    assert f"Exit codes: {command.exits}; 2 it could not be done" in said
