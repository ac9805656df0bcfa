"""Texts of the input made fit for a report: nothing that a terminal, a parser or a page would obey."""

from scanner.language.text import show
from scanner.model import Evidence, several
from scanner.rowtypes import BACKUP_GROUP, VM


def clean(text: str) -> str:
    """One line without control characters, lone surrogates, or characters that turn the direction of reading."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def line(text: str) -> str:
    """`text` on one line: line ends and runs of blanks are one blank, the rest is clean."""
    return clean(" ".join(text.split()))


def block(text: str) -> str:
    """`text` with its lines kept, each of them clean."""
    return "\n".join(clean(part.expandtabs(4).rstrip()) for part in text.splitlines()).strip("\n")


def shorten(text: str, most: int) -> str:
    """At most `most` characters; a text that was cut ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_NOUNS = {VM: "VM", BACKUP_GROUP: "group"}


def noun(count: int, resource: str) -> str:
    """ "3 VMs", "1 group", "2 storageaccounts"."""
    word = _NOUNS.get(resource) or resource.rsplit("/", 1)[-1].removesuffix("s")
    return several(count, word)


def fact(piece: Evidence) -> str:
    """A fact that a verdict stood on, with its value and where it was read."""
    value = f"not known: {piece.unknown}" if piece.unknown else show(piece.value)
    return f"{piece.fact} = {value}   [{piece.source}]"
