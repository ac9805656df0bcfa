"""No name and no id of the fleet is left in what was masked, and the key alone decides what stands there instead."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from scanner.mask import Mask
from scanner.mask.words import TAG_VALUES, VOCABULARY
from scanner.model import Row
from tests.mask.material import FILES, KEY, contoso, mask_of, masked, read
from tests.material import case_samples

_ID = re.compile(r"/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?(?:/providers/[^/]+/(.*))?", re.IGNORECASE)


def names_in(value: Any) -> Iterator[str]:
    """Every name and id that a reader of the rows would call one, found without the mask's own rules."""
    if isinstance(value, dict):
        for key, below in value.items():
            if isinstance(below, str) and key.lower() in ("subscriptionid", "tenantid", "vmid", "principalid"):
                yield below
            if isinstance(below, str) and key in ("resourceGroup", "computerName", "adminUsername", "friendlyName"):
                yield below
            if key == "tags" and isinstance(below, dict):
                yield from (each for each in below.values() if isinstance(each, str) and each not in TAG_VALUES)
            yield from names_in(below)
    elif isinstance(value, list):
        for member in value:
            yield from names_in(member)
    elif isinstance(value, str) and (found := _ID.fullmatch(value)):
        subscription, group, rest = found.groups()
        yield subscription
        yield from (group,) if group else ()
        for part in re.sub(r"/providers/[^/]+", "/providers", rest or "").split("/providers/"):
            for place, segment in enumerate(part.split("/")):
                if place % 2 and "/defaultSecurityRules/" not in value:
                    yield from segment.split(";")


def values(value: Any) -> Iterator[str]:
    """Every text in a value; a group of the tag "identity" is no key of that name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from values(below)


def wanted(rows: list[Row]) -> set[str]:
    """Names that must go; a group of Azure Backup's own is called alike everywhere."""
    found = {name.lower() for name in names_in(rows) if len(name) >= 4 and name.lower() not in VOCABULARY}
    return {name for name in found if not re.fullmatch(r"azurebackuprg_[a-z0-9]+_\d+", name)}


def is_left(name: str, text: str) -> bool:
    return name in text and re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text) is not None


def test_a_name_of_the_example_fleet_that_is_left_over() -> None:
    _, hidden = contoso()
    plain = [row for path in FILES for row in read(path)]
    text = "\n".join(values(hidden)).lower()
    names = wanted(plain)
    assert len(names) > 200
    # an extension is called as its type, which stays: what it is
    types = {str(row["properties"].get("type")).lower() for row in plain if "extensions" in row.get("type", "")}
    left = {name for name in names - types if is_left(name, text) and not re.fullmatch("[0-9.]+", name)}
    assert not left
    text = json.dumps(hidden).lower()
    for name in (
        "3f6c1b2e-8a41-4d57",
        "5e1f7c3a",
        "stcontosolegacy",
        "contosoadmin",
        "proxy-cin",
        "legacyus01",
        "contoso.",
    ):
        assert name not in text.replace("contoso.tools", ""), name


def test_a_name_of_a_case_that_is_left_over() -> None:
    for _, sample in case_samples():
        rows = list(sample.rows)
        text = "\n".join(values(masked(mask_of(rows), rows))).lower()
        types = {str((row.get("properties") or {}).get("type")).lower() for row in rows}
        left = {name for name in wanted(rows) - types if is_left(name, text)}
        assert not left, sample.name


def test_the_same_key_gives_the_same_bytes_in_whatever_order_rows_are_learnt() -> None:
    _, hidden = contoso()
    mask = mask_of(row for path in reversed(FILES) for row in reversed(read(path)))
    mask.learn_names(["contoso"])
    again = {path.stem: masked(mask, read(path)) for path in FILES}
    assert json.dumps(again) == json.dumps(hidden)
    assert json.dumps({path.stem: masked(mask, read(path)) for path in FILES}) == json.dumps(hidden)


def test_another_key_gives_other_names() -> None:
    rows = [row for row in read(FILES[0]) if "snapready" not in row]
    one, other = (masked(mask_of(rows, key), rows) for key in (KEY, b"another"))
    for first, second in zip(one, other, strict=True):
        assert first["id"] != second["id"]
        assert first["subscriptionId"] != second["subscriptionId"]
        assert "name" not in first or first["name"] != second["name"]


def test_a_row_that_masking_changes_in_place() -> None:
    rows = [row for path in FILES for row in read(path)]
    before = copy.deepcopy(rows)
    masked(mask_of(rows), rows)
    assert rows == before


def test_two_names_that_become_one() -> None:
    mask = Mask(KEY)
    made = {mask.row({"id": f"/subscriptions/s/resourceGroups/rg{n}", "type": "x"})["id"] for n in range(20000)}
    assert len(made) == 20000
