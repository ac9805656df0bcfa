"""Service tags: what is bundled is Microsoft's list, packed and read again; what a user gives wins."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import main
from scanner.network import pack
from scanner.network.intervals import LAST, normal, size, subtraction
from scanner.network.tags import bundled, cloud_named, cloud_of_region, given
from tests.network.build import DENY_INTERNET, behind, rule, service_tags
from tests.rows import write

PUBLIC: dict[str, Any] = {
    "changeNumber": 376,
    "cloud": "Public",
    "values": [
        {"name": "Storage.WestEurope", "properties": {"addressPrefixes": ["20.60.0.0/24", "20.60.1.0/24", "::/64"]}},
        {"name": "Only.Six", "properties": {"addressPrefixes": ["2603:1030::/32"]}},
    ],
}


def test_the_bundled_list_is_the_one_it_says() -> None:
    tags = bundled()
    assert (tags.cloud, tags.change, tags.date, len(tags.prefixes)) == ("public", 376, "2025-11-17", 3041)
    sizes = {"storage": 498_017, "azureactivedirectory": 56_820, "azurebackup": 19_810, "azurecloud": 47_855_694}
    assert {name: size(tags.ranges(name) or ()) for name in sizes} == sizes


def test_azurecloud_does_not_hold_all_of_storage() -> None:
    cloud = bundled().ranges("azurecloud") or ()
    assert size(subtraction(bundled().ranges("storage") or (), cloud)) == 55_872
    assert size(subtraction(bundled().ranges("azureactivedirectory") or (), cloud)) == 8_288


def test_a_regional_tag_lies_within_the_tag_of_all_regions() -> None:
    tags = bundled()
    whole = tags.ranges("storage") or ()
    regional = [name for name in tags.prefixes if name.startswith("storage.")]
    assert len(regional) == 71
    assert all(not subtraction(tags.ranges(name) or (), whole) for name in regional)


def test_every_tag_of_the_bundled_list_can_be_read() -> None:
    tags = bundled()
    for name in tags.prefixes:
        ranges = tags.ranges(name)
        assert ranges is not None
        assert ranges == normal(ranges)
        assert all(0 <= low <= high <= LAST for low, high in ranges)


def test_what_is_packed_is_unpacked_again() -> None:
    dice = random.Random(85)
    assert pack.unpacked(pack.packed(())) == ()
    for _ in range(300):
        lengths = [dice.randint(0, 32) for _ in range(dice.randrange(9))]
        lows = [(dice.randrange(2**32) >> 32 - length << 32 - length, length) for length in lengths]
        prefixes = {(low, low + (1 << 32 - length) - 1) for low, length in lows}
        assert pack.unpacked(pack.packed(prefixes)) == tuple(sorted(prefixes))
    assert pack.unpacked(pack.packed(((0, LAST),))) == ((0, LAST),)


def test_the_table_is_made_from_the_public_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ServiceTags_Public_20251117.json"
    file.write_text(json.dumps(PUBLIC), "utf-8-sig")
    pack.main([str(file)])
    made = json.loads(capsys.readouterr().out)
    assert (made["changeNumber"], made["cloud"], made["date"]) == (376, "Public", "2025-11-17")
    assert len(pack.unpacked(made["tags"]["Storage.WestEurope"])) == 2
    assert pack.unpacked(made["tags"]["Only.Six"]) == ()
    nameless = tmp_path / "tags.json"
    nameless.write_text(json.dumps(PUBLIC), "utf-8")
    with pytest.raises(SystemExit, match="date"):
        pack.main([str(nameless)])
    broken = {**PUBLIC, "values": [{"name": "X", "properties": {"addressPrefixes": ["10.0.0.0/40"]}}]}
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/40"):
        pack.table(broken, "2025-11-17")


def test_clouds_by_their_regions_and_their_names() -> None:
    regions = {"westeurope": "public", "usgovvirginia": "government", "usdodeast": "government", "chinanorth3": "china"}
    assert {region: cloud_of_region(region) for region in regions} == regions
    names = {"Public": "public", "AzureGovernment": "government", "AzureChinaCloud": "china", "USNat": "usnat"}
    assert {name: cloud_named(name) for name in names} == names


def test_a_list_that_is_older_than_ninety_days_says_so() -> None:
    tags = given(PUBLIC, "2026-08-24")
    assert tags
    assert tags.said("2026-11-22") == "service tags 376 of 2026-08-24"
    assert tags.said("2026-11-23") == "service tags 376 of 2026-08-24, 91 days old"
    undated = given({**PUBLIC, "changeNumber": "x"})
    assert undated
    assert undated.said("2026-11-22") == "service tags"


SOME = rule("AllowSome", 100, "Allow", ["20.60.0.0/24"], "443")


def scanned(tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    rows = [*behind(SOME, DENY_INTERNET), service_tags(Storage_westeurope=["20.60.0.0/22"])]
    file = write(tmp_path / "rows.ndjson", rows)
    main(["scan", file, "--select", "outbound-to-storage", "--taken-at", "2026-11-22T01:00:00Z", *options])
    shown = capsys.readouterr()
    return " ".join((shown.out + shown.err).split())


def test_the_option_wins_over_the_rows_and_both_over_what_is_bundled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "75% of Storage.westeurope" in scanned(tmp_path, capsys)
    file = tmp_path / "ServiceTags_Public_20261102.json"
    file.write_text(json.dumps(PUBLIC), "utf-8")
    shown = scanned(tmp_path, capsys, "--service-tags", str(file))
    assert "50% of Storage.WestEurope, e.g. 20.60.1.1 (service tags 376 of 2026-11-02)" in shown


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"values": []}', "[" * 100_000])
def test_an_option_that_names_no_service_tags(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tags.json"
    file.write_text(text, "utf-8")
    rows = write(tmp_path / "rows.ndjson", behind())
    for given_file in (str(file), str(tmp_path / "none.json"), str(tmp_path)):
        assert main(["scan", rows, "--service-tags", given_file]) == 2
        assert "--service-tags" in capsys.readouterr().err
