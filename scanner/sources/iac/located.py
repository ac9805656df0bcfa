"""Reads JSON as the Resource Manager service accepts it and keeps where every value stands, the origins of findings."""

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner; typeshed leaves it out
from typing import Any

from scanner.model import AuthoringError, Problem
from scanner.sources.iac.places import Array, Document, Object

__all__ = ["Array", "Object", "decode", "load"]

DEPTH = 250
"""Containers within containers. Real templates with nested deployments stay below fifty."""
LONGEST_NUMBER = 400
MOST_PROBLEMS = 50

_W = r"[ \t\r\n]*+"
_SCALAR = rf'(?:"([^"\\]*+)"|(-?(?:0|[1-9][0-9]{{0,17}}))(?![0-9.eE])|(true|false|null)){_W}([,\]}}])|([\[{{])'
# One match for most members: key, colon, scalar, and what follows it. Whatever it does not match goes the careful way.
_MEMBER = re.compile(rf'{_W}"([^"\\]*+)"{_W}:{_W}(?:{_SCALAR})').match
_ITEM = re.compile(rf"{_W}(?:{_SCALAR})").match
_AFTER = re.compile(rf"{_W}([,\]}}])").match
_SPACE = re.compile(r"[\s\ufeff]*+").match
_LINE = re.compile(r"[^\n\r]*+").match
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.])").match
_WORD = re.compile(r"[A-Za-z]+").match
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def load(source: str | bytes, file: str, problems: list[Problem] | None = None) -> Any:
    """The value of a JSON text: Object, Array, or a plain scalar. Comments, texts over several lines, trailing commas
    and byte-order marks are read as the service reads them. Of a name given twice the last counts; `problems` says so.
    AuthoringError: what is wrong, where, and the next step."""
    document = Document(source if isinstance(source, str) else decode(source, file), file)
    return _Reader(document, problems).read()


def decode(data: bytes, file: str) -> str:
    """UTF-8, or UTF-16 and UTF-32 by their byte-order mark or the zeros of the first characters."""
    encoding = "utf-8-sig"
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        encoding = "utf-32"
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[:1] == b"\x00":
        encoding = "utf-16-be"
    elif data[1:2] == b"\x00":
        encoding = "utf-16-le"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AuthoringError(
            f"this is not {encoding.upper().removesuffix('-SIG')} text", file, line, 0, "save the file as UTF-8"
        ) from None


