"""What docs/permissions.md says is needed is what the code reads, and what the custom role grants."""

import json
import re
from pathlib import Path

import pytest

from scanner.az_script import script
from scanner.facts.catalogue import modules
from scanner.queries import queries
from scanner.rowtypes import (
    DECLARED,
    EXEMPTION,
    GUEST_FACTS,
    INSTANCE_VIEW,
    LOCK,
    METRICS,
    RUN_COMMAND,
    SERVICE_TAGS,
    VM,
    table_of,
)
from scanner.sources.azure import beside
from scanner.sources.azure.rights import READ_RIGHTS, action_for

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "permissions.md").read_text("utf-8")
ROLE = json.loads((ROOT / "examples" / "custom-role.json").read_text("utf-8"))
CONTAINERS = ("microsoft.resources/subscriptions", "microsoft.resources/subscriptions/resourcegroups")


def rows() -> dict[str, tuple[str, list[str]]]:
    """Each row type of the page's first table: where it comes from, and its actions."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"`[a-z./]+`", cells[0]):
            found[cells[0].strip("`")] = (cells[1], re.findall(r"`([^`]+)`", cells[2]))
    return found


def read() -> set[str]:
    """Every row type that some fact reads, and those that these are made from."""
    facts = {row_type for module in modules() for fact in module.facts.values() for row_type in fact.reads}
    subjects = {module.subject for module in modules() if module.root}
    return facts | subjects | {name for query in queries(facts) for name in query.types}


def test_a_row_type_that_a_fact_reads_is_not_listed() -> None:
    assert read() <= set(rows())


def test_a_row_type_is_listed_that_nothing_reads() -> None:
    assert set(rows()) <= read() | {EXEMPTION, LOCK, METRICS, SERVICE_TAGS, *CONTAINERS}


@pytest.mark.parametrize("row_type", sorted(rows()))
def test_the_page_says_wrongly_where_a_row_type_comes_from(row_type: str) -> None:
    source, actions = rows()[row_type]
    if table_of(row_type):
        assert source.split(",")[0] == f"`{table_of(row_type)}`"
    else:
        assert "`" not in source
    assert len(actions) == (row_type not in (GUEST_FACTS, DECLARED))


@pytest.mark.parametrize("row_type", sorted(name for name in rows() if name.startswith("microsoft.")))
def test_an_action_is_not_that_of_its_row_type(row_type: str) -> None:
    (action,) = rows()[row_type][1]
    assert action.lower() == f"{row_type}/read"


def test_what_the_script_for_az_gets_is_not_granted() -> None:
    text = script([VM, INSTANCE_VIEW, GUEST_FACTS, LOCK])
    assert "/instanceView?" in text
    assert "Microsoft.Authorization/locks?" in text
    assert {f"{name}/read" for name in (INSTANCE_VIEW, RUN_COMMAND, LOCK)} <= {each.lower() for each in ROLE["Actions"]}


def test_what_a_live_scan_says_it_lacks_is_not_granted() -> None:
    rights = {value for name, value in vars(beside).items() if name.endswith("_RIGHT")} | {READ_RIGHTS}
    assert len(rights) > 5
    assert rights <= set(ROLE["Actions"])
    for row_type in rows():
        if table_of(row_type):
            assert action_for(row_type) in {action.lower() for action in ROLE["Actions"]}


def test_the_role_grants_other_than_the_page_says() -> None:
    named = set(re.findall(r"`(Microsoft\.[\w.]+/[\w./]+)`", PAGE))
    assert set(ROLE["Actions"]) == named
    assert ROLE["Actions"] == sorted(named), "each once, in order"


def test_the_role_grants_more_than_reading() -> None:
    for action in ROLE["Actions"]:
        assert re.fullmatch(r"Microsoft\.\w+(/\w+)+/read", action), action
    assert ROLE["NotActions"] == ROLE["DataActions"] == ROLE["NotDataActions"] == []


def test_the_role_cannot_be_assigned_as_the_page_says() -> None:
    assert ROLE["IsCustom"] is True
    assert f'--role "{ROLE["Name"]}"' in PAGE
    (scope,) = ROLE["AssignableScopes"]
    assert f"--scope {scope}\n" in PAGE


def test_an_action_is_of_a_provider_whose_page_is_not_named() -> None:
    sources = PAGE.split("## Where the names are from")[1]
    for action in ROLE["Actions"]:
        provider = action.split("/")[0]
        assert re.search(rf"\b{re.escape(provider)}[,)\s]", sources), provider
