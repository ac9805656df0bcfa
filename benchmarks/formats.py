"""What each report format costs beside the scan itself: CPU, peak memory, bytes.

python -m benchmarks.formats [VMS [FORMAT…]]
"""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import inputs
from benchmarks.bench import JUDGED, SNAPREADY, table
from benchmarks.measure import machine, run, warm
from scanner.reports import formats, missing


def main(vms: int, names: list[str]) -> None:
    fleet = inputs.fleet(vms)
    warm(fleet)
    scan = [*SNAPREADY, "scan", str(fleet), "--report"]
    print("\n".join(machine()), flush=True)
    alone = run([*scan, f"text={os.devnull}"], JUDGED)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            file = Path(folder) / "report"
            cost = run([*scan, f"{name}={file}"], JUDGED)
            size = file.stat().st_size
            file.unlink()
            rows.append(
                (
                    name,
                    f"{cost.cpu:.1f}",
                    f"{cost.cpu / alone.cpu:.2f}",
                    f"{cost.peak / 1e6:,.0f}",
                    f"{cost.peak / alone.peak:.2f}",
                    f"{size / 1e6:,.1f}",
                )
            )
    table(
        f"A scan of {vms:,} VMs that writes one report (with text to the null device: {alone.cpu:.1f} s of CPU, "
        f"{alone.peak / 1e6:,.0f} MB)",
        ("format", "CPU s", "over text", "peak MB", "over text", "report MB"),
        rows,
        "streaming formats (json, csv, ocsf, sarif) should stay under 2 in time and near 1 in memory",
    )


if __name__ == "__main__":
    asked = sys.argv[2:] or [name for name in formats() if not missing(name)]
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, asked)
