"""Evidence packs on the command line: one is kept of a scan that asks for it, and snapready verify replays one."""

import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.evidence.manifest import Input, Manifest, Replay
    from scanner.evidence.rows import Recorded
    from scanner.gate import Decision
    from scanner.model import Results
    from scanner.outputs import Report
    from scanner.policy import Policy
    from scanner.scan import Options
    from scanner.source import Source

FORMAT = "evidence"
_ROWS, _LEDGER, _RESULTS, _TAGS = "rows.ndjson.gz", "ledger.json", "results.json", "inputs/service-tags.json"
_SAID = 10


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
        from scanner.evidence.rows import Recorded

        if source.stage != "live":
            raise SnapreadyError("--report evidence: a pack is kept of what runs; a plan is in your repository already")
        self.recorded = Recorded(source, self.folder / _ROWS)
        return self.recorded

    def close(
        self,
        args: Namespace,
        options: "Options",
        policies: Sequence["Policy"],
        judged: tuple["Results", "Decision"],
        reports: Sequence["Report"],
    ) -> None:
        """Adds all else that the scan was made from and what came of it, and puts the pack in its place."""
        import msgspec

        from scanner.evidence.manifest import NAME, Manifest, kept_file, written
        from scanner.evidence.pack import files_in, put

        if self.recorded is None:
            return
        results, _ = judged
        self._write(_LEDGER, msgspec.json.encode(self.recorded.told, order="deterministic") + b"\n")
        self._write(_RESULTS, _json(*judged))
        self._copy_policies(args)
        replay = self._replay(args, options, policies, results.run.taken_at)
        for name, report in _named(reports):
            shutil.copyfile(report.file, self._path(f"reports/{name}"))
        self._write("README.md", _readme(results).encode())
        files = {name: kept_file(self.folder / name) for name in files_in(self.folder)}
        manifest = Manifest("snapready/evidence/1", results.run.version, results.run.taken_at, replay, files)
        self._write(NAME, written(manifest))
        put(self.folder, self.target)

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _write(self, name: str, data: bytes) -> None:
        self._path(name).write_bytes(data)

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
        from scanner.evidence.manifest import Asked, Replay
        from scanner.inputs import AZURE

        if options.service_tags:
            self._write(_TAGS, msgspec.json.encode(options.service_tags) + b"\n")
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
            _TAGS if options.service_tags else None,
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
        yield name, report


def _json(results: "Results", decision: "Decision") -> bytes:
    from scanner.reports import Style, encoded, writer

    return b"".join(encoded(writer("json")(results, decision, Style())))


def _readme(results: "Results") -> str:
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
| `reports/` | the reports that were written with it, if there were any |
"""


def verify_command(args: Namespace) -> int:
    """snapready verify"""
    from scanner import __version__
    from scanner.evidence.pack import faults, manifest_of, opened

    with opened(args.pack) as folder:
        manifest = manifest_of(folder, args.pack)
        print(f"{args.pack}: rows of {manifest.taken_at}, judged by snapready {manifest.version}")
        altered = faults(folder, manifest)
        if altered:
            print("\n".join(altered))
            print("snapready: the pack is not what was made: it proves nothing", file=sys.stderr)
            return 1
        print(f"{len(manifest.files)} files are as the manifest says")
        differs = _differences(folder, manifest, args.pack)
    if not differs:
        print("judged again: the same results, byte for byte")
        return 0
    print("\n".join(differs[:_SAID]))
    if len(differs) > _SAID:
        print(f"and {len(differs) - _SAID} more")
    if manifest.version != __version__:
        print(
            f"snapready: this is {__version__}, and the pack was made by {manifest.version}, which may judge otherwise:"
            f" verify it with snapready=={manifest.version}",
            file=sys.stderr,
        )
        return 2
    print("snapready: the results are not what these rows and policies lead to", file=sys.stderr)
    return 1


def _differences(folder: Path, manifest: "Manifest", place: str) -> list[str]:
    """How the results of the pack differ from those of a replay."""
    try:
        replayed = _replayed(folder, manifest)
        recorded = (folder / _RESULTS).read_bytes()
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapreadyError(f"{place}: cannot be judged again: {error}") from None
    return [] if replayed == recorded else _said(recorded, replayed)


def _replayed(folder: Path, manifest: "Manifest") -> bytes:
    """results.json as the rows, policies and inputs of the pack make it."""
    from dataclasses import replace

    import msgspec

    from scanner.commands.baseline import tracked_by
    from scanner.evidence.rows import Replayed
    from scanner.gate import Gate, decide
    from scanner.scan import scan

    asked = manifest.replay
    policies, options = _asked(folder, manifest)
    told = msgspec.json.decode((folder / _LEDGER).read_bytes())
    results = scan(Replayed(folder / _ROWS, told), policies, options)
    results = replace(results, run=replace(results.run, version=manifest.version))
    if asked.baseline is not None:
        results = tracked_by(str(folder / asked.baseline.file), results, asked.baseline.name)
    gate = asked.gate
    decision = decide(results, Gate(gate.fail_on, gate.unknown_fails, gate.allow_empty, gate.live, gate.only_new))
    return _json(results, decision)


def _asked(folder: Path, manifest: "Manifest") -> tuple[list["Policy"], "Options"]:
    """The policies and options of the scan, from the files of the pack under the names they had."""
    import msgspec

    from scanner import authored
    from scanner.commands.choice import adjusted, policies_of
    from scanner.commands.waiving import waiving_by
    from scanner.config.declared import declared_rows
    from scanner.evaluate import EVERYONE
    from scanner.policies import names
    from scanner.scan import Options
    from scanner.waivers.file import read_waivers

    asked = manifest.replay
    given = asked.configuration
    configuration = (
        None if given is None else authored.read(folder / given.file, "config", "the configuration", given.name)
    )
    args = Namespace(configuration=configuration, policies=[str(folder / "policies")], set=list(asked.set))
    library = policies_of(args)
    known = names([folder / "policies"])
    waivers = None if asked.waivers is None else read_waivers(str(folder / asked.waivers.file), asked.waivers.name)
    params = adjusted(args).params
    options = Options(
        now=asked.now,
        taken_at=asked.taken_at,
        max_age=asked.max_age,
        group_tag=asked.group_tag,
        collected=frozenset(asked.collected),
        closely=EVERYONE if asked.all_evidence else None,
        parameters={policy: {name: each.value for name, each in values.items()} for policy, values in params.items()},
        configuration=tuple(each.name for each in (given, asked.waivers) if each is not None),
        waiving=waiving_by(waivers, configuration, known),
        service_tags=(
            tuple(msgspec.json.decode((folder / asked.service_tags).read_bytes())) if asked.service_tags else ()
        ),
        declared=declared_rows(configuration),
    )
    return [library[name] for name in asked.select], options


def _said(recorded: bytes, replayed: bytes) -> list[str]:
    """Which results differ, and whether anything else does."""
    import json

    try:
        before, after = json.loads(recorded), json.loads(replayed)
        old, new = ({(one["policy"], one["resource"]): one for one in value["results"]} for value in (before, after))
    except (ValueError, KeyError, TypeError):
        return [f"{_RESULTS} is not what a replay writes"]
    found = []
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key):
            continue
        was, now = (one[key]["verdict"] if key in one else "not judged" for one in (old, new))
        also = "" if was != now else ", for another reason"
        found.append(f"{key[0]} on {key[1]}: {was} in {_RESULTS}, {now} when judged again{also}")
    others = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return found or [f"{_RESULTS} differs from what a replay writes in {', '.join(others) or 'its layout'}"]
