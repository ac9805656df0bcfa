"""The command line: parses, wires, returns the exit code. Nothing imports this module."""

import sys
from collections.abc import Sequence

from scanner import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, 1, 2 or 3 as the documentation says, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:  # answered before anything else is loaded
        print(f"snapready {__version__}")
        return 0
    import os

    from scanner.model import SnapreadyError

    try:
        args = _parser().parse_args(given)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SnapreadyError as error:
        print(f"snapready: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        print("snapready: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # a fault of ours must not look like a finding, nor like a pass
        if os.environ.get("SNAPREADY_DEBUG"):
            raise
        kind = type(error).__name__
        print(
            f"snapready: internal error: {kind}: {error}\n  help: SNAPREADY_DEBUG=1 shows where; please report it",
            file=sys.stderr,
        )
        return 2


def _parser():  # type: ignore[no-untyped-def]  # argparse's types would load argparse for --version
    import argparse

    from scanner import commands

    class Parser(argparse.ArgumentParser):
        def __init__(self, **settings):  # type: ignore[no-untyped-def]
            super().__init__(**{"allow_abbrev": False, **settings})

    parser = Parser(
        prog="snapready",
        description="Tells, for every Azure VM, whether its next backup snapshot will work, and why not.",
    )
    parser.add_argument("--version", action="version", version=f"snapready {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    policies_options = Parser(add_help=False)
    policies_options.add_argument(
        "--policies", metavar="DIR", action="append", help="a folder of your own policies; repeats"
    )
    choice = Parser(add_help=False, parents=[policies_options])
    choice.add_argument("--select", metavar="ID", action="append", help="only these policies; repeats, or takes commas")
    choice.add_argument("--set", metavar="POLICY.NAME=VALUE", action="append", help="a policy's parameter; repeats")
    input_options = Parser(add_help=False)
    input_options.add_argument(
        "path", metavar="PATH", nargs="+", help="files or folders of saved rows; - is standard input"
    )
    input_options.add_argument(
        "--max-age", metavar="AGE", default="8d", help="guest facts older than this are stale (8d, 36h)"
    )
    input_options.add_argument(
        "--taken-at", metavar="TIME", help="when the rows were taken, where they do not say (ISO 8601)"
    )
    input_options.add_argument(
        "--collected", metavar="TYPE", action="append", help="types of which PATH holds all rows, or all"
    )

    scan = verbs.add_parser("scan", parents=[input_options, choice], help="judge saved rows")
    scan.add_argument(
        "--report", metavar="FORMAT=FILE", action="append", help="text or json; repeats; FILE - is stdout"
    )
    scan.add_argument(
        "--fail-on", choices=("error", "warning", "note", "never"), default="error", help="exit 1 from this severity"
    )
    scan.add_argument(
        "--unknown", choices=("warn", "fail"), default="warn", help="whether an unknown stops the gate too"
    )
    scan.add_argument(
        "--evidence", choices=("all",), help="keep the evidence of every result, not of fail and unknown only"
    )
    scan.add_argument("--allow-empty", action="store_true", help="nothing to judge is exit 0, not 2")
    scan.set_defaults(run=commands.scan_command)

    explain = verbs.add_parser("explain", parents=[choice], help="why one resource got its verdicts")
    explain.add_argument("resource", metavar="RESOURCE", help="an id, or a name if only one resource has it")
    for action in input_options._actions:
        explain._add_action(action)
    explain.set_defaults(run=commands.explain_command)

    query = verbs.add_parser("query", parents=[choice], help="the Resource Graph queries that the policies need")
    query.add_argument(
        "--az", action="store_true", help="a read-only shell script that runs them with az into a snapshot"
    )
    query.set_defaults(run=commands.query_command)

    policies = verbs.add_parser("policies", help="list, show, test and lint policies")
    actions = policies.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    actions.add_parser("list", parents=[policies_options], help="id, severity, reach and title of each").set_defaults(
        run=commands.policies_list_command
    )
    show = actions.add_parser("show", parents=[policies_options], help="all of one policy")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=commands.policies_show_command)
    test = actions.add_parser("test", parents=[policies_options], help="run policies on their own cases")
    test.add_argument("id", metavar="ID", nargs="*")
    test.set_defaults(run=commands.policies_test_command)
    lint = actions.add_parser("lint", parents=[policies_options], help="check that policies are valid")
    lint.set_defaults(run=commands.policies_lint_command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
