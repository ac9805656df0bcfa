"""snapready report: other reports of results that a scan wrote."""

import sys
from argparse import Namespace

from scanner.commands.command import Command, Parser
from scanner.commands.shared import report_options


def report_command(args: Namespace) -> int:
    """snapready report"""
    from scanner import outputs
    from scanner.results_file import read

    reports, anchor = outputs.asked(args.report or ["text=-"]), outputs.anchor(args.anchor)
    results, decision = read(args.results)
    outputs.write(reports, results, decision, anchor)
    print(f"snapready: the scan's exit code was {decision.code}: {decision.why}", file=sys.stderr)
    return 0


def _report_arguments(parser: Parser) -> None:
    parser.add_argument("results", metavar="RESULTS.json", help="what --report json=FILE wrote; - is standard input")
    parser.set_defaults(run=report_command)


COMMANDS = (Command(60, "report", "write other reports of a results.json", _report_arguments, (report_options,)),)
