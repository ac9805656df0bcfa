"""What each command does, from parsed arguments to an exit code: a module for each family of commands.

The folder is the registry: a module's COMMANDS are its arguments and what runs them. Heavy modules are loaded where
they are needed, so that --help loads none.
"""

import importlib
import pkgutil
from functools import cache

from scanner.commands.command import Command


@cache
def commands() -> tuple[Command, ...]:
    """Every command of this folder, in the order of --help."""
    package = importlib.import_module("scanner.commands")
    found: list[Command] = []
    for info in pkgutil.iter_modules(package.__path__):
        found += getattr(importlib.import_module(f"scanner.commands.{info.name}"), "COMMANDS", ())
    return tuple(sorted(found, key=lambda one: one.place))
