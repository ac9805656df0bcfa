"""How facts are declared: one entry each, all that the rest of the program knows of them."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from scanner.language.nodes import Body, Call, Current, Field, Flatten, MakeList, Node, Pipe, Project, Read
from scanner.language.parse import Scope, parse
from scanner.language.shapes import Shape
from scanner.model import Fields, Problem, Row, Unknown
from scanner.rowtypes import OBSERVED

if TYPE_CHECKING:
    from scanner.facts.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a subject.

    `get(record, fleet)` gives its value, or Unknown with the reason. `reads` names every field it may look at, by row
    type, as JMESPath. `live`: it is observed at run time, so a plan cannot know it.
    """

    about: str
    shape: Shape
    reads: Mapping[str, str]
    get: Callable[[Any, "Fleet"], Any]
    live: bool = False

    def reach(self) -> str:
        """Who must be asked for it: "resource graph", or what is observed beside it. The first of `reads` counts."""
        return OBSERVED.get(next(iter(self.reads)), "resource graph")


@dataclass(frozen=True, slots=True)
class Own:
    """The `get` of a fact that is an attribute of the record: None there is `missing`. Compiled to just that."""

    attribute: str
    missing: Unknown

    def __call__(self, record: Any, _: "Fleet") -> Any:
        value = getattr(record, self.attribute)
        return self.missing if value is None else value


@dataclass(frozen=True, slots=True)
class Of:
    """The `get` of a fact that is an attribute of what is joined to the record: None there is `missing`.

    What facts have the same join share it: a document joins once for all of them.
    """

    join: Callable[[Any, "Fleet"], Any]
    """What belongs to the record, such as its backup item; Unknown where that is not known."""
    attribute: str
    missing: Unknown

    def __call__(self, record: Any, fleet: "Fleet") -> Any:
        joined = self.join(record, fleet)
        if isinstance(joined, Unknown):
            return joined
        value = getattr(joined, self.attribute)
        return self.missing if value is None else value


@dataclass(frozen=True, slots=True)
class From:
    """The `get` of a fact that is made of what is joined to the record, and of the record; it gets what was not known
    of the join as well."""

    join: Callable[[Any, "Fleet"], Any]
    make: Callable[[Any, Any, "Fleet"], Any]

    def __call__(self, record: Any, fleet: "Fleet") -> Any:
        return self.make(self.join(record, fleet), record, fleet)


Again = Callable[[Any, Any], tuple[Any, bool]]
"""What is kept of two records of one id, in the order they came, and whether the second row repeats the first."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one type, reduced as they stream by.

    `reduce` gets the row (id in lower case beside it) and gives what is kept, or None to forget it. What is kept goes
    by the row's id without `suffix`, so that what was observed of a VM goes by the VM's id. `by` indexes the kept by a
    key of another row, once all is read. Of two rows with one id the last is kept, and it repeats the first, unless
    `again` decides.
    """

    type: str
    reduce: Callable[[Row, str], Any]
    by: Callable[[Any], str] | None = None
    suffix: str = ""
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class FactModule:
    """What one module of the folder declares: facts of one subject type, and the tables they are made from."""

    subject: str
    facts: Mapping[str, Fact]
    tables: Mapping[str, Table] = field(default_factory=dict)
    root: str = ""
    """The table whose records are the subjects; each has a `subject`."""
    make: Callable[["Fleet"], Mapping[str, Any]] | None = None
    """Instead of `root`, for subjects that no row is: their records by id in lower case, made once all is read."""
    check: Callable[["Fleet"], list[Problem]] | None = None
    """Looks at the whole fleet once it is read, for what should stop a gate."""


@cache
def modules() -> tuple[FactModule, ...]:
    """Every FactModule of this folder, by module name."""
    package = importlib.import_module("scanner.facts")
    found = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"scanner.facts.{info.name}")
        declared = getattr(module, "MODULE", None)
        if isinstance(declared, FactModule):
            found.append(declared)
    return tuple(found)


@cache
def catalogue(subject: str) -> Mapping[str, Fact] | None:
    """The facts of a subject type, by name; None for a type whose subjects are its rows as they are."""
    found: dict[str, Fact] = {}
    for module in modules():
        if module.subject == subject:
            found.update(module.facts)
    return dict(sorted(found.items())) or None


def fields(text: str) -> Fields:
    """The tree of fields that a `reads` expression names."""
    return tree_of(_read(text))


@cache
def _read(text: str) -> Set[tuple[str, ...]]:
    return frozenset(_paths(parse(text, Scope(strict=False)), ()))


def tree_of(paths: Set[tuple[str, ...]]) -> Fields:
    """Paths as a tree; where one path is the beginning of another, all below it is kept."""
    tree: Fields = {}
    for path in sorted(paths, key=len, reverse=True):
        here = tree
        for name in path[:-1]:
            here = here.setdefault(name, {})
        if path:
            here[path[-1]] = {}
    return tree


def merged(one: Fields, other: Fields) -> Fields:
    """Both trees' fields; a whole value swallows its parts."""
    result = dict(one)
    for name, below in other.items():
        if name not in result:
            result[name] = below
        else:
            result[name] = merged(result[name], below) if result[name] and below else {}
    return result


def _paths(node: Node, base: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The paths of a `reads` expression: names, lists as "[]", and multi-selects of those."""
    match node:
        case MakeList(items):
            return {path for item in items for path in _paths(item, base)}
        case Pipe(of, body):
            return _paths(body, _path(of, base))
        case Project(of, body):
            outer = _path(of, base)
            return _paths(body, outer if outer[-1:] == ("[]",) else (*outer, "[]"))
        case Body() | Call():
            raise ValueError("reads are paths only")
    return {_path(node, base)}


def _path(node: Node, base: tuple[str, ...]) -> tuple[str, ...]:
    match node:
        case Read(path):
            return (*base, *path)
        case Current():
            return base
        case Field(of, name):
            return (*_path(of, base), name)
        case Flatten(of):
            return (*_path(of, base), "[]")
        case Pipe(of, body):
            return _path(body, _path(of, base))
    raise ValueError("reads are paths only")


def row_fields(facts: Mapping[str, Fact]) -> dict[str, Fields]:
    """Which row types and fields these facts are made from."""
    wanted: dict[str, Fields] = {}
    for fact in facts.values():
        for row_type, text in fact.reads.items():
            wanted[row_type] = merged(wanted.get(row_type, {}), fields(text)) if row_type in wanted else fields(text)
    return wanted
