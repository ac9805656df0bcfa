"""Runs the emulator by hand: python -m tests.emulator --fleet examples/contoso, then scan it from another terminal."""

import argparse
import signal
import threading
from pathlib import Path

from tests.emulator import Emulator, Faults, Quota, load, taken_at


def _quota(text: str) -> Quota | None:
    if text == "off":
        return None
    try:
        requests, seconds = text.split("/")
        return Quota(int(requests), float(seconds))
    except ValueError:
        raise argparse.ArgumentTypeError("REQUESTS/SECONDS, as in 15/5, or off") from None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description="An Azure on the loopback.")
    parser.add_argument("--fleet", type=Path, default=Path("examples/contoso"), help="a folder of rows")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--faults", type=float, default=0.0, metavar="RATE", help="random transient faults, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="which random faults")
    parser.add_argument("--quota", type=_quota, default=Quota(), metavar="REQUESTS/SECONDS", help="15/5, or off")
    given = parser.parse_args()
    try:
        rows, subscriptions = load(given.fleet)
    except (OSError, ValueError) as error:
        parser.error(f"--fleet {given.fleet}: {error}")
    faults = Faults.random(given.faults, given.seed, seconds=1.0) if given.faults else Faults()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        made = Emulator(
            rows,
            subscriptions=subscriptions,
            management_groups={given.fleet.name: subscriptions},
            quota=given.quota,
            faults=faults,
            date=taken_at(given.fleet),
            port=given.port,
        )
    except OSError as error:
        parser.error(f"port {given.port}: {error.strerror}; choose another with --port")
    with made as emulator:
        print(f"snapready scan azure --endpoint {emulator.url}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
