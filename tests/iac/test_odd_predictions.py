"""Every place of a what-if result and of a snapshot, made odd or cut off: a plan or a message, never a traceback."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.model import SnapreadyError
from scanner.sources.iac import bicep_snapshot, what_if
from scanner.sources.iac.model import Context, Plan
from scanner.sources.iac.source import Plans
from tests.iac.test_bicep_snapshot import snapshot, vm
from tests.iac.test_what_if import NSG, OLD, VM, cli, powershell, rest, state

ODD: list[Any] = [None, 7, True, -1.5, "", "x", "[a('b')]", [], [None], {}, {"": None}, {"x": {"y": []}}]
DELTA = [
    {"path": "tags.a", "propertyChangeType": "Delete"},
    {
        "path": "properties.securityRules",
        "propertyChangeType": "Array",
        "children": [{"path": "0", "propertyChangeType": "Modify", "children": [{"path": "name", "after": "x"}]}],
    },
]
BEFORE = state(NSG, tags={"a": "1"}, properties={"securityRules": [{"name": "a"}]})
CHANGES: list[dict[str, Any]] = [
    {"resourceId": VM, "changeType": "Create", "after": state(VM, tags={"a": "[b()]"}, properties={"a": ["[b()]"]})},
    {"resourceId": NSG, "changeType": "Modify", "before": BEFORE, "delta": DELTA},
    {"resourceId": OLD, "changeType": "Delete", "before": {}},
]
DIAGNOSTICS = [{"code": "NestedDeploymentShortCircuited", "level": "Warning", "message": "m", "target": "t"}]
POTENTIAL = [{"resourceId": VM, "changeType": "Create", "after": {}}]
INPUTS = {
    "rest": (what_if.read, rest(CHANGES)),
    "cli": (what_if.read, {**cli(CHANGES), "diagnostics": DIAGNOSTICS, "potentialChanges": POTENTIAL}),
    "powershell": (what_if.read, powershell(CHANGES)),
    "snapshot": (bicep_snapshot.read, snapshot(vm(condition="[a()]", tags={"a": "b"}, properties={"a": "[b()]"}))),
}
EACH = pytest.mark.parametrize("name", sorted(INPUTS))


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*way, key))


def replaced(whole: Any, way: tuple[Any, ...], value: Any) -> Any:
    if not way:
        return value
    found = copy.deepcopy(whole)
    here = found
    for key in way[:-1]:
        here = here[key]
    here[way[-1]] = value
    return found


def attempt(read: Callable[[str, Context], Plan], file: Path, text: str) -> Plan | None:
    """The plan, if it is none that is refused; and that it can be scanned."""
    file.write_text(text, "utf-8")
    try:
        plan = read(str(file), Context())
    except SnapreadyError as error:
        assert file.name in str(error)
        return None
    Plans([plan])
    return plan


@EACH
def test_whatever_stands_anywhere_it_is_read_or_refused(name: str, tmp_path: Path) -> None:
    read, whole = INPUTS[name]
    read_at_all = 0
    for way in places(whole):
        for odd in ODD:
            read_at_all += attempt(read, tmp_path / "f.json", json.dumps(replaced(whole, way, odd))) is not None
    assert read_at_all > 100


@EACH
def test_a_change_or_resource_is_accounted_for_whatever_one_of_its_members_is(name: str, tmp_path: Path) -> None:
    read, whole = INPUTS[name]
    root = whole.get("properties", whole)
    key = next(each for each in root if each in ("changes", "Changes", "predictedResources"))
    expected = len(root[key])
    inside = [way for way in places(whole) if key in way and way.index(key) < len(way) - 2]
    for way in inside:
        for odd in ODD:
            plan = attempt(read, tmp_path / "f.json", json.dumps(replaced(whole, way, odd)))
            assert plan is not None
            told = [problem for problem in plan.problems if "by an extension" in problem.message]
            potential = len(root.get("potentialChanges") or [])
            found = len(plan.resources) + len(plan.unresolved) + len(plan.left_out) + len(told)
            assert found == expected + potential, (way, odd)


@EACH
def test_a_file_that_is_cut_off_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    read, whole = INPUTS[name]
    text = json.dumps(whole, indent=1)
    for end in range(0, len(text), 7):
        assert attempt(read, tmp_path / "f.json", text[:end]) is None
