"""Evidence packs on the command line: one is kept of a scan that asks for it."""

import shutil
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.evidence.manifest import Input, Replay
    from scanner.evidence.rows import Recorded
    from scanner.gate import Decision
    from scanner.model import Results
    from scanner.outputs import Report
    from scanner.policy import Policy
    from scanner.reports import Style
    from scanner.scan import Options
    from scanner.source import Source

FORMAT = "evidence"


def split(texts: Sequence[str], said: str) -> tuple[list[str], str | None]:
    """The reports that are formats, and where an evidence pack was asked to be put."""
    packs = [text.partition("=")[2] for text in texts if text.partition("=")[0] == FORMAT]
    rest = [text for text in texts if text.partition("=")[0] != FORMAT]
    if len(packs) > 1:
        raise SnapreadyError(f"{said}: one evidence pack is kept of a scan")
    if packs and packs[0] in ("", "-"):
        raise SnapreadyError(f"{said}: an evidence pack is a folder or a zip file: {FORMAT}=pack.zip")
    return rest or ["text=-"], packs[0] if packs else None


@dataclass(slots=True)
class Keeping:
    """An evidence pack while its scan runs."""

    folder: Path
    target: Path
    recorded: "Recorded | None" = None

    def source(self, source: "Source") -> "Recorded":
        """The source, whose rows are kept as they are read."""
        from scanner.evidence.manifest import ROWS
        from scanner.evidence.rows import Recorded

        if source.stage != "live":
            raise SnapreadyError("--report evidence: a pack is kept of what runs; a plan is in your repository already")
        self.recorded = Recorded(source, self.folder / ROWS)
        return self.recorded

    def close(
        self,
        args: Namespace,
        options: "Options",
        policies: Sequence["Policy"],
        judged: tuple["Results", "Decision"],
        reports: Sequence["Report"],
        anchor: str,
    ) -> None:
        """Adds all else that the scan was made from and what came of it, and puts the pack in its place."""
        import msgspec

        from scanner.evidence.manifest import LEDGER, NAME, README, RESULTS, Manifest, Reports, kept_file, written
        from scanner.evidence.pack import files_in, put
        from scanner.outputs import filed

        if self.recorded is None:
            return
        results, _ = judged
        self._write(LEDGER, msgspec.json.encode(self.recorded.told, order="deterministic") + b"\n")
        self._write(RESULTS, written_as("json", *judged))
        self._copy_policies(args)
        replay = self._replay(args, options, policies, results.run.taken_at)
        style = filed(results, anchor)
        told = Reports({name: report.format for name, report in _named(reports)}, style.anchor, dict(style.files))
        for name, format in told.formats.items():
            self._write(name, written_as(format, *judged, style))
        self._write(README, readme(results).encode())
        files = {name: kept_file(self.folder / name) for name in files_in(self.folder)}
        manifest = Manifest("snapready/evidence/1", results.run.version, results.run.taken_at, replay, told, files)
        self._write(NAME, written(manifest))
        put(self.folder, self.target)

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _write(self, name: str, data: bytes | Iterator[bytes]) -> None:
        with self._path(name).open("wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)

    def _copy_policies(self, args: Namespace) -> None:
        from scanner.policies import BUILT_IN, files

        for name, path in files([BUILT_IN, *map(Path, args.policies or ())]).items():
            shutil.copyfile(path, self._path(f"policies/{name}/policy.yaml"))

    def _input(self, name: str | None, kind: str) -> "Input | None":
        from scanner.evidence.manifest import Input

        if name is None:
            return None
        file = f"inputs/{kind}{Path(name).suffix}"
        shutil.copyfile(name, self._path(file))
        return Input(file, name)

    def _replay(self, args: Namespace, options: "Options", policies: Sequence["Policy"], taken_at: str) -> "Replay":
        import msgspec

        from scanner.commands.waiving import waivers_file
        from scanner.evidence.manifest import TAGS, Asked, Freshness, Replay
        from scanner.inputs import AZURE

        if options.service_tags:
            self._write(TAGS, msgspec.json.encode(options.service_tags) + b"\n")
        return Replay(
            taken_at,
            options.taken_at,
            options.max_age,
            options.group_tag,
            tuple(sorted(options.collected)),
            options.closely is not None,
            tuple(policy.id for policy in policies),
            tuple(args.set or ()),
            Asked(args.fail_on, args.unknown == "fail", args.allow_empty, args.path == [AZURE], bool(args.only_new)),
            self._input(args.configuration.file if args.configuration is not None else None, "configuration"),
            self._input(waivers_file(args), "waivers"),
            self._input(None if args.no_baseline else args.baseline, "baseline"),
            Freshness(options.freshness.limit, options.freshness.scanned) if options.freshness is not None else None,
            TAGS if options.service_tags else None,
        )


@contextmanager
def keeping(target: str | None) -> Iterator[Keeping | None]:
    """An evidence pack in the making, where one was asked for; nothing of it is left if the scan breaks."""
    if target is None:
        yield None
        return
    from scanner.evidence.pack import check_target, workshop

    path = check_target(target)
    try:
        with workshop(path) as folder:
            made = folder / "pack"
            made.mkdir()
            yield Keeping(made, path)
    except OSError as error:
        raise SnapreadyError(f"--report: evidence={target} cannot be written: {error.strerror or error}") from None


def _named(reports: Sequence["Report"]) -> Iterator[tuple[str, "Report"]]:
    """Each report that went to a file, with the name it has in the pack."""
    taken: set[str] = set()
    for report in reports:
        if report.file == "-":
            continue
        name = Path(report.file).name
        while name.lower() in taken:
            name = f"{report.format}-{name}"
        taken.add(name.lower())
        yield f"reports/{name}", report


def written_as(format: str, results: "Results", decision: "Decision", style: "Style | None" = None) -> Iterator[bytes]:
    """A report as a file holds it, piece by piece."""
    from scanner.reports import Style, encoded, writer

    return encoded(writer(format)(results, decision, style or Style()))


def readme(results: "Results") -> str:
    """What stands beside the manifest for whoever opens the pack."""
    run = results.run
    return f"""# Evidence of a scan by snapready {run.version}

What was judged is of {run.taken_at}. `snapready verify` of the same version judges the rows again, with nothing else,
and must come to the same results, byte for byte; it names what was altered.

| | |
|---|---|
| `manifest.json` | every other file with its SHA-256, and how the scan was asked for; sign this one |
| `results.json` | each verdict, with its reason and what it stood on |
| `rows.ndjson.gz` | the rows that were judged, cut to what the policies read |
| `ledger.json` | what was read and what was not, by subscription and type |
| `policies/` | the policies that judged |
| `inputs/` | configuration, waivers and baseline as they were given, if they were |
| `reports/` | the reports that were written with it, if there were any; verify writes them again and compares |
"""
