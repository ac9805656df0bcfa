"""snapready verify: judges the rows of an evidence pack again, writes its reports again, and names what was altered."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from scanner.commands.command import Command, Parser
from scanner.model import SnapreadyError, several

if TYPE_CHECKING:
    from scanner.evidence.manifest import Manifest
    from scanner.gate import Decision
    from scanner.model import Results
    from scanner.policy import Policy
    from scanner.scan import Options

_SAID = 10


def verify_command(args: Namespace) -> int:
    """snapready verify"""
    from scanner import __version__
    from scanner.evidence.unpack import opened, shown

    with opened(args.pack) as taken:
        manifest = taken.manifest
        print(f"{args.pack}: rows of {shown(manifest.taken_at)}, judged by snapready {shown(manifest.version)}")
        if taken.altered:
            _say(taken.altered)
            print("snapready: the pack is not what was made: it proves nothing", file=sys.stderr)
            return 1
        print(f"{several(len(manifest.files), 'file is', 'files are')} as the manifest says")
        other = manifest.version != __version__
        try:
            differs = taken.unfit or _differences(taken.folder, manifest)
        except SnapreadyError as error:
            why = str(error).replace(f"{taken.folder}/", "")
            raise SnapreadyError(
                f"{args.pack}: cannot be judged again: {why}" + (f"\n  help: {_made(manifest)}" if other else "")
            ) from None
    if not differs:
        print(f"judged again{f' by snapready {__version__}' if other else ''}: the same results, byte for byte")
        if manifest.reports.formats:
            print(f"written again: the same reports, {len(manifest.reports.formats)}")
        return 0
    _say(differs)
    if other:
        print(f"snapready: {_made(manifest)}", file=sys.stderr)
        return 2
    print("snapready: the pack is not what these rows and policies lead to", file=sys.stderr)
    return 1


def _say(lines: list[str]) -> None:
    print("\n".join(lines[:_SAID]))
    if len(lines) > _SAID:
        print(f"and {len(lines) - _SAID:,} more")


def _made(manifest: "Manifest") -> str:
    from scanner import __version__

    return (
        f"this is {__version__}, and the pack was made by {manifest.version!r}, which may judge otherwise:"
        f" verify it with snapready=={manifest.version}"
    )


def _differences(folder: Path, manifest: "Manifest") -> list[str]:
    """How the pack differs from what a replay makes; raises SnapreadyError where there can be none."""
    from scanner.commands.evidence import readme, written_as
    from scanner.evidence.manifest import NAME, README, RESULTS

    try:
        results, decision = _replayed(folder, manifest)
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
        raise SnapreadyError(f"its rows or inputs are not what a scan keeps ({why})") from None
    recorded = (folder / RESULTS).read_bytes()
    replayed = b"".join(written_as("json", results, decision))
    if replayed != recorded:
        return _said(recorded, replayed)
    found = _reports(folder, manifest, (results, decision))
    if (folder / README).read_bytes() != readme(results).encode():
        found.append(f"{README} was altered: it is not the one that snapready writes")
    if results.run.taken_at != manifest.taken_at:
        found.append(f"{NAME} was altered: takenAt is not that of {RESULTS}")
    return found


def _replayed(folder: Path, manifest: "Manifest") -> tuple["Results", "Decision"]:
    """The results and the gate as the rows, policies and inputs of the pack make them."""
    from dataclasses import replace

    from scanner.commands.baseline import tracked_by
    from scanner.evidence.manifest import ROWS
    from scanner.evidence.rows import Replayed
    from scanner.gate import Gate, decide
    from scanner.scan import scan

    asked = manifest.replay
    policies, options = _asked(folder, manifest)
    results = scan(Replayed(folder / ROWS, _told(folder)), policies, options)
    results = replace(results, run=replace(results.run, version=manifest.version))
    if asked.baseline is not None:
        results = tracked_by(str(folder / asked.baseline.file), results, asked.baseline.name)
    gate = asked.gate
    return results, decide(results, Gate(gate.fail_on, gate.unknown_fails, gate.allow_empty, gate.live, gate.only_new))


def _told(folder: Path) -> Any:
    """What the source of the rows told."""
    import msgspec

    from scanner.evidence.manifest import LEDGER
    from scanner.ledger import Ledger

    try:
        told = msgspec.json.decode((folder / LEDGER).read_bytes())
        Ledger.restored(told)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SnapreadyError(f"{LEDGER} is not what a scan writes ({type(error).__name__}: {error})") from None
    return told


def _asked(folder: Path, manifest: "Manifest") -> tuple[list["Policy"], "Options"]:
    """The policies and options of the scan, from the files of the pack under the names they had."""
    import msgspec

    from scanner import authored
    from scanner.commands.choice import adjusted, policies_of, unasked
    from scanner.commands.waiving import waiving_by
    from scanner.config.declared import declared_rows
    from scanner.evaluate import EVERYONE
    from scanner.policies import names
    from scanner.scan import Freshness, Options
    from scanner.waivers.file import read_waivers

    asked = manifest.replay
    given = asked.configuration
    configuration = (
        None if given is None else authored.read(folder / given.file, "config", "the configuration", given.name)
    )
    args = Namespace(configuration=configuration, policies=[str(folder / "policies")], set=list(asked.set))
    library = policies_of(args, built_in=False)  # the pack has all there were, and nothing from outside stands in
    if lost := [name for name in asked.select if name not in library]:
        raise SnapreadyError(f"the manifest selects a policy that is not in the pack: {', '.join(lost)}")
    known = names([folder / "policies"])
    waivers = None if asked.waivers is None else read_waivers(str(folder / asked.waivers.file), asked.waivers.name)
    params = adjusted(args).params
    options = Options(
        now=asked.now,
        taken_at=asked.taken_at,
        max_age=asked.max_age,
        freshness=Freshness(*msgspec.structs.astuple(asked.freshness)) if asked.freshness is not None else None,
        group_tag=asked.group_tag,
        collected=frozenset(asked.collected),
        closely=EVERYONE if asked.all_evidence else None,
        parameters={policy: {name: each.value for name, each in values.items()} for policy, values in params.items()},
        configuration=tuple(each.name for each in (given, asked.waivers) if each is not None),
        unasked=unasked(library, asked.select),
        waiving=waiving_by(waivers, configuration, known),
        service_tags=(
            tuple(msgspec.json.decode((folder / asked.service_tags).read_bytes())) if asked.service_tags else ()
        ),
        declared=declared_rows(configuration),
    )
    return [library[name] for name in asked.select], options


def _said(recorded: bytes, replayed: bytes) -> list[str]:
    """Which results differ and in what, or what else does."""
    import json

    from scanner.evidence.manifest import RESULTS
    from scanner.evidence.unpack import shown

    try:
        before, after = json.loads(recorded), json.loads(replayed)
        old, new = ({(one["policy"], one["resource"]): one for one in value["results"]} for value in (before, after))
        found = [
            shown(f"{key[0]} on {key[1]}: {_told_apart(old.get(key), new.get(key))}")
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        ]
    except (ValueError, LookupError, TypeError, RecursionError):
        return [f"{RESULTS} was altered: it is not what a replay writes"]
    others = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return found or [
        f"{RESULTS} was altered: it differs from what a replay writes in {', '.join(others) or 'its layout'}"
    ]


def _told_apart(old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    from scanner.evidence.manifest import RESULTS

    was, now = (one["verdict"] if one is not None else "not judged" for one in (old, new))
    if old is None or new is None or was != now:
        return f"{was} in {RESULTS}, {now} when judged again"
    others = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return f"{was} in {RESULTS} and when judged again, with another {', '.join(others)}"


def _reports(folder: Path, manifest: "Manifest", judged: tuple["Results", "Decision"]) -> list[str]:
    """The reports that are not what these results make."""
    from scanner.commands.evidence import written_as
    from scanner.evidence.manifest import NAME, RESULTS
    from scanner.outputs import check
    from scanner.reports import Style

    told = manifest.reports
    style = Style(anchor=told.anchor, files=told.places)
    found = []
    for name, format in sorted(told.formats.items()):
        check(format, NAME)
        with (folder / name).open("rb") as file:
            same = _same_book if format == "xlsx" else _same_bytes
            if not same(file, written_as(format, *judged, style)):
                found.append(f"{name} was altered: it is not the {format} report of {RESULTS}")
    return found


def _same_bytes(file: IO[bytes], pieces: Iterable[bytes]) -> bool:
    return all(file.read(len(piece)) == piece for piece in pieces) and not file.read(1)


def _same_book(file: IO[bytes], pieces: Iterable[bytes]) -> bool:
    """Whether two workbooks hold the same; how they are compressed is the machine's."""
    import io
    import zipfile

    from scanner.evidence.unpack import BROKEN

    try:
        with zipfile.ZipFile(file) as one, zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as two:
            return one.namelist() == two.namelist() and all(one.read(name) == two.read(name) for name in two.namelist())
    except (OSError, *BROKEN):
        return False


def _verify_arguments(parser: Parser) -> None:
    parser.add_argument("pack", metavar="PACK", help="what --report evidence=PACK wrote: a folder or a zip file")
    parser.set_defaults(run=verify_command)


COMMANDS = (
    Command(
        80,
        "verify",
        "judge an evidence pack again, and name what was altered",
        _verify_arguments,
        exits="0 the same results and reports; 1 something was altered, or judges otherwise",
    ),
)
