"""Streams a seeded fleet into one Resource Graph snapshot, and checks one that was written."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.fleet.backup import item_row, policy_row, vault_row
from benchmarks.fleet.compute import extension_row, guest_row, set_row, sql_row, view_row, vm_row
from benchmarks.fleet.exits import balancer_row, endpoint_row, nat_row, public_row, route_table_row
from benchmarks.fleet.machines import PER_NSG, PER_VAULT, PER_VNET, SCHEDULES, Block, Fleet, Machine
from benchmarks.fleet.network import nic_row, nsg_row, vnet_row
from benchmarks.fleet.shapes import ITEM, SQL_VM, VAULT, VM


def sets_of(fleet: Fleet, sub: int) -> Iterator[list[Machine]]:
    return (list(found) for name, found in groupby(fleet.machines(sub), lambda vm: vm.availability_set) if name)


def blocks_of(each: int) -> Callable[[Fleet, int], Iterator[Block]]:
    return lambda fleet, sub: (Block(fleet, sub, number) for number in fleet.blocks(sub, each))


def which(wanted: Callable[[Machine], object]) -> Callable[[Fleet, int], Iterator[Machine]]:
    return lambda fleet, sub: (vm for vm in fleet.machines(sub) if wanted(vm))


class Table(NamedTuple):
    """The rows of one type: what they are about in one subscription, by id, and how each is written."""

    type: str
    members: Callable[[Fleet, int], Iterator[Any]]
    write: Callable[[Any, Random], str]


TABLES = (
    Table(VM, lambda fleet, sub: fleet.machines(sub), vm_row),
    Table(
        "microsoft.network/networkinterfaces",
        lambda fleet, sub: ((vm, at) for vm in fleet.machines(sub) for at in range(vm.nics)),
        nic_row,
    ),
    Table(
        f"{VM}/extensions",
        lambda fleet, sub: ((vm, extension) for vm in fleet.machines(sub) for extension in vm.extensions()),
        extension_row,
    ),
    Table("microsoft.network/networksecuritygroups", blocks_of(PER_NSG), nsg_row),
    Table("microsoft.network/virtualnetworks", blocks_of(PER_VNET), vnet_row),
    Table("microsoft.network/natgateways", blocks_of(PER_VNET), nat_row),
    Table("microsoft.network/loadbalancers", blocks_of(PER_VNET), balancer_row),
    Table("microsoft.network/routetables", blocks_of(PER_VNET), route_table_row),
    Table("microsoft.network/privateendpoints", blocks_of(PER_VNET), endpoint_row),
    Table("microsoft.network/publicipaddresses", blocks_of(PER_VNET), public_row),
    Table("microsoft.compute/availabilitysets", sets_of, set_row),
    Table(SQL_VM, which(lambda vm: vm.sql), sql_row),
    Table(VAULT, blocks_of(PER_VAULT), vault_row),
    Table(
        f"{VAULT}/backuppolicies",
        lambda fleet, sub: ((block, plan) for block in blocks_of(PER_VAULT)(fleet, sub) for plan in SCHEDULES),
        policy_row,
    ),
    Table(ITEM, which(lambda vm: vm.state), item_row),
    Table(f"{VM}/instanceview", which(lambda vm: vm.draws[12] < 0.8), view_row),
    Table("snapready/guestfacts", which(lambda vm: vm.power == "running" and vm.draws[13] < 0.53), guest_row),
)


def write_fleet(path: Path, vms: int, seed: int = 1) -> None:
    """Write the snapshot: its header, then table after table, each ordered by id."""
    fleet = Fleet(vms, seed)
    collected: dict[str, dict[str, dict[str, int]]] = {}
    for sub, name in enumerate(fleet.subscriptions):
        counts = {table.type: sum(1 for _ in table.members(fleet, sub)) for table in TABLES}
        collected[name] = {kind: {"received": count, "total": count} for kind, count in counts.items()}
    header = {"version": 1, "takenAt": "2026-11-22T01:00:00Z", "scope": "benchmark", "collected": collected}
    with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as out:
        out.write(json.dumps({"snapready": header}, separators=(",", ":")) + "\n")
        for table in TABLES:
            rng = Random(f"{seed}/{table.type}")
            for sub in range(len(fleet.subscriptions)):
                for member in table.members(fleet, sub):
                    out.write(table.write(member, rng) + "\n")


def check(path: Path) -> dict[str, tuple[int, int]]:
    """Read the file back: JSON, in order, counted right by the header? Gives rows and bytes of each type."""
    with path.open("rb") as lines:
        collected = json.loads(next(lines))["snapready"]["collected"]
        found: dict[str, tuple[int, int]] = {table.type: (0, 0) for table in TABLES}
        counts: dict[tuple[str, str], int] = {}
        order = list(found)
        before = (0, "")
        for line in lines:
            read = json.loads(line)
            kind, identity = read["type"], read["id"].lower()
            if (here := (order.index(kind), identity)) <= before:
                raise ValueError(f"{identity} is out of order")
            before, (rows, size), key = here, found[kind], (identity.split("/")[2], kind)
            found[kind], counts[key] = (rows + 1, size + len(line)), counts.get(key, 0) + 1
    said = {(sub, kind): count["total"] for sub, kinds in collected.items() for kind, count in kinds.items()}
    if counts != {key: count for key, count in said.items() if count}:
        raise ValueError("the header counts other rows than the file holds")
    return found
