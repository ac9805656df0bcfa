"""The page for a terminal: as wide as it may be, nothing lost, and nothing that a terminal would obey."""

import random
from typing import Any

import pytest

from scanner.model import Row
from scanner.stagger.text import write
from tests.rows import daily, hourly, vm_id, weekly
from tests.stagger.estate import AMSTERDAM, NEW_YORK, backup_policy, members, names, random_estate, told


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("seed", range(6))
def test_no_line_is_wider_than_the_terminal_and_no_move_is_lost(seed: int, width: int) -> None:
    found = told(random_estate(random.Random(f"estate {seed}")))
    text = write(found, width)
    for line in text.splitlines():
        assert len(line) <= max(width, 74), "a drawn week is 74 characters wide"
    for move in found.plan.moves():
        assert move.vm.name in text
        assert move.end.name in text


def lines_of(rows: list[Row], **parameters: Any) -> list[str]:
    return write(told(rows, **parameters), 100).splitlines()


def drawing(rows: list[Row]) -> list[str]:
    """The lines of the one group's week."""
    lines = lines_of(rows, together=0)
    begin = next(number for number, line in enumerate(lines) if line.startswith("  UTC "))
    return [line for line in lines[begin:] if "·" in line and line.startswith("  ")]


def slot(line: str, hour: int, half: int = 0) -> str:
    return line[26 + 2 * hour + half]


def test_a_start_stands_at_its_half_hour() -> None:
    by = backup_policy("late", daily("22:30"))
    (line,) = drawing([by, *members("as1", names("vm", 3), by)])
    assert slot(line, 22, 1) == "3"
    assert line[26:].count("·") == 47
    assert line.startswith("  every day")
    heading = next(one for one in lines_of([by, *members("as1", names("vm", 3), by)], together=0) if "UTC  " in one)
    assert heading[26 + 42 :] == "21"


def test_january_and_july_are_told_apart_only_where_they_differ() -> None:
    by = backup_policy("late", daily("22:00"), zone=AMSTERDAM)
    january, july = drawing([by, *members("as1", names("vm", 2), by)])
    assert ("January" in january, "July" in july) == (True, True)
    assert (slot(january, 21), slot(july, 20)) == ("2", "2")


def test_only_days_that_differ_have_lines_of_their_own() -> None:
    every, some = backup_policy("d", daily("01:00")), backup_policy("w", weekly(["Tuesday", "Friday"], "01:00"))
    rows = [every, some, *members("as1", names("a", 2), every), *members("as1", names("b", 1), some)]
    lines = {line[2:17].strip(): slot(line, 1) for line in drawing(rows)}
    assert lines == {"Mo We Th Sa Su": "2", "Tu Fr": "3"}


def test_hourly_starts_are_all_drawn_and_ten_are_a_sign() -> None:
    by = backup_policy("h", hourly("08:00", 4, 12))
    (line,) = drawing([by, *members("as1", names("vm", 10), by)])
    assert [slot(line, hour) for hour in (8, 12, 16, 20)] == ["#"] * 4
    assert line[26:].count("#") == 4
    assert "  # ten or more" in lines_of([by, *members("as1", names("vm", 10), by)])


def test_a_weekly_start_that_is_another_day_in_utc() -> None:
    by = backup_policy("w", weekly(["Tuesday"], "22:00"), zone=NEW_YORK)
    january, july = drawing([by, *members("as1", names("vm", 1), by)])
    assert (january[2:4], slot(january, 3), slot(july, 2)) == ("We", "1", "1")


def test_names_that_a_terminal_would_obey() -> None:
    by = backup_policy("late\x1b[31m", daily("22:00"))
    rows = [by, *members("as\x1b]0;x\x07", [f"vm{number}\u202e\r" for number in range(6)], by)]
    rows += members("as\x1b]0;x\x07", ["stray\x9b"], backup_policy("gone\x00", daily("22:00")))
    text = write(told(rows), 100)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert vm_id("vm5") not in text


def test_a_fleet_without_groups_says_how_to_make_some() -> None:
    by = backup_policy("late", daily("22:00"))
    rows = [by, *members("as1", ["vm"], by)]
    for row in rows:
        row["properties"].pop("availabilitySet", None)
    assert "--group-tag NAME makes groups" in " ".join(" ".join(lines_of(rows)).split())
