"""The script that carries a plan out: run against an az of tests, it leaves the rows that the proof was judged on."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.model import Row
from scanner.stagger.az import script
from scanner.stagger.told import Told
from tests.cli.cloud import missing
from tests.rows import SUBSCRIPTION, daily
from tests.stagger.estate import AMSTERDAM, backup_policy, members, most_together, names, random_estate, told

FAKE = Path(__file__).parent / "fake_az.py"


class Azure:
    """Rows in a file, an az on the PATH that changes them, and what was asked of it."""

    def __init__(self, folder: Path, rows: list[Row]) -> None:
        self._folder = folder
        self.put(rows)
        az = folder / "az"
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{FAKE}" "$@"\n', "utf-8")
        az.chmod(0o755)

    def put(self, rows: list[Row]) -> None:
        (self._folder / "log").write_text("", "utf-8")
        world = {"rows": rows, "log": str(self._folder / "log")}
        (self._folder / "world.json").write_text(json.dumps(world), "utf-8")

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self._folder}{os.pathsep}{os.environ['PATH']}",
            "FAKE_AZ": str(self._folder / "world.json"),
            "TMPDIR": str(self._folder),
        }
        return subprocess.run(
            ["sh", "-s"], input=text, capture_output=True, text=True, env=environment, cwd=self._folder, check=False
        )

    def rows(self) -> list[Row]:
        found: list[Row] = json.loads((self._folder / "world.json").read_text("utf-8"))["rows"]
        return found

    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in (self._folder / "log").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 8])
def test_after_the_script_the_groups_hold(seed: int, tmp_path: Path) -> None:
    rows = random_estate(random.Random(f"estate {seed}"))
    found = told(rows)
    azure = Azure(tmp_path, rows)
    done = azure.run(script(found))
    assert done.returncode == 0, done.stderr
    then = most_together(azure.rows(), 60)
    planned = [group for group in found.plan.groups if group.shortfall is None]
    assert all(then[group.group.line.group.id] <= 4 for group in planned)
    assert len([one for one in azure.asked() if one[1] == "item"]) == len(found.plan.moves())
    again = told(azure.rows())
    assert not [group for group in again.plan.groups if group.shortfall is None], "nothing is left to move"


AT_22 = backup_policy("daily-2200", daily("22:00"), zone=AMSTERDAM)
NIGHTLY = backup_policy("nightly", daily("22:00"), zone=AMSTERDAM, days=7)
MADE = [AT_22, *members("as1", names("vm", 6), AT_22)]
RETIMED = [AT_22, NIGHTLY, *members("as1", names("a", 4), AT_22), *members("as1", names("b", 2), NIGHTLY)]


@pytest.mark.parametrize("rows", [MADE, RETIMED], ids=["made", "re-timed"])
def test_what_a_policy_keeps_moves_with_its_start(rows: list[Row], tmp_path: Path) -> None:
    found = told(rows)
    azure = Azure(tmp_path, rows)
    assert azure.run(script(found)).returncode == 0
    (policy,) = (*found.plan.made, *found.plan.retimed)
    there = next(row for row in azure.rows() if row["id"].lower() == policy.key)
    times = there["properties"]["retentionPolicy"]["dailySchedule"]["retentionTimes"]
    assert times == there["properties"]["schedulePolicy"]["scheduleRunTimes"] == ["2017-12-05T23:00:00+00:00"]


def test_a_policy_that_is_there_by_now_is_not_written_over(tmp_path: Path) -> None:
    azure = Azure(tmp_path, [*MADE, backup_policy("daily-2300", daily("23:00"), days=7)])
    before = azure.rows()
    done = azure.run(script(told(MADE)))
    assert done.returncode == 1
    assert "has a backup policy daily-2300 already" in done.stderr
    assert azure.rows() == before


def test_a_policy_that_starts_at_another_time_by_now_is_not_copied(tmp_path: Path) -> None:
    azure = Azure(tmp_path, [backup_policy("daily-2200", daily("21:30")), *MADE[1:]])
    before = azure.rows()
    done = azure.run(script(told(MADE)))
    assert done.returncode == 1
    assert "does not start at 22:00 any more" in done.stderr
    assert azure.rows() == before


def test_the_first_command_that_fails_is_the_last(tmp_path: Path) -> None:
    azure = Azure(tmp_path, [row for row in MADE if "vm05" not in row["id"]])
    done = azure.run(script(told(MADE)))
    assert done.returncode != 0
    assert [one[1] for one in azure.asked()] == ["policy", "policy", "policy", "item"]


def test_names_that_a_shell_would_take_for_more(tmp_path: Path) -> None:
    vault = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg $(touch x)'s/providers/Microsoft.RecoveryServices/vaults/v"
    )
    by = backup_policy("nightly", daily("22:00"), vault=vault)
    rows = [by, *members("as\n1", names("vm", 6), by)]
    azure = Azure(tmp_path, rows)
    text = script(told(rows))
    done = azure.run(text)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "x").exists()
    assert sum("$(touch x)'s" in one for words in azure.asked() for one in words) >= 4


def test_a_plan_that_moves_nobody_is_a_script_that_does_nothing(tmp_path: Path) -> None:
    azure = Azure(tmp_path, [])
    assert azure.run(script(told([AT_22, *members("as1", names("vm", 3), AT_22)]))).returncode == 0
    assert azure.asked() == []


@pytest.mark.skipif(missing("shellcheck"), reason="shellcheck is not installed: apt-get install shellcheck")
@pytest.mark.parametrize("rows", [MADE, RETIMED], ids=["made", "re-timed"])
def test_shellcheck_finds_fault_with_the_script(rows: list[Row]) -> None:
    done = subprocess.run(["shellcheck", "-"], input=script(told(rows)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_says_what_it_was_made_from() -> None:
    found: Told = told(MADE)
    text = script(found)
    assert f"# Written by snapready from rows taken at {found.run.taken_at}; judged again with these moves" in text
    assert "# Staggers the backups of 1 group: 2 VMs at another time." in text
    assert "# vm05: was daily-2200, 22:00" in text
