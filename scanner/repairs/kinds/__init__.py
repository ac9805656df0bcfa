"""The kinds of repairs: this folder is the registry, a module each; what they share is beside the folder."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from scanner.repairs.estate import Estate
from scanner.repairs.model import Finding, NoRepair, Repair

Make = Callable[[Sequence[Finding], Estate], Iterator[Repair | NoRepair]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`policies`: whose findings it mends. `rows`: row types that it needs whole. `order`: lower comes first."""

    order: int
    policies: tuple[str, ...]
    make: Make
    rows: frozenset[str] = frozenset()


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its module's name, in the order their repairs should be made."""
    package = importlib.import_module("scanner.repairs.kinds")
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        kind = getattr(importlib.import_module(f"scanner.repairs.kinds.{info.name}"), "KIND", None)
        if isinstance(kind, Kind):
            found[info.name] = kind
    return dict(sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))
