"""How packets to public addresses leave a subnet: NAT gateway, public address, load balancer, or the default access."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scanner.network.rules import Truth


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that may translate addresses. `open`: whether it does, and where that is not sure or not so, `why`."""

    said: str
    open: Truth = True
    why: str = ""
    needs: str = "property"


Kind = Literal["outbound rule", "rule", "internal", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Pool:
    """A backend pool that the interface is in, by what its load balancer does with what goes out.

    "rule": a load-balancing rule translates it on the side; "internal": the balancer is a standard one without a public
    address, which takes the default access away; "none": it neither helps nor harms.
    """

    said: str
    kind: Kind
    why: str = ""


@dataclass(frozen=True, slots=True)
class Egress:
    """Whether packets to public addresses leave, and by what (`said`). Where they do not, or it is not known, `why`."""

    open: Truth
    said: str = ""
    why: str = ""
    needs: str = "property"


DEFAULT = "default outbound access"


def egress(
    nat: Gate | None,
    public: Gate | None,
    pools: Sequence[Pool],
    *,
    private: Truth,
    allocated: Truth,
    flexible: Truth,
    elsewhere: bool = False,
) -> Egress:
    """The first that there is, in the order in which Azure takes them.

    `private`: the subnet has no default access (defaultOutboundAccess is false); `allocated`: the interface has a
    default outbound address (defaultOutboundConnectivityEnabled), None where its row does not tell; `flexible`: the
    VM is one of a flexible scale set, which has none; `elsewhere`: another of its interfaces has a public address.
    """
    explicit = [gate for gate in (nat, public) if gate is not None]
    if explicit:
        first = explicit[0]
        if first.open is True:
            return Egress(True, first.said)
        if first.open is None or len(explicit) > 1 or private is not True:
            return Egress(None, first.said, first.why, first.needs)
        return Egress(False, first.said, f"private, and its {first.said} has no public address")
    by_kind = {pool.kind: pool for pool in reversed(pools)}
    if "outbound rule" in by_kind:
        return Egress(True, by_kind["outbound rule"].said)
    if "unknown" in by_kind:
        return Egress(None, by_kind["unknown"].said, by_kind["unknown"].why, "reference")
    if "rule" in by_kind:
        said = by_kind["rule"].said
        if private is False:
            return Egress(True, said)
        why = (
            f"is private or may be, and {said} translates addresses without an outbound rule, which is documented there"
        )
        return Egress(None, said, f"{why} neither as working nor as not")
    if elsewhere:
        why = f"is {_NONE}, and whether the public address of another interface of the VM serves is not known"
        return Egress(None, "the public address of another interface", why)
    return _default(by_kind.get("internal"), private, allocated, flexible)


_NONE = "without a NAT gateway, public address or outbound rule"


def _default(internal: Pool | None, private: Truth, allocated: Truth, flexible: Truth) -> Egress:
    """The default outbound access, where nothing explicit is there."""
    if private is True:
        if allocated:
            why = "is private, yet the interface still has a default outbound address, and loses it once deallocated"
            return Egress(None, DEFAULT, why)
        return Egress(False, why=f"private and {_NONE}")
    if private is None:
        return Egress(None, DEFAULT, f"is {_NONE}, and whether it is private is not known")
    if allocated:
        return Egress(True, DEFAULT)
    if internal is not None:
        return Egress(False, why=f"{_NONE}, and behind {internal.said}, which takes the default access away")
    if flexible:
        return Egress(False, why=f"{_NONE} for a VM of a flexible scale set, which has no default access")
    if flexible is None:
        return Egress(None, DEFAULT, f"is {_NONE}, and whether the VM is one of a flexible scale set is not known")
    if allocated is False:
        why = f"is {_NONE}, and the interface has no default outbound address (defaultOutboundConnectivityEnabled)"
        return Egress(None, DEFAULT, why)
    return Egress(True, DEFAULT)
