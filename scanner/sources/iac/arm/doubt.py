"""Resources that may or may not be deployed: what stands on them is not known, unless it stands and falls with them."""

from collections.abc import Sequence

from scanner.model import Problem, Row
from scanner.sources.iac.arm.values import same_id
from scanner.sources.iac.doubt import agreed
from scanner.sources.iac.model import Resource, unknown

_VM = "microsoft.compute/virtualmachines"
_NAMES = ("id", "name", "type")


def settle_doubts(resources: Sequence[Resource]) -> list[Problem]:
    """Takes back what conditions leave open, and says which VMs are judged as if they were deployed.

    A VM is judged as it would be if it is deployed. Any other resource keeps its contents only if every VM of the plan
    has its conditions too: else a VM that is surely deployed would be judged by a rule that may not exist. Without
    them its row says that it is there and nothing else, which makes whatever reads it unknown.
    """
    common: set[str] | None = None
    for each in resources:
        if each.row["type"].lower() == _VM and each.action == "create":
            common = set(each.conditions) if common is None else common & set(each.conditions)
    seen: dict[str, Resource] = {}
    problems: list[Problem] = []
    said: list[object] = []
    for each in resources:
        key = same_id(each.row["id"])
        before = seen.get(key)
        seen[key] = each
        if not each.conditions or each.action == "existing":
            continue
        why = f"whether {each.address} is deployed is not known: {'; '.join(each.conditions)}"
        if each.row["type"].lower() == _VM:
            if before is not None and before.conditions != each.conditions:
                _blend(each.row, before.row, why)
            place = (each.origin, [text.partition(" (copy ")[0] for text in each.conditions])
            if said and said[-1] == place:
                problems[-1].count += 1  # the next copy of the same loop
                continue
            said.append(place)
            file, line = (each.origin.file, each.origin.line) if each.origin else ("", 0)
            problems.append(Problem(f"{why}; it is judged as if it is", file, line))
        elif common is not None and not set(each.conditions) <= common:
            for name in [name for name in each.row if name not in _NAMES]:
                each.row[name] = unknown(why)
            each.row["properties"] = unknown(why)
    return problems


def _blend(row: Row, other: Row, why: str) -> None:
    """Of two definitions under one id either may be the one: only what both say stays."""
    for name in {**row, **other}:
        if name not in _NAMES:
            row[name] = agreed(row.get(name), other.get(name), why)
