"""Collects, as rows, what Resource Graph does not show: one function for each thing, run only if a policy asks.

Each reads what an identity with Reader rights may read, and a refusal makes its facts unknown, naming the right.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from scanner.rowtypes import INSTANCE_VIEW, LOCK, METRICS, RUN_COMMAND, SERVICE_TAGS, subscription_of
from scanner.sources.azure.desk import PAGE, Desk, Tally, members, pages_of
from scanner.sources.azure.errors import AskFailed, Refused, Rejected
from scanner.sources.azure.rights import READ_RIGHTS, grants_of, rights_path
from scanner.sources.azure.service import Service
from scanner.sources.spool import Part

VIEW_RIGHT = "Microsoft.Compute/virtualMachines/instanceView/read"
COMMAND_RIGHT = "Microsoft.Compute/virtualMachines/runCommands/read"
LOCK_RIGHT = "Microsoft.Authorization/locks/read"
METRICS_RIGHT = "Microsoft.Insights/metrics/read"
TAGS_RIGHT = "Microsoft.Network/locations/serviceTags/read"

_COMPUTE, _LOCKS, _NETWORK, _METRICS = "2024-07-01", "2020-05-01", "2024-05-01", "2024-02-01"
_METRICS_AT_ONCE = 50
_CPU, _MEMORY = "Percentage CPU", "Available Memory Percentage"
_SAMPLE, _MEASURED = timedelta(minutes=15), timedelta(hours=26)
_OFF = {"powerstate/deallocated", "powerstate/deallocating"}
"""A VM in these has no instance view worth asking for. One that is stopped is still there, and tells so."""


class Vm(msgspec.Struct):
    """What is needed of a VM's row to ask for more of it."""

    id: str
    subscription: str
    region: str
    off: bool


class _Properties(msgspec.Struct):
    extended: Any = None


class _VmRow(msgspec.Struct):
    id: str
    location: Any = None
    properties: _Properties | None = None


_is_region = re.compile(r"[a-z0-9-]+").fullmatch
"""It becomes a part of a host's name, which a token is sent to."""
_vm_row = msgspec.json.Decoder(_VmRow).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


def vms_in(lines: Iterable[bytes]) -> Iterator[Vm]:
    """The VMs of rows; a row that cannot be read is none."""
    for line in lines:
        try:
            row = _vm_row(line)
        except (msgspec.DecodeError, UnicodeError):
            continue
        code: Any = row.properties.extended if row.properties else None
        for name in ("instanceView", "powerState", "code"):
            code = code.get(name) if isinstance(code, dict) else None
        off = isinstance(code, str) and code.lower() in _OFF
        region = row.location.lower().replace(" ", "") if isinstance(row.location, str) else ""
        yield Vm(row.id, subscription_of(row.id), region if _is_region(region) else "", off)


def instance_views(desk: Desk, part: Part, vms: list[Vm]) -> None:
    """The instance view of every VM that is not off: from the status list if that tells of agents, else one by one."""
    asked = [vm for vm in vms if not vm.off]
    listed = _listed_views(desk.service, asked)

    def ask(vm: Vm) -> list[dict[str, Any]]:
        view = listed.get(vm.id.lower())
        if view is None:
            path = f"{quote(vm.id)}/instanceView"
            view = desk.service.get("instance-view", path, subscription=vm.subscription, **{"api-version": _COMPUTE})
            if not isinstance(view.get("statuses"), list) and not isinstance(view.get("vmAgent"), dict):
                raise Rejected("the reply is no instance view")
        return [_observed(f"{vm.id}/instanceView", INSTANCE_VIEW, vm.subscription, view)]

    desk.each(part, Tally(INSTANCE_VIEW, VIEW_RIGHT), asked, lambda vm: vm.subscription, ask)


