"""What became of a finding, in every format: waived, its waiver expired, new, back, fixed, lost, gone."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from scanner.model import Results, Subject
from scanner.reports import formats
from tests.reports.scans import Scan, gone, raw
from tests.reports.test_golden import hold

Key = tuple[str, str]
Told = Callable[[bytes, str, Subject], Any]


def findings(results: Results) -> dict[str, tuple[str, Subject]]:
    """One of each kind: its policy and its resource."""
    subjects = {subject.key: subject for judged in results.judged for subject in judged.subjects}
    found: dict[str, tuple[str, Subject]] = {}
    for (policy, key), track in results.tracks.items():
        found.setdefault(track.trend, (policy, subjects[key]))
    waived = next(iter(results.waivers))
    found["waived"] = waived[0], subjects[waived[1]]
    # what its waiver covered fails again, and so it is back; the check of the waivers says that it expired
    found["waiver expired"] = next(
        (judged.policy.id, subject)
        for judged in results.judged
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if "it expired on" in outcome.reason
    )
    assert results.baseline is not None
    found["gone"] = results.baseline.gone[0].policy, results.baseline.gone[0].subject
    return {kind: found[kind] for kind in KINDS}


KINDS = ("waived", "waiver expired", "new", "reappeared", "persisting", "fixed", "lost", "gone")


def of_csv(data: bytes, policy: str, subject: Subject) -> Any:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    row = next(row for row in rows if (row["policy"], row["resource"]) == (policy, subject.id))
    return {name: row[name] for name in ("record", "verdict", "trend", "waiver_expires") if row[name]}


def of_json(data: bytes, policy: str, subject: Subject) -> Any:
    whole = json.loads(data)
    for result in (*whole["results"], *whole["run"]["baseline"]["gone"]):
        if (result["policy"], result["resource"]) == (policy, subject.id):
            names = ("verdict", "trend", "reason") if "verdict" not in result else ("verdict", "trend")
            return {name: result[name] for name in names if name in result}
    raise AssertionError(policy, subject)


def of_ocsf(data: bytes, policy: str, subject: Subject) -> Any:
    for event in map(json.loads, data.splitlines()):
        control, resources = event["compliance"]["control"], event.get("resources", [{}])
        if (control, resources[0].get("uid")) == (policy, subject.id):
            return [event[name] for name in ("activity_name", "status")] + [event["unmapped"].get("trend")]
    raise AssertionError(policy, subject)


def of_sarif(data: bytes, policy: str, subject: Subject) -> Any:
    for result in json.loads(data)["runs"][0]["results"]:
        place = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        if (result["ruleId"], place) == (policy, subject.id):
            said = [result["kind"], result["baselineState"], result.get("properties", {}).get("trend")]
            return [*said, *(each["status"] for each in result.get("suppressions", ()))]
    raise AssertionError(policy, subject)


def of_sarif_github(data: bytes, policy: str, subject: Subject) -> Any:
    """It has open findings alone: an alert is closed by not being there."""
    for result in json.loads(data)["runs"][0]["results"]:
        if result["ruleId"] == policy and result["message"]["arguments"][0].startswith(f"{subject.name} ("):
            return result["properties"]["trend"]
    return "no alert"


def of_junit(data: bytes, policy: str, subject: Subject) -> Any:
    for case in ElementTree.fromstring(data).iter("testcase"):
        if case.get("classname") == policy and case.get("name", "").startswith(subject.name.lower()):
            return [(child.tag, (child.get("message") or child.text or "")[:40]) for child in case]
    return "no case"


def of_oscal(data: bytes, policy: str, subject: Subject) -> Any:
    result = json.loads(data)["assessment-results"]["results"][0]
    items = {item["uuid"]: item for item in result["local-definitions"]["inventory-items"]}
    for observation in result["observations"]:
        props = {prop["name"]: prop["value"] for prop in observation.get("props", ())}
        for each in observation.get("subjects", ()):
            asset = next(prop["value"] for prop in items[each["subject-uuid"]]["props"] if prop["name"] == "asset-id")
            if (props.get("policy"), asset) == (policy, subject.id):
                return [props["verdict"], *(prop["value"] for prop in each.get("props", ()))]
    return "not named"


def of_xlsx(data: bytes, policy: str, subject: Subject) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = []
    for sheet in ("Findings", "Not known", "Waivers", "Since the baseline"):
        head, *rows = ([cell or "" for cell in row] for row in book[sheet].iter_rows(values_only=True))
        place = head.index("id") if "id" in head else head.index("resource")
        at = [head.index(name) for name in ("verdict", "trend", "expires") if name in head]
        found += [
            (sheet, *(row[each] for each in at))
            for row in rows
            if (row[head.index("policy")], row[place]) == (policy, subject.id)
        ]
    return found


def of_html(data: bytes, policy: str, subject: Subject) -> Any:
    """The page's script shows what the data says; what is gone stands in a section of its own."""
    text = data.decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    page = json.loads(found[1])
    rows = [page["rows"][at : at + 4] for at in range(0, len(page["rows"]), 4)]
    states = ("fail", "waived", "unknown", "pass", "not-applicable")
    for at, (number, who, _, state) in enumerate(rows):
        if (page["policies"][number]["id"], page["subjects"][who][4]) == (policy, subject.id):
            more = page["more"].get(str(at), {})
            return [states[state], *(more[name] for name in ("trend", "waiver") if name in more)]
    section = text[text.index('id="trend-title"') : text.index('id="findings-title"')]
    return [line for line in re.findall(r"<li>(.*?)</li>", section) if f"{policy}: {subject.name} (" in line]


def of_prose(data: bytes, policy: str, subject: Subject) -> Any:
    """The lines of text and Markdown that name it, and the block they stand in."""
    block, found = "", []
    for line in unescape(data.decode()).splitlines():
        block = line if re.match(r"(FAIL|WAIVED|NOT JUDGED|since |#+ )", line) else block
        if re.search(rf"(?<![\w*/]){re.escape(subject.name)}\b", line) and (
            policy in block or policy in line or "|" in line
        ):
            found.append([block, line.strip()])
    return found


TOLD: dict[str, Told] = {
    "csv": of_csv,
    "html": of_html,
    "json": of_json,
    "junit": of_junit,
    "markdown": of_prose,
    "ocsf": of_ocsf,
    "oscal": of_oscal,
    "sarif": of_sarif,
    "sarif-github": of_sarif_github,
    "text": of_prose,
    "xlsx": of_xlsx,
}


def told(name: str, scan: Scan) -> dict[str, Any]:
    data = raw(name, *scan)
    return {kind: TOLD[name](data, *finding) for kind, finding in findings(scan[0]).items()}


def test_every_format_is_looked_at() -> None:
    assert sorted(TOLD) == formats()


@pytest.mark.parametrize("name", TOLD)
def test_what_became_of_a_finding_is_told_as_ever(name: str) -> None:
    lines = [f"{kind}: {json.dumps(said, ensure_ascii=False)}" for kind, said in told(name, gone()).items()]
    hold(f"told-apart-{name}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("name", sorted({*TOLD} - {"markdown", "sarif-github", "text"}))
def test_no_two_of_them_look_the_same_to_a_program(name: str) -> None:
    found = told(name, gone())
    said = {json.dumps(found[kind]) for kind in ("waived", "new", "reappeared", "persisting", "fixed", "lost", "gone")}
    assert len(said) == 7
