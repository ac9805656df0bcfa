"""Random places of a virtual machine, and the rows that Resource Graph would show of each."""

import random
from collections.abc import Iterator
from typing import Any

from scanner.model import Row
from tests.network import oracle
from tests.network.build import (
    NIC_NSG_ID,
    NSG_ID,
    TABLE_ID,
    config,
    nic,
    nsg,
    service_tags,
    subnet,
    vm,
    vnet,
)
from tests.network.exits import NAT_ID, PUBLIC_ID, balancer, declared, endpoint, manager, nat, pool_id
from tests.network.oracle import Packet, Raw
from tests.network.way_oracle import World
from tests.rows import id_of, nic_id, row

TAGS = {
    "storage": ["20.60.0.0/16", "52.239.128.0/18", "20.150.0.0/28", "20.60.0.0/20", "20.70.0.0/24"],
    "storage.eastus": ["20.60.0.0/20", "20.60.32.0/24", "20.60.255.255/32", "52.239.152.0/22", "191.232.0.0/31"],
    "storage.westus": ["20.60.64.0/20", "20.70.0.0/24"],
    "azurecloud": ["20.60.0.0/17", "52.239.0.0/16", "20.61.0.0/24"],
    "azurecloud.eastus": ["20.60.0.0/21", "20.60.32.128/25", "20.60.0.0/20"],
    "azurebackup": ["20.61.0.0/24", "20.61.1.128/25"],
}
REGION = "eastus"
ADDRESS = "10.1.2.9"
HUB_ID = id_of("Microsoft.Network/virtualNetworks", "hub", "rg-net")
LINK_SUBNET_ID = f"{HUB_ID}/subnets/snet-pe"
PREFIXES = [
    "0.0.0.0/0",
    "20.60.0.0/16",
    "20.60.0.0/20",
    "20.60.8.0/21",
    "20.60.32.0/24",
    "20.61.0.0/24",
    "20.61.1.192/26",
    "20.60.64.0/24",
    "52.239.152.0/23",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.3.0/24",
    "10.9.0.0/16",
    "10.8.0.0/15",
    "10.9.0.5/32",
    "203.0.113.0/24",
    "191.232.0.1/32",
]
NAMES = ["Storage", "Storage.EastUS", "AzureCloud", "AzureCloud.eastus", "AzureBackup", "Storage.WestUS"]
HOPS = ["Internet", "None", "VirtualAppliance", "VirtualNetworkGateway", "VnetLocal"]
APPLIANCES = ["10.9.0.4", "10.9.0.5", "10.1.0.4"]
POOLS = ["outbound", "rule", "quiet", "internal", "basic", "basic-internal", "no-sku", "missing"]
LINKS = ["10.9.0.5", "10.9.0.6", "10.9.1.7"]
ASKED = ["Storage", "Storage.WestUS", "AzureBackup", "10.9.0.5", "10.9.0.0/24", "10.1.3.9", "10.50.0.9", "203.0.113.9"]
POLICIES = {
    "": "Disabled",
    "filtered": "NetworkSecurityGroupEnabled",
    "unrouted": "RouteTableEnabled",
    "both": "Enabled",
}


def world(dice: random.Random) -> World:
    """One of many, most of them plain in most of their parts."""

    def maybe(share: float, *values: Any) -> Any:
        return dice.choice(values) if dice.random() < share else None

    return World(
        (_group(dice), _group(dice)),
        ("10.1.0.0/16", *dice.sample(["10.9.0.0/16", "10.8.0.0/16", "20.60.8.0/22"], dice.randint(1, 2))),
        maybe(0.1, "missing") or _routes(dice),
        _endpoints(dice),
        maybe(0.6, True, True, False),
        maybe(0.3, "ok", "ok", "bare", "missing") or "",
        dice.random() < 0.15,
        tuple(dice.sample(POOLS, dice.choice((0, 0, 0, 1, 1, 2)))),
        maybe(0.4, True, False),
        dice.random() < 0.1,
        ("avnm1",) if dice.random() < 0.1 else (),
        tuple(_declared(dice) for _ in range(dice.choice((0, 0, 1, 2)))),
        {
            link: dice.choice(("", "", "filtered", "unrouted", "both"))
            for link in dice.sample(LINKS, dice.randint(0, 2))
        },
    )


