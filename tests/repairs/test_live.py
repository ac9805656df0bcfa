"""Repairs of what runs: the rows they go by are asked for, whichever policies were chosen."""

from pathlib import Path

import pytest

from scanner.repairs.kinds import kinds
from tests.cli.running import Command
from tests.emulator import Emulator, load, taken_at
from tests.material import CONTOSO
from tests.repairs.making import LIBRARY, book_of, contoso, policies
from tests.repairs.test_folder import tree


@pytest.mark.parametrize("policy", ["protected", "outbound-to-storage", "guest-dhcp", "last-backup-recent"])
def test_one_policy_alone_gets_the_repairs_that_its_saved_rows_get(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, subscriptions = load(CONTOSO)
    snapready = Command(capsys)
    with Emulator(rows, subscriptions=subscriptions, quota=None, date=taken_at(CONTOSO)) as emulator:
        live = snapready("fix", "azure", "--endpoint", emulator.url, "--select", policy, "-o", tmp_path / "live")
    assert live.code == 0, live.err
    assert snapready("fix", CONTOSO, "--select", policy, "-o", tmp_path / "saved").code == 0
    one, other = tree(tmp_path / "live"), tree(tmp_path / "saved")
    assert one.keys() == other.keys()
    assert {name for name in one if one[name] != other[name]} <= {"fixes.json"}, "but for the name of the source"
    assert len(one) > 2, "there are repairs"


def test_a_repair_is_the_same_whichever_policies_were_chosen() -> None:
    whole = {
        kind: [
            (one.repair.title, one.repair.steps, one.repair.lines, one.repair.loop, one.repair.settings)
            for one in contoso().repairs
            if one.repair.kind == kind.replace("_", "-")
        ]
        for kind in kinds()
    }
    assert sum(map(bool, whole.values())) > 10
    for name, kind in kinds().items():
        alone = book_of(CONTOSO, by=policies(*(one for one in kind.policies if one in LIBRARY)))
        assert [
            (one.repair.title, one.repair.steps, one.repair.lines, one.repair.loop, one.repair.settings)
            for one in alone.repairs
        ] == whole[name]
