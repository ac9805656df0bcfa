"""Keeps what a collection has read so far on disk, page by page, so that a killed one loses nothing and can go on.

A folder: one file a part (pages as gzip members, one after the other) and a journal with a line for each page. A page
counts once its line is there; what a part's file holds beyond that was written by a run that was killed.
"""

import contextlib
import gzip
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import IO, Any

from scanner.model import SnapreadyError

_JOURNAL, _WHOLE = "journal.ndjson", "snapshot.new"
_LEVEL = 3
"""Of zlib: a page of a megabyte takes some 15 ms, and shrinks to a tenth."""


@dataclass(slots=True)
class Part:
    """One sequence of pages. `ends`: where in its file each page ends; `state`: what its writer left beside the last
    page, from which it goes on; `result`: what the writer says of the whole, once it is done."""

    name: str
    file: Path
    ends: list[int] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None


class Spool:
    """Parts written by several threads, and read by one while they are written."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.about: dict[str, Any] = {}
        self._durable = durable
        self._parts: dict[str, Part] = {}
        self._news = threading.Condition()
        self._failure: BaseException | None = None
        self._journal: FileIO | None = None
        self._files: dict[str, FileIO] = {}
        self._lock: int | None = None

    def start(self, about: dict[str, Any]) -> None:
        """A new folder; `about` tells a later run whether it may go on with it. Raises SnapreadyError."""
        with _written(self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._claim()
            self._clear()
            self._journal = FileIO(self.folder / _JOURNAL, "a")
            self._note({"about": about})
        self.about = about

    def _clear(self) -> None:
        """Removes what an earlier run left, the journal first: without it nothing else counts."""
        left = list(self.folder.iterdir())
        for path in left:
            if path.name not in (_JOURNAL, _WHOLE) and path.suffix != ".gz":
                raise SnapreadyError(f"{path} was not written by snapready; move it away, or name another file")
        for path in sorted(left, key=lambda path: path.name != _JOURNAL):
            path.unlink()

    def resume(self) -> bool:
        """Reads what an earlier run left; False where that is nothing. From a line that is broken or cut off on, all
        is forgotten. Raises SnapreadyError where a page is not as it was written."""
        path = self.folder / _JOURNAL
        try:
            self._claim()
            lines = path.read_bytes().splitlines(keepends=True)
        except OSError:
            return False
        whole = 0
        for line in lines:
            try:
                entry = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                entry = None
            if not isinstance(entry, dict) or not self._replay(entry):
                break
            whole += len(line)
        if not self.about or not any(part.result for part in self._parts.values()):
            self._parts.clear()
            self.about = {}
            return False
        for part in self._parts.values():
            for _ in _pages(part):  # a part that is done is copied later without another look
                pass
        with _written(self.folder):
            os.truncate(path, whole)
            counted = {part.file: part.ends[-1] for part in self._parts.values() if part.ends}
            for file in self.folder.glob("*.gz"):  # also one of which no page was finished
                os.truncate(file, counted.get(file, 0))
            self._journal = FileIO(path, "a")
        return True

    def _claim(self) -> None:
        """Two runs must not write to one folder; where the system knows no such locks, nobody checks."""
        try:
            import fcntl
        except ImportError:
            return
        if self._lock is None:
            self._lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            raise SnapreadyError(f"{self.folder}: another run is writing there; wait until it has ended") from None

    def _replay(self, entry: dict[str, Any]) -> bool:
        """Whether the line of a journal is one that this class writes."""
        match entry:
            case {"about": dict(about)}:
                self.about = about
            case {"part": str(name), "result": dict(result)}:
                self.part(name).result = result
            case {"part": str(name), "state": dict(state)}:
                part = self.part(name)
                if isinstance(entry.get("end"), int):
                    part.ends.append(entry["end"])
                part.state = state
            case _:
                return False
        return True

    def _note(self, entry: dict[str, Any]) -> None:
        if self._journal is None:
            raise SnapreadyError("the collection has ended")
        self._keep(self._journal, json.dumps(entry, separators=(",", ":")).encode() + b"\n")

    def _keep(self, file: FileIO, data: bytes) -> None:
        """Unbuffered, as what a full disk refuses would be tried again when the file is closed."""
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        if self._durable:
            os.fsync(file.fileno())

    def part(self, name: str) -> Part:
        """The part of that name, made when it is first asked for."""
        with self._news:
            if name not in self._parts:
                self._parts[name] = Part(name, self.folder / f"{name}.gz")
            return self._parts[name]

    def append(self, part: Part, lines: Iterable[bytes], state: dict[str, Any]) -> None:
        """Adds a page; once this returns, no crash loses it. Raises SnapreadyError where the disk does not take it."""
        page = b"".join(line + b"\n" for line in lines)
        packed = gzip.compress(page, _LEVEL, mtime=0) if page else b""
        entry: dict[str, Any] = {"part": part.name, "state": state}
        with self._news, _written(self.folder):
            if packed and self._journal is not None:
                if part.name not in self._files:
                    self._files[part.name] = FileIO(part.file, "a")
                file = self._files[part.name]
                self._keep(file, packed)
                entry["end"] = file.tell()
            self._note(entry)
            part.state = state
            if packed:
                part.ends.append(entry["end"])
            self._news.notify_all()

    def done(self, part: Part, result: dict[str, Any]) -> None:
        """Nothing more comes of that part."""
        with self._news, _written(self.folder):
            self._note({"part": part.name, "result": result})
            part.result = result
            file = self._files.pop(part.name, None)
            if file is not None:
                file.close()
            self._news.notify_all()

    def fail(self, error: BaseException) -> None:
        """A writer broke down: whoever reads is told."""
        with self._news:
            self._failure = self._failure or error
            self._news.notify_all()

    def check(self) -> None:
        """Raises what broke a writer."""
        if self._failure is not None:
            raise self._failure

    def lines(self, *parts: Part) -> Iterator[bytes]:
        """The rows of these parts, each with its line end, as their pages are written; ends when all are done."""
        for part, start, end in self._in_turns(parts, wait=True):
            yield from _page(part.file, start, end).splitlines(keepends=True)

    def _in_turns(self, parts: Iterable[Part], *, wait: bool) -> Iterator[tuple[Part, int, int]]:
        """A page of each part, then the next page of each: whoever reads parts that are written at the same time keeps
        up with all of them, and the order is the same however fast each is written."""
        active = {part.name: (part, 0, 0) for part in parts}
        while active:
            for name, (part, number, start) in list(active.items()):
                with self._news:
                    while wait and number >= len(part.ends) and part.result is None and self._failure is None:
                        self._news.wait(1.0)
                    if wait:
                        self.check()
                    end = part.ends[number] if number < len(part.ends) else None
                if end is None:
                    del active[name]
                    continue
                yield part, start, end
                active[name] = (part, number + 1, end)

    def until_done(self, part: Part) -> None:
        """Waits until nothing more comes of a part; raises what broke a writer."""
        with self._news:
            while part.result is None and self._failure is None:
                self._news.wait(1.0)
        self.check()

    def so_far(self, part: Part) -> Iterator[bytes]:
        """The rows a part has now."""
        for page in _pages(part):
            yield from page.splitlines(keepends=True)

    def write(
        self,
        file: Path,
        header: dict[str, Any],
        parts: Iterable[Sequence[Part]],
        change: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """The finished snapshot: in this folder first, and in its place only when it is whole. `parts`: as they were
        read together, as far as they go. `change`: what is done to every row on its way. Raises SnapreadyError."""
        beside = self.folder / _WHOLE
        first = json.dumps({"snapready": header}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        with _written(file):
            try:
                with beside.open("wb") as out:
                    packed = file.name.endswith(".gz")
                    out.write(gzip.compress(first, _LEVEL, mtime=0) if packed else first)
                    for together in parts:
                        self._copy(together, out, packed=packed, change=change)
                    out.flush()
                    os.fsync(out.fileno())
                beside.replace(file)
            finally:
                beside.unlink(missing_ok=True)  # it may be what fills the disk
        _settle(file.parent)

    def _copy(
        self, parts: Sequence[Part], out: IO[bytes], *, packed: bool, change: Callable[[bytes], bytes] | None
    ) -> None:
        for part, start, end in self._in_turns(parts, wait=False):
            if packed and change is None:
                out.write(_raw(part.file, start, end))
                continue
            page = _page(part.file, start, end)
            if change is not None:
                page = b"".join(change(row) + b"\n" for row in page.splitlines())
            out.write(gzip.compress(page, _LEVEL, mtime=0) if packed else page)

    def close(self, *, forget: bool) -> None:
        """Lets go of the files, after which nothing more is kept; `forget`: removes the folder too."""
        with self._news:
            for file in [*self._files.values(), *([self._journal] if self._journal else [])]:
                file.close()
            self._files.clear()
            self._journal = None
        if forget:
            with contextlib.suppress(OSError, SnapreadyError):
                self._clear()
                self.folder.rmdir()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextlib.contextmanager
def _written(place: Path) -> Iterator[None]:
    """What the system says while it writes there, as a message for people."""
    try:
        yield
    except OSError as error:
        raise SnapreadyError(f"{place}: cannot be written: {error.strerror}") from None


def _settle(folder: Path) -> None:
    """Has the folder itself written, so that the new name outlives a power cut before the old files are removed."""
    with contextlib.suppress(OSError):  # where folders cannot be opened there is nothing of the kind
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _pages(part: Part) -> Iterator[bytes]:
    start = 0
    for end in list(part.ends):
        yield _page(part.file, start, end)
        start = end


def _page(file: Path, start: int, end: int) -> bytes:
    try:
        return gzip.decompress(_raw(file, start, end))
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(file, error) from None


def _raw(file: Path, start: int, end: int) -> bytes:
    """A page as it is kept."""
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            packed = stream.read(end - start)
    except OSError as error:
        raise _damaged(file, error) from None
    if len(packed) < end - start:
        raise _damaged(file, EOFError("it is cut off"))
    return packed


def _damaged(file: Path, error: Exception) -> SnapreadyError:
    return SnapreadyError(f"{file}: what was read before is damaged ({error}); start again without --resume")
