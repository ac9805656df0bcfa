"""Every form in which rows are saved gives the same rows."""

import io
import random
import sys
from pathlib import Path

import pytest

from scanner.model import Row, SnapreadyError
from scanner.rowtypes import INSTANCE_VIEW, VM
from tests.sources.material import (
    FIELDS,
    WIDGET,
    az_graph,
    compact,
    counted,
    header,
    ndjson,
    packed,
    pretty,
    put,
    read,
    rest,
    table,
    widget,
)

ROWS = [widget("w1"), widget("wé2", ok=False), widget("w3", note="{[,:\n"), {**widget("w4"), "tags": None}]
MORE = [*ROWS[:2], {"id": "/x/other", "type": "contoso.things/other"}, *ROWS[2:]]


def shuffled(row: Row) -> Row:
    names = [name for name in row if name != "type"]
    random.Random(7).shuffle(names)
    return {**{name: row[name] for name in names}, "type": row["type"]}


FORMS: dict[str, bytes] = {
    "ndjson": ndjson(ROWS),
    "ndjson with a header": ndjson([header({WIDGET: counted(4)}), *ROWS]),
    "header after the rows": ndjson([*ROWS, header({WIDGET: counted(4)})]),
    "other types between": ndjson(MORE),
    "gzip": packed(ndjson(ROWS)),
    "gzip of two members": packed(ndjson(ROWS[:1])) + packed(ndjson(ROWS[1:])),
    "no final line end": ndjson(ROWS).rstrip(b"\n"),
    "crlf": ndjson(ROWS).replace(b"\n", b"\r\n"),
    "blank lines": b"\n \n" + ndjson(ROWS).replace(b"\n", b"\n\n\t\n"),
    "spaces between tokens": b"".join(pretty(row).replace(b"\n", b" ") + b"\n" for row in ROWS),
    "type last": ndjson([shuffled(row) for row in ROWS]),
    "type far from the front": ndjson([{"aaa": "x" * 5000, **shuffled(row)} for row in ROWS]),
    "another type named first": ndjson([{"plan": {"type": "contoso.things/other"}, **row} for row in ROWS]),
    "type in other casing": ndjson([{**row, "type": "Contoso.THINGS/Widgets"} for row in ROWS]),
    "type with an escape": ndjson(ROWS).replace(b"contoso.things/widgets", b"contoso.things\\/widgets"),
    "no subscriptionId": ndjson([{k: v for k, v in row.items() if k != "subscriptionId"} for row in ROWS]),
    "subscriptionId null": ndjson([{**row, "subscriptionId": None} for row in ROWS]),
    "az object, pretty": pretty(az_graph(ROWS)),
    "az object, compact": compact(az_graph(ROWS)),
    "az object, compact, with a line end": compact(az_graph(ROWS)) + b"\n",
    "az array, pretty": pretty(ROWS),
    "az array, compact": compact(ROWS),
    "array, one row a line": b"[\n" + b",\n".join(map(compact, ROWS)) + b"\n]\n",
    "array after blank lines": b"\n\r\n  " + pretty(ROWS),
    "rest, objects": compact(rest(ROWS, 4)),
    "rest, objects, pretty": pretty(rest(ROWS, 4)),
    "rest, table": compact(rest(table(ROWS), 4)),
    "rest, table, pretty": pretty(rest(table(ROWS), 4)),
    "table by itself": compact(table(ROWS)),
    "arm list": pretty({"value": ROWS}),
    "arm list, compact, nextLink null": compact({"value": ROWS, "nextLink": None}) + b"\n",
    "replies one a line": ndjson([az_graph(ROWS[:2]), az_graph([]), rest(table(ROWS[2:]), 2)]),
    "arrays one a line": ndjson([ROWS[:1], ROWS[1:]]),
    "rows and replies on lines": ndjson([ROWS[0], az_graph(ROWS[1:3]), ROWS[3]]),
    "replies one after another, pretty": pretty(az_graph(ROWS[:1])) + pretty(rest(ROWS[1:], 3)),
    "rows one after another, pretty": b"".join(map(pretty, ROWS)),
    "rows with nothing between": b"".join(map(compact, ROWS)),
    "header and rows, pretty": pretty(header({WIDGET: counted(4)})) + b"".join(map(pretty, ROWS)),
}
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-be")


def expected() -> list[tuple[str, Row]]:
    fields = {**FIELDS[WIDGET], "id": {}, "type": {}, "subscriptionId": {}}
    kept = [{name: value for name, value in row.items() if name in fields} for row in ROWS]
    for row in kept:
        row["properties"] = {name: value for name, value in row["properties"].items() if name in ("ok", "used")}
    return [(WIDGET, row) for row in kept]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_gives_other_rows(tmp_path: Path, form: str) -> None:
    reading = read(put(tmp_path, "rows.json", FORMS[form]))
    assert reading.plain() == expected()
    assert reading.problems() == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", [name for name in FORMS if "gzip" not in name])
