"""Reads .bicep and .bicepparam files: the user's compiler makes a template of them, the ARM reader reads that."""

import posixpath
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.model import AuthoringError, Origin, SnapreadyError
from scanner.sources.iac import detect, located
from scanner.sources.iac.bicep_places import Finder, Places, source_of
from scanner.sources.iac.bicep_source import used_by
from scanner.sources.iac.bicep_tool import compiled
from scanner.sources.iac.model import Context, Plan
from scanner.sources.iac.predicted import get, text

_PRINTED = "what bicep printed for {}"


def read(file: str, context: Context) -> Plan:
    """What a .bicep file deploys, or the one that a .bicepparam file is for with the values that it gives."""
    if not Path(file).is_file():
        raise SnapreadyError(f"{file}: there is no such file")
    data = compiled(file)
    printed = _json(data, file)
    if not file.lower().endswith(".bicepparam"):
        return _read(data, printed, file, file, None, context)
    template, values = get(printed, "templateJson"), get(printed, "parametersJson")
    if not isinstance(template, str):
        spec = text(get(printed, "templateSpecId"))
        if spec:
            raise SnapreadyError(f"{file} is for the template spec {spec}, which is not fetched: give a local template")
        raise SnapreadyError(f"{file} is for no template (using none, or a version of bicep that prints none)")
    if not isinstance(values, str):
        raise SnapreadyError(f"{_PRINTED.format(file)} holds no parametersJson: update bicep")
    used = _beside(file, used_by(source_of(file)))
    data = template.encode("utf-8", "replace")
    return _read(data, _json(data, file), used or file, file, values, context)


def _json(data: bytes, file: str) -> Any:
    try:
        printed = located.load(data, _PRINTED.format(file))
    except AuthoringError as error:
        shown = data[:200].decode("utf-8", "replace").strip().splitlines()
        first = f", which begins {shown[0][:80]!r}" if shown else ", which is nothing"
        raise SnapreadyError(
            f"{file}: {_PRINTED.format('it')}{first} is no JSON: {error.message} (line {error.line})"
        ) from None
    if not isinstance(printed, located.Object):
        raise SnapreadyError(f"{file}: {_PRINTED.format('it')} is no object, so it is no template")
    return printed


def _beside(file: str, path: str) -> str:
    """The template that a parameter file names, as seen from here; "" for one that is not a local .bicep file."""
    if not path.lower().endswith(".bicep") or ":" in path:
        return ""
    return posixpath.normpath((Path(file).parent / path).as_posix())


def _read(data: bytes, template: Any, source: str, file: str, values: str | None, context: Context) -> Plan:
    """Has the ARM reader read the compiled template, and takes what it says of places back to the source."""
    places = Finder().places(template, source)
    with tempfile.TemporaryDirectory(prefix="snapready-") as folder:
        main, given = Path(folder, "main.json"), Path(folder, "parameters.json")
        main.write_bytes(data)
        names = {str(main): source, str(given): file}
        if values is not None:
            given.write_bytes(values.encode("utf-8", "replace"))
            context = replace(context, parameters=(str(given), *context.parameters))
        try:
            plan = detect.read([str(main)], "arm", context)[0]
        except AuthoringError as error:
            message = f"{_named(error.message, names)} (line {error.line} of the compiled template)"
            raise AuthoringError(message, names.get(error.file, error.file), 0, 0, _named(error.help, names)) from None
        except SnapreadyError as error:
            raise SnapreadyError(_named(str(error), names)) from None
    return _placed(plan, file, places, names)


def _named(message: str, names: dict[str, str]) -> str:
    for path, name in names.items():
        message = message.replace(path, name)
    return message


def _placed(plan: Plan, file: str, places: Places, names: dict[str, str]) -> Plan:
    """The plan with each place in the compiled template as one in the source, or without a line where that is open."""
    starts = Counter(line for line, _ in places)
    lines = {line: origin for (line, _), origin in places.items() if starts[line] == 1 and line > 1}

    def place(origin: Origin | None) -> Origin | None:
        if origin is None or origin.file not in names:
            return origin
        return places.get((origin.line, origin.column)) or Origin(names[origin.file])

    for resource in plan.resources:
        resource.origin = place(resource.origin)
        resource.parts = {}  # of what a declaration holds inside, the source's lines are not known
    plan.unresolved = [
        replace(entry, why=_named(entry.why, names), origin=place(entry.origin)) for entry in plan.unresolved
    ]
    for problem in plan.problems:
        problem.message = _named(problem.message, names)
        if problem.file in names:
            said = lines.get(problem.line) or Origin(names[problem.file])
            problem.file, problem.line = said.file, said.line
    plan.kind, plan.file = "bicep", file
    return plan
