"""The timeline of a group as JSON: in results.json, and wherever else one is told."""

from typing import Any

from scanner.model import Timeline


def timeline(line: Timeline) -> dict[str, Any]:
    """Its shape is that of `timelines` in schemas/results.schema.json."""
    found: dict[str, Any] = {
        "group": {
            "id": line.group.id,
            "name": line.group.name,
            "resourceGroup": line.group.resource_group,
            "subscription": line.group.subscription,
        },
        "kind": line.kind,
        "minutes": line.minutes,
        "together": line.together,
        "starts": [{**start._asdict(), "vms": list(start.vms)} for start in line.starts],
        "crowded": [window._asdict() for window in line.crowded],
    }
    if line.idle:
        found["idle"] = list(line.idle)
    if line.unsure:
        found["unsure"] = [{"reason": reason, "vms": list(names)} for reason, names in line.unsure]
    if line.strays:
        found["strays"] = list(line.strays)
    return found
