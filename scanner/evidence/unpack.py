"""An evidence pack taken apart: the files that its manifest names, and what was altered, is missing or was added."""

import os
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanner.evidence.manifest import NAME, Kept, Manifest, kept_file, read
from scanner.model import SnapreadyError

_MANIFEST_BYTES = 64 << 20
_RATIO, _SLACK = 300, 16 << 20
"""How many times its packed size a file may be: reports of many like results reach fifty, a bomb a thousand."""
_END = struct.Struct("<4s4H2LH")
"""The record that a zip file ends with; its last field is the length of a comment."""
_LOCAL = struct.Struct("<4s5H3L2H")
"""What stands before each file; its last fields are the lengths of its name and of what follows that."""
_TRAILED, _TRAILERS = 0x08, (12, 16, 20, 24)
"""A file's sizes may stand behind it, where it was written as a stream."""
BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error, zlib.error)
"""What a spoilt zip file is told by."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A pack that can be read: its files in a folder."""

    folder: Path
    manifest: Manifest
    altered: list[str]
    """What is not as the manifest says."""
    unfit: list[str]
    """What is not as this version writes manifests."""


@contextmanager
def opened(place: str) -> Iterator[Taken]:
    """The pack at `place`; a zip file is taken out into a folder that goes away again. Raises SnapreadyError."""
    path = Path(place)
    with tempfile.TemporaryDirectory(prefix="snapready-") as folder:
        try:
            taken = _folder(path, place) if path.is_dir() else _zip(path, Path(folder), place)
        except (OSError, OverflowError, *BROKEN) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SnapreadyError(f"{place}: cannot be read as an evidence pack: {why}") from None
        yield taken


def shown(name: str) -> str:
    """A name as it can be printed, whoever gave it."""
    return name if name.isprintable() else repr(name)


def _folder(folder: Path, place: str) -> Taken:
    there = dict(_walked(folder, ""))
    if NAME not in there:
        raise SnapreadyError(f"{place}: this is no evidence pack: it has no {NAME}")
    if what := there.pop(NAME):
        raise SnapreadyError(f"{place}: {NAME} is {what}: a pack holds nothing but files")
    data = (folder / NAME).read_bytes()
    odd = [f"{shown(name)} is {what}: a pack holds nothing but files" for name, what in there.items() if what]
    return _compared(folder, read(data, place), data, {name: None for name, what in there.items() if not what}, odd)


def _walked(folder: Path, inside: str) -> Iterator[tuple[str, str]]:
    """Everything below a folder by its name from there, and what it is where it is no file; links are not followed."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    if inside and not found:
        yield inside, "an empty folder"
    for entry in found:
        name = f"{inside}/{entry.name}" if inside else entry.name
        if entry.is_symlink():
            yield name, "a link"
        elif entry.is_dir():
            yield from _walked(Path(entry.path), name)
        else:
            yield name, "" if entry.is_file() else "neither file nor folder"


def _zip(file: Path, folder: Path, place: str) -> Taken:
    with zipfile.ZipFile(file) as whole:
        infos = _files(whole, place)
        packed = file.stat().st_size
        if sum(info.compress_size for info in infos.values()) > packed:
            raise SnapreadyError(f"{place}: files lie over each other in it: snapready writes no such pack")
        if NAME not in infos:
            raise SnapreadyError(f"{place}: this is no evidence pack: it has no {NAME}")
        if infos[NAME].file_size > _MANIFEST_BYTES:
            raise SnapreadyError(f"{place}: {NAME} has {infos[NAME].file_size:,} bytes: snapready writes no such pack")
        try:
            data = whole.read(infos.pop(NAME))
        except BROKEN as error:
            raise SnapreadyError(f"{place}: {NAME} cannot be unpacked: {error}") from None
        manifest = read(data, place)
        spoilt: dict[str, str | None] = dict.fromkeys(infos)
        for name in sorted(infos.keys() & manifest.files.keys()):
            spoilt[name] = _taken_out(whole, infos[name], manifest.files[name], folder / name)
        return _compared(folder, manifest, data, spoilt, [*_folders(whole), *_around(whole, file)])


def _files(whole: zipfile.ZipFile, place: str) -> dict[str, zipfile.ZipInfo]:
    """Every file by its name: only names that stay in the folder, and none twice, as nobody knows which would count."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in whole.infolist():
        name = info.orig_filename
        parts = name.removesuffix("/").split("/")
        if not name.isprintable() or {"", ".", ".."}.intersection(parts) or "\\" in name or ":" in name:
            raise SnapreadyError(f"{place}: {name!r} is no name of a file in an evidence pack")
        if name in found:
            raise SnapreadyError(f"{place}: {name} stands in it twice")
        if not name.endswith("/"):
            found[name] = info
    return found


