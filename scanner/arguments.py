"""The command line: every command with its arguments, as the families of commands declare them."""

import argparse
from collections.abc import Sequence

from scanner import __version__
from scanner.commands import commands
from scanner.commands.command import Parser


def parsed(given: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command, with what snapready.yaml says where the command line says nothing."""
    args = parser().parse_args(given)
    if hasattr(args, "config"):
        from scanner.config.file import find
        from scanner.config.settings import settle

        args.configuration = find(args.config, none=args.no_config)
        args.held = {held.name: held for held in settle(args, args.configuration)}
    return args


def parser() -> argparse.ArgumentParser:
    """The parser of every command; `args.run(args)` runs the one that was given."""
    whole = Parser(
        prog="snapready",
        description="Tells, for every Azure VM, whether its next backup snapshot will work, and why not.",
    )
    whole.add_argument("--version", action="version", version=f"snapready {__version__}")
    verbs = whole.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for command in commands():
        shared = [options() for options in command.shared]
        said, ends = command.sentence(), command.ends()
        command.declare(
            verbs.add_parser(command.name, parents=shared, help=command.help, description=said, epilog=ends)
        )
    return whole
