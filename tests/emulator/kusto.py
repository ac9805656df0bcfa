"""Runs Kusto over the seeded rows, on DuckDB, and gives each value as JSON text."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import duckdb
import duckdb_kql

from tests.emulator import errors
from tests.emulator.access import Sight
from tests.emulator.wire import Row

TEXTS = ("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy")
BAGS = ("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation")
COLUMNS = (*TEXTS, *BAGS)
TABLES = (
    "resources", "resourcecontainers", "recoveryservicesresources", "guestconfigurationresources",
    "maintenanceresources", "advisorresources", "authorizationresources", "computeresources", "healthresources",
    "networkresources", "patchassessmentresources", "policyresources", "securityresources",
)  # fmt: skip
SCHEMA = {table: list(COLUMNS) for table in TABLES}
_FIRST = re.compile(
    r"where|filter|project|extend|summarize|order|sort|take|limit|top|count|distinct|join|union|mv|parse|sample",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"""@?"(?:\\.|[^"\\])*"|@?'(?:\\.|[^'\\])*'|//[^\n]*|[A-Za-z_]\w*|\s+|.""", re.DOTALL)
_KIND_OF_OPERATOR = re.compile(r"\s*=\s*(inner|left|right|full|anti|semi|outer|simple|regex|relaxed|bag|array|normal)")
_CHUNK = 2000
_HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which neither Azure nor DuckDB can hold."""


@dataclass(frozen=True, slots=True)
class Result:
    columns: list[tuple[str, str]]
    """Names, and types as Resource Graph names them."""
    rows: list[tuple[str, ...]]
    pages: bool
    """Whether Resource Graph gives a next page: not without an id, nor for a query that limits its rows itself."""


def as_resource_graph_reads_it(query: str) -> str:
    """Tables in any letter case, `resources` where a query begins with an operator, and a column called kind."""
    found: list[str] = []
    first = ""
    for token in _TOKEN.finditer(query):
        text = token.group()
        before = query[: token.start()].rstrip()[-1:]
        first = first or ("" if text.isspace() or text.startswith("//") else text)
        if text.lower() in TABLES and before != ".":
            text = text.lower()
        elif text == "kind" and not _KIND_OF_OPERATOR.match(query, token.end()):
            # It is a keyword of duckdb-kql's grammar and an ordinary column of Resource Graph.
            if before == ".":
                found.pop()
            text = "['kind']"
        found.append(text)
    if first == "|":
        return "resources " + "".join(found)
    return ("resources | " if _FIRST.fullmatch(first) else "") + "".join(found)


@lru_cache(maxsize=1024)
def _translated(query: str) -> str:
    return str(duckdb_kql.to_sql(as_resource_graph_reads_it(query), schema=SCHEMA, allow_write=False))


def translated(query: str) -> str:
    """The SQL; raises the 400 of Resource Graph for what does not parse or cannot be run here."""
    try:
        return _translated(query)
    except duckdb_kql.KqlSyntaxError as error:
        raise errors.invalid_query(*(_parser_failure(each) for each in error.diagnostics[:1])) from None
    except duckdb_kql.KqlError as error:
        raise errors.invalid_query({"code": "UnsupportedByEmulator", "message": str(error)}) from None


def _parser_failure(diagnostic: duckdb_kql.Diagnostic) -> dict[str, Any]:
    token = re.search(r"input '([^']*)'", diagnostic.message)
    return {
        "code": "ParserFailure",
        "message": "ParserFailure",
        "line": diagnostic.span.line,
        "characterPositionInLine": diagnostic.span.column,
        "token": token[1] if token else "",
        "expectedToken": "\u01cf",
    }


class Tables:
    """The seed in DuckDB; not for two threads at once."""

    def __init__(self) -> None:
        self._database = duckdb_kql.connect()
        self._sight: Sight | None = None

    def close(self) -> None:
        self._database.close()

    def load(self, rows: Iterable[tuple[str, str, Row]]) -> None:
        """Puts (table, subscription, row) in place of what was there."""
        columns = ", ".join(f'"{name}" {"varchar" if name in TEXTS else "json"}' for name in COLUMNS)
        self._database.execute(f"create or replace table seed (tbl varchar, sub varchar, {columns})")
        texts = ", ".join(f"coalesce(r->>'$[2].{name}', '')" for name in TEXTS)
        bags = ", ".join(f"nullif(r->'$[2].{name}', 'null'::json)" for name in BAGS)
        listed = list(rows)
        for start in range(0, len(listed), _CHUNK):
            self._database.execute(
                f"insert into seed select r->>0, r->>1, {texts}, {bags}"
                " from (select unnest(from_json(?, '[\"JSON\"]')) as r)",
                [_HALF.sub("\ufffd", json.dumps(listed[start : start + _CHUNK], ensure_ascii=False))],
            )
        self._sight = None

    def run(self, query: str, sight: Sight) -> Result:
        sql = translated(query)
        self._look(sight)
        try:
            cursor = self._database.execute(sql)
        except duckdb.CatalogException as error:
            table = re.search(r"Table with name (\S+) does not exist", str(error))
            message = f"Table {table[1] if table else '?'} is invalid, unsupported or disallowed."
            raise errors.graph(400, [{"code": "DisallowedLogicalTableName", "message": message}]) from None
        except duckdb.Error as error:
            raise errors.invalid_query({"code": "SemanticError", "message": str(error)}) from None
        described = [(str(column[0]), str(column[1])) for column in cursor.description or ()]
        kinds = [kind for _, kind in described]
        rows = [tuple(_json(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in cursor.fetchall()]
        limits = re.search(r"\|\s*(take|limit|sample|top)\b", query, re.IGNORECASE)
        pages = limits is None and any(name == "id" for name, _ in described)
        return Result([(name, _TYPES.get(kind, "object")) for name, kind in described], rows, pages)

    def _look(self, sight: Sight) -> None:
        """Makes the tables show what that caller sees."""
        if sight == self._sight:
            return
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        self._database.execute(
            "create or replace temp view seen as select *"
            " from (select *, lower(type) as kin, lower(resourceGroup) as grp from seed)"
            f" where {sight.where()}"
        )
        for table in TABLES:
            self._database.execute(
                f"create or replace temp view {table} as select {columns} from seen where tbl = '{table}'"
            )
        self._sight = sight


_TYPES = {
    "VARCHAR": "string", "BIGINT": "integer", "INTEGER": "integer", "HUGEINT": "integer", "DOUBLE": "number",
    "BOOLEAN": "boolean", "TIMESTAMP": "datetime", "INTERVAL": "string",
}  # fmt: skip


def _json(value: Any, kind: str) -> str:
    """A value as JSON; a text is never null in Kusto."""
    if kind == "VARCHAR":
        return json.dumps(value or "")
    if value is None:
        return "null"
    if kind == "JSON":
        return str(value)
    if isinstance(value, datetime):
        return json.dumps(value.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"))
    if isinstance(value, date):
        return json.dumps(f"{value}T00:00:00Z")
    return json.dumps(value, default=str)
