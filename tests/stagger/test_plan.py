"""Where VMs are moved to: never across vaults, never to what keeps something else, and never with others' schedules."""

import pytest

from scanner.model import Row, SnapreadyError
from scanner.rowtypes import BACKUP_ITEM
from scanner.scan import Options
from scanner.stagger.policies import BackupPolicy
from scanner.stagger.told import Told, tell
from tests.rows import TAKEN_AT, VAULT_ID, daily, hourly, vm_id, weekly
from tests.sources.test_edited import Saved
from tests.stagger.estate import (
    AMSTERDAM,
    NEW_YORK,
    OTHER_VAULT,
    backup_policy,
    crowding,
    members,
    moves,
    names,
    told,
)

AT_22 = backup_policy("daily-2200", daily("22:00"), zone=AMSTERDAM)
AT_23 = backup_policy("daily-2300", daily("23:00"), zone=AMSTERDAM)


def six(by: Row = AT_22, group: str = "as1", prefix: str = "vm") -> list[Row]:
    return members(group, names(prefix, 6), by)


def made(found: Told) -> dict[str, BackupPolicy]:
    return {policy.name: policy for policy in found.plan.made}


def test_the_last_two_of_six_go_to_a_policy_that_is_there() -> None:
    found = told([AT_22, AT_23, *six()])
    assert moves(found) == {
        "vm05": ("daily-2200", "22:00", "daily-2300", "23:00"),
        "vm06": ("daily-2200", "22:00", "daily-2300", "23:00"),
    }
    assert not found.plan.made
    assert found.plan.groups[0].least == 2


NOT_THE_SAME = {
    "another vault": backup_policy("daily-2300", daily("23:00"), vault=OTHER_VAULT, zone=AMSTERDAM),
    "another retention": backup_policy("daily-2300x", daily("23:00"), zone=AMSTERDAM, days=7),
    "retention not told": backup_policy("daily-2300x", daily("23:00"), zone=AMSTERDAM, days=None),
    "another version": backup_policy("daily-2300x", daily("23:00", version=2), zone=AMSTERDAM),
    "another clock": backup_policy("daily-2300x", daily("23:00"), zone=NEW_YORK),
    "another frequency": backup_policy("daily-2300x", weekly(["Monday"], "23:00"), zone=AMSTERDAM),
    "several times": backup_policy("daily-2300x", daily("23:00", "03:00"), zone=AMSTERDAM),
}


@pytest.mark.parametrize("why", NOT_THE_SAME)
def test_a_policy_that_is_not_the_same_but_for_its_start_is_no_place_to_go(why: str) -> None:
    found = told([AT_22, NOT_THE_SAME[why], *six()])
    assert {(name, start) for _, _, name, start in moves(found).values()} == {("daily-2300", "23:00")}
    copy = made(found)["daily-2300"]
    assert copy.vault == VAULT_ID
    assert copy.row["properties"]["retentionPolicy"]["dailySchedule"] == {
        "retentionTimes": ["2017-12-05T23:00:00Z"],
        "retentionDuration": {"count": 30, "durationType": "Days"},
    }
    assert copy.row["properties"]["timeZone"] == AMSTERDAM


def test_a_policy_of_which_it_is_not_told_what_it_keeps_is_copied_and_not_taken_for_another() -> None:
    bare = [backup_policy(f"daily-{at}", daily(f"{at[:2]}:{at[2:]}"), days=None) for at in ("2200", "2300")]
    found = told([*bare, *six(bare[0])])
    assert {name for _, _, name, _ in moves(found).values()} == {"daily-2300-2"}, "the name is taken"


def test_a_policy_of_other_letters_and_nulls_is_the_same() -> None:
    other = {**AT_23, "id": AT_23["id"].replace("/subscriptions/", "/Subscriptions/").upper()}
    other["properties"] = {**AT_23["properties"], "protectedItemsCount": 7, "snapshotConsistencyType": None}
    found = told([AT_22, other, *six()])
    assert not found.plan.made
    assert len(moves(found)) == 2


def test_copies_are_named_by_the_time_they_start() -> None:
    for name, copied in (
        ("daily-2200", "daily-2300"),
        ("nightly", "nightly-2300"),
        ("DefaultPolicy", "DefaultPolicy-2300"),
    ):
        by = backup_policy(name, daily("22:00"))
        assert set(made(told([by, *six(by), *members("as2", ["other"], by)]))) == {copied}


def test_groups_share_the_policies_that_are_made_for_them() -> None:
    found = told([AT_22, *six(group="as1", prefix="a"), *six(group="as2", prefix="b")])
    assert set(made(found)) == {"daily-2300"}
    assert len(moves(found)) == 4


def test_each_vault_gets_its_own_copy() -> None:
    there = backup_policy("daily-2200", daily("22:00"), vault=OTHER_VAULT, zone=AMSTERDAM)
    rows = [AT_22, there, *members("as1", names("a", 6), AT_22), *members("as1", names("b", 6), there)]
    found = told(rows)
    assert len(moves(found)) == 8
    for move in found.plan.moves():
        assert move.start.vault == move.end.vault
        assert move.item.startswith(move.end.vault.lower())


def test_who_shares_a_policy_but_no_group_is_left_alone() -> None:
    found = told([AT_22, AT_23, *six(), *members("as2", names("other", 4), AT_22)])
    assert set(moves(found)) == {"vm05", "vm06"}


def retimed(found: Told) -> dict[str, str]:
    return {policy.name: policy.at for policy in found.plan.retimed}


