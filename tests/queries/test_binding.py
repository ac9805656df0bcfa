"""Every query we ask, bound by Microsoft's own parser of Kusto: tables, columns and types are there, rows come out."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner.evaluate import needed_rows
from scanner.policies import BUILT_IN, load
from scanner.policy import Policy
from scanner.queries import COLUMNS, SUBSCRIPTIONS, Query, queries
from scanner.rowtypes import GUEST_FACTS, VM
from tests.material import policies
from tests.validators import node

BIND = Path(__file__).parent / "validators" / "bind.cjs"

TABLE = {
    "id": "string",
    "name": "string",
    "type": "string",
    "tenantId": "string",
    "kind": "string",
    "location": "string",
    "resourceGroup": "string",
    "subscriptionId": "string",
    "managedBy": "string",
    "sku": "dynamic",
    "plan": "dynamic",
    "properties": "dynamic",
    "tags": "dynamic",
    "identity": "dynamic",
    "zones": "dynamic",
    "extendedLocation": "dynamic",
}
"""The columns of each table of Resource Graph that we ask."""

TABLES = (
    "resources",
    "resourcecontainers",
    "recoveryservicesresources",
    "guestconfigurationresources",
    "maintenanceresources",
)

ROW = {name: kind for name, kind in TABLE.items() if name not in ("managedBy", "plan", "extendedLocation")}
COUNT = {"id": "string", "subscriptionId": "string", "type": "string", "total": "long"}

OWN = """\
title: The account takes HTTPS only
resource: microsoft.storage/storageaccounts
expect: properties.supportsHttpsTrafficOnly == `true`
message: "it takes plain HTTP too"
severity: warning
why: Anybody on the way can read along.
fix: Switch on secure transfer.
source: {title: Accounts, url: "https://example.com/accounts", read: "2026-11-22"}
"""


WRONG = {
    "table": (Query("resource", (VM,)).text(), "'resource' does not refer to any known table"),
    "column": (
        Query("resources", (VM,)).text().replace("location", "region"),
        "'region' does not refer to any known column",
    ),
    "function": (
        Query("resources", (VM,)).text().replace("iff(", "iif2("),
        "'iif2' does not refer to any known function",
    ),
    "quote": (Query("resources", ("o'brien/things",)).text(), "Expected: )"),
    "pipe": (SUBSCRIPTIONS.replace(" | order", " order"), ""),
    "operator": (SUBSCRIPTIONS.replace("=~", "~="), ""),
}


def bound(*texts: str) -> list[dict[str, Any]]:
    """What the parser says of each: its errors, and the columns that come out."""
    known = of_the_built_in()
    new = [text for text in texts if text not in known]
    found = {**known, **dict(zip(new, parsed(*new), strict=True))} if new else known
    return [found[text] for text in texts]


@cache
def of_the_built_in() -> dict[str, dict[str, Any]]:
    """Of all queries asked here, whatever policies there are of one's own: the parser takes a second to begin."""
    asked = [*asked_by(*policies().values()), *queries([GUEST_FACTS])]
    for policy in policies().values():
        asked += asked_by(policy)
    texts = {text for query in asked for text in (query.text(), query.count())}
    texts |= {SUBSCRIPTIONS, *(text for text, _ in WRONG.values())}
    return dict(zip(texts, parsed(*texts), strict=True))


def parsed(*texts: str) -> list[dict[str, Any]]:
    given = {"tables": TABLES, "columns": TABLE, "queries": texts}
    found: list[dict[str, Any]] = node(BIND, "@kusto/language-service-next", given)
    assert len(found) == len(texts)
    return found


def binds(asked: list[Query]) -> None:
    assert asked
    texts = [text for query in asked for text in (query.text(), query.count())]
    for text, found in zip(texts, bound(*texts), strict=True):
        assert found["errors"] == [], text
        assert found["columns"] == (COUNT if "count()" in text else ROW), text


def asked_by(*selected: Policy) -> list[Query]:
    return queries(needed_rows(selected))


@pytest.mark.parametrize("name", sorted(policies()))
def test_a_policys_queries_make_no_sense_alone(name: str) -> None:
    binds(asked_by(policies()[name]))


def test_the_queries_of_all_policies_make_no_sense_together() -> None:
    binds(asked_by(*policies().values()))


def test_a_policy_of_ones_own_asks_what_makes_no_sense(tmp_path: Path) -> None:
    folder = tmp_path / "https-only"
    folder.mkdir()
    (folder / "policy.yaml").write_text(OWN)
    own = load([BUILT_IN, tmp_path])["https-only"]
    assert [query.types for query in asked_by(own)] == [("microsoft.storage/storageaccounts",)]
    binds(asked_by(own))


def test_what_publishes_guest_facts_is_asked_for_in_vain() -> None:
    named = [query for query in queries([GUEST_FACTS]) if query.named]
    assert named
    binds(named)


def test_the_list_of_subscriptions_makes_no_sense() -> None:
    (found,) = bound(SUBSCRIPTIONS)
    assert found["errors"] == []
    columns = ("id", "name", "type", "tenantId", "subscriptionId")
    assert found["columns"] == {name: TABLE[name] for name in columns}


def test_columns_are_named_twice_or_left_out() -> None:
    assert sorted(column.split(" =")[0] for column in COLUMNS) == sorted(ROW)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_query_would_pass(name: str) -> None:
    wrong, says = WRONG[name]
    (found,) = bound(wrong)
    assert found["errors"]
    assert says in " ".join(found["errors"])
