"""Which slips are tried, and what cases of other values and of a stated severity tell."""

from pathlib import Path

import pytest

from scanner.authoring.mutants import mutants
from scanner.authoring.nearby import step
from scanner.authoring.trial import Bench
from scanner.cases import every_case, run_cases
from tests.authoring.making import case, made, survivors
from tests.cli.running import Command

LEAST = "{least: {default: 3, description: d}, on: {default: true, description: d}}"


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.mark.parametrize(
    ("value", "near"),
    [
        (90, [91, 89]),
        (0, [1, -1]),
        (0.5, [0.6, 0.4]),
        (1.25, [1.26, 1.24]),
        ("2.2.53", ["2.2.54", "2.2.52"]),
        ("443", ["444", "442"]),
        ("7.0", ["7.1"]),
        ("TLS1_2", ["TLS1_"]),
        ("Windows", ["Window"]),
        ("", []),
        (True, []),
        (None, []),
    ],
)
def test_a_step_to_the_next_value(value: object, near: list[object]) -> None:
    assert list(step(value)) == near


@pytest.mark.parametrize(
    ("expect", "slips"),
    [
        ("properties.a && properties.b", {"properties.b for properties.a", "properties.a for properties.b"}),
        (
            "properties.a == 'x' || properties.a == 'y'",
            {"'y' for 'x' in properties.a == 'x'", "'x' for 'y' in properties.a == 'y'"},
        ),
        ("same(properties.a, properties.b)", {"properties.a == properties.b for same(properties.a, properties.b)"}),
        (
            "version_at_least(properties.a, '2.9')",
            {"the versions the other way round in version_at_least(properties.a, '2.9')", "'2.10' for '2.9'"},
        ),
        ("length(properties.l[?x]) > `0`", {"without the condition x of properties.l"}),
        ("any(properties.l, &(s == 'a' && t == 'b'))", {"t for s", "s for t"}),
    ],
)
def test_a_slip_that_is_not_tried(expect: str, slips: set[str], tmp_path: Path) -> None:
    tried = {mutant.change for mutant in mutants(made(tmp_path, expect))}
    assert tried >= slips


def test_a_slip_in_a_value_of_the_policys_own_is_not_tried(tmp_path: Path) -> None:
    params = LEAST[:-1] + ", words: {default: [x, y], description: d}}"
    policy = made(
        tmp_path, "properties.a >= params.least && contains(params.words, properties.b) && params.on", params=params
    )
    tried = {(mutant.where, mutant.change) for mutant in mutants(policy) if mutant.where.startswith("params")}
    assert tried == {
        ("params, least", "4 for 3"),
        ("params, least", "2 for 3"),
        ("params, words", "without x"),
        ("params, words", "without y"),
        ("params, on", "no for yes"),
    }


def test_only_the_first_of_a_list_is_looked_at(tmp_path: Path) -> None:
    expect = "\n  - {each: 'properties.l', that: ok, else: m}"
    policy = made(tmp_path, expect)
    case(tmp_path, "pass-x", '{"l": [{"ok": true}]}')
    case(tmp_path, "fail-x", '{"l": [{"ok": false}]}')
    assert "only the first of properties.l" in survivors(policy)
    case(tmp_path, "fail-y", '{"l": [{"ok": true}, {"ok": false}]}')
    assert "only the first of properties.l" not in survivors(policy)


GRAVE = "{error: 'properties.grave', note: otherwise}"


