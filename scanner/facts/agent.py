"""The Azure VM agent: what the VM's row allows it, what the instance view or the guest says of it."""

from functools import lru_cache
from typing import Any

import msgspec

from scanner.facts.agent_services import services
from scanner.facts.catalogue import Fact, FactModule, From, Own, Table
from scanner.facts.fields import objects, part, text, word
from scanner.facts.fleet import Fleet
from scanner.facts.guest import guest_of, guest_part
from scanner.facts.handlers import UNSETTLED, Handler, handler_of, is_well, told_of
from scanner.facts.vm import Vm, power_state
from scanner.language.shapes import FLAG, TEXT, VERSION, list_of, record
from scanner.language.words import version
from scanner.model import Row, Unknown
from scanner.rowtypes import GUEST_FACTS, INSTANCE_VIEW, VM


class View(msgspec.Struct, gc=False, frozen=True):
    """What is kept of an instance view; `agent` False: it reports none."""

    agent: bool | None
    version: str | None
    status: str | None
    ready: bool | None
    message: str | None
    power: str | None
    backup: Handler | bool | None
    """The backup extension among the agent's handlers; False: it is none of them."""


_view_of = lru_cache(4096)(View)
"""Most VMs have the same to tell, which is kept once."""


def _reduce(row: Row, _: str) -> View:
    properties = row.get("properties")
    agent = part(properties, "vmAgent")
    statuses = objects(part(properties, "statuses")) or []
    powers = [state for status in statuses if (state := power_state(status.get("code")))]
    reported = objects(part(agent, "statuses")) or []
    well = [is_well(one) for one in reported]
    return _view_of(
        None if not isinstance(properties, dict) else isinstance(agent, dict),
        word(part(agent, "vmAgentVersion")),
        next((status for one in reported if (status := told_of(one))), None),
        False if False in well else True if True in well and None not in well else None,
        next((message for one in reported if (message := text(one.get("message")))), None),
        powers[0] if powers else None,
        handler_of(part(agent, "extensionHandlers")),
    )


_NO_VIEW = Unknown("no instance view of the VM is given", "instance-view")
_SILENT = Unknown("the instance view reports no agent (the VM is off, or its agent does not answer)", "silent-agent")
_NO_AGENT = Unknown(_SILENT.reason, "guest-facts")
_NO_VERSION = Unknown("the instance view does not tell the agent's version", "guest-facts")
_NO_STATUS = Unknown("the instance view does not tell the agent's status", "instance-view")
_NO_MESSAGE = Unknown("the instance view gives no message of the agent", "instance-view")
_NO_HANDLERS = Unknown("the instance view does not list the extensions that the agent runs", "instance-view")
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


def _version(view: View | None, vm: Vm, fleet: Fleet) -> Any:
    """The instance view's version, else that of fresh guest facts; "Unknown" and the like are not versions."""
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


def _of_view(name: str, missing: Unknown, silent: Unknown = _SILENT) -> From:
    """The getter of one attribute of the instance view; `silent`: it reports no agent."""

    def get(view: View | None, vm: Vm, fleet: Fleet) -> Any:
        if view is None:
            return _no_view(vm, fleet)
        value = getattr(view, name)
        return (silent if view.agent is False else missing) if value is None else value

    return From(_view, get)


_told_ready = _of_view("ready", _NO_STATUS).make
_told_backup = _of_view("backup", _NO_HANDLERS).make


def _ready(view: View | None, vm: Vm, fleet: Fleet) -> Any:
    found = _told_ready(view, vm, fleet)
    if found is _NO_STATUS and view is not None and view.status and view.status.lower() in UNSETTLED:
        return Unknown(
            f"the agent is {view.status}, which tells neither that it is ready nor that it is not", "settling"
        )
    return found


def _backup_extension(view: View | None, vm: Vm, fleet: Fleet) -> Any:
    found = _told_backup(view, vm, fleet)
    return found.told() if isinstance(found, Handler) else found


_STATUSES = "properties.vmAgent.statuses[].[code, displayStatus]"

FACTS = {
    "agent.version": Fact(
        "agent version, from the instance view, else from fresh guest facts (on Linux: the goal state agent)",
        VERSION,
        {
            INSTANCE_VIEW: "properties.vmAgent.vmAgentVersion",
            GUEST_FACTS: "properties.[collectedAt, agent.version]",
        },
        From(_view, _version),
        True,
    ),
    "agent.status": Fact(
        "Ready, Not Ready, …",
        TEXT,
        {INSTANCE_VIEW: _STATUSES},
        _of_view("status", _NO_STATUS, _NO_AGENT),
        True,
    ),
    "agent.ready": Fact(
        "the agent reports that it is ready (ProvisioningState/succeeded, Ready)",
        FLAG,
        {INSTANCE_VIEW: _STATUSES},
        From(_view, _ready),
        True,
    ),
    "agent.message": Fact(
        "what the agent, or the platform in its stead, says of its status",
        TEXT,
        {INSTANCE_VIEW: "properties.vmAgent.statuses[].message"},
        _of_view("message", _NO_MESSAGE),
        True,
    ),
    "agent.backup_extension": Fact(
        "the backup extension as the agent runs it, with the version that is installed; false: the agent runs none",
        record(type=TEXT, version=VERSION, status=TEXT, ready=FLAG, message=TEXT),
        {
            INSTANCE_VIEW: "properties.vmAgent.extensionHandlers[]."
            "[type, typeHandlerVersion, status.[code, displayStatus, message]]"
        },
        From(_view, _backup_extension),
        True,
    ),
    "agent.running": Fact(
        "a process of the agent runs, as seen inside the guest",
        FLAG,
        {GUEST_FACTS: "properties.[collectedAt, agent.running]"},
        guest_part("agent_running", "whether a process of the agent runs"),
        True,
    ),
    "agent.extensions_enabled": Fact(
        "the Linux agent runs extensions (Extensions.Enabled in /etc/waagent.conf)",
        FLAG,
        {GUEST_FACTS: "properties.[collectedAt, agent.extensionsEnabled]"},
        guest_part("agent_extensions", "Extensions.Enabled of /etc/waagent.conf"),
        True,
    ),
    "agent.services": Fact(
        "the agent's services as the guest has them: on Windows WindowsAzureGuestAgent and RdAgent, on Linux"
        " walinuxagent or waagent, whichever is there",
        list_of(record(name=TEXT, status=TEXT, startup=TEXT)),
        {
            GUEST_FACTS: "properties.[collectedAt, services]",
            VM: "[properties.storageProfile.osDisk.osType, properties.osProfile.[windowsConfiguration,"
            " linuxConfiguration]]",
        },
        From(guest_of, services),
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
