"""How results are written: one module for each format, with `write(results, decision, style) -> str`, a pure function.

The folder is the registry: a module's name is the format's name.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from scanner.gate import Decision
from scanner.model import Results


@dataclass(frozen=True, slots=True)
class Style:
    """How a report for a terminal may look; the other formats pay no heed."""

    width: int = 100
    colour: bool = False


Writer = Callable[[Results, Decision, Style], str]


def formats() -> list[str]:
    """The formats there are."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__))


def writer(name: str) -> Writer:
    """The function that writes a format; imported only when asked for."""
    found: Writer = importlib.import_module(f"scanner.reports.{name}").write
    return found
