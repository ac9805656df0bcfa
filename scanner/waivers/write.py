"""Adds a waiver to a file of waivers: as text at its end, so that comments and the order of what is there stay."""

import re
from pathlib import Path
from typing import Any

from scanner import yaml12
from scanner.authored import held
from scanner.model import AuthoringError, SnapreadyError

_HEAD = (
    "# Findings that somebody accepts for a while; snapready waive adds to them. Documentation: docs/waivers.md\n"
    "waivers:\n"
)
_PLAIN = re.compile(r"[A-Za-z0-9/][\w/.@()+ -]*(?:, [\w/.@()+ -]+)*")


def added(text: str, file: str, waiver: dict[str, Any]) -> tuple[str, int]:
    """The file's text with the waiver at its end, and the line it begins on; "" is a file yet to be made.

    Raises SnapreadyError where the waivers are not written in such a way that one can be added below them.
    """
    before: list[Any] = []
    column, ends = 3, "\r\n" if "\r\n" in text else "\n"
    if text.strip("\ufeff \r\n"):
        whole = held(text.removeprefix("\ufeff"), file, "waivers", "the waivers file")
        before = whole.value["waivers"]
        column = whole.document.place(("waivers", 0))[1] - 2 if before else 3
    head = text if text.strip("\ufeff \r\n") else _HEAD.replace("\n", ends)
    if not before:
        head = re.sub(r"(?m)^waivers:[ \t]*\[[ \t]*\][ \t]*(?=\r?$)", "waivers:", head)
    head += "" if head.endswith("\n") else ends
    entry = [f"{name}: {scalar(value)}" for name, value in waiver.items()]
    lead = " " * (column - 1)
    found = head + "".join(f"{lead}{'  ' if n else '- '}{line}{ends}" for n, line in enumerate(entry))
    if _read(found, file) != [*before, waiver]:
        lines = "\n".join(f"  {'  ' if n else '- '}{line}" for n, line in enumerate(entry))
        raise SnapreadyError(f"{file}: the list is not written one waiver below the other; add this yourself:\n{lines}")
    return found, head.count("\n") + 1


def _read(text: str, file: str) -> Any:
    try:
        return held(text.removeprefix("\ufeff"), file, "waivers", "the waivers file").value["waivers"]
    except AuthoringError:
        return None


def scalar(text: str) -> str:
    """A text as YAML: plain where nothing in it means anything else, else in quotes."""
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and isinstance(yaml12.scalar(text), str):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def put(file: str, text: str) -> None:
    """Writes the file as a whole or not at all."""
    path = Path(file)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8", newline="")
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SnapreadyError(f"{file} cannot be written: {error.strerror}") from None
