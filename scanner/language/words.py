"""The functions of the language: JMESPath's own, asked only about whole values, and the words policies add.

A word sees known arguments only: "unknown in, unknown out" is the compiler's business, except for the few words
that are marked `partial` because they can answer from a part.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from scanner.language import values
from scanner.language.text import show
from scanner.language.values import Bounds, Complete, OpenList, Truth, Value
from scanner.language.witness import Network, Witness
from scanner.model import Unknown
from scanner.schedule import load as loads
from scanner.schedule.crowds import crowds
from scanner.schedule.week import Week


@dataclass(frozen=True, slots=True)
class Word:
    """One function: its Python body, the kinds of its arguments, and whether it also takes what is not known.

    `kinds` are "any", "number", "text", "list", "object", "time", "version", "body" (`&expr` giving a value) and
    "condition" (`&expr` giving a yes or no), "network", "load"; `rest` is the kind of any further arguments. `doubt`
    says why the word cannot tell, of arguments that are all known; `witness` what it saw, and `walked` also step by
    step, asked only where somebody reads it.
    """

    run: Callable[..., Value]
    kinds: tuple[str, ...]
    about: str
    partial: bool = False
    rest: str | None = None
    doubt: Callable[..., str] | None = None
    witness: Callable[..., Witness] | None = None
    walked: Callable[..., Witness] | None = None


_plain = Functions()


def _own(name: str) -> Callable[..., Value]:
    """JMESPath's own function of that name over values nothing is missing from."""

    def run(*arguments: Value) -> Value:
        if not all(values.is_whole(argument) for argument in arguments):
            return None
        try:
            answer = _plain.call_function(name, list(arguments))
        except (JMESPathError, ValueError, ArithmeticError, RecursionError):
            return None
        if answer != answer:  # not a number: JMESPath has no such value
            return None
        return Complete(answer) if isinstance(answer, dict) else answer

    return run


def _type(value: Value) -> Value:
    if isinstance(value, OpenList):
        return "array"
    if isinstance(value, dict):
        return "object"
    return _own("type")(value) if isinstance(value, str | list | int | float) else None


def _to_array(value: Value) -> Value:
    if isinstance(value, list | OpenList):
        return value
    return [value] if isinstance(value, str | int | float | dict) else None


def _reverse(value: Value) -> Value:
    if isinstance(value, list):
        return value[::-1]
    return value[::-1] if isinstance(value, str) else None


def _keys(value: Value) -> Value:
    if isinstance(value, Complete):
        return list(value)
    return OpenList(list(value), float("inf")) if isinstance(value, dict) else None


def _map(body: Callable[[Value], Value], value: Value) -> Value:
    return [body(member) for member in value] if isinstance(value, list) else None


def _sort_keys(value: Value, body: Callable[[Value], Value]) -> list[Any] | None:
    """The keys to sort by, when there is one for every member and all are numbers or all are texts."""
    if not isinstance(value, list):
        return None
    keys = [None if member is None else body(member) for member in value]
    one_kind = all(map(values.is_number, keys)) or all(isinstance(key, str) for key in keys)
    return keys if one_kind else None


def _sort_by(value: Value, body: Callable[[Value], Value]) -> Value:
    keys = _sort_keys(value, body)
    if keys is None:
        return None
    return [value[position] for position in sorted(range(len(value)), key=lambda position: keys[position])]


def _max_by(value: Value, body: Callable[[Value], Value]) -> Value:
    keys = _sort_keys(value, body)
    return value[keys.index(max(keys))] if keys else None


def _min_by(value: Value, body: Callable[[Value], Value]) -> Value:
    keys = _sort_keys(value, body)
    return value[keys.index(min(keys))] if keys else None


