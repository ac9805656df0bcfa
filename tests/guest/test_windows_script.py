"""The Windows script, as far as it can be held to anything without a Windows: its grammar, and all that it calls."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from scanner.ingest.outputs import outputs_in
from scanner.ingest.told import Told
from scanner.sources.stream import opened
from tests.guest.machine import PACKAGE, SCHEMA

SCRIPT = PACKAGE / "guest" / "windows.ps1"
PRINTED = Path(__file__).with_name("windows.json")
"""What the script prints, written by hand after the contract."""

READS = {
    "Get-NetIPInterface", "Get-NetAdapter", "Get-CimInstance", "Test-Path",
    "ForEach-Object", "Where-Object", "Select-Object", "New-Object", "ConvertTo-Json",
}  # fmt: skip
"""The commands that the script may run: they read, or only compute."""
METHODS = {
    "ToString", "OpenBaseKey", "OpenSubKey", "GetValueNames", "GetValue", "ToLowerInvariant", "GetVersionInfo",
    "GetString", "ToInt32", "Trim", "GetHostAddresses", "Contains", "Replace",
    "Start", "ReadToEndAsync", "WaitForExit", "Kill",  # of vssadmin list writers
    "BeginConnect", "WaitOne", "EndConnect", "Close",
}  # fmt: skip


def text() -> str:
    return SCRIPT.read_text("ascii")


@cache
def tree() -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(text().encode()).root_node


def nodes(kind: str, within: Node | None = None) -> Iterator[Node]:
    top = within or tree()
    if top.type == kind:
        yield top
    for child in top.children:
        yield from nodes(kind, child)


def words(kind: str) -> set[str]:
    return {(node.text or b"").decode() for node in nodes(kind)}


def test_the_script_is_no_powershell() -> None:
    assert not tree().has_error
    assert len(list(nodes("script_block_expression"))) > 8
    broken = Parser(Language(tree_sitter_powershell.language())).parse(text().replace("}", "", 1).encode())
    assert broken.root_node.has_error


def test_the_script_is_not_plain_ascii_or_uses_what_windows_powershell_lacks() -> None:
    assert "\r" not in text()
    for newer in (" ?? ", "?.", " && ", " || ", "-AsHashtable", "-Parallel", "-EscapeHandling", "clean {"):
        assert newer not in text(), newer


def test_the_script_runs_a_command_that_does_more_than_read() -> None:
    own = {(node.text or b"").decode() for node in nodes("function_name")}
    assert own == {"Add-Part", "Open-Key"}
    assert words("command_name") - own == READS


def test_the_script_calls_a_method_that_does_more_than_read() -> None:
    called = set()
    for node in nodes("invokation_expression"):
        called |= {(name.text or b"").decode() for name in node.children if name.type == "member_name"}
    assert called == METHODS


def test_the_script_writes_to_a_file_or_sets_a_key() -> None:
    assert not list(nodes("redirection"))
    for word in ("Set-", "Remove-", "Out-File", "SetValue", "CreateSubKey", "DeleteValue", "Invoke-", "Start-", "iex"):
        assert word not in text(), word
    assert re.findall(r"OpenSubKey\(([^)]*)\)", text()) == ["$Path"], "no second argument, which may ask to write"


def test_the_script_starts_another_program() -> None:
    assert re.findall(r"\w+\.exe", re.sub(r"(?m)#.*$", "", text())) == ["vssadmin.exe"]
    assert "'list writers'" in text()
    assert not list(nodes("command_invokation_operator")) or words("command_invokation_operator") == {"&"}
    assert text().count("& $") == 1, "only the parts themselves are called"


def test_the_script_connects_elsewhere() -> None:
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", text())) == {"168.63.129.16"}
    assert "foreach ($port in 80, 32526)" in text()
    assert not re.search(r"WebClient|HttpClient|WebRequest|https?://\w", text())


def test_the_printed_example_is_not_of_the_schemas_shape() -> None:
    facts = json.loads(PRINTED.read_text("ascii"))
    jsonschema.validate({"type": "snapready/guestFacts", "id": "/x/guestFacts", "properties": facts}, SCHEMA)
    assert len(PRINTED.read_bytes()) < 3000, "Run Command keeps 4,096 bytes"


def test_the_script_and_its_printed_example_tell_different_parts() -> None:
    facts = json.loads(PRINTED.read_text("ascii"))
    assert ["collectedAt", *re.findall(r"(?m)^Add-Part '(\w+)'", text())] == list(facts)
    listed = re.search(r"\$names = (.*)", text())
    assert listed
    assert re.findall(r"'(\w+)'", listed[1]) == list(facts["services"])
    assert re.findall(r"'(HKLM[^']*)'", text()) == list(facts["registry"])


def test_ingest_does_not_read_what_the_script_prints() -> None:
    with opened(str(PRINTED)) as stream:
        (told,) = outputs_in(stream)
    assert isinstance(told, Told)
    assert told.facts == json.loads(PRINTED.read_text("ascii"))


# ---- the patterns in it, which mean the same to .NET and to Python, on what Windows prints ----


def pattern(part: str) -> re.Pattern[str]:
    (found,) = [each for each in re.findall(r"-match '([^']+)'", text()) if part in each]
    return re.compile(found.replace("(?<", "(?P<"))


ENGLISH = """vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool
(C) Copyright 2001-2013 Microsoft Corp.

