"""What only shows in a process of its own: what is loaded, terminals, pipes, encodings."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT, WIDGETS, Done, spawn
from tests.sources.material import ndjson, packed, pretty, put, widget, widgets

HEAVY = ("azure", "jsonschema", "yaml", "msgspec", "jmespath", "scanner.reports.", "scanner.sources", "scanner.facts")
LOADED = "import sys; from scanner.cli import main\ntry: main({given!r})\nfinally: print(*sys.modules, file=sys.stderr)"


def modules(given: list[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(given=given)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return put(tmp_path, "fleet.ndjson", ndjson([widget("wé1", ok=False), widget("w2")]))


@pytest.mark.parametrize(
    "given", [["--version"], ["--help"], ["scan", "--help"], ["policies", "list", "--help"]], ids=str
)
def test_help_or_version_load_what_they_do_not_need(given: list[str]) -> None:
    assert [name for name in modules(given) if name.startswith(HEAVY)] == []


def test_version_loads_the_parser() -> None:
    assert not {"argparse", "scanner.commands"} & modules(["--version"])


def test_a_scan_loads_azure_or_formats_nobody_asked_for(fleet: Path) -> None:
    loaded = modules(["scan", str(fleet), *WIDGETS])
    assert "scanner.sources.snapshot" in loaded
    assert [name for name in loaded if name.split(".")[0] in ("azure", "msal", "requests", "asyncio")] == []
    assert "scanner.reports.json" not in loaded


def test_standard_input_is_not_read_as_a_file_is(fleet: Path) -> None:
    data = fleet.read_bytes()
    for given in (data, packed(data), pretty([widget("wé1", ok=False), widget("w2")]), data.decode().encode("utf-16")):
        done = spawn(["scan", "-", *WIDGETS], given=given)
        assert done.code == 1
        assert "the widget wé1 says that it is not right" in done.out


def test_more_than_the_report_is_on_standard_output(fleet: Path) -> None:
    done = spawn(["scan", fleet, *WIDGETS, "--report", "json=/dev/null"])
    assert (done.code, done.out) == (1, "")
    assert done.err == "snapready: exit 1: 1 finding at error\n"


def test_the_last_line_on_standard_error_does_not_say_why(tmp_path: Path) -> None:
    file = put(tmp_path, "fleet.ndjson", ndjson([widget("w1"), widget("w2", ok=None)]))
    done = spawn(["scan", file, *WIDGETS])
    assert done.err.splitlines() == [
        "snapready: 1 unknown: 1 need properties that the rows do not have",
        "snapready: exit 0: the gate holds",
    ]


def on_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What a command writes to a terminal of its own."""
    usual = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", *arguments],
        stdout=slave,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env={**usual, "TERM": "xterm", **environment},
    ):
        os.close(slave)
        found = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            found += piece
    os.close(master)
    return found.decode()


def test_colour_is_shown_where_it_should_not_be(fleet: Path) -> None:
    arguments = ["scan", str(fleet), *WIDGETS]
    assert "\x1b[31;1mFAIL error" in on_terminal(arguments, {})
    assert "\x1b[" not in on_terminal(arguments, {"NO_COLOR": ""})
    assert "\x1b[" not in on_terminal(arguments, {"TERM": "dumb"})
    assert "\x1b[" not in spawn(arguments).out


def test_a_terminal_obeys_what_a_row_says(tmp_path: Path) -> None:
    evil = {**widget("w1", ok=False), "name": "\x1b]0;pwned\x07\x1b[2J\u202e", "id": widget("\x1b[31mw1")["id"]}
    file = put(tmp_path, "fleet.ndjson", ndjson([evil]))
    for arguments in (["scan", str(file)], ["explain", evil["id"], str(file)]):
        text = on_terminal([*arguments, *WIDGETS], {"NO_COLOR": "1"})
        assert "wned" in text or "[31mw1" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_reader_that_leaves_makes_a_traceback(tmp_path: Path) -> None:
    file = put(tmp_path, "fleet.ndjson", ndjson([{**row, "properties": {"ok": False}} for row in widgets(5000)]))
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "scan", str(file), *WIDGETS, "--report", "json=-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": ""},  # with it Python itself drops what a pipe did not take
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 2
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_an_interrupt_makes_a_traceback() -> None:
    code = "import os, signal, sys; from scanner.cli import main\nimport scanner.commands.scan as c\n"
    code += "c.scan_command = lambda args: os.kill(os.getpid(), signal.SIGINT)\nsys.exit(main(['scan', '-']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 130
    assert done.stderr == "snapready: interrupted\n"


def test_a_fault_of_ours_is_a_finding_or_a_traceback() -> None:
    code = "import sys; from scanner.cli import main\nimport scanner.commands.scan as c\n"
    code += "def fault(args): raise RuntimeError('oh')\nc.scan_command = fault\nsys.exit(main(['scan', '-']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("snapready: internal error: RuntimeError: oh")
    assert "Traceback" not in done.stderr


def check_no_fault(done: Done) -> None:
    assert "internal error" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_that_lacks_a_character_gets_no_report(fleet: Path, encoding: str) -> None:
    done = spawn(["scan", fleet, *WIDGETS], environment={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    if encoding == "cp1252":  # the arrow of an unknown is what it lacks
        unknown = put(fleet.parent, "unknown.ndjson", ndjson([widget(ok=None), widget("w2", ok=False)]))
        done = spawn(["scan", unknown, *WIDGETS], environment={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert done.code == 1
    check_no_fault(done)


def test_a_full_disk_behind_standard_output_is_an_internal_error(fleet: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scanner", "scan", str(fleet), *WIDGETS],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr
    assert "internal error" not in done.stderr


def test_a_closed_standard_output_is_an_internal_error(fleet: Path) -> None:
    command = f'"{sys.executable}" -m scanner scan "{fleet}" --select widget-ok {" ".join(WIDGETS[:2])} >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert "internal error" not in done.stderr
