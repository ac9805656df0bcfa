"""The data beside the policies is whole: each need, cause, page and error has its entry, and names what is there."""

import re
from pathlib import Path

import pytest

from scanner.explanation.names import for_system
from scanner.facts.catalogue import catalogue
from scanner.facts.needs import NEEDS
from scanner.rowtypes import VM
from scanner.runbook import PAGES, known_errors, read, runbook
from scanner.runbook.page import awaited, pages
from tests.explanation.telling import ROOT, policies

HEADS = {policy.id: policy.head for policy in policies()}
LINES = [(page.title, line) for page in pages() for line in page.lines]
WORDS = {
    "VM-ID", "VM", "VM-NAME", "GROUP", "SUBSCRIPTION", "REGION", "VAULT", "VAULT-GROUP", "CONTAINER", "ITEM",
    "RESOURCE", "PATHS", "JOB",
}  # fmt: skip
KEPT: set[str] = {"SUBJECT-ID"}


def steps() -> list[str]:
    book = runbook()
    found = [step for cause in book.causes for step in cause.steps]
    found += [step for way in book.collect.values() for step in way.steps]
    return [step.run for step in (*found, book.on_demand) if step.run]


def test_a_cause_of_some_policy_has_no_place_in_the_tree() -> None:
    assert {head.cause for head in HEADS.values()} <= {cause.number for cause in runbook().causes}
    assert [cause.number for cause in runbook().causes] == sorted(cause.number for cause in runbook().causes)


def test_something_that_would_settle_an_unknown_has_no_way_to_be_got() -> None:
    assert set(runbook().collect) <= set(NEEDS)
    assert set(NEEDS) - set(runbook().collect) <= {"", "plan"}, "say in runbook.yaml how to get it"


@pytest.mark.parametrize("command", steps())
def test_a_word_of_a_command_would_be_left_unfilled(command: str) -> None:
    assert set(re.findall(r"(?<![\w-])[A-Z]{2,}(?:-[A-Z]+)*(?![\w-])", command)) <= WORDS | KEPT, command


def test_a_log_or_step_is_of_a_system_that_nobody_runs() -> None:
    named = {log.os for cause in runbook().causes for log in cause.logs}
    named |= {step.os for cause in runbook().causes for step in cause.steps}
    assert named <= {"", "Windows", "Linux"}
    for system in ("Windows", "Linux"):
        for cause in runbook().causes:
            if cause.logs:
                assert any(log.os in ("", system) for log in cause.logs), f"cause {cause.number} has no log on {system}"


def test_a_source_is_not_dated() -> None:
    dated = [*(source["read"] for source in runbook().sources), *(page.read for page in pages() if page.url)]
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) for date in dated)


@pytest.mark.parametrize("policy", sorted(HEADS))
def test_a_policy_stands_on_no_page(policy: str) -> None:
    assert any(policy in line.policies for _, line in LINES), "add it to scanner/runbook/pages.yaml"


@pytest.mark.parametrize("policy", sorted(HEADS))
def test_a_policy_speaks_to_no_error(policy: str) -> None:
    assert HEADS[policy].errors or HEADS[policy].cause >= 5


def test_a_page_names_a_policy_that_is_not_there() -> None:
    named = {name for _, line in LINES for name in line.policies}
    assert named <= {*HEADS, *awaited()}


def test_a_page_names_a_fact_that_is_not_there() -> None:
    assert {line.fact for _, line in LINES if line.fact} <= set(catalogue(VM) or ())


@pytest.mark.parametrize(("page", "line"), LINES, ids=lambda value: getattr(value, "says", None))
def test_a_line_of_a_page_leads_nowhere(page: str, line: object) -> None:
    assert getattr(line, "policies", ()) or getattr(line, "not_judged", "") or getattr(line, "fact", ""), page


def test_an_error_is_both_judged_and_not() -> None:
    judged = {name.lower() for head in HEADS.values() for name in head.errors}
    assert judged & {name.lower() for error in known_errors() for name in error.names()} == set()


def test_an_error_has_nothing_to_do() -> None:
    for error in known_errors():
        assert error.about.endswith((".", "?")), error.codes
        assert error.do.endswith((".", "/f")), error.codes
        assert error.page in PAGES.values()


@pytest.mark.parametrize("code", [code for page in pages() for code in page.errors])
def test_an_error_of_the_pages_is_not_known(code: str) -> None:
    known = {name for head in HEADS.values() for name in head.errors}
    assert code in known | {name for error in known_errors() for name in error.names()}


@pytest.mark.parametrize("policy", sorted(HEADS))
def test_a_fix_loses_lines_that_are_for_its_system(policy: str) -> None:
    fix = HEADS[policy].fix
    windows, linux = for_system(fix, "Windows"), for_system(fix, "Linux")
    assert for_system(fix, "") == fix.splitlines()
    assert set(windows) | set(linux) == set(fix.splitlines()), "a line of neither system"
    assert not any(line.startswith("Linux:") for line in windows)
    assert not any(line.startswith("Windows:") for line in linux)


def test_the_folder_holds_a_file_that_nobody_reads() -> None:
    folder = Path(ROOT / "scanner" / "runbook")
    assert {path.name for path in folder.glob("*.y*ml")} == {"runbook.yaml", "errors.yaml", "pages.yaml"}
    assert set(read("pages.yaml")) <= {"awaited", "pages"}
