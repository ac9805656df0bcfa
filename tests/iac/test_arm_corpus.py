"""Public templates, where a folder of them is at hand: nothing breaks, and every resource is accounted for."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.sources.iac import located
from scanner.sources.iac.arm.read import expand, read
from scanner.sources.iac.arm.settle import get
from scanner.sources.iac.model import Context, Holed, Plan
from tests.iac.test_arm_unknown_parameters import contradiction

BESIDE = Path(__file__).parents[3] / "shared" / "corpora" / "arm"
FOLDER = os.environ.get("SNAPREADY_ARM_CORPUS", str(BESIDE) if BESIDE.is_dir() else "")
SAMPLES: dict[str, Any] = {
    "string": "sample",
    "securestring": "sample",
    "int": 2,
    "bool": True,
    "array": [{"name": "sample"}],
    "object": {"name": "sample"},
}
Place = tuple[int, int]

pytestmark = pytest.mark.skipif(not FOLDER, reason="SNAPREADY_ARM_CORPUS names no folder of templates")


def written(resources: Any, above: tuple[Place, ...] = ()) -> Iterator[tuple[Place, tuple[Place, ...], Any]]:
    """Every resource object of a template, with the objects around it, nested templates and children too."""
    for source in resources.values() if isinstance(resources, dict) else resources or []:
        if not isinstance(source, located.Object):
            continue
        place = (source.line, source.column)
        yield place, above, source
        yield from written(get(source, "resources"), (*above, place))
        yield from written(get(get(get(source, "properties"), "template"), "resources"), (*above, place))


def account(file: Path, context: Context) -> tuple[Counter[str], list[str], Plan]:
    """How each resource object of a template is accounted for, and those that are not."""
    plan = read(file, context)
    top = expand(file, context)
    made = {(each.origin.line, each.origin.column): each.action for each in plan.resources if each.origin}
    open_ = {(each.origin.line, each.origin.column) for each in plan.unresolved if each.origin}
    out = {(source.line, source.column) for _, source in top.plan.left_out}
    counts: Counter[str] = Counter()
    lost: list[str] = []
    for place, above, source in written(get(located.load(file.read_bytes(), str(file)), "resources")):
        if place in made:
            counts["existing" if made[place] == "existing" else "expanded"] += 1
        elif place in out or any(each in out for each in above):
            counts["conditioned out"] += 1
        elif place in open_ or any(each in open_ for each in above):
            counts["unresolved"] += 1
        else:
            lost.append(f"{file}:{place[0]}: {get(source, 'type')}")
    return counts, lost, plan


def given(file: Path) -> Context:
    """Every parameter without a default, given some value of its type."""
    declared = get(located.load(file.read_bytes(), str(file)), "parameters") or {}
    values = {
        name: (get(spec, "allowedValues") or [SAMPLES.get(str(get(spec, "type")).lower(), "sample")])[0]
        for name, spec in declared.items()
        if isinstance(spec, dict) and "defaultValue" not in spec
    }
    return Context("/subscriptions/s/resourceGroups/rg", "westeurope", values=values)


@pytest.mark.parametrize("with_values", [False, True], ids=["as they are", "with every parameter given"])
def test_every_resource_of_every_template_is_accounted_for(
    with_values: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(Path(FOLDER).rglob("*.json"))
    total: Counter[str] = Counter()
    why: Counter[str] = Counter()
    lost: list[str] = []
    for file in files:
        counts, missing, plan = account(file, given(file) if with_values else Context())
        total += counts
        lost += missing
        total["rows"] += len(plan.resources)
        why.update(each.why for each in plan.unresolved)
        assert all(each.why for each in plan.unresolved)
        assert all(isinstance(each.row["id"], str) and each.row["type"] for each in plan.resources)
    with capsys.disabled():
        print(f"\n{len(files)} templates: " + ", ".join(f"{count} {name}" for name, count in sorted(total.items())))
        for reason, count in why.most_common(12):
            print(f"  {count} × {reason}")
    assert not lost
    if len(files) >= 80:
        assert total["expanded"] >= 380 and total["rows"] >= 400
        assert total["unresolved"] <= 40


def test_what_is_said_of_a_template_holds_when_its_parameters_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for file in sorted(Path(FOLDER).rglob("*.json")):
        before, after = read(file, Context()), read(file, given(file))
        rows: dict[Any, list[Any]] = {}
        for each in after.resources:
            rows.setdefault(each.origin, []).append(each.row)
        alone = Counter(each.origin for each in before.resources)
        for each in before.resources:
            same = rows.get(each.origin, [])
            if alone[each.origin] == 1 == len(same):
                ids = {"id": Holed(each.row["id"], ())}, {"id": Holed(same[0]["id"], ())}
                found = contradiction({**each.row, **ids[0]}, {**same[0], **ids[1]})
                assert not found, f"{file}: {each.address}{found}"
                compared += 1
            elif not same:
                assert each.conditions, f"{file}: {each.address} was sure to be deployed"
    with capsys.disabled():
        print(f"\n{compared} rows hold when every parameter is given")
    assert compared
