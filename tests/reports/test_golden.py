"""Each report of the example fleet, held to a file somebody has read. `UPDATE_GOLDEN=1 pytest` writes them anew."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

import scanner
from scanner.reports import Style
from tests.explanation.telling import told
from tests.reports.scans import CONTOSO, ROOT, SCANS, STYLE, contoso, nightly, report

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {
    "csv": "csv",
    "json": "json",
    "junit": "xml",
    "markdown": "md",
    "ocsf": "ndjson",
    "oscal": "json",
    "sarif": "sarif",
    "sarif-github": "sarif",
    "text": "txt",
}
"""Of the formats that are text to be read; html and xlsx are held to outlines of theirs."""


def hold(name: str, text: str) -> None:
    """Compares with the golden file, or writes it when asked to."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode(), (
        f"{name} differs; if that is right: UPDATE_GOLDEN=1 pytest, and read the diff"
    )


@pytest.mark.parametrize(("name", "style"), [("text-100.txt", Style()), ("text-70-colour.txt", Style(70, True))])
def test_the_text_report_says_the_same_as_ever(name: str, style: Style) -> None:
    hold(name, report("text", *contoso(), style))


def test_the_json_report_says_the_same_as_ever() -> None:
    hold("results.json", report("json", *contoso(), Style()))


@pytest.mark.parametrize("name", sorted({*ENDINGS} - {"csv", "json", "ocsf", "oscal", "text"}))
def test_a_report_says_the_same_as_ever(name: str) -> None:
    hold(f"{name}.{ENDINGS[name]}", report(name, *contoso(), STYLE))


@pytest.mark.parametrize("name", ENDINGS)
def test_a_nightly_gate_with_waivers_and_a_baseline_says_the_same_as_ever(name: str) -> None:
    """A waived, an expired, a new and a reappeared finding, in every format."""
    hold(f"nightly-{name}.{ENDINGS[name]}", report(name, *nightly(), STYLE))


@pytest.mark.parametrize("scan", ["incomplete", "nothing"])
@pytest.mark.parametrize("name", ["csv", "junit", "markdown", "ocsf"])
def test_a_scan_that_did_not_judge_all_says_so_as_ever(name: str, scan: str) -> None:
    text = report(name, *SCANS[scan](), STYLE)
    hold(f"{scan}-{name}.txt", "\n".join(text.splitlines()[: 40 if name in ("junit", "markdown") else 4]) + "\n")


@pytest.mark.parametrize("scan", SCANS)
def test_the_json_report_keeps_its_schema(scan: str) -> None:
    schema = json.loads((Path(scanner.__file__).parent / "schemas" / "results.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(report("json", *SCANS[scan](), Style())), schema)


def test_results_are_sorted_and_there_is_one_for_each_policy_and_subject() -> None:
    value = json.loads(report("json", *contoso(), Style()))
    keys = [(result["policy"], result["resource"].lower()) for result in value["results"]]
    assert keys == sorted(set(keys))
    kinds = Counter(subject["type"] for subject in value["subjects"])
    assert len(keys) == sum(kinds[policy["resource"]] for policy in value["policies"])
    assert len({result["fingerprint"] for result in value["results"]}) == len(keys)


@pytest.mark.parametrize("vm", ["sql04", "dc02", "fs01", "k8scp03", "web03", "vpn01", "app03", "dc01"])
def test_an_explanation_says_the_same_as_ever(vm: str) -> None:
    hold(f"explain-{vm}.txt", told(vm))


def test_an_explanation_in_full_says_the_same_as_ever() -> None:
    hold("explain-app03-full.txt", told("app03", full=True))


def test_same_input_same_bytes_whatever_the_hash_seed() -> None:
    written = set()
    for seed in ("0", "1", "2"):
        command = [sys.executable, "-m", "scanner", "scan", *CONTOSO, "--report", "json=-", "--evidence", "all"]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        written.add(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False).stdout)
    assert len(written) == 1


def test_no_control_character_of_the_input_reaches_the_terminal() -> None:
    from scanner.reports.parts.texts import clean

    assert clean("web\x1b[2J\u202e01\r\n") == "web?[2J?01??"
    text = report("text", *contoso(), Style())
    assert all(char.isprintable() or char == "\n" for char in text)
