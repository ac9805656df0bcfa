"""The first line of every report for people: what is not known stands beside what is counted."""

from dataclasses import replace

from scanner.model import Outcome, Results, Standing
from scanner.reports.parts.summary import headline
from tests.reports.scans import contoso, report


def without(results: Results, policy: str) -> Results:
    return replace(results, judged=tuple(judged for judged in results.judged if judged.policy.id != policy))


def test_a_backup_of_which_nobody_knows_is_not_counted_as_one_that_is_in_order() -> None:
    results, _ = contoso()
    judged = next(judged for judged in results.judged if judged.policy.id == "last-backup-recent")
    counts = judged.tally()
    assert counts["unknown"]
    assert headline(results)[-1] == (f"last backup failed or overdue: {counts['fail']}, {counts['unknown']} unknown")


def test_of_a_fleet_of_which_nothing_is_known_no_report_says_that_no_backup_is_overdue() -> None:
    results, decision = contoso()
    judged = tuple(
        replace(each, outcomes=[Outcome("unknown", outcome.severity, "no rows") for outcome in each.outcomes])
        for each in results.judged
    )
    blind = replace(results, judged=judged)
    for name in ("text", "markdown", "html"):
        said = " ".join(report(name, blind, decision).split())
        assert "last backup failed or overdue: 0, 82 unknown" in said, name


def test_where_the_policy_did_not_judge_what_the_rows_do_not_tell_is_counted_too() -> None:
    results, _ = contoso()
    standings = {
        "/a": Standing(True, False, True, "Completed", None),
        "/b": Standing(True, False, None, None, None),
        "/c": Standing(None, None, None, None, None),
        "/d": Standing(False, None, None, None, None),
    }
    found = replace(without(results, "last-backup-recent"), standings=standings)
    assert headline(found)[-1] == "last backup failed: 0, 2 unknown"
    assert headline(replace(found, standings={"/a": standings["/a"]}))[-1] == "last backup failed: 0"
