"""Puts the files of a book of repairs into a folder; only one that is empty, or that an earlier run filled."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from scanner.model import SnapreadyError
from scanner.repairs.write.document import SCHEMA
from scanner.repairs.write.files import DOCUMENT, SCRIPT

_OURS = re.compile(r"README\.md|fixes\.json|\d{2,}-[a-z0-9-]+/(run\.sh|[a-z0-9-]+\.(bicep|json|tf|txt))").fullmatch


def ready(folder: Path, *, force: bool) -> None:
    """Raises where the folder holds what is not ours; before anything is read, so that no time is lost."""
    try:
        if folder.exists() and not folder.is_dir():
            raise SnapreadyError(f"-o {folder} is a file; name a folder")
        if not folder.exists() or not any(folder.iterdir()) or force or _earlier(folder) is not None:
            return
    except OSError as error:
        raise SnapreadyError(f"-o {folder}: {error.strerror}") from None
    raise SnapreadyError(
        f"-o {folder} holds files that are not of an earlier run; name another folder, or give --force"
    )


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files, and takes those of an earlier run away that are no longer among them."""
    try:
        for name in _earlier(folder) or ():
            if name not in files:
                _away(folder, name)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "replace"))
            if path.name == SCRIPT:
                path.chmod(0o755)
    except OSError as error:
        raise SnapreadyError(f"-o {folder}: {error.filename or ''}: {error.strerror}") from None


def _earlier(folder: Path) -> list[str] | None:
    """The files that an earlier run wrote, by its own list; None where there was none."""
    try:
        document = json.loads((folder / DOCUMENT).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return None
    listed = document.get("files")
    return [name for name in listed if isinstance(name, str) and _OURS(name)] if isinstance(listed, list) else []


def _away(folder: Path, name: str) -> None:
    path = folder / name
    if path.is_file() and not path.parent.is_symlink():
        path.unlink()
        if path.parent != folder and not any(path.parent.iterdir()):
            path.parent.rmdir()
