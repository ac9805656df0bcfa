"""The custom role of examples/ is enough for a live scan: an Azure that grants its actions, and refuses all else."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import main
from tests.emulator import Access, Emulator, load, taken_at

ROOT = Path(__file__).parent.parent
CONTOSO = ROOT / "examples" / "contoso"
ACTIONS: list[str] = json.loads((ROOT / "examples" / "custom-role.json").read_text("utf-8"))["Actions"]


@dataclass(slots=True)
class Granted(Access):
    """Somebody who has the role's actions, everywhere, and nothing else."""

    asked: set[str] = field(default_factory=set)

    def may(self, action: str, scope: str) -> bool:
        self.asked.add(action.lower())
        return action.lower() in {each.lower() for each in ACTIONS} and Access.may(self, action, scope)

    def permissions_at(self, _: str) -> list[dict[str, Any]]:
        return [{"actions": ACTIONS, "notActions": sorted(self.denied), "dataActions": [], "notDataActions": []}]


Verdicts = dict[tuple[str, str], str]


def scan(access: Access, capsys: pytest.CaptureFixture[str]) -> tuple[int, Verdicts, str]:
    """The exit code, the verdicts, and all that was said."""
    rows, subscriptions = load(CONTOSO)
    with Emulator(rows, subscriptions=subscriptions, access=access, date=taken_at(CONTOSO), quota=None) as azure:
        code = main(["scan", "azure", "--endpoint", azure.url, "--report", "json=-"])
    captured = capsys.readouterr()
    results = json.loads(captured.out)["results"] if captured.out else []
    found = {(each["policy"], each["resource"]): each["verdict"] for each in results}
    return code, found, captured.out + captured.err


def test_a_live_scan_needs_more_than_the_role(capsys: pytest.CaptureFixture[str]) -> None:
    access = Granted()
    code, found, told = scan(access, capsys)
    assert code == 1, told
    assert found == scan(Access(), capsys)[1]
    assert len(access.asked) > 3
    assert access.asked <= {each.lower() for each in ACTIONS}


@pytest.mark.parametrize("kind", ["instanceView", "runCommands", "extensions", "protectedItems", "networkInterfaces"])
def test_a_right_less_passes_for_all_is_well(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    (action,) = [each for each in ACTIONS if each.endswith(f"/{kind}/read")]
    _, whole, _ = scan(Granted(), capsys)
    _, found, told = scan(Granted(denied={action}), capsys)
    assert action.lower() in told.lower() or kind == "runCommands", "what is missing is named"
    better = {one: (whole[one], found[one]) for one in whole if whole[one] != found[one] == "pass"}
    assert {before for before, _ in better.values()} <= {"not-applicable"}, better
    assert found != whole or kind == "extensions"
