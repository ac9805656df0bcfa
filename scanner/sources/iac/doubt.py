"""Rows of which it is not known whether they will be deployed: what hangs on that is taken back."""

from typing import Any

from scanner.model import Row
from scanner.sources.iac.model import unknown

NAMES = frozenset(("id", "name", "type", "subscriptionId", "resourceGroup", "origin"))
"""What a row says of itself whether it is deployed or not."""


def agreed(one: Any, other: Any, why: str) -> Any:
    """Of two values either may be the one: only what both say stays."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: agreed(one.get(name), other.get(name), why) for name in {**one, **other}}
    return one if one == other else unknown(why)


def agreed_rows(one: Row, other: Row, why: str) -> Row:
    """A row that will be as the one or as the other says; it is named as the other names it."""
    named = {name: row[name] for row in (one, other) for name in row if name in NAMES}
    return {**agreed(one, other, why), **named}


def taken_back(row: Row, why: str) -> Row:
    """A row that says that it may be there, and nothing else, which makes whatever reads it unknown."""
    kept = {name: value if name in NAMES else unknown(why) for name, value in row.items()}
    return {**kept, "properties": unknown(why)}
