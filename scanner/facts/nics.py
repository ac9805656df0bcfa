"""The network interfaces of the fleet, reduced once for all facts that look at them."""

import re
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import flag, identity, objects, part
from scanner.model import Row
from scanner.network.intervals import address_of
from scanner.rowtypes import NIC, VM

if TYPE_CHECKING:
    from scanner.facts.fleet import Fleet
    from scanner.facts.vm import Vm


class Nic(msgspec.Struct, gc=False):
    """What is kept of an interface: itself, and its primary ip configuration. None: not known.

    `nsg` is "" where there is none.
    """

    mac: str | None
    primary: bool | None
    nsg: str | None
    subnet: str | None
    address: str | None
    groups: tuple[str, ...] | None
    """Application security groups of the address."""
    public: bool | None
    balanced: bool | None
    """It is in the backend pool of a load balancer, whose rules may let it out."""


def reference(value: Any) -> str | None:
    """The id an optional reference names; "" where there is none, None where it cannot be read."""
    return "" if value is None else identity(part(value, "id"))


def _reduce(row: Row, _: str) -> Nic:
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return Nic(None, None, None, None, None, None, None, None)
    config = _primary(properties.get("ipConfigurations"))
    address = part(config, "privateIPAddress")
    public = reference(part(config, "publicIPAddress"))
    return Nic(
        mac_of(properties.get("macAddress")),
        flag(properties.get("primary")),
        reference(properties.get("networkSecurityGroup")),
        identity(part(config, "subnet", "id")),
        address.strip() if isinstance(address, str) and address_of(address.strip()) is not None else None,
        _groups(config),
        None if config is None or public is None else bool(public),
        None if config is None else part(config, "loadBalancerBackendAddressPools") not in (None, []),
    )


def _primary(given: Any) -> Any:
    """The properties of the primary ip configuration, else of the first."""
    configs = objects(given)
    if not configs:
        return None
    marked = [config for config in configs if part(config, "properties", "primary") is True]
    found = (marked or configs)[0].get("properties")
    return found if isinstance(found, dict) else None


def _groups(config: Any) -> tuple[str, ...] | None:
    groups = objects(part(config, "applicationSecurityGroups")) if config is not None else None
    if groups is None:
        return None
    ids = [identity(group.get("id")) for group in groups]
    known = tuple(sorted(group for group in ids if group is not None))
    return known if len(known) == len(ids) else None


def mac_of(value: Any) -> str | None:
    """A mac address as twelve hexadecimal digits, whatever separates them."""
    if not isinstance(value, str):
        return None
    digits = value.lower().replace("-", "").replace(":", "").replace(".", "").strip()
    return digits if _TWELVE_DIGITS(digits) else None


_TWELVE_DIGITS = re.compile(r"[0-9a-f]{12}").fullmatch


def macs_of(vm: "Vm", fleet: "Fleet") -> set[str | None]:
    """The macs of a VM's interfaces; None among them stands for those that are not known."""
    nics = fleet.table("nics")
    if vm.nics is None:
        return {None}
    return {None if (nic := nics.get(name)) is None else nic.mac for name in vm.nics}


MODULE = FactModule(VM, {}, {"nics": Table(NIC, _reduce)})
