"""Scripts as an operator gets them: sound by shellcheck, exact to the word whatever names the rows hold."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scanner.model import Row
from scanner.repairs.model import EACH, Book, Setting
from scanner.repairs.tell import tell
from scanner.repairs.write.files import files
from tests.material import CONTOSO
from tests.network.build import nic, nsg, rule, subnet, vm, vnet
from tests.repairs.making import OPTIONS, Rows, book_of, contoso, policies
from tests.rows import id_of

HOSTILE = [
    "it's",
    "$(touch pwned)",
    "`id`",
    'a"b',
    "two  words",
    "a;b&c|d",
    "x\\y",
    "*",
    "#no",
    "ünï",
    "${HOME}",
    "%{x}",
    "!x",
]
FAKE_AZ = """#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done >> "$AZ_LOG"
printf 'END\\0' >> "$AZ_LOG"
"""


@pytest.fixture(scope="module", name="contoso")
def contoso_told() -> Book:
    return contoso()


def written(book: Book, to: Path) -> Path:
    from scanner.repairs.folder import put

    put(to, files(book))
    return to


def run(script: Path, tmp_path: Path, **more: str) -> tuple[int, list[list[str]], str]:
    """The script with an az that only writes down what it is asked."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "az").write_text(FAKE_AZ, "utf-8")
    (tools / "az").chmod(0o755)
    log = tmp_path / "log"
    log.write_bytes(b"")
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "AZ_LOG": str(log), "HOME": str(tmp_path), **more}
    done = subprocess.run(
        ["bash", str(script)], env=environment, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    calls = [call.split("\0")[:-1] for call in log.read_bytes().decode().split("END\0") if call]
    return done.returncode, calls, done.stderr


def test_every_script_is_sound_by_shellcheck(contoso: Book, tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    folder = written(contoso, tmp_path / "fixes")
    scripts = sorted(map(str, folder.glob("*/run.sh")))
    assert len(scripts) == len(contoso.repairs)
    done = subprocess.run(["shellcheck", "--shell=bash", *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_script_gives_az_just_the_words_of_its_steps(contoso: Book, tmp_path: Path) -> None:
    folder = written(contoso, tmp_path / "fixes")
    for number, one in enumerate(contoso.repairs, 1):
        given = {setting.name: f"my {setting.name}" for setting in one.repair.settings if not setting.value}
        known = given | {setting.name: setting.value for setting in one.repair.settings if setting.value}
        code, calls, said = run(folder / contoso.folder(number) / "run.sh", tmp_path, **given)
        assert code == 0, said
        wanted = [
            [known[word.name] if isinstance(word, Setting) else word for word in step.words[1:]]
            for step in one.repair.steps
        ]
        loop = one.repair.loop
        for each in loop.lines if loop is not None else ():
            assert loop is not None
            words = {**known, EACH.name: each}
            wanted.append([words[word.name] if isinstance(word, Setting) else word for word in loop.words[1:]])
        if wanted:
            assert calls == wanted
        assert calls, "it does something"


def test_a_script_with_something_to_set_stops_before_it_does_anything(contoso: Book, tmp_path: Path) -> None:
    folder = written(contoso, tmp_path / "fixes")
    asking = [
        number
        for number, one in enumerate(contoso.repairs, 1)
        if any(not setting.value for setting in one.repair.settings)
    ]
    assert asking
    for number in asking:
        code, calls, said = run(folder / contoso.folder(number) / "run.sh", tmp_path)
        assert (code, calls) == (2, [])
        assert contoso.repairs[number - 1].repair.settings[0].name in said


def test_a_guest_script_comes_whole_with_what_it_is_told_of_each_machine(contoso: Book, tmp_path: Path) -> None:
    folder = written(contoso, tmp_path / "fixes")
    (number,) = [at for at, one in enumerate(contoso.repairs, 1) if one.repair.name == "dhcp"]
    _, calls, _ = run(folder / contoso.folder(number) / "run.sh", tmp_path)
    (call,) = [call for call in calls if call[:3] == ["vm", "run-command", "invoke"]]
    assert call[call.index("--parameters") + 1] == "alias=Ethernet"
    assert call[call.index("--scripts") + 1].startswith("param([Parameter(Mandatory)][string]$alias)\n$Error")


FAILING_AZ = (
    FAKE_AZ
    + """case "$*" in *app01*) exit 1 ;; esac
"""
)


def test_where_one_machine_fails_the_others_are_looked_to_and_it_is_named(
    contoso: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(contoso, tmp_path / "fixes")
    (number,) = [at for at, one in enumerate(contoso.repairs, 1) if "app01" in str(one.repair.loop)]
    given = {setting.name: "x" for setting in contoso.repairs[number - 1].repair.settings}
    script = folder / contoso.folder(number) / "run.sh"
    list_of = script.with_name("vms.txt")
    assert [line.rsplit("/", 1)[-1] for line in list_of.read_text("utf-8").splitlines()] == ["app01", "sapdb02"]
    monkeypatch.setattr("tests.repairs.test_scripts.FAKE_AZ", FAILING_AZ)
    code, calls, said = run(script, tmp_path, **given)
    assert code == 1
    assert [call[call.index("--vm") + 1].rsplit("/", 1)[-1] for call in calls] == ["app01", "sapdb02"]
    assert said.startswith("failed: /subscriptions/") and said.endswith("/app01\n")
    list_of.write_text(list_of.read_text("utf-8").splitlines()[1], "utf-8")  # an editor that ends no last line
    code, calls, said = run(script, tmp_path, **given)
    assert (code, len(calls), said) == (0, 1, "")


def test_of_steps_of_several_machines_one_that_fails_stops_only_its_own(
    contoso: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(contoso, tmp_path / "fixes")
    (number,) = [at for at, one in enumerate(contoso.repairs, 1) if "extension-anew" in one.repair.name]
    monkeypatch.setattr("tests.repairs.test_scripts.FAKE_AZ", FAILING_AZ.replace("app01", "app03"))
    code, calls, said = run(folder / contoso.folder(number) / "run.sh", tmp_path)
    assert (code, said) == (1, "failed: app03\n")
    assert [call[:2] for call in calls] == [["vm", "extension"], ["vm", "extension"], ["backup", "protection"]]


def named(name: str) -> list[Row]:
    """A VM behind a group of that name, in a resource group of that name, which a rule of that name closes."""
    group = id_of("Microsoft.Network/networkSecurityGroups", name, name)
    return [vm(), nic(), vnet(subnet(group)), nsg(rule(name, 100, "Deny"), identity=group)]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_a_shell_would_obey_reach_az_as_they_are(name: str, tmp_path: Path) -> None:
    book = tell(Rows(named(name)), policies("outbound-to-storage"), OPTIONS)
    folder = written(book, tmp_path / "fixes")
    code, calls, said = run(folder / book.folder(1) / "run.sh", tmp_path)
    assert code == 0, said
    assert [call[:4] for call in calls] == [["network", "nsg", "rule", "update"], ["network", "nsg", "rule", "create"]]
    for call in calls:
        assert call[call.index("--nsg-name") + 1] == call[call.index("--resource-group") + 1] == name
    assert calls[0][calls[0].index("--name") + 1] == name
    assert not (tmp_path / "pwned").exists()
    if shutil.which("shellcheck"):
        done = subprocess.run(
            ["shellcheck", "--exclude=SC2016", str(folder / book.folder(1) / "run.sh")],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("name", ["-rf", "@/etc/passwd", "a\nrm -r x", "a\u202eb"])
def test_names_that_az_would_take_for_something_else_get_no_script(name: str, tmp_path: Path) -> None:
    book = tell(Rows(named(name)), policies("outbound-to-storage"), OPTIONS)
    assert not book.repairs
    assert "is none that Azure gives" in book.without[0].why
    assert written(book, tmp_path / "fixes").joinpath("README.md").is_file()


def test_the_same_rows_give_the_same_bytes_and_the_schema_holds(contoso: Book) -> None:
    from importlib.resources import files as resources

    import jsonschema

    assert files(book_of(CONTOSO)) == files(contoso)
    schema = json.loads(resources("scanner").joinpath("schemas/fixes.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(files(contoso)["fixes.json"])
    jsonschema.validate(document, schema)
    assert sorted(document["files"]) == sorted(files(contoso))
