"""Reads the arrows from the imports: model ◀ language ◀ facts, sources ◀ policies, evaluate ◀ gate, reports ◀ cli."""

import ast
from pathlib import Path

import pytest

import scanner

PACKAGE = Path(scanner.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each room may import of ours, besides itself. A room is a folder, or a module beside the folders.
ROOMS: dict[str, set[str]] = {
    "model": set(),
    "rowtypes": set(),
    "yaml12": {"model"},
    "schedule": {"model"},
    "language": {"model", "schedule"},
    "ledger": {"model", "rowtypes"},
    "network": {"model", "language"},
    "source": {"model", "ledger"},
    "sources": {"model", "rowtypes", "ledger", "queries", "source"},
    "ingest": {"model", "rowtypes", "language", "sources"},
    "facts": {"model", "rowtypes", "ledger", "language", "schedule", "network"},
    "globs": set(),
    "scoping": {"model", "language"},
    "policy": {"model", "language", "scoping"},
    "authored": {"model", "language", "yaml12"},
    "config": {"model", "rowtypes", "language", "network", "authored", "globs", "policy", "scoping"},
    "policy_file": {"model", "language", "facts", "policy", "authored", "yaml12"},
    "policies": {"model", "language", "policy", "policy_file", "scoping"},
    "explainer": {"rowtypes", "model", "language", "facts", "policy"},
    "router": {"model", "language", "facts", "policy", "scoping"},
    "judges": {"model", "language", "facts", "policy"},
    "recall": {"model", "language"},
    "evaluate": {
        "model",
        "rowtypes",
        "language",
        "facts",
        "policy",
        "explainer",
        "recall",
        "scoping",
        "router",
        "judges",
    },
    "waivers": {"model", "authored", "globs", "language", "yaml12"},
    "exempted": {"model", "language", "facts", "globs", "waivers"},
    "uncollected": {"model", "rowtypes", "ledger", "facts", "policy", "evaluate"},
    "scan": {
        "exempted",
        "waivers",
        "model",
        "language",
        "ledger",
        "facts",
        "policy",
        "evaluate",
        "stages",
        "source",
        "uncollected",
    },
    "change": {"model"},
    "trend": {"model"},
    "cases": {"model", "policies", "policy", "scan", "sources"},
    "authoring": {
        "model",
        "rowtypes",
        "language",
        "facts",
        "policy",
        "policy_text",
        "evaluate",
        "judges",
        "cases",
        "scan",
        "sources",
    },
    "gate": {"model"},
    "reports": {"model", "rowtypes", "language", "schedule", "facts", "runbook", "gate"},
    "results_file": {"model", "rowtypes", "schedule", "gate", "reports"},
    "outputs": {"model", "language", "facts", "gate", "reports"},
    "runbook": {"model", "yaml12"},
    "explanation": {"model", "rowtypes", "language", "facts", "reports", "runbook"},
    "evidence": {"model", "ledger", "source", "gate"},
    "queries": {"rowtypes"},
    "scopes": {"model"},
    "stages": {"language", "facts", "policy"},
    "stagger": {
        "model",
        "rowtypes",
        "language",
        "schedule",
        "source",
        "sources",
        "facts",
        "policy",
        "router",
        "scan",
        "change",
        "reports",
    },
    "repairs": {
        "evaluate",
        "model",
        "rowtypes",
        "ledger",
        "language",
        "network",
        "source",
        "sources",
        "facts",
        "policy",
        "scan",
        "change",
        "reports",
        "stagger",
    },
    "mask": {"model", "rowtypes"},
    "masked": {"model", "mask", "sources"},
    "live": {"model", "ledger", "sources", "masked"},
    "az_script": {"rowtypes", "queries"},
    "policy_text": {"language", "policy"},
    "reference": {"authoring", "language", "facts", "sources", "policies", "runbook"},
}
WIRING = {"commands", "inputs", "arguments", "cli", "__main__", "__init__"}


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(module: Path) -> set[str]:
    """Every absolute module name imported anywhere in the file, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" if base == "scanner" else base for alias in node.names}
    return found


def rooms_imported(module: Path) -> set[str]:
    names = {name.split(".")[1] for name in imports_of(module) if name.startswith("scanner.")}
    return names - {"__version__"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(module: Path) -> None:
    room = room_of(module)
    if room in WIRING:
        return
    assert room in ROOMS, f"{room} is a new room: say in ROOMS what it may import"
    surplus = rooms_imported(module) - {room} - ROOMS[room]
    assert not surplus, f"{module.name} must not import {', '.join(sorted(surplus))}"


def test_nothing_imports_the_command_line() -> None:
    for module in MODULES:
        if room_of(module) not in ("__main__", "cli"):
            assert not rooms_imported(module) & {"cli"}, module
        if room_of(module) not in WIRING:
            assert not rooms_imported(module) & WIRING, module


def test_the_rooms_have_no_circle() -> None:
    done: set[str] = set()
    while left := {room for room in ROOMS if room not in done}:
        free = {room for room in left if ROOMS[room] <= done}
        assert free, f"a circle among {sorted(left)}"
        done |= free


def test_only_sources_named_azure_import_azure() -> None:
    for module in MODULES:
        if any(name == "azure" or name.startswith("azure.") for name in imports_of(module)):
            assert module.relative_to(PACKAGE).as_posix().startswith("sources/azure"), module


def test_sources_and_reports_never_meet() -> None:
    for module in MODULES:
        if room_of(module) == "sources":
            assert "reports" not in rooms_imported(module)
        if room_of(module) == "reports":
            assert "sources" not in rooms_imported(module)


def test_every_module_says_its_place_in_one_sentence() -> None:
    for module in MODULES:
        text = ast.get_docstring(ast.parse(module.read_text("utf-8")))
        assert text, f"{module} has no docstring"
        assert text.splitlines()[0].endswith((".", ":", ";")), f"{module}: the first line is no sentence"


def test_every_report_format_writes_results() -> None:
    from scanner.reports import formats, writer

    assert {"text", "json"} <= set(formats())
    for name in formats():
        assert callable(writer(name))