@lru_cache(4096)
def _numbers(text: str) -> tuple[int, ...] | None:
    parts = text.strip().split(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def version(text: Value) -> tuple[int, ...] | None:
    """The numbers of a dotted version, trailing zeros dropped so that 2.7 equals 2.7.0.0; else None."""
    return _numbers(text) if isinstance(text, str) else None


def _version_at_least(have: Value, least: Value) -> Truth:
    mine, floor = version(have), version(least)
    return None if mine is None or floor is None else mine >= floor


def _same(one: Value, other: Value) -> Truth:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return False if one is False or other is False else None


def _no_text(one: Value, other: Value) -> str:
    return f"{show(one if not isinstance(one, str) else other)} is not a text"


def _no_version(have: Value, least: Value) -> str:
    return f"{show(have if version(have) is None else least)!r} is not a dotted version"


def _not_listed(value: Value, *keys: Value) -> str:
    for key in keys:
        found = _at(value, key)
        if found is None:
            return (
                f"{show(key)} is not among what is listed ({show(list(value) if isinstance(value, dict) else value)})"
            )
        value = found
    return "what is listed is not known"


def _at(value: Value, *keys: Value) -> Value:
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str):
            return None
        if isinstance(value, Complete):
            value = value.get_ignoring_case(key)
        elif key in value:
            value = value[key]
        else:
            wanted = key.casefold()
            value = next((have for name, have in value.items() if name.casefold() == wanted), None)
    return value


def epoch(text: Value) -> float | None:
    """Seconds since 1970 of an ISO 8601 time; one without an offset is UTC, as Azure writes them."""
    if not isinstance(text, str) or len(text) < 10:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.timestamp() if time.tzinfo else datetime.fromisoformat(text + "+00:00").timestamp()
    except (ValueError, OverflowError):
        return None


def hours_between(time: Value, now: float) -> Value:
    """Hours from `time` to `now` (seconds since 1970); negative when `time` lies after it."""
    seconds = epoch(time)
    return None if seconds is None else (now - seconds) / 3600


def _windows(starts: Value, minutes: Value) -> Value:
    """The crowds among the members that tell their starts; one that does not may be in any of them, or in more."""
    known, others = (starts.known, starts.extra) if isinstance(starts, OpenList) else (starts, 0.0)
    if not isinstance(known, list) or not values.is_number(minutes) or not 0 < minutes < float("inf"):
        return None
    names, weeks = [], []
    for member in known:
        week = member.get("starts") if isinstance(member, dict) else None
        if isinstance(week, Week):
            names.append(member.get("vm"))
            weeks.append(week)
    found: list[Value] = [
        Complete({"at": crowd.at, "vms": [names[position] for position in crowd.members]})
        for crowd in crowds(weeks, minutes)
    ]
    return values.make_list(found, float("inf") if others or len(weeks) < len(known) else 0)


def _busy(load: Value, minutes: Value, percent: Value) -> Value:
    """A start with samples that have no value tells its share and its number above within bounds."""
    if not isinstance(load, loads.Load) or not (values.is_number(minutes) and values.is_number(percent)):
        return None
    if not 0 < minutes < float("inf"):
        return None
    found = []
    for one in loads.busy(load, minutes, percent):
        above: Value = one.above
        share: Value = one.above / one.samples
        if one.missing:
            said = f"{one.missing} of {one.samples} samples of {load.what} from {loads.stamp(one.at)} on have no value"
            why = (Unknown(said, "samples"),)
            above = Bounds(one.above, one.above + one.missing, why)
            share = Bounds(one.above / one.samples, (one.above + one.missing) / one.samples, why)
        told = {"at": loads.stamp(one.at), "share": share, "above": above, "samples": one.samples}
        found.append(Complete(told))
    return found


def _reached(network: Value, where: Value, port: Value, *, walk: bool = False) -> Witness:
    """Whether all that `where` names can be reached, and the first that decides it; `walk`: step by step."""
    if not isinstance(network, Network) or not isinstance(port, str):
        return Witness(None, "", why=(Unknown("what is to be reached, or from where, is not known"),))
    if isinstance(where, OpenList):
        members, whole = where.known, False
    else:
        members, whole = (where if isinstance(where, list) else [where]), True
    ask = network.walked if walk else network.reach
    found = [ask(member, port) for member in members if isinstance(member, str)]
    closed = next((one for one in found if one.answer is False), None)
    if closed is not None:
        return closed
    unknown = [one for one in found if one.answer is None]
    if not found or len(found) < len(members) or not whole:
        missing = Unknown("not all the addresses to be reached are known")
        why = (*(reason for one in unknown for reason in one.why), missing)
        return Witness(None, unknown[0].text if unknown else missing.reason, why=why)
    if len(unknown) > 1:
        return replace(unknown[0], why=tuple(dict.fromkeys(reason for one in unknown for reason in one.why)))
    return unknown[0] if unknown else found[0]


