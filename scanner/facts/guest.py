"""What was seen inside the guest, as far as it is fresh: interfaces, registry, services, proxy, VSS writers."""

from ipaddress import ip_address
from typing import Any

import msgspec

from scanner.facts.catalogue import Fact, FactModule, From, Of, Table
from scanner.facts.fields import flag, part, text, word
from scanner.facts.fleet import Fleet
from scanner.facts.guest_lists import answers, services, writers
from scanner.facts.nics import mac_of, macs_of
from scanner.facts.vm import Vm
from scanner.language.shapes import ANY, FLAG, NUMBER, TEXT, TIME, Shape, list_of, record
from scanner.language.values import Complete, OpenList
from scanner.language.words import epoch
from scanner.model import MADE_FROM, Row, Unknown
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS, NIC, RUN_COMMAND, VM


class Guest(msgspec.Struct, gc=False):
    """What is kept of a guest facts row; None: not known. `proxy` False: the guest is known to have none."""

    collected: float | None
    collected_at: str | None
    source: str | None
    agent_version: str | None
    agent_running: bool | None
    agent_extensions: bool | None
    interfaces: list[tuple[str | None, dict[str, Any]]] | None
    registry: dict[str, Any] | None
    services: dict[str, Any] | None
    proxy: dict[str, Any] | bool | None
    wireserver: bool | None
    host_plugin: bool | None
    vss_writers: list[dict[str, Any]] | None
    given: bool
    """A row of guest facts came as such, and was not made of a run command or an assignment."""


def _reduce(row: Row, _: str) -> Guest:
    facts = row.get("properties")
    facts = facts if isinstance(facts, dict) else {}
    proxy = facts.get("proxy")
    return Guest(
        epoch(facts.get("collectedAt")),
        text(facts.get("collectedAt")),
        word(facts.get("source")),
        word(part(facts, "agent", "version")),
        flag(part(facts, "agent", "running")),
        flag(part(facts, "agent", "extensionsEnabled")),
        _interfaces(facts.get("interfaces")),
        _keys(facts.get("registry")),
        services(facts.get("services")),
        False if proxy is False else _proxy(proxy),
        answers(facts.get("platformEndpoint"), "80"),
        answers(facts.get("platformEndpoint"), "32526"),
        writers(facts.get("vssWriters")),
        MADE_FROM not in row,
    )


def _newest(one: Guest, other: Guest) -> tuple[Guest, bool]:
    """Of two guest facts of one VM the newest, in whatever order they came; only a row given twice is a repeat."""
    newest = max(one, other, key=lambda guest: (guest.collected or float("-inf"), repr(guest)))
    repeat = one.given and other.given
    newest.given = one.given or other.given
    return newest, repeat


def _interfaces(given: Any) -> list[tuple[str | None, dict[str, Any]]] | None:
    """(mac, interface) of those listed; no interface at all is not believed."""
    if not isinstance(given, list) or not given:
        return None
    return [(mac_of(part(member, "mac")), _interface(member)) for member in given]


def _proxy(given: Any) -> dict[str, Any] | None:
    """The proxy with `addresses` where they are known; a host that is an address is its own.

    A name is no address, not even one that is also the name of a service tag.
    """
    if not isinstance(given, dict):
        return None
    named = given.get("addresses", [given.get("host")])
    known = isinstance(named, list) and bool(named) and all(map(_is_address, named))
    if known:
        return {**given, "addresses": named}
    return {name: value for name, value in given.items() if name != "addresses"}


def _is_address(given: Any) -> bool:
    try:
        ip_address(given if isinstance(given, str) else "")
    except ValueError:
        return False
    return True


def _keys(given: Any) -> dict[str, Any] | None:
    """Registry keys by name: one that is listed is complete, `false` says that there is none of it."""
    if not isinstance(given, dict):
        return None
    found = {}
    for name, values in given.items():
        if values is False or isinstance(values, dict):
            found[name] = Complete(values or {})
    return found


_NONE = Unknown("no guest facts of the VM are given", "guest-facts")
_UNDATED = Unknown("the guest facts do not say when they were collected", "fresh-guest-facts")


def _none(vm: Vm, fleet: Fleet) -> Unknown:
    absent: dict[str, Unknown] = fleet.once("no guest facts", lambda _: {})
    subscription = vm.subject.subscription
    if subscription not in absent:
        rights = [fleet.ledger.right_missing(publisher, subscription) for publisher in (RUN_COMMAND, GUEST_ASSIGNMENT)]
        right = next(filter(None, rights), "")
        said = f"{_NONE.reason}, and what publishes them may not be read: needs {right}"
        absent[subscription] = Unknown(said, "right") if right else _NONE
    return absent[subscription]


def guest_of(vm: Vm, fleet: Fleet) -> Guest | Unknown:
    """The VM's guest facts, if they are fresh."""
    guest: Guest | None = fleet.table("guests").get(vm.subject.key)
    if guest is None:
        return _none(vm, fleet)
    if guest.collected is None:
        return _UNDATED
    age = (fleet.now - guest.collected) / 3600
    if age > fleet.max_age:
        days = f"{age / 24:.0f} days old; the limit is {fleet.max_age / 24:.3g} (--max-age)"
        return Unknown(f"the guest facts of {(guest.collected_at or '')[:10]} are stale: {days}", "fresh-guest-facts")
    if age < -fleet.max_age:  # a clock that is ahead must not keep them fresh for ever
        dated = f"the guest facts are dated {(guest.collected_at or '')[:10]}, long after the rows were taken"
        return Unknown(dated, "fresh-guest-facts")
    return guest


