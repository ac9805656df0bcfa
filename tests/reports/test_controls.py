"""The roll-up to controls: what is not known, accepted or not judged never makes a control met."""

from dataclasses import replace
from itertools import product

import pytest

from scanner.model import Problem, State
from scanner.reports.parts.controls import controls, standing
from tests.reports.scans import contoso

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
