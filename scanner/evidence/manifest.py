"""What an evidence pack says of itself: which files it has, with their SHA-256, and how the scan was asked for."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.gate import FailOn
from scanner.model import SnapreadyError

SCHEMA = "snapready/evidence/1"
NAME = "manifest.json"
ROWS, LEDGER, RESULTS, TAGS = "rows.ndjson.gz", "ledger.json", "results.json", "inputs/service-tags.json"
README = "README.md"
_POLICY = re.compile("policies/[^/]+/policy.yaml")


class Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A part of the manifest."""


class Kept(Part):
    """One file of the pack."""

    sha256: str
    bytes: int


class Input(Part):
    """A file that the user gave, and the name it was given by, which results and reports show."""

    file: str
    name: str


class Asked(Part):
    """The gate that was asked for."""

    fail_on: FailOn
    unknown_fails: bool
    allow_empty: bool
    live: bool
    only_new: bool


class Freshness(Part):
    """How old the rows might be, and when they were put to the scan."""

    limit: float
    """Hours."""
    scanned: str


class Replay(Part):
    """Everything that the scan was asked, so that it can be asked again."""

    now: str
    """What counts as the time of the run, where nothing says when rows were taken: when they were judged."""
    taken_at: str | None
    max_age: float
    """Hours."""
    group_tag: str
    collected: tuple[str, ...]
    all_evidence: bool
    select: tuple[str, ...]
    set: tuple[str, ...]
    gate: Asked
    configuration: Input | None = None
    waivers: Input | None = None
    baseline: Input | None = None
    freshness: Freshness | None = None
    service_tags: str | None = None
    """The file that holds them as rows."""


class Reports(Part):
    """The reports that the same command wrote, and what they were told, so that they can be written again."""

    formats: dict[str, str]
    """The file in the pack → its format."""
    anchor: str
    places: dict[str, str]
    """Files that resources are written in, as the user named them → from the repository's root."""


class Manifest(Part):
    """manifest.json; its shape is schemas/evidence.schema.json."""

    schema: Literal["snapready/evidence/1"]
    version: str
    """Of snapready."""
    taken_at: str
    replay: Replay
    reports: Reports
    files: dict[str, Kept]

    def faults(self, data: bytes) -> list[str]:
        """What no scan writes into a manifest, which `data` is: files without a part in it, a part that is no file."""
        if written(self) != data:
            return [f"{NAME} was altered: it is not laid out as snapready does"]
        asked = self.replay
        inputs = [each.file for each in (asked.configuration, asked.waivers, asked.baseline) if each is not None]
        parts = {README, ROWS, LEDGER, RESULTS, *inputs, *([asked.service_tags] if asked.service_tags else ())}
        parts |= self.reports.formats.keys()
        found = [f"{NAME} was altered: {part!r} is no file of the pack" for part in sorted(parts - self.files.keys())]
        odd = [name for name in sorted(self.files.keys() - parts) if not _POLICY.fullmatch(name)]
        found += [f"{name!r} was added: it has no part in the scan" for name in odd]
        if asked.now != self.taken_at:
            found.append(f"{NAME} was altered: takenAt is {self.taken_at!r}, and the replay's now {asked.now!r}")
        return found


def kept(data: bytes) -> Kept:
    """A file of these bytes."""
    return Kept(hashlib.sha256(data).hexdigest(), len(data))


def kept_file(path: Path) -> Kept:
    """The same of a file, which is not read into memory whole."""
    with path.open("rb") as data:
        return Kept(hashlib.file_digest(data, "sha256").hexdigest(), path.stat().st_size)


def written(manifest: Manifest) -> bytes:
    """The manifest as it stands in a pack."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n"


def read(data: bytes, place: str) -> Manifest:
    """The manifest of these bytes; raises SnapreadyError."""
    try:
        value: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise SnapreadyError(f"{place}: {NAME} is not JSON") from None
    schema = value.get("schema") if isinstance(value, Mapping) else None
    if schema != SCHEMA:
        raise SnapreadyError(f"{place}: {NAME} is of no evidence pack that can be read: its schema is {schema!r}")
    try:
        manifest = msgspec.convert(value, Manifest)
    except msgspec.ValidationError as error:
        raise SnapreadyError(f"{place}: {NAME} is not valid: {error}{_maker(value)}") from None
    return manifest


def _maker(value: Any) -> str:
    """The next step, where another version may have written a manifest."""
    version = value.get("version")
    return f"\n  help: it says that snapready {version} made it: verify it with that version" if version else ""