def _listed_views(service: Service, vms: list[Vm]) -> dict[str, Any]:
    """Views that tell of the agent, by VM, from the list of VMs with their status; one look tells whether any does."""
    found: dict[str, Any] = {}
    for subscription, _ in Counter(vm.subscription for vm in vms).most_common():
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines"
        try:
            pages = pages_of(
                service, "status-list", path, subscription, **{"api-version": _COMPUTE, "statusOnly": "true"}
            )
            for looked, vm in enumerate(pages):
                properties = vm.get("properties")
                view = properties.get("instanceView") if isinstance(properties, dict) else None
                if isinstance(view, dict) and isinstance(view.get("vmAgent"), dict) and isinstance(vm.get("id"), str):
                    found[vm["id"].lower()] = view
                elif not found and looked >= PAGE:
                    return {}
        except AskFailed:
            continue  # asked one by one, each tells what is wrong
        if not found:
            return {}
    return found


def _observed(row_id: str, row_type: str, subscription: str, properties: Any) -> dict[str, Any]:
    return {"id": row_id, "type": row_type, "subscriptionId": subscription, "properties": properties}


def locks(desk: Desk, part: Part, subscriptions: list[str]) -> None:
    """Every lock in these subscriptions."""

    def ask(subscription: str) -> list[dict[str, Any]]:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/locks"
        found = list(pages_of(desk.service, "locks", path, subscription, **{"api-version": _LOCKS}))
        return [{**lock, "type": LOCK, "subscriptionId": subscription} for lock in found]

    tally = Tally(LOCK, LOCK_RIGHT)
    tally.asked.update(dict.fromkeys(subscriptions, 0))
    desk.each(part, tally, subscriptions, lambda subscription: subscription, ask)


def run_commands(desk: Desk, part: Part, rows: Iterable[bytes]) -> None:
    """The run commands that Resource Graph named, with what they printed."""
    named = [row for row in map(_object, rows) if isinstance(row.get("id"), str)]

    def ask(row: dict[str, Any]) -> list[dict[str, Any]]:
        parameters = {"api-version": _COMPUTE, "$expand": "instanceView"}
        subscription = subscription_of(row["id"])
        whole = desk.service.get("run-command", quote(row["id"]), subscription=subscription, **parameters)
        properties = whole.get("properties")
        return [{**row, "type": RUN_COMMAND, "properties": properties if isinstance(properties, dict) else {}}]

    desk.each(part, Tally(RUN_COMMAND, COMMAND_RIGHT), named, lambda row: subscription_of(row["id"]), ask)


def service_tags(desk: Desk, part: Part, vm: Vm | None) -> None:
    """The cloud's present service tags, once: whatever region is asked, they are those of the whole cloud."""

    def ask(vm: Vm) -> list[dict[str, Any]]:
        path = f"/subscriptions/{vm.subscription}/providers/Microsoft.Network/locations/{vm.region}/serviceTags"
        reply = desk.service.get("service-tags", path, subscription=vm.subscription, **{"api-version": _NETWORK})
        tags = {name: reply.get(name) for name in ("changeNumber", "cloud")}
        values = members(reply, "values")
        followed: set[str] = set()
        while isinstance(link := reply.get("nextLink"), str) and link and link not in followed:
            followed.add(link)
            reply = desk.service.get("service-tags", link, subscription=vm.subscription)
            values += members(reply, "values")
        return [_observed(path, SERVICE_TAGS, vm.subscription, {**tags, "date": desk.taken_at[:10], "values": values})]

    things = [vm] if vm is not None and vm.region else []
    desk.each(part, Tally(SERVICE_TAGS, TAGS_RIGHT), things, lambda vm: vm.subscription, ask)


