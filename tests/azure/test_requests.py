"""How much is asked of Azure: a page for every thousand rows, one read for each thing beside them, and nothing more."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import ceil
from pathlib import Path

import pytest

from benchmarks.fleet.write import write_fleet
from scanner.evaluate import asked_rows
from scanner.model import Row
from scanner.policies import BUILT_IN, load
from scanner.queries import queries
from scanner.rowtypes import (
    GUEST_ASSIGNMENT,
    GUEST_FACTS,
    INSTANCE_VIEW,
    LOCK,
    METRICS,
    NIC,
    RUN_COMMAND,
    SERVICE_TAGS,
    VM,
    subscription_of,
    table_of,
)
from scanner.sources.azure import scope
from tests.azure.collecting import contoso, kinds, mark
from tests.cli.running import Command
from tests.emulator import Emulator
from tests.emulator import load as load_fleet
from tests.emulator.seed import in_graph

PAGE = 40
"""Rows in a page of the emulator here: a thousand would say the same of larger fleets."""


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@cache
def wanted(select: str = "") -> frozenset[str]:
    chosen = [policy for name, policy in load([BUILT_IN]).items() if select in ("", name)]
    return asked_rows(chosen)


def fleet_of(folder: Path, vms: int) -> Emulator:
    """That many VMs in three subscriptions."""
    write_fleet(folder / "fleet.ndjson", vms)
    rows, subscriptions = load_fleet(folder)
    return Emulator(rows, subscriptions=subscriptions, quota=None, page_limit=PAGE)


def counted(rows: Sequence[Row]) -> Counter[str]:
    return Counter(row["type"].lower() for row in rows)


def off(row: Row) -> bool:
    power = row["properties"].get("extended", {}).get("instanceView", {}).get("powerState", {}).get("code", "")
    return str(power).lower() == "powerstate/deallocated"


def groups(emulator: Emulator) -> list[set[str]]:
    named = sorted(emulator.subscriptions)
    return [set(named[at : at + scope.GROUP]) for at in range(0, len(named), scope.GROUP)]


def pages(emulator: Emulator, wanted: frozenset[str]) -> int:
    """Of every query for every group of subscriptions: one for each full page begun, and one where nothing is."""
    found = 0
    for query in queries(wanted):
        for group in groups(emulator):
            rows = [
                row
                for row in map(in_graph, emulator.rows)
                if row["type"].lower() in query.types
                and subscription_of(row["id"]) in group
                and row["name"].startswith(query.named)
            ]
            found += max(1, ceil(len(rows) / PAGE))
    return found


def batches(emulator: Emulator) -> int:
    """Metrics of fifty VMs of one region and subscription are asked for at once; of those that are off, none."""
    places = Counter(
        (subscription_of(row["id"]), row["location"])
        for row in emulator.rows
        if row["type"].lower() == VM and not off(row)
    )
    return sum(ceil(count / 50) for count in places.values())


@pytest.mark.parametrize(("vms", "group"), [(1, 250), (40, 250), (41, 2), (120, 250), (120, 1)])
def test_pages_follow_from_rows_and_everything_else_from_what_there_is(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vms: int, group: int
) -> None:
    monkeypatch.setattr(scope, "GROUP", group)
    with fleet_of(tmp_path, vms) as emulator:
        done = snapready("snapshot", "azure", "-o", tmp_path / "out.ndjson", "--endpoint", emulator.url)
        assert done.code == 0, done.err
        asked, there, look = kinds(emulator), counted(emulator.rows), 1
        most = ceil(len(emulator.rows) / PAGE) + len(queries(wanted())) * len(groups(emulator)) + look
        assert asked.pop("query") == pages(emulator, wanted()) + look <= most
        views = sum(not off(row) for row in emulator.rows if row["type"].lower() == VM)
        expected = {
            "instance-view": views,
            "status-list": len(groups(emulator)) if vms > 1 else 1,
            "run-command": there[RUN_COMMAND],
            "permissions": len(emulator.subscriptions),
            "locks": len(emulator.subscriptions),
            "metrics": batches(emulator),
            "service-tags": 1,
        }
        assert asked == Counter({kind: count for kind, count in expected.items() if count})
        assert len({mark(record) for record in emulator.requests}) == len(emulator.requests)


def test_a_list_that_tells_of_agents_spares_a_request_for_each_vm(snapready: Command, tmp_path: Path) -> None:
    with fleet_of(tmp_path, 100) as emulator:
        emulator.status_with_agent, emulator.list_limit = True, 30
        told = sum("vmAgent" in row["properties"] for row in emulator.rows if row["type"].lower() == INSTANCE_VIEW)
        assert told > 50
        done = snapready("snapshot", "azure", "-o", tmp_path / "out.ndjson", "--endpoint", emulator.url)
        assert done.code == 0, done.err
        running = sum(not off(row) for row in emulator.rows if row["type"].lower() == VM)
        assert kinds(emulator)["status-list"] == 3 * 2  # a page of 30 and a few more in each subscription
        assert kinds(emulator)["instance-view"] < running - told + 10


_TYPES = re.compile(r"in~ \(([^)]*)\)")


def asked_types(emulator: Emulator) -> set[str]:
    """The row types named in queries, but for the look which subscriptions there are."""
    texts = [record.body["query"] for record in emulator.requests if record.kind == "query"]
    return {name.strip(" '") for text in texts for found in _TYPES.findall(text) for name in found.split(",")}


@pytest.mark.parametrize("policy", sorted(load([BUILT_IN])))
def test_a_policy_alone_asks_only_for_what_it_reads(snapready: Command, tmp_path: Path, policy: str) -> None:
    with contoso() as emulator:
        file = tmp_path / "out.ndjson"
        done = snapready("snapshot", "azure", "-o", file, "--endpoint", emulator.url, "--select", policy)
        assert done.code == 0, done.err
        reads = wanted(policy)
        guests = {RUN_COMMAND, GUEST_ASSIGNMENT} if GUEST_FACTS in reads else set()
        assert asked_types(emulator) == {name for name in reads if table_of(name)} | guests
        beside = {
            "instance-view": INSTANCE_VIEW,
            "status-list": INSTANCE_VIEW,
            "run-command": GUEST_FACTS,
            "locks": LOCK,
            "metrics": METRICS,
            "service-tags": SERVICE_TAGS,
        }
        needed = {kind for kind, row_type in beside.items() if row_type in reads}
        assert set(kinds(emulator)) == {"query", "permissions"} | needed


def test_what_no_policy_needs_is_not_asked_for(snapready: Command, tmp_path: Path) -> None:
    """Named here one by one, so that a policy that comes to read more is noticed."""
    with contoso() as emulator:
        file = tmp_path / "out.ndjson"
        select = "last-backup-recent,staggered-schedules"
        done = snapready("snapshot", "azure", "-o", file, "--endpoint", emulator.url, "--select", select)
        assert done.code == 0, done.err
        assert set(kinds(emulator)) == {"query", "permissions"}
        assert NIC not in asked_types(emulator)
        assert not {RUN_COMMAND, GUEST_ASSIGNMENT} & asked_types(emulator)
