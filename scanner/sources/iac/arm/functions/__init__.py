"""Every function that templates have: a module for each heading of Azure's pages; the folder is the registry."""

import importlib
import pkgutil
from functools import cache

from scanner.sources.iac.arm.table import Function


@cache
def functions() -> dict[str, Function]:
    """By their name in lower case."""
    found: dict[str, Function] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        group = getattr(importlib.import_module(f"{__name__}.{info.name}"), "GROUP", None)
        for function in group.functions if group else ():
            key = function.name.lower()
            if key in found:
                raise ValueError(f"{function.name} is declared twice")
            found[key] = function
    return found
