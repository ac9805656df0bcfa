"""All benchmarks in one run: what a scan costs, how it grows, how that compares. It only tells, it fails no build."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import inputs, schedules
from benchmarks.measure import Run, cpu, in_turns, machine, peak, ratio, run, wall, warm

_SCRIPT = Path(sys.executable).with_name("snapready")
SNAPREADY = [sys.executable, str(_SCRIPT)] if _SCRIPT.exists() else [sys.executable, "-m", "scanner"]
JUDGED = (0, 1, 3)  # exit codes of a scan that gave verdicts
PARSE = """import sys, orjson
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        orjson.loads(line)
"""
LOAD = """import json, sys, time
from pathlib import Path
from scanner.policies import BUILT_IN, load
load([BUILT_IN])
start = time.process_time()
load([BUILT_IN])
middle = time.process_time()
found = load([BUILT_IN, Path(sys.argv[1])])
print(json.dumps([middle - start, time.process_time() - middle]))
"""


def scan(fleet: Path, *more: str) -> list[str]:
    return [*SNAPREADY, "scan", str(fleet), "--report", f"text={os.devnull}", *more]


def parse(fleet: Path) -> list[str]:
    return [sys.executable, "-c", PARSE, str(fleet)]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *notes: str) -> None:
    """Prints columns, the first flush left, numbers flush right."""
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  " + "  ".join([line[0].ljust(widths[0]), *cells]).rstrip())
    for note in notes:
        print(f"  {note}")
    sys.stdout.flush()


def spread(of: tuple[float, float, float]) -> str:
    return f"{of[0]:.2f} ({of[1]:.2f}–{of[2]:.2f})"


def growth(sizes: Sequence[int]) -> None:
    """A scan beside the bare parse of the same bytes, for fleets of growing size."""
    few = inputs.fleet(3)
    commands = {"scan": scan(few), "parse": parse(few)}
    in_turns(commands, 1, JUDGED)
    start = in_turns(commands, 9, JUDGED)
    idle = cpu(start["scan"]), cpu(start["parse"])
    found: dict[int, tuple[int, dict[str, list[Run]]]] = {}
    for vms in sizes:
        fleet = inputs.fleet(vms)
        size = warm(fleet)
        found[vms] = size, in_turns({"scan": scan(fleet), "parse": parse(fleet)}, 5 if vms > 20_000 else 7, JUDGED)
    table(
        "Scan (all built-in policies) beside orjson.loads line by line, nothing kept: CPU",
        ("VMs", "MB", "scan s", "orjson s", "ratio (least–most)", "ratio net of start-up", "wall s / s", "wall ratio"),
        [
            (
                f"{vms:,}",
                f"{size / 1e6:,.0f}",
                f"{cpu(runs['scan']):.2f}",
                f"{cpu(runs['parse']):.2f}",
                spread(ratio(runs["scan"], runs["parse"])),
                spread(ratio(runs["scan"], runs["parse"], idle)),
                f"{wall(runs['scan']):.2f} / {wall(runs['parse']):.2f}",
                f"{wall(runs['scan']) / wall(runs['parse']):.2f}",
            )
            for vms, (size, runs) in found.items()
        ],
        f"start-up, taken off for the net ratio (a scan of 3 VMs / orjson on 3 VMs): {idle[0]:.3f} s / {idle[1]:.3f} s",
    )
    rows, before = [], (3, peak(start["scan"]), idle[0])
    for vms, (_, runs) in found.items():
        now = vms, peak(runs["scan"]), cpu(runs["scan"])
        more = now[0] - before[0]
        rows.append(
            (
                f"{vms:,}",
                f"{(now[2] - idle[0]) / vms * 1e6:.1f}",
                f"{(now[2] - before[2]) / more * 1e6:.1f}",
                f"{(cpu(runs['parse']) - idle[1]) / vms * 1e6:.1f}",
                f"{now[1] / 1e6:,.0f}",
                f"{(now[1] - before[1]) / more / 1e3:.2f}",
                f"{peak(runs['parse']) / 1e6:,.0f}",
            )
        )
        before = now
    table(
        "Growth: level columns mean linear",
        (
            "VMs",
            "scan µs/VM net",
            "each further VM µs",
            "orjson µs/VM net",
            "peak MB",
            "each further VM kB",
            "orjson MB",
        ),
        rows,
        f"a scan of 3 VMs peaks at {peak(start['scan']) / 1e6:,.0f} MB; 'each further': the slope from the line above",
    )


def more_policies(vms: int, counts: Sequence[int]) -> None:
    """Growing numbers of policies on one fleet."""
    fleet, few = inputs.fleet(vms), inputs.fleet(3)
    warm(fleet)
    rows = []
    before: tuple[int, float] | None = None
    for count in counts:
        folder, ids = inputs.policies(count)
        chosen = ("--policies", str(folder), "--select", ",".join(ids))
        runs = in_turns({"all": scan(fleet, *chosen), "few": scan(few, *chosen)}, 3, JUDGED)
        told = subprocess.run([sys.executable, "-c", LOAD, folder], check=True, capture_output=True, text=True).stdout
        built_in, both = json.loads(told)
        net = cpu(runs["all"]) - cpu(runs["few"])
        rows.append(
            (
                str(count),
                f"{cpu(runs['all']):.2f}",
                f"{cpu(runs['few']):.2f}",
                f"{net / vms * 1e6:.1f}",
                f"{net / vms / count * 1e6:.2f}",
                "" if before is None else f"{(net - before[1]) / vms / (count - before[0]) * 1e6:.2f}",
                f"{peak(runs['all']) / 1e6:,.0f}",
                f"{(both - built_in) * 1e3:.0f}",
                f"{(both - built_in) / count * 1e3:.2f}",
            )
        )
        before = count, net
    head = (
        "policies",
        "scan s",
        "of 3 VMs s",
        "µs/VM",
        "µs/VM·policy",
        "each further µs",
        "peak MB",
        "load ms",
        "ms each",
    )
    table(
        f"Policies on {vms:,} VMs (CPU net of a scan of 3 VMs with the same policies)",
        head,
        rows,
        "'each further' is the slope from the line above; reading rows and making facts falls on the first line",
    )


def interpreter(vms: int, rounds: int) -> None:
    """The same expressions compiled and interpreted."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.interpreted",
        str(inputs.fleet(vms)),
        str(inputs.BUILT_IN),
        str(rounds),
    ]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    us, agreed = found["us"], found["agreed"]
    names = {
        "compiled": "ours, compiled",
        "interpreted": "jmespath.compile once, .search for each VM",
        "search": "jmespath.search(text, …) for each VM",
    }
    total, other = sum(agreed.values()), agreed.get("other", 0)
    table(
        f"Evaluation alone: {found['policies']} policies, {found['vms']:,} VMs, the same texts and documents",
        ("", "µs/VM·policy", "over ours"),
        [(words, f"{us[name]:.2f}", f"{us[name] / us['compiled']:.1f}") for name, words in names.items()],
        f"same verdict {agreed.get('same', 0) / total:.1%}, unknown to ours {agreed.get('unknown', 0) / total:.1%} "
        f"(plain JMESPath has no such answer), another verdict {other / total:.1%}",
    )


