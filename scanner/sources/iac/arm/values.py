"""The values that expressions work on: JSON, texts with holes, and unknowns that keep a name, so that they still join.

An unknown that has a *term* ("vmCount", "length(names)") is the same value wherever the same term stands; one without
is nobody's equal. A Holed is a text: its holes are terms too, and braces that are part of the text stand doubled.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from scanner.model import Unknown
from scanner.sources.iac.model import NEEDS, Holed, unknown

Value = Any
"""A JSON value, Unknown or Holed; lists and objects may contain these."""

LONGEST_TEXT = 131_072
"""Characters; the service refuses longer literals."""
MOST_MEMBERS = 500_000
"""Values within one value: ten times what the service's limit of 4 MB for a template lets through."""
DEEPEST = 250
"""Lists and objects within each other."""
_LONGEST_TERM = 160
_PARTS = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[^{}]+")


class Refused(Exception):
    """The service would refuse the template for this. `offset`: where in the expression, -1 if that is not known."""

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Named(Unknown):
    """An unknown with a term; compares by it."""

    __slots__ = ("term",)
    term: str

    def __new__(cls, reason: str, needs: str = NEEDS, term: str = "") -> "Named":
        found: Named = object.__new__(cls)
        found.reason = reason
        found.needs = needs
        found.term = term
        return found

    def member(self, _: str) -> Value | None:
        """A member that is known though the whole is not; None if there is none."""
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.term == self.term

    def __hash__(self) -> int:
        return hash(self.term)

    def __repr__(self) -> str:
        return f"Named({self.term!r}, {self.reason!r})"


def named(what: str, why: str) -> Named:
    """An unknown of any type that is the same value wherever it has that name: a parameter without a value."""
    return Named(why, NEEDS, what.translate(_NO_BRACES))


def hole(what: str, why: str) -> Holed:
    """A text of which nothing is known but its name."""
    return Holed("{" + what.translate(_NO_BRACES) + "}", (why,))


_NO_BRACES = str.maketrans({"{": "<", "}": ">"})


def escape(text: str) -> str:
    """A known text, as it stands within a Holed."""
    return text.replace("{", "{{").replace("}", "}}") if "{" in text or "}" in text else text


def parts(holed: Holed) -> list[tuple[str, bool]]:
    """(text, False) and (what, True) for a hole, in their order."""
    found: list[tuple[str, bool]] = []
    for piece in _PARTS.findall(holed.text):
        if piece in ("{{", "}}"):
            piece, is_hole = piece[0], False
        elif piece[0] == "{":
            piece, is_hole = piece[1:-1], True
        else:
            is_hole = False
        if found and not is_hole and not found[-1][1]:
            found[-1] = (found[-1][0] + piece, False)
        else:
            found.append((piece, is_hole))
    return found


def holed(pieces: Iterable[tuple[str, bool]], why: tuple[str, ...]) -> str | Holed:
    """The inverse of `parts`; a text without holes is a plain one."""
    listed = list(pieces)
    if not any(is_hole for _, is_hole in listed):
        return "".join(text for text, _ in listed)
    return Holed("".join("{" + text + "}" if is_hole else escape(text) for text, is_hole in listed), why)


def same_id(text: str) -> str:
    """An id, or a Holed's text, as ids are compared: in lower case, and blind to toLower and toUpper of a hole."""
    return (re.sub(r"(?::(?:lower|upper))+\}", "}", text) if ":" in text else text).lower()