def test_a_severity_that_no_name_states_is_noticed(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a", severity=GRAVE)
    case(tmp_path, "fail-x", '{"a": false, "grave": true}')
    assert "without error" in survivors(policy)
    case(tmp_path, "fail-error-x", '{"a": false, "grave": true}')
    assert "without error" not in survivors(policy)


def test_a_case_that_gets_another_severity_than_its_name_states(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a", severity=GRAVE)
    case(tmp_path, "fail-error-x", '{"a": false, "grave": true}')
    case(tmp_path, "fail-note-x", '{"a": false}')
    case(tmp_path, "fail-error-y", '{"a": false, "grave": false}')
    wrong = {result.case: result.wrong for result in run_cases(policy) if not result.case.endswith("…")}
    assert wrong == {"fail-error-x.ndjson": "", "fail-note-x.ndjson": "", "fail-error-y.ndjson": "one: fail, note (m)"}


def test_a_story_that_begins_with_a_severity_where_there_is_one_only(tmp_path: Path) -> None:
    policy = made(tmp_path, "properties.a", severity="note")
    case(tmp_path, "fail-error-in-the-log", '{"a": false}')
    assert not [
        result.wrong for result in run_cases(policy) if result.case == "fail-error-in-the-log.ndjson" and result.wrong
    ]


def test_a_case_in_a_folder_called_after_a_value_is_judged_by_the_policys_own(tmp_path: Path) -> None:
    policy = made(tmp_path, "not(params.on) || properties.a >= params.least", params=LEAST)
    case(tmp_path, "pass-x", '{"a": 9}')
    case(tmp_path, "fail-x", '{"a": 1}')
    case(tmp_path, "unknown-x", "{}")
    greater = "properties.a > `3` for properties.a >= `3`"
    assert survivors(policy) == {"without not(`true`)", greater, "4 for 3", "2 for 3"}
    case(tmp_path, "on=false/pass-y", "{}")
    case(tmp_path, "least=5/fail-y", '{"a": 4}')
    case(tmp_path, "least=5/pass-y", '{"a": 5}')
    case(tmp_path, "least=5/on=false/pass-z", '{"a": 4}')
    assert {found.name: found.policy.parameters for found in every_case(policy) if "/" in found.name} == {
        "least=5/fail-y.ndjson": {"least": 5, "on": True},
        "least=5/pass-y.ndjson": {"least": 5, "on": True},
        "least=5/on=false/pass-z.ndjson": {"least": 5, "on": False},
        "on=false/pass-y.ndjson": {"least": 3, "on": False},
    }
    assert not [result for result in run_cases(policy) if result.wrong]
    assert survivors(policy) == {"4 for 3", "2 for 3"}, "a case of another value tells nothing of the policy's own"


def test_a_condition_that_only_a_case_of_other_values_shows(tmp_path: Path) -> None:
    policy = made(tmp_path, "not(params.on) || properties.a >= params.least", params=LEAST)
    case(tmp_path, "pass-x", '{"a": 3}')
    before = {clause.text: clause.missing() for clause in Bench(policy).clauses()}
    case(tmp_path, "on=false/pass-y", "{}")
    after = {clause.text: clause.missing() for clause in Bench(policy).clauses()}
    assert before["not(`true`)"] == ["true"]
    assert after["not(`true`)"] == []
    assert after["properties.a >= `3`"] == ["false"]


def test_a_condition_with_a_default_is_said_to_want_a_case_where_it_is_not_known(tmp_path: Path) -> None:
    policy = made(tmp_path, "not(default(properties.a, `false`))")
    case(tmp_path, "pass-x", '{"a": false}')
    case(tmp_path, "fail-x", '{"a": true}')
    assert [clause.missing() for clause in Bench(policy).clauses()] == [[]]


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("leest=4", "cases/leest=4: policy mine has no parameter 'leest', did you mean 'least'?"),
        ("least=many", "cases/least=many: mine.least is a number, and 'many' is not"),
    ],
)
def test_a_folder_called_after_no_value_of_the_policy(
    folder: str, said: str, tmp_path: Path, snapready: Command
) -> None:
    made(tmp_path, "properties.a >= params.least && params.on", params=LEAST)
    case(tmp_path, f"{folder}/pass-x", '{"a": 3}')
    done = snapready("policies", "test", "mine", "--policies", tmp_path)
    assert done.code == 2
    assert said in done.err


def test_a_policy_with_other_values_does_not_find_the_policies_that_it_asks(tmp_path: Path, snapready: Command) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    made(theirs, "properties.b")
    (theirs / "mine").rename(theirs / "other")
    made(own, "holds('other') && properties.a >= params.least && params.on", params=LEAST, beside=(theirs,))
    for name, properties in (
        ("pass-x", '{"a": 3, "b": true}'),
        ("fail-x", '{"a": 2, "b": true}'),
        ("unknown-x", '{"b": true}'),
        ("least=2/pass-x", '{"a": 2, "b": true}'),
    ):
        case(own, name, properties)
    done = snapready("policies", "test", "mine", "--policies", own, "--policies", theirs)
    assert done.code == 0, done.err + done.out
    assert "ok    mine/least=2/pass-x.ndjson" in done.out
