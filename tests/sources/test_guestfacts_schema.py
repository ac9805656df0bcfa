"""The schema of guest facts fits what examples write, and every key of it is read, published and kept when masked."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.facts.catalogue import fields
from scanner.mask.mask import _SEEN
from scanner.rowtypes import GUEST_FACTS
from scanner.sources.guest_evidence import _TELLING
from tests.material import CONTOSO, read_lines
from tests.rows import known_facts

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "guest-facts.md").read_text("utf-8")
HEADINGS = {"collectedAt", "source"}


@cache
def schema() -> Any:
    return json.loads((ROOT / "scanner" / "schemas" / "guestfacts.schema.json").read_text("utf-8"))


def keys() -> set[str]:
    return set(schema()["properties"]["properties"]["properties"])


def test_the_schema_is_none() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_a_guest_of_the_example_fleet_that_the_schema_refuses() -> None:
    rows = [row for row in read_lines(CONTOSO / "guestfacts.ndjson") if "snapready" not in row]
    assert rows
    for row in rows:
        jsonschema.validate(row, schema())


def test_the_example_of_the_page_is_refused_or_lacks_a_key() -> None:
    found = re.search(r'```json\n(\{"type": "snapready/guestfacts".*?)```', PAGE, re.DOTALL)
    assert found
    row = json.loads(found[1])
    jsonschema.validate(row, schema())
    assert set(row["properties"]) == keys()


def test_a_key_that_the_page_does_not_tell_of() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == keys()


def test_a_key_that_no_fact_reads() -> None:
    read = {
        name
        for fact in known_facts().values()
        if GUEST_FACTS in fact.reads
        for name in fields(fact.reads[GUEST_FACTS])["properties"]
    }
    assert read == keys()


def test_a_key_that_makes_no_guest_facts_when_it_is_published_alone() -> None:
    assert set(_TELLING) == keys() - HEADINGS


def test_a_key_that_masking_takes_for_names() -> None:
    assert keys() - _SEEN == {"collectedAt", "proxy"}, "a proxy's host is a name; a time is one by no rule"


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": {"waagent": "running"}},
        {"platformEndpoint": {"80": "open"}},
        {"platformEndpoint": {"http": True}},
        {"vssWriters": {"System Writer": 1}},
        {"agent": {"running": "yes"}},
        {"agent": {"extensionsEnabled": "y"}},
    ],
)
def test_an_odd_value_that_the_schema_lets_through(wrong: Any) -> None:
    row = {"type": GUEST_FACTS, "id": "/x/guestFacts", "properties": {"collectedAt": "2026-11-22T00:00:00Z", **wrong}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, schema())
