"""Which policies a command works with: those of the folders, changed as the options and snapready.yaml say."""

from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.inputs import listed
from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.policy import Adjusted, Policy

Unasked = Mapping[str, Mapping[str, tuple[str, ...]]]


def policies_of(args: Namespace, *, built_in: bool = True) -> dict[str, "Policy"]:
    """Every policy of the folders, by id; `built_in`: and those that are shipped."""
    from scanner.config.adjust import scopes_in
    from scanner.policies import BUILT_IN, load
    from scanner.router import check

    everywhere, given = adjusted(args), set_by(args)
    scopes = [] if args.configuration is None else scopes_in(args.configuration)
    library = load(
        [*([BUILT_IN] if built_in else ()), *map(Path, args.policies or ())],
        everywhere,
        [(scope, given.over(there.over(everywhere))) for scope, there in scopes],
    )
    check(library.values())
    return library


def adjusted(args: Namespace) -> "Adjusted":
    """What the file and then the command line change of policies, wherever their subjects are."""
    from scanner.config.adjust import adjusted_by

    given = set_by(args)
    return given if args.configuration is None else given.over(adjusted_by(args.configuration))


def set_by(args: Namespace) -> "Adjusted":
    """What --set changes."""
    from scanner.policy import Adjusted, Given

    params: dict[str, dict[str, Given]] = {}
    for text in getattr(args, "set", None) or ():
        name, equals, value = text.partition("=")
        policy, dot, parameter = name.partition(".")
        if not (equals and dot and parameter):
            raise SnapreadyError(f"--set: {text!r} is not POLICY.NAME=VALUE")
        params.setdefault(policy.strip(), {})[parameter.strip()] = Given(value.strip(), text=True)
    return Adjusted(params)


def selected(args: Namespace) -> list["Policy"]:
    """The policies to judge; raises where an id is not known or none is left."""
    return chosen_of(args)[0]


def chosen_of(args: Namespace) -> tuple[list["Policy"], Unasked]:
    """The policies to judge, and those that were there and are left out; raises where an id is not known."""
    library = policies_of(args)
    place = args.held["policies.select"].place
    chosen = listed(args.select)
    if args.select and not chosen:
        raise SnapreadyError(f"{place}: no policy is named")
    _there(chosen, library, place)
    skipped = args.configuration.part("policies", "skip") if args.configuration is not None else None
    if not chosen and skipped is not None:
        names = [skipped.value] if isinstance(skipped.value, str) else skipped.value
        _there(names, library, skipped.place())
        chosen = [name for name in library if name not in names]
        if not chosen:
            raise SnapreadyError(f"{skipped.place()}: every policy is skipped")
    if not library:
        raise SnapreadyError("no policy is there to judge by")
    names = sorted(set(chosen) or library)
    return [library[name] for name in names], unasked(library, names)


def unasked(library: Mapping[str, "Policy"], chosen: Collection[str]) -> Unasked:
    """The policies that are left out, with the controls they speak to."""
    return {name: policy.head.controls for name, policy in sorted(library.items()) if name not in chosen}


def _there(names: Iterable[str], library: Mapping[str, "Policy"], place: str) -> None:
    from scanner.language.parse import suggest

    for name in names:
        if name not in library:
            raise SnapreadyError(
                f"{place}: there is no policy {name!r}{suggest(name, library)}; see: snapready policies list"
            )


def one_of(library: Mapping[str, "Policy"], name: str) -> "Policy":
    """The policy of that id; raises where there is none."""
    from scanner.language.parse import suggest

    if name not in library:
        raise SnapreadyError(f"there is no policy {name!r}{suggest(name, library)}; see: snapready policies list")
    return library[name]
