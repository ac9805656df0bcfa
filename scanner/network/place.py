"""What is known of where an interface sits: both security groups, and the way behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.model import Unknown
from scanner.network.declared import Declaration
from scanner.network.egress import DEFAULT, Egress
from scanner.network.intervals import NOTHING, Intervals, Prefix
from scanner.network.routes import RouteTable
from scanner.network.rules import Nsg, Side, Truth

OPEN = Egress(True, DEFAULT)


@dataclass(frozen=True, slots=True)
class Attached:
    """The security group of the NIC or of the subnet: one, none (None), or one that is not known."""

    where: str
    nsg: Nsg | Unknown | None
    sources: Mapping[Side, Truth] = field(default_factory=dict)
    name: str = ""
    """What the group is called, with its resource group where others have the same name."""


@dataclass(frozen=True, slots=True)
class Link:
    """A private endpoint in the virtual network or its peers: its address, and why it may not answer there."""

    address: int
    said: str
    routed: bool = True
    """It has a route of its own; a subnet with route policies for endpoints takes that away."""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Manager:
    """A network manager whose security admin rules may come before the security groups."""

    id: str
    said: str


@dataclass(frozen=True, slots=True)
class Way:
    """What lies behind the security groups.

    `inside`: the virtual network's addresses and its peers', `network` the prefixes that make them. `endpoints`: the
    subnet's service endpoints, each with the regions it is for; `filtered`: policies name the accounts that may be
    reached by them. `declared` and `lapsed`: what owners state of
    appliances, and what they stated until it expired.
    """

    inside: Intervals = NOTHING
    network: tuple[Prefix, ...] = ()
    table: RouteTable | Unknown | None = None
    endpoints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filtered: bool = False
    egress: Egress = OPEN
    links: tuple[Link, ...] = ()
    managers: tuple[Manager, ...] = ()
    declared: tuple[Declaration, ...] = ()
    lapsed: tuple[Declaration, ...] = ()

    def filters(self, target: str) -> bool:
        """Whether service endpoint policies decide which accounts of a tag are reached: only Storage has them."""
        storage = target.lower().partition(".")[0] == "storage"
        served = not self.endpoints or any(name.startswith("microsoft.storage") for name, _ in self.endpoints)
        return storage and self.filtered and served

    def has_endpoint(self, target: str, own: str) -> bool:
        """Whether packets to a tag pass a service endpoint, whatever routes to everywhere say. `own`: the region."""
        service, dot, region = target.lower().partition(".")
        if service != "storage" or not dot:
            return False
        for name, places in self.endpoints:
            if name == "microsoft.storage.global":
                return True
            if name == "microsoft.storage" and (region in (places or (own,)) or "*" in places):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose packets they are: the address of one interface, or the prefix of all that share a place."""

    source: str = ""
    alone: bool = False
