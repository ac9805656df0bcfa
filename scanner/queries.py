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
        """Kusto: how many rows there are, by subscription and type."""
        counted = "summarize total = count() by subscriptionId, type = tolower(type)"
        return f"{self.where()} | {counted} | order by subscriptionId asc, type asc"


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
    " | project subscriptionId | order by subscriptionId asc"
)
"""Every subscription the caller may read, also one without a single row of the other queries."""
