"""A new policy that is valid and tested from its first minute, for its author to change."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.model import SnapreadyError
from scanner.rowtypes import VM

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*").fullmatch
_TYPE = re.compile(r"[A-Za-z0-9.]+(/[A-Za-z0-9._-]+)+").fullmatch
_SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
_HEADER = '{"snapready": {"version": 1, "takenAt": "2026-11-22T01:00:00Z"}}\n'


@dataclass(frozen=True, slots=True)
class Start:
    """What a scaffold begins with: an expectation, what a row needs to pass and fail, and what makes it unknown."""

    expect: str
    message: str
    passes: dict[str, Any]
    fails: dict[str, Any]
    unknown: dict[str, Any]
    none: dict[str, Any] | None = None
    """It fails as well: what is asked for is not there at all."""


_TAGGED = Start(
    "tags.owner",
    "nobody owns it: it has no tag owner, or an empty one",
    {"tags": {"owner": "team-a"}},
    {"tags": {"owner": ""}},
    {"tags": "not an object"},
    {"tags": {"environment": "test"}},
)
_ROW = Start(
    "properties.example == params.wanted",
    "its example is {properties.example}, and {params.wanted} is wanted",
    {"properties": {"example": "yes"}},
    {"properties": {"example": "no"}},
    {"properties": {}},
)


def write_scaffold(folder: Path, name: str, resource: str) -> list[Path]:
    """Writes policy.yaml and a case for each verdict, and overwrites nothing; the files. Raises SnapreadyError."""
    if not _ID(name):
        raise SnapreadyError(f"{name!r} is no id of a policy: small letters, digits and dashes, such as storage-https")
    if not _TYPE(resource):
        raise SnapreadyError(f"--resource: {resource!r} is no resource type such as microsoft.storage/storageaccounts")
    resource = resource.lower()
    place = folder / name
    if place.exists():
        raise SnapreadyError(f"{place} is there already")
    start = _TAGGED if resource == VM else _ROW
    files = {place / "policy.yaml": _policy(resource, start)}
    for verdict, story, part in (
        ("pass", "it-is-as-wanted", start.passes),
        ("fail", "it-is-not-as-wanted", start.fails),
        ("unknown", "nobody-tells", start.unknown),
        ("fail", "there-is-none", start.none),
    ):
        if part is None:
            continue
        row = json.dumps(_row(resource, part))
        files[place / "cases" / f"{verdict}-{story}.ndjson"] = f"{_HEADER}{row}\n"
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise SnapreadyError(f"{place}: cannot be written: {error.strerror}") from None
    return list(files)


def _row(resource: str, part: dict[str, Any]) -> dict[str, Any]:
    identity = f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/rg/providers/{resource}/one"
    common = {"id": identity, "name": "one", "type": resource, "location": "westeurope"}
    return {**common, "resourceGroup": "rg", "subscriptionId": _SUBSCRIPTION, **part}


def _policy(resource: str, start: Start) -> str:
    asked = "params.wanted" in start.expect
    params = """
params:
  wanted:
    default: "yes"
    description: What it must be."""
    return f"""# snapready policies test, while you change it; docs: docs/writing-policies.md of snapready
title: What holds when it passes, in one sentence
resource: {resource}
expect: {start.expect}
message: "{start.message}"
severity: warning{params if asked else ""}
why: What goes wrong, in the words somebody searches for.
fix: What to do, with commands.
source:
  title: The public page that says so
  url: https://example.com
  read: "2026-11-22"
"""
