"""Finds the declarations of resources and modules in Bicep source, to point at what a compiled template came from."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_DECLARED = re.compile(r"^[ \t]*(resource|module)[ \t]+([A-Za-z_]\w*)[ \t]+'", re.MULTILINE)
_EXISTING = re.compile(r"[ \t]+existing\b")
_NAME = re.compile(r"^[ \t]*name[ \t]*:[ \t]*'", re.MULTILINE)
_SPECIAL = re.compile(r"//|/\*|'''|'")
_BRACKET = re.compile(r"[\[\]{}()]")
_USING = re.compile(r"^[ \t]*using[ \t]+'", re.MULTILINE)
MODULE = "Microsoft.Resources/deployments"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `resource` or `module`. `symbol`: as compiled templates have it, `parent::child` for a nested one."""

    symbol: str
    type: str
    line: int
    column: int
    existing: bool = False
    nested: bool = False
    path: str = ""
    """Of a module: what it is read from."""
    name: str = ""
    """Its name, where that is a plain text."""


def declarations(source: str) -> list[Declaration]:
    """All of them, in their order."""
    masked, texts = _mask(source)
    starts = [0, *(found.end() for found in re.finditer("\n", source))]
    found: list[Declaration] = []
    around: list[tuple[int, Declaration]] = []  # (where its body ends, itself)
    for match in _DECLARED.finditer(masked):
        kind, symbol = match[1], match[2]
        text = texts.get(match.end() - 1)
        if text is None:
            continue
        at = match.start(1)
        while around and around[-1][0] <= at:
            around.pop()
        parent = around[-1][1] if around else None
        rest = masked.find("'", match.end())
        existing = bool(_EXISTING.match(masked, rest + 1)) if rest >= 0 else False
        kind_text = text.split("@")[0]
        if parent is not None and "." not in kind_text.split("/")[0]:
            kind_text = f"{parent.type}/{kind_text}"
        end = _body(masked, rest + 1)
        line = bisect_right(starts, at)
        declared = Declaration(
            f"{parent.symbol}::{symbol}" if parent else symbol,
            MODULE if kind == "module" else kind_text,
            line,
            at - starts[line - 1] + 1,
            existing,
            parent is not None,
            text if kind == "module" else "",
            _plain_name(masked, texts, rest + 1, end),
        )
        found.append(declared)
        around.append((end, declared))
    return found


def used_by(source: str) -> str:
    """What a .bicepparam file says it is for; "" for none."""
    masked, texts = _mask(source)
    match = _USING.search(masked)
    return texts.get(match.end() - 1, "") if match else ""


def _plain_name(masked: str, texts: dict[int, str], start: int, end: int) -> str:
    match = _NAME.search(masked, start, end)
    text = texts.get(match.end() - 1, "") if match else ""
    return "" if "${" in text or "\\" in text else text


def _body(masked: str, at: int) -> int:
    """Where the value of a declaration ends: behind the bracket that closes its object or loop, not its condition."""
    depth = 0
    opened = False
    for match in _BRACKET.finditer(masked, at):
        opened = opened or match[0] in "[{"
        depth += 1 if match[0] in "[{(" else -1
        if depth < 0 or (opened and depth == 0):
            return match.end()
    return len(masked)


def _mask(source: str) -> tuple[str, dict[int, str]]:
    """The source with comments and the insides of texts blanked, and each text by where its opening quote stands."""
    pieces: list[str] = []
    texts: dict[int, str] = {}
    kept = 0
    for start, end, opened in _blanks(source):
        pieces += [source[kept:start], re.sub(r"[^\n]", " ", source[start:end])]
        kept = end
        if opened >= 0:
            texts[opened] = source[start:end]
    return "".join([*pieces, source[kept:]]), texts


def _blanks(source: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, opening quote or -1) of each comment and the inside of each text."""
    at = 0
    while match := _SPECIAL.search(source, at):
        sign, start = match[0], match.start()
        at = match.end()
        if sign == "//":
            end = source.find("\n", at)
            at = len(source) if end < 0 else end
            yield start, at, -1
        elif sign == "/*":
            end = source.find("*/", at)
            at = len(source) if end < 0 else end + 2
            yield start, at, -1
        elif sign == "'''":
            end = source.find("'''", at)
            inside, at = at, len(source) if end < 0 else end + 3
            yield inside, len(source) if end < 0 else end, -1
        elif sign == "'":
            end = _text_end(source, at)
            yield at, end, start
            at = end + 1


def _text_end(source: str, at: int) -> int:
    """Where the closing quote of a text stands; `${…}` in it may hold texts of its own. A text ends with its line."""
    depths: list[int] = []  # of braces, one entry for each ${ that is open
    inside = True
    while at < len(source):
        sign = source[at]
        if sign == "\n" and inside and not depths:
            return at
        if inside:
            if sign == "\\":
                at += 1
            elif sign == "'":
                if not depths:
                    return at
                inside = False
            elif sign == "$" and source[at + 1 : at + 2] == "{":
                depths.append(0)
                inside = False
                at += 1
        elif sign == "'":
            inside = True
        elif sign == "{":
            depths[-1] += 1
        elif sign == "}":
            if depths[-1] == 0:
                depths.pop()
                inside = True
            else:
                depths[-1] -= 1
        at += 1
    return at
