"""What the documentation claims is so: reference pages, links, commands."""

import re
import shlex
from pathlib import Path

import pytest

from scanner.cli import main
from scanner.reference import PAGES

ROOT = Path(__file__).parent.parent
DOCS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.name)
def test_files_named_in_the_text_are_there(page: Path) -> None:
    for name in re.findall(
        r"`((?:scanner|policies|tests|docs|examples|benchmarks)/[\w./-]+\.\w+)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def commands() -> list[str]:
    """Every `snapready …` line of a shell block that reads the example fleet or no file at all."""
    found = []
    for page in DOCS:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            found += [line.strip() for line in block.splitlines() if line.startswith("snapready ")]
    return sorted({line for line in found if "examples/" in line or line.split()[1] in ("policies", "query")})


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_documentation_runs(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = shlex.split(line.split(" #")[0].split(" >")[0].split(" |")[0])[1:]
    code = main(arguments)
    shown = capsys.readouterr()
    assert code in (0, 1), shown.err
    assert shown.out


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
