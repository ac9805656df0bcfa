"""The example fleet's ways out: what its owners declare settles what rows leave open, and only until it expires."""

import json
from pathlib import Path

import pytest

from tests.cli.running import Command
from tests.examples.test_contoso import CONTOSO

CONFIG = str(CONTOSO / "snapready.yaml")


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def reasons(snapready: Command, folder: Path, *options: str) -> dict[tuple[str, str], tuple[str, str]]:
    """(VM, policy) → verdict and reason, of the VMs that show one way out each."""
    file = folder / "results.json"
    snapready("scan", str(CONTOSO), "--report", f"json={file}", "--evidence", "all", *options)
    found = json.loads(file.read_text("utf-8"))["results"]
    own = [one for one in found if "/rg-data/" in one["resource"].lower()]
    return {(one["resource"].rsplit("/", 1)[-1], one["policy"]): (one["verdict"], one["reason"]) for one in own}


def test_a_declaration_that_settles_nothing_or_more_than_it_says(snapready: Command, tmp_path: Path) -> None:
    before = reasons(snapready, tmp_path, "--no-config")
    after = reasons(snapready, tmp_path, "--config", CONFIG)
    changed = {key: (before[key][0], after[key][0]) for key in before if before[key][0] != after[key][0]}
    assert changed == {
        ("spoke01", "outbound-to-storage"): ("unknown", "pass"),
        ("spoke01", "proxy-usable"): ("unknown", "not-applicable"),
        ("spoke03", "outbound-to-storage"): ("fail", "pass"),
        ("spoke03", "proxy-usable"): ("unknown", "pass"),
    }
    verdict, reason = after["spoke02", "outbound-to-storage"]
    assert verdict == "unknown"
    assert "what network team, net@contoso.com declared of it expired on 2026-06-01" in reason


def test_evidence_of_a_declaration_that_does_not_say_whose_it_is(snapready: Command, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    snapready("scan", str(CONTOSO), "--report", f"json={file}", "--evidence", "all", "--config", CONFIG)
    found = json.loads(file.read_text("utf-8"))["results"]
    (passed,) = [
        one for one in found if one["resource"].endswith("/spoke01") and one["policy"] == "outbound-to-storage"
    ]
    (told,) = [piece for piece in passed["evidence"] if piece["fact"] == "can_reach(Storage, 443)"]
    assert ", declared, service tags" in told["source"]
    said = " ".join(told["value"])
    for part in ("10.60.4.4:49152", "network team, net@contoso.com", "2026-09-01", "2027-03-01", "afwp-hub-weu"):
        assert part in said


@pytest.mark.parametrize(
    ("vm", "said"),
    [
        ("hana01", "no way out: subnet snet-closed is private"),
        ("hana02", "out by NAT gateway nat-data"),
        ("hana03", "private endpoint pe-rsv-prod-weu"),
        ("cut01", "rt-cut route nowhere (0.0.0.0/0) on subnet snet-cut drops it"),
        ("spoke01", "10.0.3.4 lets it on: declared by network team, net@contoso.com on 2026-09-01"),
        ("spoke02", "expired on 2026-06-01"),
        ("spoke03", "rules that can never match: AllowStorage (300) behind DenyInternet (200)"),
        ("dns01", "nsg-dns on subnet snet-dns: DenyAzureDns (100) drops it"),
    ],
)
def test_an_explanation_that_does_not_show_the_way(snapready: Command, vm: str, said: str) -> None:
    done = snapready("explain", vm, str(CONTOSO), "--config", CONFIG, "--full")
    assert said in " ".join(done.out.split())
