"""Whole plans, as Terraform writes them, give the rows beside them; UPDATE_GOLDEN=1 writes these anew."""

import json
import os
from pathlib import Path

import pytest

from scanner.sources.iac.model import Context, Plan
from scanner.sources.iac.terraform import read
from tests.iac.terraform import shop
from tests.iac.terraform.build import plain, rows_of
from tests.iac.terraform.test_verdicts import judged

PLANS = sorted((Path(__file__).parent / "plans").glob("*.json"))


def written(plan: Plan) -> str:
    """All that is told of a plan, one resource a line."""
    lines = [
        json.dumps(
            {
                "address": each.address,
                "action": each.action,
                "row": plain(each.row),
                **({"candidates": each.candidates} if each.candidates else {}),
            },
            ensure_ascii=False,
        )
        for each in plan.resources
    ]
    lines += [json.dumps({"problem": each.message, "incomplete": each.incomplete}) for each in plan.problems]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_a_whole_plan_gives_its_rows(file: Path) -> None:
    found = written(read(str(file), Context()))
    golden = file.with_suffix(".rows.ndjson")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")
    assert "not-to-be-seen" not in found


def test_the_plan_on_disk_gets_the_verdicts_of_the_live_fleet() -> None:
    file = next(each for each in PLANS if each.stem == "shop")
    assert judged(rows_of(read(str(file), Context()))) == judged(shop.live_rows())


def test_the_rule_that_a_plan_takes_away_and_the_agent_it_switches_off_make_it_fail() -> None:
    file = next(each for each in PLANS if each.stem == "changes")
    said = {(name, subject.rsplit("/", 1)[-1]): one for (name, subject), one in verdicts_of(file).items()}
    assert said["outbound-to-storage", "app1"] == "fail"
    assert not any(subject == "gone1" for _, subject in said)


def test_a_deny_rule_deep_in_a_module_fails_the_one_vm_behind_it() -> None:
    file = next(each for each in PLANS if each.stem == "modules")
    said = {(name, subject.rsplit("/", 1)[-1]): one for (name, subject), one in verdicts_of(file).items()}
    assert (said["outbound-to-storage", "vm-app"], said["outbound-to-storage", "vm-db"]) == ("pass", "fail")


def verdicts_of(file: Path) -> dict[tuple[str, str], str]:
    """Of VMs that are taken for protected, whatever the plan says of that."""
    rows = rows_of(read(str(file), Context()))
    return dict(judged(rows, collected=False))
