"""Tells which Bicep declaration each resource of a compiled template comes from, through local modules too."""

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner.model import Origin
from scanner.sources.iac import located
from scanner.sources.iac.bicep_source import MODULE, Declaration, declarations
from scanner.sources.iac.predicted import get, text

LONGEST_SOURCE = 4 << 20
_DEPTH = 40

Places = dict[tuple[int, int], Origin]
"""Line and column of a resource in the compiled template → where it is declared."""


class Finder:
    """Reads each source once."""

    def __init__(self) -> None:
        self._read: dict[str, list[Declaration]] = {}

    def places(self, template: Any, file: str) -> Places:
        """Of a template and the Bicep file that it was compiled from."""
        found: Places = {}
        self._walk(template, file, Origin(file), found, 0)
        return found

    def _walk(self, template: Any, file: str, around: Origin, found: Places, depth: int) -> None:
        """`around`: where the template as a whole comes from, for resources of which no more is known."""
        resources = get(template, "resources")
        if depth > _DEPTH or not isinstance(resources, dict | list):
            return
        declared = self._declared(file)
        pairs = _by_symbol(resources, declared) if isinstance(resources, dict) else _by_order(resources, declared)
        for resource, declaration in pairs:
            if not isinstance(resource, located.Object):
                continue
            here = Origin(file, declaration.line, declaration.column) if declaration else around
            found[resource.line, resource.column] = here
            inner = get(get(resource, "properties"), "template")
            if inner is not None:
                path = _local(file, declaration.path) if declaration else ""
                self._walk(inner, path, here, found, depth + 1)
            self._children(resource, here, found, depth + 1)

    def _children(self, resource: Any, here: Origin, found: Places, depth: int) -> None:
        """Resources written within another one, which Bicep itself does not write."""
        inside = get(resource, "resources")
        for child in inside if isinstance(inside, list) and depth <= _DEPTH else []:
            if isinstance(child, located.Object):
                found[child.line, child.column] = here
                self._children(child, here, found, depth + 1)

    def _declared(self, file: str) -> list[Declaration]:
        if file not in self._read:
            self._read[file] = declarations(source_of(file)) if file.lower().endswith(".bicep") else []
        return self._read[file]


def source_of(file: str) -> str:
    """The text of a source, "" if it cannot be had: then nothing points into it."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LONGEST_SOURCE + 1)
        return located.decode(data, file) if len(data) <= LONGEST_SOURCE else ""
    except Exception:  # whatever is wrong with it, the compiler has read it, and findings do without a line
        return ""


def _local(file: str, path: str) -> str:
    """A module's file as seen from here; "" for one of a registry or a template spec."""
    if not path.lower().endswith(".bicep") or ":" in path or path.startswith("/"):
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file.replace("\\", "/")), path))


def _by_symbol(resources: Any, declared: Sequence[Declaration]) -> list[tuple[Any, Declaration | None]]:
    known = {each.symbol: each for each in declared}
    return [(resource, known.get(symbol)) for symbol, resource in resources.items()]


def _by_order(resources: Sequence[Any], declared: Sequence[Declaration]) -> list[tuple[Any, Declaration | None]]:
    """Without symbolic names: a loop has its symbol's name; else the only one of its type, the one of its name, or the
    nth of as many top-level ones."""
    free = [each for each in declared if not each.existing]
    found: dict[int, Declaration] = {}
    taken: set[str] = set()
    for place, resource in enumerate(resources):
        loop = text(get(get(resource, "copy"), "name"))
        match = next((each for each in free if each.symbol.rsplit("::", 1)[-1] == loop), None) if loop else None
        if match is not None and _same_type(match, resource):
            found[place] = match
            taken.add(match.symbol)
    for kind in {text(get(resource, "type")).lower() for resource in resources}:
        places = [n for n, each in enumerate(resources) if n not in found and text(get(each, "type")).lower() == kind]
        options = [each for each in free if each.symbol not in taken and each.type.lower() == kind]
        sure = len(places) == len(options) and (len(options) == 1 or not any(each.nested for each in options))
        if sure and all(_may_be(resources[place], each) for place, each in zip(places, options, strict=True)):
            found.update(zip(places, options, strict=True))
            continue
        for place in places:
            named = [each for each in options if each.name and each.name == text(get(resources[place], "name"))]
            if len(named) == 1:
                found[place] = named[0]
    return [(resource, found.get(place)) for place, resource in enumerate(resources)]


def _same_type(declaration: Declaration, resource: Any) -> bool:
    return declaration.type.lower() == text(get(resource, "type")).lower()


def _may_be(resource: Any, declaration: Declaration) -> bool:
    """Whether nothing speaks against it: two plain names that differ do, and a module that has no template."""
    name = text(get(resource, "name"))
    bare = get(get(resource, "properties"), "template", "templateLink") is None
    if bare and declaration.type == MODULE and declaration.path:
        return False
    plain = declaration.name
    return not plain or name == plain or name.endswith(f"/{plain}") or f"'{plain}'" in name
