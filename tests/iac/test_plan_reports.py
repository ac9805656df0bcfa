"""Reports of plans: every finding at its file, line and column; of an overlay, what the change makes worse."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import scanner
from scanner.sources.iac import located
from tests.cli.running import Command
from tests.iac import estate
from tests.iac.estate import GROUP, NET, WHERE, Estate
from tests.reports.test_golden import GOLDEN, hold
from tests.rows import TAKEN_AT, write

assert GOLDEN.is_dir()
SELECT = ("--select", "agent-not-disabled,outbound-to-storage,staggered-schedules")
TIME = ("--taken-at", TAKEN_AT)


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as a user in a repository names them."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def template(name: str, value: Any) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(json.dumps(value, indent=2), "utf-8")
    return name


def deny() -> dict[str, Any]:
    """A template of one rule, for a group that it does not hold."""
    whole = estate.arm(Estate())
    body = Estate(deny=True).rules()["DenyInternet"]
    whole["variables"] = {}
    whole["resources"] = [estate._arm(f"{NET}/networkSecurityGroups/securityRules", "nsg-app/DenyInternet", body)]
    return whole


def place_of(file: str, at: int) -> tuple[int, int]:
    resource = located.load(Path(file).read_bytes(), file)["resources"][at]
    return resource.line, resource.column


def sarif(done_out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done_out)["runs"][0]["results"]
    return found


def position(result: dict[str, Any]) -> tuple[str, int, int]:
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"], place["region"]["startColumn"]


@pytest.mark.parametrize("form", ["sarif", "sarif-github"])
def test_a_finding_of_a_template_is_where_its_resource_is_written(snapready: Command, form: str) -> None:
    file = template("infra/main.json", estate.arm(Estate(deny=True, crowd=1)))
    done = snapready("scan", file, *WHERE, *SELECT, "--report", f"{form}=-")
    resources = json.loads(Path(file).read_text("utf-8"))["resources"]
    at = next(n for n, each in enumerate(resources) if each["type"] == "Microsoft.Compute/virtualMachines")
    fails = [
        each for each in sarif(done.out) if each.get("level") != "none" and each["ruleId"] == "outbound-to-storage"
    ]
    assert len(fails) == 7
    assert {position(each) for each in fails} == {(file, *place_of(file, at))}


@pytest.mark.parametrize("form", ["sarif", "sarif-github"])
def test_a_finding_of_a_terraform_plan_is_at_its_block(snapready: Command, form: str) -> None:
    made = estate.terraform(Estate(deny=True))
    Path("plan.json").write_text(json.dumps(made.document()), "utf-8")
    Path("tf").mkdir()
    lines = ["# machines", "", *(f'resource "azurerm_linux_virtual_machine" "web{n}" {{}}' for n in range(6))]
    Path("tf/main.tf").write_text("\n".join(lines) + "\n", "utf-8")
    done = snapready("scan", "plan.json", "--source", "tf", *SELECT, "--report", f"{form}=-")
    fails = [
        each for each in sarif(done.out) if each.get("level") != "none" and each["ruleId"] == "outbound-to-storage"
    ]
    assert sorted(position(each)[:2] for each in fails) == [("tf/main.tf", 3 + n) for n in range(6)]


@pytest.mark.parametrize("form", ["sarif", "sarif-github"])
def test_what_a_change_breaks_without_naming_it_points_to_the_change(snapready: Command, form: str) -> None:
    fleet = write(Path("fleet.ndjson"), estate.live(Estate()))
    file = template("infra/deny.json", deny())
    done = snapready("scan", file, *WHERE, *SELECT, "--over", fleet, "--report", f"{form}=-", "--fail-on", "warning")
    fails = [
        each for each in sarif(done.out) if each.get("level") != "none" and each["ruleId"] == "outbound-to-storage"
    ]
    assert done.code == 1
    assert len(fails) == 6
    assert {position(each) for each in fails} == {(file, *place_of(file, 0))}


def test_a_vm_more_on_a_crowded_schedule_points_to_what_is_new_of_it(snapready: Command) -> None:
    fleet = write(Path("fleet.ndjson"), estate.live(Estate()))
    whole = estate.arm(Estate(crowd=1))
    whole["variables"]["machines"] = whole["variables"]["machines"][-1:]
    whole["resources"] = [each for each in whole["resources"] if "copy" in each]
    file = template("main.json", whole)
    done = snapready(
        "scan",
        file,
        *WHERE,
        *SELECT,
        "--over",
        fleet,
        "--collected",
        "all",
        "--fail-on",
        "warning",
        "--report",
        "json=-",
    )
    worse = [each for each in json.loads(done.out)["results"] if each.get("change", {}).get("effect") == "worse"]
    assert done.code == 1
    assert [(each["policy"], each["verdict"]) for each in worse] == [("staggered-schedules", "fail")]
    cause = worse[0]["change"]["origin"]
    assert (cause["file"], cause["line"] > 1) == (file, True)


def test_a_change_that_makes_nothing_worse_is_no_finding_although_others_stand(snapready: Command) -> None:
    fleet = write(Path("fleet.ndjson"), estate.live(Estate(deny=True, crowd=1)))
    whole = deny()
    whole["resources"] = [estate._arm(f"{NET}/applicationSecurityGroups", "asg-more", {})]
    options = ("scan", template("main.json", whole), *WHERE, *SELECT, "--over", fleet, "--fail-on", "note")
    done = snapready(*options)
    assert (done.code, "the change makes nothing worse" in done.err) == (0, True)
    assert snapready(*options, "--all").code == 1


def test_a_green_gate_says_nothing_worse_of_a_change_that_makes_something_worse(snapready: Command) -> None:
    fleet = write(Path("fleet.ndjson"), estate.live(Estate()))
    options = ("scan", template("main.json", deny()), *WHERE, *SELECT, "--over", fleet, "--collected", "all")
    done = snapready(*options)
    assert done.code == 0
    assert "nothing worse" not in done.err + done.out
    assert re.search(r"the change makes no finding at error, but \d+ findings? below that", done.err)
    never = snapready(*options, "--fail-on", "never")
    assert never.code == 0
    assert re.search(r"exit 0: the change makes \d+ findings?", never.err)
    assert snapready(*options, "--fail-on", "warning").code == 1


def test_a_machine_whose_verdict_is_lost_by_the_change_is_not_named(snapready: Command) -> None:
    fleet = write(Path("fleet.ndjson"), estate.live(Estate()))
    whole = deny()
    whole["parameters"] = {"access": {"type": "string"}}
    whole["resources"][0]["properties"]["access"] = "[parameters('access')]"
    done = snapready("scan", template("main.json", whole), *WHERE, *SELECT, "--over", fleet, "--collected", "all")
    assert done.code == 0
    assert re.search(
        r"would settle outbound-to-storage\n +web0 \(rg-app\), .*\n +parameter access has no value", done.out
    )
    assert "no longer known" in done.err


def test_a_change_over_a_fleet_that_is_not_whole_is_incomplete(snapready: Command) -> None:
    short = {"snapready": {"version": 1, "takenAt": TAKEN_AT, "collected": {
        GROUP.split("/")[2]: {"microsoft.compute/virtualmachines": {"received": 6, "total": 9}}}}}  # fmt: skip
    fleet = write(Path("fleet.ndjson"), [short, *estate.live(Estate())])
    done = snapready("scan", template("main.json", deny()), *WHERE, *SELECT, "--over", fleet)
    assert (done.code, "6 of 9 rows" in done.err) == (3, True)


def _scans() -> dict[str, tuple[str, ...]]:
    return {
        "plan": ("infra/main.json", *WHERE, *SELECT, *TIME),
        "overlay": ("infra/deny.json", *WHERE, *SELECT, *TIME, "--over", "fleet.ndjson", "--fail-on", "warning"),
    }


def _files() -> None:
    template("infra/main.json", estate.arm(Estate(deny=True, crowd=1)))
    template("infra/deny.json", deny())
    write(Path("fleet.ndjson"), estate.live(Estate()))


@pytest.mark.parametrize("scan", ["plan", "overlay"])
def test_the_reports_of_a_results_file_are_those_of_its_scan_byte_for_byte(snapready: Command, scan: str) -> None:
    _files()
    formats = {"text": "txt", "markdown": "md", "sarif": "sarif", "sarif-github": "gh", "junit": "xml", "json": "json"}
    first = [f"--report={name}=first.{end}" for name, end in formats.items()]
    snapready("scan", *_scans()[scan], *first)
    again = [f"--report={name}=again.{end}" for name, end in formats.items()]
    assert snapready("report", "first.json", *again).code == 0
    for end in formats.values():
        assert Path(f"first.{end}").read_bytes() == Path(f"again.{end}").read_bytes(), end


@pytest.mark.parametrize("scan", ["plan", "overlay"])
def test_the_results_of_a_plan_keep_the_schema(snapready: Command, scan: str) -> None:
    _files()
    schema = json.loads((Path(scanner.__file__).parent / "schemas" / "results.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(snapready("scan", *_scans()[scan], "--report", "json=-").out), schema)


@pytest.mark.parametrize("scan", ["plan", "overlay"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_report_of_a_plan_says_the_same_as_ever(snapready: Command, scan: str, form: str) -> None:
    _files()
    end = {"text": "txt", "markdown": "md"}[form]
    snapready("scan", *_scans()[scan], f"--report={form}=out")
    hold(f"{scan}.{end}", Path("out").read_text("utf-8"))
