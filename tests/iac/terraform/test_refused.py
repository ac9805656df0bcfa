"""What is no plan, or none that was written whole, is refused with what to do instead; nothing of it is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.model import SnapreadyError
from scanner.sources.iac.model import Context
from scanner.sources.iac.terraform import read
from tests.iac.terraform import shop
from tests.iac.terraform.build import PlanFile

ROOT = Path(__file__).parents[3]
WHOLE = json.dumps(shop.plan().document()).encode()
LOG = b'{"@level":"info","@message":"Terraform 1.9.8","@module":"terraform.ui","type":"version"}\n' * 2
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \n ", "empty"),
    "binary plan": (b"PK\x03\x04rest", "terraform show -json tfplan"),
    "log": (LOG, "log that terraform plan -json prints"),
    "list": (b"[]", "no JSON object"),
    "text": (b"Terraform will perform the following actions", "no JSON object"),
    "cut short": (WHOLE[: len(WHOLE) // 2], "cut short"),
    "not UTF-8": (b'{"format_version": "1.2", "resource_changes": [{"address": "\xff"}]}', "UTF-8"),
    "two values": (WHOLE + b"{}", "not JSON"),
    "other object": (b'{"a": 1}', "no format_version"),
    "version 2": (b'{"format_version": "2.0", "resource_changes": []}', "only 1.x"),
    "version 0": (b'{"format_version": "0.2", "resource_changes": []}', "only 1.x"),
    "version number": (b'{"format_version": 1.2}', "only 1.x"),
    "state file": (b'{"version": 4, "lineage": "x", "resources": []}', "state file"),
    "state as JSON": (b'{"format_version": "1.0", "values": {"root_module": {}}}', "a state"),
    "odd changes": (b'{"format_version": "1.2", "resource_changes": {"a": 1}}', "resource_changes"),
    "odd actions": (
        b'{"format_version": "1.2", "resource_changes": [{"address": "a.b", "change": {"actions": "create"}}]}',
        "actions",
    ),
    "no changes": (
        b'{"format_version": "1.2", "planned_values": {"root_module": {"resources": [{"address": "a.b"}]}}}',
        "resource_changes is missing",
    ),
    "deep": (b'{"format_version": "1.2", "variables": {"x": {"value": ' + b"[" * 100_000, ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plan_is_refused_with_words_that_help(tmp_path: Path, name: str) -> None:
    data, said = REFUSED[name]
    file = tmp_path / "plan.json"
    file.write_bytes(data)
    with pytest.raises(SnapreadyError) as caught:
        read(str(file), Context())
    assert said in str(caught.value) and "plan.json" in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SnapreadyError, match="No such file"):
        read(str(tmp_path / "none.json"), Context())


def test_every_cut_of_a_plan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    for length in range(1, len(WHOLE), len(WHOLE) // 200):
        file.write_bytes(WHOLE[:length])
        with pytest.raises(SnapreadyError):
            read(str(file), Context())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(WHOLE.decode().encode(encoding))
    assert read(str(file), Context()).resources


def test_an_errored_plan_is_read_and_incomplete(tmp_path: Path) -> None:
    made = shop.plan()
    made.more["errored"] = True
    assert [problem.incomplete for problem in made.read(tmp_path).problems] == [True]


def test_a_plan_made_for_a_target_says_so_and_is_not_incomplete(tmp_path: Path) -> None:
    made = shop.plan()
    made.more["complete"] = False
    (problem,) = made.read(tmp_path).problems
    assert "-target" in problem.message and not problem.incomplete


def test_a_plan_without_changes_is_read_and_holds_nothing(tmp_path: Path) -> None:
    made = PlanFile()
    plan = made.read(tmp_path)
    assert (plan.resources, plan.problems, plan.unresolved) == ([], [], [])


@pytest.mark.parametrize("odd", [7, "text", [1], {"a": {"b": 1}}, None, True, [None], [[{}]]])
def test_no_odd_value_of_an_attribute_breaks_the_reading(tmp_path: Path, odd: object) -> None:
    """Each attribute, block, mark and expression in turn holds something that no provider would write."""
    whole = shop.plan().document()
    for at, change in enumerate(whole["resource_changes"]):
        if at in (1, 2, 4, 5, 6, 8, 9, 21, 23, 24):
            for part in ("after", "after_unknown", "after_sensitive"):
                for name in {*change["change"]["after"], *change["change"]["after_unknown"]}:
                    made = shop.plan()
                    made.changes[at]["change"][part] = {**made.changes[at]["change"][part], name: odd}
                    made.read(tmp_path)
    for at, block in enumerate(whole["configuration"]["root_module"]["resources"]):
        for name in block["expressions"]:
            made = shop.plan()
            made.root["resources"][at]["expressions"][name] = odd
            made.read(tmp_path)


def test_a_hundred_megabytes_take_bounded_time_and_memory(tmp_path: Path) -> None:
    """In a process of its own, whose memory is limited to ten times the file."""
    script = (
        "import resource, sys, json\n"
        "from benchmarks.terraform import plan_of\n"
        "from pathlib import Path\n"
        "Path(sys.argv[1]).write_text(json.dumps(plan_of(18000)))\n"
    )
    file = tmp_path / "plan.json"
    subprocess.run([sys.executable, "-c", script, str(file)], check=True, cwd=ROOT)
    assert file.stat().st_size > 100_000_000
    reading = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20))\n"
        "from scanner.sources.iac.model import Context\n"
        "from scanner.sources.iac.terraform import read\n"
        "print(len(read(sys.argv[1], Context()).resources))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", reading, str(file)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.strip() == "36001"
