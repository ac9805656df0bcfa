"""What must be asked of Resource Graph for the selected policies: the live source, and the script for az, ask it."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.rowtypes import (
    BACKUP_ITEM,
    EXTENSION,
    GUEST_ASSIGNMENT,
    GUEST_FACTS,
    NIC,
    OBSERVED,
    RUN_COMMAND,
    VM,
    table_of,
)

COLUMNS = (
    "id", "name", "type", "tenantId", "location", "resourceGroup", "subscriptionId", "tags", "kind", "sku", "zones",
    "identity = iff(isnull(identity), dynamic(null), bag_pack('type', identity.type))", "properties",
)  # fmt: skip
"""Always the same, and the whole properties, so that a snapshot can be judged by other policies later."""

_MANY = (VM, NIC, EXTENSION, BACKUP_ITEM)
"""Types with about a row for each VM: one query each, as pages of one query come one after the other."""

PUBLISHED = "snapready"
"""How the names of run commands and machine configuration assignments begin that publish guest facts."""

_PUBLISHING = (GUEST_ASSIGNMENT, RUN_COMMAND)

_INHERITED = frozenset(("policyresources",))
"""Tables whose rows hold for all that is below them, and may lie above every subscription that is asked."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: the types it asks one table for. `named`: only rows whose name begins so."""

    table: str
    types: tuple[str, ...]
    named: str = ""

    @property
    def inherited(self) -> bool:
        """Whether rows of the management groups above the subscriptions that are asked are wanted too."""
        return self.table in _INHERITED

    def name(self) -> str:
        """What people and files call it; no two queries of a run have the same."""
        alone = self.named or self.types[0] in _MANY
        return self.types[0].rsplit("/", 1)[-1] if alone else f"{self.table}-others"

    def where(self) -> str:
        listed = ", ".join(f"'{name}'" for name in self.types)
        named = f" and name startswith '{self.named}'" if self.named else ""
        return f"{self.table} | where type in~ ({listed}){named}"

    def text(self) -> str:
        """Kusto, on one line; ordered by id so that its pages are stable."""
        return f"{self.where()} | project {', '.join(COLUMNS)} | order by id asc"

    def count(self) -> str:
        """Kusto: rows by subscription and type; with an id, without which Resource Graph gives no next page."""
        counted = "summarize total = count() by subscriptionId, type = tolower(type)"
        named = "project id = strcat(subscriptionId, '/', type), subscriptionId, type, total"
        return f"{self.where()} | {counted} | {named} | order by id asc"


def queries(row_types: Iterable[str]) -> list[Query]:
    """One query for each table and group of types; first those with the most rows, whose pages take longest."""
    wanted = set(row_types)
    if GUEST_FACTS in wanted:
        wanted.update(_PUBLISHING)
    many = [Query(table_of(row_type), (row_type,)) for row_type in _MANY if row_type in wanted]
    published = [Query(table_of(name), (name,), PUBLISHED) for name in _PUBLISHING if name in wanted]
    tables: dict[str, list[str]] = {}
    for row_type in sorted(wanted.difference(_MANY, _PUBLISHING)):
        table = table_of(row_type)
        if table:
            tables.setdefault(table, []).append(row_type)
    return [*many, *(Query(table, tuple(types)) for table, types in sorted(tables.items())), *published]


def observed(row_types: Iterable[str]) -> list[str]:
    """Row types that Resource Graph does not hold and must come from elsewhere."""
    return sorted({row_type for row_type in row_types if row_type in OBSERVED})


SUBSCRIPTIONS = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
    " | project id, name, type, tenantId, subscriptionId | order by id asc"
)
"""Every subscription the caller may read, also one without a single row of the other queries."""
