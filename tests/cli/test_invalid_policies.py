"""An invalid policy: nothing is judged, and the message names file, line, column and the nearest right word."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.running import ROOT, Command

GOOD = """\
title: The VM is deallocated
resource: microsoft.compute/virtualmachines
expect: power.deallocated
message: it is {power.state}
severity: error
params: {least: {default: 1, description: d}}
why: w
fix: f
source:
  title: t
  url: https://example.com
  read: "2026-11-22"
"""
EXPECT = "expect: power.deallocated"
QUOTES = "put the value in quotes"


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def expecting(text: str) -> str:
    return changed(EXPECT, text)


# text of the policy, line:column, and what the message must hold
FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a value that begins with !": (expecting("expect: !power.deallocated"), "3:9", (QUOTES,)),
    "a value that begins with *": (expecting("expect: *x"), "3:9", (QUOTES,)),
    "a value that begins with {": (expecting("expect: {"), "4:", (QUOTES,)),
    "a value that begins with [": (expecting("expect: [a"), "4:8", (QUOTES,)),
    "a value that begins with @": (expecting("expect: @"), "3:9", (QUOTES,)),
    "a value that begins with a backtick": (expecting("expect: `true`"), "3:9", (QUOTES,)),
    "a value that begins with %": (expecting("expect: %x"), "3:9", (QUOTES,)),
    "a colon in a value": (changed("The VM", "VM: it"), "1:10", (QUOTES,)),
    "a tab": (expecting("\texpect: a"), "3:1", ("tab",)),
    "a tab before a name": (changed("  url", "\turl"), "11:1", ("YAML",)),
    "two documents": (GOOD + "---\n" + GOOD, "13:1", ("a second document",)),
    "a name twice": (GOOD + "why: again\n", "13:1", ("'why' is there twice",)),
    "aliases inside aliases": (
        "a: &a [" + "x," * 9 + "]\n" + "".join(f"{b}: &{b} [{f'*{a},' * 9}]\n" for a, b in pairwise("abcde")), "2:8",
        ("an alias (*a)",),
    ),
    "a number for a condition": (expecting("expect: disks.data"), "3:9", ("a number always holds, also 0",)),
    "a number among conditions": (
        expecting("expect: power.deallocated && not(length(tags))"), "3:34", ("a number always holds",),
    ),
    "a number turned for a condition": (expecting("expect: not(length(guest.interfaces))"), "3:13", ("a number",)),
    "a number in a filter": (
        expecting("expect: length(guest.interfaces[?length(name)]) > `0`"), "3:9", ("a number always holds",),
    ),
    "a list for a condition": (expecting('expect: "[power.deallocated]"'), "3:9", ("a list with members always",)),
    "an object for a condition": (expecting('expect: "{a: power.deallocated}"'), "3:9", ("an object with names",)),
    "a text made for a condition": (
        expecting("expect: to_string(power.deallocated)"), "3:9", ("what to_string gives always holds",),
    ),
    "nothing": ("", "", ("the file is empty",)),
    "a comment": ("# later\n", "", ("the file is empty",)),
    "a list": ("- a\n", "1:1", ("names with values",)),
    "a text": ("hello\n", "1:1", ("names with values",)),
    "a misspelt key": (changed("severity", "severty"), "5:1", ("did you mean 'severity'?", "known are")),
    "a misspelt key of a source": (changed("  url:", "  ulr:"), "11:3", ("'ulr' has no", "did you mean 'url'?")),
    "a key that is missing": (changed("why: w\n", ""), "1:1", ("'why' is missing",)),
    "no message": (changed("message: it is {power.state}\n", ""), "1:1", ("'message' is missing",)),
    "a number for a title": (changed("The VM is deallocated", "5"), "1:8", ("title must be text", "in quotes")),
    "a number for a date": (changed('"2026-11-22"', "2026"), "12:9", ("source.read must be text", "in quotes")),
    "nothing for a condition": (expecting(f"when:\n{EXPECT}"), "3:6", ("when must be text", "nothing")),
    "an unknown severity": (changed("severity: error", "severity: fatal"), "5:11", ("fatal", "warning")),
    "severities without an otherwise": (
        changed("severity: error", "severity:\n  error: power.deallocated"), "6:10",
        ("the last severity must say otherwise", "error: otherwise"),
    ),
    "a misspelt fact in a severity": (
        changed("severity: error", "severity:\n  error: power.dealocated\n  note: otherwise"), "6:10",
        ("did you mean 'power.deallocated'?",),
    ),
    "a misspelt fact": (
        expecting("expect: power.dealocated"), "3:9",
        ("there is no fact 'power.dealocated', did you mean 'power.deallocated'?", "in: power.dealocated"),
    ),
    "a misspelt fact in a message": (changed("{power.state}", "{power.stat}"), "4:", ("did you mean 'power.state'?",)),
    "a misspelt parameter": (expecting("expect: disks.data == params.leest"), "3:30", ("did you mean 'least'?",)),
    "a misspelt word": (
        expecting("expect: version_at_lest(agent.version, '2')"), "3:9", ("did you mean 'version_at_least'?",)
    ),
    "an argument too few": (expecting("expect: version_at_least(agent.version)"), "3:9", ("takes 2 arguments, not 1",)),
    "a version that is a number": (
        expecting("expect: version_at_least(agent.version, params.least)"), "3:9", ("is a version", "is a number")
    ),
    "an expression that ends too early": (expecting("expect: power.deallocated &&"), "3:", ("ends too early",)),
    "two dots": (expecting("expect: power..deallocated"), "3:", ("'.' is not expected here",)),
    "a bare true": (expecting("expect: power.deallocated == true"), "3:", ("`true`",)),
    "an order between texts": (expecting("expect: os.version > '5'"), "3:", ("< and > are for numbers",)),
    "a circle": (expecting("expect: holds('bad')"), "3:", ("holds goes in a circle: bad → bad",)),
    "a misspelt policy": (expecting("expect: holds('agent-verson')"), "3:", ("did you mean 'agent-version'?",)),
    "two reaches": (
        expecting("expect: agent.status == 'x' && guest.source == 'y'"), "3:9", ("two reaches", "write two policies")
    ),
    "a brace that does not end": (changed("{power.state}", "{power"), "4:", ("a { without its }", "{{")),
}  # fmt: skip


def policy(folder: Path, text: str | bytes) -> Path:
    (folder / "bad").mkdir()
    (folder / "bad" / "policy.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "bad" / "policy.yaml"


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_in_a_policy_is_told_of_another_place(tmp_path: Path, what: str, snapready: Command) -> None:
    text, place, said = FAULTS[what]
    file = policy(tmp_path, text)
    for command in (["policies", "lint"], ["policies", "list"], ["scan", "nowhere"], ["query"]):
        done = snapready(*command, "--policies", tmp_path)
        told = done.out + done.err
        assert done.code == 2
        assert f"{file}:{place}" in told
        assert "Traceback" not in told
        assert "internal error" not in told
        for words in said:
            assert words in told


def test_a_policy_that_is_right_is_refused(tmp_path: Path, snapready: Command) -> None:
    policy(tmp_path, GOOD)
    for command in (["policies", "list"], ["query"]):
        assert snapready(*command, "--policies", tmp_path).code == 0
    assert "every policy is valid" in snapready("policies", "lint", "--policies", tmp_path).out


def test_a_byte_order_mark_is_refused(tmp_path: Path, snapready: Command) -> None:
    policy(tmp_path, ("\ufeff" + GOOD).replace("\n", "\r\n"))
    assert "every policy is valid" in snapready("policies", "lint", "--policies", tmp_path).out


@pytest.mark.parametrize(
    ("text", "said"),
    [(GOOD.encode().replace(b"w\n", b"\xff\n"), "cannot be read"), (GOOD.replace("w\n", "\0\n"), "not valid YAML")],
)
def test_a_policy_that_is_no_text_is_an_internal_error(
    tmp_path: Path, text: str | bytes, said: str, snapready: Command
) -> None:
    file = policy(tmp_path, text)
    done = snapready("policies", "list", "--policies", tmp_path)
    assert done.code == 2
    assert f"{file}: {said}" in done.err


def test_lint_stops_at_the_first_policy(tmp_path: Path, snapready: Command) -> None:
    policy(tmp_path, expecting("expect: a.b"))
    (tmp_path / "worse").mkdir()
    (tmp_path / "worse" / "policy.yaml").write_text("[")
    done = snapready("policies", "lint", "--policies", tmp_path)
    assert done.code == 2
    told = done.out + done.err
    assert "bad/policy.yaml:3:9" in told
    assert "worse/policy.yaml:" in told
    assert "2 policies are not valid" in told


def test_a_policy_that_lies_in_no_folder_of_its_own_is_left_out(tmp_path: Path, snapready: Command) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    done = snapready("policies", "list", "--policies", tmp_path)
    assert done.code == 2
    assert f"{tmp_path}/mine.yaml: a policy is a folder with policy.yaml in it" in done.err
    assert f"mkdir {tmp_path}/mine" in done.err


SUBTLE: dict[str, tuple[str, str, str]] = {
    "a misspelt fact further on": (
        expecting("expect: power.deallocated && os.tpe == 'x'"), "3:30", "did you mean 'os.type'?"
    ),
    "an empty expect": (expecting("expect:"), "3:", "expect"),
    "a comment for an expect": (expecting("expect: #x"), "3:", "expect"),
    "a severity of a map that is none": (
        changed("severity: error", "severity:\n  fatal: power.deallocated\n  note: otherwise"), "6:3",
        "'fatal' is not one of"
    ),
    "a misspelt key of an item, and a message": (
        expecting("expect:\n  - that: power.deallocated\n    esle: x"), "5:5", "did you mean 'else'?"
    ),
    "an alias inside its own anchor": ("a: &a [*a]\n", "1:", "alias"),
    "an object inside its own anchor": ("a: &a {b: *a}\n", "1:", "alias"),
    "lists nested 900 deep": ("a: " + "[" * 900 + "]" * 900 + "\n", "1:", "nested"),
    "a number without end": (changed("default: 1", "default: " + "9" * 5000), "6:", "number"),
}  # fmt: skip


@pytest.mark.parametrize("what", SUBTLE)
def test_a_subtle_fault_is_told_of_another_place(tmp_path: Path, what: str, snapready: Command) -> None:
    text, place, said = SUBTLE[what]
    file = policy(tmp_path, text)
    done = snapready("policies", "lint", "--policies", tmp_path)
    assert done.code == 2
    assert f"{file}:{place}" in done.out + done.err
    assert said in done.out + done.err


def test_lists_nested_50_000_deep_crash_python(tmp_path: Path) -> None:
    policy(tmp_path, "a: " + "[" * 50_000 + "\n")
    command = [sys.executable, "-m", "scanner", "policies", "lint", "--policies", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2


@pytest.mark.parametrize("name", ["mine.yaml", "mine/policy.yml", "README.md"])
def test_lint_calls_a_folder_valid_of_which_nothing_is_read(tmp_path: Path, name: str, snapready: Command) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(GOOD)
    assert snapready("policies", "lint", "--policies", tmp_path).code == 2


@pytest.mark.parametrize(
    "name", ["other/polcy.yaml", "other/Policy.yml", "group/other/policy.yaml", "good/mine/policy.yaml"]
)
def test_a_policy_beside_good_ones_that_silently_judges_nothing(tmp_path: Path, name: str, snapready: Command) -> None:
    for path in (tmp_path / "good" / "policy.yaml", tmp_path / name):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD)
    for command in (["lint"], ["list"]):
        done = snapready("policies", *command, "--policies", tmp_path)
        assert done.code == 2
        assert f"{tmp_path / name}: this is a policy, and nothing reads it here" in done.out + done.err


def test_yaml_beside_policies_that_is_taken_for_one(tmp_path: Path, snapready: Command) -> None:
    files = ("good/policy.yaml", "pipelines/nightly.yaml", ".drafts/policy.yaml", "good/cases/fail-x.yaml")
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(GOOD if "pipelines" not in name else "steps: []\nresource: x\n")
    assert snapready("policies", "list", "--policies", tmp_path).code == 0


def test_a_policy_that_stands_beside_the_one_it_was_to_replace(tmp_path: Path, snapready: Command) -> None:
    (tmp_path / "Agent-Version").mkdir()
    (tmp_path / "Agent-Version" / "policy.yaml").write_text(GOOD)
    done = snapready("policies", "list", "--policies", tmp_path)
    assert (done.code, "there is a policy 'agent-version': they differ in letter case only" in done.err) == (2, True)


def test_who_names_the_policy_for_the_folder_it_lies_in_is_sent_a_wrong_way(tmp_path: Path, snapready: Command) -> None:
    (tmp_path / "policy.yaml").write_text(GOOD)
    done = snapready("policies", "lint", "--policies", tmp_path)
    assert (done.code, f"help: give {tmp_path}/.." in done.out + done.err) == (2, True)
