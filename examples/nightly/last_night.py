"""Writes last-night.json: what the scan of the night before found, when some of the fleet was otherwise.

    python examples/nightly/last_night.py

The fleet is Contoso's, with what happened since undone: what is new tonight was right, what is fixed was wrong.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from scanner.cli import main

HERE = Path(__file__).resolve().parent
CONTOSO = HERE.parent / "contoso"
LAST_NIGHT = "2026-11-21T01:00:00Z"
_PROD = "/subscriptions/3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40/resourcegroups"
_VM = "providers/microsoft.compute/virtualmachines"
CAME_BACK = {
    "policy": "power-state-consistent",
    "resource": f"{_PROD}/rg-app/{_VM}/app06",
    "lastFailed": "2026-11-12T01:00:00Z",
}
"""It failed ten days ago, and was right last night."""


def fleet() -> list[dict[str, Any]]:
    """The rows of the night before."""
    found = []
    for line in (CONTOSO / "fleet.ndjson").read_text("utf-8").splitlines():
        row = json.loads(line)
        name = row.get("name", "").lower()
        if "snapready" in row:
            row["snapready"]["takenAt"] = LAST_NIGHT
        elif row["type"].lower() == "microsoft.compute/virtualmachines":
            if name == "app06":
                row["properties"]["extended"]["instanceView"]["powerState"]["code"] = "PowerState/running"
            if name == "web02":
                row["properties"]["provisioningState"] = "Failed"
        found.append(row)
    return found


def guests() -> list[dict[str, Any]]:
    """What was seen in the guests, as it was then: dc02 had no address of its own yet."""
    found = []
    for line in (CONTOSO / "guestfacts.ndjson").read_text("utf-8").splitlines():
        row = json.loads(line)
        if "snapready" in row:
            row["snapready"]["takenAt"] = LAST_NIGHT
        elif "/virtualmachines/dc02/" in row.get("id", "").lower():
            for interface in row["properties"]["interfaces"]:
                interface["dhcp"] = True
        found.append(row)
    return found


def built() -> str:
    """The results of the night before, without the facts they stood on: nobody asks a baseline for them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("fleet", fleet()), ("guestfacts", guests())):
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (Path(folder) / f"{name}.ndjson").write_text(lines, "utf-8")
        views = (CONTOSO / "instanceviews.json").read_text("utf-8")
        (Path(folder) / "instanceviews.json").write_text(views, "utf-8")
        out = Path(folder) / "out.json"
        options = ["--config", str(HERE / "snapready.yaml"), "--no-baseline"]
        main(["scan", folder, *options, "--report", f"json={out}"])
        value = json.loads(out.read_text("utf-8"))
    value["run"].update(sources=["fleet.ndjson", "guestfacts.ndjson", "instanceviews.json"], version="0.0.0")
    value["run"]["configuration"] = ["snapready.yaml", "snapready.waivers.yaml"]
    for result in value["results"]:
        result.pop("evidence", None)
    value["memory"] = [CAME_BACK]
    return json.dumps(value, indent=1).replace(f"{HERE}/", "") + "\n"  # the same wherever the checkout lies


if __name__ == "__main__":
    (HERE / "last-night.json").write_text(built(), "utf-8")
    sys.exit(0)
