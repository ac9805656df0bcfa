"""The emulated Resource Graph: pages add up, Kusto is run, and each limit refuses as Azure does."""

from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from scanner.queries import SUBSCRIPTIONS, queries
from scanner.rowtypes import table_of
from tests.emulator import Access, Emulator, Quota, load
from tests.emulator.calls import GRAPH, VMS, ask, call, client, fleet, pages, query, two_subscriptions
from tests.emulator.kusto import TABLES
from tests.rows import OTHER_SUBSCRIPTION, SUBSCRIPTION, guest, vm, vm_id

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso"
NAMES = (
    "id", "name", "type", "tenantId", "location", "resourceGroup", "subscriptionId", "tags", "kind", "sku", "zones",
    "identity", "properties",
)  # fmt: skip
PROJECTED = (
    "project id, name, type, tenantId, location, resourceGroup, subscriptionId, tags, kind, sku, zones,"
    " identity = iff(isnull(identity), dynamic(null), bag_pack('type', identity.type)), properties | order by id asc"
)


def details(body: Any) -> list[str]:
    return [each["code"] for each in body["error"]["details"]]


def test_pages_through_the_client_add_up_to_every_row() -> None:
    with Emulator(fleet(2345), quota=None) as emulator, client(emulator) as sdk:
        found = list(pages(sdk, subscriptions=[SUBSCRIPTION]))
        assert [page.count for page in found] == [1000, 1000, 345]
        assert {(page.total_records, page.result_truncated) for page in found} == {(2345, "false")}
        names = [row["name"] for page in found for row in page.data]
        assert names == [f"vm{number:04}" for number in range(2345)]
        assert [page.count for page in pages(sdk, top=900, subscriptions=[SUBSCRIPTION])] == [900, 900, 545]
        emulator.page_limit = 2000
        assert ask(sdk).count == 1000
        emulator.page_limit = 10
        assert ask(sdk).count == 10
    assert {record.kind for record in emulator.requests} == {"query"}


def test_a_table_and_the_rows_to_skip() -> None:
    with Emulator(fleet(5)) as emulator:
        _, _, body = query(emulator, options={"$top": 2, "$skip": 1, "resultFormat": "table"})
        assert [column["name"] for column in body["data"]["columns"]] == ["id", "name"]
        assert [row[1] for row in body["data"]["rows"]] == ["vm0001", "vm0002"]
        options = {"$top": 2, "$skipToken": body["$skipToken"], "resultFormat": "table"}
        _, _, body = query(emulator, options=options)
        assert [row[1] for row in body["data"]["rows"]] == ["vm0003", "vm0004"]
        assert "$skipToken" not in body


@pytest.mark.parametrize("text", ["resources | project name", "resources | project id | take 3"])
def test_a_query_without_id_or_with_a_limit_has_no_next_page(text: str) -> None:
    with Emulator(fleet(5)) as emulator:
        _, _, body = query(emulator, text, options={"$top": 2})
        assert body["resultTruncated"] == "true"
        assert "$skipToken" not in body


def test_a_token_of_another_query_another_scope_or_of_nobody() -> None:
    with Emulator(two_subscriptions()) as emulator:
        _, _, body = query(emulator, options={"$top": 1})
        token = {"$skipToken": body["$skipToken"]}
        assert query(emulator, options=token)[0] == 200
        for status, _, body in (
            query(emulator, VMS + " | where true", options=token),
            query(emulator, options=token, subscriptions=[SUBSCRIPTION]),
            query(emulator, options={"$skipToken": "bm9ib2R5"}),
            query(emulator, options={"$skipToken": "ä"}),
        ):
            assert status == 400
            assert details(body) == ["InvalidSkipToken"]


@pytest.mark.parametrize(
    "text",
    [
        f"resources | where type in~ ('microsoft.compute/virtualmachines') | {PROJECTED}",
        f"Resources | where type in~ ('microsoft.compute/virtualmachines') and name startswith 'vm' | {PROJECTED}",
        f"where type =~ 'Microsoft.Compute/virtualMachines' | {PROJECTED}",
        f"| where kind == '' and properties.kind != 'kind' | {PROJECTED}",
    ],
)
def test_the_queries_of_a_collector_run(text: str) -> None:
    row = vm() | {
        "identity": {"type": "SystemAssigned", "principalId": "secret"},
        "tags": {"kind": "x"},
        "zones": ["1"],
    }
    with Emulator([row]) as emulator:
        status, _, body = query(emulator, text)
        assert status == 200, body
        expected = {"identity": {"type": "SystemAssigned"}, "kind": ""}
        assert body["data"] == [{**{name: row.get(name) for name in NAMES}, **expected}]


