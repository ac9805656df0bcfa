"""No secret anywhere: seeded in everything Azure may send, and looked for in everything that is written or said."""

import gzip
import json
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.live import Live
from scanner.model import SnapreadyError
from scanner.reports import formats
from scanner.sources.azure.signin import Identity
from tests.azure.world import Cloud, emulator, fault, tenant
from tests.cli.running import Command
from tests.emulator import Access, Faults
from tests.emulator.wire import Reply, Request
from tests.rows import extension, guest, vm, vm_id

SAS = "https://store.blob.core.windows.net/c/{}?sv=2022-11-02&sr=b&sp=rw&sig={}%3D&se=2026-12-01"
SECRETS = [f"S3cr3t{number:02}xyzzyplugh" for number in range(24)]
TOKEN = f"eyJ{SECRETS[0]}.eyJ{SECRETS[0]}.{SECRETS[0]}"


def seeded() -> list[Any]:
    secrets = iter(SECRETS[1:])

    def secret() -> str:
        return next(secrets)

    rows = tenant()
    machine = vm(vm_id("vm0"))
    machine["properties"] |= {
        "userData": secret(),
        "osProfile": {"adminPassword": secret(), "customData": secret(), "secrets": [{"vaultCertificates": secret()}]},
        "diagnosticsProfile": {"bootDiagnostics": {"storageUri": SAS.format("boot", secret())}},
    }
    machine["properties"]["storageProfile"]["dataDisks"] = [{"vhd": {"uri": SAS.format("d.vhd", secret())}}]
    machine["tags"] = {
        "note": f"DefaultEndpointsProtocol=https;ACCOUNTKEY={secret()};x",
        "pipe": SAS.format("t", secret()),
    }
    script = extension(vm_id("vm0"), "Microsoft.Compute", "CustomScriptExtension")
    script["properties"] |= {
        "settings": {"fileUris": [SAS.format("s.ps1", secret())], "commandToExecute": f"run --password {secret()}"},
        "protectedSettings": {"storageAccountKey": secret()},
        "protectedSettingsFromKeyVault": {"secretUrl": secret()},
        "instanceView": {"statuses": [{"message": secret()}], "substatuses": [{"message": secret()}]},
    }
    rows += [script, guest(vm_id("vm0")), guest(vm_id("vm1"))]
    shown = next(row for row in rows if row["id"] == f"{vm_id('vm0')}/instanceView")
    shown["properties"] |= {
        "bootDiagnostics": {"serialConsoleLogBlobUri": SAS.format("log", secret())},
        "extensions": [
            {
                "name": "x",
                "type": "Microsoft.Compute.CustomScriptExtension",
                "statuses": [{"code": "ok", "message": secret()}],
                "substatuses": [{"code": "ComponentStatus/StdOut", "message": secret()}],
            }
        ],
    }
    shown["properties"]["vmAgent"]["extensionHandlers"] = [{"type": "T", "status": {"message": secret()}}]
    return [*(row for row in rows if row["id"] != machine["id"]), machine]


def leaky(request: Request, reply: Reply) -> Reply | None:
    """Run commands with parameters, and errors that say too much."""
    if "/runCommands/" in request.path:
        body = json.loads(reply.body)
        body["properties"] |= {
            "source": {"script": SECRETS[20], "scriptUri": SAS.format("r", SECRETS[20])},
            "parameters": [{"name": "p", "value": SECRETS[21]}],
            "protectedParameters": [{"name": "p", "value": SECRETS[21]}],
            "outputBlobUri": SAS.format("o", SECRETS[21]),
            "runAsPassword": SECRETS[21],
        }
        body["properties"].setdefault("instanceView", {})["error"] = SECRETS[20]
        return Reply(200, json.dumps(body).encode())
    if "/vm2/instanceView" in request.path:
        said = f"token Bearer {TOKEN} of {SAS.format('e', SECRETS[22])} is not taken; Password={SECRETS[23]}"
        return Reply(400, json.dumps({"error": {"code": "Bad", "message": said}}).encode())
    return None


def contents(folder: Path) -> dict[str, str]:
    found = {}
    for file in folder.rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            plain = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
            found[str(file)] = plain.decode("utf-8", "replace")
    return found


def test_no_secret_is_kept_or_said(snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = SimpleNamespace(token=TOKEN, expires_on=int(time.time()) + 3600)
    credential = SimpleNamespace(get_token=lambda *_: given)
    monkeypatch.setattr("scanner.live.Live", partial(Live, identity=Identity(credential, "scope")))
    said: list[str] = []
    with emulator(seeded(), access=Access(tokens={TOKEN}), page_limit=1000) as found:
        found.bend = leaky
        cloud = Cloud(found, snapready, tmp_path)
        everything = "agent-version,last-backup-recent,sql-vss-copy-backup,guest-dhcp,outbound-to-storage"
        reports = [part for name in formats() for part in ("--report", f"{name}={tmp_path / name}")]
        for more in (("--verbose", "--evidence", "all", *reports, "--save", str(tmp_path / "saved.ndjson.gz")), ()):
            scanned = cloud.scan(*more, select=everything)
            assert scanned.code == 3
            said += [scanned.done.out, scanned.done.err]
        done, rows = cloud.snapshot("--verbose", select=everything)
        assert done.code == 3
        assert b"CustomScriptExtension" in rows
        said += [done.out, done.err]
        # Something that breaks a run, so that its spool stays.
        monkeypatch.setattr("scanner.sources.spool.Spool.write", _fails)
        done, _ = cloud.snapshot(select=everything)
        said += [done.out, done.err]
        assert (tmp_path / "fleet.ndjson.part").is_dir()
        assert found.asked(kind="run-command") > 0
    written = contents(tmp_path)
    assert len(written) > 15
    for name, text in {**written, **{f"said {number}": text for number, text in enumerate(said)}}.items():
        assert [secret for secret in SECRETS if secret in text] == [], name
    everything_read = "".join(written.values())
    assert "store.blob.core.windows.net/c/d.vhd" in everything_read  # what is no secret is kept


def _fails(*_: object, **__: object) -> None:
    raise SnapreadyError("it cannot be written")


def test_a_server_that_refuses_everything_with_a_secret(cloud: Cloud) -> None:
    body = json.dumps({"error": {"code": "No", "message": f"Bearer {TOKEN}, ?sig={SECRETS[1]}"}}).encode()
    cloud.emulator.bend = lambda _request, _reply: Reply(400, body)
    scanned = cloud.scan("--verbose")
    assert scanned.code == 2
    assert "No" in scanned.done.err
    assert not any(secret in scanned.done.err for secret in SECRETS)
    cloud.emulator.bend = None
    cloud.emulator.faults = Faults([fault("reset", "", None)])
    assert not any(secret in cloud.scan("--retry-for", "3s").done.err for secret in SECRETS)
