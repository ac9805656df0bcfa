"""Names that mean something elsewhere, names that break patterns, and rows of no shape at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.mask import Mask
from scanner.model import Row
from scanner.scan import Options, scan
from scanner.sources.snapshot import Files
from tests.mask.material import KEY, NOW, mask_of, masked, said, scanned, told
from tests.material import policies
from tests.rows import (
    REGISTRY_KEY,
    SUBSCRIPTION,
    guest,
    id_of,
    item,
    item_id,
    nic,
    policy,
    profile,
    row,
    view,
    vm_id,
    write,
)
from tests.rows import vm as vm_row

NAMES = (
    *("tcp", "Storage", "linux", "Windows", "a", "utc", "internet", "default", "Daily", "Succeeded", "running", "True"),
    *(
        "virtualMachines",
        "providers",
        "subscriptions",
        "resourceGroups",
        "microsoft.compute",
        "snapready",
        "instanceView",
    ),
    *("iaasvmcontainerv2", "vm", "azure", "a;b", "iaasvmcontainerv2;x;y", "two words", "Übergröße", "İstanbul", "日本"),
    *(r"a.*b", "(rg)", "[x]", "a|b", "a?b#c", "$(id)", "\\d+", "50%25", "%2Fx", "..", "-", "name-0123456789ab", "vm-1"),
    *("10.0.0.4", "443", "2026", "x" * 300, "\ud800", "' or ''='", "{}", "null", "\u202eevil", "e\u0301"),
)


def fleet(name: str) -> list[Row]:
    """One VM and all around it, everything named the same."""
    one = vm_id(name, name)
    interface = id_of("Microsoft.Network/networkInterfaces", name, name)
    network = id_of("Microsoft.Network/virtualNetworks", name, name)
    group = id_of("Microsoft.Network/networkSecurityGroups", name, name)
    rule = {"access": "Deny", "direction": "Outbound", "priority": 100, "protocol": "Tcp", "sourcePortRange": "*"}
    sides = {"sourceAddressPrefix": "*", "destinationAddressPrefix": "Internet", "destinationPortRange": "443"}
    config = {"privateIPAddress": "10.0.0.4", "primary": True, "subnet": {"id": f"{network}/subnets/{name}"}}
    subnet = {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": group}}
    return [
        vm_row(one, nics=[interface], profile={**profile(), "computerName": name}, tags={"backup-group": name}),
        row(
            "microsoft.network/networkinterfaces",
            interface,
            {"ipConfigurations": [{"name": name, "properties": config}]},
        ),
        row(
            "microsoft.network/networksecuritygroups",
            group,
            {"securityRules": [{"name": name, "properties": rule | sides}]},
        ),
        row(
            "microsoft.network/virtualnetworks",
            network,
            {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                "subnets": [{"name": name, "id": f"{network}/subnets/{name}", "properties": subnet}],
            },
        ),
        item(one, naming="", named=f"iaasvmcontainerv2;{name};{name}"),
        policy(zone="UTC", schedule={"scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2024-03-12T19:00:00Z"]}),
        view("2.7.41491.1183", one),
        guest(
            one,
            interfaces=[{"name": name, "dhcp": True}],
            registry={REGISTRY_KEY: {"USEVSSCOPYBACKUP": "TRUE", name: name}},
            services={name: {"status": "running"}},
            proxy={"host": "10.0.0.9", "port": 80, "authenticated": True},
        ),
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "\ud800"])
def test_a_name_that_changes_a_verdict(name: str, tmp_path: Path) -> None:
    rows = fleet(name)
    mask = mask_of(rows)
    plain = scan(Files([write(tmp_path / "plain.ndjson", rows)]), list(policies().values()), Options(now=NOW))
    hidden = scanned({"masked": masked(mask, rows)}, tmp_path, policies().values())
    assert told(hidden) == told(plain, mask)
    assert said(hidden) == said(plain)
    if ";" in name:  # of no backup item can be told that it is of such a VM
        return
    verdicts = {policy: verdict for (policy, _), (verdict, *_) in told(hidden).items()}
    assert verdicts["agent-version"] == "pass"
    assert verdicts["outbound-to-storage"] == "fail"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_stays(name: str) -> None:
    mask = mask_of(fleet(name))
    one = mask.row(fleet(name)[0])
    assert one["name"] != name
    assert one["resourceGroup"] != name
    assert one["properties"]["osProfile"]["computerName"] != name
    assert one["id"].split("/")[4] == one["resourceGroup"]
    assert mask.row(fleet(name)[5])["properties"] == fleet(name)[5]["properties"]
    seen = mask.row(fleet(name)[7])["properties"]
    assert seen == fleet(name)[7]["properties"]


def test_a_name_of_a_backup_item_that_joins_another_vm() -> None:
    for name in ("web01", "WEB01", "a.*b", "two words", "Storage"):
        mask = Mask(KEY)
        hidden = mask.row({"id": item_id(f"iaasvmcontainerv2;RG-App;{name}"), "type": "x"})["id"]
        one = mask.row({"id": vm_id(name, "rg-app"), "type": "x"})["id"].split("/")
        assert hidden.endswith(f"/protectedItems/VM;iaasvmcontainerv2;{one[4]};{one[-1]}")
        assert f"/protectionContainers/IaasVMContainer;iaasvmcontainerv2;{one[4]};{one[-1]}/" in hidden


def deep(levels: int) -> Any:
    value: Any = {"computerName": "secret-name"}
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"id": 1, "type": 2},
        {"id": "", "type": "", "name": ""},
        {"id": None, "name": ["web01"], "tags": ["web01"], "properties": []},
        {"id": "web01", "type": "x", "tags": "web01", "properties": "web01", "resourceGroup": {"name": "web01"}},
        {"id": "/subscriptions", "type": "x"},
        {"id": "/subscriptions//resourceGroups//providers//", "type": "x/y", "sku": "web01", "identity": [[]]},
        {"id": "///", "type": "snapready/guestfacts", "properties": {"proxy": ["a"], "registry": 1}},
        {"id": vm_id(), "type": "snapready/servicetags", "properties": None, "tags": {"a": {"b": ["c"], "d": 1}}},
        {"id": vm_id(), "type": "x", "properties": {"name": 1, "uri": "://", "host": ":", "url": "http://[", "n": 1.5}},
        {"id": vm_id(), "type": "x", "tags": {"a": None, "b": 1, "c": ""}, "Name": "web01", "subscriptionId": 3},
    ],
)
def test_a_row_of_no_shape(odd: Row) -> None:
    mask = mask_of([odd])
    found = mask.row(odd)
    assert list(found) == list(odd)
    assert json.dumps(found) == json.dumps(mask.row(odd))


def test_a_row_that_is_nested_too_deeply_keeps_nothing_that_was_not_read() -> None:
    one = {"id": vm_id("web01"), "type": "x", "name": "web01", "properties": deep(900)}
    mask = mask_of([one])
    found = mask.row(one)
    assert found["id"].startswith("/subscriptions/")
    assert "secret-name" not in json.dumps(found)
    assert SUBSCRIPTION not in json.dumps(found)


def test_a_long_text_takes_no_time() -> None:
    mask = Mask(KEY)
    mask.learn_names(["a-a-a-a-b", "web 01"])
    for text in (
        "a-" * 100_000,
        "a." * 100_000,
        "/subscriptions/" * 20_000,
        "a@" * 50_000,
        "((" * 50_000,
        "%" * 100_000,
    ):
        assert isinstance(mask.text(text), str)


def test_a_key_that_is_none() -> None:
    with pytest.raises(ValueError, match="key"):
        Mask(b"")


def test_a_nic_without_an_id_beside_its_name() -> None:
    mask = Mask(KEY)
    assert mask.row({**nic(), "id": "?"})["name"].startswith("nic-")
