"""Texts of the input made fit for Markdown as GitHub and Azure Pipelines render it: shown, never obeyed."""

import re

from scanner.reports.parts.texts import block, line, shorten

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>&|~$]")
_BREAK = "\u200b"
"""Parts what a page would link: it looks for addresses, mentions and issues after entities are decoded."""
_LISTED = re.compile(r"^(\d*)([-+=.)])")
"""What makes a paragraph a list, or the one before it a heading."""
_LINKED = re.compile(r"(?i)(?<!&)[@#]|\bgh-(?=\d)|:(?=//)|www(?=\.)")


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def text(value: str, most: int) -> str:
    """Prose on one line, for a paragraph or a table's cell."""
    found = _SPECIAL.sub(_entity, shorten(line(value), most))
    found = _LISTED.sub(lambda match: f"{match[1]}&#{ord(match[2])};", found)
    return _LINKED.sub(lambda match: f"{match[0]}{_BREAK}", found)


def code(value: str, most: int) -> str:
    """A name, in the letters of code, where no page looks for mentions and links."""
    safe = re.sub(r"[^\w (),./-]|_", _entity, shorten(line(value), most))
    return f"<code>{safe}</code>"


def fenced(value: str, most: int, language: str = "text") -> str:
    """Lines as they are, in a fence longer than any inside of them."""
    shown = shorten(block(value), most)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def link(title: str, url: str) -> str:
    """A link to a page of the web; the bare title where `url` is none."""
    if not re.fullmatch(r"https://[\w./?=&%#~+:,;@-]+", url, re.ASCII):
        return text(title, 200)
    return f"[{text(title, 200) or 'source'}](<{url}>)"
