"""Metrics as they are asked for and kept: which time, how many at once, one value for each quarter of an hour."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.rowtypes import METRICS
from tests.azure.collecting import contoso
from tests.azure.world import Cloud, changed, emulator, for_rows, tenant
from tests.cli.running import ROOT, Command
from tests.emulator.wire import Reply, Request
from tests.rows import item, vm, vm_id

SELECT = "load-headroom"
CPU, MEMORY = "Percentage CPU", "Available Memory Percentage"
FIRST = "2026-11-20T23:00:00Z"


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def cloud(snapready: Command, tmp_path: Path) -> Iterator[Cloud]:
    with emulator([*tenant()]) as found:
        yield Cloud(found, snapready, tmp_path)


def kept(cloud: Cloud, snapready: Command, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The properties of each metrics row of a snapshot, by the VM's name."""
    file = tmp_path / "out.ndjson"
    done = snapready("snapshot", "azure", "-o", file, "--endpoint", cloud.emulator.url, "--select", SELECT)
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()[1:]]
    return {row["id"].split("/")[-2]: row["properties"] for row in rows if row["type"] == METRICS}


def test_a_day_and_two_hours_in_quarters(cloud: Cloud, snapready: Command, tmp_path: Path) -> None:
    cloud.emulator.metrics = lambda _, name, time: time.hour + time.minute / 60 if "cpu" in name else 50.123456
    found = kept(cloud, snapready, tmp_path)["vm1"]
    (asked,) = {tuple(sorted(each.options.items())) for each in cloud.emulator.requests if each.kind == "metrics"}
    assert dict(asked)["aggregation"] == "average"
    assert {name: found[name] for name in ("from", "to", "interval")} == {
        "from": FIRST,
        "to": "2026-11-22T01:00:00Z",
        "interval": "PT15M",
    }
    begin = datetime(2026, 11, 20, 23, tzinfo=UTC)
    times = [begin + timedelta(minutes=15 * number) for number in range(26 * 4)]
    assert found["samples"] == {
        CPU: [round(time.hour + time.minute / 60, 2) for time in times],
        MEMORY: [50.12] * 104,
    }


def test_a_time_between_two_quarters(snapready: Command, tmp_path: Path) -> None:
    with emulator([*tenant()], date=datetime(2026, 11, 22, 1, 7, 41, tzinfo=UTC)) as found:
        told = kept(Cloud(found, snapready, tmp_path), snapready, tmp_path)["vm1"]
    assert (told["from"], told["to"]) == (FIRST, "2026-11-22T01:00:00Z")


def test_fifty_at_once_and_none_that_is_off(snapready: Command, tmp_path: Path) -> None:
    ids = [vm_id(f"m{number:03}") for number in range(101)]
    far = [vm(vm_id(f"far{number}"), location="North Europe") for number in range(3)]
    off = vm(vm_id("off"), power="deallocated")
    with emulator([*map(vm, ids), *far, off, item(ids[0])], page_limit=1000) as found:
        found.metrics = lambda *_: 5.0
        told = kept(Cloud(found, snapready, tmp_path), snapready, tmp_path)
        sizes = sorted(len(each.body["resourceids"]) for each in found.requests if each.kind == "metrics")
    assert sizes == [1, 3, 50, 50]
    assert len(told) == 104
    assert "off" not in told


def data(*points: Any) -> list[dict[str, Any]]:
    return [{"name": {"value": CPU}, "timeseries": [{"data": list(points)}]}]


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"timeStamp": FIRST, "average": 7}, 7),
        ({"timeStamp": FIRST, "average": 7.129}, 7.13),
        ({"timeStamp": "2026-11-20T23:14:59Z", "average": 7}, 7),
        ({"timeStamp": "2026-11-21T00:00:00+01:00", "average": 7}, 7),
        ({"timeStamp": "2026-11-20T23:15:00Z", "average": 7}, None),
        ({"timeStamp": "2026-11-20T22:59:00Z", "average": 7}, None),
        ({"timeStamp": "2026-11-22T01:00:00Z", "average": 7}, None),
        ({"timeStamp": FIRST, "average": None}, None),
        ({"timeStamp": FIRST, "average": "7"}, None),
        ({"timeStamp": FIRST, "average": True}, None),
        ({"timeStamp": FIRST, "maximum": 7}, None),
        ({"timeStamp": "2026-11-20T23:00:00", "average": 7}, None),
        ({"timeStamp": "yesterday", "average": 7}, None),
        ({"timeStamp": None, "average": 7}, None),
        ({"average": 7}, None),
        (5, None),
        (None, None),
    ],
    ids=json.dumps,
)
def test_a_point_is_put_in_its_place_or_nowhere(
    cloud: Cloud, snapready: Command, tmp_path: Path, point: Any, expected: float | None
) -> None:
    values = [{"resourceid": vm_id("vm1").upper(), "value": data(point)}]
    cloud.emulator.bend = for_rows("getBatch", lambda reply: changed(reply, values=values))
    samples = kept(cloud, snapready, tmp_path)["vm1"]["samples"][CPU]
    assert (samples[0], len(samples)) == (expected, 104)
    assert samples.count(None) == 104 - sum(value is not None for value in samples)


def test_where_azure_knows_no_memory_metric_cpu_is_asked_for_alone(
    cloud: Cloud, snapready: Command, tmp_path: Path
) -> None:
    refusal = b'{"error":{"code":"BadRequest","message":"Failed to find metric configuration"}}'

    def bend(request: Request, _: Reply) -> Reply | None:
        newer = "getBatch" in request.path and "Memory" in request.options["metricnames"]
        return Reply(400, refusal) if newer else None

    cloud.emulator.bend = bend
    cloud.emulator.metrics = lambda *_: 5.0
    found = kept(cloud, snapready, tmp_path)["vm1"]
    assert found["samples"] == {CPU: [5.0] * 104}
    scanned = cloud.scan(select=SELECT)
    assert set(scanned.verdicts[SELECT].values()) == {"unknown"}
    assert "the metrics tell nothing of memory" in scanned.raw.decode()


def test_the_example_fleet_gets_live_the_verdicts_of_its_files(snapready: Command, monkeypatch: Any) -> None:
    monkeypatch.chdir(ROOT)

    def verdicts(*arguments: str) -> dict[tuple[str, str], tuple[str, str]]:
        done = snapready("scan", *arguments, "--report", "json=-")
        assert done.code == 1, done.err
        found = json.loads(done.out)["results"]
        return {(one["policy"], one["resource"].lower()): (one["verdict"], one["severity"]) for one in found}

    files = verdicts("examples/contoso")
    with contoso() as azure:
        live = verdicts("azure", "--endpoint", azure.url)
    different = {key: (files[key], live.get(key)) for key in files if files[key] != live.get(key)}
    assert not different
    assert files.keys() == live.keys()