def startup(rounds: int) -> None:
    """What is paid before the first row is read."""
    bare = "python -c pass"
    commands = {
        bare: [sys.executable, "-c", "pass"],
        "python -I -S -c pass": [sys.executable, "-I", "-S", "-c", "pass"],
        "snapready --version": [*SNAPREADY, "--version"],
        "snapready --help": [*SNAPREADY, "--help"],
        "snapready policies list": [*SNAPREADY, "policies", "list"],
        "snapready scan (3 VMs)": scan(inputs.fleet(3)),
    }
    in_turns(commands, 1, JUDGED)
    found = in_turns(commands, rounds, JUDGED)
    table(
        "Start-up",
        ("", "wall ms", "over bare ms", "CPU ms", "over bare ms", "peak MB"),
        [
            (
                name,
                f"{wall(runs) * 1e3:.0f}",
                "" if name == bare else f"{(wall(runs) - wall(found[bare])) * 1e3:+.0f}",
                f"{cpu(runs) * 1e3:.0f}",
                "" if name == bare else f"{(cpu(runs) - cpu(found[bare])) * 1e3:+.0f}",
                f"{peak(runs) / 1e6:.0f}",
            )
            for name, runs in found.items()
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="fleets of 1,000 and 10,000 VMs only, fewer repetitions")
    parser.add_argument("--vms", metavar="N,N,…", help="fleets of these sizes instead of 1000,10000,100000")
    parser.add_argument(
        "--only", choices=("growth", "policies", "interpreter", "schedules", "startup"), help="one part"
    )
    given = parser.parse_args()
    if not hasattr(os, "posix_spawn"):
        raise SystemExit("the benchmarks need os.posix_spawn: Linux or macOS")
    began = time.perf_counter()
    sizes = [1_000, 10_000] if given.quick else [1_000, 10_000, 100_000]
    if given.vms:
        sizes = sorted({int(size) for size in given.vms.split(",")})
    print("\n".join(machine()), flush=True)
    run([*SNAPREADY, "scan", str(inputs.fleet(3)), "--report", f"text={os.devnull}"], JUDGED)  # leaves its .pyc files
    if given.only in (None, "startup"):
        startup(7 if given.quick else 15)
    if given.only in (None, "growth"):
        growth(sizes)
    if given.only in (None, "interpreter"):
        interpreter(1_000, 3 if given.quick else 7)
    if given.only in (None, "schedules"):
        head = ("windows of 60 minutes", "different schedules", "windows", "ms")
        table("20,000 schedules in one group", head, schedules.measured(20_000, 5 if given.quick else 11))
    if given.only in (None, "policies"):
        more_policies(1_000 if given.quick else 10_000, (5, 50, 500))
    print(f"\n{time.perf_counter() - began:.0f} s in all; medians of runs taken in turns, each in its own process")


if __name__ == "__main__":
    main()
