"""Brings a VM into a state that backup can work with: deallocated properly, or its model put through again."""

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.model import Row
from scanner.repairs.estate import Estate, names, place_of, vms
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Step, properties_of
from scanner.rowtypes import VM
from scanner.sources.edited import Edits, merge_patch

_OFF = "PowerState/deallocated"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    stopped = [one for one in findings if estate.known(one.subject, "power.state") == "stopped"]
    failed = [one for one in findings if estate.known(one.subject, "provisioning.state") == "Failed"]
    broken = {one.key for one in failed}
    stopped = [one for one in stopped if one.key not in broken]
    spoken = broken | {one.key for one in stopped}
    changing = tuple(one for one in findings if one.key not in spoken)
    if changing:
        yield NoRepair(changing, "a change of it is under way: wait until that ends, and scan again")
    if stopped:
        yield _deallocate(stopped, estate)
    if failed:
        yield _reapply(failed)


def _deallocate(stopped: Sequence[Finding], estate: Estate) -> Repair:
    seen = estate.fleet.table("views")
    views = [f"{one.subject.key}/instanceview" for one in stopped if one.subject.key in seen]
    return Repair(
        "power-state",
        "deallocate",
        f"Deallocate {vms(len(stopped))} that {'was' if len(stopped) == 1 else 'were'} shut down inside the guest",
        tuple(stopped),
        (f"{names(one.subject for one in stopped)}: from stopped to stopped and deallocated",),
        "It is off already. Deallocating loses what is on the temporary disk and a dynamic public address, and ends"
        " what it costs; the size may not be free when it is started again. If it should run, use az vm start instead.",
        tuple(
            Step(
                f"{one.subject.name}: off, and known to be",
                ("az", "vm", "deallocate", *place_of(one.subject.id).words(), "--output", "none"),
                one.subject.name,
            )
            for one in stopped
        ),
        "az vm start",
        "collect virtualmachines again and scan",
        "none: they are off",
        again=lambda some: _deallocate(some, estate),
        edits=Edits({**{one.subject.key: _row_off for one in stopped}, **dict.fromkeys(views, _view_off)}),
    )


def _row_off(row: Row) -> Row:
    found: Row = merge_patch(row, {"properties": {"extended": {"instanceView": {"powerState": {"code": _OFF}}}}})
    return found


def _view_off(row: Row) -> Row:
    """An instance view of a VM that is off has no agent that reports."""
    listed: Any = properties_of(row).get("statuses")
    statuses = listed if isinstance(listed, list) else []
    kept = [one for one in statuses if not str(_code(one)).lower().startswith("powerstate/")]
    found: Row = merge_patch(row, {"properties": {"statuses": [*kept, {"code": _OFF}], "vmAgent": None}})
    return found


def _code(status: Any) -> Any:
    return status.get("code") if isinstance(status, dict) else ""


def _reapply(failed: Sequence[Finding]) -> Repair:
    return Repair(
        "power-state",
        "reapply",
        f"Reapply the state of {vms(len(failed))} in a failed provisioning state",
        tuple(failed),
        (f"the model of {names(one.subject for one in failed)} is put through again, as it is",),
        "Changes nothing of the model. Extensions that failed are tried again, and one may fail it again. A restart of"
        " the VM is unlikely, and not ruled out.",
        tuple(
            Step(
                f"{one.subject.name}: puts its model through again",
                ("az", "vm", "reapply", *place_of(one.subject.id).words(), "--output", "none"),
                one.subject.name,
            )
            for one in failed
        ),
        "nothing to undo",
        "az vm show --query provisioningState says Succeeded; collect virtualmachines again and scan",
        "a restart is unlikely, and not ruled out",
        unproved="whether the VM's provisioning succeeds this time is not in rows",
    )


KIND = Kind(35, ("power-state-consistent",), make, facts={VM: ("power.state", "provisioning.state")})