def test_texts_that_are_hard_to_keep_come_back() -> None:
    hard = [
        "\u0000",
        'a\u2028"\\',
        "é😀",
        1.0,
        0.1,
        12345678901234567,
        "",
        [],
        {},
        {"": 1, "A": 1, "a": {}},
        True,
        None,
    ]
    row = vm(vm_id("o'b\"x\u0001é")) | {"properties": {"hard": hard}, "tags": {"half": "\ud800"}}
    with Emulator([row]) as emulator:
        found = query(emulator, "resources")[2]["data"][0]
    assert (found["id"], found["properties"]) == (row["id"], row["properties"])
    assert found["tags"] == {"half": "\ufffd"}


def test_a_join_and_every_table() -> None:
    with Emulator(fleet(1), quota=None) as emulator:
        joined = (
            "Resources | join kind=leftouter (ResourceContainers | where type =~ 'microsoft.resources/subscriptions'"
            " | project subscriptionId, called = name) on subscriptionId | project id, called"
        )
        assert query(emulator, joined)[2]["data"][0]["called"] == f"Subscription {SUBSCRIPTION[:8]}"
        for table in TABLES:
            assert query(emulator, f"{table.upper()} | project id, kind")[0] == 200


def test_counts_and_subscriptions_also_of_one_without_rows() -> None:
    empty = "00000000-0000-0000-0000-00000000000e"
    with Emulator(two_subscriptions(), subscriptions=[SUBSCRIPTION, OTHER_SUBSCRIPTION, empty]) as emulator:
        counted = queries(["microsoft.compute/virtualmachines"])[0].count()
        assert [row["total"] for row in query(emulator, counted)[2]["data"]] == [3, 2]
        found = query(emulator, SUBSCRIPTIONS)[2]["data"]
        assert [row["subscriptionId"] for row in found] == [empty, SUBSCRIPTION, OTHER_SUBSCRIPTION]
        groups = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' | project id"
        assert len(query(emulator, groups)[2]["data"]) == 2


def test_the_rows_of_contoso_come_back_as_they_are_in_its_files() -> None:
    rows, subscriptions = load(CONTOSO)
    assert len(subscriptions) == 3
    held = [row for row in rows if table_of(row["type"])]
    with Emulator(rows, subscriptions=subscriptions, quota=None) as emulator, client(emulator) as sdk:
        found = []
        for each in queries({row["type"] for row in held}):
            text = f"{each.where()} | project {', '.join(NAMES)} | order by id asc"
            found += [row for page in pages(sdk, text, top=50) for row in page.data]
        assert sorted(found, key=str) == sorted(held, key=str)
        for each in queries({row["type"] for row in rows}):
            counts = query(emulator, each.count())[2]["data"]
            assert query(emulator, each.text())[2]["totalRecords"] == sum(row["total"] for row in counts) > 0


def test_guest_facts_are_seeded_as_run_commands_and_assignments_in_turns() -> None:
    facts = [guest(vm_id(f"vm000{number}")) for number in range(3)]
    with Emulator([*fleet(3), *facts]) as emulator:
        _, _, body = query(emulator, "resources | where type =~ 'microsoft.compute/virtualmachines/runcommands'")
        assert [row["location"] for row in body["data"]] == ["westeurope", "westeurope"]
        assert all("instanceView" not in row["properties"] for row in body["data"])
        _, _, body = query(emulator, "guestconfigurationresources | project id, properties")
        assert body["data"][0]["properties"]["targetResourceId"] == vm_id("vm0001")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("resources | where", ["InvalidQuery", "ParserFailure"]),
        ("resources | mv-apply x = zones on (take 1)", ["InvalidQuery", "UnsupportedByEmulator"]),
        ("resources | project nonsense", ["InvalidQuery", "SemanticError"]),
        ("nonsense | take 1", ["DisallowedLogicalTableName"]),
        (".set x <| resources", ["InvalidQuery", "UnsupportedByEmulator"]),
    ],
)
def test_what_is_no_query_is_refused(text: str, codes: list[str]) -> None:
    with Emulator(fleet(1)) as emulator, client(emulator) as sdk:
        status, _, body = query(emulator, text)
        assert (status, details(body)) == (400, codes)
        with pytest.raises(HttpResponseError) as refused:
            ask(sdk, text)
        assert refused.value.status_code == 400


