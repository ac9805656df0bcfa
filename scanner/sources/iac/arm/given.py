"""The parameter values that a user gives: files in either form that Azure's tools take, and NAME=VALUE."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.model import Problem, SnapreadyError
from scanner.sources.iac import located

_ASSIGNED = re.compile(r"^([A-Za-z_][\w.-]*)=(.*)$", re.DOTALL)
_ENTRY = {"value", "reference", "metadata", "expression"}


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given. `text`: it came as NAME=VALUE, so its parameter's type says how to read it."""

    name: str
    value: Any = None
    text: str | None = None
    unknown: str = ""
    """Why the value cannot be known, though one is given: it is fetched from a key vault."""
    file: str = ""
    line: int = 0


class GivenValues(dict[str, Given]):
    """Given values by their parameter's name in lower case: names of parameters ignore case."""

    def put(self, given: Given) -> None:
        self[given.name.lower()] = given


def given_values(sources: Iterable[str], values: Mapping[str, Any], problems: list[Problem]) -> GivenValues:
    """What the user gave, in order: of two values for one parameter the later one counts."""
    found = GivenValues()
    for source in sources:
        assigned = _ASSIGNED.match(source)
        path = Path(source.removeprefix("@"))
        if assigned and not path.is_file():
            found.put(Given(assigned[1], text=assigned[2]))
        else:
            _from_file(path, found, problems)
    for name, value in values.items():
        found.put(Given(name, value))
    return found


def _from_file(path: Path, found: GivenValues, problems: list[Problem]) -> None:
    if not path.is_file():
        raise SnapreadyError(f"{path}: there is no such parameter file; a single value is given as NAME=VALUE")
    whole = located.load(path.read_bytes(), str(path), problems)
    if not isinstance(whole, dict):
        raise SnapreadyError(f"{path}: a parameter file is an object of parameters, this is none")
    inside = whole.get("parameters")
    lines = whole
    if isinstance(inside, dict) and (_is_parameter_file(whole) or _entries(inside)):
        entered, lines = True, inside
    else:
        entered = bool(whole) and _entries(whole)
    for name, entry in lines.items():
        if name == "$schema":
            continue
        line = lines.at(name)[0] if isinstance(lines, located.Object) else 0
        found.put(entry_of(name, entry, str(path), line) if entered else Given(name, entry, file=str(path), line=line))


def _is_parameter_file(whole: Mapping[str, Any]) -> bool:
    schema = whole.get("$schema")
    return "contentVersion" in whole or (isinstance(schema, str) and "deploymentparameters" in schema.lower())


def _entries(entries: Mapping[str, Any]) -> bool:
    """Whether every member is `{"value": …}` or `{"reference": …}`."""
    return all(
        isinstance(entry, dict) and entry and {word.lower() for word in entry} <= _ENTRY for entry in entries.values()
    )


def entry_of(name: str, entry: Any, file: str, line: int) -> Given:
    """One parameter as `{"value": …}` or `{"reference": …}`, in a file or passed to a nested deployment."""
    if isinstance(entry, dict):
        entry = {word.lower(): value for word, value in entry.items()}
        if "value" in entry:
            return Given(name, entry["value"], file=file, line=line)
        if "reference" in entry:
            return Given(name, unknown=f"parameter {name} is fetched from a key vault", file=file, line=line)
        if "expression" in entry:
            return Given(name, unknown=f"parameter {name} is given by an expression", file=file, line=line)
    return Given(name, unknown=f"parameter {name} is given without a value", file=file, line=line)
