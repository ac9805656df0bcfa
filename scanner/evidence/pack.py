"""An evidence pack as a folder or a zip file: put there whole or not at all."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.evidence.manifest import NAME
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
