"""Bad input: a clear message that names file, line and next step; the right exit code; the other rows still judged."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.running import WIDGETS, Command, spawn
from tests.rows import id_of, item, vm, write
from tests.sources.material import (
    WIDGET,
    az_graph,
    compact,
    counted,
    header,
    ndjson,
    packed,
    pretty,
    put,
    widget,
    widgets,
)

GOOD = ndjson(widgets(2))
COLLECT = "snapready query --az > collect.sh && sh collect.sh fleet.ndjson"
AGAIN = "save or collect it again, whole"
ERROR_REPLY = {"error": {"code": "BadRequest", "details": [{"code": "RateLimiting", "message": "throttled"}]}}
TEMPLATE = {"$schema": "https://x/deploymentTemplate.json#", "resources": []}


@dataclass(frozen=True)
class Fault:
    """What a file holds beside or after good rows, and what must be said of it; `line`: 0 where the whole is meant."""

    data: bytes
    line: int
    said: tuple[str, ...]


LINES: dict[str, Fault] = {
    "no JSON": Fault(b"{nonsense}\n", 3, ("the line is not JSON", AGAIN)),
    "cut off": Fault(GOOD[:100], 3, ("the last line is cut off", AGAIN)),
    "invalid UTF-8": Fault(GOOD.replace(b"w1", b"w\xff"), 3, ("not UTF-8", AGAIN)),
    "nested 300,000 deep": Fault(b'{"a":' * 300_000 + b"\n", 3, ("nested too deeply", AGAIN)),
    "nested and whole": Fault(
        b'{"id":"/x","type":"a/b","p":' + b"[" * 300_000 + b"]" * 300_000 + b"}\n", 3, ("nested too deeply", AGAIN)
    ),
    "no type": Fault(b'{"id": "/x", "name": "x"}\n', 3, ("it has no type", "id, name", "keep id and type")),
    "no id": Fault(b'{"type": "a/b"}\n', 3, ("it has no id", "keep id and type")),
    "id of another kind": Fault(b'{"id": 5, "type": "a/b"}\n', 3, ("it has no id",)),
    "empty id": Fault(b'{"id": " ", "type": "a/b"}\n', 3, ("its id or type is empty",)),
    "empty type": Fault(b'{"id": "/x", "type": ""}\n', 3, ("its id or type is empty",)),
    "a number": Fault(b"5\n", 3, ("JSON, but no row", "an object with id and type")),
    "a text": Fault(b'"x"\n', 3, ("JSON, but no row",)),
    "null": Fault(b"null\n", 3, ("JSON, but no row",)),
    "an empty object": Fault(b"{}\n", 3, ("an empty JSON object",)),
    "a list of texts": Fault(b'["x"]\n', 3, ("JSON, but no row",)),
    "a value by the name of a reply": Fault(b'{"value": 5}\n', 3, ("it has no id and type",)),
    "a reply without rows": Fault(b'{"count": 3, "data": null}\n', 3, ("it has no id and type",)),
    "a table row that lacks a column": Fault(
        b'{"columns": [{"name": "id"}, {"name": "type"}], "rows": [["/x"]]}\n', 3, ("JSON, but no row",)
    ),
    "an error reply": Fault(compact(ERROR_REPLY) + b"\n", 3, ("an error reply of Azure", "RateLimiting: throttled")),
    "an error beside no rows": Fault(compact({**ERROR_REPLY, "value": []}) + b"\n", 3, ("RateLimiting: throttled",)),
    "a reply that announces more": Fault(
        compact(az_graph(widgets(1), skip_token="x")) + b"\n", 3, ("not complete", "snapready query --az")
    ),
    "an ARM template": Fault(compact(TEMPLATE) + b"\n", 3, ("an ARM template",)),
    "a Terraform plan": Fault(b'{"terraform_version": "1.9"}\n', 3, ("a Terraform plan",)),
    "an instance view of nobody": Fault(b'{"vmAgent": {}, "statuses": []}\n', 3, ("az vm get-instance-view -o json",)),
    "HTML among rows": Fault(b"<html>\n", 3, ("the line is not JSON",)),
}
FILES: dict[str, Fault] = {
    "nothing": Fault(b"", 0, ("the file holds no rows", AGAIN)),
    "blank lines": Fault(b"\n \r\n", 0, ("the file holds no rows", AGAIN)),
    "HTML": Fault(b"<!DOCTYPE html>\n<html></html>", 0, ("HTML or XML", "sign-in", COLLECT)),
    "a CSV of the portal": Fault(b"NAME,TYPE,LOCATION\nvm1,Virtual machine,westeurope\n", 0, ("CSV", COLLECT)),
    "a quoted CSV": Fault('\ufeff"NAME","TYPE"\n"vm1","x"\n'.encode(), 0, ("CSV", COLLECT)),
    "a table of az": Fault(b"Name    ResourceGroup\n------  -----\n", 0, ("not JSON", "-o json", COLLECT)),
    "a message of az": Fault(b"ERROR: Please run 'az login', then\n", 0, ("az login", "save standard output only")),
    "a zip archive": Fault(b"PK\x03\x04,,,", 0, ("a zip archive: unpack it", COLLECT)),
    "truncated gzip": Fault(packed(GOOD * 50)[:-20], 0, ("cannot be read to its end", AGAIN)),
    "gzip cut in its head": Fault(packed(GOOD)[:5], 0, ("cannot be read to its end", AGAIN)),
    "gzip with a bad sum": Fault(packed(GOOD)[:-8] + b"12345678", 0, ("cannot be read to its end", AGAIN)),
    "UTF-16 cut in a character": Fault("[5".encode("utf-16") + b"x", 0, ("cannot be read to its end", AGAIN)),
    "an array cut off": Fault(b"[\n{\n" + b"\n" * 5, 8, ("ends too early", "what came before it is judged", AGAIN)),
    "an array with a broken row": Fault(b'[\n{"id" "x"}]', 2, ("no JSON: Expecting ':'", AGAIN)),
    "an array with invalid UTF-8": Fault(b'[\n"\xff"]', 2, ("not UTF-8",)),
    "an array nested deep": Fault(b"[\n" + b"[" * 300_000, 2, ("nested too deeply", AGAIN)),
    "an array with NaN": Fault(b"[\nNaN]", 2, ("NaN is no JSON number", AGAIN)),
    "an array with an endless number": Fault(b"[\n" + b"1" * 5000 + b"]", 2, ("4300 digits", AGAIN)),
    "a list that is no list of rows": Fault(b"[\n\n1]", 3, ("JSON, but no row",)),
    "two values on a line": Fault(b"{}{}\n", 1, ("the line is not JSON",)),
    "a header that promises more": Fault(ndjson([header({WIDGET: counted(9)})]), 0, ("of the 9 rows", "again")),
    "a header of the future": Fault(b'{"snapready": {"version": 9}}\n', 1, ("version 9", "reads version 1")),
}

PLANS = ("an ARM template", "a Terraform plan")
"""Among rows they are out of place; alone they are judged as what would be deployed."""
BOTH = {what: fault for what, fault in (LINES | FILES).items() if what not in PLANS}


def check(done: object, file: Path, fault: Fault) -> None:
    text = str(done)
    assert "Traceback" not in text
    assert "internal error" not in text
    place = f"{file}:{fault.line}: " if fault.line else f"{file}: "
    assert place in text
    for said in fault.said:
        assert said in text


@pytest.mark.parametrize("what", LINES)
def test_a_bad_line_is_no_matter_or_takes_the_good_rows_with_it(tmp_path: Path, what: str, snapready: Command) -> None:
    fault = LINES[what]
    tail = b"" if fault.said[0] == "the last line is cut off" else ndjson([widget("w9")])
    file = put(tmp_path, "rows.ndjson", GOOD + fault.data + tail)
    done = snapready.scan(file, "--report", f"json={tmp_path / 'out.json'}", "--fail-on", "never")
    assert done.code == 3
    check(done.err, file, fault)
    results = (tmp_path / "out.json").read_text()
    assert all(f'widgets/{name}"' in results for name in ("w1", "w2", *(["w9"] if tail else [])))


@pytest.mark.parametrize("what", BOTH)
def test_a_bad_file_passes_when_it_is_all_there_is(tmp_path: Path, what: str, snapready: Command) -> None:
    fault = BOTH[what]
    file = put(tmp_path, "bad.json", fault.data)
    for more in ((), ("--allow-empty",), ("--fail-on", "never", "--collected", "all")):
        done = snapready.scan(file, *more)
        assert done.code == (2 if " 0 pass" in done.out else 3)
        assert "Traceback" not in done.err
        assert "internal error" not in done.err
    if what in FILES:
        check(done.err, file, fault)


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("what", FILES)
def test_a_bad_file_stops_the_others_or_is_left_out(tmp_path: Path, what: str, order: str, snapready: Command) -> None:
    bad = put(tmp_path, "bad.json", FILES[what].data)
    good = put(tmp_path, "good.json", GOOD)
    done = snapready.scan(*([bad, good] if order == "before" else [good, bad]), "--fail-on", "never")
    assert done.code == 3
    check(done.err, bad, FILES[what])
    assert "6 pass" in done.out or "3 of 3 policies judged" in done.out


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_template_beside_rows_is_judged_as_if_it_ran(tmp_path: Path, order: str, snapready: Command) -> None:
    plan = put(tmp_path, "main.json", b"\n\n" + pretty(TEMPLATE))
    rows = put(tmp_path, "good.json", GOOD)
    done = snapready.scan(*([plan, rows] if order == "before" else [rows, plan]))
    assert done.code == 2
    assert f"{plan} is a plan, and {rows} holds rows: judge the plan over them with --over {rows}" in done.err


def test_one_of_many_bad_lines_is_not_counted(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "rows.ndjson", GOOD + b"{nonsense}\n" * 25)
    done = snapready.scan(file, "--report", "json=-")
    assert done.code == 3
    assert "15 more lines or values could not be read as rows" in done.out
    assert "(and 10 more)" in done.err
    assert len(done.err.splitlines()) < 4


@pytest.mark.parametrize("wrong", ["text", 5, None, [], True, {"ok": None, "used": 5}])
def test_properties_of_another_kind_are_an_error_or_a_verdict(
    tmp_path: Path, wrong: object, snapready: Command
) -> None:
    file = put(tmp_path, "rows.ndjson", GOOD + ndjson([{**widget("odd"), "properties": wrong}]))
    done = snapready("scan", file, *WIDGETS[:2], "--select", "widget-ok")
    assert done.code == 0
    assert "2 pass · 1 unknown" in done.out
    assert "snapready: 1 unknown" in done.err


def test_of_rows_with_one_id_the_first_counts(tmp_path: Path, snapready: Command) -> None:
    twice = [widget("w1", ok=False), widget("w2"), {**widget("w1"), "id": widget("w1")["id"].upper()}]
    done = snapready.scan(put(tmp_path, "rows.ndjson", ndjson(twice)))
    assert done.code == 0
    assert "1 row came again under an id already read; the last one counts" in done.out
    assert snapready.scan(put(tmp_path, "rows.ndjson", ndjson(twice[::-1]))).code == 1


def test_items_that_join_no_vm_leave_every_vm_unprotected(tmp_path: Path, snapready: Command) -> None:
    stranger = id_of("Microsoft.Compute/virtualMachines", "stranger")
    file = write(tmp_path / "rows.ndjson", [vm(), item(stranger)])
    done = snapready("scan", file, "--select", "power-state-consistent")
    assert done.code == 3
    assert "not one of 1 backup items belongs to any of the 1 VMs: were VMs and items collected" in done.err


def test_a_gate_holds_that_knows_nothing(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "rows.ndjson", ndjson([widget(ok=None)]))
    done = snapready("scan", file, *WIDGETS[:2], "--select", "widget-ok", "--fail-on", "never")
    assert done.code == 3
    assert "nothing is known to be right" in done.err


def test_an_input_with_nothing_to_judge_passes(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "rows.ndjson", ndjson([widget(kind="contoso.things/others")]))
    done = snapready.scan(file)
    assert done.code == 2
    assert "the input holds no contoso.things/widgets (--allow-empty accepts that)" in done.err
    assert snapready.scan(file, "--allow-empty").code == 0


def test_paths_that_are_not_there_are_passed_over(tmp_path: Path, snapready: Command) -> None:
    good = put(tmp_path, "good.json", GOOD)
    for path, said in (
        ("no.json", "no such file or folder"),
        ("x" * 300, "cannot be read"),
        (tmp_path / "e", "holds no"),
    ):
        (tmp_path / "e").mkdir(exist_ok=True)
        done = snapready.scan(good, path)
        assert done.code == 2
        assert f"snapready: error: {path}: " in done.err
        assert said in done.err
        assert done.out == ""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_raises(tmp_path: Path, snapready: Command) -> None:
    secret = put(tmp_path, "secret.json", GOOD)
    secret.chmod(0)
    done = snapready.scan(secret)
    assert done.code == 2
    assert f"{secret}: the file cannot be read" in done.err


def test_a_file_that_vanishes_raises(tmp_path: Path, snapready: Command) -> None:
    put(tmp_path, "good.json", GOOD)
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    done = snapready.scan(tmp_path)
    assert done.code == 3
    assert f"{tmp_path / 'gone.json'}: the file cannot be read to its end: No such file or directory" in done.err


@pytest.mark.parametrize("what", ["HTML", "truncated gzip", "nothing", "an array nested deep"])
def test_the_console_shows_a_traceback(tmp_path: Path, what: str) -> None:
    file = put(tmp_path, "bad.json", FILES[what].data)
    check(spawn(["scan", file, *WIDGETS]).err, file, FILES[what])
    done = spawn(["scan", "-", *WIDGETS], given=FILES[what].data)
    assert done.code == (3 if what == "truncated gzip" else 2)
    check(done.err, Path("standard input"), FILES[what])
