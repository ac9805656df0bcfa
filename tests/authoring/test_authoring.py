"""What authors are told of their policies: slips that no case would notice, conditions never shown, clauses in vain."""

from pathlib import Path

import pytest

from scanner.authoring.mutants import mutants
from scanner.authoring.trial import Bench, percent
from scanner.authoring.unreachable import doubts
from scanner.policy import Policy
from tests.authoring.making import LIBRARY, bench, case, made, survivors, trials
from tests.cli.running import Command


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def test_a_slip_that_no_case_tells_is_passed_over(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a > `3` && properties.b")
    case(tmp_path, "pass-x", '{"a": 5, "b": true}')
    case(tmp_path, "fail-x", '{"a": 2, "b": true}')
    assert survivors(policy) == {
        "without properties.b",
        "properties.a for properties.b",
        "properties.a >= `3` for properties.a > `3`",
        "`4` for `3`",
        "`2` for `3`",
    }
    case(tmp_path, "fail-y", '{"a": 3, "b": true}')
    case(tmp_path, "fail-z", '{"a": 5, "b": false}')
    case(tmp_path, "pass-z", '{"a": 4, "b": true}')
    assert survivors(policy) == set()


def test_a_fact_that_no_case_needs_is_passed_over(tmp_path: Path) -> None:
    policy = made(tmp_path, "default(properties.a, `true`)")
    case(tmp_path, "pass-x", '{"a": true}')
    assert "properties.a not known" in survivors(policy)
    case(tmp_path, "fail-x", '{"a": false}')
    assert "properties.a not known" not in survivors(policy)


@pytest.mark.parametrize("name", LIBRARY)
def test_a_mutant_is_no_other_policy(name: str) -> None:
    policy = LIBRARY[name]
    made = list(mutants(policy))
    assert made
    assert all(_judged_by(each.policy) != _judged_by(policy) for each in made)


def _judged_by(policy: Policy) -> tuple[object, ...]:
    return policy.when, policy.needs, policy.items, policy.severities


@pytest.mark.parametrize("name", LIBRARY)
def test_cases_of_a_built_in_policy_would_miss_more_than_one_slip_in_ten(name: str) -> None:
    missed = [f"{trial.where}: {trial.change}" for trial in trials(name) if not trial.case and not trial.idle]
    assert percent(trials(name)) >= 90, "\n".join(missed)


@pytest.mark.parametrize("name", LIBRARY)
def test_a_condition_of_a_built_in_policy_that_no_case_shows_true_false_and_not_known(name: str) -> None:
    clauses = bench(name).clauses()
    assert {f"{clause.where}: {clause.text}": clause.missing() for clause in clauses if clause.missing()} == {}


@pytest.mark.parametrize("name", LIBRARY)
def test_a_case_judged_by_its_bench_gets_another_verdict_than_by_a_scan(name: str) -> None:
    assert [case for case, wanted, code in bench(name).codes() if wanted != code] == []


def test_a_condition_that_is_never_shown_is_not_told(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a || properties.b", when="properties.on")
    case(tmp_path, "pass-x", '{"a": true, "on": true}')
    case(tmp_path, "unknown-x", '{"on": true}')
    shown = {clause.text: clause.missing() for clause in Bench(policy).clauses()}
    assert shown == {
        "properties.on": ["false", "not known"],
        "properties.a": ["false"],
        "properties.b": ["true", "false"],
    }


@pytest.mark.parametrize(
    ("expect", "when", "said"),
    [
        ("properties.a && properties.a", "", "stands there twice"),
        ("properties.a && not(properties.a)", "", "can never hold"),
        ("properties.a || not(properties.a)", "", "always holds, where it is known"),
        ("properties.a && `true`", "", "settled as it stands"),
        ("\"'properties.a'\"", "", "settled as it stands, whatever is judged"),
        ('"`true`"', "", "settled as it stands, whatever is judged"),
        ("any(properties.l, &x && x)", "", "stands there twice"),
        ("properties.b && properties.a", "properties.a", "as `when` asks for it"),
    ],
)
def test_a_clause_in_vain_is_not_told(expect: str, when: str, said: str, tmp_path: Path) -> None:
    assert said in " ".join(doubts(made(tmp_path, expect, when=when)))


def test_a_severity_that_is_never_reached_is_not_told(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a", severity="{error: properties.x, warning: properties.x, note: otherwise}")
    assert any("warning is never reached" in doubt for doubt in doubts(policy))


def test_lint_finds_fault_with_the_built_in_policies(snapready: Command) -> None:
    done = snapready("policies", "lint")
    assert (done.code, done.out) == (0, "every policy is valid\n")


def test_lint_says_nothing_of_missing_cases(tmp_path: Path, snapready: Command) -> None:
    made(tmp_path, "properties.a")
    case(tmp_path, "pass-x", '{"a": true}')
    done = snapready("policies", "lint", "--policies", tmp_path)
    assert done.code == 1
    assert "none shows fail" in done.out
    assert "none shows unknown" in done.out


@pytest.mark.parametrize("resource", ["microsoft.compute/virtualmachines", "Microsoft.Storage/storageAccounts"])
def test_a_new_policy_is_not_valid_or_not_proved(resource: str, tmp_path: Path, snapready: Command) -> None:
    new = snapready("policies", "new", "my-policy", "--resource", resource, "--policies", tmp_path)
    assert new.code == 0, new.err
    assert snapready("policies", "lint", "--policies", tmp_path).code == 0
    tried = snapready(
        "policies", "test", "my-policy", "--policies", tmp_path, "--coverage", "--mutate", "--least", "100"
    )
    assert tried.code == 0, tried.out
    assert "never" not in tried.out
    again = snapready("policies", "new", "my-policy", "--policies", tmp_path)
    assert (again.code, "there already" in again.err) == (2, True)


@pytest.mark.parametrize(("name", "resource"), [("Mine", "a/b"), ("../x", "a/b"), ("x", "no type"), ("", "a/b")])
def test_a_new_policy_of_a_bad_name_is_written(name: str, resource: str, tmp_path: Path, snapready: Command) -> None:
    assert snapready("policies", "new", name, "--resource", resource, "--policies", tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


def test_too_low_a_score_passes(tmp_path: Path, snapready: Command) -> None:
    made(tmp_path, "properties.a && properties.b")
    for name, properties in (
        ("pass-x", '{"a": 1, "b": 1}'),
        ("fail-x", '{"a": false, "b": 1}'),
        ("unknown-x", '{"b": 1}'),
    ):
        case(tmp_path, name, properties.replace("1", "true"))
    ask = ("policies", "test", "mine", "--policies", tmp_path, "--mutate", "--least")
    assert snapready(*ask, "50").code == 0
    low = snapready(*ask, "100")
    assert low.code == 1
    assert "no case tells it: expect: without properties.b" in low.out


def test_a_page_of_policies_lacks_one(tmp_path: Path, snapready: Command) -> None:
    made(tmp_path, "properties.a == '<b>|x`'")
    done = snapready("policies", "docs", "--policies", tmp_path)
    assert done.code == 0
    assert "## mine" in done.out
    assert "## guest-dhcp" not in done.out
