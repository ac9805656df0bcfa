"""An `az` for tests: answers Resource Graph queries from rows in a file, page by page, and instance views one by one.

It is run as a program; FAKE_AZ names a JSON file: {"rows", "fail", "page", "largest", "no_view", "short", "log"}.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def main() -> int:
    world = json.loads(Path(os.environ["FAKE_AZ"]).read_text("utf-8"))
    given = sys.argv[1:]
    with Path(world["log"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(given) + "\n")
    if world.get("fail") and world["fail"] in " ".join(given):
        print("ERROR: (AuthorizationFailed) no rights", file=sys.stderr)
        return 1
    if given[:2] == ["graph", "query"]:
        return graph(world, given[2:])
    assert given[:3] == ["rest", "--method", "get"], given
    return view(world, given[given.index("--url") + 1])


def graph(world: Row, given: list[str]) -> int:
    query = given[given.index("-q") + 1]
    first = int(given[given.index("--first") + 1])
    skip = int(given[given.index("--skip-token") + 1]) if "--skip-token" in given else 0
    assert first <= 1000
    found = answer(world, query)
    if "count()" not in query and first > world.get("largest", 1000):
        print("ERROR: (BadRequest) Please provide below info\n(ResponsePayloadTooLarge) too large", file=sys.stderr)
        return 1
    size = min(first, world.get("page", 1000))
    page = found[skip : skip + size]
    left = skip + len(page) < len(found)
    pages = re.search(r"project id\b", query)  # without an id among the columns there is no next page
    reply = {
        "count": len(page),
        "data": page[: world.get("short", len(page))] if "count()" in query else page,
        "skip_token": str(skip + len(page)) if left and pages else None,
        "total_records": len(found),
    }
    print(json.dumps(reply, indent=2))
    return 0


def answer(world: Row, query: str) -> list[Row]:
    """The rows a query of ours asks for: a table, a list of types, and rows or their counts."""
    if query.startswith("resourcecontainers"):
        subscriptions = sorted({row["subscriptionId"] for row in world["rows"]} | set(world.get("empty", [])))
        return [{"id": f"/subscriptions/{one}", "subscriptionId": one} for one in subscriptions]
    table = query.split(" ", 1)[0]
    listed = re.search(r"type in~ \(([^)]*)\)", query)
    assert listed is not None, query
    types = {name.strip(" '").lower() for name in listed[1].split(",")}
    vaults = "microsoft.recoveryservices/vaults/"
    rows = [row for row in world["rows"] if row["type"].lower() in types]
    assert all((table == "recoveryservicesresources") == row["type"].lower().startswith(vaults) for row in rows), query
    if "count()" not in query:
        return sorted(rows, key=lambda row: str(row["id"]))
    counts: dict[tuple[str, str], int] = {}
    for row in [*rows, *(each for each in world.get("unseen", []) if each["type"].lower() in types)]:
        key = (row["subscriptionId"], row["type"].lower())
        counts[key] = counts.get(key, 0) + 1
    return [
        {"id": f"{sub}/{kind}", "subscriptionId": sub, "type": kind, "total": total}
        for (sub, kind), total in sorted(counts.items())
    ]


def view(world: Row, url: str) -> int:
    vm = url.split("/instanceView?api-version=")[0]
    assert "?api-version=20" in url
    name = vm.rsplit("/", 1)[-1]
    if name in world.get("no_view", []):
        print("ERROR: (OperationNotAllowed) no instance view", file=sys.stderr)
        return 1
    agent = {"vmAgentVersion": "2.7.41491.1010", "statuses": [{"displayStatus": "Ready"}]}
    print(json.dumps({"vmAgent": agent, "statuses": [{"code": "PowerState/running"}]}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
