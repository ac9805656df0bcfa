"""The emulator itself: holds the rows, answers requests or lets a fault strike them, and remembers each one."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self

from scanner.rowtypes import METRICS, SERVICE_TAGS, VM, subscription_of, table_of
from tests.emulator import arm, errors, graph, seed
from tests.emulator.access import Access, Sight
from tests.emulator.faults import Faults, renamed, strike
from tests.emulator.kusto import Result, Tables
from tests.emulator.metrics import Metrics, recorded
from tests.emulator.quota import Meter, Quota
from tests.emulator.server import Pause, Server
from tests.emulator.wire import Delivery, Reply, Request, Row

MEBIBYTE = 1 << 20
DEFAULT_QUOTA = Quota()


@dataclass(slots=True)
class Record:
    """One request: its status is 0 while it has none, and when the connection was broken instead of a reply."""

    kind: str
    """query, instance-view, status-list, locks, service-tags, run-command, permissions, metrics; or other."""
    method: str
    path: str
    options: dict[str, str]
    body: Any
    at: float
    status: int = 0
    fault: str = ""
    headers: Mapping[str, str] | None = None


class Emulator:
    """A context manager; what is set by keyword can be changed later as an attribute of the same name."""

    def __init__(
        self,
        rows: Iterable[Row] = (),
        *,
        subscriptions: Iterable[str] | Mapping[str, str] | None = None,
        management_groups: Mapping[str, Iterable[str]] | None = None,
        access: Access | None = None,
        quota: Quota | None = DEFAULT_QUOTA,
        faults: Faults | None = None,
        page_limit: int = 1000,
        list_limit: int = 100,
        payload_limit: int = 16 * MEBIBYTE,
        tenant_subscription_limit: int = 10_000,
        status_with_agent: bool = False,
        service_tags: dict[str, Any] | int | None = None,
        metrics: Metrics | None = None,
        on_request: Callable[[int, "Emulator"], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Pause | None = None,
        date: datetime | None = None,
        port: int = 0,
    ) -> None:
        self.date = date
        """What the server's clock says; None: the time it is."""
        self.management_groups = {name: list(members) for name, members in (management_groups or {}).items()}
        self.access = access or Access()
        self.faults = faults or Faults()
        self.page_limit, self.list_limit, self.payload_limit = page_limit, list_limit, payload_limit
        self.tenant_subscription_limit = tenant_subscription_limit
        self.status_with_agent = status_with_agent
        self.service_tags = service_tags
        self.metrics = metrics
        self.on_request = on_request
        self.clock = clock
        self.meter = Meter(quota, clock)
        self.requests: list[Record] = []
        named = subscriptions if isinstance(subscriptions, Mapping) else dict.fromkeys(subscriptions or (), "")
        self._given = None if subscriptions is None else {name.lower(): named[name] for name in named}
        self._rows: list[Row] = []
        self._lock = threading.RLock()
        self._tables = Tables()
        self._results: dict[tuple[str, Sight], Result] = {}
        self._index: dict[str, Any] | None = None
        self.add(*rows)
        self._server = Server(self.handle, port, pause)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._server.errors:
            # Not hidden behind an assertion about the caller, which saw no more than a broken connection.
            raise RuntimeError("the emulator itself failed") from self._server.errors[0]

    def close(self) -> None:
        self._server.stop()
        with self._lock:
            self._tables.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    # The fleet.

    @property
    def rows(self) -> list[Row]:
        """The rows as Azure holds them; changed by add and remove only."""
        return list(self._rows)

    def add(self, *rows: Row) -> None:
        """Puts rows in, a row with an id and type that is there already in its place."""
        with self._lock:
            new = {_key(row): row for row in seed.as_azure_holds(rows, self._rows)}
            for key in [key for key, row in new.items() if row["type"].lower() == SERVICE_TAGS]:
                self.service_tags = {**new.pop(key)["properties"]}
                self.service_tags.pop("date", None)
            measured = [new.pop(key) for key in list(new) if new[key]["type"].lower() == METRICS]
            if measured:
                self.metrics = recorded(measured)
            self._rows = [new.pop(_key(row), row) for row in self._rows] + list(new.values())
            self._changed()

    def remove(self, *ids: str) -> None:
        """Takes out every row with one of these ids, and what lies below it."""
        gone = tuple(each.lower() for each in ids)
        below = tuple(f"{each}/" for each in gone)
        with self._lock:
            self._rows = [row for row in self._rows if not (f"{row['id'].lower()}/").startswith(below)]
            self._changed()

    def rename(self, resource_id: str, new: str | None, keep: bool = False) -> None:
        """Gives a row another id (None: takes it out); `keep` leaves the old row beside the new one."""
        with self._lock:
            found = [row for row in self._rows if row["id"].lower() == resource_id.lower()]
            if not keep:
                self._rows = [row for row in self._rows if row not in found]
            self._rows += [renamed(row, new) for row in found if new is not None]
            self._changed()

    def _changed(self) -> None:
        self._results.clear()
        self._index = None

    @property
    def subscriptions(self) -> dict[str, str]:
        """The names of all subscriptions, by their ids in lower case."""
        return self._indexed()["subscriptions"]  # type: ignore[no-any-return]

    def members(self, group: str) -> list[str]:
        """The subscriptions below a management group, whose members may be groups themselves."""
        groups = {name.lower(): members for name, members in self.management_groups.items()}
        if group.lower() not in groups:
            # Azure does not tell a caller without rights whether the group is there.
            scope = f"/providers/Microsoft.Management/managementGroups/{group}"
            raise errors.forbidden("Microsoft.Management/managementGroups/read", scope)
        found: dict[str, None] = {}
        for member in groups[group.lower()]:
            found |= dict.fromkeys(self.members(member) if member.lower() in groups else [member.lower()])
        return [each for each in found if each in self.subscriptions]

    def ancestors(self, subscription: str) -> list[str]:
        """The management groups above a subscription in lower case, from the nearest to the root."""
        found: list[str] = []
        below = subscription.lower()
        parents = {
            member.lower(): name.lower() for name, members in self.management_groups.items() for member in members
        }
        while below in parents:
            below = parents[below]
            found.append(below)
        return found

    def vm(self, resource_id: str) -> Row | None:
        return self._indexed()["vms"].get(resource_id.lower())  # type: ignore[no-any-return]

    def instance_view(self, vm_id: str) -> dict[str, Any] | None:
        return self._indexed()["views"].get(vm_id.lower())  # type: ignore[no-any-return]

    def of_type(self, row_type: str, subscription: str) -> list[Row]:
        return self._indexed()["types"].get((row_type, subscription.lower()), [])  # type: ignore[no-any-return]

    def _indexed(self) -> dict[str, Any]:
        with self._lock:
            if self._index is None:
                types: dict[tuple[str, str], list[Row]] = {}
                for row in self._rows:
                    types.setdefault((row["type"].lower(), subscription_of(row["id"])), []).append(row)
                found = dict.fromkeys(name for _, name in types if name) if self._given is None else self._given
                self._index = {
                    "types": types,
                    "vms": {row["id"].lower(): row for row in self._rows if row["type"].lower() == VM},
                    "views": dict(view for row in self._rows if (view := arm.view_of(row))),
                    "subscriptions": {name: (found[name] or f"Subscription {name[:8]}") for name in found},
                }
            return self._index

    # Answers.

    def result(self, query: str, sight: Sight) -> Result:
        """What a query finds; kept until the rows change, so that its pages do not run it again."""
        with self._lock:
            key = (query, sight)
            if key not in self._results:
                if not self._results:
                    self._load()
                self._results[key] = self._tables.run(query, sight)
            return self._results[key]

    def _load(self) -> None:
        shown = [seed.in_graph(row) for row in self._rows if table_of(row["type"].lower())]
        there = {row["id"].lower() for row in shown}
        containers = seed.containers(self.subscriptions, shown, self.ancestors)
        made = [row for row in containers if row["id"].lower() not in there]
        tables = ((table_of(row["type"].lower()), row["subscriptionId"].lower(), row) for row in (*shown, *made))
        self._tables.load(tables)

    def result_ids(self, request: Request) -> list[str]:
        query, sight, _ = graph.sight_of(self, request)
        result = self.result(query, sight)
        place = [name for name, _ in result.columns].index("id")
        return [row[place].strip('"') for row in result.rows]

    def answer(self, request: Request) -> Reply:
        """The reply of an Azure in which nothing goes wrong."""
        with self._lock:
            try:
                self.access.check_token(request.headers.get("authorization", ""))
                found = arm.find(request)
                if found is None:
                    raise arm.nothing_there(request)
                if not request.options.get("api-version"):
                    raise errors.no_api_version()
                route, match = found
                return route.handler(self, request, match)
            except errors.Refusal as refusal:
                return refusal.reply

    def handle(self, request: Request) -> tuple[Reply, Delivery]:
        """Called by the server, from many threads."""
        found = arm.find(request)
        kind = found[0].kind if found else "other"
        record = Record(kind, request.method, request.path, request.options, request.body, self.clock())
        record.headers = request.headers
        with self._lock:
            self.requests.append(record)
            number = len(self.requests)
        if self.on_request:
            self.on_request(number, self)
        known: list[Reply] = []

        def answer() -> Reply:
            if not known:
                known.append(self.answer(request))
            return known[0]

        fault = self.faults.choose(request, answer)
        if fault is None:
            reply, delivery = answer(), Delivery()
        else:
            record.fault = fault.kind
            reply, delivery = strike(fault, request, self, answer)
        record.status = reply.status
        if self.date is not None:
            reply = replace(reply, headers={**reply.headers, "Date": format_datetime(self.date, usegmt=True)})
        return reply, delivery


def _key(row: Row) -> tuple[str, str]:
    return row["id"].lower(), row["type"].lower()
