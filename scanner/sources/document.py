"""Reads JSON values from a stream piece by piece: a long array's elements come out before its end is read."""

import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 1 << 18
_LONGEST = 256 << 20
_LISTS = ("data", "value")
_LITERAL = 16
"""More characters than any word or escape of JSON has: an error that far from the end is no matter of reading on."""


class Malformed(Exception):
    """The stream holds no JSON at `line`; what came before it has been handed out."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class InvalidText:
    """Stands for a value whose bytes are not UTF-8."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


class Document:
    """The JSON values of a text stream. `read(n)` gives up to n bytes of UTF-8, and b"" at the end.

    `started`: the line on which the value handed out last begins.
    """

    def __init__(self, start: bytes, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._invalid = False
        self._text = self._decoded(start)
        self._at = self._counted = 0
        self._lines = self.started = 1
        self._ended = False
        self._failure: Exception | None = None
        self._raw_decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode

    def line(self) -> int:
        """The line of the next character."""
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def _decoded(self, chunk: bytes, *, final: bool = False) -> str:
        """The chunk as text; bytes that are no UTF-8 become lone surrogates, and values are looked at from then on."""
        text = self._decoder.decode(chunk, final)
        self._invalid = self._invalid or not _is_utf8(text)
        return text

    def _more(self) -> bool:
        """Forgets what is consumed and reads on; False at the end."""
        if self._ended:
            return False
        if self._failure is not None:
            raise self._failure
        self.line()
        self._text, self._at, self._counted = self._text[self._at :], 0, 0
        if len(self._text) > _LONGEST:
            raise Malformed("one JSON value is longer than 256 MiB", self._lines)
        wanted = max(_CHUNK, len(self._text))  # doubling: a long value is not parsed once for each read
        pieces: list[bytes] = []
        while wanted > 0 and not self._ended:
            try:
                piece = self._read(wanted)
            except Exception as error:
                if not pieces:
                    raise
                self._failure = error  # raised once what was read before it has been handed out
                break
            self._ended = not piece
            wanted -= len(piece)
            pieces.append(piece)
        more = self._decoded(b"".join(pieces), final=self._ended)
        self._text += more
        return bool(more) or not self._ended

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
            message = f"no JSON: expected {wanted!r}, found {found!r}" if found else "the file ends too early"
            raise Malformed(message, self.line())
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                left = len(self._text.rstrip()) - error.pos
                cut = left < _LITERAL or error.msg.startswith("Unterminated string")  # else more text mends nothing
                if cut and self._more():
                    continue
                line = self._lines + self._text.count("\n", self._counted, error.pos)
                ended = left <= 0 or error.msg.startswith("Unterminated string")
                raise Malformed("the file ends too early" if ended else f"no JSON: {error.msg}", line) from None
            except ValueError as error:  # NaN, or an integer of more digits than Python reads
                raise Malformed(f"no JSON that can be read: {str(error).split(';')[0]}", self.line()) from None
            except RecursionError:
                raise Malformed("the JSON is nested too deeply", self.line()) from None
            if end == len(self._text) and self._more():
                continue  # a number may go on in the next chunk
            valid = not self._invalid or _is_utf8(self._text[self._at : end])
            self._at = end
            return value if valid else InvalidText()

    def values(self) -> Iterator[tuple[str, Any]]:
        """("element", value) for each member of a top-level array or of a reply's list of rows;
        ("array", its length) and ("object", its other names, for each list of rows an empty one) when the container
        has ended."""
        while char := self._peek():
            start = self.line()
            if char == "[":
                count = 0
                for value in self._elements():
                    count += 1
                    yield "element", value
                self.started = start
                yield "array", count
            elif char == "{":
                for what, value in self._object():
                    if what == "object":
                        self.started = start
                    yield what, value
            else:
                raise Malformed(f"no JSON: {char!r} begins no row", start)

    def _elements(self) -> Iterator[Any]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            self._peek()
            self.started = self.line()
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
            name = name if isinstance(name, str) else "?"
            self._take(":")
            if name in _LISTS and self._peek() == "[":
                for value in self._elements():
                    yield "element", value
                names[name] = []
            else:
                names[name] = self._value()
            if self._peek() != ",":
                self._take("}")
                yield "object", names
                return
            self._take(",")


def _is_utf8(text: str) -> bool:
    """Whether every character of a text decoded with "surrogateescape" came from valid UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
