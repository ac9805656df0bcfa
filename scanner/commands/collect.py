"""snapready snapshot and query: what the policies need, collected or as queries."""

import sys
from argparse import Namespace

from scanner.commands.choice import selected
from scanner.commands.settings import utc_now
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
