"""Lets the platform use extensions again where that was switched off."""

from collections.abc import Iterator, Sequence

from scanner.repairs.estate import Estate, names, place_of, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step
from scanner.rowtypes import VM
from scanner.sources.edited import Edits, merge_patch

_MADE_WITHOUT = (
    "provisionVMAgent can only be set when a VM is created: create it anew from its disks with the agent, or back it up"
    " with a crash-consistent (agentless) policy"
)


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    switched = [one for one in findings if estate.known(one.subject, "agent.extensions_allowed") is False]
    off = [one for one in switched if estate.known(one.subject, "agent.provisioned") is not False]
    able = {one.key for one in off}
    without = tuple(one for one in findings if one.key not in able)
    if without:
        yield NoRepair(without, _MADE_WITHOUT)
    if off:
        yield _repair(off)


def _repair(off: Sequence[Finding]) -> Repair:
    return Repair(
        "agent-switch",
        "allow-extensions",
        f"Allow extension operations on {vms(len(off))}",
        tuple(off),
        (f"osProfile.allowExtensionOperations becomes true on {names(one.subject for one in off)}",),
        "Whoever may change the VM can then run code in it by an extension; it may have been switched off for that."
        " The VM keeps running.",
        tuple(
            Step(
                f"{one.subject.name}: the platform may run extensions",
                (
                    *("az", "vm", "update", *place_of(one.subject.id).words()),
                    *("--set", "osProfile.allowExtensionOperations=true", "--output", "none"),
                ),
                one.subject.name,
            )
            for one in off
        ),
        "the same with =false, once no extension is installed",
        "collect virtualmachines again and scan",
        again=_repair,
        edits=Edits({one.subject.key: _allowed for one in off}),
    )


def _allowed(row: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = merge_patch(row, {"properties": {"osProfile": {"allowExtensionOperations": True}}})
    return found


KIND = Kind(30, ("agent-not-disabled",), make, facts={VM: ("agent.extensions_allowed", "agent.provisioned")})
