"""snapready guest-script and ingest: what is run inside VMs, and what comes back of it."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands.command import Command, Parser
from scanner.model import SnapreadyError, several

if TYPE_CHECKING:
    from scanner.ingest.gather import Gathered
    from scanner.model import Row

SCRIPTS = {"linux": "linux.sh", "windows": "windows.ps1"}
_SAID = 20
"""Problems that are said one by one; of a thousand more the number is enough."""


def guest_script_command(args: Namespace) -> int:
    """snapready guest-script"""
    sys.stdout.write((Path(__file__).parents[1] / "guest" / SCRIPTS[args.system]).read_text("ascii"))
    return 0


def ingest_command(args: Namespace) -> int:
    """snapready ingest"""
    from scanner.ingest.gather import Given, files_of, gather
    from scanner.ingest.machines import machines

    given = Given(machines(args.vm, args.map), args.collected_at, args.source)
    files = files_of(args.path, args.output)
    done = gather(files, given)
    wrong = _say(done)
    if not done.rows:
        found = (
            f"nothing in {len(files)} files tells guest facts" if len(files) > 1 else f"{files[0]} tells no guest facts"
        )
        named = "; run commands and assignments that do are named snapready…" if done.others else ""
        raise SnapreadyError(f"ingest: {found}{named}; {args.output} is not written")
    _write(done.rows, args.output)
    count = several(len(done.rows), "VM")
    older = f"; passed over as older, or the same again: {done.older}" if done.older else ""
    others = f"; rows of other things passed over: {done.others}" if done.others else ""
    to = "" if args.output == "-" else f" in {args.output}; now: snapready scan FLEET {args.output}"
    print(f"snapready: guest facts of {count}{to}{older}{others}", file=sys.stderr)
    return 3 if wrong else 0


def _say(done: "Gathered") -> int:
    """Says what is wrong, and returns how much of it leaves facts out."""
    for problem in done.problems[:_SAID]:
        kind = "incomplete: " if problem.incomplete else ""
        print(f"snapready: {kind}{problem.place()}: {problem.message}", file=sys.stderr)
    if (more := len(done.problems) - _SAID) > 0:
        print(f"snapready: incomplete: … and {more} more like these", file=sys.stderr)
    return sum(problem.incomplete for problem in done.problems)


def _write(rows: "list[Row]", output: str) -> None:
    """Writes the rows, one a line; a file is there whole or not at all."""
    import gzip
    import json

    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    if output == "-":
        sys.stdout.write(lines)
        return
    path = Path(output)
    new = path.with_name(f"{path.name}.new")
    data = lines.encode("ascii")
    try:
        new.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
        new.replace(path)
    except OSError as error:
        raise SnapreadyError(f"-o: {output}: cannot be written: {error.strerror}") from None


def _guest_script_arguments(parser: Parser) -> None:
    parser.add_argument("system", choices=("linux", "windows"), help="for which guests")
    parser.set_defaults(run=guest_script_command)


def _ingest_arguments(parser: Parser) -> None:
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="+",
        help="outputs of the guest script, replies of az and REST that hold them, CSV; files, folders, - for standard"
        " input",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="the rows (NDJSON; gzip for a name that ends in .gz); - is standard output",
    )
    parser.add_argument("--vm", metavar="ID", help="the VM that the one output is of, where it does not say so itself")
    parser.add_argument(
        "--map",
        metavar="FILE",
        help="the VMs by file name: lines NAME,ID, or what az vm list -o json prints; else a file's place tells:"
        " SUBSCRIPTION/GROUP/VM.json",
    )
    parser.add_argument(
        "--collected-at", metavar="TIME", help="when the guests were looked at, where outputs do not say (ISO 8601)"
    )
    parser.add_argument("--source", metavar="WORD", help="what looked, where outputs do not say (ansible, cmdb, …)")
    parser.set_defaults(run=ingest_command)


COMMANDS = (
    Command(
        110,
        "guest-script",
        "a small read-only script for inside VMs, which prints guest facts as JSON",
        _guest_script_arguments,
    ),
    Command(
        120,
        "ingest",
        "make rows of guest facts of what Run Command, Machine Configuration or a tool gave back",
        _ingest_arguments,
    ),
)
