"""Slips that change no verdict: never said of one that does, by an oracle that tries every small document."""

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.authoring.idle import changes_nothing
from scanner.authoring.mutants import mutants
from scanner.judges import judge_of
from scanner.policy import Policy
from tests.authoring.making import LIBRARY, case, made, survivors, trials
from tests.cli.running import Command

ABSENT = object()
VALUES = [ABSENT, True, False, "v", "", [], ["v"], {}, {"x": True}, {"x": False}]
DOCUMENTS = [
    {"properties": {name: value for name, value in zip("ab", values, strict=True) if value is not ABSENT}}
    for values in itertools.product(VALUES, repeat=2)
]
PARAMS = "{on: {default: true, description: d}, least: {default: 1, description: d}}"

leaves = st.sampled_from(
    [
        *("properties.a", "properties.b", "properties.a.x", "properties.b.x", "params.on", "`true`", "`false`"),
        *("properties.a == 'v'", "properties.b != 'v'", "length(properties.a) >= params.least", "`1` > `0`"),
        *("contains(properties.b, 'v')", "default(properties.a, properties.b).x", "all(properties.a, &@)"),
    ]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) && ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) || ({two[1]})"),
        inner.map(lambda one: f"not({one})"),
        st.tuples(inner, inner).map(lambda two: f"default({two[0]}, {two[1]})"),
        inner.map(lambda one: f"default({one}, `true`)"),
    ),
    max_leaves=5,
)


def verdicts(policy: Policy) -> list[Any]:
    judge = judge_of([policy], None, 0.0)
    return [judge(document)[0] for document in DOCUMENTS]


def idle(policy: Policy) -> dict[str, Policy]:
    """What changes no verdict, as it is said."""
    return {
        f"{mutant.where}: {mutant.change}": mutant.policy
        for mutant in mutants(policy)
        if changes_nothing(policy, mutant.policy, values=mutant.where.startswith("params"))
    }


@given(when=expressions, expect=expressions)
@settings(max_examples=60, deadline=None)
def test_a_slip_that_changes_a_verdict_is_said_to_change_none(when: str, expect: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        policy = made(Path(folder), f'"{expect}"', when=f'"{when}"', params=PARAMS)
    usual = verdicts(policy)
    for said, mutant in idle(policy).items():
        assert verdicts(mutant) == usual, said


@pytest.mark.parametrize("name", LIBRARY)
def test_a_slip_that_a_case_tells_is_said_to_change_no_verdict(name: str) -> None:
    told = {f"{trial.where}: {trial.change}" for trial in trials(name) if trial.case}
    assert not told & idle(LIBRARY[name]).keys()


@pytest.mark.parametrize(
    ("when", "expect", "said"),
    [
        ("properties.on", "properties.a || `false`", "expect: without `false`"),
        ("default(properties.a, `true`)", "properties.a", "when: without a default for properties.a"),
        ("default(properties.a, `true`)", "properties.a.x == 'v'", "when: without a default for properties.a"),
        ("properties.on", "params.least <= `1` || properties.a >= params.least", "params, least: 0 for 1"),
    ],
)
def test_a_slip_that_changes_no_verdict_is_a_slip(when: str, expect: str, said: str, tmp_path: Path) -> None:
    assert said in idle(made(tmp_path, f'"{expect}"', when=f'"{when}"', params=PARAMS))


@pytest.mark.parametrize(
    ("when", "expect", "said"),
    [
        ("properties.on", "params.least >= `9` || properties.a", "expect: without `1` >= `9`"),
        ("properties.on", "not(params.on) || properties.a", "expect: without not(`true`)"),
        ("default(properties.a, `true`)", "not(properties.b)", "when: without a default for properties.a"),
        ("properties.on", "length(properties.l) > `0` || properties.l", "expect: without properties.l"),
    ],
)
def test_a_slip_that_other_values_or_other_facts_would_tell_is_passed_over(
    when: str, expect: str, said: str, tmp_path: Path
) -> None:
    policy = made(tmp_path, f'"{expect}"', when=f'"{when}"', params=PARAMS)
    assert said in {f"{mutant.where}: {mutant.change}" for mutant in mutants(policy)}
    assert said not in idle(policy)


def test_what_changes_no_verdict_counts_against_the_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = made(tmp_path, "properties.b.x", when="default(properties.b, `true`)")
    case(tmp_path, "pass-x", '{"b": {"x": true}}')
    case(tmp_path, "fail-x", '{"b": {"x": false}}')
    case(tmp_path, "unknown-x", "{}")
    assert "without a default for properties.b" in survivors(policy)
    snapready = Command(capsys)
    done = snapready("policies", "test", "mine", "--policies", tmp_path, "--mutate")
    assert "  it changes no verdict: when: without a default for properties.b" in done.out
