"""The network interfaces of the fleet, reduced once for all facts that look at them."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from scanner.facts.catalogue import FactModule, Table
from scanner.facts.fields import flag, identity, objects, part, shared
from scanner.model import Row
from scanner.network.intervals import address_of
from scanner.rowtypes import NIC, VM

if TYPE_CHECKING:
    from scanner.facts.fleet import Fleet
    from scanner.facts.vm import Vm


class Exits(NamedTuple):
    """What of an interface may let it out; the same for many is one object. None: not known."""

    public: bool | None
    pools: tuple[str, ...] | None
    """Backend pools of load balancers."""
    allocated: bool | None
    """It has a default outbound address (defaultOutboundConnectivityEnabled)."""


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
    exits: Exits
    dns: tuple[str, ...] | None = None
    """DNS servers of its own; () those of its virtual network."""
    addresses: tuple[str, ...] = ()
    """Of the interface of a private endpoint, all of its addresses."""


_NOT_KNOWN = Exits(None, None, None)


def reference(value: Any) -> str | None:
    """The id an optional reference names; "" where there is none, None where it cannot be read."""
    return "" if value is None else identity(part(value, "id"))


def _reduce(row: Row, _: str) -> Nic:
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return Nic(None, None, None, None, None, None, _NOT_KNOWN)
    configs = properties.get("ipConfigurations")
    config = _primary(configs)
    address = part(config, "privateIPAddress")
    return Nic(
        mac_of(properties.get("macAddress")),
        flag(properties.get("primary")),
        reference(properties.get("networkSecurityGroup")),
        identity(part(config, "subnet", "id")),
        address.strip() if isinstance(address, str) and address_of(address.strip()) is not None else None,
        _groups(config),
        _exits(config, properties.get("defaultOutboundConnectivityEnabled")),
        servers(properties.get("dnsSettings")),
        _addresses(configs) if properties.get("privateEndpoint") is not None else (),
    )


def _exits(config: Any, allocated: Any) -> Exits:
    if config is None:
        return _NOT_KNOWN
    public = reference(config.get("publicIPAddress"))
    pools = _ids(config.get("loadBalancerBackendAddressPools"))
    found = Exits(None if public is None else bool(public), pools, flag(allocated))
    kept: Exits = shared(("exits", found), found)
    return kept


def servers(settings: Any) -> tuple[str, ...] | None:
    """The DNS servers of an interface or a virtual network; () where it names none of its own."""
    listed = None if settings is None else settings.get("dnsServers") if isinstance(settings, dict) else settings
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return None
    found = tuple(one.strip() for one in listed)
    kept: tuple[str, ...] = shared(("servers", found), found)
    return kept


def _addresses(configs: Any) -> tuple[str, ...]:
    found = [part(config, "properties", "privateIPAddress") for config in objects(configs) or ()]
    return tuple(one.strip() for one in found if isinstance(one, str) and address_of(one.strip()) is not None)


def _primary(given: Any) -> Any:
    """The properties of the primary ip configuration, else of the first."""
    configs = objects(given)
    if not configs:
        return None
    marked = [config for config in configs if part(config, "properties", "primary") is True]
    found = (marked or configs)[0].get("properties")
    return found if isinstance(found, dict) else None


def _groups(config: Any) -> tuple[str, ...] | None:
    return None if config is None else _ids(config.get("applicationSecurityGroups"))


def _ids(listed: Any) -> tuple[str, ...] | None:
    """The ids that a list of references names, sorted; None where one cannot be read."""
    if listed is None:
        return ()
    members = objects(listed)
    if members is None:
        return None
    ids = [identity(member.get("id")) for member in members]
    known = tuple(sorted(one for one in ids if one is not None))
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
