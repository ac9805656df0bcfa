"""snapready waive: a waiver comes to the file's end, comments and all else stay, and nothing is added by mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from scanner.model import SnapreadyError
from scanner.waivers.file import read_waivers
from scanner.waivers.write import added, scalar
from scanner.yaml12 import load
from tests.cli.running import Command
from tests.config.conftest import CONTOSO
from tests.properties import examples

Write = Callable[[str], Path]
SAID = ("--owner", "team-web", "--reason", "it is replaced", "--expires", "2999-12-31")
FILE = "snapready.waivers.yaml"
COMMENTED = """# Who accepts what.
waivers:
    # the old web server
    - policy: agent-version   # see CHG-1
      resource: "*/old01"
      owner: team-web
      reason: >-
        it is replaced,
        and soon
      expires: 2999-01-01
# the end
"""


@pytest.fixture
def results(snapready: Command, configured: Write) -> str:
    configured("gate: {}\n")
    snapready("scan", str(CONTOSO), "--report", "json=results.json")
    return "results.json"


def test_a_finding_that_is_waived_and_fails_again(snapready: Command, results: str) -> None:
    done = snapready("waive", "agent-version", "WEB03", *SAID, "--ticket", "CHG-7", "--results", results)
    assert done.code == 0, done.err
    assert done.out.startswith(f"{FILE}:3: agent-version on /subscriptions/")
    assert "error: Windows VM agent" in done.out
    report = snapready("scan", str(CONTOSO)).out
    assert "WAIVED  1 finding" in report
    assert "until 2999-12-31 by team-web (CHG-7): it is replaced" in report
    again = snapready("waive", "agent-version", "web03", *SAID, "--results", results)
    assert (again.code, f"{FILE}:3:5: agent-version is waived there already" in again.err) == (2, True)


def test_a_comment_that_is_lost(snapready: Command, results: str) -> None:
    Path(FILE).write_text(COMMENTED, "utf-8")
    assert snapready("waive", "agent-version", "web03", *SAID, "--results", results).code == 0
    text = Path(FILE).read_text("utf-8")
    assert text.startswith(COMMENTED)
    assert text.removeprefix(COMMENTED).startswith("    - policy: agent-version\n      resource: /subscriptions/")
    assert [one.owner for one in read_waivers(FILE)] == ["team-web", "team-web"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "waivers: []\n",
        "# none yet\nwaivers: [ ]\r\n",
        "waivers:\n- {policy: a, resource: /b, owner: c, reason: d, expires: 2999-01-01}",
    ],
)
def test_a_file_to_which_nothing_can_be_added(text: str) -> None:
    waiver = {
        "policy": "p",
        "resource": "/r",
        "owner": "o",
        "reason": "r",
        "created": "2026-01-01",
        "expires": "2999-01-01",
    }
    found, line = added(text, "w.yaml", waiver)
    assert found.splitlines()[line - 1].strip() == "- policy: p"
    assert ("\r\n" in found) == ("\r\n" in text)
    assert found.count("\n") == len(found.splitlines())


@pytest.mark.parametrize(
    "text", ["waivers: [{policy: a, resource: b, owner: c, reason: d, expires: 2999-01-01}]\n", "{waivers: []}\n"]
)
def test_a_file_that_is_spoilt_by_what_is_added(text: str) -> None:
    with pytest.raises(
        SnapreadyError, match="not written one waiver below the other; add this yourself:\n  - policy: p"
    ):
        added(text, "w.yaml", {"policy": "p", "resource": "/r", "owner": "o", "reason": "r", "expires": "2999-01-01"})


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
    | st.sampled_from(["true", "7", "~", "a: b", "a #b", "- a", "2026-01-01"])
)
@examples(300, suppress_health_check=list(HealthCheck))
def test_a_text_that_yaml_reads_as_something_else(text: str) -> None:
    assert load(f"a: {scalar(text)}\n", "f").value == {"a": text}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["agent-versoin", "web03", *SAID], "there is no policy 'agent-versoin', did you mean 'agent-version'?"),
        (["agent-version", "web3", *SAID], "agent-version judged no resource called 'web3', did you mean 'web03'?"),
        (["agent-version", "web02", *SAID], "agent-version does not fail on web02: pass:"),
        (["agent-version", "web03", *SAID[:4], "--expires", "2001-01-01"], "--expires: 2001-01-01 is over"),
        (["agent-version", "web03", *SAID[:4], "--expires", "soon"], "--expires: 'soon' is no day such as 2026-12-31"),
        (["agent-version", "web03", "--owner", " ", *SAID[2:]], "--owner: it says nothing"),
        (["agent-version", "web03", *SAID[:2], "--reason", "", *SAID[4:]], "--reason: it says nothing"),
        (["agent-version", "web03", *SAID[2:]], "the following arguments are required: --owner"),
        (["agent-version", "web03", *SAID[:2], *SAID[4:]], "the following arguments are required: --reason"),
        (["agent-version", "web03", *SAID[:4]], "the following arguments are required: --expires"),
    ],
)
def test_a_waiver_that_should_not_be_granted(snapready: Command, results: str, arguments: list[str], said: str) -> None:
    done = snapready("waive", *arguments, "--results", results)
    assert (done.code, said in done.err) == (2, True), done.err
    assert not Path(FILE).exists()


def test_a_waiver_of_more_than_one_thing_or_for_too_long(snapready: Command, results: str) -> None:
    assert "it covers every resource" in snapready("waive", "agent-version", "*", *SAID).err
    assert "is no id; a name is looked up among findings" in snapready("waive", "agent-version", "web03", *SAID).err
    several = snapready("waive", "protected", "web01", *SAID, "--results", results)
    assert several.code == 0, "only one of the two web01 fails"
    Path("snapready.yaml").write_text("waivers: {maximum: 90d}\n", "utf-8")
    done = snapready("waive", "agent-version", "web03", *SAID, "--results", results)
    assert (done.code, "snapready.yaml:1:20 allows 90" in done.err) == (2, True)


def test_a_broken_file_that_is_written_over(snapready: Command, results: str) -> None:
    Path(FILE).write_text("waivers:\n  - policy: [\n", "utf-8")
    done = snapready("waive", "agent-version", "web03", *SAID, "--results", results)
    assert (done.code, f"{FILE}:3:1: not valid YAML" in done.err) == (2, True)
    assert Path(FILE).read_text("utf-8") == "waivers:\n  - policy: [\n"
