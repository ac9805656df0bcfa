"""Opens an input whatever way it is stored (gzip, byte-order marks, standard input) and says what is no JSON at all."""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

READ_ERRORS = (OSError, EOFError, zlib.error, UnicodeError)
"""What reading a damaged or vanishing file raises half-way."""

_BUFFER = 1 << 20
_AZ = "collect with: snapready query --az > collect.sh && sh collect.sh fleet.ndjson"


class NotRows(Exception):
    """The input is nothing that could hold rows; the message says what it is and what to do."""


class _Transcoded(io.RawIOBase):
    """UTF-16 bytes as UTF-8 bytes, a chunk at a time."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder("utf-16")()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._left:
            chunk = self._raw.read(_BUFFER)
            self._left = self._decoder.decode(chunk, final=not chunk).encode()
            if not chunk:
                break
        size = min(len(view), len(self._left))
        view[:size], self._left = self._left[:size], self._left[size:]
        return size


@contextmanager
def opened(path: str) -> Iterator[io.BufferedReader]:
    """The bytes of `path` (`-`: standard input) as UTF-8 without a byte-order mark; raises NotRows or OSError."""
    raw = sys.stdin.buffer if path == "-" else Path(path).open("rb", buffering=_BUFFER)  # noqa: SIM115 - closed below
    try:
        yield _unwrapped(raw)
    finally:
        if path != "-":
            raw.close()


def _unwrapped(raw: BinaryIO) -> "io.BufferedReader[Any]":
    stream: io.BufferedReader[Any] = (
        raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, raw), _BUFFER)
    )
    if stream.peek(2)[:2] == b"\x1f\x8b":
        stream = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), _BUFFER)
    start = stream.peek(4)[:4]
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        stream = io.BufferedReader(_Transcoded(stream), _BUFFER)
    elif start[:3] == codecs.BOM_UTF8:
        stream.read(3)
    return stream


def refuse_what_is_no_json(first_line: bytes) -> None:
    """Raises NotRows for a first line that no JSON begins with, naming what it looks like."""
    text = first_line.lstrip()
    if not text or text[:1] in b"{[":
        return
    if text[:1] == b"<":
        raise NotRows(f"this is HTML or XML, not JSON rows (a saved sign-in or error page?); {_AZ}")
    if text[:2] == b"PK":
        raise NotRows(f"this is a zip archive: unpack it first, or {_AZ}")
    if text.upper().startswith((b"ERROR", b"WARNING", b"USAGE", b"TRACEBACK")):
        said = text.decode("utf-8", "replace").strip()[:100]
        raise NotRows(f"this begins with a message of a program, not with JSON ({said}); save standard output only")
    if b"," in text and b"{" not in text:
        raise NotRows(f"this is CSV, as the portal exports it, which loses nested properties; {_AZ}")
    raise NotRows(f"this is not JSON (the output of az with -o json is); {_AZ}")