def guest_part(name: str, what: str) -> Of:
    """The getter of one attribute of fresh guest facts."""
    return Of(guest_of, name, Unknown(f"the guest facts do not tell {what}", "guest-facts"))


def _collected_at(vm: Vm, fleet: Fleet) -> Any:
    """Known even where the facts are stale."""
    guest: Guest | None = fleet.table("guests").get(vm.subject.key)
    if guest is None:
        return _none(vm, fleet)
    return guest.collected_at or _UNDATED


_NO_INTERFACES = Unknown("the guest facts list no interfaces", "guest-facts")
_NONE_OWN = Unknown("none of the interfaces in the guest facts is one of the VM's (by mac address)", "guest-facts")
_NO_MACS = Unknown(
    "the VM's network interface rows (macAddress) are not all known, so the guest's own bridges cannot be told apart",
    "reference",
)


def _own_interfaces(guest: Guest | Unknown, vm: Vm, fleet: Fleet) -> Any:
    """The guest's interfaces that are the VM's; one whose mac is none of the VM's NICs is a bridge or a tunnel.

    Where some NIC's mac is not known, one that matches no known mac may or may not be the VM's: an open list. One that
    lists no mac is taken for the VM's, unless every NIC has been found among the others.
    """
    if isinstance(guest, Unknown):
        return guest
    if guest.interfaces is None:
        return _NO_INTERFACES
    macs = macs_of(vm, fleet)
    all_found = bool(macs) and macs <= {mac for mac, _ in guest.interfaces if mac is not None}
    own, unsure = [], 0
    for mac, interface in guest.interfaces:
        if mac in macs if mac is not None else not (interface and all_found):
            own.append(interface)
        elif mac is not None and None in macs:
            unsure += 1
    if not own:
        return _NO_MACS if unsure else _NONE_OWN
    return OpenList(own, unsure, (_NO_MACS,)) if unsure else own


def _interface(given: Any) -> dict[str, Any]:
    found = {"name": text(part(given, "name")), "mac": text(part(given, "mac")), "dhcp": flag(part(given, "dhcp"))}
    return {name: value for name, value in found.items() if value is not None}


_INTERFACE = record(name=TEXT, mac=TEXT, dhcp=FLAG)
_NAMES = Shape("table", Shape("table", ANY))
_SERVICES = Shape("table", record(status=TEXT, startup=TEXT))
_WHEN = "properties.collectedAt"

FACTS = {
    "guest.collected_at": Fact("when the guest was looked at", TIME, {GUEST_FACTS: _WHEN}, _collected_at, True),
    "guest.source": Fact(
        "what looked",
        TEXT,
        {GUEST_FACTS: "properties.[collectedAt, source]"},
        guest_part("source", "their source"),
        True,
    ),
    "guest.interfaces": Fact(
        "the VM's network interfaces as the guest has them; dhcp: its address comes from DHCP",
        list_of(_INTERFACE),
        {
            GUEST_FACTS: "properties.[collectedAt, interfaces]",
            VM: "properties.networkProfile.networkInterfaces[].id",
            NIC: "properties.macAddress",
        },
        From(guest_of, _own_interfaces),
        True,
    ),
    "guest.registry": Fact(
        "registry values by key; a key that was read answers false for a value it does not hold",
        _NAMES,
        {GUEST_FACTS: "properties.[collectedAt, registry]"},
        guest_part("registry", "the registry"),
        True,
    ),
    "guest.services": Fact(
        "services by name, each with status (running, stopped) and startup (automatic, manual, disabled)",
        _SERVICES,
        {GUEST_FACTS: "properties.[collectedAt, services]"},
        guest_part("services", "the services"),
        True,
    ),
    "guest.proxy": Fact(
        "the proxy that backup would use; false: none",
        record(host=TEXT, addresses=list_of(TEXT), port=NUMBER, authenticated=FLAG),
        {GUEST_FACTS: "properties.[collectedAt, proxy]"},
        guest_part("proxy", "a proxy"),
        True,
    ),
    "guest.wireserver_open": Fact(
        "tcp/80 of 168.63.129.16 (WireServer) answers the guest",
        FLAG,
        {GUEST_FACTS: 'properties.[collectedAt, platformEndpoint."80"]'},
        guest_part("wireserver", "whether tcp/80 of 168.63.129.16 answers"),
        True,
    ),
    "guest.host_plugin_open": Fact(
        "tcp/32526 of 168.63.129.16 (HostGAPlugin) answers the guest",
        FLAG,
        {GUEST_FACTS: 'properties.[collectedAt, platformEndpoint."32526"]'},
        guest_part("host_plugin", "whether tcp/32526 of 168.63.129.16 answers"),
        True,
    ),
    "guest.vss_writers": Fact(
        "VSS writers, each with its state (Stable, Failed, …)",
        list_of(record(name=TEXT, state=TEXT)),
        {GUEST_FACTS: "properties.[collectedAt, vssWriters]"},
        guest_part("vss_writers", "the VSS writers"),
        True,
    ),
}

MODULE = FactModule(
    VM,
    FACTS,
    {"guests": Table(GUEST_FACTS, _reduce, suffix="/guestfacts", again=_newest)},
)
