"""Reads guest facts from a CSV table, as inventories and management tools export it: a line a VM, or an interface."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from scanner.ingest.told import Told, Unusable
from scanner.model import SnapreadyError

VM_COLUMNS = ("vm", "vmid", "resourceid", "id")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NONE = ("none", "false", "no")
_SHOWN = 6
_BESIDE = "and another cell say that there is one and that there is none"
_HOW = "docs/collecting-guest-facts.md lists the columns: vm, agent.version, interfaces.dhcp, …"


class _Wrong(Exception):
    """Why a cell cannot be read."""


def _flag(cell: str) -> bool:
    if cell.lower() not in _WORDS:
        raise _Wrong("is neither true nor false")
    return _WORDS[cell.lower()]


def _port(cell: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", cell) or not 0 < int(cell) < 65536:
        raise _Wrong("is no port")
    return int(cell)


def _addresses(cell: str) -> list[str]:
    return re.split(r"[\s;,]+", cell)


def _none(cell: str) -> bool:
    if cell.lower() not in _NONE:
        raise _Wrong("must be none, or empty where that is not known")
    return False


def _object(cell: str) -> Any:
    """A collection is told whole or not at all, for what is not in it is known not to be there."""
    if cell.lower() in _NONE:
        return False
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _Wrong("is no JSON object of all there is, nor none")
    return value


COLUMNS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (r"collectedAt", str),
    (r"source", str),
    (r"agent\.version", str),
    (r"agent\.(?:running|extensionsEnabled)", _flag),
    (r"interfaces\.(?:name|mac)", str),
    (r"interfaces\.dhcp", _flag),
    (r"services\.[^.]+(?:\.[^.]+)*\.(?:status|startup)", str),
    (r"services\.[^.]+", _none),
    (r"proxy", _none),
    (r"proxy\.host", str),
    (r"proxy\.port", _port),
    (r"proxy\.addresses", _addresses),
    (r"proxy\.authenticated", _flag),
    (r"platformEndpoint\.[0-9]{1,5}", _flag),
    (r"registry\..+", _object),
    (r"vssWriters", _object),
)
"""How the cells of a column are read, by its name."""

_LEAVES = {
    name.lower(): name
    for name in ("collectedAt", "extensionsEnabled", "platformEndpoint", "vssWriters", "interfaces", "services")
}


def is_table(name: str, first: str) -> bool:
    """Whether a file is a table: by its name, or by a first line that has a column for the VM."""
    if name.lower().endswith((".csv", ".tsv")):
        return True
    return first[:1] not in "{[" and any(_plain(cell) in VM_COLUMNS for cell in _split(first))


def _plain(cell: str) -> str:
    return re.sub(r"[\s_-]", "", cell.strip().strip('"').lower())


def _separator(first: str) -> str:
    return max("\t;,", key=first.count)


def _split(first: str) -> list[str]:
    try:
        return next(csv.reader([first], delimiter=_separator(first)), [])
    except csv.Error:
        return []


def rows_in(text: str, say: Callable[[str], None]) -> Iterator[Told | Unusable]:
    """The facts of each VM of a table, in the order of its lines. `say` hears which columns are not read.

    Raises SnapreadyError where its head names no VM or no fact.
    """
    separator = _separator(text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    head = _Head(next(reader, []), say)
    found: dict[str, Told | None] = {}
    """By VM; None for one of which two lines do not say the same."""
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head.cells):
                yield Unusable(f"the line has {len(cells)} cells, and the head {len(head.cells)}", reader.line_num)
                continue
            vm, facts, wrong = head.read(cells)
            for why in wrong:
                yield Unusable(why, reader.line_num)
            told = Told(facts, facts.get("source", ""), vm, reader.line_num, "csv")
            before = found.setdefault(vm.lower(), told)
            if before is not None and before is not told:
                merged = _merged(before.facts, facts)
                found[vm.lower()] = None if merged is None else replace(before, facts=merged)
                if merged is None:
                    line = f"line {before.line} tells something else of the VM, which is left out"
                    yield Unusable(line, reader.line_num)
    except csv.Error as error:
        yield Unusable(f"the table breaks off: {error}", reader.line_num)
    yield from (told for told in found.values() if told is not None)


class _Head:
    """The columns of a table: which holds the VM's id, and of the others how each is read."""

    def __init__(self, cells: list[str], say: Callable[[str], None]) -> None:
        self.cells = [cell.strip() for cell in cells]
        vms = [at for at, cell in enumerate(self.cells) if _plain(cell) in VM_COLUMNS]
        if not vms:
            raise SnapreadyError(f"the table has no column vm with the VM's resource id; {_HOW}")
        self._vm = vms[0]
        self._columns: dict[int, tuple[list[str], Callable[[str], Any]]] = {}
        for at, cell in enumerate(self.cells):
            known = next((read for name, read in COLUMNS if re.fullmatch(name, cell, re.IGNORECASE)), None)
            if known is not None:
                self._columns[at] = (_path(cell), known)
        if not any(path[0] not in ("collectedAt", "source") for path, _ in self._columns.values()):
            raise SnapreadyError(f"the table has no column of a guest fact, only {_shown(self.cells)}; {_HOW}")
        unread = [cell for at, cell in enumerate(self.cells) if at != self._vm and at not in self._columns]
        if unread:
            say(f"columns that are not read: {_shown(unread)}; {_HOW}")

    def read(self, cells: list[str]) -> tuple[str, dict[str, Any], list[str]]:
        """The VM of a line, its facts, and why cells are left out."""
        facts: dict[str, Any] = {}
        wrong = []
        for at, (path, read) in self._columns.items():
            cell = cells[at].strip()
            try:
                if cell:
                    _put(facts, path, read(cell))
            except _Wrong as error:
                wrong.append(f"{self.cells[at]}: {cell[:40]!r} {error}; it is left out")
        proxy = facts.get("proxy", False)
        if proxy is not False and not ("host" in proxy and "port" in proxy):
            del facts["proxy"]
            wrong.append("a proxy needs proxy.host and proxy.port; it is left out")
        return cells[self._vm].strip(), facts, wrong


