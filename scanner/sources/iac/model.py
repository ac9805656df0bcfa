"""What every reader of infrastructure code gives: resources as they would be, and what could not be settled.

Values in a resource's row are JSON values, or one of two that JSON has not: an `Unknown` stands where nothing is known
but the reason (which parameter or resource would settle it), and a `Holed` where a text is known but for some holes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from scanner.model import Origin, Problem, Row, Unknown

__all__ = ["Context", "Holed", "Origin", "Plan", "Resource", "Unresolved", "unknown"]

NEEDS = "plan"
"""The `needs` of every Unknown that comes from infrastructure code."""

UNSAID = "the plan does not tell which "
"""Begins the reason of what a plan leaves to whatever exists already."""


@dataclass(frozen=True, slots=True)
class Holed:
    """A text with holes: `text` has `{what}` where a part is not known, `why` says what would settle the holes.

    Two of them with the same text are the same text, whatever fills the holes: they join. Nothing else is known of it.
    """

    text: str
    why: tuple[str, ...]


def unknown(why: str) -> Unknown:
    """Nothing is known of a value, for that reason: "parameter vmCount has no value", "it is known after apply"."""
    return Unknown(why, NEEDS)


@dataclass(slots=True)
class Resource:
    """One resource of a plan. Its row has id, name, type (in any letter case) and, as far as they are set, location,
    tags, properties, zones, sku, kind, identity; the id may have holes, written as in Holed.text."""

    row: Row
    origin: Origin | None = None
    address: str = ""
    """What the plan itself calls it: a symbolic name, a Terraform address; for people."""
    action: Literal["create", "update", "delete", "existing", "none"] = "create"
    candidates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """References that cannot be settled to one resource: the Unknown's reason that stands in the row → the ids (in
    lower case) of all that it may be."""
    parts: dict[str, Origin] = field(default_factory=dict)
    """Where rules, routes and subnets inside the row are written that the plan changes, by their ids in lower case."""
    conditions: tuple[str, ...] = ()
    """Why it is not known whether it will be deployed at all, each condition with what would settle it; () = it will
    be. Its row is what would be deployed if it is. Resources with the same conditions stand or fall together."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Something that may become resources, nobody knows how many or which: an unknown copy count, a module that is not
    there. `what` names it, `why` says what would settle it."""

    what: str
    type: str
    why: str
    origin: Origin | None = None


@dataclass(slots=True)
class Plan:
    """One input, read. `left_out`: resources that a false condition (or count 0) leaves out, by their address."""

    kind: str
    file: str
    resources: list[Resource] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: str = ""
    """The id of the resource group of which whatever is not in the plan will be deleted; "" where nothing is."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a plan would be deployed, as far as the user says. `parameters`: files and NAME=VALUE, in their order."""

    scope: str = ""
    location: str = ""
    parameters: tuple[str, ...] = ()
    source: str = ""
    """Terraform: the folder of the .tf files."""
    values: Mapping[str, Any] = field(default_factory=dict)
