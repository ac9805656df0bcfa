"""An evidence pack as a folder or a zip file: put there whole or not at all, and taken out again file by file."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from scanner.evidence.manifest import NAME, Manifest, kept_file, read
from scanner.model import SnapreadyError

_WHEN = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip: the same scan makes the same bytes."""
_MODE = 0o644 << 16


def check_target(target: str) -> Path:
    """Where a pack is to be put; raises where something else is there, or its folder is not."""
    path = Path(target)
    if not path.absolute().parent.is_dir():
        raise SnapreadyError(f"--report: the folder {path.parent} is not there")
    if path.suffix.lower() == ".zip":
        if path.is_dir():
            raise SnapreadyError(f"--report: evidence={target}: this is a folder")
    elif path.exists() and not path.is_dir():
        raise SnapreadyError(f"--report: evidence={target}: give a folder, or a name that ends in .zip")
    elif path.is_dir() and any(path.iterdir()) and not (path / NAME).is_file():
        raise SnapreadyError(f"--report: evidence={target}: the folder is not empty and holds no evidence pack")
    return path


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """A folder beside the target to make the pack in; it goes away with whatever is left in it."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(made: Path, target: Path) -> None:
    """Moves what was made to its place; what was there before stays until all is done. Raises SnapreadyError."""
    try:
        if target.suffix.lower() == ".zip":
            whole = made.with_name(f"{made.name}.zip")
            _zip(made, whole)
            whole.replace(target)
            return
        made.chmod(0o755)
        before = made.with_name(f"{made.name}.before")
        if target.exists():
            target.rename(before)
        made.rename(target)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        raise SnapreadyError(f"--report: {target} cannot be written: {error.strerror}") from None


def _zip(folder: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        for path in files_in(folder):
            entry = zipfile.ZipInfo(path, _WHEN)
            entry.external_attr = _MODE
            entry.compress_type = zipfile.ZIP_STORED if path.endswith(".gz") else zipfile.ZIP_DEFLATED
            with (folder / path).open("rb") as data, whole.open(entry, "w", force_zip64=True) as inside:
                shutil.copyfileobj(data, inside)


def files_in(folder: Path) -> list[str]:
    """Every file below a folder, by its name from there."""
    found = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sorted(path.relative_to(folder).as_posix() for path in found)


@contextmanager
def opened(place: str) -> Iterator[Path]:
    """The folder of a pack; a zip file is taken out into one that goes away again. Raises SnapreadyError."""
    path = Path(place)
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="snapready-") as folder:
        try:
            with zipfile.ZipFile(path) as whole:
                _take_out(whole, Path(folder), place)
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SnapreadyError(f"{place}: cannot be read as an evidence pack: {why}") from None
        yield Path(folder)


def _take_out(whole: zipfile.ZipFile, folder: Path, place: str) -> None:
    """Only names that stay in the folder, and none twice: nobody knows which of two would count."""
    names = whole.namelist()
    if len(set(names)) < len(names):
        raise SnapreadyError(f"{place}: a file stands in it twice")
    for name in names:
        if name.endswith("/"):
            continue
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise SnapreadyError(f"{place}: {name!r} is no name of a file in an evidence pack")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with whole.open(name) as data, (folder / path).open("wb") as file:
            shutil.copyfileobj(data, file)


def manifest_of(folder: Path, place: str) -> Manifest:
    """What the pack says of itself; raises SnapreadyError."""
    try:
        data = (folder / NAME).read_bytes()
    except OSError:
        raise SnapreadyError(f"{place}: this is no evidence pack: it has no {NAME}") from None
    return read(data, place)


def faults(folder: Path, manifest: Manifest) -> list[str]:
    """What was altered, is missing or was added, by the manifest."""
    found = []
    there = set(files_in(folder)) - {NAME}
    for name in sorted(there | set(manifest.files)):
        if name not in there:
            found.append(f"{name} is missing")
        elif name not in manifest.files:
            found.append(f"{name} was added: the manifest does not name it")
        elif kept_file(folder / name) != manifest.files[name]:
            found.append(f"{name} was altered: its SHA-256 is not that of the manifest")
    return found
