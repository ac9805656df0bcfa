"""Where a VM sits in its networks: its primary interface's address, subnet and security groups, for can_reach."""

from functools import lru_cache
from typing import Any

from scanner.facts.catalogue import Fact, FactModule
from scanner.facts.declared import HOP_READS
from scanner.facts.exits import EXIT_READS
from scanner.facts.fleet import Fleet
from scanner.facts.nics import Nic
from scanner.facts.places import NO_SUBNET, Networks
from scanner.facts.vm import Vm
from scanner.facts.vnets import VNET_READS
from scanner.language.shapes import NETWORK, TEXT, list_of
from scanner.model import Unknown
from scanner.rowtypes import DECLARED, NIC, VM, VNET

_NO_NIC = Unknown("the row of its primary network interface is not in the input", "reference")
_NO_NICS = Unknown("the VM's row does not tell its network interfaces", "property")
_NO_PRIMARY = Unknown("which of its network interfaces is the primary one is not known", "property")
_NO_ADDRESS = Unknown("the network interface's row does not tell its private IPv4 address", "property")
_NO_DNS = Unknown("the rows of its network interface and virtual network do not tell their DNS servers", "reference")
AZURE_DNS = "168.63.129.16"


def primary_nic(vm: Vm, fleet: Fleet) -> Nic | Unknown:
    """The interface that asks: what the VM's reference says, else the only one, else what the interfaces' rows say."""
    nics = fleet.table("nics")
    if vm.nics is None:
        return _NO_NICS
    if vm.primary_nic is not None:
        found: Nic | None = nics.get(vm.primary_nic)
        return _NO_NIC if found is None else found
    known: list[Nic] = [nic for name in vm.nics if (nic := nics.get(name)) is not None]
    marked = [nic for nic in known if nic.primary]
    if len(marked) == 1:
        return marked[0]
    return _NO_PRIMARY if len(known) == len(vm.nics) else _NO_NIC


def networks_of(fleet: Fleet) -> Networks:
    found: Networks = fleet.once("networks", Networks)
    return found


def _network(vm: Vm, fleet: Fleet) -> Any:
    nic = primary_nic(vm, fleet)
    return nic if isinstance(nic, Unknown) else networks_of(fleet).place(vm, nic)


def _private_ip(vm: Vm, fleet: Fleet) -> Any:
    nic = primary_nic(vm, fleet)
    return nic if isinstance(nic, Unknown) else nic.address or _NO_ADDRESS


def _subnet_id(vm: Vm, fleet: Fleet) -> Any:
    nic = primary_nic(vm, fleet)
    return nic if isinstance(nic, Unknown) else nic.subnet or NO_SUBNET


def _nsgs(vm: Vm, fleet: Fleet) -> Any:
    network = _network(vm, fleet)
    if isinstance(network, Unknown):
        return network
    unknown = next((side.nsg for side in network.sides if isinstance(side.nsg, Unknown)), None)
    return unknown or [side.nsg.name for side in network.sides if side.nsg is not None]


def _dns_servers(vm: Vm, fleet: Fleet) -> Any:
    """Those of the interface, else those of the virtual network, else Azure's own."""
    nic = primary_nic(vm, fleet)
    if isinstance(nic, Unknown):
        return nic
    servers = nic.dns
    if servers == ():
        vnet = networks_of(fleet).vnet_of(nic.subnet)
        servers = None if vnet is None else vnet.dns
    if servers is None:
        return _NO_DNS
    return _named(servers)


@lru_cache(4096)
def _named(servers: tuple[str, ...]) -> list[str]:
    return [AZURE_DNS if server.lower() == "azureprovideddns" else server for server in servers] or [AZURE_DNS]


_CONFIG = (
    "primary, privateIPAddress, subnet.id, applicationSecurityGroups[].id, publicIPAddress.id,"
    " loadBalancerBackendAddressPools[].id"
)
_REFERENCES = "properties.networkProfile.networkInterfaces[].[id, properties.primary]"
NETWORK_READS = {
    VM: f"[location, {_REFERENCES}, properties.virtualMachineScaleSet]",
    NIC: "properties.[primary, networkSecurityGroup.id, defaultOutboundConnectivityEnabled, privateEndpoint.id,"
    f" ipConfigurations[].properties.[{_CONFIG}]]",
    **VNET_READS,
    **EXIT_READS,
    DECLARED: HOP_READS,
}

FACTS = {
    "network": Fact("where its primary address sits in its networks, for can_reach", NETWORK, NETWORK_READS, _network),
    "network.private_ip": Fact(
        "private IPv4 address of its primary network interface",
        TEXT,
        {VM: _REFERENCES, NIC: "properties.[primary, ipConfigurations[].properties.[primary, privateIPAddress]]"},
        _private_ip,
    ),
    "network.subnet": Fact(
        "id of the subnet of its primary network interface, in lower case",
        TEXT,
        {VM: _REFERENCES, NIC: "properties.[primary, ipConfigurations[].properties.[primary, subnet.id]]"},
        _subnet_id,
    ),
    "network.nsgs": Fact(
        "names of the network security groups of its primary network interface and of its subnet",
        list_of(TEXT),
        NETWORK_READS,
        _nsgs,
    ),
    "network.dns_servers": Fact(
        "DNS servers that it is told to use; 168.63.129.16 is Azure's own",
        list_of(TEXT),
        {
            VM: _REFERENCES,
            NIC: "properties.[primary, dnsSettings.dnsServers, ipConfigurations[].properties.[primary, subnet.id]]",
            VNET: "properties.dhcpOptions.dnsServers",
        },
        _dns_servers,
    ),
}

MODULE = FactModule(VM, FACTS)
