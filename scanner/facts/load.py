"""A VM's load as Azure Monitor measured it, beside the starts of its backups: CPU, and memory in use."""

import re
from array import array
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.fields import part
from scanner.facts.fleet import Fleet
from scanner.facts.items import POLICY_READS
from scanner.facts.starts import SCHEDULE_READS, timetable_of
from scanner.facts.vm import Vm
from scanner.language.shapes import LOAD
from scanner.language.values import is_number
from scanner.language.words import epoch
from scanner.model import Row, Unknown
from scanner.rowtypes import METRICS, VM
from scanner.schedule.instants import starts_within
from scanner.schedule.load import NO_VALUE, Load
from scanner.schedule.timetable import Timetable

_INTERVAL = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?", re.IGNORECASE)
_LONGEST = 31 * 86400
"""Seconds; metrics that claim to cover more are not believed."""
_NUMBERS = {int, float}
_CPU, _MEMORY = "Percentage CPU", "Available Memory Percentage"


class Metrics(msgspec.Struct, gc=False):
    """What is kept of a metrics row: samples in percent, one for each `step` from `begin` on. None: not known."""

    begin: float | None
    step: float | None
    cpu: Any
    memory: Any
    """Memory in use: what Azure tells is the memory available."""


def _reduce(row: Row, _: str) -> Metrics:
    properties = row.get("properties")
    begin, until = (epoch(part(properties, name)) for name in ("from", "to"))
    step = _seconds(part(properties, "interval"))
    if begin is None or until is None or step is None or not step <= until - begin <= _LONGEST:
        return Metrics(None, None, None, None)
    count = int((until - begin) // step)
    cpu, free = (_samples(part(properties, "samples", name), count) for name in (_CPU, _MEMORY))
    if free is not None:
        free = array("f", [value if value == NO_VALUE else 100.0 - value for value in free])
    return Metrics(begin, step, cpu, free)


def _seconds(interval: Any) -> float | None:
    found = _INTERVAL.fullmatch(interval) if isinstance(interval, str) else None
    hours, minutes = (int(number or 0) for number in found.groups()) if found else (0, 0)
    return float(3600 * hours + 60 * minutes) or None


def _samples(given: Any, count: int) -> Any:
    """So many percentages; what is none, or is not there, is a sample without a value."""
    if not isinstance(given, list) or not given:
        return None
    if len(given) == count and set(map(type, given)) <= _NUMBERS and min(given) >= 0 and max(given) <= 100:
        return array("f", given)  # as nearly all are
    told = (value if is_number(value) and 0 <= value <= 100 else NO_VALUE for value in given[:count])
    return array("f", chain(told, repeat(NO_VALUE, count - len(given))))


_NONE = Unknown("no metrics of the VM are given", "metrics")
_UNREAD = Unknown(
    "the metrics do not tell when their samples were taken (from, to, interval; a month at most)", "metrics"
)


def _metrics(vm: Vm, fleet: Fleet) -> Metrics | Unknown:
    """The VM's metrics, if they tell their times."""
    found: Metrics | None = fleet.table("metrics").get(vm.subject.key)
    if found is None:
        right = fleet.ledger.right_missing(METRICS, vm.subject.subscription)
        return Unknown(f"the metrics may not be read: needs {right}", "right") if right else _NONE
    return _UNREAD if found.begin is None or found.step is None else found


def _load(name: str, what: str, metric: str) -> Any:
    missing = Unknown(f"the metrics tell nothing of {what} ({metric})", "samples")

    def get(vm: Vm, fleet: Fleet) -> Any:
        found = _metrics(vm, fleet)
        if isinstance(found, Unknown):
            return found
        values = getattr(found, name)
        if values is None:
            return missing
        begin, step = found.begin or 0.0, found.step or 1.0
        until = begin + step * len(values)
        doubt = _out_of_date(until, fleet)
        if doubt is not None:
            return doubt
        table = timetable_of(vm, fleet)
        if isinstance(table, Unknown):
            return table
        return Load(what, begin, step, values, _starts(table, begin, until))

    return get


def _out_of_date(until: float, fleet: Fleet) -> Unknown | None:
    age = (fleet.now - until) / 3600
    if age > fleet.max_age:
        days = f"{age / 24:.0f} days old; the limit is {fleet.max_age / 24:.3g} (--max-age)"
        return Unknown(f"the metrics are stale: {days}", "metrics")
    if age < -fleet.max_age:  # a clock that is ahead must not keep them fresh for ever
        return Unknown("the metrics are dated long after the rows were taken", "metrics")
    return None


@lru_cache(4096)
def _starts(table: Timetable, begin: float, until: float) -> tuple[float, ...]:
    return starts_within(table, begin, until)


def _reads(name: str) -> dict[str, str]:
    return {METRICS: f'properties.[from, to, interval, samples."{name}"]', **POLICY_READS, **SCHEDULE_READS}


FACTS = {
    "load.cpu": Fact(
        "CPU in use, in percent, and the scheduled starts that the samples cover, for busy",
        LOAD,
        _reads(_CPU),
        _load("cpu", "CPU", _CPU),
        True,
    ),
    "load.memory": Fact(
        "memory in use, in percent, and the scheduled starts that the samples cover, for busy",
        LOAD,
        _reads(_MEMORY),
        _load("memory", "memory", _MEMORY),
        True,
    ),
}

MODULE = FactModule(VM, FACTS, {"metrics": Table(METRICS, _reduce, suffix="/metrics")})
