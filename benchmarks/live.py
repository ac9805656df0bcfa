"""Measures a live scan against the bound that Resource Graph's quota sets: python -m benchmarks.live 10000 15/5 0.3.

What is measured is the wall-clock time of the whole command over that of the queries alone at the quota's own pace.
The policies are those that need Resource Graph only; instance views are one request for each VM, on another quota.
"""

import json
import subprocess
import sys
import time
import urllib.request

from benchmarks.inputs import OUT, fleet
from benchmarks.measure import machine, run

POLICIES = "agent-not-disabled,last-backup-recent,power-state-consistent,staggered-schedules,way-out"
_WAY_OUT = """\
title: The VM can reach Azure Storage of its region
resource: microsoft.compute/virtualmachines
when: default(sql.detected, `true`) || default(backup.protected, `true`)
expect: can_reach(network, 'Storage', '443')
message: "{can_reach(network, 'Storage', '443')}"
severity: warning
why: Measured.
fix: Nothing.
source: {title: Benchmark, url: "https://example.com", read: "2026-11-22"}
"""
"""Reads every table, and unlike outbound-to-storage no instance view."""


def measure(vms: int, quota: str, latency: float) -> None:
    """`latency`: seconds that a reply takes to begin."""
    path = fleet(vms)
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serve", str(path), quota, str(latency)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        folder = OUT / "way-out"
        folder.mkdir(exist_ok=True)
        (folder / "way-out").mkdir(exist_ok=True)
        (folder / "way-out" / "policy.yaml").write_text(_WAY_OUT, "utf-8")
        judge = [
            sys.executable,
            "-m",
            "scanner",
            "scan",
            "--policies",
            str(folder),
            "--select",
            POLICIES,
            "--report",
            "text=/dev/null",
        ]
        started = time.monotonic()
        live = run([*judge, "azure", "--endpoint", url], accept=(0, 1))
        wall = time.monotonic() - started
        file = run([*judge, str(path)], accept=(0, 1))
        with urllib.request.urlopen(f"{url}/told") as reply:
            told = json.load(reply)
    finally:
        server.kill()
        server.wait()
    requests, _, seconds = quota.partition("/")
    windows = (told["queries"] - 1) // int(requests) if seconds else 0
    bound = windows * float(seconds or 0)
    print(
        f"{vms:,} VMs, quota {quota}, latency {latency} s: {told['queries']} queries, {told['refused']} refused (429)"
    )
    print(f"  wall {wall:.1f} s; the quota's bound {bound:.1f} s", end="")
    print(f": {wall / bound:.2f} times" if bound else "")
    print(f"  after the last query was sent: {wall - told['seconds']:.1f} s, start-up included")
    print(f"  CPU {live.cpu:.1f} s, of a scan of the same rows from a file {file.cpu:.1f} s: {live.cpu / file.cpu:.2f}")
    print(f"  peak memory {live.peak >> 20} MB, from a file {file.peak >> 20} MB")


def main() -> None:
    print("; ".join(machine()))
    given = sys.argv[1:]
    measure(
        int(given[0]) if given else 10_000,
        given[1] if len(given) > 1 else "15/5",
        float(given[2]) if len(given) > 2 else 0.3,
    )


if __name__ == "__main__":
    main()
