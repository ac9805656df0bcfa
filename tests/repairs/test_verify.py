"""The quick way of proving says what a whole scan of the changed rows says, repair by repair."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fleet.write import write_fleet
from scanner.change import compared
from scanner.model import Results, Row
from scanner.repairs import tell as telling
from scanner.repairs import verify
from scanner.repairs.model import Finding, Proof, Repair
from scanner.repairs.rows import Originals
from scanner.repairs.tell import tell
from scanner.repairs.touched import touched
from scanner.repairs.verify import Bench, Columns
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, EXTENSION, INSTANCE_VIEW, LOCK, NSG, VAULT, VM
from scanner.scan import asked, judge, read, scan
from scanner.source import Source
from scanner.sources.edited import Edited, Edits, together
from scanner.sources.snapshot import Files
from tests.material import CONTOSO
from tests.repairs.making import OPTIONS, policies

ALL = policies()
Told = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("fleet") / "fleet.ndjson"
    write_fleet(file, vms=400, seed=7)
    return file


def source_of(path: Path) -> Source:
    return Files([str(path)])


def proved(source: Source, monkeypatch: pytest.MonkeyPatch) -> tuple[Sequence[Repair], dict[int, Proof], Proof | None]:
    """Every repair that was made, those too that are not proposed, with what was proved of it."""
    seen: list[Any] = []

    def watched(repairs: Sequence[Repair], bench: Bench) -> Any:
        found = verify.prove(repairs, bench)
        seen[:] = [found.repairs, found.proofs, found.together]
        return found

    monkeypatch.setattr(telling, "prove", watched)
    tell(source, ALL, OPTIONS)
    repairs, proofs, all_of_them = seen
    return repairs, proofs, all_of_them


def by_a_whole_scan(
    source: Source, before: Results, edits: Edits, closes: Sequence[Finding], excused: set[tuple[str, str]]
) -> Any:
    """The same said by a scan that knows of no repair."""
    after = compared(before, scan(Edited(source, edits), ALL, OPTIONS), lambda *_: None)
    then = told(after)
    wanted = {finding.key for finding in closes}
    closed = {key for key in wanted if then.get(key, ("pass",))[0] in ("pass", "not-applicable")}
    left = {(*key, then[key][0]) for key in wanted - closed}
    opened, revealed = set(), set()
    for key, change in after.changes.items():
        if change.effect != "worse" or key in excused:
            continue
        if key in wanted:
            opened |= {key} if then[key][0] == "fail" else set()
        elif change.before in (None, "not-applicable"):
            revealed |= {key} if then[key][0] == "fail" else set()
        else:
            opened.add(key)
    return closed, left, opened, revealed


def told(results: Results) -> Mapping[tuple[str, str], tuple[str, str]]:
    return {
        (one.policy.id, subject.key): (outcome.verdict, outcome.severity)
        for one in results.judged
        for subject, outcome in zip(one.subjects, one.outcomes, strict=True)
    }


def said(proof: Proof) -> Any:
    return (
        {one.key for one in proof.closed},
        {(one.policy, one.subject.key, one.after) for one in proof.left},
        {(one.policy, one.subject.key) for one in proof.opened},
        {(one.policy, one.subject.key) for one in proof.revealed},
    )


@pytest.mark.parametrize("fleet", ["contoso", "generated"])
def test_a_proof_says_what_a_whole_scan_of_the_changed_rows_says(
    fleet: str, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(CONTOSO if fleet == "contoso" else generated)
    repairs, proofs, all_of_them = proved(source, monkeypatch)
    provable = {place: one for place, one in enumerate(repairs) if one.edits is not None}
    assert len(provable) > 5
    assert proofs.keys() == provable.keys()
    before = scan(source, ALL, OPTIONS)
    for place, repair in provable.items():
        assert repair.edits is not None
        assert said(proofs[place]) == by_a_whole_scan(source, before, repair.edits, repair.closes, set(repair.excused))
    good = {place: one for place, one in provable.items() if verify.worth(proofs[place])}
    closes = [finding for place in good for finding in proofs[place].closed]
    excused = {key for one in good.values() for key in one.excused}
    edits = together(one.edits for one in good.values() if one.edits is not None)
    assert all_of_them is not None
    assert said(all_of_them) == by_a_whole_scan(source, before, edits, closes, excused)


@pytest.mark.parametrize("told_nobody", [True, False])
def test_whom_a_repair_touches_may_be_told_wrongly_and_the_proof_is_right_all_the_same(
    told_nobody: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(CONTOSO)
    right = proved(source, monkeypatch)[1:]
    wrong = frozenset[str]() if told_nobody else None
    monkeypatch.setattr(verify, "touched", lambda *_: wrong)
    assert proved(source, monkeypatch)[1:] == right


def emptied(row: Row, of: str) -> Row:
    return {**row, of: {}}


def changes(bench: Bench, types: Sequence[str], most: int) -> Iterator[tuple[str, str, Edits]]:
    """Of each type some rows that go, and that lose what they say."""
    for row_type in types:
        keys = sorted({key for key, rows in bench.there.by_id.items() if rows[0][0] == row_type})
        for key in keys[:: max(1, len(keys) // most)]:
            yield row_type, key, Edits(removed=frozenset((key,)))
            yield row_type, key, Edits({key: partial(emptied, of="properties")})


def bench_of(source: Source) -> Bench:
    from scanner.ledger import Ledger

    fields = asked(ALL, OPTIONS)
    reading = read(source, ALL, OPTIONS)
    by_id: dict[str, list[tuple[str, Row]]] = {}
    for row_type, row in source.rows(fields, Ledger()):
        by_id.setdefault(row["id"].lower(), []).append((row_type, row))
    below = {key: {one for one in by_id if one.startswith(f"{key}/")} for key in by_id}
    columns = Columns(judge(reading, source, ALL, OPTIONS))
    subjects = frozenset(policy.head.resource for policy in ALL)
    return Bench(source, ALL, OPTIONS, reading, columns, Originals(by_id, below), subjects)


def test_nobody_is_judged_otherwise_than_before_whom_a_change_of_a_row_is_said_not_to_touch() -> None:
    bench = bench_of(source_of(CONTOSO))
    seen = dict.fromkeys((NSG, LOCK, VAULT, BACKUP_POLICY, BACKUP_ITEM, EXTENSION, INSTANCE_VIEW, VM), 0)
    gc.freeze()  # each judgement collects what it leaves behind, and need not look through all that is there
    for row_type, key, edits in changes(bench, list(seen), 3):
        whom = touched(edits, bench.there, bench.reading.fleet)
        turned = {subject for _, subject in bench.turns(bench.again(edits))}
        if whom is not None:
            assert turned <= whom, (key, sorted(turned - whom))
            assert len(whom) < 60, "next to everybody is no answer"
            seen[row_type] += len(turned)
    gc.unfreeze()
    assert min(seen.values()) > 0, seen
