"""Rows of networks as Resource Graph writes them, and what can be reached in the fleet that they make."""

from collections.abc import Iterable
from typing import Any

from scanner.language.witness import Witness
from scanner.model import Row, Unknown
from scanner.network.reach import Network
from scanner.rowtypes import NIC, NSG, ROUTE_TABLE, SERVICE_TAGS, VM, VNET
from tests.rows import MAC, facts_of, id_of, nic_id, row, vm_id

VNET_ID = id_of("Microsoft.Network/virtualNetworks", "vnet1", "rg-net")
SUBNET_ID = f"{VNET_ID}/subnets/snet-app"
NSG_ID = id_of("Microsoft.Network/networkSecurityGroups", "nsg-app", "rg-net")
NIC_NSG_ID = id_of("Microsoft.Network/networkSecurityGroups", "nsg-nic", "rg-net")
TABLE_ID = id_of("Microsoft.Network/routeTables", "rt1", "rg-net")
PROXY = {"host": "10.1.0.100", "port": 3128, "authenticated": False}


def asg(name: str) -> str:
    return id_of("Microsoft.Network/applicationSecurityGroups", name, "rg-net")


def vm(*, nics: Iterable[Any] = (nic_id(),), power: str = "running", location: Any = "westeurope", **more: Any) -> Row:
    references = [{"id": nic} if isinstance(nic, str) else nic for nic in nics]
    disk = {"osType": "Linux", "managedDisk": {"id": id_of("Microsoft.Compute/disks", "vm1_OsDisk")}}
    properties = {
        "storageProfile": {"osDisk": disk, "dataDisks": []},
        "networkProfile": {"networkInterfaces": references},
        "extended": {"instanceView": {"powerState": {"code": f"PowerState/{power}"}}},
    }
    return row(VM, vm_id(), {**properties, **more}, location=location)


def config(address: str | None = "10.1.2.9", *, subnet: str | None = SUBNET_ID, **more: Any) -> Row:
    found: Row = {"privateIPAddress": address} if address else {}
    if subnet:
        found["subnet"] = {"id": subnet}
    return {"name": "ipconfig1", "properties": {**found, **more}}


def nic(identity: str = nic_id(), *configs: Row, nsg: str | None = None, **more: Any) -> Row:
    properties: Row = {"macAddress": MAC, "ipConfigurations": list(configs or (config(),))}
    if nsg:
        properties["networkSecurityGroup"] = {"id": nsg}
    return row(NIC, identity, {**properties, **more})


def subnet(
    nsg: str | None = NSG_ID, *, prefix: str | None = "10.1.2.0/24", table: str | None = None, **more: Any
) -> Row:
    properties: Row = {"addressPrefix": prefix} if prefix else {}
    if nsg:
        properties["networkSecurityGroup"] = {"id": nsg}
    if table:
        properties["routeTable"] = {"id": table}
    return {"name": "snet-app", "id": SUBNET_ID, "properties": {**properties, **more}}


def vnet(*subnets: Row, space: str = "10.1.0.0/16", identity: str = VNET_ID, **more: Any) -> Row:
    return row(VNET, identity, {"addressSpace": {"addressPrefixes": [space]}, "subnets": list(subnets), **more})


def rule(name: str, priority: Any, access: str, destination: Any = "*", port: Any = "*", /, **more: Any) -> Row:
    """An outbound rule; a list of destinations or ports goes under the plural name, None leaves it out."""
    properties: Row = {"direction": "Outbound", "access": access, "protocol": "*", "priority": priority}
    properties |= {"sourcePortRange": "*", "sourceAddressPrefix": "*"}
    for key, value, plural in (("destinationAddressPrefix", destination, "es"), ("destinationPortRange", port, "s")):
        if value is not None:
            properties[key + plural if isinstance(value, list) else key] = value
    properties |= more
    return {"name": name, "properties": {key: value for key, value in properties.items() if value is not ...}}


def nsg(*rules: Row, identity: str = NSG_ID, **more: Any) -> Row:
    return row(NSG, identity, {"securityRules": list(rules), **more})


def routes(*given: tuple[str, str, str]) -> Row:
    """A route table of (name, prefix, next hop type)."""
    listed = [
        {
            "name": name,
            "properties": {"addressPrefix": prefix, "nextHopType": hop}
            | ({"nextHopIpAddress": "10.1.0.4"} if hop == "VirtualAppliance" else {}),
        }
        for name, prefix, hop in given
    ]
    return row(ROUTE_TABLE, TABLE_ID, {"routes": listed})


def service_tags(cloud: str = "Public", change: int = 500, date: str | None = None, **tags: list[str]) -> Row:
    """`Storage_westeurope=[…]` is the tag Storage.westeurope."""
    values = [
        {"name": name.replace("_", "."), "properties": {"addressPrefixes": list(of)}} for name, of in tags.items()
    ]
    properties: Row = {"changeNumber": change, "cloud": cloud, "values": values, **({"date": date} if date else {})}
    return {"id": f"/snapready/serviceTags/{cloud}", "type": SERVICE_TAGS, "properties": properties}


DENY_INTERNET = rule("DenyInternet", 200, "Deny", "Internet")
ALLOW_STORAGE = rule("AllowStorage", 100, "Allow", "Storage", "443", protocol="Tcp")


def behind(*rules: Row, **more: Any) -> list[Row]:
    """One VM whose subnet has a group of these rules."""
    return [vm(), nic(), vnet(subnet()), nsg(*rules, **more)]


def network_of(rows: Iterable[Row], *, planned: bool = False, apart: bool = True) -> Network | Unknown:
    """`apart`: the VM has its place to itself, as in an explanation."""
    found = facts_of(rows, planned=planned, apart=apart)["network"]
    assert isinstance(found, Network | Unknown)
    return found


def reach(rows: Iterable[Row], where: str = "Storage", port: str = "443", *, planned: bool = False) -> Witness:
    """What the VM of these rows is told when it asks; `planned`: the rows are a plan's."""
    network = network_of(rows, planned=planned)
    if isinstance(network, Unknown):
        return Witness(None, network.reason, why=(network,))
    return network.walked(where, port)
