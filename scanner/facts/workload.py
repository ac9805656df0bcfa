"""Whether SQL Server or SAP HANA in the VM is backed up by itself, and how its vault can be reached from there."""

from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, Table
from scanner.facts.exits import EXIT_READS
from scanner.facts.fields import identity, part, text
from scanner.facts.fleet import Fleet
from scanner.facts.links import addresses_of
from scanner.facts.network import networks_of, primary_nic
from scanner.facts.vm import Vm
from scanner.language.shapes import FLAG, TEXT, list_of
from scanner.model import Row, Unknown
from scanner.rowtypes import BACKUP_ITEM, EXTENSION, NIC, PRIVATE_ENDPOINT, VAULT, VM, VNET, parent_of

_EXTENSIONS = ("azurebackupwindowsworkload", "azurebackuplinuxworkload")
_STOPPED = ("protectionstopped",)
_CONTAINER = "vmappcontainer"
_GROUP = "azurebackup"
"""The group of a vault's private endpoint that is for backup."""


class Workload(msgspec.Struct, gc=False):
    """What is kept of a protected database or instance. `vm` "": it names none."""

    vm: str
    vault: str
    active: bool


def _reduce(row: Row, key: str) -> Workload | None:
    properties = row.get("properties")
    management = part(properties, "backupManagementType")
    if not isinstance(management, str) or management.lower() != "azureworkload":
        return None
    state = text(part(properties, "protectionState")) or text(part(properties, "currentProtectionState")) or ""
    stopped = state.lower() in _STOPPED or part(properties, "isScheduledForDeferredDelete") is True
    return Workload(_vm_of(properties, row, key), key.partition("/backupfabrics/")[0], not stopped)


def _vm_of(properties: Any, row: Row, key: str) -> str:
    """The VM that a property names, else that of `VMAppContainer;Compute;<group>;<vm>` in the item's own id."""
    named = identity(part(properties, "sourceResourceId")) or identity(part(properties, "dataSourceInfo", "resourceID"))
    if named and f"/{VM}/" in named:
        return named
    for segment in key.split("/"):
        names = segment.split(";")
        if len(names) >= 4 and names[-4] == _CONTAINER and names[-3] == "compute":
            group = f"/subscriptions/{row['subscriptionId']}/resourcegroups/{names[-2]}"
            return identity(f"{group}/providers/{VM}/{names[-1]}") or ""
    return ""


class Installed(msgspec.Struct, gc=False):
    vm: str


def _reduce_extension(row: Row, key: str) -> Installed | None:
    kind = part(row.get("properties"), "type")
    return Installed(parent_of(key)) if isinstance(kind, str) and kind.lower() in _EXTENSIONS else None


class Access(msgspec.Struct, gc=False):
    """Whether a vault takes requests from public addresses."""

    public: bool | None


def _reduce_vault(row: Row, _: str) -> Access:
    given = part(row.get("properties"), "publicNetworkAccess")
    return Access({"enabled": True, "disabled": False}.get(given.lower()) if isinstance(given, str) else None)


def _items(vm: Vm, fleet: Fleet) -> list[Workload]:
    return [one for one in fleet.index("workloads").get(vm.subject.key, ()) if one.active]


def _protected(vm: Vm, fleet: Fleet) -> Any:
    if _items(vm, fleet) or vm.subject.key in fleet.index("workload_extensions"):
        return True
    for row_type, what in ((BACKUP_ITEM, "backup items"), (EXTENSION, "extensions")):
        if not fleet.collected_of(row_type, vm.subject):
            return fleet.uncollected(row_type, vm.subject.subscription, what, vm.subject)
    return False


_NO_ITEM = Unknown("the extension is installed, and no backup item tells which vault it writes to", "property")
_NO_ADDRESS = Unknown("the rows do not tell the addresses of the vault's private endpoint", "reference")


def _vaults(vm: Vm, fleet: Fleet) -> list[str]:
    return sorted({one.vault for one in _items(vm, fleet)})


def _endpoint_addresses(vm: Vm, fleet: Fleet) -> Any:
    """None in its network: [], if all were collected. Of several vaults each needs one."""
    nic = primary_nic(vm, fleet)
    if isinstance(nic, Unknown):
        return nic
    vaults = _vaults(vm, fleet)
    if not vaults:
        return _NO_ITEM
    networks = networks_of(fleet)
    near = networks.near(nic.subnet or "")
    found: list[str] = []
    for vault in vaults:
        endpoints = networks.links.leading_to(vault, _GROUP, near)
        if not endpoints:
            if not fleet.collected_of(PRIVATE_ENDPOINT, vm.subject):
                return fleet.uncollected(PRIVATE_ENDPOINT, vm.subject.subscription, "private endpoints", vm.subject)
            return []
        endpoint, approved = endpoints[0]
        if approved is None:
            return Unknown(f"whether {endpoint.said} to its vault is approved is not known", "property")
        addresses = addresses_of(endpoint, fleet)
        if not addresses:
            return _NO_ADDRESS
        found += addresses
    return list(dict.fromkeys(found))


def _private_only(vm: Vm, fleet: Fleet) -> Any:
    vaults = _vaults(vm, fleet)
    if not vaults:
        return _NO_ITEM
    answers = []
    for vault in vaults:
        access: Access | None = fleet.table("accesses").get(vault)
        name = vault.rsplit("/", 1)[-1]
        if access is None:
            return Unknown(f"vault {name} is not among the rows", "reference")
        if access.public is None:
            return Unknown(f"vault {name} does not tell publicNetworkAccess", "property")
        answers.append(not access.public)
    return any(answers)


_NAMED = "sourceResourceId, dataSourceInfo.resourceID, backupManagementType"
_ITEM = {
    BACKUP_ITEM: f"properties.[{_NAMED}, protectionState, currentProtectionState, isScheduledForDeferredDelete]",
}
_REFERENCES = "properties.networkProfile.networkInterfaces[].[id, properties.primary]"

FACTS = {
    "workload.protected": Fact(
        "SQL Server or SAP HANA in the VM is backed up by itself, as a backup item or the extension for it says",
        FLAG,
        {**_ITEM, EXTENSION: "properties.type"},
        _protected,
    ),
    "workload.endpoint_addresses": Fact(
        "addresses of the private endpoint of its vault in the VM's virtual network or a peer; [] there is none",
        list_of(TEXT),
        {
            **_ITEM,
            VM: _REFERENCES,
            NIC: "properties.[primary, privateEndpoint.id,"
            " ipConfigurations[].properties.[primary, privateIPAddress, subnet.id]]",
            PRIVATE_ENDPOINT: EXIT_READS[PRIVATE_ENDPOINT],
            VNET: "properties.virtualNetworkPeerings[].properties.[peeringState, remoteVirtualNetwork.id]",
        },
        _endpoint_addresses,
    ),
    "workload.private_only": Fact(
        "its vault takes requests by private endpoints only (publicNetworkAccess is Disabled)",
        FLAG,
        {**_ITEM, VAULT: "properties.publicNetworkAccess"},
        _private_only,
    ),
}

MODULE = FactModule(
    VM,
    FACTS,
    {
        "workloads": Table(BACKUP_ITEM, _reduce, by=lambda one: one.vm),
        "workload_extensions": Table(EXTENSION, _reduce_extension, by=lambda one: one.vm),
        "accesses": Table(VAULT, _reduce_vault),
    },
)