def _can_reach(network: Value, where: Value, port: Value) -> Truth:
    if isinstance(network, Network) and isinstance(where, str) and isinstance(port, str):
        return network.reach(where, port).answer
    return _reached(network, where, port).answer


def _unbound(*_: Value) -> Value:
    return None


WORDS: dict[str, Word] = {
    "version_at_least": Word(
        _version_at_least, ("version", "version"), "dotted numbers, compared by number", doubt=_no_version
    ),
    "same": Word(
        _same, ("any", "any"), "two texts, ignoring case; a thing that is not there is the same as none", doubt=_no_text
    ),
    "at": Word(
        _at,
        ("object", "text"),
        "the value under computed keys, exact first, then ignoring case",
        rest="text",
        doubt=_not_listed,
    ),
    "not": Word(values.negate, ("any",), "yes becomes no; what is not known stays so", partial=True),
    "all": Word(values.all_of, ("list", "condition"), "whether the condition holds for every member"),
    "any": Word(values.any_of, ("list", "condition"), "whether the condition holds for some member"),
    "default": Word(_unbound, ("any", "any"), "the first, or the second where the first is not known", partial=True),
    "holds": Word(_unbound, ("text",), "whether that policy applies and its expectation holds", partial=True),
    "hours_since": Word(hours_between, ("time",), "hours from that time to the time the rows were taken"),
    "windows": Word(
        _windows,
        ("list", "number"),
        "windows of so many minutes (starts exactly that far apart are in two) in which most VMs start, each with `at`"
        " and `vms`",
    ),
    "can_reach": Word(
        _can_reach,
        ("network", "any", "text"),
        "whether every address of a service tag or address (or of a list of them) can be reached at that port, by tcp"
        " unless it says udp/53; Storage is that of the VM's region",
        witness=_reached,
        walked=partial(_reached, walk=True),
    ),
    "busy": Word(
        _busy,
        ("load", "number", "number"),
        "for each scheduled start whose next so many minutes the samples cover: `at`, how many of the `samples` then"
        " lie `above` so many percent, and their `share` (0 to 1)",
    ),
    # JMESPath's own.
    "abs": Word(_own("abs"), ("number",), "JMESPath"),
    "avg": Word(_own("avg"), ("list",), "JMESPath"),
    "ceil": Word(_own("ceil"), ("number",), "JMESPath"),
    "contains": Word(values.contains, ("any", "any"), "JMESPath; true by one known member"),
    "ends_with": Word(_own("ends_with"), ("text", "text"), "JMESPath"),
    "floor": Word(_own("floor"), ("number",), "JMESPath"),
    "join": Word(_own("join"), ("text", "list"), "JMESPath"),
    "keys": Word(_keys, ("object",), "JMESPath"),
    "length": Word(values.length, ("any",), "JMESPath; of a list known in part, bounds"),
    "map": Word(_map, ("body", "list"), "JMESPath"),
    "max": Word(_own("max"), ("list",), "JMESPath"),
    "max_by": Word(_max_by, ("list", "body"), "JMESPath"),
    "merge": Word(_own("merge"), (), "JMESPath", rest="object"),
    "min": Word(_own("min"), ("list",), "JMESPath"),
    "min_by": Word(_min_by, ("list", "body"), "JMESPath"),
    "reverse": Word(_reverse, ("any",), "JMESPath"),
    "sort": Word(_own("sort"), ("list",), "JMESPath"),
    "sort_by": Word(_sort_by, ("list", "body"), "JMESPath"),
    "starts_with": Word(_own("starts_with"), ("text", "text"), "JMESPath"),
    "sum": Word(_own("sum"), ("list",), "JMESPath"),
    "to_array": Word(_to_array, ("any",), "JMESPath"),
    "to_number": Word(_own("to_number"), ("any",), "JMESPath"),
    "to_string": Word(_own("to_string"), ("any",), "JMESPath"),
    "type": Word(_type, ("any",), "JMESPath"),
    "values": Word(values.members, ("object",), "JMESPath"),
}
"""Every word there is; `not_null` is left out on purpose (write `default`)."""
