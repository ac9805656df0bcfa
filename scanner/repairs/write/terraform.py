"""Writes fragments of Terraform: blocks to be taken into the configuration that owns the resource."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.model import Row
from scanner.repairs.estate import Place
from scanner.reports.parts.texts import line


def text(value: str) -> str:
    """A quoted template of HCL that is just this text."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def name_of(*parts: str) -> str:
    """A name for a resource: letters, digits, underscores."""
    joined = "_".join(parts).lower()
    kept = "".join(char if char.isascii() and char.isalnum() else "_" for char in joined)
    return kept if kept[:1].isalpha() else f"r_{kept}"


def value(given: Any, indent: str = "  ") -> str:
    """Any JSON as an expression."""
    deeper = f"{indent}  "
    if isinstance(given, str):
        return text(given)
    if isinstance(given, Mapping):
        if not given:
            return "{}"
        fields = "".join(f"{deeper}{text(str(name))} = {value(one, deeper)}\n" for name, one in given.items())
        return f"{{\n{fields}{indent}}}"
    if isinstance(given, list | tuple):
        return f"[{', '.join(value(one, indent) for one in given)}]"
    return json.dumps(given)


def block(kind: str, name: str, arguments: Mapping[str, Any]) -> str:
    width = max(map(len, arguments))
    lines = "".join(f"  {key:<{width}} = {value(one)}\n" for key, one in arguments.items())
    return f'resource "{kind}" "{name}" {{\n{lines}}}\n'


def rule_block(place: Place, name: str, body: Row, moved: Sequence[str]) -> str:
    """One rule of a security group."""
    several = "sourceAddressPrefixes" in body
    source = "source_address_prefixes" if several else "source_address_prefix"
    found = block(
        "azurerm_network_security_rule",
        name_of(place.name, name),
        {
            "name": name,
            "resource_group_name": place.group,
            "network_security_group_name": place.name,
            "priority": body["priority"],
            "direction": body["direction"],
            "access": body["access"],
            "protocol": body["protocol"],
            source: body["sourceAddressPrefixes" if several else "sourceAddressPrefix"],
            "source_port_range": body["sourcePortRange"],
            "destination_address_prefix": body["destinationAddressPrefix"],
            "destination_port_range": body["destinationPortRange"],
        },
    )
    room = "".join(
        f"# First change the priority of {line(one)}, as run.sh does, where it is written.\n" for one in moved
    )
    return (
        f"# Where the group's rules stand in it (security_rule blocks), add this one there instead: the provider lets\n"
        f"# one group have either, not both.\n{room}{found}"
    )