def _group(dice: random.Random) -> list[Raw] | str | None:
    kind = dice.random()
    if kind < 0.4:
        return None
    if kind < 0.45:
        return "missing"
    rules = [_rule(dice, number) for number in range(dice.randint(0, 4))]
    return [*rules, *oracle.defaults()]


def _rule(dice: random.Random, number: int) -> Raw:
    stock = [*PREFIXES, *NAMES, "*", "Internet", "VirtualNetwork", "Nobody.Knows"]
    return {
        "name": f"r{number}",
        "priority": 100 + 10 * number,
        "access": dice.choice(("Allow", "Deny")),
        "direction": "Outbound",
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": dice.choice(("443", "*", "80")),
        "sourceAddressPrefix": dice.choice(("*", "*", "VirtualNetwork", "10.1.2.0/24", "10.9.0.0/16")),
        "destinationAddressPrefixes": dice.sample(stock, dice.randint(1, 2)),
    }


def _routes(dice: random.Random) -> tuple[tuple[str, str, str], ...] | None:
    count = dice.choice((0, 0, 1, 1, 2, 3))
    if not count:
        return None
    stock = [*PREFIXES, "0.0.0.0/0", "0.0.0.0/0", *NAMES] + (["Nobody.Knows"] if dice.random() < 0.05 else [])
    chosen = list(dict.fromkeys(dice.choice(stock) for _ in range(count)))
    return tuple(
        (prefix, hop, dice.choice(APPLIANCES) if hop == "VirtualAppliance" else "")
        for prefix in chosen
        for hop in [dice.choice(HOPS)]
    )


def _endpoints(dice: random.Random) -> tuple[tuple[str, tuple[str, ...]], ...]:
    places: tuple[tuple[str, ...], ...] = ((), ("eastus",), ("westus",), ("*",), ("eastus", "westus"))
    if dice.random() < 0.7:
        return ()
    return ((dice.choice(("Microsoft.Storage", "Microsoft.Storage.Global", "Microsoft.Sql")), dice.choice(places)),)


def _declared(dice: random.Random) -> Raw:
    named = ["VirtualNetworkGateway", id_of("Microsoft.Network/networkManagers", "avnm1", "rg-net")]
    return {
        "hop": dice.choice([*APPLIANCES, "10.9.0.0/24", *named]),
        "allows": dice.sample([*NAMES, "*", "20.60.0.0/16", "203.0.113.0/24", "10.0.0.0/8"], dice.randint(1, 3)),
        "ports": dice.choice((["443"], ["*"], ["80", "400-500"], ["80"])),
        "expires": dice.choice(("2027-01-01", "2026-11-22", "2026-11-21")),
    }


def rows(given: World) -> list[Row]:
    """The rows of a place, as Resource Graph would show them."""
    return list(_rows(given))


