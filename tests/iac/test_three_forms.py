"""The same architecture as a template, as a Terraform plan and as what runs gets the same verdicts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Command
from tests.iac import estate
from tests.iac.estate import WHERE, Estate
from tests.rows import write

JUDGED = "agent-not-disabled,outbound-to-storage,staggered-schedules"
GROUP = ("staggered-schedules", estate.SET.lower())
FORMS = ("live", "arm", "terraform")
Verdicts = dict[tuple[str, str], str]


def judged(snapready: Command, folder: Path, form: str, of: Estate, *more: str) -> tuple[int, Verdicts, dict[str, Any]]:
    options: tuple[str, ...]
    if form == "live":
        path, options = write(folder / "fleet.ndjson", estate.live(of)), ("--collected", "all")
    elif form == "arm":
        path, options = str(folder / "main.json"), WHERE
        Path(path).write_text(json.dumps(estate.arm(of), indent=1), "utf-8")
    else:
        path, options = str(folder / "plan.json"), ()
        Path(path).write_text(json.dumps(estate.terraform(of).document()), "utf-8")
    done = snapready("scan", path, *options, "--select", JUDGED, "--report", "json=-", *more)
    results = json.loads(done.out)
    verdicts = {(each["policy"], each["resource"].lower()): each["verdict"] for each in results["results"]}
    return done.code, verdicts, results


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize("of", [Estate(), Estate(deny=True), Estate(crowd=1), Estate(True, 3)])
def test_a_plan_gets_the_verdicts_of_what_it_will_be(snapready: Command, tmp_path: Path, form: str, of: Estate) -> None:
    _, live, _ = judged(snapready, tmp_path, "live", of)
    _, planned, results = judged(snapready, tmp_path, form, of)
    if form == "arm" and live[GROUP] == "pass":
        live[GROUP] = "unknown"  # a template may deploy to a set that is there, with more VMs in it
        reasons = [each["reason"] for each in results["results"] if each["verdict"] == "unknown"]
        assert reasons == ["the plan does not tell of VMs that it does not change"]
    assert planned == live


@pytest.mark.parametrize("form", FORMS)
def test_as_it_stands_nothing_fails(snapready: Command, tmp_path: Path, form: str) -> None:
    code, verdicts, _ = judged(snapready, tmp_path, form, Estate(), "--fail-on", "note")
    assert (code, set(verdicts.values()) - {"unknown"}) == (0, {"pass"})


def test_a_template_over_a_fleet_without_any_vm_is_judged_whole(snapready: Command, tmp_path: Path) -> None:
    _, live, _ = judged(snapready, tmp_path, "live", Estate())
    over = write(tmp_path / "empty.ndjson", [estate.live(Estate())[5]])
    _, planned, _ = judged(snapready, tmp_path, "arm", Estate(), "--over", over, "--collected", "all")
    assert planned[GROUP] == live[GROUP] == "pass"


@pytest.mark.parametrize("form", FORMS)
def test_a_rule_that_denies_the_internet_fails_every_form(snapready: Command, tmp_path: Path, form: str) -> None:
    code, verdicts, _ = judged(snapready, tmp_path, form, Estate(deny=True), "--fail-on", "warning")
    failed = [subject for (policy, subject), verdict in verdicts.items() if verdict == "fail"]
    assert code == 1
    assert len(failed) == 6


@pytest.mark.parametrize("form", FORMS)
def test_a_vm_more_on_a_crowded_schedule_fails_every_form(snapready: Command, tmp_path: Path, form: str) -> None:
    code, verdicts, _ = judged(snapready, tmp_path, form, Estate(crowd=1), "--fail-on", "warning")
    assert code == 1
    assert verdicts[GROUP] == "fail"
