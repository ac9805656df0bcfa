"""Each report of the example fleet, held to a file somebody has read. `UPDATE_GOLDEN=1 pytest` writes them anew."""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import scanner
from scanner.explanation import explain, find
from scanner.gate import Decision, Gate, decide
from scanner.model import Results
from scanner.policies import BUILT_IN, load
from scanner.reports import Style, writer
from scanner.scan import Options, scan

ROOT = Path(__file__).parent.parent.parent
GOLDEN = Path(__file__).parent / "golden"
CONTOSO = ["examples/contoso/fleet.ndjson", "examples/contoso/guestfacts.ndjson", "examples/contoso/instanceviews.json"]


@cache
def contoso() -> tuple[Results, Decision]:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        results = scan(CONTOSO, list(load([BUILT_IN]).values()), Options(now="2026-11-22T01:00:00Z"))
    finally:
        os.chdir(before)
    return results, decide(results, Gate())


def hold(name: str, text: str) -> None:
    """Compares with the golden file, or writes it when asked to."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), (
        f"{name} differs; if that is right: UPDATE_GOLDEN=1 pytest, and read the diff"
    )


@pytest.mark.parametrize(("name", "style"), [("text-100.txt", Style()), ("text-70-colour.txt", Style(70, True))])
def test_the_text_report_says_the_same_as_ever(name: str, style: Style) -> None:
    hold(name, writer("text")(*contoso(), style))


def test_the_json_report_says_the_same_as_ever() -> None:
    value = json.loads(writer("json")(*contoso(), Style()))
    value["run"]["version"] = "VERSION"
    hold("results.json", json.dumps(value, indent=1) + "\n")


def test_the_json_report_keeps_its_schema() -> None:
    schema = json.loads((Path(scanner.__file__).parent / "schemas" / "results.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(writer("json")(*contoso(), Style())), schema)


def test_results_are_sorted_and_there_is_one_for_each_policy_and_subject() -> None:
    value = json.loads(writer("json")(*contoso(), Style()))
    keys = [(result["policy"], result["resource"].lower()) for result in value["results"]]
    assert keys == sorted(set(keys))
    kinds = Counter(subject["type"] for subject in value["subjects"])
    assert len(keys) == sum(kinds[policy["resource"]] for policy in value["policies"])
    assert len({result["fingerprint"] for result in value["results"]}) == len(keys)


@pytest.mark.parametrize("vm", ["sql04", "dc02", "fs01", "k8scp03", "web03"])
def test_an_explanation_says_the_same_as_ever(vm: str) -> None:
    results, _ = contoso()
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        options = Options(now="2026-11-22T01:00:00Z", all_evidence=True)
        results = scan(CONTOSO, list(load([BUILT_IN]).values()), options)
    finally:
        os.chdir(before)
    hold(f"explain-{vm}.txt", explain(results, find(results, vm)))


def test_same_input_same_bytes_whatever_the_hash_seed() -> None:
    written = set()
    for seed in ("0", "1", "2"):
        command = [sys.executable, "-m", "scanner", "scan", *CONTOSO, "--report", "json=-", "--evidence", "all"]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        written.add(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False).stdout)
    assert len(written) == 1


def test_no_control_character_of_the_input_reaches_the_terminal() -> None:
    from scanner.reports.text import clean

    assert clean("web\x1b[2J\u202e01\r\n") == "web?[2J?01??"
    report = writer("text")(*contoso(), Style())
    assert all(char.isprintable() or char == "\n" for char in report)