def _taken_out(whole: zipfile.ZipFile, info: zipfile.ZipInfo, kept: Kept, target: Path) -> str | None:
    """Puts a file where it belongs; why it could not be, None where it was."""
    if info.file_size != kept.bytes:
        return f"it has {info.file_size:,} bytes, not {kept.bytes:,}"
    if info.file_size > _SLACK + _RATIO * info.compress_size:
        return (
            f"{info.compress_size:,} bytes in the pack are to become {info.file_size:,}: snapready writes no such pack"
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "snapready does not compress that way"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with whole.open(info) as data, target.open("wb") as file:
            shutil.copyfileobj(data, file)
    except BROKEN as error:
        return f"it cannot be unpacked: {error}"
    return None


def _folders(whole: zipfile.ZipFile) -> list[str]:
    """Folders that no file is in, or that hold something themselves; others are left there by any zip tool."""
    files = [name for name in whole.namelist() if not name.endswith("/")]
    return [
        f"{info.filename} was added: an empty folder"
        for info in whole.infolist()
        if info.filename.endswith("/") and (info.file_size or not any(name.startswith(info.filename) for name in files))
    ]


def _around(whole: zipfile.ZipFile, file: Path) -> list[str]:
    """What was put before, between or behind the files, where other readers may see others; and links."""
    found = [f"{name} is a link: a pack holds nothing but files" for name in _links(whole)]
    found += _between(whole, file)
    first = min((info.header_offset for info in whole.infolist()), default=0)
    if first:
        found.append(f"{first:,} bytes were added before the archive")
    with file.open("rb") as raw:
        raw.seek(-_END.size, os.SEEK_END)
        signature, *_, comment = _END.unpack(raw.read())
    if signature != b"PK\5\6" or comment:
        found.append("something was added behind the archive")
    return found


def _links(whole: zipfile.ZipFile) -> list[str]:
    """Files that another tool would unpack as links."""
    return [info.filename for info in whole.infolist() if stat.S_ISLNK(info.external_attr >> 16)]


def _between(whole: zipfile.ZipFile, file: Path) -> list[str]:
    """Bytes between files that the archive's directory does not speak of: who reads from front to back sees them."""
    infos = sorted(whole.infolist(), key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in infos[1:]), getattr(whole, "start_dir", None)]
    found = []
    with file.open("rb") as raw:
        for info, after in zip(infos, starts, strict=False):
            raw.seek(info.header_offset)
            *_, name, extra = _LOCAL.unpack(raw.read(_LOCAL.size))
            gap = 0 if after is None else after - info.header_offset - _LOCAL.size - name - extra - info.compress_size
            if gap not in (_TRAILERS if info.flag_bits & _TRAILED else (0,)):
                found.append(f"{gap:,} bytes were added behind {info.filename}")
    return found


def _compared(
    folder: Path, manifest: Manifest, data: bytes, there: Mapping[str, str | None], found: list[str]
) -> Taken:
    """The pack, with every file named that is not as the manifest says; `there`: why a file could not be taken out."""
    for name in sorted(there.keys() | manifest.files.keys()):
        if name not in there:
            found.append(f"{shown(name)} is missing")
        elif name not in manifest.files:
            found.append(f"{shown(name)} was added: the manifest does not name it")
        elif (why := there[name]) is not None:
            found.append(f"{name} was altered: {why}")
        elif kept_file(folder / name) != manifest.files[name]:
            found.append(f"{shown(name)} was altered: its SHA-256 is not that of the manifest")
    return Taken(folder, manifest, found, manifest.faults(data))
