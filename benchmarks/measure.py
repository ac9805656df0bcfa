"""How things are measured: each in a process of its own, taken in turns, told as medians."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

KIB = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, KiB elsewhere


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end: seconds of CPU (user + system), seconds by the clock, peak memory in bytes."""

    cpu: float
    wall: float
    peak: int


Command = Sequence[str]
Runs = Mapping[str, Sequence[Run]]


_LAUNCH = """import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - started
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss)
"""
# Until it has replaced its memory a child counts its parent's as its own, so the parent is as small as can be.
_LAUNCHER = (sys.executable, "-I", "-S", "-c", _LAUNCH)


def run(command: Command, accept: Sequence[int] = (0,)) -> Run:
    """Runs a command to its end; what it says on stderr is shown only if its exit code is not one of `accept`."""
    told = subprocess.run([*_LAUNCHER, *command], capture_output=True, text=True, check=False)
    if told.returncode:
        raise SystemExit(f"{command[0]} cannot be started\n{told.stderr}")
    code, cpu_seconds, wall_seconds, most = told.stdout.split()
    if int(code) not in accept:
        raise SystemExit(f"exit code {code}: {' '.join(command)[:300]}\n{told.stderr}")
    return Run(float(cpu_seconds), float(wall_seconds), int(most) * KIB)


def in_turns(commands: Mapping[str, Command], rounds: int, accept: Sequence[int] = (0,)) -> dict[str, list[Run]]:
    """Every command once in each round, so that what else the machine does falls on all of them alike."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(run(command, accept))
    return found


def cpu(runs: Sequence[Run]) -> float:
    return median(one.cpu for one in runs)


def wall(runs: Sequence[Run]) -> float:
    return median(one.wall for one in runs)


def peak(runs: Sequence[Run]) -> float:
    return median(one.peak for one in runs)


def ratio(over: Sequence[Run], under: Sequence[Run], less: tuple[float, float] = (0, 0)) -> tuple[float, float, float]:
    """CPU over CPU: the median of the rounds' ratios, the least, the greatest; `less` is taken off first."""
    found = [(one.cpu - less[0]) / max(other.cpu - less[1], 1e-9) for one, other in zip(over, under, strict=True)]
    return median(found), min(found), max(found)


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of some calls, within this process."""
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def warm(path: Path) -> int:
    """Reads a file once so that the disk is not measured; gives its bytes."""
    with path.open("rb", buffering=0) as stream:
        while stream.read(1 << 20):
            pass
        return stream.tell()


def machine() -> list[str]:
    """What the figures were taken on."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} at the start"
    return [
        f"{_processor()}, {usable} cores usable{load}",
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.release()}",
        "  ".join(f"{name} {_version(name)}" for name in ("snapready", "msgspec", "orjson", "jmespath", "PyYAML")),
    ]


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
