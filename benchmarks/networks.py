"""What one question about a network costs: reading a group, judging it anew, and asking where it was asked before.

python -m benchmarks.networks
"""

import random
import time
from collections.abc import Callable

from scanner.network.judge import Question, Target, judge
from scanner.network.place import Attached, Way
from scanner.network.reach import Network
from scanner.network.rules import read_nsg
from scanner.network.tags import bundled

_DESTINATIONS = ("10.0.0.0/8", "VirtualNetwork", "AzureActiveDirectory", "AzureMonitor", "20.60.0.0/16", "Sql.EastUS")


def _timed(of: Callable[[], object], rounds: int) -> float:
    """Microseconds of one call, the best of five runs."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds):
            of()
        best = min(best, (time.perf_counter() - start) / rounds)
    return best * 1e6


def main() -> None:
    dice = random.Random(1)
    body = {"direction": "Outbound", "protocol": "Tcp", "sourcePortRange": "*", "sourceAddressPrefix": "*"}
    rules = [
        {
            "name": f"r{at}",
            "properties": {
                **body,
                "priority": at,
                "access": dice.choice(("Allow", "Deny")),
                "destinationPortRange": "443",
                "destinationAddressPrefix": dice.choice(_DESTINATIONS),
            },
        }
        for at in range(100, 120)
    ]
    last = {**body, "priority": 4000, "access": "Deny", "destinationPortRange": "*", "destinationAddressPrefix": "*"}
    properties = {"securityRules": [*rules, {"name": "last", "properties": last}]}
    nsg, tags = read_nsg("nsg", properties), bundled()
    print(f"read a group of {len(nsg.rules)} rules: {_timed(lambda: read_nsg('nsg', properties), 300):8.1f} us")
    for name in ("storage.westeurope", "storage.eastus", "storage"):
        question = Question(Target(name, tags.ranges(name), True), "tcp", 443)
        cost = _timed(lambda asked=question: judge(nsg, asked, {}, tags), 100)  # type: ignore[misc]
        print(f"judge it anew for {name} ({len(question.target.whole())} ranges): {cost:8.1f} us")
    sides = Attached("its NIC", None), Attached("subnet s", nsg, {}, "nsg")
    network = Network(("eastus",), "eastus", sides, Way(), lambda _: tags, "2026-11-22", {})
    print(f"ask again where it was asked before: {_timed(lambda: network.reach('Storage', '443'), 100_000):8.2f} us")


if __name__ == "__main__":
    main()
