"""snapready schedules: when backups of each group start, and which VMs to move where too many start at once."""

import gc
import stat
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands.choice import one_of, policies_of, selected
from scanner.commands.command import Command, Parser
from scanner.commands.settings import scan_options
from scanner.commands.shared import choice_options, input_options, judging_options, live_options, plan_options
from scanner.inputs import AZURE, listed
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.policy import Policy
    from scanner.stagger.told import Told


def schedules_command(args: Namespace) -> int:
    """snapready schedules"""
    from scanner import outputs
    from scanner.inputs import source
    from scanner.sources.kept import Kept
    from scanner.stagger import az, document, text
    from scanner.stagger.told import tell

    policies, crowding = _policies(args)
    gc.disable()  # as for a scan
    options = scan_options(args)
    rows = source(args, policies, options.now)
    if args.az and rows.stage != "live":
        raise SnapreadyError("--az changes what runs, and PATH is infrastructure code: change the schedules there")
    told = tell(Kept(rows) if comes_once(args.path) else rows, policies, options, crowding, listed(args.group))
    if args.az:
        sys.stdout.write(az.script(told))
    elif args.format == "json":
        sys.stdout.write(document.write(told))
    else:
        sys.stdout.write(text.write(told, outputs.style().width))
    return _closed(told)


def _policies(args: Namespace) -> tuple[list["Policy"], "Policy"]:
    """All that judge, and the one whose limits are kept to, which judges whatever is selected."""
    from scanner.facts.timelines import CROWDING

    chosen = selected(args)
    crowding = next((policy for policy in chosen if policy.id == CROWDING), None)
    if crowding is None:
        crowding = one_of(policies_of(args), CROWDING)
        chosen = sorted([*chosen, crowding], key=lambda policy: policy.id)
    return chosen, crowding


def comes_once(paths: Sequence[str]) -> bool:
    """Whether what is read cannot be read a second time: Azure itself, standard input, a pipe."""
    return list(paths) == [AZURE] or any(path == "-" or _is_pipe(path) for path in paths)


def _is_pipe(path: str) -> bool:
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False  # who reads it will say so
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _closed(told: "Told") -> int:
    """0; 3 where not all was read, or where the plan could not be proved."""
    for problem in told.run.problems:
        if problem.incomplete:
            place = f"{problem.place()}: " if problem.place() else ""
            print(f"snapready: incomplete: {place}{problem.message}", file=sys.stderr)
    incomplete = any(problem.incomplete for problem in told.run.problems)
    return 3 if incomplete or (told.proof is not None and not told.proof.holds()) else 0


def _schedules_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        help="only these groups: a name, RESOURCE-GROUP/NAME or an id; repeats, or takes commas",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=("text", "json"), default="text", help="how it is written; default: text")
    form.add_argument("--az", action="store_true", help="a shell script that moves the VMs with az; changes nothing")
    parser.set_defaults(run=schedules_command)


COMMANDS = (
    Command(
        40,
        "schedules",
        "when the backups of each group start, and which VMs to move where too many start at once",
        _schedules_arguments,
        (input_options, judging_options, choice_options, live_options, plan_options),
        "0 told; 3 told, but not all could be read, or the moves are not proved to help",
    ),
)
