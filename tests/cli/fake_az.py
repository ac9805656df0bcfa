"""An `az` for tests: answers Resource Graph queries from rows in a file, page by page, and a GET of what they lack.

It is run as a program; FAKE_AZ names a JSON file: {"rows", "fail", "page", "largest", "no_view", "short", "log"};
"locks" and "no_locks" go by subscription, "commands" tells what a run command wrote, by its name.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = dict[str, Any]


def main() -> int:
    world = json.loads(Path(os.environ["FAKE_AZ"]).read_text("utf-8"))
    given = sys.argv[1:]
    with Path(world["log"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(given) + "\n")
    if world.get("fail") and world["fail"] in " ".join(given):
        return refused("(AuthorizationFailed) no rights")
    if given[:2] == ["graph", "query"]:
        return graph(world, given[2:])
    assert given[:3] == ["rest", "--method", "get"], given
    return get(world, given[given.index("--url") + 1])


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
    named = re.search(r"name startswith '([^']*)'", query)
    begins = named[1].lower() if named else ""
    rows = [row for row in world["rows"] if row["type"].lower() in types and row["name"].lower().startswith(begins)]
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


def get(world: Row, url: str) -> int:
    """One GET of Azure Resource Manager, by the end of its path."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    assert asked.pop("api-version").startswith("20"), url
    if parts.path.endswith("/locks"):
        return locks(world, parts.path, int(asked.get("$skiptoken", 0)))
    *_, kind, name = parts.path.split("/")
    if kind.lower() == "runcommands":
        assert asked == {"$expand": "instanceView"}, url
        return command(world, parts.path, name)
    assert (name, asked) == ("instanceView", {}), url
    return view(world, kind)


def refused(why: str) -> int:
    print(f"ERROR: {why}", file=sys.stderr)
    return 1


def locks(world: Row, path: str, skip: int) -> int:
    """One lock a page, so that pages must be followed; no_locks: {subscription: pages that come before it fails}."""
    subscription = path.split("/")[2]
    if skip >= world.get("no_locks", {}).get(subscription, sys.maxsize):
        return refused("(AuthorizationFailed) no rights to 'locks'")
    found = world.get("locks", {}).get(subscription, [])
    reply: Row = {"value": found[skip : skip + 1]}
    if skip + 1 < len(found):
        reply["nextLink"] = f"https://management.azure.com{path}?api-version=2020-05-01&$skiptoken={skip + 1}"
    print(json.dumps(reply, indent=2))
    return 0


def command(world: Row, path: str, name: str) -> int:
    if name not in world.get("commands", {}):
        return refused("(ResourceNotFound) no such run command")
    row = next(row for row in world["rows"] if row["id"] == path)
    seen = {"executionState": "Succeeded", "exitCode": 0, "output": world["commands"][name], "error": "hunter2"}
    reply = {key: value for key, value in row.items() if key not in ("subscriptionId", "resourceGroup")}
    print(json.dumps({**reply, "properties": {**row["properties"], "instanceView": seen}}, indent=2))
    return 0


def view(world: Row, name: str) -> int:
    if name in world.get("no_view", []):
        return refused("(OperationNotAllowed) no instance view")
    secret = {"code": "c", "message": "hunter2"}
    handlers = [{"type": "Microsoft.CPlat.Core.RunCommand", "status": secret}]
    agent = {"vmAgentVersion": "2.7.41491.1010", "statuses": [{"displayStatus": "Ready"}]}
    backup = {"type": "Microsoft.Azure.RecoveryServices.VMSnapshot", "statuses": [{"message": "Snapshot taken"}]}
    script = {"type": "Microsoft.Azure.Extensions.CustomScript", "statuses": [secret], "substatuses": [secret]}
    reply = {
        "vmAgent": {**agent, "extensionHandlers": handlers},
        "extensions": [backup, script],
        "bootDiagnostics": {"serialConsoleLogBlobUri": "https://contoso.blob.core.windows.net/?sig=hunter2"},
        "statuses": [{"code": "PowerState/running"}],
    }
    print(json.dumps(reply, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
