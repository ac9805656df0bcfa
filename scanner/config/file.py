"""Finds and reads snapready.yaml, whole and held to its schema; each section is read by the room it is about.

A room that wants a section of its own adds it to schemas/config.schema.json and asks `config.part("its name")` for it:
what it gets knows where it stands, for messages, and how its paths are to be read.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.authored import Part

NAME = "snapready.yaml"


def find(given: str | None, *, none: bool = False) -> "Part | None":
    """The configuration that is named, else the one in the current folder, if there is one; `none`: not even that."""
    if none:
        if given is not None:
            raise SnapreadyError("--no-config: --config names one")
        return None
    if given is None:
        if Path("snapready.yml").exists() and not Path(NAME).exists():
            raise SnapreadyError(f"snapready.yml: the configuration is called {NAME}: rename it, or give --no-config")
        if not Path(NAME).exists():
            return None
    elif not Path(given).is_file():
        raise SnapreadyError(f"--config: there is no file {given}")
    from scanner.authored import read  # with the YAML reader and all: only where there is a file

    file = given or NAME
    return read(Path(file), "config", "the configuration", file)
