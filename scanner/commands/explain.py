"""snapready explain: one resource as a tree of causes, or which policies speak to an error."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.commands.choice import selected
from scanner.commands.command import Command, Parser
from scanner.commands.settings import scan_options
from scanner.commands.shared import choice_options, input_options, judging_options, live_options, plan_options
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.explanation.errors import Errors, Found
    from scanner.policy import Policy


def explain_command(args: Namespace) -> int:
    """snapready explain"""
    policies = selected(args)
    text = _error_text(args.error)
    if not args.resource:
        if text is None:
            raise SnapreadyError(
                "the following arguments are required: RESOURCE and PATH, or --error TEXT, or all three"
            )
        return _explain_error(text, policies, full=args.full)
    if not args.path:
        raise SnapreadyError(
            f"the following arguments are required: PATH, with the rows that {args.resource!r} is among"
        )
    return _explain_resource(args, policies, text)


def _error_text(given: str | None) -> str | None:
    if given is None:
        return None
    text = sys.stdin.read() if given == "-" else given
    if not text.strip():
        raise SnapreadyError("--error: the text is empty")
    return text


def _explain_error(text: str, policies: Sequence["Policy"], *, full: bool) -> int:
    from scanner.explanation.errors import look_up
    from scanner.explanation.write_error import unknown, write_error
    from scanner.runbook import runbook

    errors = _errors(policies)
    found = look_up(text, errors)
    if not found.said:
        raise SnapreadyError(f"--error: {unknown(text, errors)}")
    sys.stdout.write(write_error(found, runbook(), full=full))
    return 0


def _errors(policies: Sequence["Policy"]) -> "Errors":
    from scanner.explanation.errors import catalogue
    from scanner.runbook import known_errors

    return catalogue((policy.head for policy in policies), known_errors())


def _explain_resource(args: Namespace, policies: Sequence["Policy"], text: str | None) -> int:
    from scanner.evaluate import Closely
    from scanner.explanation.errors import look_up
    from scanner.explanation.find import find, meant
    from scanner.explanation.tree import TOLD, grow, plainly_read
    from scanner.explanation.write import write
    from scanner.explanation.write_error import narrowed
    from scanner.inputs import source
    from scanner.runbook import runbook
    from scanner.scan import scan

    found: Found | None = None
    asked = ""
    if text is not None:
        errors = _errors(policies)
        found = look_up(text, errors)
        asked = narrowed(text, found, errors)
    options = scan_options(args, Closely(meant(args.resource), TOLD))
    results = scan(source(args, policies, options.now), policies, options)
    subject = find(results, args.resource)
    decisive = {policy.id: {".".join(path) for path in plainly_read(policy.expect())} for policy in policies}
    speaking = {head.id for head in found.policies} if found is not None and found.policies else None
    tree = grow(results, subject, runbook(), decisive=decisive, speaking=speaking, paths=args.path)
    sys.stdout.write(write(tree, runbook(), full=args.full, asked=asked))
    for problem in results.run.problems:
        if problem.incomplete:
            place = f"{problem.place()}: " if problem.place() else ""
            print(f"snapready: incomplete: {place}{problem.message}", file=sys.stderr)
    return 0


def _explain_arguments(parser: Parser) -> None:
    parser.add_argument("resource", metavar="RESOURCE", nargs="?", help="an id, or a name if only one resource has it")
    parser.add_argument("path", metavar="PATH", nargs="*", help="as for scan; needed with RESOURCE")
    for action in (*input_options()._actions, *judging_options()._actions):
        if action.dest != "path":
            parser._add_action(action)
    parser.add_argument(
        "--error",
        metavar="TEXT",
        help="the code or message of a failed backup, or its whole job; - is standard input. Alone: who speaks to"
        " it; with RESOURCE: only those policies",
    )
    parser.add_argument("--full", action="store_true", help="every fact, reason and step, of what passes too")
    parser.set_defaults(run=explain_command)


COMMANDS = (
    Command(
        30,
        "explain",
        "why one resource got its verdicts, and what to do; or which policies speak to an error",
        _explain_arguments,
        (choice_options, live_options, plan_options),
    ),
)