def _shown(cells: list[str]) -> str:
    more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
    return f"{', '.join(cells[:_SHOWN])}{more}"


def _path(name: str) -> list[str]:
    """The keys that lead to a fact: what stands between the first dot and the last may hold dots itself."""
    first, dot, rest = name.partition(".")
    first = _LEAVES.get(first.lower(), first.lower())
    if first == "registry":
        return [first, rest]
    if first == "services":
        service, ends, last = rest.rpartition(".")
        if ends and last.lower() in ("status", "startup"):
            return [first, service, last.lower()]
        return [first, rest]
    return [first, _LEAVES.get(rest.lower(), rest.lower())] if dot else [first]


def _put(facts: dict[str, Any], path: list[str], value: Any) -> None:
    """Puts a value where it belongs; interfaces are a list, of which a line tells one."""
    if path[0] == "interfaces":
        facts.setdefault("interfaces", [{}])[0][path[1]] = value
        return
    for key in path[:-1]:
        below = facts.setdefault(key, {})
        if not isinstance(below, dict):
            del facts[key]
            raise _Wrong(_BESIDE)
        facts = below
    if isinstance(facts.get(path[-1]), dict) and value is False:
        del facts[path[-1]]
        raise _Wrong(_BESIDE)
    facts[path[-1]] = value


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """Both together; None where they contradict each other. Interfaces of several lines add up."""
    found = dict(one)
    for name, value in other.items():
        held = found.get(name)
        if name == "interfaces" and held is not None:
            found[name] = [*held, *(each for each in value if each not in held)]
        elif isinstance(held, dict) and isinstance(value, dict) and name != "vssWriters":
            below = _merged(held, value)
            if below is None:
                return None
            found[name] = below
        elif name in found and held != value:
            return None
        else:
            found[name] = value
    return found
