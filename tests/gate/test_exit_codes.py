"""The exit code of every mixture of results: 3 wins over 1, and nothing known or nothing judged is never 0."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.gate import FailOn, Gate, decide
from scanner.gate import counted as stopping
from scanner.model import (
    SEVERITIES,
    VERDICTS,
    Judged,
    Outcome,
    PolicyHead,
    Problem,
    Results,
    Row,
    Run,
    Severity,
    Subject,
)
from scanner.model import Verdict as Word
from scanner.policies import BUILT_IN, load
from scanner.scan import Freshness, Options, scan
from scanner.sources.snapshot import Files
from scanner.trend import tracked
from tests.sources.material import (
    NOW,
    POLICIES,
    WIDGET,
    compact,
    counted,
    header,
    judge,
    ndjson,
    put,
    widget,
    widget_id,
)

FAIL_ON: tuple[FailOn, ...] = ("error", "warning", "note", "never")
CUT = Problem("the last line is cut off", "fleet.ndjson", 7, incomplete=True)
ASIDE = Problem("a list of exactly 100 rows", "fleet.ndjson", 1)

Said = tuple[Word, Severity]


def results(*said: Said, problems: Sequence[Problem] = ()) -> Results:
    """One policy for each outcome, all put to one subject; without outcomes one policy that nobody was put to."""
    subject = Subject("/x", "/x", WIDGET, "x", "rg", "s")
    judged = []
    for number, (verdict, severity) in enumerate(said):
        head = PolicyHead(f"p{number}", "t", WIDGET, severity, "resource graph", "w", "f", {})
        judged.append(Judged(head, [subject], [Outcome(verdict, severity, "r")]))
    if not said:
        judged.append(Judged(PolicyHead("p", "t", WIDGET, "error", "resource graph", "w", "f", {}), [], []))
    run = Run("2026-11-22T01:00:00Z", "header", "0", ("fleet.ndjson",), problems=tuple(problems))
    return Results(run, tuple(judged))


def reference(said: Sequence[Said], gate: Gate, *, incomplete: bool) -> int:
    """The table of the design, written down once more."""
    if not said:
        return 0 if gate.allow_empty and not incomplete else 2
    if incomplete or not any(verdict in ("pass", "fail") for verdict, _ in said):
        return 3
    levels = {"error": 1, "warning": 2, "note": 3, "never": 0}
    rank = {"error": 1, "warning": 2, "note": 3}
    reached = [verdict for verdict, severity in said if rank[severity] <= levels[gate.fail_on]]
    return 1 if "fail" in reached or (gate.unknown_fails and "unknown" in reached) else 0


GATES = [Gate(*chosen) for chosen in itertools.product(FAIL_ON, (False, True), (False, True))]
ONE: list[Said] = list(itertools.product(VERDICTS, SEVERITIES))
MIXTURES: list[tuple[Said, ...]] = [(), *((one,) for one in ONE), *itertools.combinations_with_replacement(ONE, 2)]


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_a_mixture_of_results_has_another_exit_code(gate: Gate) -> None:
    for said, problems in itertools.product(MIXTURES, ((), (ASIDE,), (CUT,), (ASIDE, CUT))):
        decision = decide(results(*said, problems=problems), gate)
        assert decision.code == reference(said, gate, incomplete=CUT in problems), (said, problems, decision)
        assert decision.why


def test_never_zero_where_nothing_passed() -> None:
    """Whatever the gate: exit 0 needs a pass or a fail that was let through, or an emptiness that was accepted."""
    for said, gate in itertools.product(MIXTURES, GATES):
        if decide(results(*said), gate).code == 0 and said:
            assert any(verdict in ("pass", "fail") for verdict, _ in said)


WHY = [
    ((("pass", "error"),), Gate(), (), 0, "the gate holds"),
    ((("fail", "error"),), Gate(), (), 1, "1 finding at error"),
    ((("fail", "error"), ("fail", "error")), Gate(), (), 1, "2 findings at error"),
    ((("fail", "note"),), Gate("note"), (), 1, "1 finding at note or above"),
    ((("unknown", "error"), ("pass", "note")), Gate(unknown_fails=True), (), 1, "1 unknown at error"),
    ((("unknown", "error"),), Gate("never"), (), 3, "nothing is known to be right"),
    ((("not-applicable", "error"),), Gate(), (), 3, "nothing is known to be right"),
    ((("fail", "error"),), Gate(), (CUT,), 3, "incomplete: fleet.ndjson:7: the last line is cut off"),
    ((("pass", "error"),), Gate("never"), (CUT, CUT, CUT), 3, "cut off (and 2 more)"),
    ((), Gate(), (), 2, f"the input holds no {WIDGET} (--allow-empty accepts that)"),
    ((), Gate(), (CUT,), 2, "nothing to judge: fleet.ndjson:7: the last line is cut off"),
    ((), Gate(allow_empty=True), (CUT,), 2, "nothing to judge: fleet.ndjson:7"),
    ((), Gate(allow_empty=True), (), 0, "nothing to judge, which --allow-empty accepts"),
]


@pytest.mark.parametrize(("said", "gate", "problems", "code", "why"), WHY)
def test_the_reason_is_another(
    said: tuple[Said, ...], gate: Gate, problems: tuple[Problem, ...], code: int, why: str
) -> None:
    decision = decide(results(*said, problems=problems), gate)
    assert decision.code == code
    assert why in decision.why


def test_a_severity_stops_the_gate_below_its_level() -> None:
    assert [stopping(Gate(level)) for level in FAIL_ON] == [SEVERITIES[:1], SEVERITIES[:2], SEVERITIES[:3], ()]


def test_the_severity_of_the_policy_counts_instead_of_the_findings() -> None:
    """A policy whose usual severity is note finds an error here."""
    head = PolicyHead("p", "t", WIDGET, "note", "resource graph", "w", "f", {})
    subject = Subject("/x", "/x", WIDGET, "x", "rg", "s")
    run = results().run
    found = Results(run, (Judged(head, [subject], [Outcome("fail", "error", "r")]),))
    assert decide(found, Gate()).code == 1


def test_what_was_read_is_judged_by_another_gate_than_results_are(tmp_path: Path) -> None:
    bad, good, unsure = widget("w1", ok=False), widget("w2"), widget("w3", ok=None)
    for rows, code in (([good], 0), ([bad], 1), ([good, bad], 1), ([good, unsure], 0), ([unsure], 3), ([], 2)):
        file = put(tmp_path, "fleet.json", compact(rows))
        assert judge(file, only="widget-ok").decision.code == code, rows
    cut = put(tmp_path, "cut.ndjson", ndjson([good, bad]) + b'{"id"')
    assert judge(cut).decision.code == 3
    assert judge(cut).of("widget-ok") == {"w1": "fail", "w2": "pass"}
    unused = put(tmp_path, "unused.json", compact([{**good, "properties": {"used": False}}]))
    assert judge(unused).decision.code == 3


OWN = """
title: The disk is well
resource: contoso.things/disks
expect: properties.ok
message: it is not well
severity: error
why: What is not well breaks.
fix: Mend it.
source: {title: Disks, url: "https://example.com/disks", read: "2026-11-22"}
"""
DISKS = "contoso.things/disks"
SECOND = "99999999-8888-7777-6666-555555555555"


@pytest.mark.parametrize(
    ("rows", "collected", "code"),
    [
        ([widget()], (), 3),
        ([widget()], (DISKS,), 0),
        ([header({WIDGET: counted(1)}), widget()], (), 3),
        ([header({WIDGET: counted(1), DISKS: counted(0)}), widget()], (), 0),
        ([widget(), widget("d", kind=DISKS)], (), 0),
        ([widget(), widget("d", kind=DISKS), widget("w2", subscription=SECOND)], (), 0),
        (
            [
                header({WIDGET: counted(1), DISKS: counted(1)}),
                header({WIDGET: counted(1)}, subscription=SECOND),
                widget(),
                widget("d", kind=DISKS),
                widget("w2", subscription=SECOND),
            ],
            (),
            3,
        ),
    ],
)
def test_a_policy_passes_on_a_type_that_nobody_collected_as_another_one_judged(
    rows: list[Row], collected: Sequence[str], code: int, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "policy.yaml").write_text(OWN, "utf-8")
    policies = [load([POLICIES])["widget-ok"], load([tmp_path])["own"]]
    heads = [row for row in rows if "snapready" in row]
    files = [put(tmp_path, "fleet.ndjson", ndjson([*heads[:1], *(row for row in rows if "snapready" not in row)]))]
    files += [put(tmp_path, f"more{at}.ndjson", ndjson([head])) for at, head in enumerate(heads[1:])]
    found = scan(Files([str(file) for file in files]), policies, Options(NOW, collected=frozenset(collected)))
    decision = decide(found, Gate())
    assert decision.code == code, decision.why
    assert (f"--collected {DISKS}" in decision.why) == (code == 3)


def test_a_fleet_without_its_vms_passes_as_its_vaults_are_well(tmp_path: Path) -> None:
    vault = "microsoft.recoveryservices/vaults"
    row = {
        **widget("v", kind=vault),
        "id": widget_id("v").replace("Contoso.Things/widgets", "Microsoft.RecoveryServices/vaults"),
    }
    row["properties"] = {"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant"}}
    library = load([BUILT_IN])
    chosen = [library["agent-version"], library["vault-redundancy"]]
    alone = Files([str(put(tmp_path, "fleet.json", compact([row])))])
    assert decide(scan(alone, chosen[1:], Options(NOW)), Gate()).code == 0
    decision = decide(scan(alone, chosen, Options(NOW)), Gate())
    assert (decision.code, "microsoft.compute/virtualmachines: not collected" in decision.why) == (3, True)


GRADED = """
title: The widget is well
resource: contoso.things/widgets
expect: properties.ok
message: it is not well
severity:
  error: properties.vital
  note: otherwise
