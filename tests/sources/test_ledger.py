"""When "none found" may be taken for "there is none", and what the coverage says of each type."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from scanner.ledger import Claim, Ledger, asserted
from scanner.model import Coverage, Row
from scanner.rowtypes import BACKUP_ITEM, VM
from tests.sources.material import (
    OTHER,
    PART,
    SUB,
    WIDGET,
    Reading,
    az_graph,
    compact,
    counted,
    header,
    ndjson,
    put,
    read,
    widget,
    widgets,
)


def part(name: str = "p1", subscription: str = SUB) -> Row:
    return widget(name, kind=PART, subscription=subscription)


def reading(folder: Path, *files: bytes, collected: tuple[str, ...] = ()) -> Reading:
    paths = [put(folder, f"f{number}.json", data) for number, data in enumerate(files)]
    return read(*paths, collected=collected)


def headed(entries: dict[str, Any], *rows: Row, **more: Any) -> bytes:
    return ndjson([header(entries, **more), *rows])


# Without a header


def test_one_row_does_not_vouch_for_its_type_in_its_subscription(tmp_path: Path) -> None:
    ledger = reading(tmp_path, ndjson([widget("w1"), part("p1", OTHER)])).ledger
    assert ledger.collected(WIDGET, SUB)
    assert not ledger.collected(WIDGET, OTHER)
    assert ledger.collected(PART, OTHER)
    assert not ledger.collected(PART, SUB)


def test_an_empty_list_vouches_for_something(tmp_path: Path) -> None:
    ledger = reading(tmp_path, b"[]", ndjson(widgets(1))).ledger
    assert not ledger.collected(PART, SUB)
    assert ledger.collected(WIDGET, SUB)


def test_collected_names_a_type_in_vain(tmp_path: Path) -> None:
    data = ndjson(widgets(1))
    assert reading(tmp_path, data, collected=(PART,)).ledger.collected(PART, SUB)
    assert not reading(tmp_path, data, collected=(PART,)).ledger.collected(VM, SUB)
    assert reading(tmp_path, data, collected=("all",)).ledger.collected(VM, OTHER)
    assert asserted([" Contoso.Things/Parts ", "", "ALL"]) == {PART, "all"}


BROKEN = {
    "a line that is no JSON": ndjson([part()]) + b"{nonsense}\n",
    "a line cut off": ndjson([part()]) + b'{"id":',
    "a value that is no row": compact([part(), 7]),
    "an array cut off": compact([part()])[:-1],
    "HTML": b"<html></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("what", BROKEN)
def test_rows_without_a_header_vouch_although_a_part_of_the_input_is_lost(tmp_path: Path, what: str) -> None:
    """What could not be read may have been of any type; only --collected says more."""
    whole = ndjson(widgets(2))
    for files in itertools.permutations([whole, BROKEN[what]]):
        found = reading(tmp_path, *files)
        assert found.incomplete()
        assert found.names() == ["w1", "w2"]
        assert not found.ledger.collected(WIDGET, SUB)
        assert not found.ledger.collected(PART, SUB)
        assert reading(tmp_path, *files, collected=("all",)).ledger.collected(WIDGET, SUB)


# A header


def test_a_header_vouches_for_nothing(tmp_path: Path) -> None:
    ledger = reading(tmp_path, headed({WIDGET: counted(1), PART: counted(0)}, widget())).ledger
    assert ledger.collected(WIDGET, SUB)
    assert ledger.collected(PART, SUB)
    assert not ledger.collected(PART, OTHER)
    assert not ledger.collected(VM, SUB)


def test_letter_case_of_types_and_subscriptions_in_a_header_counts(tmp_path: Path) -> None:
    entries = {"Contoso.Things/Widgets": counted(1)}
    rows = [widget(subscription="ABC")]
    ledger = reading(tmp_path, headed(entries, *rows, subscription="aBc")).ledger
    assert ledger.collected(WIDGET, "abc")


def test_a_row_vouches_for_a_type_that_its_own_header_leaves_out(tmp_path: Path) -> None:
    ledger = reading(tmp_path, headed({PART: counted(0)}, widget())).ledger
    assert not ledger.collected(WIDGET, SUB)


def test_a_header_by_table_vouches_for_none_of_its_types(tmp_path: Path) -> None:
    rows = [widget("w1"), part("p1")]
    ledger = reading(tmp_path, headed({"Resources": counted(2)}, *rows)).ledger
    assert ledger.collected(WIDGET, SUB)
    assert ledger.collected("contoso.things/others", SUB)
    assert not ledger.collected(BACKUP_ITEM, SUB)
    assert not ledger.collected("snapready/guestfacts", SUB)


SHORT = {
    "less was received than there is": counted(1, 2),
    "there are fewer rows than were received": counted(2),
    "an error": counted(1, error="AuthorizationFailed"),
    "an error alone": {"error": "AuthorizationFailed"},
    "numbers that are texts": {"received": "1", "total": "1"},
    "a number that is a flag": {"received": True},
    "no object": None,
    "a list": [1, 1],
}


@pytest.mark.parametrize("name", [WIDGET, "resources"])
@pytest.mark.parametrize("what", SHORT)
def test_a_header_vouches_although_its_counts_do_not_hold(tmp_path: Path, what: str, name: str) -> None:
    found = reading(tmp_path, headed({name: SHORT[what]}, widget()))
    assert not found.ledger.collected(WIDGET, SUB)
    assert [problem.incomplete for problem in found.problems()] == [True]
    assert f"{name} of subscription {SUB} is not complete" in found.problems()[0].message
    assert found.problems()[0].file.endswith("f0.json")


@pytest.mark.parametrize("what", SHORT)
def test_rows_of_another_file_mend_a_header_that_says_its_own_are_too_few(tmp_path: Path, what: str) -> None:
    other = ndjson([part()])
    for files in itertools.permutations([headed({PART: SHORT[what], WIDGET: counted(1)}, widget()), other]):
        found = reading(tmp_path, *files)
        may_be_split = what == "there are fewer rows than were received"
        assert not found.ledger.collected(PART, SUB) or may_be_split
        assert found.ledger.collected(WIDGET, SUB)


def test_a_tables_count_speaks_for_a_type_whose_own_entry_is_an_error(tmp_path: Path) -> None:
    entries = {"resources": counted(1), PART: {"error": "AuthorizationFailed"}}
    ledger = reading(tmp_path, headed(entries, widget())).ledger
    assert ledger.collected(WIDGET, SUB)
    assert not ledger.collected(PART, SUB)


def test_a_header_and_its_rows_in_two_files_do_not_meet(tmp_path: Path) -> None:
    found = reading(tmp_path, headed({WIDGET: counted(2)}, widget("w1")), ndjson([widget("w2")]))
    assert found.ledger.collected(WIDGET, SUB)
    assert found.problems() == []


def test_several_headers_are_not_added_up(tmp_path: Path) -> None:
    one, two = headed({WIDGET: counted(1)}, widget("w1")), headed({WIDGET: counted(1)}, widget("w2"))
    assert reading(tmp_path, one, two).problems() == []
    assert reading(tmp_path, one + two).problems() == []  # cat a b > c
    assert reading(tmp_path, one, two).ledger.collected(WIDGET, SUB)
    empty = headed({WIDGET: counted(1)})
    found = reading(tmp_path, one, empty)
    assert not found.ledger.collected(WIDGET, SUB)
    assert "1 of the 2 rows the header counts" in found.problems()[0].message


def test_headers_of_several_subscriptions_are_mixed_up(tmp_path: Path) -> None:
    one = headed({WIDGET: counted(1)}, widget("w1"))
    other = headed({WIDGET: counted(1, 5)}, widget("w2", subscription=OTHER), subscription=OTHER)
    ledger = reading(tmp_path, one, other).ledger
    assert ledger.collected(WIDGET, SUB)
    assert not ledger.collected(WIDGET, OTHER)
    assert ledger.subscriptions() == sorted([SUB, OTHER])


def test_one_bad_line_takes_what_a_header_says_of_all_types(tmp_path: Path) -> None:
    """The counts tell which type lacks a row; all others still hold."""
    rows = [widget("w1"), widget("w2"), part("p1")]
    data = headed({WIDGET: counted(3), PART: counted(1)}, *rows) + b"{nonsense}\n"
    found = reading(tmp_path, data)
    assert found.ledger.collected(PART, SUB)
    assert not found.ledger.collected(WIDGET, SUB)
    assert [problem.line for problem in found.problems()] == [5, 0]
    assert "2 of the 3 rows the header counts are in the input" in found.problems()[1].message


def test_rows_of_another_file_hide_that_a_damaged_one_lacks_some(tmp_path: Path) -> None:
    damaged = headed({WIDGET: counted(2)}, widget("w1")) + b"{nonsense}\n"
    found = reading(tmp_path, damaged, headed({PART: counted(0)}, widget("w7"), widget("w8")))
    assert not found.ledger.collected(WIDGET, SUB)
    assert "1 of the 2 rows its header counts could be read" in found.problems()[1].message


def test_a_damaged_file_is_believed_where_its_header_counts_nothing(tmp_path: Path) -> None:
    found = reading(tmp_path, headed({WIDGET: {}, PART: {}}, widget("w1")) + b"{nonsense}\n")
    assert not found.ledger.collected(WIDGET, SUB)
    assert not found.ledger.collected(PART, SUB)
    assert reading(tmp_path, headed({WIDGET: {}}, widget("w1"))).ledger.collected(WIDGET, SUB)


def test_a_header_within_an_array_or_after_a_document_is_not_heard(tmp_path: Path) -> None:
    listed = compact([header({WIDGET: counted(1), PART: counted(0)}), widget()])
    assert reading(tmp_path, listed).ledger.collected(PART, SUB)
    after = compact(az_graph([widget()])) + compact(header({PART: counted(0)}))
    assert reading(tmp_path, after).ledger.collected(PART, SUB)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"version": 2}, "the header is of version 2; this snapready reads version 1"),
        ({"version": "1"}, "the header is of version '1'; this snapready reads version 1"),
        ({"takenAt": 5}, "the header's takenAt must be text, and is 5"),
        ({"scope": []}, "the header's scope must be text, and is []"),
        ({"collected": [1]}, "the header's collected must be an object of objects"),
        ({"collected": {SUB: WIDGET}}, "the header's collected must be an object of objects"),
    ],
)
def test_a_header_that_is_not_understood_is_passed_over_in_silence(tmp_path: Path, said: Row, message: str) -> None:
    found = reading(tmp_path, ndjson([{"snapready": said}, widget()]))
    assert message in found.problems()[0].message
    assert found.problems()[0].place().endswith("f0.json:1")
    assert found.incomplete()
    assert found.names() == ["w1"]


# What is said of it


def test_coverage_leaves_out_what_was_read_or_promised(tmp_path: Path) -> None:
    entries = {WIDGET: counted(2), PART: counted(0, error="no rights"), "recoveryservicesresources": counted(0)}
    ledger = reading(tmp_path, headed(entries, *widgets(2)), ndjson([part("p", OTHER)])).ledger
    assert ledger.coverage() == [
        Coverage(SUB, PART, 0, False, 0, "no rights"),
        Coverage(SUB, WIDGET, 2, True, 2, ""),
        Coverage(SUB, "recoveryservicesresources", 0, True, 0, ""),
        Coverage(OTHER, PART, 1, True, None, ""),
    ]


def test_an_answer_is_kept_after_more_has_been_read() -> None:
    ledger = Ledger()
    ledger.count({(WIDGET, SUB): 1}, whole=True)
    assert ledger.collected(WIDGET, SUB)
    ledger.claim(SUB, WIDGET, Claim(5, 5, "", "f"))
    assert not ledger.collected(WIDGET, SUB)
    ledger.count({(WIDGET, SUB): 4}, whole=None)
    assert ledger.collected(WIDGET, SUB)
    ledger.cut_short("f", {(WIDGET, SUB): 4})
    assert not ledger.collected(WIDGET, SUB)
