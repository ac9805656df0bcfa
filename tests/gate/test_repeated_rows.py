"""A row that came twice must not stand in for one that is missing."""

from pathlib import Path

from scanner.gate import Gate, decide
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.sources.material import NOW, WIDGET, counted, header, ndjson, policies, put, widget


def test_a_row_that_came_twice_stands_in_for_one_that_is_missing(tmp_path: Path) -> None:
    """The header counts two widgets; one is there twice, and the other nowhere."""
    rows = [header({WIDGET: counted(2)}), widget("w1"), widget("w1")]
    results = scan(Files([str(put(tmp_path, "twice.ndjson", ndjson(rows)))]), policies(), Options(now=NOW))
    assert any("some came twice" in problem.message for problem in results.run.problems)
    assert decide(results, Gate()).code == 3


def test_snapshots_that_overlap_are_called_incomplete(tmp_path: Path) -> None:
    rows = ndjson([header({WIDGET: counted(1)}), widget("w1")])
    files = [str(put(tmp_path, name, rows)) for name in ("a.ndjson", "b.ndjson")]
    results = scan(Files(files), policies(), Options(now=NOW))
    assert decide(results, Gate()).code == 0
    assert results.run.duplicates == 1