why: What is not well breaks.
fix: Mend it.
source: {title: Widgets, url: "https://example.com/widgets", read: "2026-11-22"}
"""


@pytest.mark.parametrize(
    ("properties", "verdict", "severity", "gravest"),
    [
        ({"ok": False, "vital": False}, "fail", "note", "note"),
        ({"ok": False}, "fail", "note", "error"),
        ({"vital": False}, "unknown", "note", "note"),
        ({}, "unknown", "error", "error"),
    ],
)
def test_a_severity_that_nobody_knows_passes_a_gate_that_stops_at_what_nobody_knows(
    properties: dict[str, bool], verdict: Word, severity: Severity, gravest: Severity, tmp_path: Path
) -> None:
    (tmp_path / "graded").mkdir()
    (tmp_path / "graded" / "policy.yaml").write_text(GRADED, "utf-8")
    rows = [{**widget("w1"), "properties": properties}, {**widget("w2"), "properties": {"ok": True, "vital": True}}]
    file = put(tmp_path, "fleet.json", compact(rows))
    found = scan(Files([str(file)]), list(load([tmp_path]).values()), Options(NOW))
    (outcome,) = [each for judged in found.judged for _, each in judged.with_verdict("fail", "unknown")]
    assert (outcome.verdict, outcome.severity, outcome.gravest()) == (verdict, severity, gravest)
    assert decide(found, Gate()).code == 0, "what is not known stops only the gate that is told so"
    strict = decide(found, Gate(unknown_fails=True))
    assert strict.code == (gravest == "error")
    assert strict.counts(outcome) == (gravest == "error")
    assert ("nobody knows it to be milder" in strict.why) == (verdict == "fail" and gravest == "error")


def test_a_finding_that_may_have_become_grave_passes_as_the_baseline_has_it_as_a_mild_one(tmp_path: Path) -> None:
    (tmp_path / "graded").mkdir()
    (tmp_path / "graded" / "policy.yaml").write_text(GRADED, "utf-8")

    def night(properties: dict[str, bool]) -> Results:
        file = put(tmp_path, "fleet.json", compact([{**widget("w1"), "properties": properties}]))
        return scan(Files([str(file)]), list(load([tmp_path]).values()), Options(NOW))

    mild, doubtful = night({"ok": False, "vital": False}), night({"ok": False})
    strict = Gate(unknown_fails=True, only_new=True)
    assert decide(tracked(mild, mild, "last.json"), strict).code == 0
    assert decide(tracked(mild, doubtful, "last.json"), strict).code == 1
    assert decide(tracked(mild, doubtful, "last.json"), Gate(only_new=True)).code == 0
    assert decide(tracked(doubtful, doubtful, "last.json"), strict).code == 0


@pytest.mark.parametrize(
    ("limit", "scanned", "code", "said"),
    [
        (None, "2027-11-22T01:00:00Z", 0, ""),
        (36, "2026-11-23T12:59:59Z", 0, ""),
        (
            36,
            "2026-11-23T13:00:01Z",
            3,
            "36.0 hours before this scan, more than --rows-max-age allows (36 h)",
        ),
        (36, "2026-12-22T01:00:00Z", 3, "taken 30.0 days before this scan"),
        (36, "2026-11-21T01:00:00Z", 0, ""),
        (36, "2026-11-01T01:00:00Z", 3, "rows were taken 21.0 days after this scan"),
    ],
)
def test_rows_of_last_month_hold_a_gate_that_wants_those_of_tonight(
    limit: float | None, scanned: str, code: int, said: str, tmp_path: Path
) -> None:
    file = put(tmp_path, "fleet.ndjson", ndjson([header({WIDGET: {"received": 1, "total": 1}}), widget("w1")]))
    options = Options(scanned, freshness=None if limit is None else Freshness(limit, scanned))
    decision = decide(scan(Files([str(file)]), list(load([POLICIES]).values()), options), Gate())
    assert (decision.code, said in decision.why) == (code, True)


def test_a_fresh_file_beside_an_old_one_makes_it_fresh(tmp_path: Path) -> None:
    old = put(tmp_path, "fleet.ndjson", ndjson([header({WIDGET: counted(1)}), widget("w1")]))
    late = {"snapready": {"version": 1, "takenAt": "2026-12-22T00:00:00Z"}}
    fresh = put(tmp_path, "more.ndjson", ndjson([late, widget("w2")]))
    options = Options(NOW, freshness=Freshness(36, "2026-12-22T01:00:00Z"))
    found = scan(Files([str(old), str(fresh)]), list(load([POLICIES]).values()), options)
    decision = decide(found, Gate())
    assert (decision.code, "rows were taken 30.0 days before this scan" in decision.why) == (3, True)


def test_rows_that_do_not_say_when_they_were_taken_count_as_fresh(tmp_path: Path) -> None:
    file = put(tmp_path, "fleet.json", compact([widget("w1")]))
    for taken, code in ((None, 3), (NOW, 0)):
        options = Options(NOW, taken_at=taken, freshness=Freshness(36, NOW))
        decision = decide(scan(Files([str(file)]), list(load([POLICIES]).values()), options), Gate())
        assert decision.code == code
        assert ("nothing says when the rows were taken" in decision.why) == (taken is None)
