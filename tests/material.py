"""What the property tests work over: every case of every policy, and each VM of the example fleet with its rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.cases import cases_of
from scanner.evaluate import needed_rows
from scanner.facts.catalogue import merged, row_fields
from scanner.facts.fleet import Fleet
from scanner.model import Fields, Row, cut
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy
from scanner.rowtypes import VM, VNET
from scanner.sources.forms import instance_view_row
from tests.rows import fleet_of, known_facts

CONTOSO = Path(__file__).parent.parent / "examples" / "contoso"
EVERYTHING = frozenset({"all"})
HEAD: Fields = {"id": {}, "type": {}, "subscriptionId": {}, "name": {}}


@dataclass(frozen=True)
class Sample:
    """Rows that are judged as one fleet. `headed`: a header among them tells what was collected; else all was."""

    name: str
    rows: tuple[Row, ...]
    headed: bool

    def fleet(self) -> Fleet:
        return fleet_of(self.rows, asserted=frozenset() if self.headed else EVERYTHING)

    def changed(self, position: int, row: Row) -> Fleet:
        """The fleet with another row in that place."""
        rows = [*self.rows[:position], row, *self.rows[position + 1 :]]
        return fleet_of(rows, asserted=frozenset() if self.headed else EVERYTHING)

    def without(self, position: int) -> Fleet:
        """The fleet that lacks a row, which its header still counts; so that nothing of its type is "none found"."""
        return fleet_of([*self.rows[:position], *self.rows[position + 1 :]], whole=False)


@cache
def policies() -> dict[str, Policy]:
    return load([BUILT_IN])


@cache
def wanted() -> dict[str, Fields]:
    """Every field that some fact of a VM or some policy reads."""
    found = row_fields(known_facts())
    for row_type, fields in needed_rows(list(policies().values())).items():
        found[row_type] = merged(found[row_type], fields) if row_type in found else fields
    return found


def trimmed(row: Row) -> Row:
    """A row with only the fields that something reads."""
    return {**cut(row, {**HEAD, **wanted()[row["type"].lower()]})}


def read_lines(path: Path) -> tuple[Row, ...]:
    return tuple(json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())


@cache
def case_samples() -> tuple[tuple[Policy, Sample], ...]:
    """Every policy's own cases."""
    return tuple(
        (policy, Sample(f"{policy.id}/{case.name}", read_lines(case), True))
        for policy in policies().values()
        for case in cases_of(policy)
    )


@cache
def contoso_rows() -> tuple[Row, ...]:
    """All rows of the example fleet, headers left out."""
    views = json.loads((CONTOSO / "instanceviews.json").read_text("utf-8"))
    rows = [*read_lines(CONTOSO / "fleet.ndjson"), *read_lines(CONTOSO / "guestfacts.ndjson")]
    found = [row for row in rows if "snapready" not in row]
    return (*found, *(view for each in views if (view := instance_view_row(each))))


@cache
def contoso_samples() -> tuple[Sample, ...]:
    """Each VM of the example fleet with the rows that facts of it may be made from."""
    texts = {row["id"]: json.dumps(trimmed(row)).lower() for row in contoso_rows() if row["type"].lower() in wanted()}
    rows = {row["id"]: trimmed(row) for row in contoso_rows() if row["id"] in texts}
    return tuple(
        Sample(identity, tuple(_around(identity, rows, texts)), False)
        for identity, row in rows.items()
        if row["type"].lower() == VM
    )


def _around(vm: str, rows: dict[str, Row], texts: dict[str, str]) -> Iterator[Row]:
    """The VM's row, those that name the VM, and those that one of these names."""
    group, name = vm.lower().split("/")[4], vm.lower().split("/")[-1]
    marks = (f'{vm.lower()}"', f"{vm.lower()}/", f';{group};{name}"')
    near = {identity for identity, text in texts.items() if any(mark in text for mark in marks)}
    found, left = set(near), sorted(near)
    own = dict(rows)
    while left:  # an interface names a subnet, the subnet a security group
        text = json.dumps(own[left.pop()]).lower()
        for other in texts.keys() - found:
            subnets = f'"{other.lower()}/subnets/'
            if subnets in text and rows[other]["type"].lower() == VNET:
                own[other] = _with_subnets(rows[other], text)
            elif f'"{other.lower()}"' not in text or rows[other]["type"].lower() in (VM, VNET):
                continue
            found.add(other)
            left.append(other)
    rows = own
    for identity in sorted(found):
        if identity == vm or rows[identity]["type"].lower() != VM:
            yield rows[identity]


def _with_subnets(vnet: Row, text: str) -> Row:
    """A virtual network with only those subnets that the text names, and no peers."""
    properties = vnet["properties"]
    subnets = [subnet for subnet in properties["subnets"] if f'"{subnet["id"].lower()}"' in text]
    return {**vnet, "properties": {**properties, "subnets": subnets, "virtualNetworkPeerings": []}}


def paths(value: Any, base: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every name of every object inside of a value, as a path; members of lists are entered, not named."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield (*base, name)
            yield from paths(below, (*base, name))
    elif isinstance(value, list):
        for position, member in enumerate(value):
            yield from paths(member, (*base, position))


def replaced(value: Any, path: tuple[str | int, ...], put: Any = ...) -> Any:
    """A copy of `value` with something else at `path`; with nothing there when `put` is not given."""
    first, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(first, int):
        return [replaced(member, rest, put) if at == first else member for at, member in enumerate(value)]
    if rest:
        return {name: replaced(below, rest, put) if name == first else below for name, below in value.items()}
    kept = {name: below for name, below in value.items() if name != first}
    return kept if put is ... else {**kept, first: put}