def test_a_policy_all_of_whose_vms_go_starts_otherwise_instead() -> None:
    nightly = backup_policy("nightly", daily("22:00"), zone=AMSTERDAM)
    rows = [AT_22, nightly, *members("as1", names("a", 4), AT_22), *members("as1", names("b", 2), nightly)]
    found = told([*rows[:1], backup_policy("nightly", daily("22:00"), zone=AMSTERDAM, days=7), *rows[2:]])
    assert retimed(found) == {"nightly": "23:00"}
    assert not found.plan.made
    assert found.proof is not None
    assert found.proof.holds()
    assert len(found.proof.closed) == 1


def test_a_policy_that_others_use_or_may_use_is_not_re_timed() -> None:
    nightly = backup_policy("nightly", daily("22:00"), zone=AMSTERDAM, days=7)
    rows = [AT_22, nightly, *members("as1", names("a", 4), AT_22), *members("as1", names("b", 2), nightly)]
    assert retimed(told(rows))
    assert not retimed(told([*rows, *members("as2", ["other"], nightly)])), "another VM goes by it"
    for name in ("DefaultPolicy", "EnhancedPolicy", "daily-2200x"):
        by = backup_policy(name, daily("22:00"), zone=AMSTERDAM, days=7)
        some = [AT_22, by, *members("as1", names("a", 4), AT_22), *members("as1", names("b", 2), by)]
        found = told(some)
        assert not retimed(found), name
        assert len(found.plan.made) == 1


def test_a_policy_that_another_group_moves_to_is_not_re_timed() -> None:
    late = backup_policy("late", daily("22:00"), zone=AMSTERDAM, days=7)
    early = backup_policy("early", daily("21:00"), zone=AMSTERDAM, days=7)
    rows = [
        AT_22, late, early,
        *members("as1", names("a", 4), AT_22), *members("as1", names("b", 2), late),
        *members("as2", names("c", 6), early),
    ]  # fmt: skip
    found = told(rows)
    assert "late" in {end for _, _, end, _ in moves(found).values()}
    assert not retimed(found)


def test_vms_of_which_nothing_can_be_moved_stay_and_are_said() -> None:
    twice = backup_policy("twice", daily("10:00", "22:00"), zone=AMSTERDAM)
    found = told([AT_22, AT_23, twice, *members("as1", names("a", 3), AT_22), *members("as1", names("b", 2), twice)])
    assert set(moves(found)) == {"a03"}
    stays = {one.vm.name: one.stays for one in found.plan.groups[0].group.starters if one.stays}
    assert stays == dict.fromkeys(("b01", "b02"), "backup policy twice starts at several times of the day")


def test_a_vm_whose_schedule_is_not_known_stays_and_leaves_the_group_unknown() -> None:
    gone = backup_policy("gone", daily("22:00"))
    found = told([AT_22, AT_23, *six(), *members("as1", ["stray"], gone)])
    assert set(moves(found)) == {"vm05", "vm06"}
    assert found.proof is not None
    assert [one.after.verdict for one in found.proof.left] == ["unknown"]
    assert found.proof.holds()
    assert not found.proof.closed


def test_an_item_in_another_vault_than_its_policy_is_not_moved() -> None:
    rows = [AT_22, AT_23, *six()]
    for row in rows:
        if row["type"] == BACKUP_ITEM and vm_id("vm06").lower() in row["properties"]["sourceResourceId"].lower():
            row["id"] = row["id"].replace("rsv1", "rsv2")
    found = told(rows)
    assert set(moves(found)) == {"vm04", "vm05"}


def test_hourly_schedules_keep_their_interval_and_their_window() -> None:
    by = backup_policy("every-4", hourly("08:00", 4, 12), zone=AMSTERDAM)
    found = told([by, *six(by)])
    (policy,) = made(found).values()
    assert policy.row["properties"]["schedulePolicy"]["hourlySchedule"] == {
        "interval": 4,
        "scheduleWindowStartTime": f"2017-12-05T{policy.at}:00Z",
        "scheduleWindowDuration": 12,
    }
    assert policy.name == f"every-4-{policy.at.replace(':', '')}"


def test_a_limit_that_is_set_is_the_limit_that_holds() -> None:
    found = told([AT_22, AT_23, *six()], together=3, minutes=120)
    assert len(moves(found)) == 3
    assert not {end for _, _, end, _ in moves(found).values()} & {"daily-2300"}
    assert not told([AT_22, *six()], together=6).plan.groups


def test_too_many_for_a_week() -> None:
    found = told([AT_22, *members("as1", names("vm", 30), AT_22)], together=1)
    (group,) = found.plan.groups
    assert group.shortfall is not None
    assert (group.shortfall.proved, group.shortfall.seated, group.shortfall.limit) == (True, 24, 2)
    assert group.shortfall.moves == 28
    assert found.proof is None
    assert len(moves(told([AT_22, *members("as1", names("vm", 30), AT_22)], together=2))) == 28


def test_only_the_groups_that_are_named() -> None:
    rows = [AT_22, AT_23, *six(group="as1", prefix="a"), *six(group="as2", prefix="b")]
    for name in ("as2", "AS2", "rg-app/as2"):
        assert set(moves(told(rows, named=[name]))) == {"b05", "b06"}
    with pytest.raises(SnapreadyError, match="no group 'as3'"):
        told(rows, named=["as3"])


def test_rows_without_a_vm_are_not_taken_for_a_fleet_that_holds() -> None:
    with pytest.raises(SnapreadyError, match="not one VM"):
        tell(Saved([AT_22]), [crowding()], Options(TAKEN_AT), crowding())
