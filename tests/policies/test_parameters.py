"""Parameters of the built-in policies, as a user sets them: each changes a verdict of some case."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.policies import BUILT_IN
from scanner.rowtypes import BACKUP_ITEM, LOCK
from tests.cli.running import Command
from tests.rows import (
    daily,
    group_id,
    header,
    item,
    lock,
    metrics,
    policy,
    vault,
    vault_settings,
    vm,
    write,
)


@pytest.fixture
def snapready(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def results(snapready: Command, file: str | Path, name: str, *settings: str) -> list[dict[str, Any]]:
    given = [part for setting in settings for part in ("--set", f"{name}.{setting}")]
    done = snapready("scan", file, "--select", name, "--report", "json=-", *given)
    assert done.code in (0, 1, 3), done.err
    found: list[dict[str, Any]] = json.loads(done.out)["results"]
    return found


def case(policy_id: str, story: str) -> Path:
    return BUILT_IN / policy_id / "cases" / f"{story}.ndjson"


@pytest.mark.parametrize(
    ("name", "story", "settings", "verdict"),
    [
        ("load-headroom", "pass-three-of-eight-samples-are-busy", ["share=0.3"], "fail"),
        ("load-headroom", "fail-cpu-is-busy-in-half-of-the-samples", ["share=0.6"], "pass"),
        ("load-headroom", "fail-cpu-is-busy-in-half-of-the-samples", ["cpu=98"], "pass"),
        ("load-headroom", "fail-cpu-is-busy-in-half-of-the-samples", ["minutes=240"], "pass"),
        ("load-headroom", "pass-one-busy-quarter-of-an-hour-at-the-start", ["minutes=15"], "fail"),
        ("load-headroom", "fail-memory-is-nearly-used-up", ["memory=97"], "pass"),
        ("load-headroom", "fail-memory-is-nearly-used-up", ["memory=100"], "pass"),
        ("load-headroom", "unknown-memory-is-not-measured", ["memory=100"], "pass"),
        ("load-headroom", "unknown-cpu-is-not-measured", ["cpu=100", "memory=100"], "unknown"),
        ("load-headroom", "pass-calm-around-the-start", ["minutes=600"], "not-applicable"),
        ("protected", "not-applicable-a-tag-excuses-it", ["value=never"], "fail"),
        ("protected", "not-applicable-a-tag-excuses-it", ["tag=owner"], "fail"),
        ("protected", "fail-another-tag-says-none", ["tag=monitoring"], "not-applicable"),
        ("protected", "fail-the-tag-has-another-value", ["value=Daily"], "not-applicable"),
        ("protected", "fail-no-backup-item-names-it", ["tag="], "fail"),
        (
            "restore-point-lock",
            "fail-note-the-vms-own-resource-group-may-not-be-deleted-from",
            ["resource_group=false"],
            "pass",
        ),
        (
            "restore-point-lock",
            "fail-warning-the-vms-own-resource-group-is-read-only",
            ["resource_group=false"],
            "fail",
        ),
        ("restore-point-lock", "unknown-locks-were-not-collected", ["resource_group=false"], "unknown"),
        ("vault-soft-delete", "pass-enabled", ["accepted=AlwaysON"], "fail"),
        ("vault-soft-delete", "pass-always-on", ["days=31"], "fail"),
        ("vault-soft-delete", "pass-always-on", ["days=30"], "pass"),
        ("vault-soft-delete", "pass-enabled-and-the-days-are-not-told", ["days=15"], "unknown"),
        ("vault-immutability", "pass-unlocked", ["accepted=Locked"], "fail"),
        ("vault-redundancy", "pass-zone-redundant", ["accepted=GeoRedundant"], "fail"),
        ("vault-redundancy", "fail-locally-redundant", ["accepted=GeoRedundant,LocallyRedundant"], "pass"),
    ],
)
def test_a_parameter_that_changes_nothing(
    snapready: Command, name: str, story: str, settings: list[str], verdict: str
) -> None:
    assert {one["verdict"] for one in results(snapready, case(name, story), name, *settings)} == {verdict}


@pytest.mark.parametrize(
    ("locks", "severity"),
    [
        ([lock(group_id("AzureBackupRG_westeurope_1"))], "error"),
        ([lock(group_id("AzureBackupRG_westeurope_1"), "ReadOnly")], "error"),
        ([lock(group_id("rg-app"), "ReadOnly")], "warning"),
        ([lock(group_id("rg-app"))], "note"),
        ([lock(group_id("AzureBackupRG_westeurope_1"), "NotSpecified"), lock(group_id("rg-app"))], "note"),
        ([lock(group_id("rg-app")), lock(group_id("AzureBackupRG_westeurope_1"))], "error"),
    ],
)
def test_how_grave_a_lock_is(snapready: Command, tmp_path: Path, locks: list[Any], severity: str) -> None:
    rows = [vm(), item(), policy(), *locks]
    types = {row["type"] for row in rows}
    file = write(tmp_path / "fleet.ndjson", [header(rows, *sorted(types)), *rows])
    (found,) = results(snapready, file, "restore-point-lock")
    assert (found["verdict"], found["severity"]) == ("fail", severity)


def test_what_a_finding_on_load_tells(snapready: Command, tmp_path: Path) -> None:
    """Each start that fails, with how many samples."""
    busy = [10.0] * 56 + [95.0] * 8 + [10.0] * 8 + [99.0] * 7 + [10.0] * 25
    rows = [vm(), item(), policy(schedule=daily("13:00", "17:00")), metrics(busy, [50.0] * 104)]
    file = write(tmp_path / "fleet.ndjson", [header(rows, *sorted({row["type"] for row in rows[:3]})), *rows])
    (found,) = results(snapready, file, "load-headroom")
    assert found["reason"] == (
        "CPU was above 90% in 8 of 8 samples in the 120 minutes from the scheduled start at 2026-11-21 13:00Z;"
        " CPU was above 90% in 7 of 8 samples in the 120 minutes from the scheduled start at 2026-11-21 17:00Z"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "no backup item protects it, and no tag backup=none excuses it"),
        (
            {"state": "ProtectionStopped"},
            "its protection was stopped; the last backup is of 2026-11-21T21:03:32.148723Z",
        ),
        ({"isScheduledForDeferredDelete": True}, "its backup item is waiting to be deleted"),
    ],
)
def test_what_a_finding_on_protection_tells(
    snapready: Command, tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    rows = [vm(), *([item(**more)] if more else [])]
    types = (*{row["type"] for row in rows}, BACKUP_ITEM, LOCK)
    file = write(tmp_path / "fleet.ndjson", [header(rows, *sorted(set(types))), *rows])
    (found,) = results(snapready, file, "protected")
    assert found["reason"].endswith(said)


def test_a_vm_that_is_not_protected_fails_nothing_else(snapready: Command, tmp_path: Path) -> None:
    """However bad it is: only that it is not protected is said of it."""
    far = vault(location="eastus")
    far["properties"] = vault_settings()
    rows = [
        vm(power="stopped", provisioning="Failed", profile={"allowExtensionOperations": False}),
        policy(schedule=daily("21:00")),
        far,
        lock(group_id("rg-app"), "ReadOnly"),
        metrics([99.0] * 104, [1.0] * 104),
    ]
    types = ({row["type"] for row in rows} | {BACKUP_ITEM}) - {"snapready/metrics"}
    file = write(tmp_path / "fleet.ndjson", [header(rows, *sorted(types)), *rows])
    done = snapready("scan", file, "--report", "json=-")
    found = json.loads(done.out)["results"]
    assert {one["policy"] for one in found if one["resource"].endswith("/vm1") and one["verdict"] == "fail"} == {
        "protected"
    }
