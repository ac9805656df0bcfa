"""Where reports go: the files that were asked for, the terminal, and the repository whose file findings name."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import get_terminal_size

from scanner.facts.needs import need as lacking
from scanner.gate import Decision
from scanner.language.parse import suggest
from scanner.model import Results, SnapreadyError
from scanner.reports import Style, encoded, formats, missing, writer


@dataclass(frozen=True, slots=True)
class Report:
    """One report that was asked for; the file - is standard output."""

    format: str
    file: str


def asked(texts: Sequence[str], said: str = "--report") -> list[Report]:
    """Every `FORMAT=FILE`, which `said` asks for; raises before anything is read where one cannot be written."""
    found = [_report(text, said) for text in texts]
    if sum(report.file == "-" for report in found) > 1:
        raise SnapreadyError(f"{said}: only one report can go to standard output")
    return found


def _report(text: str, said: str) -> Report:
    name, equals, file = text.partition("=")
    if name == "evidence":
        raise SnapreadyError(f"{said}: an evidence pack is kept of a scan: snapready scan PATH… --report {text}")
    check(name, said)
    if not equals or not file:
        raise SnapreadyError(f"{said}: {text!r} is not FORMAT=FILE (FILE - is standard output)")
    if file != "-" and not Path(file).parent.is_dir():
        raise SnapreadyError(f"{said}: the folder {Path(file).parent} is not there")
    return Report(name, file)


def check(name: str, said: str) -> None:
    """Raises SnapreadyError where there is no such format, or what it needs is not installed."""
    if name not in formats():
        raise SnapreadyError(
            f"{said}: there is no format {name!r}{suggest(name, formats())}; there are {', '.join(formats())}"
        )
    if package := missing(name):
        raise SnapreadyError(
            f"{said}: the {name} report needs the package {package}, which is not installed\n"
            f"  help: pip install 'snapready[{name}]'"
        )


def anchor(given: str | None) -> str:
    """The file that findings hang on, from the repository's root: `given`, else the first that is there of
    snapready.yaml, a workflow and README.md."""
    root = _root(Path.cwd())
    if given is None:
        workflows = sorted((root / ".github" / "workflows").glob("*.y*ml"))
        usual = [Path.cwd() / "snapready.yaml", root / "snapready.yaml", *workflows]
        path = next((path for path in usual if path.is_file()), root / "README.md")
    else:
        path = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow a link out of the repository
        if not path.is_file():
            raise SnapreadyError(f"--anchor: there is no file {given}")
    if not path.is_relative_to(root):
        raise SnapreadyError(f"--anchor: {given} is not in the repository {root}")
    return path.relative_to(root).as_posix()


def _in_repository(files: Iterable[str]) -> dict[str, str]:
    root = _root(Path.cwd())
    paths = {file: Path(os.path.abspath(file)) for file in files}  # noqa: PTH100 - as above
    return {file: path.relative_to(root).as_posix() for file, path in paths.items() if path.is_relative_to(root)}


def _root(folder: Path) -> Path:
    """The repository that a folder is in; the folder itself where it is in none."""
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), folder)


def write(reports: Sequence[Report], results: Results, decision: Decision, anchor: str) -> None:
    """Writes each report to its file."""
    as_file = filed(results, anchor)
    for report in reports:
        shown = as_file if report.file != "-" else replace(style(), anchor=anchor, files=as_file.files)
        pieces = writer(report.format)(results, decision, shown)
        if report.file == "-":
            _print(pieces)
            continue
        try:
            _put(Path(report.file), encoded(pieces))
        except OSError as error:
            raise SnapreadyError(f"--report: {report.file} cannot be written: {error.strerror or error}") from None


def filed(results: Results, anchor: str) -> Style:
    """What a report needs to know that goes to a file."""
    origins = [*results.origins.values(), *(change.origin for change in results.changes.values() if change.origin)]
    return Style(anchor=anchor, files=_in_repository(sorted({origin.file for origin in origins})))


def _print(pieces: Iterable[str | bytes]) -> None:
    for piece in pieces:
        if isinstance(piece, str):
            sys.stdout.write(piece)
        else:
            sys.stdout.buffer.write(piece)


def _put(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes the file as a whole or not at all: what was there stays until the new one is complete."""
    if path.exists() and not path.is_file():  # a pipe, a device: there is nothing to put in its place
        with path.open("wb") as stream:
            stream.writelines(pieces)
        return
    path = path.resolve()  # a link stays one
    part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.writelines(pieces)
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def style() -> Style:
    """What standard output can show."""
    terminal = sys.stdout.isatty()
    colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Style(min(get_terminal_size((100, 24)).columns, 160) if terminal else 100, colour)


def close(results: Results, decision: Decision) -> None:
    """The last lines on stderr: what is unknown by what would settle it, and why the exit code is what it is."""
    needs: Counter[str] = Counter()
    unknown = 0
    for judged in results.judged:
        for _, outcome in judged.with_verdict("unknown"):
            unknown += 1
            needs.update(outcome.needs or ("",))
    if unknown:
        told = ", ".join(
            f"{count} need {lacking(need, results.run.stage).label}" for need, count in needs.most_common()
        )
        print(f"snapready: {unknown} unknown: {told}", file=sys.stderr)
    print(f"snapready: exit {decision.code}: {decision.why}", file=sys.stderr)
