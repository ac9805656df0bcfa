"""What the options and snapready.yaml say of waivers: which file, how long at most, which exemptions."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import SnapreadyError

if TYPE_CHECKING:
    from scanner.authored import Part
    from scanner.exempted import Mapped, Waiving
    from scanner.model import Waiver


def waivers_file(args: Namespace) -> str | None:
    """The waivers file: the one that is named, else the one beside the configuration, if it is there."""
    from scanner.waivers.file import NAME

    if args.waivers:
        if not Path(args.waivers).is_file():
            raise SnapreadyError(f"{args.held['waivers.file'].place}: there is no file {args.waivers}")
        return str(args.waivers)
    if args.no_config:
        return None
    beside = Path(args.configuration.file if args.configuration is not None else NAME).with_name(NAME)
    return str(beside) if beside.is_file() else None


def longest(configuration: "Part | None") -> int | None:
    """Days that a waiver may run at most."""
    part = configuration.part("waivers", "maximum") if configuration is not None else None
    return None if part is None else int(part.value.removesuffix("d"))


def waiving(args: Namespace) -> "Waiving | None":
    """Everything that waives; None where there is neither a file nor a mapping."""
    from scanner.policies import BUILT_IN, names
    from scanner.waivers.file import read_waivers

    file, known = waivers_file(args), names([BUILT_IN, *map(Path, args.policies or ())])
    return waiving_by(None if file is None else read_waivers(file), args.configuration, known)


def waiving_by(
    waivers: "tuple[Waiver, ...] | None", configuration: "Part | None", known: frozenset[str]
) -> "Waiving | None":
    """The same of a file's waivers; `known`: every policy there is."""
    from scanner.exempted import Waiving
    from scanner.waivers.held import Terms

    part = configuration.part("waivers", "exemptions") if configuration is not None else None
    if waivers is None and part is None:
        return None
    mapped = () if part is None else tuple(_mapped(each, known) for each in part.parts())
    return Waiving(waivers or (), mapped, Terms(longest(configuration), known))


def _mapped(part: "Part", known: frozenset[str]) -> "Mapped":
    from scanner.exempted import Mapped
    from scanner.language.parse import suggest

    assignments, policies, definitions = (_texts(part, name) for name in ("assignment", "policies", "definitions"))
    for name in policies:
        if name not in known:
            raise part.error(f"there is no policy {name!r}{suggest(name, known)}", ("policies",))
    return Mapped(assignments, policies, definitions)


def _texts(part: "Part", name: str) -> tuple[str, ...]:
    value = part.value.get(name, ())
    return (value,) if isinstance(value, str) else tuple(value)
