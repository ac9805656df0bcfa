"""snapready scan: judges what runs, what was saved and what a plan would make, and decides the gate."""

import gc
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.commands import evidence
from scanner.commands.baseline import baseline
from scanner.commands.choice import chosen_of
from scanner.commands.command import Command, Parser
from scanner.commands.settings import scan_options
from scanner.commands.shared import (
    choice_options,
    gate_options,
    input_options,
    judging_options,
    live_options,
    plan_options,
    report_options,
)

if TYPE_CHECKING:
    from scanner.model import Results
    from scanner.policy import Policy
    from scanner.scan import Options
    from scanner.source import Source


def scan_command(args: Namespace) -> int:
    """snapready scan"""
    from scanner import outputs
    from scanner.evaluate import EVERYONE
    from scanner.gate import Gate, decide
    from scanner.inputs import AZURE, source
    from scanner.reports import shows_evidence
    from scanner.scan import scan
    from scanner.trend import tracked

    said = args.held["reports"].place
    asked, pack = evidence.split(args.report, said)
    reports, anchor = outputs.asked(asked, said), outputs.anchor(args.anchor)
    policies, unasked = chosen_of(args)
    gc.disable()  # rows make no cycles, and a collector that walks a whole fleet again and again doubles the time
    before = baseline(args)
    options = scan_options(args, EVERYONE if args.evidence == "all" else None)
    shown = pack is not None or any(shows_evidence(report.format) for report in reports)
    options = replace(options, evidence=shown, unasked=unasked)
    if options.configuration:
        print(f"snapready: configuration: {', '.join(options.configuration)}", file=sys.stderr)
    with evidence.keeping(pack) as kept:
        rows = source(args, policies, options.now)
        results = scan(rows if kept is None else kept.source(rows), policies, options)
        if rows.stage == "overlay":
            results = _compared(args, rows, results, policies, options)
        if before is not None:
            results = tracked(before, results, args.baseline)
        gate = Gate(args.fail_on, args.unknown == "fail", args.allow_empty, args.path == [AZURE], args.only_new)
        decision = decide(results, gate)
        outputs.write(reports, results, decision, anchor)
        if kept is not None:
            kept.close(args, options, policies, (results, decision), reports, anchor)
    outputs.close(results, decision)
    return decision.code


def _compared(
    args: Namespace, rows: "Source", after: "Results", policies: Sequence["Policy"], options: "Options"
) -> "Results":
    """The results with what the plan changes, against the same fleet as it runs; judged at the same time."""
    from scanner.change import compared
    from scanner.scan import scan
    from scanner.sources.iac.overlay import Overlay
    from scanner.sources.snapshot import Files

    before = scan(Files(args.over), policies, replace(options, now=after.run.taken_at))
    cause = rows.cause if isinstance(rows, Overlay) else lambda *_: None
    return replace(compared(before, after, cause), standing_too=args.all)


def _scan_arguments(parser: Parser) -> None:
    parser.add_argument("--save", metavar="FILE", help="with azure: keep what was read as a snapshot, too")
    parser.add_argument(
        "--evidence", choices=("all",), help="keep the evidence of every result, not of fail and unknown only"
    )
    parser.add_argument("--allow-empty", action="store_true", help="nothing to judge is exit 0, not 2")
    parser.set_defaults(run=scan_command)


COMMANDS = (
    Command(
        10,
        "scan",
        "judge saved rows, Azure itself, or what a plan would create",
        _scan_arguments,
        (input_options, judging_options, choice_options, gate_options, report_options, live_options, plan_options),
        "0 the gate holds; 1 findings at --fail-on or above; 3 not all was judged that should be, which is said",
    ),
)