def _rows(given: World) -> Iterator[Row]:
    scale_set = id_of("Microsoft.Compute/virtualMachineScaleSets", "vmss1")
    member: dict[str, Any] = {"virtualMachineScaleSet": {"id": scale_set}} if given.flexible else {}
    yield vm(location=REGION, **member)
    own: dict[str, Any] = {"publicIPAddress": {"id": PUBLIC_ID}} if given.public else {}
    if given.pools:
        own["loadBalancerBackendAddressPools"] = [{"id": pool_id(kind)} for kind in given.pools]
    flags: dict[str, Any] = {} if given.allocated is None else {"defaultOutboundConnectivityEnabled": given.allocated}
    groups = [
        None if group is None else identity for group, identity in zip(given.groups, (NIC_NSG_ID, NSG_ID), strict=True)
    ]
    yield nic(nic_id(), config(ADDRESS, **own), nsg=groups[0], **flags)
    more: dict[str, Any] = {
        "serviceEndpoints": [{"service": name, "locations": list(at)} for name, at in given.endpoints]
    }
    if given.private is not None:
        more["defaultOutboundAccess"] = not given.private
    if given.nat:
        more["natGateway"] = {"id": NAT_ID}
    table = TABLE_ID if given.routes is not None else None
    peering: Row = {
        "peeringState": "Connected",
        "remoteVirtualNetwork": {"id": HUB_ID},
        "remoteAddressSpace": {"addressPrefixes": list(given.network[1:])},
    }
    yield vnet(subnet(groups[1], table=table, **more), virtualNetworkPeerings=[{"properties": peering}])
    if not isinstance(given.routes, str) and given.routes is not None:
        yield _table(given.routes)
    for group, identity in zip(given.groups, (NIC_NSG_ID, NSG_ID), strict=True):
        if isinstance(group, list):
            yield nsg(*({"name": one.get("name", "d"), "properties": one} for one in group[:-3]), identity=identity)
    yield from _around(given)
    listed: dict[str, Any] = {name.replace(".", "_"): prefixes for name, prefixes in TAGS.items()}
    yield service_tags(**listed)


def _table(routes: tuple[tuple[str, str, str], ...]) -> Row:
    entries = [
        {
            "name": f"r{number}",
            "properties": {"addressPrefix": prefix, "nextHopType": hop} | ({"nextHopIpAddress": at} if at else {}),
        }
        for number, (prefix, hop, at) in enumerate(routes)
    ]
    return row("microsoft.network/routetables", TABLE_ID, {"routes": entries})


def _around(given: World) -> Iterator[Row]:
    if given.nat in ("ok", "bare"):
        yield nat(addresses=int(given.nat == "ok"))
    for kind in given.pools:
        if kind != "missing":
            yield balancer(kind, kind)
    for name in given.managers:
        yield manager(name)
    for number, one in enumerate(given.declared):
        yield declared(one["hop"], *one["allows"], number=number, ports=one["ports"], expires=one["expires"])
    subnets = []
    for number, (address, how) in enumerate(sorted(given.links.items())):
        own = f"{HUB_ID}/subnets/snet-pe{number}"
        properties: Row = {"addressPrefix": "10.9.0.0/24", "privateEndpointNetworkPolicies": POLICIES[how]}
        properties["networkSecurityGroup"] = {"id": NSG_ID}
        subnets.append({"name": f"snet-pe{number}", "id": own, "properties": properties})
        yield from endpoint(f"pe{number}", own, address)
    yield vnet(*subnets, identity=HUB_ID, space=given.network[1])


def packet(given: World, asked: str, address: int) -> Packet:
    """The packet that the question is about, to one of the addresses asked for."""
    tag = "" if asked[0].isdigit() else f"Storage.{REGION}" if asked == "Storage" else asked
    named: tuple[str, ...] = ()
    if isinstance(given.routes, tuple):
        named = tuple(
            each for prefix, _, _ in given.routes for each in TAGS.get(prefix.lower(), [prefix]) if each[0].isdigit()
        )
        if any(not prefix[0].isdigit() and prefix.lower() not in TAGS for prefix, _, _ in given.routes):
            named = ("0.0.0.0/0",)
    elif given.routes == "missing":
        named = ("0.0.0.0/0",)
    source = oracle.bounds(ADDRESS)[0]
    return Packet(address, 443, tag, source, "10.1.2.0/24", frozenset(), given.network, named)


def edges(given: World, asked: str) -> list[int]:
    """Addresses asked for that lie on the edge of something, and one off it."""
    tag = f"storage.{REGION}" if asked == "Storage" else asked.lower()
    target = [asked] if asked[0].isdigit() else TAGS[tag]
    named = {*given.network, *given.links, *target, *PREFIXES}
    named |= {prefix for listed in TAGS.values() for prefix in listed}
    ends = {end for prefix in named for end in oracle.bounds(prefix)}
    near = {end + step for end in ends for step in (-1, 0, 1)}
    return sorted(one for one in near if any(low <= one <= high for low, high in map(oracle.bounds, target)))
