"""What the pages on configuration, waivers and baselines show is what the commands print."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.running import Command

ROOT = Path(__file__).parents[2]
PAGES = ("configuration.md", "waivers.md", "baseline.md")
SHOWN = [
    (page, *found)
    for page in PAGES
    for found in re.findall(
        r"<!-- shows -->\n```sh\n(.*?)\n```\n\n```\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL
    )
]


@pytest.mark.parametrize(("page", "command", "shown"), SHOWN)
def test_a_page_shows_other_than_what_the_command_prints(
    page: str, command: str, shown: str, snapready: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    out = " ".join(snapready(*shlex.split(command)[1:]).out.split())
    for part in shown.split("…\n"):
        assert " ".join(part.split()) in out, f"{page} shows what is not printed: {part}"


def test_a_page_without_anything_that_is_shown() -> None:
    assert {page for page, *_ in SHOWN} == set(PAGES)


def test_the_configuration_on_the_page_that_is_not_valid() -> None:
    from scanner.authored import held

    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block
    held(block[1], "docs/configuration.md", "config", "the page")
    waivers = (ROOT / "docs" / "waivers.md").read_text("utf-8")
    one, other = re.findall(r"```yaml\n(.*?)```", waivers, re.DOTALL)
    held(one, "docs/waivers.md", "waivers", "the page")
    held(other, "docs/waivers.md", "config", "the page")


def test_a_setting_that_the_page_does_not_name() -> None:
    import json

    from scanner.authored import schema_text

    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    for name in json.loads(schema_text("config"))["properties"]:
        assert re.search(rf"(?m)^{name}:|`{name}`", page), f"docs/configuration.md does not tell of {name}"
