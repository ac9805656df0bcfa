"""A source that is read once: who asks again is told the same, as if it had been read again."""

from pathlib import Path

import pytest

from scanner.ledger import Ledger
from scanner.model import Results
from scanner.policies import BUILT_IN, load
from scanner.scan import Options, scan
from scanner.source import Source
from scanner.sources.edited import Edited, Edits
from scanner.sources.kept import Kept
from scanner.sources.snapshot import Files
from tests.rows import TAKEN_AT, write
from tests.sources.test_edited import ITEM_OF_E, LATE, Saved, crowd, moved, read, verdict

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso"


def results(source: Source) -> Results:
    return scan(source, list(load([BUILT_IN]).values()), Options(TAKEN_AT))


def test_a_second_scan_tells_what_reading_again_would() -> None:
    kept = Kept(Files([str(CONTOSO)]))
    first, second, again = results(kept), results(kept), results(Files([str(CONTOSO)]))
    assert first == second == again


def test_what_is_wrong_with_the_input_is_said_each_time(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.ndjson", [*crowd(), *crowd()[:2]])
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write('{"id": "/broken", "ty\n')
    kept = Kept(Files([file]))
    first, second, again = results(kept), results(kept), results(Files([file]))
    assert first.run == second.run == again.run
    assert first.run.problems
    assert first.run.duplicates == 2


def test_the_source_is_asked_once() -> None:
    source = Saved(crowd())
    kept = Kept(source)
    assert verdict(kept) == "fail"
    assert verdict(Edited(kept, Edits({ITEM_OF_E: moved(LATE["id"])}, (LATE,)))) == "pass"
    assert verdict(kept) == "fail"
    assert source.sent == len(source.given)


def test_fields_that_were_not_read_are_not_taken_for_absent() -> None:
    kept = Kept(Saved(crowd()))
    read(kept)
    with pytest.raises(ValueError, match="other fields"):
        list(kept.rows({"microsoft.compute/virtualmachines": {"tags": {}}}, Ledger()))


def test_a_reading_that_broke_off_is_not_taken_for_all() -> None:
    kept = Kept(Saved(crowd()))
    rows = kept.rows({}, Ledger())
    next(rows)
    rows.close()
    again, _ = read(kept)
    assert len(again) == len(crowd())
    assert len(read(kept)[0]) == len(crowd())