class _Reader:
    """One pass with an explicit stack: no recursion, so no input overflows it."""

    def __init__(self, document: Document, problems: list[Problem] | None) -> None:
        self.document = document
        self.text = document.text
        self.problems = problems
        self.names: dict[str, str] = {}

    def read(self) -> Any:
        start = self.space(0)
        value, end = self.containers(start) if self.text[start : start + 1] in ("{", "[") else self.scalar(start)
        end = self.space(end)
        if end < len(self.text):
            raise self.document.error("there is text after the end of the JSON value", end)
        return value

    def containers(self, start: int) -> tuple[Any, int]:
        text, document, after = self.text, self.document, _AFTER
        stack: list[Object | Array] = []
        root = here = Object(document, start) if text[start] == "{" else Array(document, start)
        at = start + 1
        while True:
            if isinstance(here, Object):
                at, name = self.members(here, at)
            else:
                at = self.items(here, at)
                name = ""
            opening = text[at - 1]
            if opening in "{[":
                if len(stack) >= DEPTH:
                    raise document.error(f"values are nested more than {DEPTH} deep", at - 1, "nest them less deep")
                stack.append(here)
                below = Object(document, at - 1) if opening == "{" else Array(document, at - 1)
                if isinstance(here, Object):
                    here[name] = below
                else:
                    here.append(below)
                here = below
                continue
            while True:  # a container has ended: what comes next belongs to the one around it
                if not stack:
                    return root, at
                here = stack.pop()
                found = after(text, at)
                at = found.end() - 1 if found else self.space(at)
                if text[at : at + 1] == ",":
                    at += 1
                    break
                at = self.close(at, "}" if isinstance(here, Object) else "]")

    def members(self, here: Object, at: int) -> tuple[int, str]:
        """Reads members until a container opens (its offset + 1, its name) or this one ends (its end)."""
        text, match, names, places = self.text, _MEMBER, self.names, here._places
        while True:
            found = match(text, at)
            if found is None:
                at = self.space(at)
                if text[at : at + 1] == "}":
                    return at + 1, ""
                key_at = at
                name, at = self.name(at)
                value_at = at = self.space(at)
                if text[at : at + 1] in ("{", "["):
                    after = ""
                else:
                    value, at = self.scalar(at)
                    at = self.space(at)
                    after = text[at : at + 1]
                at += 1
                name = names.setdefault(name, name)
            else:
                name, string, number, word, after, _ = found.groups()
                name = names.setdefault(name, name)
                at = found.end()
                key_at = found.start(1) - 1
                if string is not None:
                    value = string
                    value_at = found.start(2) - 1
                elif number is not None:
                    value = int(number)
                    value_at = found.start(3)
                elif word is not None:
                    value = _WORDS[word]
                    value_at = found.start(4)
                else:
                    after = ""
                    value_at = at - 1
            if name in here:
                self.twice(here, name, key_at, value_at)
            else:
                places.append(key_at)
                places.append(value_at)
            if not after and text[value_at] in "{[":
                here[name] = None  # keeps the order of the places
                return value_at + 1, name
            here[name] = value
            if after != ",":
                return self.close(at - 1, "}"), ""

    def items(self, here: Array, at: int) -> int:
        """Reads members until a container opens (its offset + 1) or this one ends (its end)."""
        text, match, places, append = self.text, _ITEM, here._places, here.append
        while True:
            found = match(text, at)
            if found is None:
                at = self.space(at)
                if text[at : at + 1] == "]":
                    return at + 1
                places.append(at)
                if text[at : at + 1] in ("{", "["):
                    return at + 1
                value, at = self.scalar(at)
                append(value)
                at = self.space(at) + 1
                after = text[at - 1 : at]
            else:
                string, number, word, after, _ = found.groups()
                at = found.end()
                if string is not None:
                    append(string)
                    places.append(found.start(1) - 1)
                elif number is not None:
                    append(int(number))
                    places.append(found.start(2))
                elif word is not None:
                    append(_WORDS[word])
                    places.append(found.start(3))
                else:
                    places.append(at - 1)
                    return at
            if after != ",":
                return self.close(at - 1, "]")

    def twice(self, here: Object, name: str, key_at: int, value_at: int) -> None:
        """The last one counts, as the service has it; its place is the one that is kept."""
        if here._later is None:
            here._later = {}
        here._later[name] = key_at, value_at
        if self.problems is not None and len(self.problems) < MOST_PROBLEMS:
            message = f"the name {name[:60]!r} is given twice in one object; the last one counts"
            self.problems.append(Problem(message, self.document.file, self.document.place(key_at)[0]))

    def space(self, at: int) -> int:
        """Where the next thing begins, behind white space and comments."""
        if self.text[at : at + 1] in '{}[]",:':  # mostly nothing stands between
            return at
        text = self.text
        while True:
            found = _SPACE(text, at)
            at = found.end() if found else at
            if text.startswith("//", at):
                found = _LINE(text, at)
                at = found.end() if found else at
            elif text.startswith("/*", at):
                end = text.find("*/", at + 2)
                if end < 0:
                    raise self.document.error("a comment begins here and does not end", at, "write */ where it ends")
                at = end + 2
            else:
                return at

    def close(self, at: int, closing: str) -> int:
        """Past the sign that ends a container."""
        if self.text[at : at + 1] == closing:
            return at + 1
        if at >= len(self.text):
            raise self.document.error(
                f"the file ends where {closing} or a comma was expected", at, "is the file whole?"
            )
        raise self.document.error(f"a comma or {closing} was expected here", at)

    def name(self, at: int) -> tuple[str, int]:
        """A member's name, and where its value may begin."""
        if self.text[at : at + 1] != '"':
            if at >= len(self.text):
                raise self.document.error("the file ends within an object", at, "is the file whole?")
            raise self.document.error("a name in double quotes or } was expected here", at)
        name, at = self.string(at)
        at = self.space(at)
        if self.text[at : at + 1] != ":":
            raise self.document.error(f"a colon was expected after the name {name[:60]!r}", at)
        return name, self.space(at + 1)

    def string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, False)
        except JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                raise self.document.error(
                    "a text begins here and does not end", at, "write the closing quote"
                ) from None
            raise self.document.error("this \\ escape is not one that JSON has", error.pos, "write \\\\") from None
        return text, end

    def scalar(self, at: int) -> tuple[Any, int]:
        """A text, number, true, false or null, whatever it looks like."""
        text = self.text
        if text[at : at + 1] == '"':
            return self.string(at)
        if found := _NUMBER(text, at):
            if found.end() - at > LONGEST_NUMBER:
                raise self.document.error("this number is too long", at)
            whole = found[1] is None and found[2] is None
            return (int(found[0]) if whole else float(found[0])), found.end()
        if (word := _WORD(text, at)) and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        if at >= len(text):
            raise self.document.error("the file ends where a value was expected", at, "is the file whole?")
        raise self.document.error("a value was expected here", at)
