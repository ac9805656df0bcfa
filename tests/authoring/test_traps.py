"""The traps that an author's first policy walks into: each is told of, or not laid at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.authoring.unreachable import doubts
from scanner.model import AuthoringError
from scanner.policies import load
from scanner.rowtypes import VM
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.cli.running import Command
from tests.rows import SUBSCRIPTION, TAKEN_AT, header, vm_id, write


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def doubted(folder: Path, expect: str, resource: str = VM) -> list[str]:
    """What lint says of a policy that expects that."""
    (folder / "mine").mkdir(exist_ok=True)
    text = f'title: T\nresource: {resource}\nexpect: "{expect}"\nmessage: m\nseverity: error\nwhy: w\nfix: f\n'
    source = 'source: {title: t, url: "https://example.com", read: "2026-11-22"}\n'
    (folder / "mine" / "policy.yaml").write_text(text + source, "utf-8")
    return [doubt for doubt in doubts(load([folder])["mine"]) if not doubt.startswith("cases: ")]


def test_a_new_policy_on_tags_lets_those_pass_that_have_no_such_tag(tmp_path: Path, snapready: Command) -> None:
    assert snapready("policies", "new", "owned", "--policies", tmp_path / "p").code == 0
    row = {"id": vm_id("web01"), "name": "web01", "type": VM, "subscriptionId": SUBSCRIPTION, "properties": {}}
    asked = ("--policies", tmp_path / "p", "--select", "owned", "--fail-on", "warning", "--no-config")
    for tags, code in (({"environment": "test"}, 1), (None, 1), ({"owner": ""}, 1), ({"Owner": "team-a"}, 0)):
        tagged = {**row, "tags": tags}
        fleet = write(tmp_path / "fleet.ndjson", [header([tagged]), tagged])
        assert snapready("scan", fleet, *asked).code == code, tags


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("tags.owner != ''", True),
        ("default(tags.owner, '') != ''", True),
        ("os.type != 'Linux' && '' != tags.owner", True),
        ("tags.owner != 'nobody'", False),
        ("size != ''", False),
        ("tags.owner", False),
    ],
)
def test_a_tag_that_is_not_there_is_no_empty_text_and_lint_is_silent(expect: str, wrong: bool, tmp_path: Path) -> None:
    found = doubted(tmp_path, expect)
    assert bool(found) is wrong
    assert all("holds where there is no owner, too" in doubt and "tags.owner alone" in doubt for doubt in found)


ACCOUNT = "microsoft.storage/storageaccounts"


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ({"owner": "team-a"}, "pass"),
        ({"Owner": "team-a"}, "pass"),
        ({"owner": ""}, "fail"),
        ({"environment": "test"}, "fail"),
        ({}, "fail"),
        (None, "fail"),
        (..., "fail"),
        ("not an object", "unknown"),
    ],
)
def test_resources_of_any_type_without_a_tag_are_not_failed(tags: Any, verdict: str, tmp_path: Path) -> None:
    assert doubted(tmp_path, "tags.owner", ACCOUNT) == []
    (doubt,) = doubted(tmp_path, "tags.owner != ''", ACCOUNT)
    assert "holds where there is no owner, too" in doubt
    doubted(tmp_path, "tags.owner", ACCOUNT)
    row = {
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a",
        "type": ACCOUNT,
        "subscriptionId": SUBSCRIPTION,
        "tags": tags,
    }
    if tags is ...:
        del row["tags"]
    fleet = write(tmp_path / "fleet.json", [row])
    results = scan(Files([str(fleet)]), list(load([tmp_path]).values()), Options(TAKEN_AT))
    assert [outcome.verdict for judged in results.judged for outcome in judged.outcomes] == [verdict]


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ({"owner": "team-a"}, "pass"),
        ({"environment": "test"}, "fail"),
        ({"environment": "[parameters('left')]"}, "unknown"),
        ({"[parameters('left')]": "team-a"}, "unknown"),
        ("[parameters('tags')]", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_tag_that_a_template_leaves_open_is_taken_for_none(
    tags: Any, verdict: str, tmp_path: Path, snapready: Command
) -> None:
    doubted(tmp_path, "tags.owner", ACCOUNT)
    account = {"type": ACCOUNT, "apiVersion": "2023-05-01", "name": "a", "location": "westeurope", "properties": {}}
    account |= {"tags": tags} if tags is not None else {}
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"left": {"type": "string"}, "tags": {"type": "object"}},
        "resources": [account],
    }
    (tmp_path / "main.json").write_text(json.dumps(template), "utf-8")
    asked = ("--policies", tmp_path, "--select", "mine", "--report", "json=-")
    done = snapready("scan", tmp_path / "main.json", *asked)
    assert [each["verdict"] for each in json.loads(done.out)["results"]] == [verdict]


def test_a_type_with_a_slip_judges_nothing_and_lint_is_silent(tmp_path: Path) -> None:
    (doubt,) = doubted(tmp_path, "properties.a", VM[:-1])
    assert doubt.endswith(f"did you mean {VM!r}?")
    for right in ("microsoft.compute/virtualmachinescalesets", "microsoft.storage/storageaccounts"):
        assert doubted(tmp_path, "properties.a", right) == []
    assert doubted(tmp_path, "power.deallocated") == []


def test_a_policy_takes_the_place_of_a_built_in_one_unnoticed(tmp_path: Path, snapready: Command) -> None:
    done = snapready("policies", "new", "agent-version", "--policies", tmp_path)
    assert (done.code, "agent-version is a built-in policy: yours takes its place" in done.err) == (0, True)
    assert "built-in" not in snapready("policies", "new", "my-version", "--policies", tmp_path).err


@pytest.mark.parametrize(
    ("expect", "step"),
    [
        ("length(zones) > 0", "a number stands between backticks"),
        ("agent.version == 2.7", "a text and a version in single quotes"),
        ("tags.env = 'prod'", "== compares"),
        ("tags.env == prod", "a text stands in single quotes"),
        ("same(os.type, windows)", "a text stands in single quotes"),
        ("tags.a == 'a' and tags.b == 'b'", "&& joins"),
        ("tags.a == 'a' or tags.b == 'b'", "|| joins"),
        ("version_at_least(agent.version, '2.x')", "'2.x' is no dotted version"),
    ],
)
def test_what_is_written_in_other_languages_is_refused_without_a_next_step(
    expect: str, step: str, tmp_path: Path
) -> None:
    with pytest.raises(AuthoringError, match=r"policy\.yaml:3:") as refused:
        doubted(tmp_path, expect)
    assert step in str(refused.value)
