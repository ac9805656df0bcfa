"""Nothing but reads goes out, nothing of azure.* is loaded for files, and random faults leave no trace."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.policies import BUILT_IN
from tests.azure.test_beside import OWN, POLICY, cpu
from tests.azure.world import Cloud, emulator, lock, tenant
from tests.cli.running import ROOT, Command
from tests.emulator import Faults, Quota, load, taken_at
from tests.rows import guest, vm_id

CONTOSO = ROOT / "examples" / "contoso"
READS = {
    "query": ("POST", "/providers/microsoft.resourcegraph/resources"),
    "metrics": ("POST", "/metrics:getbatch"),
    "instance-view": ("GET", "/instanceview"),
    "status-list": ("GET", "/providers/microsoft.compute/virtualmachines"),
    "locks": ("GET", "/providers/microsoft.authorization/locks"),
    "permissions": ("GET", "/providers/microsoft.authorization/permissions"),
    "service-tags": ("GET", "/servicetags"),
    "run-command": ("GET", "/runcommands/snapready-guest-facts"),
}
FIRST_WORDS = {
    "resources", "recoveryservicesresources", "guestconfigurationresources", "maintenanceresources",
    "resourcecontainers",
}  # fmt: skip


def everything(folder: Path) -> tuple[str, tuple[str, ...]]:
    """All policies of ours, and a user's on locks and metrics."""
    for name, (resource, expect) in OWN.items():
        (folder / "own" / name).mkdir(parents=True)
        text = POLICY.format(resource=resource, expect=json.dumps(expect))
        (folder / "own" / name / "policy.yaml").write_text(text)
    ours = [each.name for each in BUILT_IN.iterdir() if (each / "policy.yaml").is_file()]
    return ",".join([*ours, *OWN]), ("--policies", str(folder / "own"))


def test_nothing_but_reads_goes_out(snapready: Command, tmp_path: Path) -> None:
    select, own = everything(tmp_path)
    rows = [*tenant(), lock(), guest(vm_id("vm0"))]
    with emulator(rows, metrics=cpu, management_groups={"mg": ["11111111-2222-3333-4444-555555555555"]}) as found:
        cloud = Cloud(found, snapready, tmp_path)
        assert cloud.scan(*own, select=select).code == 1
        assert cloud.scan(*own, "--management-group", "mg", select=select).code == 1
        assert cloud.snapshot(*own, select=select)[0].code == 0
        assert {record.kind for record in found.requests} == set(READS)
        for record in found.requests:
            method, end = READS[record.kind]
            assert (record.method, record.path.lower().endswith(end)) == (method, True), record
            assert record.status == 200
            if record.kind == "query":
                assert record.body["query"].split(" ")[0] in FIRST_WORDS
            elif record.method == "GET":
                assert record.body is None
            else:
                assert set(record.body) == {"resourceids"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["scan", "--help"],
        ["scan", str(CONTOSO)],
        ["query"],
        ["query", "--az"],
        ["policies", "list"],
        ["policies", "show", "agent-version"],
        ["policies", "test", "agent-version"],
        ["explain", "web03", str(CONTOSO)],
        ["scan", "azure", str(CONTOSO)],
    ],
    ids=" ".join,
)
def test_files_are_judged_without_azure(arguments: list[str]) -> None:
    """Loading the SDK takes longer than a scan, and a pipeline that judges files needs no part of it."""
    code = (
        "import sys\nfrom scanner.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "loaded = [each for each in sys.modules if each.split('.')[0] in ('azure', 'msal', 'requests', 'urllib3')]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_random_faults_leave_no_trace(snapready: Command, tmp_path: Path) -> None:
    """Three in ten requests go wrong; results.json and the snapshot are the same to the byte."""
    select, own = everything(tmp_path)
    rows, subscriptions = load(CONTOSO)
    one = (*own, "--retry-for", "2h")
    with emulator(
        rows, subscriptions=subscriptions, date=taken_at(CONTOSO), page_limit=20, metrics=cpu, list_limit=10
    ) as found:
        cloud = Cloud(found, snapready, tmp_path)
        clean = cloud.scan(*one, select=select)
        assert clean.code == 1
        _, rows_read = cloud.snapshot(*one, select=select)
        assert len(rows_read.splitlines()) > 300
        for seed in range(3):
            found.faults = Faults.random(0.3, seed)
            found.requests.clear()
            again = cloud.scan(*one, select=select)
            assert again.raw == clean.raw, (seed, again.done.err)
            assert len({record.fault for record in found.requests}) > 8
        found.faults = Faults.random(0.3, 100)
        assert cloud.snapshot(*one, select=select)[1] == rows_read


def test_random_faults_and_a_quota(snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks of both sides run at the same speed."""
    from scanner.sources.azure.clock import Clock

    clock = Clock(speed=100)
    monkeypatch.setattr("scanner.live.Clock", lambda: Clock(speed=100))
    with emulator(quota=Quota(), clock=clock.now, page_limit=1) as found:
        cloud = Cloud(found, snapready, tmp_path)
        clean = cloud.scan("--retry-for", "2h")
        found.faults = Faults.random(0.3, 7)
        again = cloud.scan("--retry-for", "2h")
        assert (clean.code, again.raw) == (1, clean.raw)
