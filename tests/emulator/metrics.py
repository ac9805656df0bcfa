"""The metrics batch endpoint: one list of values for each VM and metric, from constants or a function."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.emulator import errors
from tests.emulator.wire import Reply, Request, Row, json_reply

if TYPE_CHECKING:
    from tests.emulator.emulator import Emulator

Value = float | tuple[float, float] | None
"""Average and maximum alike, or both; None is a time without a value."""
Metrics = Callable[[str, str, datetime], Value] | Mapping[str, Mapping[str, Value]]
"""By VM id in lower case and metric in lower case; a function gets both, and the time."""


def recorded(rows: Iterable[Row]) -> Metrics:
    """The samples of rows as a collection keeps them, at their times."""
    kept = {row["id"].lower().removesuffix("/metrics"): row["properties"] for row in rows}

    def value(vm: str, metric: str, time: datetime) -> Value:
        told = kept.get(vm, {})
        values = next((each for name, each in told.get("samples", {}).items() if name.lower() == metric), ())
        at = (time - datetime.fromisoformat(told["from"])) // _interval(told["interval"]) if values else -1
        found: Value = values[at] if 0 <= at < len(values) else None
        return found

    return value


MOST_IDS = 50
_MOST_POINTS = 10_000
_INTERVAL = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", re.IGNORECASE)


def _bad(message: str) -> errors.Refusal:
    return errors.arm(400, "BadRequest", message)


def _time(options: dict[str, str], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(options[name])
    except (KeyError, ValueError):
        raise _bad(f"The value of {name} is no date and time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _interval(text: str) -> timedelta:
    found = _INTERVAL.fullmatch(text)
    days, hours, minutes = (int(each or 0) for each in found.groups()) if found else (0, 0, 0)
    if not (step := timedelta(days=days, hours=hours, minutes=minutes)):
        raise _bad(f"The interval {text!r} is not valid.")
    return step


def answer(emulator: "Emulator", request: Request, subscription: str, region: str) -> Reply:
    emulator.access.check("Microsoft.Insights/metrics/read", f"/subscriptions/{subscription}")
    body = request.body
    ids = body.get("resourceids") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise _bad("resourceids must be a list of resource ids.")
    if len(ids) > MOST_IDS:
        raise _bad(f"At most {MOST_IDS} resource ids can be given, and {len(ids)} were.")
    start, end = _time(request.options, "starttime"), _time(request.options, "endtime")
    step = _interval(request.options.get("interval", "PT1M"))
    if (end - start) / step > _MOST_POINTS:
        raise _bad("The time range has too many intervals.")
    names = [name for name in request.options.get("metricnames", "").split(",") if name]
    if not names or not request.options.get("metricnamespace"):
        raise _bad("metricnames and metricNamespace are required.")
    wanted = [name.strip().lower() for name in request.options.get("aggregation", "average").split(",")]
    times = [start + step * number for number in range(max(0, -int((start - end) // step)))]
    values = []
    for each in ids:
        location = _place(emulator, each, subscription, region)
        series = [_metric(emulator, each, name, times, wanted) for name in names]
        head = {"starttime": _text(start), "endtime": _text(end), "interval": request.options.get("interval", "PT1M")}
        place = {"namespace": request.options["metricnamespace"], "resourceregion": location, "resourceid": each}
        values.append({**head, **place, "value": series})
    return json_reply({"values": values})


def _place(emulator: "Emulator", resource_id: str, subscription: str, region: str) -> str:
    """The VM's location; all of a batch must lie in one subscription and one region."""
    if not resource_id.lower().startswith(f"/subscriptions/{subscription.lower()}/"):
        raise _bad(f"The resource {resource_id} is not in the subscription {subscription}.")
    vm = emulator.vm(resource_id)
    location = str((vm or {}).get("location") or region).replace(" ", "").lower()
    if region and location != region.lower():
        raise _bad(f"The resource {resource_id} is in {location}, and this is {region}.")
    return location


def _metric(emulator: "Emulator", resource: str, name: str, times: list[datetime], wanted: list[str]) -> dict[str, Any]:
    data = []
    for time in times:
        value = _value(emulator.metrics, resource, name, time)
        both = value if isinstance(value, tuple) else (value, value)
        found = dict(zip(("average", "maximum"), both, strict=True))
        data.append(
            {
                "timeStamp": _text(time),
                **{key: each for key, each in found.items() if key in wanted and each is not None},
            }
        )
    return {
        "id": f"{resource}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": "Bytes" if "bytes" in name.lower() else "Percent",
        "timeseries": [{"metadatavalues": [], "data": data}],
        "errorCode": "Success",
    }


def _value(metrics: Metrics | None, resource: str, name: str, time: datetime) -> Value:
    if metrics is None:
        return None
    if isinstance(metrics, Mapping):
        return metrics.get(resource.lower(), {}).get(name.lower())
    return metrics(resource.lower(), name.lower(), time)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