def metrics(desk: Desk, part: Part, vms: list[Vm]) -> None:
    """CPU and memory of the last day and two hours, so that of every daily start the two hours after it are there."""
    window = _window(datetime.fromisoformat(desk.taken_at))
    together: dict[tuple[str, str], list[Vm]] = {}
    for vm in vms:
        if not vm.off and vm.region:
            together.setdefault((vm.subscription, vm.region), []).append(vm)
    batches = [
        some[at : at + _METRICS_AT_ONCE]
        for _, some in sorted(together.items())
        for at in range(0, len(some), _METRICS_AT_ONCE)
    ]

    def ask(batch: list[Vm]) -> list[dict[str, Any]]:
        try:
            reply = _measured(desk.service, batch, window, (_CPU, _MEMORY))
        except Rejected:  # where Azure does not know the newer one, it refuses both
            reply = _measured(desk.service, batch, window, (_CPU,))
        return list(_metric_rows(reply, batch, window))

    desk.each(part, Tally(METRICS, METRICS_RIGHT), batches, lambda batch: batch[0].subscription, ask)


def _window(until: datetime) -> dict[str, str]:
    """From when to when, and how long a sample is, as Azure Monitor is asked; samples begin on quarters of an hour."""
    end = until - timedelta(seconds=until.timestamp() % _SAMPLE.total_seconds())
    return {"starttime": _stamp(end - _MEASURED), "endtime": _stamp(end), "interval": "PT15M"}


def _measured(service: Service, batch: list[Vm], window: dict[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    """The reply for VMs of one region."""
    options = {
        **window,
        "metricnames": ",".join(names),
        "aggregation": "average",
        "metricnamespace": "microsoft.compute/virtualmachines",
        "api-version": _METRICS,
    }
    base = service.place.metrics_url(batch[0].region)
    query = "&".join(f"{name}={quote(value)}" for name, value in options.items())
    url = f"{base}/subscriptions/{batch[0].subscription}/metrics:getBatch?{query}"
    ids = {"resourceids": [vm.id for vm in batch]}
    return service.post_for_metrics(url, ids, subscription=batch[0].subscription)


def _metric_rows(reply: dict[str, Any], batch: list[Vm], window: dict[str, str]) -> Iterator[dict[str, Any]]:
    ids = {vm.id.lower(): vm for vm in batch}
    for one in members(reply, "values"):
        vm = ids.get(str(one.get("resourceid")).lower())
        if vm is None:
            continue
        samples: dict[str, list[Any]] = {}
        for metric in _objects(one.get("value")):
            name = metric.get("name")
            name = name.get("value") if isinstance(name, dict) else None
            if isinstance(name, str):
                series = _objects(metric.get("timeseries"))
                samples[name] = _placed(series, window)
        properties = {
            "collectedAt": window["endtime"],
            "from": window["starttime"],
            "to": window["endtime"],
            "interval": window["interval"],
            "samples": samples,
        }
        yield _observed(f"{vm.id}/metrics", METRICS, vm.subscription, properties)


def _placed(series: list[dict[str, Any]], window: dict[str, str]) -> list[float | None]:
    """The averages in the order of their times, one for each interval, null where nothing was measured.

    Written so they take a tenth of the room that their own times and names would.
    """
    begin = datetime.fromisoformat(window["starttime"])
    found: list[float | None] = [None] * (_MEASURED // _SAMPLE)
    for point in (point for one in series for point in _objects(one.get("data"))):
        value = point.get("average")
        try:
            at = (datetime.fromisoformat(str(point.get("timeStamp"))) - begin) // _SAMPLE
        except (ValueError, TypeError):  # no time, or one without a zone
            continue
        if 0 <= at < len(found) and isinstance(value, int | float) and not isinstance(value, bool):
            found[at] = round(value, 2)
    return found


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def rights(desk: Desk, part: Part, subscriptions: list[str]) -> None:
    """What the identity may do in each subscription as a whole; where that is not told, nothing is believed."""

    def ask(subscription: str) -> Any:
        path, parameters = rights_path(subscription)
        try:
            return grants_of(desk.service.get("permissions", path, subscription=subscription, **parameters))
        except Refused:
            return READ_RIGHTS
        except AskFailed as error:
            return error.message

    if part.result is None:
        found = dict(zip(subscriptions, desk.helpers.map(ask, subscriptions), strict=True))
        desk.spool.done(part, {"rights": found})
