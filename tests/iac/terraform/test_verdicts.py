"""The rows of a plan are judged as those of a live fleet: same architecture, same verdicts."""

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Row, Verdict
from scanner.sources.iac.model import Context
from scanner.sources.iac.terraform import read
from tests.iac.terraform import shop
from tests.iac.terraform.build import PlanFile, by_address, rows_of
from tests.material import EVERYTHING, policies
from tests.policies.judging import verdicts
from tests.rows import fleet_of

JUDGED = ("agent-not-disabled", "outbound-to-storage", "staggered-schedules")


def judged(rows: Iterable[Row], *, collected: bool = True) -> dict[tuple[str, str], Verdict]:
    """Every verdict by policy and the subject's id."""
    fleet = fleet_of(rows, asserted=EVERYTHING) if collected else fleet_of(rows, whole=False)
    return {
        (name, subject): verdict
        for name, found in verdicts([policies()[name] for name in JUDGED], fleet).items()
        for subject, verdict in found.items()
    }


def test_the_same_architecture_gets_the_same_verdicts_as_a_plan_and_as_a_live_fleet(tmp_path: Path) -> None:
    live = judged(shop.live_rows())
    assert judged(rows_of(shop.plan().read(tmp_path))) == live
    said = {(name, subject.rsplit("/", 1)[-1]): verdict for (name, subject), verdict in live.items()}
    assert said["staggered-schedules", "avail-web"] == "fail"
    assert said["outbound-to-storage", "web0"] == "pass"
    assert said["agent-not-disabled", "web0"] == "pass"


def test_a_legacy_vm_whose_plan_switches_its_agent_off_fails(tmp_path: Path) -> None:
    made = shop.plan()
    _protect_old(made)
    said = {(name, subject.rsplit("/", 1)[-1]): verdict for (name, subject), verdict in _of(made, tmp_path).items()}
    assert said["agent-not-disabled", "old1"] == "fail"
    assert said["outbound-to-storage", "old1"] == "fail"


def _of(made: PlanFile, folder: Path) -> dict[tuple[str, str], Verdict]:
    return judged(rows_of(made.read(folder)))


def _protect_old(made: PlanFile) -> None:
    first = next(each for each in made.changes if each["type"] == "azurerm_backup_protected_vm")
    made.changes.append({**first, "address": "azurerm_backup_protected_vm.old", "name": "old", "index": None})
    block = next(each for each in made.root["resources"] if each["type"] == "azurerm_backup_protected_vm")
    source = {"references": ["azurerm_virtual_machine.old.id", "azurerm_virtual_machine.old"]}
    expressions = {**block["expressions"], "source_vm_id": source}
    made.root["resources"].append({**block, "name": "old", "expressions": expressions})


