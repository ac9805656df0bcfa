"""`snapready schedules` through the command line: what it prints, from what, and with which exit code."""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import scanner
from tests.azure.collecting import contoso
from tests.cli.running import ROOT, Command, spawn
from tests.rows import daily, header, write
from tests.stagger.estate import AMSTERDAM, backup_policy, headed, members, names

CONTOSO = ROOT / "examples" / "contoso"
GOLDEN = Path(__file__).parents[1] / "stagger" / "golden"
AT_22 = backup_policy("daily-2200", daily("22:00"), zone=AMSTERDAM)
ROWS = [AT_22, *members("as1", names("vm", 6), AT_22)]
ONLY = ("--select", "staggered-schedules")


def hold(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), f"{name} differs; if that is right: UPDATE_GOLDEN=1 pytest, and read it"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("here")
def test_the_example_fleet_is_told_as_ever(snapready: Command) -> None:
    done = snapready("schedules", "examples/contoso", *ONLY)
    assert done.code == 0, done.err
    hold("contoso.txt", done.out)
    hold("contoso.sh", snapready("schedules", "examples/contoso", *ONLY, "--az").out)
    tight = snapready("schedules", "examples/contoso", *ONLY, "--set", "staggered-schedules.together=1")
    hold("contoso-together-1.txt", tight.out)


@pytest.mark.usefixtures("here")
def test_the_page_on_schedules_shows_what_the_command_prints(snapready: Command) -> None:
    page = (ROOT / "docs" / "schedules.md").read_text("utf-8")
    shown = re.search(r"<!-- schedules -->\n```sh\nsnapready (.*?)\n```\n\n```\n(.*?)```", page, re.DOTALL)
    assert shown, "docs/schedules.md shows a command after <!-- schedules -->, and what it prints"
    printed = snapready(*shlex.split(shown[1])).out
    for part in shown[2].split("…\n"):
        assert part.strip("\n") in printed, f"not what the command prints: {part}"


@pytest.mark.usefixtures("here")
def test_no_line_is_wider_than_the_page(snapready: Command) -> None:
    for line in snapready("schedules", "examples/contoso").out.splitlines():
        assert len(line) <= 100


