"""snapready.waivers.yaml: what is missing or odd in it is told with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Command
from tests.config.conftest import CONTOSO

Write = Callable[[str], Path]
GOOD = """waivers:
  - policy: agent-version
    resource: "*/virtualMachines/web03"
    owner: team-web
    reason: it is replaced
    expires: 2026-12-31
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed("    owner: team-web\n", ""), "snapready.waivers.yaml:2:5: 'owner' is missing in waivers.0"),
        (changed("    reason: it is replaced\n", ""), "2:5: 'reason' is missing in waivers.0"),
        (changed("    expires: 2026-12-31\n", ""), "2:5: 'expires' is missing in waivers.0"),
        (changed("team-web", '"  "'), "4:12: waivers.0.owner: '  ' does not fit: some text, and not blanks alone"),
        (changed("2026-12-31", "2026-13-31"), "6:14: expires: '2026-13-31' is no day of the calendar"),
        (changed("2026-12-31", "31.12.2026"), "6:14: waivers.0.expires: '31.12.2026' does not fit: a day such as"),
        (changed("2026-12-31", "2026-12-31\n    created: 2027-01-01"), "6:14: it expires on 2026-12-31, before it was"),
        (changed("owner:", "ownr:"), "4:5: 'ownr' has no meaning here, did you mean 'owner'?"),
        (changed("waivers:", "waiver:"), "1:1: 'waiver' has no meaning here, did you mean 'waivers'?"),
        (changed("agent-version", "[]"), "waivers.0.policy"),
        (changed("agent-version", "7"), "2:13: "),
        (GOOD + GOOD.partition("\n")[2], "7:5: the same waiver stands at line 2"),
        ("", "the file is empty"),
    ],
)
def test_a_mistake_in_the_file_whose_place_is_not_told(
    snapready: Command, configured: Write, text: str, said: str
) -> None:
    folder = configured("waivers: {maximum: 900d}\n").parent
    (folder / "snapready.waivers.yaml").write_text(text, "utf-8")
    done = snapready("scan", str(CONTOSO))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_passed_over_or_looked_for_elsewhere(snapready: Command, configured: Write) -> None:
    folder = configured("gate: {fail-on: never}\n").parent
    (folder / "sub").mkdir()
    for place in (folder, folder / "sub"):
        (place / "snapready.waivers.yaml").write_text(GOOD.replace("team-web", place.name), "utf-8")
    (folder / "sub" / "gate.yaml").write_text("gate: {fail-on: never}\n", "utf-8")
    (folder / "own.yaml").write_text(GOOD.replace("team-web", "named"), "utf-8")
    assert f"by {folder.name}: it is replaced" in snapready("scan", str(CONTOSO)).out
    assert "by sub: it is replaced" in snapready("scan", str(CONTOSO), "--config", "sub/gate.yaml").out
    assert "by named: it is replaced" in snapready("scan", str(CONTOSO), "--waivers", "own.yaml").out
    assert "WAIVED" not in snapready("scan", str(CONTOSO), "--no-config").out
    (folder / "snapready.yaml").write_text("waivers: {file: sub/snapready.waivers.yaml}\n", "utf-8")
    assert "by sub: it is replaced" in snapready("scan", str(CONTOSO)).out
    (folder / "snapready.yaml").write_text("waivers: {file: gone.yaml}\n", "utf-8")
    done = snapready("scan", str(CONTOSO))
    assert (done.code, "snapready.yaml:1:17: there is no file gone.yaml" in done.err) == (2, True)


def test_a_snapshot_that_is_not_judged_as_it_was_when_it_is_read_again(snapready: Command, configured: Write) -> None:
    """Waivers are held to the time the rows were taken, not to the clock: the same file gives the same bytes."""
    folder = configured("gate: {}\n").parent
    (folder / "snapready.waivers.yaml").write_text(GOOD.replace("2026-12-31", "2026-11-22"), "utf-8")
    assert "WAIVED" in snapready("scan", str(CONTOSO)).out
    (folder / "snapready.waivers.yaml").write_text(GOOD.replace("2026-12-31", "2026-11-21"), "utf-8")
    assert "WAIVED" not in snapready("scan", str(CONTOSO)).out