def test_a_byte_order_mark_changes_the_rows(tmp_path: Path, form: str, encoding: str) -> None:
    text = FORMS[form].decode()
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    data = (mark + text).encode(encoding)
    for stored in (data, packed(data)):
        reading = read(put(tmp_path, "rows.json", stored))
        assert reading.plain() == expected()
        assert reading.problems() == []


@pytest.mark.parametrize("form", FORMS)
def test_standard_input_gives_other_rows_than_a_file(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FORMS[form])))
    reading = read("-")
    assert reading.plain() == expected()
    assert reading.problems() == []


def test_a_folder_or_several_paths_are_not_one_fleet(tmp_path: Path) -> None:
    (tmp_path / "b" / "deeper.json").mkdir(parents=True)
    parts = [
        put(tmp_path, "a.NDJSON", ndjson(ROWS[:1])),
        put(tmp_path / "b", "b.json.gz", packed(pretty(ROWS[1:2]))),
        put(tmp_path / "b" / "deeper.json", "c.jsonl", ndjson(ROWS[2:3])),
        put(tmp_path, "d.json", compact(az_graph(ROWS[3:]))),
    ]
    put(tmp_path, "README.md", b"no rows")
    for paths in ([tmp_path], parts, [parts[0], tmp_path / "b", parts[3]]):
        reading = read(*paths)
        assert sorted(reading.plain(), key=lambda pair: pair[1]["id"]) == sorted(
            expected(), key=lambda pair: pair[1]["id"]
        )
        assert reading.problems() == []


def test_a_path_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", b"")
    for path, said in (
        (tmp_path / "no.json", "no such file or folder"),
        (tmp_path, "the folder holds no .json, .ndjson, .jsonl file"),
        (tmp_path / ("long" * 100), "cannot be read: File name too long"),
        (tmp_path / "notes.txt" / "x.json", "cannot be read: Not a directory"),
    ):
        with pytest.raises(SnapreadyError, match=said):
            read(path)


def instance_view(name: str) -> Row:
    """As `az vm get-instance-view -o json` prints it: a VM's properties at the top."""
    return {
        "id": f"/subscriptions/S/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}",
        "instanceView": {"vmAgent": {"vmAgentVersion": "2.7"}},
        "location": "westeurope",
        "name": name,
        "tags": None,
        "type": "Microsoft.Compute/virtualMachines",
    }


VIEW_FORMS = {
    "one": pretty(instance_view("a")),
    "one, compact": compact(instance_view("a")) + b"\n",
    "array": pretty([instance_view("a"), instance_view("b")]),
    "lines": ndjson([instance_view("a"), instance_view("b")]),
}


@pytest.mark.parametrize("fields", [{"tags": {}}, {"properties": {"storageProfile": {}}}, {}])
@pytest.mark.parametrize("form", VIEW_FORMS)
def test_an_instance_view_is_taken_for_the_row_of_its_vm(tmp_path: Path, form: str, fields: Row) -> None:
    wanted = {VM: fields, INSTANCE_VIEW: {"properties": {"vmAgent": {"vmAgentVersion": {}}}}}
    reading = read(put(tmp_path, "iv.json", VIEW_FORMS[form]), fields=wanted)
    assert {kind for kind, _ in reading.rows} == {INSTANCE_VIEW}
    for _, row in reading.rows:
        assert row["id"].endswith("/instanceView")
        assert row["properties"]["vmAgent"]["vmAgentVersion"] == "2.7"
        assert row["subscriptionId"] == "s"
    assert reading.problems() == []


def test_an_empty_list_stops_the_gate_like_a_file_that_was_cut(tmp_path: Path) -> None:
    put(tmp_path, "a.json", ndjson(ROWS))
    for number, data in enumerate((b"[]", pretty(az_graph([])), b'{"value":[]}\n', compact(rest(table([]), 0)))):
        put(tmp_path, f"empty{number}.json", data)
    reading = read(tmp_path)
    assert len(reading.rows) == 4
    assert [problem.incomplete for problem in reading.problems()] == [False] * 4


def test_flat_rows_are_not_called_what_they_are(tmp_path: Path) -> None:
    flat = [{"id": "/subscriptions/s/x/a", "type": VM, "name": "a", "storageProfile": {}}]
    reading = read(put(tmp_path, "flat.json", pretty(flat)), fields={VM: {"properties": {"storageProfile": {}}}})
    assert reading.problems()[0].message.startswith("1 row has no properties")
