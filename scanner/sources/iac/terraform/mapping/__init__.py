"""What each Terraform resource type becomes in Azure, as data, in the words that rules.py reads."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scanner.sources.iac.terraform.mapping import backup, compute, network

Rule = Any
"""Plain data: a text, an object of rules, or a tuple that begins with one of the words of rules.py."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One resource type. `type` "": it becomes no row of its own, but is put into another's (`onto`)."""

    type: str
    row: Table[str, Rule] = field(default_factory=dict)
    id: Table[str, Any] = field(default_factory=dict)
    """How the id is made where it is not known; {}: of resource_group_name and name."""
    onto: Table[str, Any] = field(default_factory=dict)
    inline: Table[str, str] = field(default_factory=dict)
    """Child types (lower case) that it may hold in blocks of its own → the block."""


AZAPI = "azapi_resource"


@cache
def _tables() -> dict[str, Mapping]:
    found = {}
    for module in (compute, network, backup):
        for name, given in module.RESOURCES.items():
            found[name] = Mapping(**given)
    return found


@cache
def _azapi(kind: str) -> Mapping:
    return Mapping(kind, id={"parent": "parent_id"})


def mapping_of(kind: str, mode: str, values: dict[str, Any]) -> tuple[Mapping | None, str]:
    """What a Terraform type becomes, and its Azure type in lower case."""
    if kind == AZAPI:
        given = values.get("type")
        named = given.split("@")[0] if isinstance(given, str) else ""
        return (_azapi(named), named.lower()) if "/" in named else (None, "")
    found = _tables().get(f"data.{kind}" if mode == "data" else kind)
    return (None, "") if found is None else (found, found.type.lower())


def could_matter(kind: str) -> bool:
    """Whether a type that is not mapped may change what is judged."""
    return kind in network.NOT_MAPPED or kind in compute.NOT_MAPPED or kind in backup.NOT_MAPPED