def document(snapready: Command, *arguments: str | Path) -> dict[str, Any]:
    done = snapready("schedules", *arguments, "--format", "json")
    assert done.code in (0, 3), done.err
    found: dict[str, Any] = json.loads(done.out)
    schema = json.loads((Path(scanner.__file__).parent / "schemas" / "schedules.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    return found


@pytest.mark.parametrize("together", [4, 2, 1])
def test_the_json_keeps_its_schema_and_says_what_the_text_says(together: int, snapready: Command) -> None:
    limit = ("--set", f"staggered-schedules.together={together}")
    found = document(snapready, CONTOSO, *limit)
    text = snapready("schedules", CONTOSO, *limit).out
    assert found["limits"] == {"minutes": 60, "together": together}
    moves = [move for group in found["groups"] if group["plan"] for move in group["plan"]["moves"]]
    assert moves
    for move in moves:
        assert f"    {move['vm']} " in text
    assert found["proof"]["holds"] == ("NOT PROVED" not in text)
    for group in found["groups"]:
        assert group["timeline"]["group"]["name"] in text
        assert group["fullest"] <= group["members"] > 0


def test_a_group_with_no_room_says_which_limit_would_do(tmp_path: Path, snapready: Command) -> None:
    rows = [AT_22, *members("as1", names("vm", 30), AT_22)]
    file = write(tmp_path / "rows.ndjson", headed(rows))
    tight = ("--set", "staggered-schedules.together=1", *ONLY)
    found = document(snapready, file, *tight)
    assert found["groups"][0]["plan"] == {
        "found": False,
        "impossible": True,
        "seated": 24,
        "limit": 2,
        "movesAtLimit": 28,
        "moves": [],
    }
    assert found["proof"] is None
    text = snapready("schedules", file, *tight).out
    assert "no plan: a week has no room for 30 VMs with at most 1 within 60 minutes; 24 of 30 found a place" in text
    assert "with --set staggered-schedules.together=2 there is one; 28 VMs would move" in text
    assert "PLAN    no plan for 1 group" in text


def test_what_cannot_be_read_twice_is_read_once(tmp_path: Path, snapready: Command) -> None:
    rows = Path(write(tmp_path / "rows.ndjson", headed(ROWS)))
    done = spawn(["schedules", "-", "--format", "json", *ONLY], given=rows.read_bytes())
    assert done.code == 0, done.err
    assert json.loads(done.out)["groups"] == document(snapready, rows, *ONLY)["groups"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", f"cat {shlex.quote(str(rows))} > {shlex.quote(str(pipe))}")
    assert "PROVED" in snapready("schedules", pipe, *ONLY).out
    os.waitpid(held, 0)


def test_azure_itself_is_asked_once_and_gives_the_plan_of_its_rows(snapready: Command) -> None:
    with contoso() as azure:
        live = document(snapready, "azure", "--endpoint", azure.url, *ONLY)
    saved = document(snapready, CONTOSO, *ONLY)
    assert live["groups"] == saved["groups"]
    assert live["proof"] == saved["proof"]


def test_input_that_is_not_whole_is_exit_3(tmp_path: Path, snapready: Command) -> None:
    cut = header(ROWS, "microsoft.compute/virtualmachines", short=["microsoft.recoveryservices/vaults/backuppolicies"])
    done = snapready("schedules", write(tmp_path / "rows.ndjson", [cut, *ROWS]), *ONLY)
    assert done.code == 3
    assert "snapready: incomplete: " in done.err
    assert "PLAN" in done.out


def test_a_fleet_whose_groups_hold_has_nothing_to_move(tmp_path: Path, snapready: Command) -> None:
    rows = [AT_22, *members("as1", names("vm", 4), AT_22)]
    done = snapready("schedules", write(tmp_path / "rows.ndjson", headed(rows)), *ONLY)
    assert done.code == 0
    assert "PLAN" not in done.out
    assert "1 group · 1 hold" in done.out


def test_one_group_is_shown_whole_though_it_holds(tmp_path: Path, snapready: Command) -> None:
    rows = [AT_22, *members("as1", names("vm", 4), AT_22), *members("as2", names("w", 5), AT_22)]
    file = write(tmp_path / "rows.ndjson", headed(rows))
    done = snapready("schedules", file, *ONLY, "--group", "as1")
    assert "daily-2200  22:00 every day, W. Europe Standard Time: vm01, vm02, vm03, vm04" in done.out
    assert "as2" not in done.out
    refused = snapready("schedules", file, *ONLY, "--group", "as3")
    assert refused.code == 2
    assert "there is no group 'as3', did you mean" in refused.err


UNUSABLE = [
    (["examples/none"], "no such file or folder"),
    (["examples/contoso", "--set", "staggered-schedules.minutes=0"], "no limit that can be kept"),
    (["examples/contoso", "--set", "staggered-schedules.together=lots"], "together"),
    (["examples/contoso", "--select", "stagered-schedules"], "did you mean 'staggered-schedules'"),
    (["examples/contoso", "--subscription", "x"], "is about Azure itself"),
    (["examples/contoso", "--format", "yaml"], "invalid choice"),
    (["examples/pull-request/bicep/main.json", "--az"], "--az changes what runs"),
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("arguments", "said"), UNUSABLE)
def test_a_call_that_cannot_be_answered_is_exit_2(arguments: list[str], said: str, snapready: Command) -> None:
    done = snapready("schedules", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_policy_of_the_users_own_without_limits_is_said(tmp_path: Path, snapready: Command) -> None:
    folder = tmp_path / "own" / "staggered-schedules"
    (folder / "cases").mkdir(parents=True)
    text = (ROOT / "policies" / "staggered-schedules" / "policy.yaml").read_text("utf-8")
    (folder / "policy.yaml").write_text(text.replace("together", "at_once"), "utf-8")
    done = snapready("schedules", CONTOSO, "--policies", tmp_path / "own", *ONLY)
    assert done.code == 2
    assert "has no number 'together' among its parameters" in done.err


def test_limits_of_a_scope_hold_for_its_groups(tmp_path: Path, snapready: Command) -> None:
    config = tmp_path / "snapready.yaml"
    config.write_text(
        "scopes:\n  - name: web\n    where: {resource-group: rg-web}\n"
        "    params: {staggered-schedules: {together: 2}}\n",
        "utf-8",
    )
    found = document(snapready, CONTOSO, *ONLY, "--config", config)
    by_name = {group["timeline"]["group"]["name"]: group for group in found["groups"]}
    limits = {name: group["timeline"]["together"] for name, group in by_name.items()}
    assert limits["as-web"] == 2
    assert set(limits.values()) == {2, 4}
    web = by_name["as-web"]
    assert (web["verdict"], len(web["plan"]["moves"])) == ("fail", 2)
    assert found["proof"]["holds"]
    text = " ".join(snapready("schedules", CONTOSO, *ONLY, "--config", config).out.split())
    assert "as-web (rg-web) availability set · 4 VMs · up to 4 start together · 2 may within 60 minutes" in text
