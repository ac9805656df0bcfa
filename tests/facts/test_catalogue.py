"""What the catalogue declares is what facts do: the fields they read, the values they give; whatever the rows hold."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from scanner.facts.catalogue import catalogue, fields, merged, row_fields
from scanner.facts.fleet import Fleet
from scanner.language.shapes import Shape
from scanner.language.values import Complete, OpenList, is_number
from scanner.language.witness import Network
from scanner.language.words import epoch, version
from scanner.ledger import Ledger
from scanner.model import Fields, Row, Unknown, cut
from scanner.rowtypes import BACKUP_GROUP, VAULT, VM
from scanner.scan import DEFAULT_MAX_AGE
from scanner.schedule.load import Load
from scanner.schedule.week import Week
from scanner.sources.snapshot import Snapshot
from tests.material import EVERYTHING, HEAD, case_samples, contoso_rows, contoso_samples, paths, replaced, wanted
from tests.properties import examples
from tests.rows import TAKEN_AT, documents, fleet_of, known_facts, lines

SUBJECTS = (VM, VAULT, BACKUP_GROUP)
FACTS = [(subject, name) for subject in SUBJECTS for name in known_facts(subject)]


def comparable(value: Any) -> Any:
    """A fact's value as something that can be compared, kind and all."""
    if isinstance(value, OpenList):
        return "open", [comparable(member) for member in value.known], value.extra
    if isinstance(value, Unknown):
        return "unknown", value.reason
    if isinstance(value, dict):
        return type(value).__name__, {name: comparable(below) for name, below in value.items()}
    return [comparable(member) for member in value] if isinstance(value, list) else (type(value).__name__, value)


def only(rows: Iterable[Row], trees: dict[str, Fields], subject: str) -> Iterable[Row]:
    """Rows cut to these fields; rows of other types keep what is needed to count them."""
    for row in rows:
        if "snapready" in row:
            yield row
        else:
            tree = trees.get(row["type"].lower(), {"id": {}})
            yield cut(row, {**HEAD, **tree}) if tree or row["type"].lower() == subject else row


def facts_alone(rows: Sequence[Row], subject: str, name: str, trees: dict[str, Fields], **how: Any) -> dict[str, Any]:
    fleet = fleet_of(only(rows, trees, subject), **how)
    fact = known_facts(subject)[name]
    return {one.key: comparable(fact.get(kept, fleet)) for one, kept in fleet.records(subject)}


def whole(rows: Sequence[Row], subject: str, name: str, **how: Any) -> dict[str, Any]:
    fleet = fleet_of(rows, **how)
    fact = known_facts(subject)[name]
    return {one.key: comparable(fact.get(kept, fleet)) for one, kept in fleet.records(subject)}


@pytest.mark.parametrize(("subject", "name"), FACTS, ids=[f"{subject}: {name}" for subject, name in FACTS])
def test_a_fact_that_looks_at_a_field_it_does_not_declare(subject: str, name: str) -> None:
    trees = row_fields({name: known_facts(subject)[name]})
    rows = contoso_rows()
    found = facts_alone(rows, subject, name, trees, asserted=EVERYTHING)
    assert found
    assert found == whole(rows, subject, name, asserted=EVERYTHING)
    for _, sample in case_samples():
        assert facts_alone(sample.rows, subject, name, trees) == whole(sample.rows, subject, name), sample.name


@pytest.mark.parametrize(("subject", "name"), FACTS, ids=[f"{subject}: {name}" for subject, name in FACTS])
def test_a_fact_that_declares_what_cannot_be_read(subject: str, name: str) -> None:
    fact = known_facts(subject)[name]
    assert fact.about
    assert not fact.about.endswith(".")
    assert fact.reads
    for row_type, text in fact.reads.items():
        assert row_type == row_type.lower()
        assert fields(text), f"{name} reads nothing of {row_type}"


def fits(value: Any, shape: Shape) -> bool:
    """Whether a fact's value is of the shape its catalogue entry says; what is not known fits any."""
    if isinstance(value, Unknown) or shape.name == "any":
        return True
    match shape.name:
        case "text":
            return isinstance(value, str)
        case "time":
            return epoch(value) is not None
        case "version":
            return version(value) is not None
        case "number":
            return is_number(value)
        case "yes or no":
            return isinstance(value, bool)
        case "schedule":
            return isinstance(value, Week)
        case "network":
            return isinstance(value, Network)
        case "load":
            return isinstance(value, Load)
        case "list":
            members = value.known if isinstance(value, OpenList) else value
            return isinstance(members, list) and all(fits(member, shape.of or Shape("any")) for member in members)
        case "table":
            return isinstance(value, dict) and all(fits(below, shape.of or Shape("any")) for below in value.values())
        case "object":
            known = shape.fields or {}
            if value is False:  # known to be none
                return True
            return isinstance(value, dict) and all(name in known and fits(value[name], known[name]) for name in value)
    return False


