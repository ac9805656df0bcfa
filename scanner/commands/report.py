"""snapready report: other reports of results that a scan wrote."""

import sys
from argparse import Namespace


def report_command(args: Namespace) -> int:
    """snapready report"""
    from scanner import outputs
    from scanner.results_file import read

    reports, anchor = outputs.asked(args.report or ["text=-"]), outputs.anchor(args.anchor)
    results, decision = read(args.results)
    outputs.write(reports, results, decision, anchor)
    print(f"snapready: the scan's exit code was {decision.code}: {decision.why}", file=sys.stderr)
    return 0
