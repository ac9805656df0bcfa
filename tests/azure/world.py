"""A small tenant for the live source, an emulator whose replies a test may bend, and the two commands put to it."""

import json
import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.model import Row
from scanner.sources.azure.clock import Clock
from tests.azure import patience
from tests.cli.running import Command, Done
from tests.emulator import Access, Emulator, Fault, Faults
from tests.emulator.calls import GRAPH
from tests.emulator.faults import Where
from tests.emulator.wire import Delivery, Reply, Request
from tests.rows import OTHER_SUBSCRIPTION, POLICY_ID, SUBSCRIPTION, VAULT_ID, daily, item, policy, row, view, vm, vm_id

DATE = datetime(2026, 11, 22, 1, 0, 0, tzinfo=UTC)
SPEED = 100.0
SELECT = "agent-version,last-backup-recent"
QUERY = GRAPH.partition("?")[0]
SUBSCRIPTIONS, VMS = "resourcecontainers | where", "in~ ('microsoft.compute/virtualmachines')"
ITEMS = "protecteditems')"
VM = "microsoft.compute/virtualmachines"

Bend = Callable[[Request, Reply], Reply | None]


def machine(name: str, version: str | None = "2.7.41491.1200", subscription: str = SUBSCRIPTION) -> list[Row]:
    """A VM that is backed up, and its instance view."""
    identity = vm_id(name, subscription=subscription)
    vault = VAULT_ID.replace(SUBSCRIPTION, subscription)
    return [
        vm(identity),
        item(identity, vault=vault, policy=POLICY_ID.replace(SUBSCRIPTION, subscription)),
        *([] if version is None else [view(version, identity)]),
    ]


def policies() -> list[Row]:
    """One backup policy in each subscription's vault."""
    ids = (POLICY_ID.replace(SUBSCRIPTION, each) for each in (SUBSCRIPTION, OTHER_SUBSCRIPTION))
    return [policy(each, schedule=daily("21:00"), zone="UTC") for each in ids]


def tenant() -> list[Row]:
    """Six VMs in two subscriptions; one of them has an agent that is too old."""
    rows = [each for number in range(4) for each in machine(f"vm{number}")]
    return [*rows, *machine("old", "2.0.1"), *machine("far", subscription=OTHER_SUBSCRIPTION), *policies()]


def lock(name: str = "keep", subscription: str = SUBSCRIPTION) -> Row:
    place = f"/subscriptions/{subscription}/resourceGroups/rg-app/providers/Microsoft.Authorization/locks/{name}"
    return row("Microsoft.Authorization/locks", place, {"level": "CanNotDelete"})


class Bent(Emulator):
    """`bend` may put another reply in the place of one."""

    bend: Bend | None = None

    def handle(self, request: Request) -> tuple[Reply, Delivery]:
        reply, delivery = super().handle(request)
        bent = self.bend(request, reply) if self.bend is not None else None
        return bent or reply, delivery

    def asked(self, where: str = "", kind: str = "") -> int:
        """How many requests named this."""
        return sum(
            where in f"{each.method} {each.path} {json.dumps(each.body)}" and kind in ("", each.kind)
            for each in self.requests
        )

    def settle(self) -> None:
        """As it was before any test."""
        self.faults, self.access, self.bend = Faults(), Access(), None
        self.service_tags, self.metrics, self.on_request = None, None, None
        self.requests.clear()


def emulator(rows: Iterable[Row] | None = None, **how: Any) -> Bent:
    given = {"quota": None, "date": DATE, "page_limit": 2, "pause": patience.pause, **how}
    return Bent(tenant() if rows is None else rows, **given)


def changed(reply: Reply, **values: Any) -> Reply:
    """The reply with other values in its JSON; a value of None takes a name out."""
    body = {**json.loads(reply.body), **{name.replace("__", "$"): value for name, value in values.items()}}
    return replace(reply, body=json.dumps({name: each for name, each in body.items() if each is not None}).encode())


def for_rows(where: str, change: Callable[[Reply], Reply]) -> Bend:
    """Bends the good replies to requests that name this."""
    return lambda request, reply: change(reply) if where in request.text and reply.status == 200 else None


@dataclass
class Scanned:
    """What a scan gave, with its results.json where there is one."""

    done: Done
    raw: bytes = b""
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def code(self) -> int:
        return self.done.code


class Cloud:
    """The commands, put to one emulator."""

    def __init__(self, emulator: Bent, command: Command, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self._command = command

    def scan(self, *more: str, select: str = SELECT, endpoint: str = "") -> Scanned:
        file = self.folder / "results.json"
        file.unlink(missing_ok=True)
        place = ("--endpoint", endpoint or self.emulator.url, "--select", select)
        done = self._command("scan", "azure", *place, "--report", f"json={file}", "--report", "text=-", *more)
        if not file.exists():
            return Scanned(done)
        value = json.loads(file.read_bytes())
        verdicts: dict[str, dict[str, str]] = {}
        names = {each["id"]: each["name"] for each in value["subjects"]}
        for each in value["results"]:
            verdicts.setdefault(each["policy"], {})[names[each["resource"]]] = each["verdict"]
        return Scanned(done, file.read_bytes(), verdicts, value["run"]["problems"])

    def snapshot(self, *more: str, select: str = SELECT, endpoint: str = "") -> tuple[Done, bytes]:
        file = self.folder / "fleet.ndjson"
        file.unlink(missing_ok=True)
        shutil.rmtree(f"{file}.part", ignore_errors=True)
        place = ("--endpoint", endpoint or self.emulator.url, "--select", select)
        done = self._command("snapshot", "azure", "-o", file, *place, *more)
        return done, file.read_bytes() if file.exists() else b""


class Hasty(Clock):
    """Its waits are short and count in full; nothing else takes time, so that a busy machine changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._time = 1000.0
        self._guard = threading.Lock()

    def now(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        super().sleep(seconds / SPEED)
        with self._guard:  # who waits at the same time does so for the same time
            self._time = max(self._time, until)


def fault(kind: str, where: Where = "", times: int | None = 1, **how: Any) -> Fault:
    return Fault(kind, where, times, **{"seconds": 1.0, **how})
