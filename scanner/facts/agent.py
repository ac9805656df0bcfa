"""The Azure VM agent: what the VM's row allows it, what the instance view or the guest says of it."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Own, Table
from scanner.facts.fields import objects, part, word
from scanner.facts.fleet import Fleet
from scanner.facts.guest import guest_of
from scanner.facts.vm import Vm, power_state
from scanner.language.shapes import FLAG, TEXT, VERSION
from scanner.language.words import version
from scanner.model import Row, Unknown
from scanner.rowtypes import GUEST_FACTS, INSTANCE_VIEW, VM


class View(msgspec.Struct, gc=False):
    """What is kept of an instance view; `agent` False: it reports none."""

    agent: bool | None
    version: str | None
    status: str | None
    power: str | None


def _reduce(row: Row, _: str) -> View:
    properties = row.get("properties")
    agent = part(properties, "vmAgent")
    statuses = objects(part(properties, "statuses")) or []
    powers = [state for status in statuses if (state := power_state(status.get("code")))]
    reported = objects(part(agent, "statuses")) or []
    return View(
        None if not isinstance(properties, dict) else isinstance(agent, dict),
        word(part(agent, "vmAgentVersion")),
        next((status for one in reported if (status := word(one.get("displayStatus")))), None),
        powers[0] if powers else None,
    )


_NO_VIEW = Unknown("no instance view of the VM is given", "instance-view")
_NO_AGENT = Unknown("the instance view reports no agent (the VM is off, or its agent does not answer)", "guest-facts")
_NO_VERSION = Unknown("the instance view does not tell the agent's version", "guest-facts")
_NO_STATUS = Unknown("the instance view does not tell the agent's status", "instance-view")
_NOT_PROVISIONED = Unknown(
    "the VM's row does not tell provisionVMAgent (a VM from a specialised disk has no osProfile)", "property"
)
_NO_EXTENSIONS = Unknown("the VM's row does not tell allowExtensionOperations", "property")


def _view(vm: Vm, fleet: Fleet) -> View | None:
    found: View | None = fleet.table("views").get(vm.subject.key)
    return found


def _no_view(vm: Vm, fleet: Fleet) -> Unknown:
    right = fleet.ledger.right_missing(INSTANCE_VIEW, vm.subject.subscription)
    return Unknown(f"the instance view may not be read: needs {right}", "right") if right else _NO_VIEW


def _version(vm: Vm, fleet: Fleet) -> Any:
    """The instance view's version, else that of fresh guest facts; "Unknown" and the like are not versions."""
    view = _view(vm, fleet)
    if view is not None and version(view.version) is not None:
        return view.version
    guest = guest_of(vm, fleet)
    if not isinstance(guest, Unknown) and version(guest.agent_version) is not None:
        return guest.agent_version
    if view is None:
        if isinstance(guest, Unknown) and guest.needs == "fresh-guest-facts":
            return Unknown(f"{_no_view(vm, fleet).reason}, and {guest.reason}", _no_view(vm, fleet).needs)
        return _no_view(vm, fleet)
    if view.agent is False:
        return _NO_AGENT
    return Unknown(f"the agent's version is given as {view.version!r}", "guest-facts") if view.version else _NO_VERSION


def _status(vm: Vm, fleet: Fleet) -> Any:
    view = _view(vm, fleet)
    if view is None:
        return _no_view(vm, fleet)
    return (_NO_AGENT if view.agent is False else _NO_STATUS) if view.status is None else view.status


FACTS = {
    "agent.version": Fact(
        "agent version, from the instance view, else from fresh guest facts (on Linux: the goal state agent)",
        VERSION,
        {
            INSTANCE_VIEW: "properties.vmAgent.vmAgentVersion",
            GUEST_FACTS: "properties.[collectedAt, agent.version]",
        },
        _version,
        True,
    ),
    "agent.status": Fact(
        "Ready, Not Ready, …",
        TEXT,
        {INSTANCE_VIEW: "properties.vmAgent.statuses[].displayStatus"},
        _status,
        True,
    ),
    "agent.provisioned": Fact(
        "the platform may install and use the agent (provisionVMAgent)",
        FLAG,
        {VM: "properties.osProfile.[windowsConfiguration.provisionVMAgent, linuxConfiguration.provisionVMAgent]"},
        Own("provision_agent", _NOT_PROVISIONED),
    ),
    "agent.extensions_allowed": Fact(
        "extensions may run (allowExtensionOperations)",
        FLAG,
        {VM: "properties.osProfile.allowExtensionOperations"},
        Own("allow_extensions", _NO_EXTENSIONS),
    ),
}

MODULE = FactModule(VM, FACTS, {"views": Table(INSTANCE_VIEW, _reduce, suffix="/instanceview")})
