"""What the documentation claims is so: reference pages, links, commands."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.cli import main
from scanner.reference import PAGES

ROOT = Path(__file__).parent.parent
DOCS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
TUTORIAL = ROOT / "docs" / "tutorial.md"
"""Followed by a test of its own, in a folder of its own."""
STORIES = ROOT / "examples" / "pull-request" / "README.md"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", [*DOCS, STORIES], ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", [page for page in DOCS if page != TUTORIAL], ids=lambda path: path.name)
def test_files_named_in_the_text_are_there(page: Path) -> None:
    for name in re.findall(
        r"`((?:scanner|policies|tests|docs|examples|benchmarks)/[\w./-]+\.\w+)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def commands() -> list[str]:
    """Every `snapready …` line of a shell block that reads the example fleet or no file at all."""
    found = []
    for page in DOCS:
        if page == TUTORIAL:
            continue
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            found += [line.strip() for line in lines if line.startswith("snapready ")]
    return sorted({line for line in found if "examples/" in line or line.split()[1] in ("policies", "query")})


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_documentation_runs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    given = shlex.split(line.split(" #")[0].split(" >")[0].split(" |")[0])[1:]
    files = re.findall(r" --report \S+=([^\s-]\S*)", line)
    arguments = [
        re.sub(rf"^([a-z-]+=)({'|'.join(map(re.escape, files))})$", rf"\1{tmp_path}/\2", each) for each in given
    ]
    outputs = [name for option, name in pairwise(given) if option == "-o"]
    if outputs:
        given = [str(tmp_path / one) if one in outputs else one for one in given]
    code = main(arguments if files else given)
    shown = capsys.readouterr()
    assert code in (0, 1), shown.err
    assert shown.out or files
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*files, *outputs])


def test_the_readme_shows_what_the_demo_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scan", "examples/contoso"]) == 1
    report = capsys.readouterr().out
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert shown, "the README shows a report after <!-- demo -->"
    for part in shown[1].split("…\n"):
        assert part.strip("\n") in report, f"not what the demo prints: {part}"


def test_the_readme_shows_what_a_change_does_to_a_machine_that_it_does_not_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "README.md").read_text("utf-8")
    shown = re.search(r"<!-- change -->\n```sh\n(.*?)```.*?```\n(.*?)```", page, re.DOTALL)
    assert shown, "the README shows two commands after <!-- change -->, and what the last one prints"
    lines = [line for line in shown[1].replace("\\\n", " ").splitlines() if line]
    assert len(lines) == 2
    assert main(shlex.split(lines[-1].split("  #")[0])[1:]) == 1
    report = capsys.readouterr().out
    for part in shown[2].split("…\n"):
        assert part.strip("\n") in report, f"not what the command prints: {part}"
