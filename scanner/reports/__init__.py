"""How results are written: one module for each format, with `write(results, decision, style)`, a pure function.

It gives the report as one text, or in pieces where a fleet may be large, of bytes where the format is no text. The
folder is the registry: a module's name is the format's name, `_` written as `-`. What formats share is in `parts`.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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


Chunks = Iterable[str] | Iterable[bytes]
Writer = Callable[[Results, Decision, Style], Iterator[str | bytes]]


def formats() -> list[str]:
    """The formats there are."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__) if not info.ispkg)


def writer(name: str) -> Writer:
    """The function that writes a format, piece by piece; imported only when asked for."""
    write: Callable[[Results, Decision, Style], Chunks] = _module(name).write

    def pieces(results: Results, decision: Decision, style: Style) -> Iterator[str | bytes]:
        found = write(results, decision, style)
        yield from (found,) if isinstance(found, str | bytes) else found

    return pieces


def encoded(pieces: Iterable[str | bytes]) -> Iterator[bytes]:
    """The pieces as a file holds them; half a surrogate pair, which no encoding has, is written as an escape."""
    for piece in pieces:
        yield piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece


def missing(name: str) -> str:
    """The package that a format needs and that is not installed; "" where nothing is missing. It is of the extra that
    is called as the format."""
    package: str = getattr(_module(name), "PACKAGE", "")
    return package if package and importlib.util.find_spec(package) is None else ""


def shows_evidence(name: str) -> bool:
    """Whether a format tells what results stood on; one that does not says so, and a scan for it alone is cheaper."""
    return getattr(_module(name), "EVIDENCE", True)


def _module(name: str) -> Any:
    return importlib.import_module(f"scanner.reports.{name.replace('-', '_')}")
