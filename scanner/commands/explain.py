"""snapready explain: why one resource got its verdicts."""

import sys
from argparse import Namespace

from scanner.commands.choice import selected
from scanner.commands.settings import scan_options


def explain_command(args: Namespace) -> int:
    """snapready explain"""
    from scanner.explanation import explain, find
    from scanner.inputs import source
    from scanner.scan import scan

    policies, options = selected(args), scan_options(args, all_evidence=True)
    results = scan(source(args, policies, options.now), policies, options)
    subject = find(results, args.resource)
    sys.stdout.write(explain(results, subject))
    for problem in results.run.problems:
        if problem.incomplete:
            place = f"{problem.place()}: " if problem.place() else ""
            print(f"snapready: incomplete: {place}{problem.message}", file=sys.stderr)
    return 0
