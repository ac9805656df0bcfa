"""Findings that nothing is proposed for, each with its reason: what must be done takes a person, or a decision."""

from collections.abc import Iterator, Sequence

from scanner.repairs.estate import Estate
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair

_WHY = {
    "agent-ready": "an agent that is not ready runs no script from Azure: sign in (serial console) and restart its"
    " service, or az vm restart the VM when that may be",
    "guest-platform-endpoint-open": "something inside the guest (firewall, proxy, route) closes it, and which is seen"
    " only there; without that way no script from Azure comes in",
    "vault-reachable-region": "protecting it in a vault of its region is one decision, what becomes of the backups in"
    " the other vault another: they should be kept until the new ones are there",
}


def make(findings: Sequence[Finding], _: Estate) -> Iterator[Repair | NoRepair]:
    for policy, why in _WHY.items():
        found = tuple(finding for finding in findings if finding.policy == policy)
        if found:
            yield NoRepair(found, why)


KIND = Kind(99, tuple(_WHY), make)
