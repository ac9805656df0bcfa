"""A masked fleet gets the verdicts of the fleet it was made from, subject by subject."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cases import cases_of
from scanner.mask import Mask
from scanner.policy import Policy
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.mask.material import FILES, KEY, NOW, contoso, mask_of, masked, read, said, scanned, told
from tests.material import policies

CASES = [(policy, case) for policy in policies().values() for case in cases_of(policy)]


def test_a_verdict_of_the_example_fleet_that_masking_changes(tmp_path: Path) -> None:
    mask, rows = contoso()
    plain = scan(Files([str(path) for path in FILES]), list(policies().values()), Options(now=NOW))
    hidden = scanned(rows, tmp_path, policies().values())
    assert len(told(plain)) > 500
    assert told(hidden) == told(plain, mask)
    assert said(hidden) == said(plain)
    assert plain.standings
    assert hidden.standings == {
        mask.row({"id": vm, "type": "x"})["id"]: standing for vm, standing in plain.standings.items()
    }


@pytest.mark.parametrize(("policy", "case"), CASES, ids=[f"{policy.id}/{case.name}" for policy, case in CASES])
def test_a_case_that_masking_changes(policy: Policy, case: Path, tmp_path: Path) -> None:
    rows = read(case)
    mask = mask_of(rows)
    plain = scan(Files([str(case)]), [policy], Options(now=NOW))
    hidden = scanned({"case": masked(mask, rows)}, tmp_path, [policy])
    assert told(hidden) == told(plain, mask)
    assert said(hidden) == said(plain)


def texts(value: Any) -> Iterator[str]:
    """Every text and every key in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from texts(below)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def test_a_word_that_means_something_in_a_fleet_where_every_word_is_a_name(tmp_path: Path) -> None:
    """What facts read is kept for its key, and never because no resource happens to be called so."""
    rows = {path.stem: read(path) for path in FILES}
    mask = Mask(KEY)
    every = {word for each in rows.values() for row in each for text in texts(row) for word in (text, *text.split())}
    mask.learn_names(sorted(every))
    for each in rows.values():
        for row in each:
            if "snapready" not in row:
                mask.learn(row)
    plain = scan(Files([str(path) for path in FILES]), list(policies().values()), Options(now=NOW))
    hidden = scanned({name: masked(mask, each) for name, each in rows.items()}, tmp_path, policies().values())
    assert told(hidden) == told(plain, mask)
    assert said(hidden) == said(plain)


def test_a_group_by_tag_that_falls_apart(tmp_path: Path) -> None:
    rows = {path.stem: read(path) for path in FILES}
    mask, hidden = contoso()
    judged = [policies()["staggered-schedules"]]
    for tag in ("application", "Environment", "backup-group"):
        options = dataclasses.replace(Options(now=NOW), group_tag=tag)
        names = [str(tmp_path / f"{name}.ndjson") for name in rows]
        scanned(hidden, tmp_path, judged)
        found = scan(Files(names), judged, options)
        plain = scan(Files([str(path) for path in FILES]), judged, options)
        assert told(found) == told(plain, mask)
