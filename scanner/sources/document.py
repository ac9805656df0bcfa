"""Reads JSON values from a stream piece by piece: a long array's elements come out before its end is read."""

import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 1 << 18
_LONGEST = 256 << 20
_LISTS = ("data", "value")


class Malformed(Exception):
    """The stream holds no JSON at `line`; what came before it has been handed out."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Document:
    """The JSON values of a text stream. `read(n)` gives up to n bytes of UTF-8, and b"" at the end."""

    def __init__(self, start: bytes, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = self._decoder.decode(start)
        self._at = 0
        self._lines = 1
        self._ended = False
        self._raw_decode = json.JSONDecoder().raw_decode

    def line(self) -> int:
        """The line of the next character."""
        return self._lines + self._text.count("\n", 0, self._at)

    def _more(self) -> bool:
        """Forgets what is consumed and reads on; False at the end."""
        if self._ended:
            return False
        self._lines = self.line()
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > _LONGEST:
            raise Malformed("one JSON value is longer than 256 MiB", self._lines)
        chunk = self._read(max(_CHUNK, len(self._text)))
        self._ended = not chunk
        self._text += self._decoder.decode(chunk, final=self._ended)
        return not self._ended

    def _peek(self) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            while self._at < len(self._text):
                char = self._text[self._at]
                if char not in " \t\r\n":
                    return char
                self._at += 1
            if not self._more():
                return ""

    def _take(self, wanted: str) -> None:
        found = self._peek()
        if found != wanted:
            what = repr(found) if found else "the end of the file"
            raise Malformed(f"expected {wanted!r}, found {what}", self.line())
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                line = self._lines + self._text.count("\n", 0, error.pos)
                ended = error.pos >= len(self._text.rstrip())
                raise Malformed("the file ends too early" if ended else error.msg, line) from None
            except RecursionError:
                raise Malformed("the JSON is nested too deeply", self.line()) from None
            if end == len(self._text) and self._more():
                continue  # a number may go on in the next chunk
            self._at = end
            return value

    def values(self) -> Iterator[tuple[str, Any]]:
        """("element", value) for each member of a top-level array or of a reply's list of rows;
        ("array", its length) and ("object", its other names) when the container has ended."""
        while char := self._peek():
            if char == "[":
                count = 0
                for value in self._elements():
                    count += 1
                    yield "element", value
                yield "array", count
            elif char == "{":
                yield from self._object()
            else:
                raise Malformed(f"{char!r} begins no row", self.line())

    def _elements(self) -> Iterator[Any]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            yield self._value()
            if self._peek() != ",":
                self._take("]")
                return
            self._take(",")

    def _object(self) -> Iterator[tuple[str, Any]]:
        self._take("{")
        names: dict[str, Any] = {}
        if self._peek() == "}":
            self._take("}")
            yield "object", names
            return
        while True:
            if self._peek() != '"':
                self._take('"')
            name = self._value()
            self._take(":")
            if name in _LISTS and self._peek() == "[":
                count = 0
                for value in self._elements():
                    count += 1
                    yield "element", value
                names[name] = count
            else:
                names[name] = self._value()
            if self._peek() != ",":
                self._take("}")
                yield "object", names
                return
            self._take(",")
