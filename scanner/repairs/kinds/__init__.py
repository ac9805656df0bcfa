"""The kinds of repairs: this folder is the registry, a module each; what they share is beside the folder."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from scanner.facts.catalogue import Fact, catalogue
from scanner.repairs.estate import Estate
from scanner.repairs.model import Finding, NoRepair, Repair
from scanner.rowtypes import OBSERVED

Make = Callable[[Sequence[Finding], Estate], Iterator[Repair | NoRepair]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`policies`: whose findings it mends. `order`: lower comes first.

    `rows`: row types that it needs whole. `facts`: what else it goes by, by subject type, so that it can be told
    whichever policies were chosen.
    """

    order: int
    policies: tuple[str, ...]
    make: Make
    rows: frozenset[str] = frozenset()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reads(self) -> dict[str, Fact]:
        """The facts that it goes by, by subject type and name."""
        return {f"{kind} {name}": (catalogue(kind) or {})[name] for kind, names in self.facts.items() for name in names}


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


def chosen(policies: Iterable[str]) -> dict[str, Kind]:
    """The kinds that mend findings of these policies."""
    ids = set(policies)
    return {name: kind for name, kind in kinds().items() if ids & set(kind.policies)}


def asked_rows(policies: Iterable[str]) -> frozenset[str]:
    """Row types that must be asked for so that repairs can be told. What was observed of VMs costs a request for each,
    and is left to what the policies ask for."""
    some = chosen(policies).values()
    first = {next(iter(fact.reads)) for kind in some for fact in kind.reads().values()}
    return frozenset((first | {row_type for kind in some for row_type in kind.rows}) - OBSERVED.keys())
