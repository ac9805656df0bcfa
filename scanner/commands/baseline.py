"""Which earlier run a scan is held to, and snapready compare: two runs that are there already."""

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from scanner.commands.command import Command, Parser
from scanner.commands.shared import FAIL_ON, report_options
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.model import Results


def baseline(args: Namespace) -> "Results | None":
    """The baseline that is named; raises where it cannot be read, so that nothing looks new by mistake."""
    if args.no_baseline:  # then everything is new
        args.only_new = False
        return None
    given = args.baseline
    if given is None:
        if args.only_new:
            place = args.held["gate.only-new"].place
            raise SnapreadyError(f"{place}: what is new is told by an earlier run: --baseline RESULTS.json")
        return None
    from scanner.results_file.baseline import read_baseline  # with a report format: only where there is a baseline

    try:
        return read_baseline(given)
    except SnapreadyError as error:
        place = args.held["baseline"].place
        raise SnapreadyError(
            f"{place}: {error}\n  help: the first run has none: --no-baseline --report json={given}"
        ) from None


def tracked_by(file: str, results: "Results", name: str) -> "Results":
    """The results held to those of a file, which is spoken of by that name."""
    from scanner.results_file.baseline import read_baseline
    from scanner.trend import tracked

    return tracked(read_baseline(file), results, name)


def compare_command(args: Namespace) -> int:
    """snapready compare"""
    from dataclasses import replace

    from scanner import outputs
    from scanner.gate import decide
    from scanner.results_file import read
    from scanner.results_file.baseline import read_baseline
    from scanner.trend import tracked

    reports, anchor = outputs.asked(args.report or ["text=-"]), outputs.anchor(args.anchor)
    before, after = read_baseline(args.before), read(args.after)
    results = tracked(before, after[0], args.before)
    gated = args.fail_on is not None or args.only_new
    decision = after[1]
    if gated and decision.code in (0, 1):
        asked = decision.gate.fail_on
        if asked == "never":  # whoever asks for a gate gets one
            asked = "error"
        gate = replace(decision.gate, fail_on=args.fail_on or asked, only_new=bool(args.only_new))
        decision = decide(results, gate)
    outputs.write(reports, results, decision, anchor)
    said = "exit" if gated else "the later scan's exit code was"
    print(f"snapready: {said} {decision.code}: {decision.why}", file=sys.stderr)
    return decision.code if gated else 0


def _compare_arguments(parser: Parser) -> None:
    parser.add_argument("before", metavar="BEFORE.json", help="the earlier results")
    parser.add_argument("after", metavar="AFTER.json", help="the later results; - is standard input")
    parser.add_argument("--fail-on", choices=FAIL_ON, help="be a gate: exit 1 from this severity")
    parser.add_argument(
        "--only-new", action="store_true", help="be a gate: exit 1 for findings that are new or back, and lost verdicts"
    )
    parser.set_defaults(run=compare_command)


COMMANDS = (
    Command(
        70,
        "compare",
        "what is new, fixed or lost between two results.json",
        _compare_arguments,
        (report_options,),
        "0 compared; with --fail-on or --only-new as scan has them: 0 the gate holds, 1 findings, 3 not all was judged",
    ),
)
