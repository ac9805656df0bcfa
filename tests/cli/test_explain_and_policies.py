"""explain finds the resource that is meant; list, show and test say of policies what is true."""

import shutil
from pathlib import Path

import pytest

from tests.cli.running import OWN, WIDGETS, Command
from tests.sources.material import OTHER, POLICIES, compact, ndjson, put, widget, widget_id


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    twins = [widget("twin"), widget("twin", subscription=OTHER)]
    return put(tmp_path, "fleet.ndjson", ndjson([widget("w1", ok=False), widget("w22"), widget("w3", ok=None), *twins]))


@pytest.mark.parametrize("wanted", [widget_id("w1"), widget_id("w1").upper(), widget_id("w1") + "/", "w1", "W1"])
def test_a_resource_is_not_found_by_its_id_or_name(fleet: Path, wanted: str, snapready: Command) -> None:
    done = snapready("explain", wanted, fleet, *WIDGETS)
    assert done.code == 0
    assert done.out.splitlines()[1] == widget_id("w1")
    assert "FAIL     widget-ok (error)  The widget says that it is right" in done.out
    assert "because the widget w1 says that it is not right" in done.out
    assert "properties.ok = no   [row]" in done.out
    assert "fix     Mend the widget.\n" in done.out
    assert "pass     widget-tagged" in done.out
    assert "tags = {owner: ops}" in done.out


def test_an_unknown_is_explained_as_something_else(fleet: Path, snapready: Command) -> None:
    done = snapready("explain", "w3", fleet, *OWN, "--select", "widget-ok")
    assert "unknown  widget-ok (error)  properties.ok is not known" in done.out
    assert "widget-tagged" not in done.out


def test_one_of_two_resources_with_a_name_is_picked(fleet: Path, snapready: Command) -> None:
    done = snapready("explain", "twin", fleet, *WIDGETS)
    assert (done.code, done.out) == (2, "")
    assert "2 resources are called 'twin'; give the id of one:" in done.err
    assert widget_id("twin") in done.err
    assert widget_id("twin", OTHER) in done.err
    assert snapready("explain", widget_id("twin", OTHER), fleet, *WIDGETS).code == 0


@pytest.mark.parametrize("wanted", ["w2", widget_id("w2")])
def test_a_resource_that_is_not_there_is_explained(fleet: Path, wanted: str, snapready: Command) -> None:
    done = snapready("explain", wanted, fleet, *WIDGETS)
    assert (done.code, done.out) == (2, "")
    assert f"no resource among 5 is called '{wanted}', did you mean 'w22'?" in done.err


def test_an_explanation_of_half_a_file_does_not_say_so(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "cut.ndjson", ndjson([widget("w1")]) + b'{"id"')
    done = snapready("explain", "w1", file, *WIDGETS)
    assert "the last line is cut off" in done.out + done.err


def test_the_list_leaves_a_policy_out(snapready: Command) -> None:
    done = snapready("policies", "list", *OWN)
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert {"widget-ok", "widget-tagged", "widget-named", "agent-version"} <= set(lines)
    assert lines["widget-ok"].split(None, 2)[1:] == ["error", "resource graph  The widget says that it is right"]
    assert "  instance view  " in lines["agent-version"]
    assert done.code == 0


def test_a_policy_of_ones_own_does_not_replace_the_one_of_its_name(tmp_path: Path, snapready: Command) -> None:
    shutil.copytree(POLICIES / "widget-ok", tmp_path / "guest-dhcp")
    done = snapready("policies", "list", "--policies", tmp_path)
    assert [line.split("  ")[-1] for line in done.out.splitlines() if line.startswith("guest-dhcp")] == [
        "The widget says that it is right"
    ]


def test_what_a_policy_is_made_of_is_not_shown(snapready: Command) -> None:
    done = snapready("policies", "show", "widget-tagged", *OWN)
    assert done.code == 0
    for said in (
        "widget-tagged  The widget has an owner",
        "resource      contoso.things/widgets",
        "severity      warning",
        "applies when  properties.used != `false`",
        "expects       tags.owner == 'ops'",
        "  else        the owner of the widget is {tags.owner}",
        "parameter     widget-tagged.owner = ops",
        "fix           Tag the widget.",
        "source        Widgets (2026-11-22) https://example.com/widgets",
    ):
        assert said in done.out


@pytest.mark.parametrize("command", ["show", "test"])
def test_a_policy_that_is_not_there_is_shown_or_tested(command: str, snapready: Command) -> None:
    done = snapready("policies", command, "widget-okk", *OWN)
    assert (done.code, done.out) == (2, "")
    assert "there is no policy 'widget-okk', did you mean 'widget-ok'?" in done.err


CASES = {
    "pass-it-is-right.json": compact([widget()]),
    "fail-it-is-not-right.json": compact([widget(ok=False)]),
    "unknown-it-does-not-say.json": compact([widget(ok=None)]),
    "not-applicable-nobody-uses-it.json": compact([{**widget(), "properties": {"used": False}}]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of one policy with cases that show what their names say."""
    shutil.copytree(POLICIES / "widget-ok", tmp_path / "own" / "widget-ok")
    cases = tmp_path / "own" / "widget-ok" / "cases"
    cases.mkdir()
    for name, data in CASES.items():
        put(cases, name, data)
    return tmp_path / "own"


def test_cases_that_are_right_are_wrong(folder: Path, snapready: Command) -> None:
    done = snapready("policies", "test", "widget-ok", "--policies", folder)
    assert done.code == 0
    assert done.out.count("ok    widget-ok/") == 4
    assert "4 cases of 1 policy, 0 wrong" in done.err
    assert "fail-it-is-not-right.json  the widget w1 says that it is not right" in done.out


WRONG = {
    "pass-another-verdict.json": (compact([widget(), widget("w2", ok=False)]), "w2: fail (the widget w2 says"),
    "fail-no-widget.json": (b"[]", "it holds no contoso.things/widgets"),
    "fail-no-rows.json": (b"", "the file holds no rows"),
    "fail-cut-off.json": (CASES["fail-it-is-not-right.json"][:-1], "the file ends too early"),
    "fine-another-word.json": (
        CASES["pass-it-is-right.json"],
        "the name must begin with one of fail-, unknown-, pass-",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_case_that_shows_another_verdict_is_right(folder: Path, name: str, snapready: Command) -> None:
    data, said = WRONG[name]
    put(folder / "widget-ok" / "cases", name, data)
    done = snapready("policies", "test", "widget-ok", "--policies", folder)
    assert done.code == 1
    assert f"WRONG widget-ok/{name}" in done.out
    assert said in done.out
    assert "1 wrong" in done.err


@pytest.mark.parametrize("verdict", ["pass", "fail", "unknown"])
def test_a_policy_without_a_case_of_a_verdict_is_right(folder: Path, verdict: str, snapready: Command) -> None:
    next((folder / "widget-ok" / "cases").glob(f"{verdict}-*")).unlink()
    done = snapready("policies", "test", "widget-ok", "--policies", folder)
    assert done.code == 1
    assert f"there is no case: add {folder}/widget-ok/cases/{verdict}-STORY.ndjson" in done.out


def test_the_built_in_policies_are_not_valid(snapready: Command) -> None:
    done = snapready("policies", "lint")
    assert done.code == 0
    assert "every policy is valid" in done.out + done.err