def _places(value: Any, base: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield (*base, name)
            yield from _places(below, (*base, name))
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield (*base, at)
            yield from _places(below, (*base, at))


def _hide(change: dict[str, Any], place: tuple[Any, ...]) -> None:
    """Marks one value as known after apply, the way Terraform does."""
    values, marks = change["after"], change["after_unknown"]
    for at, step in enumerate(place[:-1]):
        values = values[step]
        empty: Any = [False] * len(values) if isinstance(values, list) else {}
        if isinstance(marks, dict):
            marks[step] = marks.get(step) or empty
        elif not marks[step]:
            marks[step] = empty
        if marks[step] is True:
            return
        marks = marks[step]
        if isinstance(marks, list) and len(marks) < len(values):
            marks += [False] * (len(values) - len(marks))
        del at
    last = place[-1]
    marks[last] = True
    if isinstance(values, list):
        values[last] = None
    else:
        values.pop(last)


def _hidden_plans() -> list[tuple[str, tuple[Any, ...]]]:
    seen = set()
    found = []
    for change in shop.plan().changes:
        for place in _places(change["change"]["after"]):
            block = (change["type"], change["name"], place)
            if block not in seen:
                seen.add(block)
                found.append((change["address"], place))
    return found


@pytest.mark.parametrize("told", [True, False], ids=["with-configuration", "without-configuration"])
def test_what_is_known_only_after_apply_never_makes_a_pass_of_a_fail_or_an_unknown(tmp_path: Path, told: bool) -> None:
    """Of every attribute of every block of the plan; VMs are followed by address, as their names may go too."""
    hidden = _hidden_plans()
    assert len(hidden) > 100
    made = shop.plan()
    _protect_old(made)
    whole = _by_address(made, tmp_path)
    assert "fail" in whole.values()
    for address, place in hidden:
        made = shop.plan()
        _protect_old(made)
        change = next(each for each in made.changes if each["address"] == address)
        _hide(change["change"], place)
        if not told:
            made.more["configuration"] = {"root_module": {}}
        for key, verdict in _by_address(made, tmp_path).items():
            assert verdict != "pass" or whole.get(key, "pass") == "pass", (address, place, key)


def _by_address(made: PlanFile, folder: Path) -> dict[tuple[str, str], Verdict]:
    plan = made.read(folder)
    ids = {resource.row["id"].lower(): address for address, resource in by_address(plan).items()}
    return {(name, ids.get(subject, subject)): verdict for (name, subject), verdict in judged(rows_of(plan)).items()}


@pytest.mark.parametrize("told", [True, False], ids=["with-configuration", "without-configuration"])
@pytest.mark.parametrize("name", ["modules", "changes"])
def test_the_same_holds_for_whole_plans(tmp_path: Path, name: str, told: bool) -> None:
    """Of modules, and of what exists, is replaced and deleted."""
    document = json.loads((Path(__file__).parent / "plans" / f"{name}.json").read_text("utf-8"))
    whole = _verdicts(document, tmp_path)
    assert "fail" in whole.values()
    for at, entry in enumerate(document["resource_changes"]):
        for place in _places(entry["change"]["after"]):
            changed = copy.deepcopy(document)
            _hide(changed["resource_changes"][at]["change"], place)
            if not told:
                changed["configuration"] = {"root_module": {}}
            for key, verdict in _verdicts(changed, tmp_path).items():
                assert verdict != "pass" or whole.get(key, "pass") == "pass", (entry["address"], place, key)


def _verdicts(document: dict[str, Any], folder: Path) -> dict[tuple[str, str], Verdict]:
    file = folder / "plan.json"
    file.write_text(json.dumps(document), "utf-8")
    plan = read(str(file), Context())
    ids = {resource.row["id"].lower(): address for address, resource in by_address(plan).items()}
    found = judged(rows_of(plan), collected=False)
    return {(name, ids.get(subject, subject)): verdict for (name, subject), verdict in found.items()}


@pytest.mark.parametrize(
    ("settings", "unknown", "expected"),
    [
        ({}, {"immutability": True}, ("fail", "pass", "pass")),
        ({"immutability": "Unlocked"}, {}, ("pass", "pass", "pass")),
        (
            {"storage_mode_type": "LocallyRedundant", "soft_delete_enabled": False, "immutability": "Disabled"},
            {},
            ("fail", "fail", "fail"),
        ),
        ({"storage_mode_type": None}, {"storage_mode_type": True, "immutability": True}, ("fail", "unknown", "pass")),
    ],
)
def test_the_settings_of_a_vault(
    tmp_path: Path, settings: dict[str, Any], unknown: dict[str, Any], expected: tuple[Verdict, ...]
) -> None:
    """Immutability, redundancy and soft delete; immutability that nobody sets will be Disabled."""
    made = PlanFile()
    defaults = {"storage_mode_type": "GeoRedundant", "soft_delete_enabled": True}
    values = {"name": "rsv", "resource_group_name": "rg", "location": "westeurope", "sku": "Standard", **defaults}
    given = {name: value for name, value in {**values, **settings}.items() if value is not None}
    told = {name: {"references": ["var.x"]} for name in unknown if name != "immutability"}
    made.add("azurerm_recovery_services_vault.rsv", given, unknown={"id": True, **unknown}, expressions=told)
    fleet = fleet_of(rows_of(made.read(tmp_path)), whole=False, planned=True)
    names = ("vault-immutability", "vault-redundancy", "vault-soft-delete")
    assert tuple(next(iter(verdicts([policies()[name]], fleet)[name].values())) for name in names) == expected
