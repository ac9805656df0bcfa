"""Edits over another source: it is judged as it would be, and nothing is proved by what did not happen."""

import copy
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.ledger import Ledger
from scanner.model import Fields, Row, Stage
from scanner.policies import BUILT_IN, load
from scanner.rowtypes import BACKUP_ITEM, INSTANCE_VIEW, VM
from scanner.scan import Options, scan
from scanner.source import Source
from scanner.sources.edited import Edited, Edits, merge_patch, together
from tests.rows import SUBSCRIPTION, TAKEN_AT, daily, id_of, item, policy, view, vm, vm_id

NAMES = ("a", "b", "c", "d", "e")
SET = id_of("Microsoft.Compute/availabilitySets", "as1")
LATE = policy(f"{policy()['id']}-late", schedule=daily("03:00"))
ITEM_OF_E = item(vm_id("e"))["id"].lower()
OPTIONS = Options(TAKEN_AT, collected=frozenset({"all"}))


class Saved:
    """Rows as a source, streamed one by one; `closed` tells whether whoever read it let go of it."""

    stage: Stage = "live"

    def __init__(self, rows: Sequence[Row], *, whole: bool = True) -> None:
        self.given = [{**row, "subscriptionId": SUBSCRIPTION} for row in rows]
        self.whole = whole
        self.sent = 0
        self.closed = False

    def rows(self, _: Mapping[str, Fields], ledger: Ledger) -> Generator[tuple[str, Row]]:
        counts: dict[tuple[str, str], int] = {}
        try:
            for row in self.given:
                self.sent += 1
                counts[row["type"].lower(), SUBSCRIPTION] = counts.get((row["type"].lower(), SUBSCRIPTION), 0) + 1
                yield row["type"].lower(), row
            ledger.count(counts, whole=self.whole)
        finally:
            self.closed = True

    def hints(self, subject: str, _wanted: Mapping[str, Fields]) -> list[str]:
        return [f"hint of {subject}"]

    def choices(self, _subject: str) -> int:
        return 2

    def variants(self) -> list["Saved"]:
        return [Saved(self.given[:1]), Saved(self.given[1:])]


def crowd() -> list[Row]:
    """Five VMs of one availability set whose backups start at once."""
    rows: list[Row] = [policy(schedule=daily("22:00"))]
    for name in NAMES:
        machine = vm(vm_id(name))
        machine["properties"]["availabilitySet"] = {"id": SET}
        rows += [machine, item(vm_id(name))]
    return rows


def verdict(source: Source, wanted: str = "staggered-schedules") -> str:
    (judged,) = scan(source, [load([BUILT_IN])[wanted]], OPTIONS).judged
    (outcome,) = judged.outcomes
    return outcome.verdict


def read(source: Source) -> tuple[list[Row], Ledger]:
    ledger = Ledger()
    return [row for _, row in source.rows({}, ledger)], ledger


def moved(to: str) -> Any:
    return partial(merge_patch, patch={"properties": {"policyId": to}})


def test_a_move_that_the_scan_does_not_see() -> None:
    assert verdict(Saved(crowd())) == "fail"
    edits = Edits({ITEM_OF_E: moved(LATE["id"])}, (LATE,))
    assert verdict(Edited(Saved(crowd()), edits)) == "pass"


def test_a_move_to_a_policy_that_is_not_there_would_be_a_false_pass() -> None:
    assert verdict(Edited(Saved(crowd()), Edits({ITEM_OF_E: moved(LATE["id"])}))) == "unknown"


def test_a_removed_row_that_still_counts() -> None:
    left = Edited(Saved(crowd()), Edits(removed=frozenset({vm_id("e").lower()})))
    assert verdict(left) == "not-applicable"


def test_rows_that_an_edit_does_not_name_come_as_they_are() -> None:
    source = Saved(crowd())
    rows, _ = read(Edited(source, Edits({ITEM_OF_E: moved("x")})))
    assert [row for row in rows if row["id"].lower() != ITEM_OF_E] == [
        row for row in source.given if row["id"].lower() != ITEM_OF_E
    ]
    assert rows[-1]["properties"]["policyId"] == "x"


def test_an_id_in_other_letters() -> None:
    given = [{**row, "id": row["id"].upper()} for row in crowd()]
    rows, ledger = read(Edited(Saved(given), Edits({ITEM_OF_E: moved("x")}, removed=frozenset({vm_id("a").lower()}))))
    assert rows[-1]["properties"]["policyId"] == "x"
    assert len(rows) == len(given) - 1
    assert not ledger.problems


