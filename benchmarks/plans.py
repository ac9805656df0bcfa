"""What a whole scan of a plan costs: `snapready scan plan.json` beside parsing the same bytes, and of a copy loop.

python -m benchmarks.plans
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import orjson

from benchmarks.measure import run
from benchmarks.templates import template
from benchmarks.terraform import plan_of


def main(sizes: list[int]) -> None:
    command = [sys.executable, "-m", "scanner", "scan"]
    with tempfile.TemporaryDirectory() as folder:
        for machines in sizes:
            file = Path(folder) / "plan.json"
            data = json.dumps(plan_of(machines)).encode()
            file.write_bytes(data)
            parse = min(_parsed(data) for _ in range(3))
            cost = min((run([*command, str(file)], (0, 1, 3)) for _ in range(3)), key=lambda one: one.cpu)
            print(
                f"{machines:6} VMs {len(data) / 1e6:7.1f} MB: orjson {parse:6.3f} s, scan {cost.cpu:6.3f} s of CPU,"
                f" {cost.cpu / parse:5.1f} times; {cost.peak >> 20} MB"
            )
        file = Path(folder) / "main.json"
        file.write_text(json.dumps(template(800)), "utf-8")
        cost = min((run([*command, "--as", "arm", str(file)], (0, 1, 3)) for _ in range(3)), key=lambda one: one.cpu)
        print(f"ARM template of 800 VMs by copy: scan {cost.cpu:6.3f} s of CPU; {cost.peak >> 20} MB")


def _parsed(data: bytes) -> float:
    begin = time.process_time()
    orjson.loads(data)
    return time.process_time() - begin


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1000, 2000, 4000])
