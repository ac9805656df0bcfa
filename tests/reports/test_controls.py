"""The roll-up to controls: what is not known, accepted or not judged never makes a control met."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from scanner.cli import main
from scanner.model import LEFT_OUT, Problem, State
from scanner.reports.parts.controls import controls, standing
from scanner.results_file import read
from tests.reports.scans import ROOT, contoso, report

STATES: tuple[State, ...] = ("fail", "waived", "unknown", "pass", "not-applicable")


@pytest.mark.parametrize("there", list(product([0, 1], repeat=len(STATES))))
@pytest.mark.parametrize("whole", [True, False])
def test_a_control_is_met_only_where_all_that_was_judged_passes(there: tuple[int, ...], whole: bool) -> None:
    counts = dict(zip(STATES, there, strict=True))
    found = standing(counts, whole)
    met = bool(whole and counts["pass"] and not counts["fail"] and not counts["waived"] and not counts["unknown"])
    assert (found == "met") == met
    if counts["fail"]:
        assert found == "not met"
    if counts["unknown"] and not counts["fail"]:
        assert found == "not known"


def test_every_control_of_a_policy_is_told_with_all_that_speak_to_it() -> None:
    results, _ = contoso()
    found = {(control.framework, control.id): control for control in controls(results)}
    named = {(name, each) for judged in results.judged for name, ids in judged.policy.controls.items() for each in ids}
    assert set(found) == named
    for (framework, each), control in found.items():
        speaking = [judged for judged in results.judged if each in judged.policy.controls.get(framework, ())]
        assert control.policies == tuple(judged.policy.id for judged in speaking)
        assert sum(control.states.values()) == sum(len(judged.outcomes) for judged in speaking)


def test_an_incomplete_scan_meets_no_control() -> None:
    results, _ = contoso()
    passing = tuple(
        replace(judged, outcomes=[replace(one, verdict="pass") for one in judged.outcomes]) for judged in results.judged
    )
    whole = replace(results, judged=passing)
    assert {control.standing for control in controls(whole)} == {"met"}
    cut = replace(whole, run=replace(results.run, problems=(Problem("cut short", incomplete=True),)))
    assert {control.standing for control in controls(cut)} == {"not known"}


def test_a_scan_of_few_policies_meets_no_control_that_others_speak_to() -> None:
    results, _ = contoso()
    first = next(judged for judged in results.judged if judged.policy.id == "protected")
    good = replace(first, outcomes=[replace(one, verdict="pass") for one in first.outcomes])
    alone = replace(results, judged=(good,))
    assert {control.standing for control in controls(alone)} == {"met"}
    unasked = {judged.policy.id: judged.policy.controls for judged in results.judged if judged is not first}
    found = {
        (each.framework, each.id): each for each in controls(replace(alone, run=replace(results.run, unasked=unasked)))
    }
    for key, control in found.items():
        others = [name for name, controls in sorted(unasked.items()) if key[1] in controls.get(key[0], ())]
        assert control.unasked == tuple(others)
        assert control.standing == ("not known" if others else "met")
    assert found["nist-800-53", "CP-9"].standing == "not known"


def test_a_control_is_not_met_by_what_a_plan_cannot_tell() -> None:
    results, _ = contoso()
    passing = [
        replace(judged, outcomes=[replace(one, verdict="pass") for one in judged.outcomes]) for judged in results.judged
    ]
    out = [replace(one, verdict="not-applicable", reason=f"{LEFT_OUT}no agent yet") for one in passing[0].outcomes]
    plan = replace(results, judged=(replace(passing[0], outcomes=out), *passing[1:]))
    named = {(name, each) for name, ids in passing[0].policy.controls.items() for each in ids}
    assert named
    for control in controls(plan):
        spoken = (control.framework, control.id) in named
        assert control.standing == ("not known" if spoken else "met")
        assert (passing[0].policy.id in control.unasked) == spoken


def test_every_report_says_of_a_few_policies_which_others_were_not_asked(tmp_path: Path) -> None:
    fleet, path = ROOT / "examples/contoso", tmp_path / "results.json"
    main(["scan", str(fleet), "--select", "vault-redundancy", "--fail-on", "never", "--report", f"json={path}"])
    results, decision = read(str(path))
    assert "protected" in results.run.unasked
    assert "vault-redundancy" not in results.run.unasked
    for name in ("text", "markdown", "html"):
        assert "1 of 1 policy judged, 24 not asked · " in report(name, results, decision), name
    assert "not asked in this scan: agent-not-disabled, " in report("html", results, decision)
    assert "not asked in this scan: agent-not-disabled, " in report("oscal", results, decision)
    assert main(["report", str(path), "--report", f"json={tmp_path / 'again.json'}"]) == 0
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_an_evidence_pack_of_few_policies_is_judged_again_to_the_same_bytes(tmp_path: Path) -> None:
    fleet, pack = ROOT / "examples/contoso", tmp_path / "pack"
    main(["scan", str(fleet), "--select", "protected", "--report", f"evidence={pack}"])
    assert '"unasked"' in (pack / "results.json").read_text("utf-8")
    assert main(["verify", str(pack)]) == 0