def test_rows_are_streamed_and_let_go_of() -> None:
    source = Saved(crowd())
    rows = Edited(source, Edits(added=(LATE,))).rows({}, Ledger())
    next(rows)
    assert source.sent == 1
    rows.close()
    assert source.closed


def test_the_row_that_is_changed_stays_as_it_was_in_the_source() -> None:
    source = Saved(crowd())
    before = copy.deepcopy(source.given)
    read(Edited(source, Edits({ITEM_OF_E: moved("x")})))
    assert source.given == before


@pytest.mark.parametrize("edits", [Edits({"/nobody": moved("x")}), Edits(removed=frozenset({"/nobody"}))])
def test_an_edit_of_a_row_that_never_came_proves_nothing(edits: Edits) -> None:
    _, ledger = read(Edited(Saved(crowd()), edits))
    assert [problem.incomplete for problem in ledger.problems] == [True]
    assert "/nobody" in ledger.problems[0].message


def test_what_lies_below_a_removed_row_goes_with_it_and_nothing_else() -> None:
    rows = [vm(vm_id("a")), view("2.7", of=vm_id("a")), vm(vm_id("ab")), view("2.7", of=vm_id("ab"))]
    found, ledger = read(Edited(Saved(rows), Edits(removed=frozenset({vm_id("a").lower()}))))
    assert [(row["type"], row["id"]) for row in found] == [
        (VM, vm_id("ab")),
        (INSTANCE_VIEW, f"{vm_id('ab')}/instanceView"),
    ]
    assert not ledger.problems


def test_an_added_row_takes_the_place_of_one_of_its_id() -> None:
    other = policy(schedule=daily("04:00"))
    found, ledger = read(Edited(Saved(crowd()), Edits(added=(other, LATE))))
    schedules = [row["properties"]["schedulePolicy"] for row in found if row["id"] == other["id"]]
    assert schedules == [daily("04:00")]
    assert ledger.created == {LATE["id"].lower()}


def test_an_added_row_does_not_vouch_for_rows_that_were_not_collected() -> None:
    bare = [row for row in crowd() if row["type"] != BACKUP_ITEM]
    _, ledger = read(Edited(Saved(bare), Edits(added=(item(vm_id("e")),))))
    assert not ledger.collected(BACKUP_ITEM, SUBSCRIPTION)
    _, ledger = read(Edited(Saved(crowd(), whole=False), Edits({ITEM_OF_E: moved("x")})))
    assert not ledger.collected(BACKUP_ITEM, SUBSCRIPTION)


def test_what_a_plan_says_is_still_said() -> None:
    edited = Edited(Saved(crowd()), Edits({ITEM_OF_E: moved("x")}))
    assert (edited.stage, edited.hints("s", {}), edited.choices("s")) == ("live", ["hint of s"], 2)
    first, second = edited.variants()
    assert len(read(first)[0]) == 1
    assert read(second)[0][-1]["properties"]["policyId"] == "x"


def test_edits_of_one_row_are_made_in_turn() -> None:
    tagged = partial(merge_patch, patch={"tags": {"moved": "yes"}})
    edits = together([Edits({ITEM_OF_E: moved("x")}), Edits({ITEM_OF_E: tagged}), Edits({ITEM_OF_E: moved("y")})])
    last = read(Edited(Saved(crowd()), edits))[0][-1]
    assert (last["properties"]["policyId"], last["tags"]) == ("y", {"moved": "yes"})


def test_a_change_of_a_row_that_another_edit_adds_or_removes() -> None:
    key = LATE["id"].lower()
    earlier = partial(merge_patch, patch={"properties": {"schedulePolicy": daily("02:00")}})
    gone = vm_id("a").lower()
    edits = together(
        [Edits({key: earlier, f"{gone}/x": earlier}), Edits(added=(LATE,)), Edits(removed=frozenset({gone}))]
    )
    found, ledger = read(Edited(Saved(crowd()), edits))
    assert found[-1]["properties"]["schedulePolicy"] == daily("02:00")
    assert not ledger.problems


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=2),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)


def by_the_rfc(target: Any, patch: Any) -> Any:
    """MergePatch as RFC 7396 writes it, step by step, on a copy."""
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    for name, value in patch.items():
        if value is None:
            if name in target:
                del target[name]
        else:
            target[name] = by_the_rfc(target.get(name), value)
    return target


@given(json, json)
def test_a_merge_patch_that_the_rfc_would_merge_otherwise(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    assert merge_patch(target, patch) == by_the_rfc(copy.deepcopy(target), copy.deepcopy(patch))
    assert (target, patch) == before
