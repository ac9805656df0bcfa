"""Which settings may stand in snapready.yaml, and which value of each holds: command line, then file, then default."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.authored import Part


def _as_written(part: "Part") -> Any:
    return part.value


def _texts(part: "Part") -> list[str]:
    return list(part.value) if isinstance(part.value, list) else [part.value]


def _path(part: "Part") -> str:
    return part.path()


def _paths(part: "Part") -> list[str]:
    return [member.path() for member in part.parts()] if isinstance(part.value, list) else [part.path()]


def _reports(part: "Part") -> list[str]:
    return [f"{name}={path}" for name in part.value for below in [part.part(name)] if below for path in _paths(below)]


@dataclass(frozen=True, slots=True)
class Setting:
    """What can be said by an option and in the file: its name there, the option, and what holds where neither does."""

    name: str
    option: str
    default: Any = None
    read: Callable[["Part"], Any] = _as_written

    def dest(self) -> str:
        """The attribute of the parsed arguments."""
        return self.option.removeprefix("--").replace("-", "_")


SETTINGS = (
    Setting("policies.folders", "--policies", read=_paths),
    Setting("policies.select", "--select", read=_texts),
    Setting("gate.fail-on", "--fail-on", "error"),
    Setting("gate.unknown", "--unknown", "warn"),
    Setting("gate.only-new", "--only-new", False),
    Setting("baseline", "--baseline", read=_path),
    Setting("waivers.file", "--waivers", read=_path),
    Setting("max-age", "--max-age", "8d"),
    Setting("rows-max-age", "--rows-max-age"),
    Setting("group-tag", "--group-tag", "backup-group"),
    Setting("service-tags", "--service-tags", read=_paths),
    Setting("reports", "--report", ["text=-"], _reports),
    Setting("anchor", "--anchor", read=_path),
)
"""Of a list the command line replaces what the file says, as of anything else."""


@dataclass(frozen=True, slots=True)
class Held:
    """A setting that holds, and who says so."""

    name: str
    value: Any
    place: str
    """file:line:column, the option, or `default`."""


def settle(args: Namespace, config: "Part | None") -> list[Held]:
    """Fills in what the command line leaves open, of the settings that the command knows; what holds now, and why."""
    found = []
    for setting in SETTINGS:
        if not hasattr(args, setting.dest()):
            continue
        given = getattr(args, setting.dest())
        said = config.part(*setting.name.split(".")) if config is not None else None
        if given is not None:
            place = setting.option
        elif said is not None:
            given, place = setting.read(said), said.place()
        else:
            given, place = setting.default, "default"
        setattr(args, setting.dest(), given)
        found.append(Held(setting.name, given, place))
    return found