def test_a_value_of_another_shape_than_the_catalogue_says() -> None:
    for subject in SUBJECTS:
        facts = known_facts(subject)
        for key, document in documents(fleet_of(contoso_rows(), asserted=EVERYTHING), subject).items():
            for name, value in document.items():
                assert value is not None, f"{name} of {key} is None, which says nothing"
                assert fits(value, facts[name].shape), f"{name} of {key} is {value!r}, no {facts[name].shape}"


def test_a_fact_of_a_vm_that_is_never_known_in_the_example_fleet() -> None:
    found = documents(fleet_of(contoso_rows(), asserted=EVERYTHING)).values()
    never = {name for name in known_facts() if all(isinstance(document[name], Unknown) for document in found)}
    assert never == {"declared.proxy"}, "owners declare it in snapready.yaml, beside the rows"


def test_a_type_without_a_catalogue_that_claims_facts() -> None:
    assert catalogue("microsoft.storage/storageaccounts") is None


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2.5, 10**20]),
    st.sampled_from(
        ["", " ", "x", "PowerState/", "2001-01-01T00:00:00Z", "9999-99-99T99:99:99Z", "é\u0000", "//", ";;"]
    ),
    st.sampled_from([[], [None], ["x"], [[]], [{}], {}, {"id": None}, {"x": {"y": 1}}, [{"code": 3}], [1, {"id": 2}]]),
)


@st.composite
def odd_rows(draw: st.DrawFn) -> list[Row]:
    """The rows of one VM with some values replaced, or taken away, wherever they are."""
    sample = draw(st.sampled_from(_stock()))
    rows = [row for row in sample if "snapready" not in row]
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(rows) - 1))
        places = [path for path in paths(rows[at]) if path not in (("id",), ("type",))]
        if places:
            put = ... if draw(st.integers(0, 4)) == 0 else draw(ODD)
            rows[at] = replaced(rows[at], draw(st.sampled_from(places)), put)
    return rows


def _stock() -> list[tuple[Row, ...]]:
    return [sample.rows for sample in contoso_samples()[::3]] + [sample.rows for _, sample in case_samples()[::3]]


def typed(rows: list[Row], trees: dict[str, Fields]) -> Fleet:
    """The fleet as a scan reads it: decoded from a file to the fields that are wanted."""
    ledger = Ledger()
    fleet = Fleet(ledger, max_age=DEFAULT_MAX_AGE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.ndjson"
        file.write_text(lines(rows), "utf-8")
        fleet.load(Snapshot([str(file)], trees, ledger).rows())
    assert not [problem for problem in ledger.problems if problem.incomplete], ledger.problems
    fleet.close(TAKEN_AT)
    return fleet


def untyped(rows: list[Row], trees: dict[str, Fields]) -> Fleet:
    """The fleet of the same rows, parsed as JSON and cut."""
    plain = [cut(row, {**HEAD, **trees.get(row["type"], {})}) for row in json.loads(json.dumps(rows))]
    return fleet_of(plain)


@examples(600, suppress_health_check=list(HealthCheck))
@given(odd_rows())
def test_an_oddly_typed_row_that_is_read_another_way_when_decoded_to_types(rows: list[Row]) -> None:
    trees = wanted()
    one, other = typed(rows, trees), untyped(rows, trees)
    assert comparable(documents(one)) == comparable(documents(other))
    for document in documents(one).values():
        assert all(value is not None for value in document.values())


@examples(300, suppress_health_check=list(HealthCheck))
@given(odd_rows(), st.sampled_from(sorted(known_facts())))
def test_an_oddly_typed_row_of_which_a_fact_reads_more_than_it_declares(rows: list[Row], name: str) -> None:
    trees = row_fields({name: known_facts()[name]})
    trees[VM] = merged(trees.get(VM, {}), {"name": {}}) if trees.get(VM) != {} else {}
    fact = known_facts()[name]
    fleets = typed(rows, trees), fleet_of(rows)
    cut_down, all_there = (
        {one.key: comparable(fact.get(kept, fleet)) for one, kept in fleet.records(VM)} for fleet in fleets
    )
    assert cut_down == all_there


def test_complete_objects_stay_complete_when_rows_are_cut() -> None:
    for document in documents(fleet_of(contoso_rows(), asserted=EVERYTHING)).values():
        assert isinstance(document["tags"], Complete | Unknown)
