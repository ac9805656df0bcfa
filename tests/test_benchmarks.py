"""The benchmarks still measure what they say: the interpreter that ours is held to judges the same policies alike."""

from pathlib import Path

from benchmarks.fleet.write import write_fleet
from benchmarks.interpreted import measure
from scanner.policies import BUILT_IN


def test_the_interpreter_and_the_compiled_policies_judge_otherwise(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.ndjson"
    write_fleet(fleet, 60, 3)
    found = measure(fleet, BUILT_IN, rounds=1)
    assert found["policies"] > 20
    assert set(found["agreed"]) == {"same", "unknown"}
    assert found["agreed"]["same"] > 1_000
    assert set(found["us"]) == {"compiled", "interpreted", "search"}
