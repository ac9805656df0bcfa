"""Masks files and whole fleets as a snapshot that is to be shared would be."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from scanner.mask import Mask
from scanner.model import Results, Row
from scanner.policy import Policy
from scanner.scan import Options, scan
from scanner.sources.forms import instance_view_row
from scanner.sources.snapshot import Files
from tests.material import CONTOSO
from tests.rows import write

KEY = bytes(range(32))
NOW = "2026-11-22T01:00:00Z"
FILES = tuple(CONTOSO / name for name in ("fleet.ndjson", "guestfacts.ndjson", "instanceviews.json"))


def read(path: Path) -> list[Row]:
    """The rows and headers of a file; what az says of an instance view is the row that it is read as."""
    text = path.read_text("utf-8")
    values = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [instance_view_row(value) or value for value in values]


def masked(mask: Mask, rows: Iterable[Row]) -> list[Row]:
    """The rows masked; of a header its subscriptions and its scope."""
    found = []
    for row in rows:
        if "snapready" not in row:
            found.append(mask.row(row))
            continue
        header = dict(row["snapready"])
        if "collected" in header:
            header["collected"] = {mask.subscription(each): said for each, said in header["collected"].items()}
        if "scope" in header:
            header["scope"] = mask.text(header["scope"])
        found.append({"snapready": header})
    return found


def mask_of(rows: Iterable[Row], key: bytes = KEY) -> Mask:
    mask = Mask(key)
    for row in rows:
        if "snapready" not in row:
            mask.learn(row)
    return mask


@cache
def contoso() -> tuple[Mask, dict[str, list[Row]]]:
    """The mask of the example fleet, and its masked rows by the name of their file."""
    mask = mask_of(row for path in FILES for row in read(path))
    mask.learn_names(["contoso"])
    return mask, {path.stem: masked(mask, read(path)) for path in FILES}


def scanned(rows: dict[str, list[Row]], folder: Path, policies: Iterable[Policy]) -> Results:
    paths = [write(folder / f"{name}.ndjson", each) for name, each in rows.items()]
    return scan(Files(paths), list(policies), Options(now=NOW))


Told = dict[tuple[str, str], tuple[Any, ...]]


def told(results: Results, mask: Mask | None = None) -> Told:
    """(policy, subject) → verdict, severity and needs; the subject under its pseudonym where a mask is given."""
    found: Told = {}
    for judged in results.judged:
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True):
            row = {"id": subject.id, "type": subject.type, "name": subject.name}
            key = str((mask.row(row) if mask else row)["id"]).lower()
            found[judged.policy.id, key] = (outcome.verdict, outcome.severity, sorted(outcome.needs))
    return found


def said(results: Results) -> tuple[Any, ...]:
    """What a run tells besides verdicts, without names: how much was read, and how many problems there are."""
    coverage = sorted((one.type, one.rows, one.collected, one.announced or 0) for one in results.run.coverage)
    problems = sorted((one.incomplete, one.count) for one in results.run.problems)
    return results.counts(), coverage, problems, results.run.duplicates, results.run.taken_at