def scalar_text(value: Value) -> str | None:
    """How the service writes a scalar within a text; None: it is no scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace("e", "E")
    return "" if value is None else None


def join(pieces: Iterable[Value]) -> str | Holed | Unknown:
    """Texts, scalars and unknowns in a row, as one text; Unknown if one of them has no name to leave a hole by."""
    texts: list[str] = []
    whys: dict[str, None] = {}
    open_ = False
    listed = list(pieces)
    for piece in listed:
        if isinstance(piece, Holed):
            open_ = True
            whys.update(dict.fromkeys(piece.why))
        elif isinstance(piece, Unknown):
            if not isinstance(piece, Named):
                return unknown(reason_of(listed))
            open_ = True
            whys[piece.reason] = None
    for piece in listed:
        if isinstance(piece, Holed):
            texts.append(piece.text)
        elif isinstance(piece, Named):
            texts.append("{" + piece.term + "}")
        else:
            text = scalar_text(piece)
            if text is None:
                raise Refused(f"{kind(piece)} cannot be part of a text")
            texts.append(escape(text) if open_ else text)
    whole = "".join(texts)
    if len(whole) > LONGEST_TEXT:
        raise Refused(f"a text would be longer than {LONGEST_TEXT} characters, which the service refuses")
    return Holed(whole, tuple(whys)[:5]) if open_ else whole


def kind(value: Value) -> str:
    """The type of a value in the words of templates."""
    if isinstance(value, str | Holed):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if value is None:
        return "null"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    return "unknown" if isinstance(value, Unknown) else "lambda"


def known(value: Value) -> bool:
    """Whether nothing within it is unknown."""
    if isinstance(value, list):
        return all(map(known, value))
    if isinstance(value, dict):
        return all(map(known, value.values()))
    return not isinstance(value, Unknown | Holed)


def reason_of(values: Iterable[Value]) -> str:
    """What would settle them, in one line."""
    found: dict[str, None] = {}
    _reasons(values, found, 1000)
    return "; ".join(list(found)[:3]) or "it is not known"


def reasons_of(values: Iterable[Value]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    _reasons(values, found, 1000)
    return tuple(found)[:5] or ("it is not known",)


def _reasons(values: Iterable[Value], found: dict[str, None], budget: int) -> int:
    for value in values:
        budget -= 1
        if budget < 0:
            break
        if isinstance(value, Holed):
            found.update(dict.fromkeys(value.why))
        elif isinstance(value, Unknown):
            found[value.reason] = None
        elif isinstance(value, list):
            budget = _reasons(value, found, budget)
        elif isinstance(value, dict):
            budget = _reasons(value.values(), found, budget)
    return budget


def term_of(value: Value) -> str | None:
    """How a value is written within a term: two values with the same writing are the same value. None: it has none."""
    if isinstance(value, Named):
        return value.term
    if isinstance(value, Holed):
        pieces = parts(value)
        if len(pieces) == 1 and pieces[0][1]:
            return pieces[0][0]
        return "'" + "".join(f"<{text}>" if is_hole else _quoted(text)[1:-1] for text, is_hole in pieces) + "'"
    if isinstance(value, Unknown):
        return None
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        members = [term_of(member) for member in value] if len(value) <= 20 else [None]
        return None if None in members else "[" + ",".join(map(str, members)) + "]"
    if isinstance(value, dict):
        members = [term_of(member) for member in value.values()] if len(value) <= 20 else [None]
        if None in members:
            return None
        return "(" + ",".join(f"{_quoted(name)}:{member}" for name, member in zip(value, members, strict=True)) + ")"
    return "null" if value is None else json.dumps(value) if isinstance(value, bool | int | float) else None


_SIGNS = str.maketrans({"'": "''", "<": "\\<", ">": "\\>", "{": "\\<<", "}": "\\>>", "\\": "\\\\"})


def _quoted(text: str) -> str:
    return "'" + text.translate(_SIGNS) + "'"


def shorten(term: str) -> str:
    """A term that fits on a line; what it loses in words it keeps in a hash."""
    if len(term) <= _LONGEST_TERM:
        return term
    return f"{term[:40].rstrip()}…#{hashlib.sha256(term.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def result(name: str, arguments: Iterable[Value], returns: str = "any") -> Value:
    """What a function gives of arguments that are not known enough: an unknown, a hole where it would be a text."""
    listed = list(arguments)
    terms = [term_of(argument) for argument in listed]
    if None in terms:
        return unknown(reason_of(listed))
    term = shorten(f"{name}({','.join(map(str, terms))})")
    if returns == "string":
        return Holed("{" + term + "}", reasons_of(listed))
    return Named(reason_of(listed), NEEDS, term)


def bounded(value: Value) -> Value:
    """The value, if the service could hold it; lists that contain themselves many times grow beyond any memory."""
    left = MOST_MEMBERS
    heap = [(value, 0)]
    while heap:
        here, depth = heap.pop()
        if isinstance(here, list | dict):
            left -= len(here) + 1
            if left < 0:
                raise Refused("a value would be larger than the 4 MB that the service accepts")
            if depth >= DEEPEST:
                raise Refused(f"a value would be nested more than {DEEPEST} deep")
            members = here if isinstance(here, list) else here.values()
            heap.extend((member, depth + 1) for member in members)
    return value


def unnamed(values: Iterable[Value]) -> Unknown:
    """What a function gives that has no name to be compared by."""
    return unknown(reason_of(values))
