"""What each report format costs beside the scan itself: CPU, peak memory, bytes.

python -m benchmarks.formats [VMS [FORMAT…]]

One process scans as the command does; each report is then written by a child that was forked from it when the results
were there. So every format is held to the very same scan, and the scan is paid once.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import inputs
from benchmarks.bench import JUDGED, table
from benchmarks.measure import KIB, machine, warm
from scanner.gate import Decision
from scanner.model import Results
from scanner.reports import formats, missing


def one_scan(fleet: Path, folder: Path, names: Sequence[str]) -> None:
    """Scans in this process and prints, as JSON, CPU, peak and bytes of the scan ("") and of each format."""
    from scanner import outputs
    from scanner.cli import main as command

    write, report = outputs.write, outputs.Report
    found: dict[str, tuple[float, int, int]] = {}

    def measured(_given: Sequence[outputs.Report], results: Results, decision: Decision, anchor: str) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        found[""] = used.ru_utime + used.ru_stime, used.ru_maxrss * KIB, 0
        for name in names:
            file, child = folder / name, os.fork()
            if not child:
                try:
                    write([report(name, str(file))], results, decision, anchor)
                    os._exit(0)
                finally:
                    os._exit(1)
            _, status, spent = os.wait4(child, 0)
            if os.waitstatus_to_exitcode(status):
                raise SystemExit(f"the {name} report could not be written")
            peak = max(found[""][1], spent.ru_maxrss * KIB)  # a child begins with what its parent has
            found[name] = spent.ru_utime + spent.ru_stime, peak, file.stat().st_size
            file.unlink()

    setattr(outputs, "write", measured)  # noqa: B010 - the command asks its module for it
    code = command(["scan", str(fleet), "--report", f"text={os.devnull}"])
    if code not in JUDGED:
        raise SystemExit(f"exit code {code}")
    print(json.dumps(found))


def main(vms: int, names: list[str], rounds: int) -> None:
    fleet = inputs.fleet(vms)
    warm(fleet)
    print("\n".join(machine()), flush=True)
    every = list(dict.fromkeys(("text", *names)))
    with tempfile.TemporaryDirectory(dir=inputs.OUT) as folder:
        command = [sys.executable, "-m", "benchmarks.formats", "--one", str(fleet), folder, *every]
        told = [json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL)) for _ in range(rounds)]
    scans = [one[""][0] + one["text"][0] for one in told]
    alone = median(one["text"][1] for one in told)
    table(
        f"A scan of {vms:,} VMs that writes the text report: {median(scans):.1f} s of CPU, {alone / 1e6:,.0f} MB. "
        "What a format costs in place of text",
        ("format", "added CPU s", "to the scan's", "peak MB", "to the scan's", "report MB"),
        [
            (
                name,
                f"{median(one[name][0] for one in told):.1f}",
                f"{median(one[name][0] / scan for one, scan in zip(told, scans, strict=True)):.2f}",
                f"{median(one[name][1] for one in told) / 1e6:,.0f}",
                f"{median(one[name][1] for one in told) / alone:.2f}",
                f"{told[0][name][2] / 1e6:,.1f}",
            )
            for name in every
        ],
        "no format should add more than the scan's own time, nor memory that grows with all results",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one_scan(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
    else:
        size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
        asked = sys.argv[2:] or [name for name in formats() if not missing(name)]
        main(size, asked, 1 if size > 20_000 else 3)
