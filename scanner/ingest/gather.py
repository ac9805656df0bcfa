"""Reads files into one row of guest facts for each VM; what cannot be used is said, and the rest is kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scanner.ingest.machines import Machines, Unnamed, is_vm
from scanner.ingest.outputs import outputs_in
from scanner.ingest.table import is_table, rows_in
from scanner.ingest.told import Passed, Read, Told, Unusable
from scanner.language.words import epoch
from scanner.model import Problem, Row, SnapreadyError
from scanner.rowtypes import GUEST_FACTS, subscription_of
from scanner.sources.document import Malformed
from scanner.sources.stream import READ_ERRORS, opened

_SCHEMA = Path(__file__).parents[1] / "schemas" / "guestfacts.schema.json"
_FIRST_LINE = 64 << 10


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say of outputs that do not say it themselves."""

    machines: Machines
    collected_at: str | None = None
    source: str | None = None


@dataclass(slots=True)
class Gathered:
    """`rows` by VM's id. Problems that are incomplete are of outputs, or parts of them, that could not be used."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    older: int = 0
    """Outputs in whose place a newer one of the same VM, or the same again, was taken."""
    others: int = 0
    """What was passed over, as it is not meant to tell guest facts."""

    def say(self, message: str, file: str, line: int = 0, *, incomplete: bool = True) -> None:
        name = "standard input" if file == "-" else file
        self.problems.append(Problem(message, name, line, incomplete))


def gather(files: Sequence[str], given: Given) -> Gathered:
    """Reads every file; raises SnapreadyError where the options cannot be meant."""
    if given.collected_at is not None and epoch(given.collected_at) is None:
        raise SnapreadyError(f"--collected-at: {given.collected_at!r} is no time; write 2026-11-22T01:00:00Z")
    done = Gathered()
    told = [(file, each) for file in files for each in _of_file(file, done)]
    nameless = [file for file, each in told if not each.vm]
    if given.machines.vm and len(nameless) > 1:
        raise SnapreadyError(
            f"--vm names one VM, and {len(nameless)} outputs name none ({nameless[0]}, {nameless[1]}, …): give --map,"
            " or one file"
        )
    found: dict[str, list[tuple[str, int, Row]]] = {}
    for file, each in told:
        row = _row(file, each, given, done)
        if row is not None:
            found.setdefault(row["id"].lower(), []).append((file, each.line, row))
    done.rows = [row for _, rows in sorted(found.items()) if (row := _newest(rows, done)) is not None]
    return done


def files_of(paths: Sequence[str], but: str = "") -> list[str]:
    """The files to read: of folders every file in them that is not hidden, but not the one to be written."""
    found: list[str] = []
    for path in paths:
        try:
            inside = path != "-" and Path(path).is_dir()
            if path != "-":
                Path(path).stat()
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            why = "no such file or folder" if missing else f"cannot be read: {_why(error)}"
            raise SnapreadyError(f"{path}: {why}") from None
        found += _inside(Path(path), but) if inside else [path]
    return found


def _inside(folder: Path, but: str) -> list[str]:
    hidden = [each for each in folder.rglob("*") if any(part[0] == "." for part in each.relative_to(folder).parts)]
    files = sorted({each for each in folder.rglob("*") if each.is_file()}.difference(hidden))
    kept = [str(each) for each in files if not but or each.absolute() != Path(but).absolute()]
    if not kept:
        raise SnapreadyError(f"{folder}: the folder holds no file")
    return kept


def _of_file(file: str, done: Gathered) -> Iterator[Told]:
    """What one file tells; what it does not is said."""
    found = alone = 0
    told: list[Told] = []
    try:
        for read in _read(file, done):
            found += 1
            if isinstance(read, Unusable):
                done.say(read.why, file, read.line)
            elif isinstance(read, Passed):
                done.others += 1
            else:
                told.append(read)
                alone += not read.vm
    except Malformed as error:
        found += 1
        done.say(f"{error.message}; what came before it is kept", file, error.line)
    except SnapreadyError as error:
        found += 1
        done.say(str(error), file)
    except READ_ERRORS as error:
        found += 1
        why = "it is not UTF-8 text" if isinstance(error, UnicodeError) else _why(error)
        done.say(f"the file cannot be read: {why}", file)
    if not found:
        done.say("the file holds no output of a script, and no row", file)
    if alone > 1:
        done.say(f"the file holds {alone} outputs that name no VM: save one file for each VM", file)
    yield from (each for each in told if each.vm or alone == 1)


def _read(file: str, done: Gathered) -> Iterator[Read]:
    with opened(file) as stream:
        first = stream.peek(_FIRST_LINE)[:_FIRST_LINE].lstrip().split(b"\n", 1)[0].decode("utf-8", "replace")
        if not is_table(file, first):
            yield from outputs_in(stream)
            return
        yield from rows_in(stream.read().decode(), lambda note: done.say(note, file, 1, incomplete=False))


def _row(file: str, told: Told, given: Given, done: Gathered) -> Row | None:
    """The row of one output; None where it cannot be told which VM it is of, or when it was collected."""
    vm = told.vm.rstrip("/")
    try:
        vm = vm or given.machines.of(file)
        if told.vm and given.machines.vm and vm.lower() != given.machines.vm.lower():
            raise Unnamed(f"it is of {vm}, and --vm names another VM")
        if not is_vm(vm):
            raise Unnamed(f"{vm[:80]!r} is no id of a VM")
    except Unnamed as error:
        done.say(str(error), file, told.line)
        return None
    facts = {name: value for name, value in told.facts.items() if name not in ("collectedAt", "source")}
    said = told.facts.get("collectedAt")
    if said is not None and epoch(said) is None:
        done.say(f"collectedAt is no time: {said!r:.40}", file, told.line)
        return None
    time = said if said is not None else given.collected_at
    if time is None:
        done.say("it does not say when it was collected: give --collected-at TIME", file, told.line)
        return None
    source = told.source or given.source or told.usual
    properties = {"collectedAt": time, "source": source, **_sound(facts, file, told.line, done)}
    return {
        "id": f"{vm}/guestFacts",
        "type": GUEST_FACTS,
        "subscriptionId": subscription_of(vm),
        "properties": properties,
    }


def _sound(facts: dict[str, Any], file: str, line: int, done: Gathered) -> dict[str, Any]:
    """The facts without those that are not of the schema's shape, which nobody would understand."""
    kept = dict(facts)
    for error in sorted(_validator().iter_errors(facts), key=lambda error: [str(part) for part in error.path]):
        name = str(error.path[0]) if error.path else ""
        if kept.pop(name, None) is not None:
            where = ".".join(str(part) for part in error.path)
            done.say(f"{where}: {error.message[:100]}; {name} is left out", file, line)
    return kept


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads(_SCHEMA.read_text("utf-8"))["properties"]["properties"]
    return Draft202012Validator({**schema, "required": []})


def _newest(rows: list[tuple[str, int, Row]], done: Gathered) -> Row | None:
    """Of several outputs of one VM the newest; None where two of the same time do not say the same."""
    times = [epoch(row["properties"]["collectedAt"]) or 0 for _, _, row in rows]
    last = [each for each, time in zip(rows, times, strict=True) if time == max(times)]
    file, line, row = last[0]
    other = next((each for each in last if _facts(each[2]) != _facts(row)), None)
    if other is not None:
        what = f"two outputs of {row['properties']['collectedAt']} tell different facts of one VM, which is left out"
        done.say(f"{what}; the other: {Problem('', other[0], other[1]).place()}", file, line)
        return None
    done.older += len(rows) - 1
    return row


def _facts(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row["properties"].items() if name != "source"}


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
