"""Finds policy folders; the folder's name is the policy's id, and nothing else lists policies."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import scanner
from scanner.language.parse import ExpressionError, suggest
from scanner.model import AuthoringError, SnapreadyError
from scanner.policy import Adjusted, Policy
from scanner.policy_file import PolicyFile
from scanner.scoping import Scope

BUILT_IN = Path(scanner.__file__).parent.parent / "policies"
"""Beside the package in a checkout, an editable install and a wheel alike."""


def load(
    folders: Iterable[Path], adjusted: Adjusted | None = None, scopes: Sequence[tuple[Scope, Adjusted]] = ()
) -> dict[str, Policy]:
    """Every policy of the folders, by id; a later folder replaces an id of an earlier one.

    `adjusted`: what the user changes of them, `scopes`: and what holds in a scope instead. Raises AuthoringError.
    """
    found_files = files(folders)
    reader = _Library(found_files, adjusted or Adjusted())
    found = {name: reader.policy(name) for name in sorted(found_files)}
    if not scopes:
        return found
    inside = [(scope, _Library(found_files, there).those_that_differ(reader)) for scope, there in scopes]
    return {
        name: replace(
            policy,
            head=replace(policy.head, scoped={scope.name: ways[name].head for scope, ways in inside if name in ways}),
            scoped=tuple((scope, ways.get(name)) for scope, ways in inside),
        )
        for name, policy in found.items()
    }


def one(folders: Iterable[Path], name: str, adjusted: Adjusted) -> Policy:
    """One policy of the folders as a user changes it; of the others only those are read that it asks."""
    return _Library(files(folders), adjusted).policy(name)


def names(folders: Iterable[Path]) -> frozenset[str]:
    """The ids of the policies in the folders, without reading them."""
    return frozenset(files(folders))


def files(folders: Iterable[Path]) -> dict[str, Path]:
    """Each policy's file, by id. A folder of which nothing would be read is a mistake, not an empty one."""
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise SnapreadyError(f"{folder}: no such folder of policies")
        stray = sorted(folder.glob("*.y*ml"))
        if (folder / "policy.yaml") in stray:
            message = "this folder is a policy itself; what is asked for is the folder that policies lie in"
            raise AuthoringError(message, str(folder / "policy.yaml"), help=f"give {folder / '..'}")
        if stray:
            raise AuthoringError(
                "a policy is a folder with policy.yaml in it", str(stray[0]), help=f"mkdir {stray[0].with_suffix('')}"
            )
        other = sorted(folder.glob("*/policy.yml"))
        if other:
            raise AuthoringError("a policy's file is called policy.yaml", str(other[0]))
        paths = sorted(folder.glob("*/policy.yaml"))
        if lost := next(_lost(folder), None):
            raise AuthoringError(
                "this is a policy, and nothing reads it here", str(lost), help=f"a policy is {folder}/<id>/policy.yaml"
            )
        if not paths:
            raise SnapreadyError(f"{folder}: the folder holds no policy (a policy is {folder}/<id>/policy.yaml)")
        for path in paths:
            _look_at_case(path, found)
            found[path.parent.name] = path
    return found


_MARKS = re.compile(r"^(?:resource|expect)[ \t]*:", re.MULTILINE)


def _lost(folder: Path) -> Iterator[Path]:
    """Policies below the folder that are called otherwise or lie too deep, and would silently judge nothing."""
    for inside in sorted(folder.glob("[!.]*/")):
        near = [*inside.glob("*.y*ml"), *(path for path in inside.glob("[!.]*/*.y*ml") if path.parent.name != "cases")]
        for path in sorted(near):
            if path != inside / "policy.yaml" and path.is_file():
                text = path.read_bytes().decode("utf-8", "replace")
                if len(set(_MARKS.findall(text))) > 1:
                    yield path


def _look_at_case(path: Path, found: Mapping[str, Path]) -> None:
    """Ids are told apart by letter case, and no author means to: one that was to replace another would stand beside."""
    name = path.parent.name
    near = next((other for other in found if other != name and other.lower() == name.lower()), None)
    if near is not None:
        message = f"its id is {name!r}, and there is a policy {near!r}: they differ in letter case only"
        raise AuthoringError(message, str(path), help=f"call its folder {near} if it is to replace that one")


class _Library:
    """Reads each policy once; `holds` may lead from one to another, never in a circle."""

    def __init__(self, files: Mapping[str, Path], adjusted: Adjusted) -> None:
        self._files = files
        self._adjusted = adjusted
        self._done: dict[str, Policy] = {}
        self._open: list[str] = []
        self._uses: dict[str, set[str]] = {}
        places = {name: given.place for name, given in adjusted.severity.items()}
        places.update((name, given.place) for name, values in adjusted.params.items() for given in values.values())
        for name, place in places.items():
            if name not in files:
                raise SnapreadyError(f"{place}: there is no policy {name!r}{suggest(name, files)}")

    def policy(self, name: str) -> Policy:
        if name not in self._done:
            self._open.append(name)
            try:
                self._done[name] = PolicyFile(self._files[name], self._held, *self._adjusted.of(name)).policy()
            finally:
                self._open.pop()
        return self._done[name]

    def those_that_differ(self, usual: "_Library") -> dict[str, Policy]:
        """The policies that are not what `usual` has: with other values, or asking such a one whether it holds."""
        names = {*self._adjusted.params, *self._adjusted.severity}
        changed = {name for name in names if self._adjusted.of(name) != usual._adjusted.of(name)}
        while more := {name for name, used in usual._uses.items() if used & changed} - changed:
            changed |= more
        self._done = {name: policy for name, policy in usual._done.items() if name not in changed}
        return {name: self.policy(name) for name in sorted(changed)}

    def _held(self, name: str) -> Policy:
        if name not in self._files:
            raise ExpressionError(f"there is no policy {name!r}{suggest(name, self._files)}", near=name)
        self._uses.setdefault(self._open[-1], set()).add(name)
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise ExpressionError(f"holds goes in a circle: {circle}", near=name)
        return self.policy(name)


def lint(folders: Iterable[Path]) -> list[AuthoringError | SnapreadyError]:
    """Every policy of the folders that is not valid, each with its first error."""
    found: list[AuthoringError | SnapreadyError] = []
    try:
        found_files = files(folders)
    except SnapreadyError as error:
        return [error]
    for name in sorted(found_files):
        try:
            _Library(found_files, Adjusted()).policy(name)
        except SnapreadyError as error:
            found.append(error)
    return found
