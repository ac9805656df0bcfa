"""Which policies a command works with: those of the folders, changed as the options say."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.inputs import listed
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.policy import Policy


def policies_of(args: Namespace) -> dict[str, "Policy"]:
    """Every policy of the folders, by id."""
    from scanner.policies import BUILT_IN, load

    return load([BUILT_IN, *(Path(folder) for folder in args.policies or ())], overrides(getattr(args, "set", None)))


def overrides(values: Sequence[str] | None) -> Mapping[str, Mapping[str, str]]:
    """The parameters of `--set`, by policy and name."""
    found: dict[str, dict[str, str]] = {}
    for text in values or ():
        name, equals, value = text.partition("=")
        policy, dot, parameter = name.partition(".")
        if not (equals and dot and parameter):
            raise SnapreadyError(f"--set: {text!r} is not POLICY.NAME=VALUE")
        found.setdefault(policy.strip(), {})[parameter.strip()] = value
    return found


def selected(args: Namespace) -> list["Policy"]:
    """The policies to judge; raises where an id is not known or none is left."""
    from scanner.language.parse import suggest

    library = policies_of(args)
    chosen = listed(args.select)
    if args.select and not chosen:
        raise SnapreadyError("--select: no policy is named")
    for name in chosen:
        if name not in library:
            raise SnapreadyError(
                f"--select: there is no policy {name!r}{suggest(name, library)}; see: snapready policies list"
            )
    if not library:
        raise SnapreadyError("no policy is there to judge by")
    return [library[name] for name in sorted(set(chosen) or library)]


def one_of(library: Mapping[str, "Policy"], name: str) -> "Policy":
    """The policy of that id; raises where there is none."""
    from scanner.language.parse import suggest

    if name not in library:
        raise SnapreadyError(f"there is no policy {name!r}{suggest(name, library)}; see: snapready policies list")
    return library[name]
