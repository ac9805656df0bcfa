"""Writes the snapshot of a seeded, realistic fleet of Azure VMs."""

import argparse
import time
from pathlib import Path

from benchmarks.fleet.write import check, write_fleet


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fleet", description=__doc__, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT.ndjson")
    parser.add_argument("--vms", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    write_fleet(given.out, given.vms, given.seed)
    seconds = time.perf_counter() - started
    found = check(given.out)
    for kind, (rows, size) in found.items():
        print(f"{rows:>9,} rows {size / max(rows, 1):>8,.0f} bytes each  {kind}")
    total = given.out.stat().st_size
    print(
        f"{total:,} bytes in {seconds:.1f} s: {total / given.vms:,.0f} bytes and "
        f"{sum(rows for rows, _ in found.values()) / given.vms:.2f} rows a VM"
    )


if __name__ == "__main__":
    main()
