"""Which VMs, networks and vaults a fleet has: all of it follows from the seed and a VM's number."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

TAKEN_AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
REGIONS = ("westeurope", "eastus", "northeurope", "westus2", "uksouth", "southeastasia")
APPS = ("web", "erp", "crm", "hr", "bi", "mail")
# Windows time zones with their UTC offset in minutes on the day of the snapshot, standard time in all
ZONES = (
    ("W. Europe Standard Time", 60),
    ("Eastern Standard Time", -300),
    ("UTC", 0),
    ("GMT Standard Time", 0),
    ("Pacific Standard Time", -480),
    ("India Standard Time", 330),
    ("Singapore Standard Time", 480),
)
SETS = ((20,), (12, 8), (9, 4, 2), (5, 3, 3))  # availability sets among the VMs of one resource group
# 92% of the VMs have a backup item; with the stopped ones left out, 90% are protected
STATES = (
    (0.02, "ProtectionStopped"),
    (0.03, "IRPending"),
    (0.04, "ProtectionError"),
    (0.92, "Protected"),
    (1, ""),
)
AGENTS = (("2.11.1.12", "2.2.45"), ("2.7.41491.1172", "2.7.41491.949"))  # Linux, Windows; new, too old
PER_SUBSCRIPTION, PER_VAULT, PER_VNET, PER_GROUP, PER_NSG = 2000, 1000, 200, 50, 40


class Schedule(NamedTuple):
    """A backup policy of every vault: how many of 20 VMs have it, and its starts in hours of wall time."""

    name: str
    share: int
    version: str
    frequency: str
    hours: tuple[float, ...]
    days: tuple[str, ...] = ()
    crash_consistent: bool = False


SCHEDULES = (  # in id order, which ignores case
    Schedule("crash-hourly", 1, "V2", "Hourly", (8, 12, 16, 20, 24), crash_consistent=True),
    Schedule("daily-2000", 3, "V1", "Daily", (20,)),
    Schedule("daily-2200", 5, "V1", "Daily", (22,)),
    Schedule("daily-2330", 2, "V1", "Daily", (23.5,)),
    Schedule("DefaultPolicy", 2, "V1", "Daily", (19,)),
    Schedule("enhanced-daily", 3, "V2", "Daily", (1.5,)),
    Schedule("enhanced-hourly", 2, "V2", "Hourly", (0, 6, 12, 18)),
    Schedule("enhanced-weekly", 1, "V2", "Weekly", (22,), ("Tuesday", "Friday")),
    Schedule("weekly-0200", 1, "V1", "Weekly", (2,), ("Monday", "Wednesday", "Saturday")),
)
SCHEDULE_OF = [at for at, schedule in enumerate(SCHEDULES) for _ in range(schedule.share)]


@cache
def last_start(schedule: Schedule, offset: int) -> datetime:
    """The last scheduled start whose backup was over when the snapshot was taken."""
    midnight = TAKEN_AT.replace(hour=0)
    starts = [
        day + timedelta(hours=hour) - timedelta(minutes=0 if schedule.name == "DefaultPolicy" else offset)
        for day in (midnight - timedelta(days=back) for back in range(-1, 9))
        if not schedule.days or f"{day:%A}" in schedule.days
        for hour in schedule.hours
    ]
    return max(start for start in starts if start <= TAKEN_AT - timedelta(minutes=90))


class Extension(NamedTuple):
    name: str
    publisher: str
    kind: str
    version: str


class Machine:
    """One VM as its number and the seed make it: every pass over the fleet finds the same one."""

    def __init__(self, fleet: Fleet, sub: int, local: int) -> None:
        self.number, self.local, self.group = fleet.first(sub) + local, local, local // PER_GROUP
        digest = hashlib.blake2b(b"%d/%d" % (fleet.seed, self.number), digest_size=32).digest()
        draws = [word / 65536 for word in struct.unpack("<16H", digest)]
        self.draws: list[float] = draws
        app = APPS[(sub + self.group) % len(APPS)]
        group = f"rg-{self.group:03d}-{app}"
        self.subscription, self.app, self.resource_group = fleet.subscriptions[sub], app, group
        self.name = f"vm{self.number:07d}{app}"
        self.base = f"/subscriptions/{self.subscription}/resourceGroups/{group}/providers/"
        self.id = f"{self.base}Microsoft.Compute/virtualMachines/{self.name}"
        if draws[0] < 0.1:  # as seen live: the VM's own id has its resource group in upper case
            self.id = self.id.replace(group, group.upper(), 1)
        self.disks = f"{self.base}Microsoft.Compute/disks/"
        self.region, self.zone = fleet.region(sub, local), fleet.zone(sub, local)
        self.windows = draws[1] < 0.45
        self.system = "Windows" if self.windows else "Linux"
        self.sql: bool = self.windows and draws[2] < 0.12
        self.power: str = "deallocated" if draws[3] < 0.05 else "stopped" if draws[3] < 0.06 else "running"
        self.nics: int = 2 if draws[4] < 0.03 else 1
        self.state: str = next(state for limit, state in STATES if draws[5] < limit)
        self.schedule = SCHEDULES[SCHEDULE_OF[int(draws[6] * len(SCHEDULE_OF))]]
        self.agent = AGENTS[self.windows][draws[7] < 0.03]
        position, self.availability_set = local % PER_GROUP, ""
        for at, size in enumerate(SETS[(sub + self.group) % len(SETS)]):
            if 0 <= position < size:
                self.availability_set = f"{self.base}Microsoft.Compute/availabilitySets/avset-{at}"
            position -= size
        self.vault = fleet.vault(sub, local // PER_VAULT)
        self.balancer = f"{fleet.network(sub)}loadBalancers/lb-{local // PER_VNET:02d}"
        self.nsg, self.subnet = fleet.nsg(sub, local // PER_NSG), fleet.subnet(sub, local // PER_NSG)

    def nic(self, at: int) -> str:
        return f"{self.base}Microsoft.Network/networkInterfaces/{self.name}-nic{at + 1}"

    def mac(self, at: int) -> str:
        octets = f"{self.number & 0xFFFFFF:06X}"
        return f"{('00-0D-3A', '00-22-48')[at]}-{octets[:2]}-{octets[2:4]}-{octets[4:]}"

    def address(self, at: int) -> str:
        return f"{prefix(self.local // PER_NSG)}.{4 + self.local % PER_NSG + 100 * at}"

    def extensions(self) -> list[Extension]:
        """By name."""
        some, found = self.draws[8], []
        if some < 0.2:
            agent = f"AzureMonitor{self.system}Agent"
            found.append(Extension(agent, "Microsoft.Azure.Monitor", agent, "1.10" if self.windows else "1.25"))
        if 0.15 < some < 0.25 or not self.state:
            name = f"MDE.{self.system}"
            found.append(Extension(name, "Microsoft.Azure.AzureDefenderForServers", name, "1.0"))
        if self.sql:
            found.append(Extension("SqlIaasExtension", "Microsoft.SqlServer.Management", "SqlIaaSAgent", "2.0"))
        if self.state not in ("", "IRPending") and not self.schedule.crash_consistent and some < 0.98:
            name = "VMSnapshot" if self.windows else "VMSnapshotLinux"
            found.append(Extension(name, "Microsoft.Azure.RecoveryServices", name, "1.0"))
        return found


class Fleet:
    """Which subscriptions, groups, networks and vaults the VMs of a fleet of this size have."""

    def __init__(self, vms: int, seed: int) -> None:
        if vms < 1:
            raise ValueError("a fleet has at least one VM")
        count = max(3, -(-vms // PER_SUBSCRIPTION))
        self.vms, self.seed, self.share = vms, seed, -(-vms // count)
        rng = Random(f"{seed}/subscriptions")
        self.subscriptions = [guid(rng, first=at * (0xFFFFFFFF // count)) for at in range(count)]

    def first(self, sub: int) -> int:
        return min(sub * self.share, self.vms)

    def size(self, sub: int) -> int:
        return self.first(sub + 1) - self.first(sub)

    def blocks(self, sub: int, each: int) -> range:
        return range(-(-self.size(sub) // each))

    def machines(self, sub: int) -> Iterator[Machine]:
        return (Machine(self, sub, local) for local in range(self.size(sub)))

    def region(self, sub: int, local: int) -> str:
        return REGIONS[(2 * sub + local // PER_VAULT) % len(REGIONS)]

    def zone(self, sub: int, local: int) -> tuple[str, int]:
        return ZONES[(2 * sub + local // PER_VAULT) % len(ZONES)]

    def network(self, sub: int) -> str:
        group = f"/subscriptions/{self.subscriptions[sub]}/resourceGroups/rg-network"
        return f"{group}/providers/Microsoft.Network/"

    def vault(self, sub: int, number: int) -> str:
        group = f"/subscriptions/{self.subscriptions[sub]}/resourceGroups/rg-backup"
        return f"{group}/providers/Microsoft.RecoveryServices/vaults/rsv-{number}"

    def nsg(self, sub: int, block: int) -> str:
        return f"{self.network(sub)}networkSecurityGroups/nsg-{block:03d}"

    def vnet(self, sub: int, number: int) -> str:
        return f"{self.network(sub)}virtualNetworks/vnet-{number:02d}"

    def subnet(self, sub: int, block: int) -> str:
        return f"{self.vnet(sub, block * PER_NSG // PER_VNET)}/subnets/snet-{block % (PER_VNET // PER_NSG)}"


class Block(NamedTuple):
    """One resource that many VMs share: the block-th of its kind in the subscription."""

    fleet: Fleet
    sub: int
    number: int


def prefix(block: int) -> str:
    """The first three numbers of a subnet's addresses."""
    return f"10.{block * PER_NSG // PER_VNET % 250}.{block % (PER_VNET // PER_NSG)}"


def guid(rng: Random, first: int | None = None) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    head = digits[:8] if first is None else f"{first:08x}"
    return f"{head}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
