"""A week by half hours: nothing of it is lost when days that look alike become one line."""

import random

from scanner.schedule.timeline import SLOT, SLOTS, folded
from scanner.schedule.week import WEEK


def test_the_lines_of_a_week_add_up_to_its_starts() -> None:
    """Against counting every half hour of the week."""
    dice = random.Random("timeline")
    for _ in range(200):
        rings = [tuple(sorted(dice.sample(range(WEEK), dice.randint(1, 9)))) for _ in range(dice.randint(0, 6))]
        found = folded(rings)
        told = {(day, slot): count for line in found for day in line.days for slot, count in enumerate(line.counts)}
        for day in range(7):
            for slot in range(SLOTS):
                begin = day * 1440 + slot * SLOT
                number = sum(any(begin <= minute < begin + SLOT for minute in ring) for ring in rings)
                assert told.get((day, slot), 0) == number
        assert len({line.counts for line in found}) == len(found), "days that look alike are one line"
