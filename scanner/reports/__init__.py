"""How results are written: one module for each format, with `write(results, decision, style) -> str`, a pure function.

The folder is the registry: a module's name is the format's name, `_` written as `-`. What formats share is in `parts`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scanner.gate import Decision
from scanner.model import Results


@dataclass(frozen=True, slots=True)
class Style:
    """What a report needs to know of where it goes: a terminal's width and colour, a repository's file."""

    width: int = 100
    colour: bool = False
    anchor: str = "README.md"
    """The file of the reader's repository that findings hang on where a format wants one; relative to its root."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files that resources are written in, as the user names them → from the repository's root, if they are in it."""


Writer = Callable[[Results, Decision, Style], str]


def formats() -> list[str]:
    """The formats there are."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__) if not info.ispkg)


def writer(name: str) -> Writer:
    """The function that writes a format; imported only when asked for."""
    found: Writer = importlib.import_module(f"scanner.reports.{name.replace('-', '_')}").write
    return found
