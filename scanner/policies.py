"""Finds policy folders; the folder's name is the policy's id, and nothing else lists policies."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import scanner
from scanner.language.parse import ExpressionError, suggest
from scanner.model import AuthoringError, SnapreadyError
from scanner.policy import Adjusted, Policy
from scanner.policy_file import PolicyFile

BUILT_IN = Path(scanner.__file__).parent.parent / "policies"
"""Beside the package in a checkout, an editable install and a wheel alike."""


def load(folders: Iterable[Path], adjusted: Adjusted | None = None) -> dict[str, Policy]:
    """Every policy of the folders, by id; a later folder replaces an id of an earlier one.

    `adjusted`: what the user changes of them. Raises AuthoringError.
    """
    files = _files(folders)
    reader = _Library(files, adjusted or Adjusted())
    return {name: reader.policy(name) for name in sorted(files)}


def _files(folders: Iterable[Path]) -> dict[str, Path]:
    """Each policy's file, by id. A folder of which nothing would be read is a mistake, not an empty one."""
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise SnapreadyError(f"{folder}: no such folder of policies")
        stray = sorted(folder.glob("*.y*ml"))
        if stray:
            raise AuthoringError(
                "a policy is a folder with policy.yaml in it", str(stray[0]), help=f"mkdir {stray[0].with_suffix('')}"
            )
        other = sorted(folder.glob("*/policy.yml"))
        if other:
            raise AuthoringError("a policy's file is called policy.yaml", str(other[0]))
        found = sorted(folder.glob("*/policy.yaml"))
        if not found:
            raise SnapreadyError(f"{folder}: the folder holds no policy (a policy is {folder}/<id>/policy.yaml)")
        files.update((path.parent.name, path) for path in found)
    return files


class _Library:
    """Reads each policy once; `holds` may lead from one to another, never in a circle."""

    def __init__(self, files: Mapping[str, Path], adjusted: Adjusted) -> None:
        self._files = files
        self._adjusted = adjusted
        self._done: dict[str, Policy] = {}
        self._open: list[str] = []
        places = {name: given.place for name, given in adjusted.severity.items()}
        places.update((name, given.place) for name, values in adjusted.params.items() for given in values.values())
        for name, place in places.items():
            if name not in files:
                raise SnapreadyError(f"{place}: there is no policy {name!r}{suggest(name, files)}")

    def policy(self, name: str) -> Policy:
        if name not in self._done:
            self._open.append(name)
            try:
                params, severity = self._adjusted.params.get(name, {}), self._adjusted.severity.get(name)
                self._done[name] = PolicyFile(self._files[name], self._held, params, severity).policy()
            finally:
                self._open.pop()
        return self._done[name]

    def _held(self, name: str) -> Policy:
        if name not in self._files:
            raise ExpressionError(f"there is no policy {name!r}{suggest(name, self._files)}", near=name)
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise ExpressionError(f"holds goes in a circle: {circle}", near=name)
        return self.policy(name)


def lint(folders: Iterable[Path]) -> list[AuthoringError | SnapreadyError]:
    """Every policy of the folders that is not valid, each with its first error."""
    found: list[AuthoringError | SnapreadyError] = []
    try:
        files = _files(folders)
    except SnapreadyError as error:
        return [error]
    for name in sorted(files):
        try:
            _Library(files, Adjusted()).policy(name)
        except SnapreadyError as error:
            found.append(error)
    return found
