"""snapready snapshot and query: what the policies need, collected or as queries."""

import sys
from argparse import Namespace

from scanner.commands.choice import selected
from scanner.commands.command import Command, Parser
from scanner.commands.settings import utc_now
from scanner.commands.shared import choice_options, live_options
from scanner.inputs import row_types
from scanner.model import SnapreadyError


def snapshot_command(args: Namespace) -> int:
    """snapready snapshot"""
    from scanner.inputs import AZURE, asked
    from scanner.live import Live, faults

    if args.path != AZURE:
        raise SnapreadyError(f"snapshot: {args.path!r} is no source to collect from; there is azure")
    policies = selected(args)
    live = Live(asked(args), utc_now(), row_types=row_types(args, policies), save=args.output, resume=args.resume)
    header = live.snapshot(mask=args.mask)
    wrong = faults(header)
    for message in wrong:
        print(f"snapready: incomplete: {message}", file=sys.stderr)
    for problem in header["problems"]:
        if not problem["incomplete"]:
            print(f"snapready: {problem['message']}", file=sys.stderr)
    print(f"snapready: wrote {args.output}; now: snapready scan {args.output}", file=sys.stderr)
    return 3 if wrong else 0


def query_command(args: Namespace) -> int:
    """snapready query"""
    from scanner.az_script import script
    from scanner.queries import observed, queries

    wanted = sorted(row_types(args, selected(args)))
    if args.az:
        sys.stdout.write(script(wanted))
        return 0
    for query in queries(wanted):
        print(query.text())
    if observed(wanted):
        print(f"not in Resource Graph, collected otherwise: {', '.join(observed(wanted))}", file=sys.stderr)
    return 0


def _snapshot_arguments(parser: Parser) -> None:
    parser.add_argument("path", metavar="azure", help="where from: azure")
    parser.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="the snapshot (NDJSON; gzip for a name that ends in .gz)"
    )
    parser.add_argument(
        "--mask", action="store_true", help="replace the names of subscriptions, tenants and resources, consistently"
    )
    parser.set_defaults(run=snapshot_command)


def _query_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--az", action="store_true", help="a read-only shell script that runs them with az into a snapshot"
    )
    parser.set_defaults(run=query_command)


COMMANDS = (
    Command(
        20,
        "snapshot",
        "collect what the policies need into a file",
        _snapshot_arguments,
        (choice_options, live_options),
        "0 all was collected; 3 something is missing, which is said and stands in the file",
    ),
    Command(90, "query", "the Resource Graph queries that the policies need", _query_arguments, (choice_options,)),
)
