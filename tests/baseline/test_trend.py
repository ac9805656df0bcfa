"""What becomes of results from run to run, held to a history that is told by hand and by dice."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given

from scanner.gate import FailOn, Gate, decide
from scanner.model import Results, Severity, SnapreadyError, Waiver
from scanner.reports import Style
from scanner.results_file import read
from scanner.results_file.baseline import read_baseline
from scanner.trend import tracked
from tests.properties import examples
from tests.reports.hostile import scans
from tests.reports.scans import SCANS, Scan, report
from tests.waivers.made import OTHER, made, vm

WAIVER = Waiver(("dhcp",), ("*",), "team", "reason", "2026-12-31")


def night(number: int, letters: Mapping[str, str], **how: object) -> Results:
    """One run: of each VM a letter, w for a fail that is waived."""
    plain = {name: "f" if letter == "w" else letter for name, letter in letters.items()}
    results = made({"dhcp": plain}, at=f"2026-11-{number:02}T01:00:00Z", **how)  # type: ignore[arg-type]
    return replace(
        results, waivers={("dhcp", vm(name).key): WAIVER for name, letter in letters.items() if letter == "w"}
    )


def kept(results: Results, folder: Path) -> Results:
    """The results as the next run gets them: written and read again."""
    path = folder / "results.json"
    path.write_text(report("json", results, decide(results, Gate()), Style()), "utf-8")
    return read(str(path))[0]


def trends(results: Results) -> dict[str, str]:
    return {key.rsplit("/", 1)[-1]: track.trend for (_, key), track in results.tracks.items()}


@pytest.mark.parametrize(
    ("history", "trend"),
    [
        ("pf", "new"),
        ("uf", "new"),
        ("nf", "new"),
        (".f", "new"),
        ("ff", "persisting"),
        ("fff", "persisting"),
        ("fpf", "reappeared"),
        ("fpppf", "reappeared"),
        ("fuuf", "reappeared"),
        ("f.f", "reappeared"),
        ("wf", "reappeared"),
        ("wpf", "reappeared"),
        ("fwf", "reappeared"),
        ("fp", "fixed"),
        ("fn", "fixed"),
        ("wp", "fixed"),
        ("fpp", ""),
        ("fu", "lost"),
        ("pu", "lost"),
        ("wu", "lost"),
        ("nu", "added"),
        ("uu", ""),
        ("up", ""),
        ("pp", ""),
        ("np", ""),
        ("fw", ""),
        ("pw", ""),
        ("ww", ""),
        (".p", "added"),
        (".u", "added"),
        (".w", ""),
    ],
)
def test_a_history_that_ends_as_another_trend(history: str, trend: str, tmp_path: Path) -> None:
    """Night after night, each held to the one before as it was written; a dot is a VM that is not there."""
    last: Results | None = None
    for number, letter in enumerate(history, 1):
        results = night(number, {"other": "p", **({"web01": letter} if letter != "." else {})})
        last = results if last is None else tracked(kept(last, tmp_path), results, "results.json")
    assert last is not None
    assert trends(last).get("web01", "") == trend


def test_a_history_of_dice_that_is_told_otherwise_by_a_plain_memory(tmp_path: Path) -> None:
    dice = random.Random(20261122)
    names = [f"vm{number}" for number in range(8)]
    last: Results | None = None
    ever: set[str] = set()
    before: dict[str, str] = {}
    for number in range(1, 29):
        letters = {name: dice.choice("fffpppunw") for name in names if dice.random() < 0.9}
        results = night(number, letters)
        if last is not None:
            results = tracked(kept(last, tmp_path), results, "results.json")
            expected = {}
            for name, letter in letters.items():
                was = before.get(name)
                if letter == "f":
                    expected[name] = "persisting" if was == "f" else "reappeared" if name in ever else "new"
                elif was is None:
                    expected.update({name: "added"} if letter != "w" else {})
                elif letter == "u" and was in "pfwn":
                    expected[name] = "added" if was == "n" else "lost"
                elif letter in "pn" and was in "fw":
                    expected[name] = "fixed"
            assert trends(results) == expected, number
            assert results.baseline is not None
            gone = {gone.subject.name for gone in results.baseline.gone}
            assert gone == {name for name, letter in before.items() if letter == "f" and name not in letters}
        ever |= {name for name, letter in letters.items() if letter in "fw"}
        before, last = letters, results


def test_a_finding_whose_first_night_is_forgotten(tmp_path: Path) -> None:
    last = night(1, {"web01": "f"})
    for number in (2, 3, 4):
        last = tracked(kept(last, tmp_path), night(number, {"web01": "f"}), "f")
    assert {track.since for track in last.tracks.values()} == {"2026-11-01T01:00:00Z"}


def test_what_failed_long_ago_is_remembered_for_ever(tmp_path: Path) -> None:
    old = tracked(night(1, {"web01": "f"}), night(2, {"web01": "p"}), "f")
    later = night(3, {"web01": "p"})
    near = replace(later, run=replace(later.run, taken_at="2027-12-05T01:00:00Z"))
    far = replace(later, run=replace(later.run, taken_at="2027-12-07T01:00:00Z"))
    assert tracked(kept(old, tmp_path), near, "f").memory
    assert not tracked(kept(old, tmp_path), far, "f").memory


@pytest.mark.parametrize(
    ("history", "unknown", "code", "why"),
    [
        ("ff", False, 0, "the gate holds, as the baseline has all findings that count"),
        ("pf", False, 1, "1 finding that the baseline does not have at error"),
        ("fpf", False, 1, "1 finding that the baseline does not have at error"),
        ("wf", False, 1, "1 finding that the baseline does not have at error"),
        ("pu", False, 1, "1 unknown that the baseline knew at error"),
        ("uu", True, 0, "the gate holds, as the baseline has all findings that count"),
        (".u", True, 1, "1 unknown that the baseline does not have at error"),
        ("nu", True, 1, "1 unknown that the baseline does not have at error"),
        (".u", False, 0, "the gate holds, as the baseline has all findings that count"),
        ("nu", False, 0, "the gate holds, as the baseline has all findings that count"),
        (".f", False, 1, "1 finding that the baseline does not have at error"),
        ("pw", False, 0, "the gate holds, as the baseline has all findings that count; 1 waived"),
    ],
)
def test_a_gate_of_what_is_new_alone_that_hears_what_was_there(
    history: str, unknown: bool, code: int, why: str, tmp_path: Path
) -> None:
    last: Results | None = None
    for number, letter in enumerate(history, 1):
        results = night(number, {"other": "p", **({"web01": letter} if letter != "." else {})})
        last = results if last is None else tracked(kept(last, tmp_path), results, "f")
    assert last is not None
    decision = decide(last, Gate(unknown_fails=unknown, only_new=True))
    assert (decision.code, decision.why) == (code, why)


@pytest.mark.parametrize(
    ("severities", "fail_on", "code", "trend"),
    [
        (("note", "error"), "error", 1, "worse"),
        (("note", "warning", "error"), "error", 1, "worse"),
        (("note", "warning"), "error", 0, "worse"),
        (("note", "warning"), "warning", 1, "worse"),
        (("note", "error", "error"), "error", 0, "persisting"),
        (("error", "note"), "note", 0, "persisting"),
    ],
)
def test_a_finding_that_grows_grave_behind_a_baseline_that_has_it(
    severities: tuple[Severity, ...], fail_on: FailOn, code: int, trend: str, tmp_path: Path
) -> None:
    """Restore points pile up behind a lock: first a note, which stops no gate, and at 18 backups fail."""
    last = night(1, {"web01": "f", "other": "p"}, severity=severities[0])
    for number, severity in enumerate(severities[1:], 2):
        results = night(number, {"web01": "f", "other": "p"}, severity=severity)
        last = tracked(kept(last, tmp_path), results, "f")
    assert trends(last)["web01"] == trend
    assert {track.since for track in last.tracks.values()} == {"2026-11-01T01:00:00Z"}
    assert decide(last, Gate(fail_on=fail_on, only_new=True)).code == code


@pytest.mark.parametrize(("letter", "code"), [("f", 1), ("w", 1), ("p", 0)])
def test_an_error_that_nobody_can_see_any_more_and_how_grave_it_was(letter: str, code: int, tmp_path: Path) -> None:
    """What says how grave a finding is may be lost with it: then it is no note."""
    before = night(1, {"web01": letter, "other": "p"}, severity="error")
    after = night(2, {"web01": "u", "other": "p"}, severity="note")
    last = tracked(kept(before, tmp_path), after, "f")
    assert trends(last)["web01"] == "lost"
    assert decide(last, Gate(fail_on="error", only_new=True)).code == code
    assert decide(kept(last, tmp_path), Gate(fail_on="error", only_new=True)).code == code


def test_a_gate_of_what_is_new_alone_that_holds_where_not_all_was_read() -> None:
    results = tracked(night(1, {"web01": "f"}), night(2, {"web01": "f"}, incomplete=True), "f")
    assert decide(results, Gate(only_new=True)).code == 3


def test_a_resource_that_was_not_read_and_is_called_gone() -> None:
    before = night(1, {"web01": "f", f"{OTHER}/rg/sql01": "f", "web02": "p", "web03": "w"})
    after = tracked(before, night(2, {"web02": "p"}), "f")
    assert after.baseline is not None
    assert [gone.subject.name for gone in after.baseline.gone] == ["web01"]
    told = [problem.message for problem in after.run.problems]
    assert told == [f"the baseline judged subscriptions that this run does not: {OTHER}"]
    short = tracked(before, night(2, {"web02": "p"}, incomplete=True), "f")
    assert short.baseline is not None
    assert not short.baseline.gone
    assert any("need not be gone" in problem.message for problem in short.run.problems)


def test_two_runs_that_ask_another_question() -> None:
    one, other = made({"dhcp": {"web01": "f"}}), made({"agent": {"web01": "f"}, "dhcp": {"web01": "f"}})
    assert [problem.message for problem in tracked(one, other, "f").run.problems] == [
        "the baseline did not judge policies that this run does: agent"
    ]
    assert [problem.message for problem in tracked(other, one, "f").run.problems] == [
        "the baseline judged policies that this run does not: agent"
    ]
    late = tracked(night(2, {"web01": "f"}), night(1, {"web01": "f"}), "f")
    assert "which is later than these rows" in late.run.problems[0].message
    part = tracked(night(1, {"web01": "f"}, incomplete=True), night(2, {"web01": "f"}), "f")
    assert "the baseline is incomplete" in part.run.problems[0].message
    with pytest.raises(SnapreadyError, match="judged a plan, and this run judges what runs"):
        tracked(night(1, {"web01": "f"}, stage="plan"), night(2, {"web01": "f"}), "f")


def test_a_state_of_sarif_that_is_not_what_became_of_it() -> None:
    before = night(1, {"a": "p", "b": "f", "c": "f", "d": "p", "e": "f"})
    results = tracked(before, night(2, {"a": "f", "b": "f", "c": "p", "d": "u", "new": "p"}), "f")
    log = json.loads(report("sarif", results, decide(results, Gate()), Style()))
    found = {
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].rsplit("/", 1)[-1]: result["baselineState"]
        for result in log["runs"][0]["results"]
    }
    assert found == {"a": "new", "b": "unchanged", "c": "updated", "d": "updated", "new": "new", "e": "absent"}
    assert "baselineState" not in report("sarif", before, decide(before, Gate()), Style())


def told(results: Results) -> tuple[object, ...]:
    return results.tracks, results.memory, results.baseline, results.run.problems


@pytest.mark.parametrize("scan", SCANS)
def test_a_baseline_that_is_read_otherwise_than_the_whole_file(scan: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(report("json", *SCANS[scan](), Style()), "utf-8")
    after, _ = SCANS["contoso"]()
    assert told(tracked(read_baseline(str(path)), after, "f")) == told(tracked(read(str(path))[0], after, "f"))


@given(scans(), scans())
@examples(60, suppress_health_check=list(HealthCheck))
def test_a_hostile_baseline_that_is_read_otherwise_than_the_whole_file(tmp_path: Path, one: Scan, other: Scan) -> None:
    path = tmp_path / "results.json"
    path.write_text(report("json", *one, Style()), "utf-8")
    after = other[0]
    assert told(tracked(read_baseline(str(path)), after, "f")) == told(tracked(read(str(path))[0], after, "f"))