Writer name: 'Task Scheduler Writer'
   Writer Id: {d61d61c8-d73a-4eee-8cdd-f6f9786b7124}
   Writer Instance Id: {1bddd48e-5052-49db-9b07-b96f96727e6b}
   State: [1] Stable
   Last error: No error

Writer name: 'MSMQ Writer (MSMQ)'
   Writer Id: {7e47b561-971a-46e6-96b9-696eeaa53b2a}
   Writer Instance Id: {1bddd48e-5052-49db-9b07-b96f96727e6c}
   State: [8] Failed
   Last error: Timed out
"""
POLISH = (
    ENGLISH.replace("Writer name", "Nazwa modulu zapisujacego").replace("State", "Stan").replace("Stable", "Stabilne")
)
JAPANESE = ENGLISH.replace("Writer name: ", "\u30e9\u30a4\u30bf\u30fc\u540d\uff1a").replace("State", "\u72b6\u614b")
FRENCH = (
    ENGLISH.replace("name: '", "name : \u00ab\u00a0").replace("'\n", "\u00a0\u00bb\n").replace("State:", "\u00c9tat :")
)


@pytest.mark.parametrize(
    "printed", [ENGLISH, POLISH, JAPANESE, FRENCH], ids=["english", "polish", "japanese", "french"]
)
def test_the_language_of_windows_hides_its_writers(printed: str) -> None:
    named, state = pattern("\\uFF1A"), pattern(r"\[(\d+)\]")
    quotes = "".join(
        chr(int(code, 16)) for code in re.findall(r"0x([0-9A-F]+)", re.findall(r"\$quotes = (.*)", text())[0])
    )
    found: dict[str, int] = {}
    name = ""
    for line in printed.split("\n"):
        if match := named.search(line):
            name = match[1].strip(quotes)
        elif name and (match := state.search(line)):
            found[name] = int(match[1])
            name = ""
    assert found == {"Task Scheduler Writer": 1, "MSMQ Writer (MSMQ)": 8}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("proxy.contoso.com:3128", ("proxy.contoso.com", "3128")),
        ("https=proxy.contoso.com:3128", ("proxy.contoso.com", "3128")),
        ("http://10.0.0.100:8080/", ("10.0.0.100", "8080")),
        ("[fd00::64]:8080", ("[fd00::64]", "8080")),
        ("joe:hunter2@proxy:3128", None),
        ("proxy.contoso.com", None),
        ("", None),
    ],
)
def test_a_proxy_is_read_wrongly(given: str, expected: tuple[str, str] | None) -> None:
    found = pattern("(?<host>").search(given)
    assert (found and (found["host"], found["port"])) == expected


def test_the_path_of_the_agents_program_is_read_wrongly() -> None:
    found = pattern(r"\.exe")
    for path in (
        r"C:\WindowsAzure\GuestAgent_2.7.41491.1172_2024-11-14_012345\WaAppAgent.exe",
        r"C:\W A\WaAppAgent.exe",
    ):
        for shown in (path, f'"{path}"', f'"{path}" -x "a.exe"', f"{path} -x"):
            match: Any = found.search(shown)
            assert match[1] == path
