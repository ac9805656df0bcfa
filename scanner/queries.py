"""What must be asked of Resource Graph for the selected policies, and the read-only script that asks it with az."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.rowtypes import OBSERVED, table_of

COLUMNS = (
    "id", "name", "type", "tenantId", "location", "resourceGroup", "subscriptionId",
    "tags", "kind", "sku", "zones", "identity", "properties",
)  # fmt: skip
"""Always the same, and the whole properties, so that a snapshot can be judged by other policies later."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: the types it asks one table for."""

    table: str
    types: tuple[str, ...]

    def where(self) -> str:
        listed = ", ".join(f"'{name}'" for name in self.types)
        return f"{self.table} | where type in~ ({listed})"

    def text(self) -> str:
        """Kusto, on one line; ordered by id so that its pages are stable."""
        return f"{self.where()} | project {', '.join(COLUMNS)} | order by id asc"

    def count(self) -> str:
        """Kusto: rows by subscription and type; with an id, without which Resource Graph gives no next page."""
        counted = "summarize total = count() by subscriptionId, type = tolower(type)"
        named = "project id = strcat(subscriptionId, '/', type), subscriptionId, type, total"
        return f"{self.where()} | {counted} | {named} | order by id asc"


def queries(row_types: Iterable[str]) -> list[Query]:
    """One query for each table, by name."""
    tables: dict[str, list[str]] = {}
    for row_type in sorted(set(row_types)):
        table = table_of(row_type)
        if table:
            tables.setdefault(table, []).append(row_type)
    return [Query(table, tuple(types)) for table, types in sorted(tables.items())]


def observed(row_types: Iterable[str]) -> list[str]:
    """Row types that Resource Graph does not hold and must come from elsewhere."""
    return sorted({row_type for row_type in row_types if row_type in OBSERVED})


SUBSCRIPTIONS = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
    " | project id, subscriptionId | order by id asc"
)
"""Every subscription the caller may read, also one without a single row of the other queries."""
