"""snapready fix: writes what would repair each finding, proved on the rows; runs nothing."""

import gc
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands.choice import selected
from scanner.commands.command import Command, Parser
from scanner.commands.settings import scan_options
from scanner.commands.shared import choice_options, input_options, judging_options, live_options, plan_options
from scanner.model import SnapreadyError, several

if TYPE_CHECKING:
    from scanner.repairs.model import Book


def fix_command(args: Namespace) -> int:
    """snapready fix"""
    from scanner.commands.schedules import comes_once
    from scanner.inputs import source
    from scanner.repairs import folder
    from scanner.repairs.kinds import asked_rows
    from scanner.repairs.tell import tell
    from scanner.repairs.write.files import files
    from scanner.sources.kept import Kept

    where = Path(args.output)
    policies = selected(args)
    folder.ready(where, force=args.force)
    gc.disable()  # as for a scan
    options = scan_options(args)
    rows = source(args, policies, options.now, also=asked_rows(policy.id for policy in policies))
    if rows.stage != "live":
        raise SnapreadyError("fix repairs what runs, and PATH is infrastructure code: mend it there, where scan points")
    book = tell(Kept(rows) if comes_once(args.path) else rows, policies, options)
    folder.put(where, files(book))
    sys.stdout.write(_said(book, where))
    for problem in book.incomplete:
        print(f"snapready: incomplete: {problem}", file=sys.stderr)
    return 3 if book.incomplete else 0


def _said(book: "Book", where: Path) -> str:
    proofs = [one.proof.status for one in book.repairs]
    without = sum(len(one.findings) for one in book.without)
    words = {"verified": "verified", "partly": "in part", "not-verified": "not verified"}
    counts = ", ".join(f"{proofs.count(status)} {words[status]}" for status in sorted(set(proofs), key=[*words].index))
    repairs = f"{several(len(book.repairs), 'repair')}{f' ({counts})' if counts else ''}"
    said = f"{several(book.findings, 'finding')}: {repairs} in {where}"
    return f"{said}; {several(without, 'finding has', 'findings have')} no repair, and {where / 'README.md'} says why\n"


def _fix_arguments(parser: Parser) -> None:
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder they are written to")
    parser.add_argument("--force", action="store_true", help="also into a folder that holds other files")
    parser.set_defaults(run=fix_command)


COMMANDS = (
    Command(
        50,
        "fix",
        "write what would repair each finding, proved on the rows, as scripts and code; runs nothing",
        _fix_arguments,
        (input_options, judging_options, choice_options, live_options, plan_options),
        "0 written; 3 written, and there may be more to repair, as not all could be read",
    ),
)