def test_calls_that_break_the_contract() -> None:
    many = [f"00000000-0000-0000-0000-{number:012}" for number in range(1001)]
    with Emulator(fleet(1), management_groups={"mg": [SUBSCRIPTION]}, quota=None) as emulator:
        assert (
            call(emulator, GRAPH.partition("?")[0], {"query": VMS})[2]["error"]["code"] == "MissingApiVersionParameter"
        )
        assert call(emulator, GRAPH, {"query": VMS}, Content_Type="text/plain")[0] == 500
        assert query(emulator, "")[0] == 400
        assert query(emulator, subscriptions=[SUBSCRIPTION], managementGroups=["mg"])[0] == 400
        assert query(emulator, subscriptions=many)[0] == 400
        assert query(emulator, subscriptions=[SUBSCRIPTION, *many[:999]])[0] == 200
        for options in ({"$top": 0}, {"$top": 1001}, {"$top": "1"}, {"$skip": -1}, {"resultFormat": "csv"}):
            assert query(emulator, options=options)[0] == 400


def test_a_reply_beyond_the_limit_and_half_of_it() -> None:
    with Emulator(fleet(10), payload_limit=1500) as emulator:
        status, _, body = query(emulator)
        assert (status, details(body)) == (400, ["ResponsePayloadTooLarge"])
        assert query(emulator, options={"$top": 5})[0] == 200


def test_subscriptions_that_may_not_be_read_are_silently_missing_until_all_are() -> None:
    with Emulator(two_subscriptions(), access=Access(unreadable={OTHER_SUBSCRIPTION})) as emulator:
        assert query(emulator, subscriptions=[SUBSCRIPTION, OTHER_SUBSCRIPTION])[2]["count"] == 3
        assert query(emulator)[2]["count"] == 3
        status, _, body = query(emulator, subscriptions=[OTHER_SUBSCRIPTION])
        assert (status, body["error"]["code"]) == (403, "AuthorizationFailed")
        emulator.access.unreadable.add(SUBSCRIPTION.upper())
        assert query(emulator)[2]["count"] == 0


def test_management_groups_and_the_limit_of_a_tenant() -> None:
    groups = {"root": ["left", OTHER_SUBSCRIPTION], "left": [SUBSCRIPTION]}
    with Emulator(two_subscriptions(), management_groups=groups) as emulator:
        assert query(emulator, managementGroups=["root"])[2]["count"] == 5
        assert query(emulator, managementGroups=["Left"])[2]["count"] == 3
        assert query(emulator, managementGroups=["nobody"])[0] == 403
        emulator.tenant_subscription_limit = 1
        status, headers, body = query(emulator, managementGroups=["root"])
        assert (status, body["count"]) == (200, 3)
        assert headers["x-ms-tenant-subscription-limit-hit"] == "true"
        assert "x-ms-tenant-subscription-limit-hit" not in query(emulator, subscriptions=[SUBSCRIPTION])[1]


def test_a_role_on_one_resource_group_shows_its_rows_and_the_subscription() -> None:
    rows = [*fleet(2), vm(vm_id("hidden", group="rg-other"))]
    with Emulator(rows, access=Access(resource_groups={SUBSCRIPTION: {"RG-APP"}})) as emulator:
        assert query(emulator)[2]["count"] == 2
        assert query(emulator, SUBSCRIPTIONS)[2]["count"] == 1
        emulator.access.denied.add("Microsoft.Compute/virtualMachines/read")
        assert query(emulator)[2]["count"] == 0


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("rounding", "resets", "wait"),
    [("up", "00:00:05", "5"), ("down", "00:00:04", "5"), ("exact", "00:00:04.1234567", "5")],
)
def test_the_quota_of_a_window(rounding: str, resets: str, wait: str) -> None:
    clock = Clock()
    with Emulator(fleet(1), quota=Quota(2, 5, rounding), clock=clock) as emulator:
        assert query(emulator)[1]["x-ms-user-quota-remaining"] == "1"
        assert query(emulator)[1]["x-ms-user-quota-remaining"] == "0"
        clock.now += 0.8765433
        status, headers, body = query(emulator)
        assert (status, body["error"]["code"], details(body)) == (429, "RateLimiting", ["RateLimiting"])
        assert headers["x-ms-user-quota-resets-after"] == resets
        assert headers["retry-after"] == wait
        clock.now += 4.2
        assert query(emulator)[0] == 200


def test_the_fleet_may_change_between_two_pages() -> None:
    with Emulator(fleet(4)) as emulator:
        _, _, body = query(emulator, options={"$top": 2})
        emulator.remove(vm_id("vm0000"))
        emulator.add(vm(vm_id("vm0009")))
        _, _, body = query(emulator, options={"$skipToken": body["$skipToken"]})
        assert [row["name"] for row in body["data"]] == ["vm0003", "vm0009"]
        assert len(emulator.rows) == 4


def test_a_page_does_not_run_its_query_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(fleet(30), quota=None) as emulator, client(emulator) as sdk:
        assert len(list(pages(sdk, top=10))) == 3
        monkeypatch.setattr(emulator._tables, "run", None)
        assert len(list(pages(sdk, top=10))) == 3
