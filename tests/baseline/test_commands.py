"""--baseline, --only-new and snapready compare, as a pipeline calls them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Command
from tests.config.conftest import CONTOSO
from tests.rows import TAKEN_AT, header, vm, vm_id, write

Write = Callable[[str], Path]
POLICY = ("--select", "power-state-consistent", "--fail-on", "warning")


def fleet(path: Path, **states: str) -> str:
    rows = [vm(vm_id(name), provisioning=state) for name, state in states.items()]
    return write(path, [header(rows), *rows])


def scanned(snapready: Command, out: str, *more: str, **states: str) -> tuple[int, str, str]:
    path = fleet(Path("fleet.ndjson"), **states)
    done = snapready("scan", path, *POLICY, "--report", f"json={out}", "--report", "text=-", *more)
    return done.code, done.out, done.err


def test_a_night_that_is_not_held_to_the_one_before(snapready: Command, configured: Write) -> None:
    configured("gate: {unknown: warn}\n")
    assert scanned(snapready, "r.json", web01="Failed", web02="Succeeded")[0] == 1
    nights = [
        ({"web01": "Failed", "web02": "Succeeded"}, 0, "0 new, 0 reappeared, 1 persisting, 0 fixed, 0 lost"),
        ({"web01": "Failed", "web02": "Failed"}, 1, "1 new, 0 reappeared, 1 persisting, 0 fixed, 0 lost"),
        ({"web01": "Succeeded", "web02": "Failed"}, 0, "0 new, 0 reappeared, 1 persisting, 1 fixed, 0 lost"),
        ({"web01": "Failed"}, 1, "0 new, 1 reappeared, 0 persisting, 0 fixed, 0 lost, 1 gone with their resource"),
    ]
    for states, code, counted in nights:
        done = scanned(snapready, "r.json", "--baseline", "r.json", "--only-new", **states)
        assert done[0] == code, done[2]
        assert counted in " ".join(done[1].split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "--baseline: gone.json: cannot be read: No such file or directory"),
        ("", "this is not JSON"),
        ("{", "this is not JSON"),
        ("[]", "it names no schema"),
        ('{"schema": "snapready/results/2"}', "its schema is 'snapready/results/2', not 'snapready/results/1'"),
        ('{"schema": "snapready/results/1"}', "this is no valid results file"),
    ],
)
def test_a_baseline_that_cannot_be_read_and_yet_a_gate_that_holds(
    snapready: Command, configured: Write, text: str | None, said: str
) -> None:
    configured("gate: {unknown: warn}\n")
    if text is not None:
        Path("gone.json").write_text(text, "utf-8")
    code, out, err = scanned(snapready, "r.json", "--baseline", "gone.json", web01="Succeeded")
    assert (code, out) == (2, "")
    assert said in err
    assert "the first run has none: --no-baseline --report json=gone.json" in err
    assert not Path("r.json").exists()


def test_a_baseline_of_the_configuration_that_the_first_run_does_not_have(
    snapready: Command, configured: Write
) -> None:
    configured("baseline: last.json\ngate: {only-new: true}\n")
    code, _, err = scanned(snapready, "last.json", web01="Failed")
    assert (code, "snapready.yaml:1:11: last.json: cannot be read" in err) == (2, True)
    assert scanned(snapready, "last.json", "--no-baseline", web01="Failed")[0] == 1
    assert scanned(snapready, "last.json", web01="Failed")[0] == 0
    assert scanned(snapready, "last.json", web01="Failed", web02="Failed")[0] == 1


def test_only_what_is_new_is_asked_for_and_nothing_tells_it(snapready: Command, configured: Write) -> None:
    configured("gate: {only-new: true}\n")
    code, _, err = scanned(snapready, "r.json", web01="Failed")
    assert (code, "snapready.yaml:1:18: what is new is told by an earlier run: --baseline" in err) == (2, True)


def test_a_baseline_of_a_plan_laid_over_a_fleet(snapready: Command, configured: Write) -> None:
    configured("gate: {unknown: warn}\n")
    plan = str(CONTOSO.parent / "pull-request" / "terraform" / "plan.json")
    done = snapready("scan", plan, "--over", str(CONTOSO), "--report", "json=r.json")
    assert done.code == 1
    done = snapready("scan", plan, "--over", str(CONTOSO), "--baseline", "r.json")
    assert (done.code, "is held to that fleet, which is its baseline" in done.err) == (2, True)


def test_two_results_that_are_compared_otherwise_than_the_scan_does_it(snapready: Command, configured: Write) -> None:
    configured("gate: {unknown: warn}\n")
    scanned(snapready, "a.json", web01="Failed", web02="Succeeded")
    scanned(snapready, "b.json", web01="Succeeded", web02="Failed")
    _, held, _ = scanned(snapready, "c.json", "--baseline", "a.json", web01="Succeeded", web02="Failed")
    done = snapready("compare", "a.json", "b.json")
    assert (done.code, done.out) == (0, held)
    assert "the later scan's exit code was 1: 1 finding at warning or above" in done.err
    assert snapready("compare", "a.json", "b.json", "--only-new").code == 1
    assert snapready("compare", "b.json", "b.json", "--only-new").code == 0
    assert snapready("compare", "b.json", "b.json", "--fail-on", "error").code == 0
    assert snapready("compare", "b.json", "gone.json").code == 2
    formats = ["json", "junit", "markdown", "sarif", "sarif-github", "text"]
    assert snapready("compare", "a.json", "b.json", *(f"--report={name}=out.{name}" for name in formats)).code == 0
    value = json.loads(Path("out.json").read_text("utf-8"))
    assert value["run"]["baseline"]["takenAt"] == TAKEN_AT
    assert {result["trend"] for result in value["results"]} == {"new", "fixed"}
    assert "new: " in Path("out.junit").read_text("utf-8").lower()
    assert "### Since the baseline of 2026-11-22 01:00Z" in Path("out.markdown").read_text("utf-8")


def test_a_comparison_that_is_asked_for_as_a_gate_and_holds_as_the_scan_was_told_to_stop_at_nothing(
    snapready: Command, configured: Write
) -> None:
    configured("gate: {unknown: warn}\n")
    severity = ("--config", str(Path("severe.yaml")))
    Path("severe.yaml").write_text("severity: {power-state-consistent: error}\n", "utf-8")
    scanned(snapready, "a.json", *severity, "--fail-on", "never", web01="Succeeded")
    scanned(snapready, "b.json", *severity, "--fail-on", "never", web01="Failed")
    done = snapready("compare", "a.json", "b.json", "--only-new")
    assert (done.code, "1 finding that the baseline does not have at error" in done.err) == (1, True)
    assert snapready("compare", "a.json", "b.json", "--only-new", "--fail-on", "never").code == 0


def test_a_baseline_that_somebody_changed_so_that_nothing_is_new(snapready: Command, configured: Write) -> None:
    configured("gate: {unknown: warn}\n")
    scanned(snapready, "r.json", web01="Succeeded")
    value = json.loads(Path("r.json").read_text("utf-8"))
    (passed,) = value["results"]
    for changed, said in (
        ({**value, "results": [passed, {**passed, "verdict": "fail"}]}, "has two results"),
        ({**value, "run": {**value["run"], "takenAt": "yesterday"}}, "run.takenAt is 'yesterday', which is no time"),
    ):
        Path("last.json").write_text(json.dumps(changed), "utf-8")
        code, _, err = scanned(snapready, "out.json", "--baseline", "last.json", "--only-new", web01="Failed")
        assert (code, said in err) == (2, True), err
        assert snapready("compare", "last.json", "r.json").code == 2
