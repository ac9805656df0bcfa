"""Finds policy folders; the folder's name is the policy's id, and nothing else lists policies."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import scanner
from scanner.language.parse import ExpressionError, suggest
from scanner.model import AuthoringError, SnapreadyError
from scanner.policy import Policy
from scanner.policy_file import PolicyFile

BUILT_IN = Path(scanner.__file__).parent.parent / "policies"
"""Beside the package in a checkout, an editable install and a wheel alike."""


def load(folders: Iterable[Path], overrides: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Policy]:
    """Every policy of the folders, by id; a later folder replaces an id of an earlier one.

    `overrides`: parameters as the command line gives them, by policy id. Raises AuthoringError.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise SnapreadyError(f"{folder}: no such folder of policies")
        files.update((path.parent.name, path) for path in sorted(folder.glob("*/policy.yaml")))
        stray = sorted(folder.glob("*.y*ml"))
        if stray:
            raise AuthoringError(
                "a policy is a folder with policy.yaml in it", str(stray[0]), help=f"mkdir {stray[0].with_suffix('')}"
            )
    reader = _Library(files, overrides or {})
    return {name: reader.policy(name) for name in sorted(files)}


class _Library:
    """Reads each policy once; `holds` may lead from one to another, never in a circle."""

    def __init__(self, files: Mapping[str, Path], overrides: Mapping[str, Mapping[str, str]]) -> None:
        self._files = files
        self._overrides = overrides
        self._done: dict[str, Policy] = {}
        self._open: list[str] = []
        for name in overrides:
            if name not in files:
                raise SnapreadyError(f"--set: there is no policy {name!r}{suggest(name, files)}")

    def policy(self, name: str) -> Policy:
        if name not in self._done:
            self._open.append(name)
            try:
                self._done[name] = PolicyFile(self._files[name], self._overrides.get(name, {}), self._held).policy()
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
    files = {path.parent.name: path for folder in folders for path in sorted(folder.glob("*/policy.yaml"))}
    for folder in folders:
        if not folder.is_dir():
            return [SnapreadyError(f"{folder}: no such folder of policies")]
    for name in sorted(files):
        try:
            _Library(files, {}).policy(name)
        except SnapreadyError as error:
            found.append(error)
    return found
