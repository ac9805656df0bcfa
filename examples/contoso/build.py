"""Writes the example fleet of Contoso next to this file: fleet.ndjson, instanceviews.json, guestfacts.ndjson.

    python examples/contoso/build.py

The tables are made by hand and come first; below them, small functions turn them into rows. Nothing is
random and no clock is read: the same tables give the same bytes. What each VM is for stands in its `story`;
which verdicts it must get stands in expected.csv, which is written by hand too (and checked here to list
the same VMs with the same stories, no more).
"""

from __future__ import annotations

import csv
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
TAKEN_AT = "2026-11-22T01:00:00Z"  # a Sunday, 02:00 in Amsterdam, 20:00 on Saturday in New York, 06:30 in Pune
TENANT = "5e1f7c3a-64d2-4b90-a8e7-2c9d0f81b356"
SUBSCRIPTIONS = {
    "prod": "3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40",
    "platform": "7b1d94f0-2c63-4e8a-b5d9-0e4f6a3c8d21",
    "dev": "c58e07a3-9f14-46b2-8d73-1a6b4e5f9027",
}

Row = dict[str, object]


# ---------------------------------------------------------------------------------------------- networks


@dataclass(frozen=True)
class Rule:
    """One security rule. A tuple of destinations becomes the plural `destinationAddressPrefixes`."""

    name: str
    priority: int
    direction: str
    access: str
    destination: str | tuple[str, ...]
    port: str = "*"
    source: str = "*"
    protocol: str = "*"


def inbound(name: str, priority: int, source: str, port: str) -> Rule:
    return Rule(name, priority, "Inbound", "Allow", "*", port, source, "Tcp")


def outbound(name: str, priority: int, destination: str | tuple[str, ...], port: str) -> Rule:
    return Rule(name, priority, "Outbound", "Allow", destination, port, protocol="Tcp")


def deny(name: str, priority: int, destination: str) -> Rule:
    return Rule(name, priority, "Outbound", "Deny", destination)


@dataclass(frozen=True)
class Nsg:
    place: str  # subscription/resource group/name
    region: str
    rules: tuple[Rule, ...]
    shows_defaults: bool = True


RDP_FROM_JUMP = inbound("AllowRdpFromJumpHosts", 200, "10.0.2.0/24", "3389")
SSH_FROM_JUMP = inbound("AllowSshFromJumpHosts", 210, "10.0.2.0/24", "22")

NSGS: tuple[Nsg, ...] = (
    Nsg(
        "prod/rg-net-weu/nsg-web",
        "westeurope",
        (inbound("AllowHttps", 100, "Internet", "443"), RDP_FROM_JUMP),
    ),
    # Blocks Azure Storage for a dozen VMs: the tag Internet includes Azure's public addresses.
    Nsg(
        "prod/rg-net-weu/nsg-app",
        "westeurope",
        (
            inbound("AllowFromWeb", 100, "10.10.1.0/24", "8080-8443"),
            RDP_FROM_JUMP,
            SSH_FROM_JUMP,
            outbound("AllowSql", 100, "10.10.3.0/24", "1433"),
            deny("DenyInternet", 200, "Internet"),
        ),
    ),
    Nsg(
        "prod/rg-net-weu/nsg-sql",
        "westeurope",
        (
            inbound("AllowSqlFromApp", 100, "10.10.2.0/24", "1433"),
            RDP_FROM_JUMP,
            outbound("AllowStorage", 100, "Storage", "443"),
            outbound("AllowEntraId", 110, "AzureActiveDirectory", "443"),
            deny("DenyInternet", 200, "Internet"),
        ),
    ),
    # Of Storage only that of its own region; and what the backup of databases needs.
    Nsg(
        "prod/rg-net-weu/nsg-sap",
        "westeurope",
        (
            inbound("AllowSapGui", 100, "VirtualNetwork", "3200-3299"),
            SSH_FROM_JUMP,
            outbound("AllowVnet", 100, "VirtualNetwork", "*"),
            outbound("AllowStorageWestEurope", 110, "Storage.WestEurope", "443"),
            outbound("AllowAzureBackup", 120, "AzureBackup", "443"),
            outbound("AllowEntraId", 130, "AzureActiveDirectory", "443"),
            deny("DenyEverythingElse", 4000, "*"),
        ),
    ),
    # Hangs on the NICs of the file servers, not on their subnet.
    Nsg(
        "prod/rg-files/nsg-files",
        "westeurope",
        (inbound("AllowSmb", 100, "VirtualNetwork", "445"), RDP_FROM_JUMP),
    ),
    Nsg(
        "prod/rg-net-eus/nsg-web-eus",
        "eastus",
        (inbound("AllowHttps", 100, "Internet", "443"), RDP_FROM_JUMP),
    ),
    # A partial allow: some ranges of Azure Storage, copied by hand years ago.
    Nsg(
        "prod/rg-net-eus/nsg-app-eus",
        "eastus",
        (
            SSH_FROM_JUMP,
            outbound("AllowStorageRanges", 100, ("20.60.0.0/16", "20.150.0.0/17", "52.239.128.0/17"), "443"),
            deny("DenyInternet", 200, "Internet"),
        ),
    ),
    Nsg("prod/rg-net-eus/nsg-mq", "eastus", (inbound("AllowAmqp", 100, "VirtualNetwork", "5671"),)),
    # Everything goes through the proxy at 10.30.0.100.
    Nsg(
        "prod/rg-net-cin/nsg-locked",
        "centralindia",
        (
            SSH_FROM_JUMP,
            outbound("AllowProxy", 100, "10.30.0.100", "3128"),
            deny("DenyAll", 4096, "*"),
        ),
    ),
    Nsg(
        "prod/rg-net-cin/nsg-data",
        "centralindia",
        (inbound("AllowPostgres", 100, "10.30.1.0/24", "5432"), SSH_FROM_JUMP),
    ),
    Nsg(
        "platform/rg-hub-weu/nsg-identity",
        "westeurope",
        (inbound("AllowDirectory", 100, "VirtualNetwork", "*"), RDP_FROM_JUMP),
    ),
    Nsg("platform/rg-hub-weu/nsg-jump", "westeurope", (inbound("AllowOffice", 100, "203.0.113.0/24", "3389"),)),
    Nsg(
        "platform/rg-hub-weu/nsg-k8s",
        "westeurope",
        (inbound("AllowKubeApi", 100, "VirtualNetwork", "6443"), SSH_FROM_JUMP),
    ),
    # Comes without defaultSecurityRules, as rows made from templates do.
    Nsg(
        "dev/rg-net-dev/nsg-dev",
        "westeurope",
        (inbound("AllowCorpNet", 100, "10.0.0.0/8", "*"), outbound("AllowWeb", 100, "Internet", "443")),
        shows_defaults=False,
    ),
)

DEFAULT_RULES = (
    Rule("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", source="VirtualNetwork"),
    Rule("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "*", source="AzureLoadBalancer"),
    Rule("DenyAllInBound", 65500, "Inbound", "Deny", "*"),
    Rule("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", source="VirtualNetwork"),
    Rule("AllowInternetOutBound", 65001, "Outbound", "Allow", "Internet"),
    Rule("DenyAllOutBound", 65500, "Outbound", "Deny", "*"),
)

ROUTE_TABLE = "prod/rg-net-eus/rt-firewall"  # 0.0.0.0/0 to the firewall appliance


@dataclass(frozen=True)
class Table:
    """A route table with one route, to 0.0.0.0/0."""

    place: str
    region: str
    name: str
    hop: str
    address: str | None = None


ROUTE_TABLES: tuple[Table, ...] = (Table(ROUTE_TABLE, "eastus", "to-firewall", "VirtualAppliance", "10.20.0.4"),)


@dataclass(frozen=True)
class Subnet:
    name: str
    prefix: str
    nsg: str | None = None
    route_table: str | None = None
    private: bool = False
    endpoints: tuple[str, ...] = ()
    nat: str | None = None


@dataclass(frozen=True)
class Vnet:
    place: str
    region: str
    space: str
    peer: str | None  # the hub; the hub itself is peered with all who name it
    subnets: tuple[Subnet, ...]


HUB = "platform/rg-hub-weu/vnet-hub-weu"

VNETS: tuple[Vnet, ...] = (
    Vnet(
        "prod/rg-net-weu/vnet-prod-weu",
        "westeurope",
        "10.10.0.0/16",
        HUB,
        (
            Subnet("snet-web", "10.10.1.0/24", "prod/rg-net-weu/nsg-web"),
            Subnet("snet-app", "10.10.2.0/24", "prod/rg-net-weu/nsg-app"),
            Subnet("snet-sql", "10.10.3.0/24", "prod/rg-net-weu/nsg-sql", endpoints=("Microsoft.Storage",)),
            Subnet("snet-sap", "10.10.4.0/24", "prod/rg-net-weu/nsg-sap"),
            Subnet("snet-files", "10.10.5.0/24"),
        ),
    ),
    Vnet(
        "prod/rg-net-eus/vnet-prod-eus",
        "eastus",
        "10.20.0.0/16",
        HUB,
        (
            Subnet("snet-web", "10.20.1.0/24", "prod/rg-net-eus/nsg-web-eus"),
            Subnet("snet-app", "10.20.2.0/24", "prod/rg-net-eus/nsg-app-eus"),
            Subnet("snet-mq", "10.20.3.0/24", "prod/rg-net-eus/nsg-mq", ROUTE_TABLE),
        ),
    ),
    Vnet(
        "prod/rg-net-cin/vnet-prod-cin",
        "centralindia",
        "10.30.0.0/16",
        HUB,
        (
            Subnet("snet-app", "10.30.1.0/24", "prod/rg-net-cin/nsg-locked"),
            Subnet("snet-data", "10.30.2.0/24", "prod/rg-net-cin/nsg-data", private=True),
        ),
    ),
    Vnet(
        HUB,
        "westeurope",
        "10.0.0.0/16",
        None,
        (
            Subnet("snet-identity", "10.0.1.0/24", "platform/rg-hub-weu/nsg-identity"),
            Subnet("snet-jump", "10.0.2.0/24", "platform/rg-hub-weu/nsg-jump"),
            Subnet("snet-k8s", "10.0.4.0/23", "platform/rg-hub-weu/nsg-k8s"),
            Subnet("snet-shared", "10.0.8.0/24"),
        ),
    ),
    Vnet(
        "platform/rg-hub-eus/vnet-hub-eus",
        "eastus",
        "10.1.0.0/16",
        HUB,
        (Subnet("snet-identity", "10.1.1.0/24"),),
    ),
    Vnet(
        "dev/rg-net-dev/vnet-dev-weu",
        "westeurope",
        "10.50.0.0/16",
        HUB,
        (
            Subnet("snet-build", "10.50.1.0/24", "dev/rg-net-dev/nsg-dev"),
            Subnet("snet-test", "10.50.2.0/24", "dev/rg-net-dev/nsg-dev"),
        ),
    ),
)


# The ways out: a spoke of its own whose subnets show one each.
WAYS = "prod/rg-net-data"
NAT_GATEWAY = f"{WAYS}/nat-data"
NSGS += (
    Nsg(f"{WAYS}/nsg-links", "westeurope",
        (outbound("AllowEntraId", 100, "AzureActiveDirectory", "443"), deny("DenyInternet", 200, "Internet"))),
    # The rule that lets Storage out comes too late: it can never match.
    Nsg(f"{WAYS}/nsg-proxy", "westeurope",
        (deny("DenyInternet", 200, "Internet"), outbound("AllowStorage", 300, "Storage.WestEurope", "443"))),
    Nsg(f"{WAYS}/nsg-dns", "westeurope", (deny("DenyAzureDns", 100, "AzurePlatformDNS"),)),
)  # fmt: skip
ROUTE_TABLES += (
    Table(f"{WAYS}/rt-cut", "westeurope", "nowhere", "None"),
    Table(f"{WAYS}/rt-hub", "westeurope", "to-hub", "VirtualAppliance", "10.0.3.4"),  # declared in snapready.yaml
    Table(f"{WAYS}/rt-old", "westeurope", "to-old-hub", "VirtualAppliance", "10.0.3.5"),  # declared, and expired
)
VNETS += (
    Vnet(
        f"{WAYS}/vnet-data-weu",
        "westeurope",
        "10.60.0.0/16",
        HUB,
        (
            Subnet("snet-closed", "10.60.1.0/24", private=True),
            Subnet("snet-nat", "10.60.2.0/24", private=True, nat=NAT_GATEWAY),
            Subnet("snet-cut", "10.60.3.0/24", route_table=f"{WAYS}/rt-cut"),
            Subnet("snet-hub", "10.60.4.0/24", route_table=f"{WAYS}/rt-hub"),
            Subnet("snet-old", "10.60.5.0/24", route_table=f"{WAYS}/rt-old"),
            Subnet("snet-links", "10.60.6.0/24", f"{WAYS}/nsg-links"),
            Subnet("snet-pe", "10.60.7.0/24"),
            Subnet("snet-dns", "10.60.8.0/24", f"{WAYS}/nsg-dns"),
            Subnet("snet-proxy", "10.60.9.0/24", f"{WAYS}/nsg-proxy"),
        ),
    ),
)


# ------------------------------------------------------------------------------------ vaults and policies

VAULTS = {
    "rsv-prod-weu": ("prod/rg-backup-weu/rsv-prod-weu", "westeurope"),
    "rsv-prod-eus": ("prod/rg-backup-eus/rsv-prod-eus", "eastus"),
    "rsv-prod-cin": ("prod/rg-backup-cin/rsv-prod-cin", "centralindia"),
    "rsv-platform-weu": ("platform/rg-backup-weu/rsv-platform-weu", "westeurope"),
    "rsv-platform-eus": ("platform/rg-backup-eus/rsv-platform-eus", "eastus2"),
    "rsv-dev-weu": ("dev/rg-backup-dev/rsv-dev-weu", "westeurope"),
}

AMSTERDAM, NEW_YORK, PUNE = "W. Europe Standard Time", "Eastern Standard Time", "India Standard Time"


def daily(at: str) -> Row:
    return {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Daily",
        "scheduleRunTimes": [f"2024-03-12T{at}:00Z"],
        "scheduleWeeklyFrequency": 0,
    }


def weekly(day: str, at: str) -> Row:
    return daily(at) | {"scheduleRunFrequency": "Weekly", "scheduleRunDays": [day]}


def daily_v2(at: str) -> Row:
    return {
        "schedulePolicyType": "SimpleSchedulePolicyV2",
        "scheduleRunFrequency": "Daily",
        "dailySchedule": {"scheduleRunTimes": [f"2024-03-12T{at}:00Z"]},
    }


def hourly(start: str, every: int, hours: int) -> Row:
    return {
        "schedulePolicyType": "SimpleSchedulePolicyV2",
        "scheduleRunFrequency": "Hourly",
        "hourlySchedule": {
            "interval": every,
            "scheduleWindowStartTime": f"2024-03-12T{start}:00Z",
            "scheduleWindowDuration": hours,
        },
    }


def retention(schedule: Row) -> Row:
    """What a policy keeps: its times are those at which it starts."""
    runs = next((part for part in schedule.values() if isinstance(part, dict)), schedule)
    times = runs.get("scheduleRunTimes") or [runs["scheduleWindowStartTime"]]

    def kept(count: int, unit: str) -> Row:
        return {"retentionTimes": times, "retentionDuration": {"count": count, "durationType": unit}}

    if schedule["scheduleRunFrequency"] == "Weekly":
        weekly = {"daysOfTheWeek": schedule["scheduleRunDays"], **kept(12, "Weeks")}
        return {"retentionPolicyType": "LongTermRetentionPolicy", "weeklySchedule": weekly}
    return {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept(30, "Days")}


@dataclass(frozen=True)
class Policy:
    """A backup policy; `last_run` is its last start before TAKEN_AT, worked out by hand."""

    vault: str
    name: str
    schedule: Row
    time_zone: str | None
    last_run: str
    agentless: bool = False
    capital_subscriptions: bool = False  # its id begins with /Subscriptions

    @property
    def is_v2(self) -> bool:
        return self.schedule["schedulePolicyType"] == "SimpleSchedulePolicyV2"


POLICIES = (
    Policy("rsv-prod-weu", "DefaultPolicy", daily("19:00"), None, "2026-11-21T19:00", capital_subscriptions=True),
    Policy("rsv-prod-weu", "daily-2000", daily("20:00"), AMSTERDAM, "2026-11-21T19:00"),
    Policy("rsv-prod-weu", "daily-2100", daily("21:00"), AMSTERDAM, "2026-11-21T20:00"),
    Policy("rsv-prod-weu", "daily-2200", daily("22:00"), AMSTERDAM, "2026-11-21T21:00"),
    Policy("rsv-prod-weu", "daily-2300", daily("23:00"), AMSTERDAM, "2026-11-21T22:00"),
    Policy("rsv-prod-weu", "daily-0000", daily("00:00"), AMSTERDAM, "2026-11-21T23:00"),
    # Three teams, three clocks, one instant: 21:00 UTC, as daily-2200.
    Policy("rsv-prod-weu", "daily-us-1600", daily("16:00"), NEW_YORK, "2026-11-21T21:00"),
    Policy("rsv-prod-weu", "daily-in-0230", daily("02:30"), PUNE, "2026-11-21T21:00"),
    Policy("rsv-prod-weu", "weekly-tue", weekly("Tuesday", "20:00"), AMSTERDAM, "2026-11-17T19:00"),
    Policy("rsv-prod-weu", "every-4-hours", hourly("08:00", 4, 12), AMSTERDAM, "2026-11-21T19:00"),
    Policy("rsv-prod-weu", "agentless-2330", daily_v2("23:30"), AMSTERDAM, "2026-11-21T22:30", agentless=True),
    Policy("rsv-prod-eus", "daily-2200", daily("22:00"), NEW_YORK, "2026-11-21T03:00"),
    Policy("rsv-prod-eus", "weekly-tue", weekly("Tuesday", "22:00"), NEW_YORK, "2026-11-18T03:00"),
    Policy("rsv-prod-cin", "daily-2200", daily("22:00"), PUNE, "2026-11-21T16:30"),
    Policy("rsv-prod-cin", "every-6-hours", hourly("06:00", 6, 18), PUNE, "2026-11-21T18:30"),
    Policy(
        "rsv-platform-weu",
        "DefaultPolicy",
        daily("19:00"),
        None,
        "2026-11-21T19:00",
        capital_subscriptions=True,
    ),
    Policy("rsv-platform-weu", "daily-2300", daily("23:00"), AMSTERDAM, "2026-11-21T22:00"),
    Policy("rsv-platform-eus", "daily-2200", daily("22:00"), NEW_YORK, "2026-11-21T03:00"),
    Policy("rsv-dev-weu", "DefaultPolicy", daily("19:00"), None, "2026-11-21T19:00", capital_subscriptions=True),
    Policy("rsv-dev-weu", "weekly-sun", weekly("Sunday", "04:00"), AMSTERDAM, "2026-11-15T03:00"),
)

NEVER = "2001-01-01T00:00:00Z"  # what Azure Backup writes before the first backup


# ------------------------------------------------------------------------------------------------ the VMs


@dataclass(frozen=True)
class System:
    os: str  # Windows or Linux
    name: str
    version: str
    image: tuple[str, str, str] | None  # publisher, offer, sku; None: an image of Contoso's own gallery


def server(year: int, build: int) -> System:
    image = ("MicrosoftWindowsServer", "WindowsServer", f"{year}-datacenter")
    return System("Windows", f"Windows Server {year} Datacenter", f"10.0.{build}", image)


WIN19, WIN22 = server(2019, 17763), server(2022, 20348)
WIN12 = System(
    "Windows",
    "Windows Server 2012 R2 Datacenter",
    "6.3.9600",
    ("MicrosoftWindowsServer", "WindowsServer", "2012-R2-Datacenter"),
)
SQL_IMAGE = System(
    "Windows",
    "Windows Server 2019 Datacenter",
    "10.0.17763",
    ("MicrosoftSQLServer", "sql2019-ws2019", "standard"),
)
UBUNTU = System("Linux", "ubuntu", "22.04", ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"))
RHEL = System("Linux", "redhat", "9.4", ("RedHat", "RHEL", "9-lvm-gen2"))
SLES = System("Linux", "sles", "15.5", ("SUSE", "sles-sap-15-sp5", "gen2"))
KUBE = System("Linux", "ubuntu", "22.04", None)

CURRENT_AGENT = {"Windows": "2.7.41491.1183", "Linux": "2.11.1.12"}
SQL_ROW, SQL_EXTENSION = "sqlvirtualmachines row", "SqlIaaSAgent extension"
BCDRAGENT = "HKLM\\SOFTWARE\\MICROSOFT\\BCDRAGENT"


@dataclass(frozen=True)
class Backup:
    """A backup item. `named_in` is the one place that names the VM, or "all" of them."""

    policy: str  # vault/policy; the policy may be missing from POLICIES on purpose
    state: str = "Protected"
    state_key: str = "protectionState"
    status: str = "Completed"
    at: str | None = None  # None: the policy's last run
    named_in: str = "all"


@dataclass(frozen=True)
class Guest:
    """What was seen inside the guest."""

    at: str = "2026-11-21T20:00:00Z"
    static: bool = False
    docker: bool = False
    no_interfaces: bool = False
    mac_style: str = "azure"  # or linux: 00:0d:3a:…
    agent: str | None = None
    registry: Row | None = None
    proxy: Row | bool | None = None
    source: str = "run-command"
    running: bool = True  # a process of the agent
    extensions_enabled: bool = True
    services: Row | None = None  # those that differ from a healthy guest's
    closed_ports: tuple[str, ...] = ()  # of 168.63.129.16
    vss_writers: Row | None = None  # those that differ from a healthy guest's


STALE = "2026-11-10T06:30:00Z"  # 11.8 days old
NEARLY_STALE = "2026-11-14T06:00:00Z"  # 7.8 days old


@dataclass(frozen=True)
class Vm:
    place: str
    story: str
    system: System
    subnet: str  # vnet/subnet
    application: str
    backup: Backup | None = None
    guest: Guest | None = None
    availability_set: str | None = None
    agent: str | None = "current"  # what the instance view says; None: it has no vmAgent
    instance_view: bool = True
    power: str = "running"
    provisioning: str = "Succeeded"
    provision_agent: bool = True
    extension_operations: bool = True
    specialised: bool = False  # made from a finished disk: no osProfile, no image
    unmanaged: bool = False
    upper_case: bool = False  # its own id is written in capitals
    nic_nsg: str | None = None
    nic_static: bool = False
    ip_configurations: int = 1
    public_ip: bool = False
    sql: tuple[str, ...] = ()
    snapshot_extension: str = "Succeeded"
    handler: tuple[str, str, str] | None = None  # what the agent says of the snapshot extension; None: it is ready
    failed_extension: str | None = None
    size: str = "Standard_D4s_v5"
    disks: int = 0
    number: int = 0  # its place in FLEET

    @property
    def subscription(self) -> str:
        return self.place.split("/")[0]

    @property
    def group(self) -> str:
        return self.place.split("/")[1]

    @property
    def name(self) -> str:
        return self.place.split("/")[2]

    @property
    def is_windows(self) -> bool:
        return self.system.os == "Windows"


def copy_key(**values: str) -> Row:
    return {BCDRAGENT: dict(values)}


WEB, APP, SQL, SAP, FILES = (f"vnet-prod-weu/snet-{name}" for name in ("web", "app", "sql", "sap", "files"))
NIGHT = Backup("rsv-prod-weu/daily-2200")
LATE = Backup("rsv-prod-weu/daily-2300")
FOUR_HOURLY = Backup("rsv-prod-weu/every-4-hours")
AGENTLESS = Backup("rsv-prod-weu/agentless-2330")
US_NIGHT = Backup("rsv-prod-eus/daily-2200")
IN_NIGHT = Backup("rsv-prod-cin/daily-2200")
HUB_NIGHT = Backup("rsv-platform-weu/daily-2300")
HUB_DEFAULT = Backup("rsv-platform-weu/DefaultPolicy")

# fmt: off
PROD_WESTEUROPE = (
    # as-web: exactly four start together at 22:00.
    Vm("prod/rg-web/web01",
       "Healthy; its backup item names it only through the item's own id",
       WIN22, WEB, "webshop", Backup("rsv-prod-weu/daily-2200", named_in="container"), Guest(), "as-web"),
    Vm("prod/rg-web/web02",
       "Healthy; the static address is set on the NIC where it belongs; id in capitals",
       WIN22, WEB, "webshop", Backup("rsv-prod-weu/daily-2200", named_in="sourceResourceId"), Guest(),
       "as-web", nic_static=True, upper_case=True),
    Vm("prod/rg-web/web03",
       "Windows agent from before the supported minimum",
       WIN19, WEB, "webshop", NIGHT, Guest(agent="2.7.41491.949"), "as-web", agent="2.7.41491.949"),
    Vm("prod/rg-web/web04",
       "Healthy; nobody looked inside the guest",
       WIN22, WEB, "webshop", NIGHT, None, "as-web"),
    # as-app: six start together at 22:00, too many for one set; all behind nsg-app.
    Vm("prod/rg-app/app01",
       "Healthy; shares its name with an unprotected VM in rg-legacy",
       WIN22, APP, "orders", NIGHT, Guest(), "as-app"),
    Vm("prod/rg-app/app02",
       "Healthy; its agent is exactly the supported minimum",
       WIN22, APP, "orders", NIGHT, Guest(), "as-app", agent="2.7.41491.1010", upper_case=True),
    Vm("prod/rg-app/app03",
       "Last night's backup failed in the snapshot extension",
       WIN22, APP, "orders", Backup("rsv-prod-weu/daily-2200", status="Failed"), None, "as-app",
       snapshot_extension="Failed"),
    Vm("prod/rg-app/app04",
       "Static address inside the guest; its NIC has two ip configurations",
       WIN22, APP, "orders", NIGHT, Guest(static=True), "as-app", ip_configurations=2, nic_static=True),
    Vm("prod/rg-app/app05",
       "Guest facts are twelve days old and no longer believed",
       WIN22, APP, "orders", NIGHT, Guest(at=STALE), "as-app"),
    Vm("prod/rg-app/app06",
       "Shut down inside the guest and still allocated; its agent is silent",
       WIN22, APP, "orders", NIGHT, None, "as-app", agent="Unknown", power="stopped"),
    # as-api: five, an hour apart.
    Vm("prod/rg-api/api01",
       "Healthy; agent 2.10 is newer than 2.2",
       UBUNTU, APP, "orders", Backup("rsv-prod-weu/daily-2000"), Guest(), "as-api", agent="2.10.0.8"),
    Vm("prod/rg-api/api02",
       "Linux agent from before the supported minimum",
       UBUNTU, APP, "orders", Backup("rsv-prod-weu/daily-2100"), None, "as-api", agent="2.2.45"),
    Vm("prod/rg-api/api03",
       "Agent is not ready and its version reads Unknown",
       UBUNTU, APP, "orders", NIGHT, None, "as-api", agent="Unknown"),
    Vm("prod/rg-api/api04",
       "Running without an agent in the instance view; guest facts know its version",
       UBUNTU, APP, "orders", LATE, Guest(agent="2.11.1.12"), "as-api", agent=None),
    Vm("prod/rg-api/api05",
       "Healthy; docker0 in the guest is static and none of its NICs",
       UBUNTU, APP, "orders", Backup("rsv-prod-weu/daily-0000"), Guest(docker=True, mac_style="linux"),
       "as-api", agent="2.9.1.1"),
    Vm("prod/rg-batch/batch01",
       "Extension operations are switched off",
       UBUNTU, APP, "orders", Backup("rsv-prod-weu/weekly-tue"), extension_operations=False),
    Vm("prod/rg-legacy/app01",
       "Never protected; shares its name with rg-app/app01",
       WIN19, WEB, "orders-old"),
    # SQL Server, by each of the three marks.
    Vm("prod/rg-sql/sql01",
       "SQL by its SQL virtual machine row; VSS copy backup is on",
       WIN22, SQL, "orders", LATE, Guest(registry=copy_key(USEVSSCOPYBACKUP="TRUE")), "as-sql",
       sql=(SQL_ROW,), size="Standard_E8s_v5", disks=2),
    Vm("prod/rg-sql/sql02",
       "SQL by its extension; the registry key lacks the VSS copy value",
       WIN22, SQL, "orders", LATE, Guest(registry=copy_key(LastTask="4f1c2b")), "as-sql",
       sql=(SQL_EXTENSION,), size="Standard_E8s_v5", disks=2),
    Vm("prod/rg-sql/sql03",
       "SQL by its image; the registry key was not looked up",
       SQL_IMAGE, SQL, "orders", LATE, Guest(), "as-sql", size="Standard_E8s_v5", disks=2),
    Vm("prod/rg-sql/sql04",
       "SQL that asks for full VSS backups and so breaks its own log chain",
       WIN22, SQL, "finance", Backup("rsv-prod-weu/daily-0000"),
       Guest(registry=copy_key(USEVSSCOPYBACKUP="true", UseVssFullBackup="True")),
       sql=(SQL_ROW, SQL_EXTENSION), disks=1),
    Vm("prod/rg-reporting/sqlrpt01",
       "SQL by all three marks; the registry key is written in other letters",
       SQL_IMAGE, SQL, "finance", Backup("rsv-prod-weu/DefaultPolicy"),
       Guest(registry={"HKLM\\Software\\Microsoft\\BcdrAgent": {"UseVssCopyBackup": "True"}}),
       sql=(SQL_ROW, SQL_EXTENSION)),
    # as-erp: five in three time zones' policies, all of which start at 21:00 UTC.
    Vm("prod/rg-erp/erp01",
       "Healthy",
       WIN22, SAP, "erp", NIGHT, Guest(), "as-erp"),
    Vm("prod/rg-erp/erp02",
       "Protection reports an error and still counts as protected",
       WIN22, SAP, "erp", Backup("rsv-prod-weu/daily-2200", "ProtectionError"), None, "as-erp"),
    Vm("prod/rg-erp/erp03",
       "No backup for three days although the last one completed",
       WIN22, SAP, "erp", Backup("rsv-prod-weu/daily-us-1600", at="2026-11-18T21:04:32.148723Z"), Guest(),
       "as-erp"),
    Vm("prod/rg-erp/erp04",
       "Healthy; backed up at New York time",
       WIN22, SAP, "erp", Backup("rsv-prod-weu/daily-us-1600"), Guest(), "as-erp", upper_case=True),
    Vm("prod/rg-erp/erp05",
       "Healthy; backed up at India time; nobody looked inside the guest",
       WIN22, SAP, "erp", Backup("rsv-prod-weu/daily-in-0230"), None, "as-erp"),
    Vm("prod/rg-sap/sapdb01",
       "Healthy; backed up every four hours; HANA has taken nearly all memory",
       SLES, SAP, "erp", FOUR_HOURLY, Guest(proxy=False), size="Standard_M32ts", disks=4),
    Vm("prod/rg-sap/sapdb02",
       "Only its HANA database is protected but not the VM",
       SLES, SAP, "erp", size="Standard_M32ts", disks=4),
    Vm("prod/rg-sap/sapapp01",
       "Agentless so its old agent does not matter",
       SLES, SAP, "erp", AGENTLESS, agent="2.2.45"),
    Vm("prod/rg-sap/sapapp02",
       "Agentless so its static guest address does not matter",
       SLES, SAP, "erp", AGENTLESS, Guest(static=True)),
    # as-files: four at 22:00, and a fifth whose policy nobody can see.
    Vm("prod/rg-files/fs01",
       "Waits for its first backup",
       WIN22, FILES, "files", Backup("rsv-prod-weu/daily-2200", "IRPending", status="", at=NEVER), Guest(),
       "as-files", nic_nsg="prod/rg-files/nsg-files", disks=3),
    Vm("prod/rg-files/fs02",
       "Healthy",
       WIN22, FILES, "files", NIGHT, Guest(), "as-files", nic_nsg="prod/rg-files/nsg-files", disks=3),
    Vm("prod/rg-files/fs03",
       "Healthy; nobody looked inside the guest; id in capitals",
       WIN22, FILES, "files", NIGHT, None, "as-files", nic_nsg="prod/rg-files/nsg-files", upper_case=True,
       disks=3),
    Vm("prod/rg-files/fs04",
       "Healthy; the archive's file server",
       WIN19, FILES, "files", NIGHT, Guest(), "as-files", nic_nsg="prod/rg-files/nsg-files", disks=3),
    Vm("prod/rg-files/fs05",
       "Its backup policy is not in the snapshot; all that the agent needs is sound",
       WIN22, FILES, "files", Backup("rsv-prod-weu/daily-files", at="2026-11-21T21:09:32.148723Z"), Guest(),
       "as-files", nic_nsg="prod/rg-files/nsg-files", disks=3),
)

US_WEB, US_APP, US_MQ = (f"vnet-prod-eus/snet-{name}" for name in ("web", "app", "mq"))

PROD_EASTUS = (
    Vm("prod/rg-web-eus/webus01",
       "Healthy",
       WIN22, US_WEB, "webshop", US_NIGHT, Guest(), "as-web-eus"),
    Vm("prod/rg-web-eus/webus02",
       "Healthy; weekly backup four days ago is recent enough",
       WIN22, US_WEB, "webshop", Backup("rsv-prod-eus/weekly-tue"), None, "as-web-eus", upper_case=True),
    Vm("prod/rg-web-eus/webus03",
       "Weekly backup is eleven days old",
       WIN22, US_WEB, "webshop", Backup("rsv-prod-eus/weekly-tue", at="2026-11-11T03:07:32.148723Z"), Guest(),
       "as-web-eus"),
    Vm("prod/rg-app-eus/appus01",
       "Healthy; may reach some ranges of Azure Storage only and has no proxy",
       RHEL, US_APP, "orders", US_NIGHT, Guest(proxy=False)),
    Vm("prod/rg-app-eus/appus02",
       "No instance view; guest facts know the agent's version",
       RHEL, US_APP, "orders", US_NIGHT, Guest(agent="2.11.1.12"), instance_view=False),
    # as-mq: the second one's policy is not in the snapshot.
    Vm("prod/rg-mq/mqus01",
       "Healthy; guest facts are nearly eight days old; outbound goes to an appliance",
       RHEL, US_MQ, "orders", US_NIGHT, Guest(at=NEARLY_STALE), "as-mq"),
    Vm("prod/rg-mq/mqus02",
       "Its backup policy is not in the snapshot and the last backup failed",
       RHEL, US_MQ, "orders",
       Backup("rsv-prod-eus/daily-mq", status="Failed", at="2026-11-21T02:11:32.148723Z"), None, "as-mq"),
    Vm("prod/rg-legacy-eus/legacyus01",
       "Unmanaged disk and an agent from before the supported minimum",
       WIN12, US_WEB, "intranet", US_NIGHT, agent="2.7.41491.949", unmanaged=True, size="Standard_D2_v2"),
)

PROXY: Row = {
    "host": "proxy-cin.contoso.com",
    "addresses": ["10.30.0.100"],
    "port": 3128,
    "authenticated": False,
}
IN_APP, IN_DATA = "vnet-prod-cin/snet-app", "vnet-prod-cin/snet-data"

PROD_CENTRALINDIA = (
    Vm("prod/rg-app-cin/appin01",
       "Healthy; reaches Azure Storage through a proxy",
       UBUNTU, IN_APP, "support", IN_NIGHT,
       Guest(proxy=PROXY)),
    Vm("prod/rg-app-cin/appin02",
       "Healthy; its proxy is given as an address",
       UBUNTU, IN_APP, "support", IN_NIGHT,
       Guest(proxy={"host": "10.30.0.100", "port": 3128, "authenticated": False})),
    Vm("prod/rg-app-cin/appin03",
       "Healthy; its proxy asks for a password",
       UBUNTU, IN_APP, "support", IN_NIGHT,
       Guest(proxy=PROXY | {"authenticated": True})),
    Vm("prod/rg-data-cin/dbin01",
       "Healthy; private subnet; backed up every six hours",
       UBUNTU, IN_DATA, "support", Backup("rsv-prod-cin/every-6-hours"), Guest(), disks=1),
    Vm("prod/rg-data-cin/dbin02",
       "Static address inside the guest",
       UBUNTU, IN_DATA, "support", Backup("rsv-prod-cin/every-6-hours"), Guest(static=True), disks=1),
    Vm("prod/rg-data-cin/sqlin01",
       "SQL whose guest facts are stale so its VSS copy value is not believed",
       WIN19, IN_DATA, "support", IN_NIGHT, Guest(at=STALE, registry=copy_key(USEVSSCOPYBACKUP="TRUE")),
       sql=(SQL_EXTENSION,)),
)

PLATFORM = (
    Vm("platform/rg-identity-weu/dc01",
       "Healthy domain controller; its backup item names it in dataSourceInfo",
       WIN22, "vnet-hub-weu/snet-identity", "identity",
       Backup("rsv-platform-weu/daily-2300", named_in="dataSourceInfo"), Guest(), "as-dc", nic_static=True),
    Vm("platform/rg-identity-weu/dc02",
       "Domain controller with a static address inside the guest",
       WIN22, "vnet-hub-weu/snet-identity", "identity", HUB_NIGHT, Guest(static=True), "as-dc",
       nic_static=True),
    Vm("platform/rg-identity-eus/dcus01",
       "Backups are suspended since it was made anew in eastus: its vault is in eastus2",
       WIN22, "vnet-hub-eus/snet-identity", "identity",
       Backup("rsv-platform-eus/daily-2200", "BackupsSuspended", "currentProtectionState",
              at="2026-11-12T03:05:32.148723Z")),
    Vm("platform/rg-jump/jump01",
       "Healthy; its backup item names it in virtualMachineId",
       WIN22, "vnet-hub-weu/snet-jump", "access",
       Backup("rsv-platform-weu/DefaultPolicy", named_in="virtualMachineId"), Guest(), public_ip=True),
    Vm("platform/rg-jump/jump02",
       "Deallocated spare jump host; its disks are still backed up",
       WIN22, "vnet-hub-weu/snet-jump", "access", HUB_DEFAULT, agent=None, power="deallocated",
       public_ip=True),
    Vm("platform/rg-k8s/k8scp01",
       "Healthy; agent is exactly the supported minimum; docker0 is ignored",
       KUBE, "vnet-hub-weu/snet-k8s", "k8s", HUB_DEFAULT, Guest(docker=True), "as-k8s", agent="2.2.53.1"),
    Vm("platform/rg-k8s/k8scp02",
       "Healthy control plane node",
       KUBE, "vnet-hub-weu/snet-k8s", "k8s", HUB_DEFAULT, Guest(docker=True), "as-k8s"),
    Vm("platform/rg-k8s/k8scp03",
       "Its last update failed: provisioning state Failed",
       KUBE, "vnet-hub-weu/snet-k8s", "k8s", HUB_DEFAULT, None, "as-k8s", provisioning="Failed"),
    Vm("platform/rg-k8s/k8snode01",
       "Worker node; never protected, as its tag says it is meant to be",
       KUBE, "vnet-hub-weu/snet-k8s", "k8s", None, Guest(docker=True)),
    Vm("platform/rg-monitoring/mon01",
       "Protection was stopped and the old backups kept",
       UBUNTU, "vnet-hub-weu/snet-shared", "monitoring",
       Backup("rsv-platform-weu/none", "ProtectionStopped", at="2026-06-30T19:06:32.148723Z")),
    Vm("platform/rg-hub-weu/proxy01",
       "Made without the VM agent; waits for a first backup that will not come",
       UBUNTU, "vnet-hub-weu/snet-shared", "access",
       Backup("rsv-platform-weu/DefaultPolicy", "IRPending", status="", at=NEVER), agent=None,
       provision_agent=False),
    Vm("platform/rg-hub-weu/vpn01",
       "Made from a finished disk: there is no osProfile to read; a read-only lock lies on it",
       UBUNTU, "vnet-hub-weu/snet-shared", "access", HUB_DEFAULT, specialised=True),
)

DEV = (
    Vm("dev/rg-build/bld01",
       "Build agent that builds all evening while its backup starts",
       UBUNTU, "vnet-dev-weu/snet-build", "build", Backup("rsv-dev-weu/DefaultPolicy"), Guest(docker=True)),
    Vm("dev/rg-build/bld02",
       "Build agent; never protected",
       UBUNTU, "vnet-dev-weu/snet-build", "build"),
    Vm("dev/rg-test/tst-app01",
       "Stuck in Updating; its NIC's NSG is not in the snapshot; the guest listed no interfaces",
       WIN22, "vnet-dev-weu/snet-test", "orders", Backup("rsv-dev-weu/DefaultPolicy"),
       Guest(no_interfaces=True), provisioning="Updating", nic_nsg="dev/rg-test/nsg-lab"),
    Vm("dev/rg-test/tst-sql01",
       "Test SQL by its image; nobody looked inside the guest",
       SQL_IMAGE, "vnet-dev-weu/snet-test", "orders", Backup("rsv-dev-weu/weekly-sun")),
    Vm("dev/rg-test/tst-web01",
       "Deallocated for the weekend; last weekly backup is 166 hours old",
       WIN22, "vnet-dev-weu/snet-test", "webshop", Backup("rsv-dev-weu/weekly-sun"), agent=None,
       power="deallocated"),
    Vm("dev/rg-web/web01",
       "Never protected; shares name and resource group name with prod's web01",
       WIN22, "vnet-dev-weu/snet-test", "webshop"),
)

# One cause each: the agent, its service, its way to the host, its extensions.
AGENTS = (
    Vm("prod/rg-shop/shop01",
       "Somebody stopped and disabled the agent's service; seen by the configuration management",
       WIN22, WEB, "shop", NIGHT,
       Guest(source="configuration-management", running=False,
             services={"WindowsAzureGuestAgent": {"status": "stopped", "startup": "disabled"}}),
       agent="Unknown"),
    Vm("prod/rg-shop/shop02",
       "Extensions are switched off in waagent.conf though its agent is ready; last night's backup failed",
       UBUNTU, WEB, "shop", Backup("rsv-prod-weu/daily-2200", status="Failed"),
       Guest(extensions_enabled=False)),
    Vm("prod/rg-shop/shop03",
       "A firewall inside the guest closes tcp/32526 of 168.63.129.16",
       WIN22, WEB, "shop", NIGHT, Guest(closed_ports=("32526",))),
    Vm("prod/rg-shop/shop04",
       "A script that once ran as an extension failed; backup's own extension is well",
       RHEL, WEB, "shop", NIGHT, Guest(), failed_extension="install-shop"),
    Vm("prod/rg-shop/shop05",
       "The agent cannot load the backup extension; last night's backup failed",
       WIN22, WEB, "shop", Backup("rsv-prod-weu/daily-2200", status="Failed"),
       Guest(vss_writers={"IIS Config Writer": "Failed"}), snapshot_extension="Failed",
       handler=("ProvisioningState/failed/1009", "Not Ready",
                "Enable failed for plugin (name: VMSnapshot): exit code 1009")),
    Vm("prod/rg-shop/shop06",
       "Hardening disabled the service iaasvmprovider",
       WIN19, WEB, "shop", NIGHT,
       Guest(services={"iaasvmprovider": {"status": "stopped", "startup": "disabled"}})),
)

# One way out each; hana01 to hana03 have a database that is backed up by itself.
DATA = "vnet-data-weu"
WAYS_OUT = (
    Vm("prod/rg-data/hana01",
       "Private subnet without a way out: Storage and the private endpoint of the vault work, Entra ID does not",
       SLES, f"{DATA}/snet-closed", "data", NIGHT, Guest()),
    Vm("prod/rg-data/hana02",
       "Private subnet with a NAT gateway",
       SLES, f"{DATA}/snet-nat", "data", NIGHT, Guest()),
    Vm("prod/rg-data/hana03",
       "NSG lets only Entra ID out; its database is backed up through a private endpoint of the vault",
       SLES, f"{DATA}/snet-links", "data", NIGHT, Guest()),
    Vm("prod/rg-data/cut01",
       "A route with next hop None drops whatever leaves the network",
       UBUNTU, f"{DATA}/snet-cut", "data", NIGHT, Guest()),
    Vm("prod/rg-data/spoke01",
       "A route leads to the hub's firewall; snapready.yaml declares what that lets out",
       UBUNTU, f"{DATA}/snet-hub", "data", NIGHT, Guest()),
    Vm("prod/rg-data/spoke02",
       "A route leads to the hub's old firewall; what snapready.yaml declares of that has expired",
       UBUNTU, f"{DATA}/snet-old", "data", NIGHT, Guest()),
    Vm("prod/rg-data/spoke03",
       "DenyInternet, and a rule for Storage that comes too late; snapready.yaml declares a proxy",
       UBUNTU, f"{DATA}/snet-proxy", "data", NIGHT),
    Vm("prod/rg-data/dns01",
       "An NSG rule denies AzurePlatformDNS, so that no name can be resolved",
       UBUNTU, f"{DATA}/snet-dns", "data", NIGHT, Guest()),
)
HANA = ("sapdb02", "hana01", "hana02", "hana03")
# fmt: on

FLEET = tuple(
    replace(vm, number=number)
    for number, vm in enumerate(
        (*PROD_WESTEUROPE, *PROD_EASTUS, *PROD_CENTRALINDIA, *PLATFORM, *DEV, *AGENTS, *WAYS_OUT), 1
    )
)


# ------------------------------------------------------------------------------------------ ids and rows


def resource_id(place: str, provider_type: str) -> str:
    subscription, group, name = place.split("/")
    scope = f"/subscriptions/{SUBSCRIPTIONS[subscription]}/resourceGroups/{group}"
    return f"{scope}/providers/{provider_type}/{name}"


def vm_id(vm: Vm) -> str:
    """The VM's id as other rows write it."""
    return resource_id(vm.place, "Microsoft.Compute/virtualMachines")


def own_vm_id(vm: Vm) -> str:
    """The VM's id as its own row writes it: Resource Graph shouts for some VMs."""
    if not vm.upper_case:
        return vm_id(vm)
    return resource_id(f"{vm.subscription}/{vm.group.upper()}/{vm.name.upper()}", "Microsoft.Compute/virtualMachines")


def nsg_id(place: str) -> str:
    return resource_id(place, "Microsoft.Network/networkSecurityGroups")


def vnet_id(place: str) -> str:
    return resource_id(place, "Microsoft.Network/virtualNetworks")


def nic_id(vm: Vm) -> str:
    return resource_id(f"{vm.place}-nic", "Microsoft.Network/networkInterfaces")


def set_id(vm: Vm) -> str:
    group = vm.group.upper() if vm.upper_case else vm.group
    place = f"{vm.subscription}/{group}/{vm.availability_set}"
    return resource_id(place, "Microsoft.Compute/availabilitySets")


def vault_id(vault: str) -> str:
    return resource_id(VAULTS[vault][0], "Microsoft.RecoveryServices/vaults")


def reference(id_: str) -> Row:
    """How Resource Graph writes a reference: it adds the resource group."""
    return {"id": id_, "resourceGroup": id_.split("/")[4].lower()}


def row(
    id_: str,
    type_: str,
    region: str,
    properties: Row,
    *,
    name: str | None = None,
    tags: Row | None = None,
    kind: str = "",
    sku: Row | None = None,
    zones: list[str] | None = None,
    identity: Row | None = None,
) -> Row:
    parts = id_.split("/")
    return {
        "id": id_,
        "name": name or parts[-1],
        "type": type_,
        "tenantId": TENANT,
        "location": region,
        "resourceGroup": parts[4].lower(),
        "subscriptionId": parts[2],
        "tags": tags,
        "kind": kind,
        "sku": sku,
        "zones": zones,
        "identity": identity,
        "properties": properties,
    }


# -------------------------------------------------------------------------------------------- network rows


def rule_body(nsg: str, rule: Rule, collection: str) -> Row:
    several = not isinstance(rule.destination, str)
    destination: Row = (
        {"destinationAddressPrefixes": list(rule.destination)}
        if several
        else {"destinationAddressPrefix": rule.destination, "destinationAddressPrefixes": []}
    )
    properties: Row = {
        "provisioningState": "Succeeded",
        "protocol": rule.protocol,
        "sourcePortRange": "*",
        "destinationPortRange": rule.port,
        "sourceAddressPrefix": rule.source,
        **destination,
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
    }
    return {
        "name": rule.name,
        "id": f"{nsg_id(nsg)}/{collection}/{rule.name}",
        "resourceGroup": nsg.split("/")[1],
        "type": f"Microsoft.Network/networkSecurityGroups/{collection}",
        "properties": properties,
    }


def nsg_rows() -> Iterator[Row]:
    for nsg in NSGS:
        properties: Row = {
            "provisioningState": "Succeeded",
            "securityRules": [rule_body(nsg.place, rule, "securityRules") for rule in nsg.rules],
        }
        if nsg.shows_defaults:
            properties["defaultSecurityRules"] = [
                rule_body(nsg.place, rule, "defaultSecurityRules") for rule in DEFAULT_RULES
            ]
        yield row(nsg_id(nsg.place), "microsoft.network/networksecuritygroups", nsg.region, properties)


def subnet_body(vnet: Vnet, subnet: Subnet) -> Row:
    properties: Row = {"provisioningState": "Succeeded", "addressPrefix": subnet.prefix}
    if subnet.nsg:
        properties["networkSecurityGroup"] = reference(nsg_id(subnet.nsg))
    if subnet.route_table:
        properties["routeTable"] = reference(resource_id(subnet.route_table, "Microsoft.Network/routeTables"))
    if subnet.private:
        properties["defaultOutboundAccess"] = False
    if subnet.nat:
        properties["natGateway"] = reference(resource_id(subnet.nat, "Microsoft.Network/natGateways"))
    properties["serviceEndpoints"] = [
        {"service": service, "locations": [vnet.region], "provisioningState": "Succeeded"}
        for service in subnet.endpoints
    ]
    properties["delegations"] = []
    properties["privateEndpointNetworkPolicies"] = "Disabled"
    return {
        "name": subnet.name,
        "id": f"{vnet_id(vnet.place)}/subnets/{subnet.name}",
        "resourceGroup": vnet.place.split("/")[1],
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "properties": properties,
    }


def vnet_rows() -> Iterator[Row]:
    for vnet in VNETS:
        spokes = tuple(other.place for other in VNETS if other.peer == vnet.place)
        peerings: list[Row] = [
            {
                "name": f"to-{peer.split('/')[2]}",
                "properties": {
                    "peeringState": "Connected",
                    "allowForwardedTraffic": True,
                    "remoteVirtualNetwork": reference(vnet_id(peer)),
                },
            }
            for peer in ((vnet.peer,) if vnet.peer else spokes)
        ]
        properties: Row = {
            "provisioningState": "Succeeded",
            "addressSpace": {"addressPrefixes": [vnet.space]},
            "subnets": [subnet_body(vnet, subnet) for subnet in vnet.subnets],
            "virtualNetworkPeerings": peerings,
            "enableDdosProtection": False,
        }
        yield row(vnet_id(vnet.place), "microsoft.network/virtualnetworks", vnet.region, properties)


def route_table_rows() -> Iterator[Row]:
    for table in ROUTE_TABLES:
        id_ = resource_id(table.place, "Microsoft.Network/routeTables")
        body: Row = {
            "provisioningState": "Succeeded",
            "addressPrefix": "0.0.0.0/0",
            "nextHopType": table.hop,
            **({"nextHopIpAddress": table.address} if table.address else {}),
            "hasBgpOverride": False,
        }
        properties: Row = {
            "provisioningState": "Succeeded",
            "disableBgpRoutePropagation": False,
            "routes": [{"name": table.name, "id": f"{id_}/routes/{table.name}", "properties": body}],
        }
        yield row(id_, "microsoft.network/routetables", table.region, properties)


def exit_rows() -> Iterator[Row]:
    """The NAT gateway with its address, and the vault's private endpoint with its interface."""
    address = resource_id(f"{WAYS}/nat-data-pip", "Microsoft.Network/publicIPAddresses")
    standard: Row = {"name": "Standard", "tier": "Regional"}
    pip: Row = {"provisioningState": "Succeeded", "ipAddress": "198.51.100.200", "publicIPAllocationMethod": "Static"}
    yield row(address, "microsoft.network/publicipaddresses", "westeurope", pip, sku=standard)
    nat: Row = {"provisioningState": "Succeeded", "idleTimeoutInMinutes": 4, "publicIpAddresses": [reference(address)]}
    id_ = resource_id(NAT_GATEWAY, "Microsoft.Network/natGateways")
    yield row(id_, "microsoft.network/natgateways", "westeurope", nat, sku={"name": "Standard"})
    endpoint = resource_id(f"{WAYS}/pe-rsv-prod-weu", "Microsoft.Network/privateEndpoints")
    nic = resource_id(f"{WAYS}/pe-rsv-prod-weu.nic", "Microsoft.Network/networkInterfaces")
    subnet = reference(f"{vnet_id(f'{WAYS}/vnet-data-weu')}/subnets/snet-pe")
    state: Row = {"status": "Approved", "description": "Auto-approved", "actionsRequired": "None"}
    leads: Row = {
        "privateLinkServiceId": vault_id("rsv-prod-weu"),
        "groupIds": ["AzureBackup"],
        "privateLinkServiceConnectionState": state,
    }
    properties: Row = {
        "provisioningState": "Succeeded",
        "subnet": subnet,
        "networkInterfaces": [reference(nic)],
        "privateLinkServiceConnections": [{"name": "pe-rsv-prod-weu", "properties": leads}],
        "manualPrivateLinkServiceConnections": [],
        "customDnsConfigs": [],
    }
    yield row(endpoint, "microsoft.network/privateendpoints", "westeurope", properties)
    configs = [
        {
            "name": f"backup-{number}",
            "properties": {"privateIPAddress": f"10.60.7.{4 + number}", "primary": number == 0, "subnet": subnet},
        }
        for number in range(10)
    ]
    interface: Row = {"privateEndpoint": reference(endpoint), "ipConfigurations": configs, "dnsSettings": {}}
    yield row(nic, "microsoft.network/networkinterfaces", "westeurope", interface, kind="Regular")


def home(vm: Vm) -> tuple[Vnet, Subnet]:
    vnet_name, subnet_name = vm.subnet.split("/")
    vnet = next(vnet for vnet in VNETS if vnet.place.endswith("/" + vnet_name))
    return vnet, next(subnet for subnet in vnet.subnets if subnet.name == subnet_name)


def region(vm: Vm) -> str:
    return home(vm)[0].region


def mac(vm: Vm) -> str:
    return f"00-0D-3A-4{vm.number % 16:X}-{vm.number:02X}-{vm.number * 7 % 256:02X}"


@cache
def seats() -> dict[str, int]:
    """The last byte of each VM's private address: subnets fill from .4 in the order of the tables."""
    taken: dict[str, int] = {}
    result: dict[str, int] = {}
    for vm in FLEET:
        result[vm.place] = taken.get(vm.subnet, 4)
        taken[vm.subnet] = result[vm.place] + vm.ip_configurations
    return result


def public_ip_id(vm: Vm) -> str:
    return resource_id(f"{vm.place}-pip", "Microsoft.Network/publicIPAddresses")


def ip_configuration(vm: Vm, index: int) -> Row:
    vnet, subnet = home(vm)
    vnet_place = vnet.place
    if vm.upper_case:
        vnet_place = vnet_place.replace(vnet_place.split("/")[1], vnet_place.split("/")[1].upper())
    name = f"ipconfig{index + 1}"
    properties: Row = {
        "provisioningState": "Succeeded",
        "privateIPAddress": f"{subnet.prefix.rsplit('.', 1)[0]}.{seats()[vm.place] + index}",
        "privateIPAllocationMethod": "Static" if vm.nic_static else "Dynamic",
        "privateIPAddressVersion": "IPv4",
        "primary": index == 0,
        "subnet": reference(f"{vnet_id(vnet_place)}/subnets/{subnet.name}"),
    }
    if vm.public_ip and index == 0:
        properties["publicIPAddress"] = reference(public_ip_id(vm))
    return {
        "name": name,
        "id": f"{nic_id(vm)}/ipConfigurations/{name}",
        "resourceGroup": vm.group,
        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
        "properties": properties,
    }


def nic_row(vm: Vm) -> Row:
    properties: Row = {
        "provisioningState": "Succeeded",
        "ipConfigurations": [ip_configuration(vm, index) for index in range(vm.ip_configurations)],
        "macAddress": mac(vm),
        "primary": True,
        "enableAcceleratedNetworking": vm.size.startswith(("Standard_E", "Standard_M")),
        "enableIPForwarding": False,
        "nicType": "Standard",
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "virtualMachine": reference(vm_id(vm)),
        "hostedWorkloads": [],
        "tapConfigurations": [],
    }
    if vm.nic_nsg:
        properties["networkSecurityGroup"] = reference(nsg_id(vm.nic_nsg))
    return row(nic_id(vm), "microsoft.network/networkinterfaces", region(vm), properties, kind="Regular")


def public_ip_rows() -> Iterator[Row]:
    for vm in FLEET:
        if vm.public_ip:
            properties: Row = {
                "provisioningState": "Succeeded",
                "ipAddress": f"198.51.100.{vm.number}",
                "publicIPAllocationMethod": "Static",
                "ipConfiguration": reference(f"{nic_id(vm)}/ipConfigurations/ipconfig1"),
            }
            yield row(
                public_ip_id(vm),
                "microsoft.network/publicipaddresses",
                region(vm),
                properties,
                sku={"name": "Standard", "tier": "Regional"},
            )


# -------------------------------------------------------------------------------------------- compute rows


def power_state(vm: Vm) -> Row:
    return {"code": f"PowerState/{vm.power}", "displayStatus": f"VM {vm.power}", "level": "Info"}


def os_profile(vm: Vm) -> Row:
    patching: Row = {
        "assessmentMode": "ImageDefault",
        "patchMode": "AutomaticByOS" if vm.is_windows else "ImageDefault",
    }
    configuration: Row = {"provisionVMAgent": vm.provision_agent, "patchSettings": patching}
    if vm.is_windows:
        configuration["enableAutomaticUpdates"] = True
    else:
        configuration["disablePasswordAuthentication"] = True
    return {
        "adminUsername": "contosoadmin",
        "allowExtensionOperations": vm.extension_operations,
        "computerName": vm.name,
        ("windowsConfiguration" if vm.is_windows else "linuxConfiguration"): configuration,
        "requireGuestProvisionSignal": True,
        "secrets": [],
    }


def disk_id(vm: Vm, name: str) -> str:
    return resource_id(f"{vm.subscription}/{vm.group}/{vm.name}_{name}", "Microsoft.Compute/disks")


def storage_profile(vm: Vm) -> Row:
    os_disk: Row = {
        "name": f"{vm.name}_OsDisk",
        "osType": vm.system.os,
        "caching": "ReadWrite",
        "createOption": "Attach" if vm.specialised else "FromImage",
        "diskSizeGB": 128,
    }
    if vm.unmanaged:
        os_disk["vhd"] = {"uri": f"https://stcontosolegacy.blob.core.windows.net/vhds/{vm.name}-os.vhd"}
    else:
        os_disk["managedDisk"] = {**reference(disk_id(vm, "OsDisk")), "storageAccountType": "Premium_LRS"}
        os_disk["deleteOption"] = "Detach"
    data_disks: list[Row] = [
        {
            "lun": lun,
            "name": f"{vm.name}_Data{lun}",
            "caching": "None",
            "createOption": "Attach",
            "diskSizeGB": 1024,
            "managedDisk": {**reference(disk_id(vm, f"Data{lun}")), "storageAccountType": "Premium_LRS"},
        }
        for lun in range(vm.disks)
    ]
    profile: Row = {"osDisk": os_disk, "dataDisks": data_disks, "diskControllerType": "SCSI"}
    if vm.system.image is None:
        gallery = "platform/rg-images/gal_contoso"
        image = f"{resource_id(gallery, 'Microsoft.Compute/galleries')}/images/kube-node/versions/1.29.4"
        profile["imageReference"] = {**reference(image), "exactVersion": "1.29.4"}
    elif not vm.specialised:
        publisher, offer, sku = vm.system.image
        profile["imageReference"] = {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"}
    return profile


def vm_row(vm: Vm) -> Row:
    view: Row = {"hyperVGeneration": "V1" if vm.unmanaged else "V2", "powerState": power_state(vm)}
    if vm.power == "running" and vm.agent not in (None, "Unknown"):
        view |= {"computerName": vm.name, "osName": vm.system.name, "osVersion": vm.system.version}
    properties: Row = {
        "vmId": str(uuid.uuid5(uuid.NAMESPACE_URL, vm_id(vm))),
        "timeCreated": f"2024-{vm.number % 12 + 1:02}-{vm.number % 27 + 1:02}T09:36:20.316Z",
        "provisioningState": vm.provisioning,
        "hardwareProfile": {"vmSize": vm.size},
        "networkProfile": {"networkInterfaces": [{**reference(nic_id(vm)), "properties": {"primary": True}}]},
        "storageProfile": storage_profile(vm),
        "extended": {"instanceView": view},
    }
    if not vm.specialised:
        properties["osProfile"] = os_profile(vm)
    if vm.availability_set:
        properties["availabilitySet"] = reference(set_id(vm))
    environment = {"prod": "production", "platform": "shared", "dev": "test"}[vm.subscription]
    return row(
        own_vm_id(vm),
        "microsoft.compute/virtualmachines",
        region(vm),
        properties,
        name=vm.name,
        tags={"application": vm.application, "environment": environment, **EXCUSED.get(vm.place, {})},
        zones=[str(vm.number % 3 + 1)] if not vm.availability_set and not vm.unmanaged else None,
        identity={"type": "SystemAssigned", "principalId": str(uuid.uuid5(uuid.NAMESPACE_OID, vm_id(vm)))}
        if vm.sql
        else None,
    )


def availability_set_rows() -> Iterator[Row]:
    members: dict[str, list[Vm]] = {}
    for vm in FLEET:
        if vm.availability_set:
            members.setdefault(f"{vm.subscription}/{vm.group}/{vm.availability_set}", []).append(vm)
    for place, vms in members.items():
        properties: Row = {
            "platformFaultDomainCount": 2,
            "platformUpdateDomainCount": 5,
            "virtualMachines": [reference(own_vm_id(vm)) for vm in vms],
        }
        yield row(
            resource_id(place, "Microsoft.Compute/availabilitySets"),
            "microsoft.compute/availabilitysets",
            region(vms[0]),
            properties,
            sku={"name": "Aligned"},
        )


@dataclass(frozen=True)
class Extension:
    name: str
    publisher: str
    type: str
    wanted: str  # what the model asks for
    installed: str  # what the instance view shows
    state: str = "Succeeded"


def extensions(vm: Vm) -> Iterator[Extension]:
    """The extensions of a VM. The snapshot extension comes with the first backup and needs an agent."""
    if not (vm.provision_agent and vm.extension_operations):
        return
    backed_up = vm.backup and vm.backup.at != NEVER and vm.backup != AGENTLESS
    if backed_up and vm.is_windows:
        publisher = "Microsoft.Azure.RecoveryServices"
        yield Extension("VMSnapshot", publisher, "VMSnapshot", "1.0", "1.0.91.0", vm.snapshot_extension)
    elif backed_up:
        publisher = "Microsoft.Azure.RecoveryServices"
        yield Extension("VMSnapshotLinux", publisher, "VMSnapshotLinux", "1.0", "1.0.9184.0")
    if SQL_EXTENSION in vm.sql:
        name, publisher = "SqlIaasExtension", "Microsoft.SqlServer.Management"
        yield Extension(name, publisher, "SqlIaaSAgent", "2.0", "2.0.322.0")
    if vm.subscription == "prod" and vm.is_windows:
        name, publisher = "AzureMonitorWindowsAgent", "Microsoft.Azure.Monitor"
        yield Extension(name, publisher, name, "1.0", "1.31.0.0")
    if vm.failed_extension:
        publisher = "Microsoft.Azure.Extensions"
        yield Extension(vm.failed_extension, publisher, "CustomScript", "2.1", "2.1.10", "Failed")


def extension_rows(vm: Vm) -> Iterator[Row]:
    for extension in extensions(vm):
        properties: Row = {
            "publisher": extension.publisher,
            "type": extension.type,
            "typeHandlerVersion": extension.wanted,
            "autoUpgradeMinorVersion": True,
            "provisioningState": extension.state,
        }
        yield row(
            f"{own_vm_id(vm)}/extensions/{extension.name}",
            "microsoft.compute/virtualmachines/extensions",
            region(vm),
            properties,
        )


def sql_rows() -> Iterator[Row]:
    for vm in FLEET:
        if SQL_ROW in vm.sql:
            properties: Row = {
                "provisioningState": "Succeeded",
                "osType": "Windows",
                "sqlImageOffer": "SQL2022-WS2022",
                "sqlImageSku": "Standard",
                "sqlManagement": "Full",
                "sqlServerLicenseType": "AHUB",
                "virtualMachineResourceId": vm_id(vm),
            }
            yield row(
                resource_id(vm.place, "Microsoft.SqlVirtualMachine/sqlVirtualMachines"),
                "microsoft.sqlvirtualmachine/sqlvirtualmachines",
                region(vm),
                properties,
            )


def bystander_rows() -> Iterator[Row]:
    """A few rows that no policy on VMs asks for."""
    for name, group in (("stcontosolegacy", "prod/rg-legacy-eus"), ("stcontosobuild", "dev/rg-build")):
        properties: Row = {
            "provisioningState": "Succeeded",
            "minimumTlsVersion": "TLS1_2",
            "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        }
        yield row(
            resource_id(f"{group}/{name}", "Microsoft.Storage/storageAccounts"),
            "microsoft.storage/storageaccounts",
            "eastus" if group.endswith("-eus") else "westeurope",
            properties,
            kind="StorageV2",
            sku={"name": "Standard_LRS", "tier": "Standard"},
        )
    for vm in FLEET:
        if vm.name in ("sql01", "fs01", "sapdb01", "vpn01"):
            disk: Row = {
                "provisioningState": "Succeeded",
                "diskState": "Attached",
                "diskSizeGB": 128,
                "osType": vm.system.os,
            }
            id_ = disk_id(vm, "OsDisk")
            yield row(
                id_,
                "microsoft.compute/disks",
                region(vm),
                disk,
                sku={"name": "Premium_LRS", "tier": "Premium"},
            )


# --------------------------------------------------------------------------------------------- backup rows


def vault_rows() -> Iterator[Row]:
    for vault, (_, vault_region) in VAULTS.items():
        settings = VAULT_SETTINGS[vault]
        properties: Row = {
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
            "privateEndpointStateForBackup": "None",
            "redundancySettings": {
                "standardTierStorageRedundancy": settings.storage,
                "crossRegionRestore": "Disabled",
            },
        }
        if settings.soft_delete:
            properties["securitySettings"] = security_settings(settings)
        yield row(
            vault_id(vault),
            "microsoft.recoveryservices/vaults",
            vault_region,
            properties,
            sku={"name": "RS0", "tier": "Standard"},
        )


def policy_id(policy: str) -> str:
    vault, name = policy.split("/")
    return f"{vault_id(vault)}/backupPolicies/{name}"


def policy_rows() -> Iterator[Row]:
    type_ = "microsoft.recoveryservices/vaults/backuppolicies"
    for policy in POLICIES:
        id_ = policy_id(f"{policy.vault}/{policy.name}")
        if policy.capital_subscriptions:
            id_ = id_.replace("/subscriptions/", "/Subscriptions/", 1)
        users = sum(vm.backup is not None and vm.backup.policy == f"{policy.vault}/{policy.name}" for vm in FLEET)
        properties: Row = {
            "backupManagementType": "AzureIaasVM",
            "policyType": "V2" if policy.is_v2 else "V1",
            "protectedItemsCount": users,
            "instantRpRetentionRangeInDays": 7 if policy.is_v2 else 2,
            "schedulePolicy": policy.schedule,
            "retentionPolicy": retention(policy.schedule),
        }
        if policy.agentless:
            properties["snapshotConsistencyType"] = "OnlyCrashConsistent"
        if policy.time_zone:
            properties["timeZone"] = policy.time_zone
        yield row(id_, type_, VAULTS[policy.vault][1], properties)
    full: Row = {"policyType": "Full", "schedulePolicy": daily("01:00")}
    hana: Row = {
        "backupManagementType": "AzureWorkload",
        "workLoadType": "SAPHanaDatabase",
        "settings": {"timeZone": AMSTERDAM, "issqlcompression": False},
        "protectedItemsCount": 1,
        "subProtectionPolicy": [full],
    }
    yield row(policy_id("rsv-prod-weu/hana-daily"), type_, "westeurope", hana)


ITEM = "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"


def last_backup(vm: Vm, backup: Backup) -> str:
    if backup.at:
        return backup.at
    vault, name = backup.policy.split("/")
    policy = next(policy for policy in POLICIES if (policy.vault, policy.name) == (vault, name))
    fraction = "1487230" if policy.is_v2 else "148723"  # Azure writes six digits here, seven there
    hour, minute = policy.last_run.split(":")
    return f"{hour}:{int(minute) + vm.number % 13 + 2:02}:32.{fraction}Z"


def item_rows() -> Iterator[Row]:
    for vm in FLEET:
        if vm.backup:
            yield item_row(vm, vm.backup)
    yield from (hana_item_row(vm) for vm in FLEET if vm.name in HANA)


def item_row(vm: Vm, backup: Backup) -> Row:
    vault, policy = backup.policy.split("/")
    container = f"iaasvmcontainerv2;{vm.group};{vm.name}"
    is_v2 = any(p.is_v2 for p in POLICIES if (p.vault, p.name) == (vault, policy))
    stopped = backup.state == "ProtectionStopped"
    sound = backup.state == "Protected" and backup.status == "Completed"
    properties: Row = {
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "friendlyName": vm.name,
        "containerName": container,
        "policyId": None if stopped else policy_id(backup.policy),
        "policyName": None if stopped else policy,
        "policyType": "V2" if is_v2 else "V1",
        backup.state_key: backup.state,
        "protectionStatus": "Healthy" if sound else "NotHealthy",
        "healthStatus": "Passed" if sound else "ActionRequired",
        "lastBackupStatus": backup.status,
        "lastBackupTime": last_backup(vm, backup),
    }
    names: Row = {
        "sourceResourceId": vm_id(vm),
        "virtualMachineId": vm_id(vm),
        "dataSourceInfo": {
            "resourceID": vm_id(vm),
            "resourceLocation": region(vm),
            "datasourceType": "Microsoft.Compute/virtualMachines",
        },
    }
    properties |= {key: value for key, value in names.items() if backup.named_in in ("all", key)}
    id_ = (
        f"{vault_id(vault)}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}"
        f"/protectedItems/VM;{container}"
    )
    return row(id_, ITEM, VAULTS[vault][1], properties)


def hana_item_row(vm: Vm) -> Row:
    """A database inside a VM, protected by itself: it says nothing about the VM."""
    properties: Row = {
        "backupManagementType": "AzureWorkload",
        "workloadType": "SAPHanaDatabase",
        "protectedItemType": "AzureVmWorkloadSAPHanaDatabase",
        "friendlyName": "erp",
        "sourceResourceId": vm_id(vm),
        "policyId": policy_id("rsv-prod-weu/hana-daily"),
        "policyName": "hana-daily",
        "protectionState": "Protected",
        "lastBackupStatus": "Healthy",
        "lastBackupTime": "2026-11-21T00:12:32.148723Z",
    }
    id_ = (
        f"{vault_id('rsv-prod-weu')}/backupFabrics/Azure/protectionContainers/"
        f"VMAppContainer;Compute;{vm.group};{vm.name}/protectedItems/SAPHanaDatabase;erp;erp"
    )
    return row(id_, ITEM, "westeurope", properties)


# ------------------------------------------- how vaults are set, what is locked, excused and under load


@dataclass(frozen=True)
class Settings:
    """A vault's settings; no `soft_delete`: its row is an old one without securitySettings."""

    story: str
    soft_delete: str = "Enabled"
    days: int = 14
    immutability: str = "Unlocked"  # "": it was never set, and the row leaves it out
    storage: str = "GeoRedundant"


VAULT_SETTINGS = {
    "rsv-prod-weu": Settings("All as strict as it can be", "AlwaysON", 30, "Locked"),
    "rsv-prod-eus": Settings("Immutable and not locked; copies in three zones", storage="ZoneRedundant"),
    "rsv-prod-cin": Settings(
        "Locally redundant; immutability was never set", immutability="", storage="LocallyRedundant"
    ),
    "rsv-platform-weu": Settings("Healthy"),
    "rsv-platform-eus": Settings("Its row is an old one that tells no security settings", soft_delete=""),
    "rsv-dev-weu": Settings("Everything off", "Disabled", immutability="Disabled", storage="LocallyRedundant"),
}


def security_settings(settings: Settings) -> Row:
    found: Row = {
        "softDeleteSettings": {
            "softDeleteState": settings.soft_delete,
            "softDeleteRetentionPeriodInDays": settings.days,
            "enhancedSecurityState": "Enabled",
        }
    }
    if settings.immutability:
        found["immutabilitySettings"] = {"state": settings.immutability}
    return found


# Where locks lie (subscription/group, or subscription/group/VM), and their level.
LOCKS = {
    # Somebody locked every resource group of a region, that of Azure Backup too.
    "prod/AzureBackupRG_centralindia_1": "CanNotDelete",
    "prod/rg-net-cin": "CanNotDelete",
    "prod/rg-net-weu": "ReadOnly",  # no VM is in it
    "platform/rg-identity-weu": "CanNotDelete",
    "platform/rg-hub-weu/vpn01": "ReadOnly",
}

EXCUSED: dict[str, Row] = {"platform/rg-k8s/k8snode01": {"Backup": "None"}}


def lock_rows() -> Iterator[Row]:
    """Resource locks as their own API lists them: without the columns of Resource Graph."""
    for place, level in LOCKS.items():
        subscription, group, *vm = place.split("/")
        scope = f"/subscriptions/{SUBSCRIPTIONS[subscription]}/resourceGroups/{group}"
        if vm:
            scope += f"/providers/Microsoft.Compute/virtualMachines/{vm[0]}"
        yield {
            "id": f"{scope}/providers/Microsoft.Authorization/locks/keep-{(vm or [group])[0].lower()}",
            "name": f"keep-{(vm or [group])[0].lower()}",
            "type": "microsoft.authorization/locks",
            "subscriptionId": SUBSCRIPTIONS[subscription],
            "properties": {"level": level, "notes": "Do not delete"},
        }


MEASURED_FROM = "2026-11-20T23:00:00Z"
SAMPLES = 104  # of a quarter of an hour each: until TAKEN_AT
BUSY = {"dev/rg-build/bld01": range(70, 94)}  # 16:30 to 22:30 UTC; its backup starts at 19:00
FULL = {"prod/rg-sap/sapdb01"}  # its memory is all taken
NO_MEMORY = {"prod/rg-legacy-eus/legacyus01"}  # of a size of which Azure measures no memory


def metric_rows() -> Iterator[Row]:
    """What Azure Monitor measured of every VM that is not deallocated; nothing of one that is shut down."""
    for vm in FLEET:
        if vm.power == "deallocated":
            continue
        measured = vm.power == "running"
        busy = BUSY.get(vm.place, ())
        cpu = [97.5 if at in busy else 4 + (vm.number * 7 + at * at) % 23 for at in range(SAMPLES)]
        free = [3.5 if vm.place in FULL else 35 + (vm.number * 3 + at) % 31 for at in range(SAMPLES)]
        samples: Row = {
            "Percentage CPU": cpu if measured else [None] * SAMPLES,
            "Available Memory Percentage": free if measured and vm.place not in NO_MEMORY else [None] * SAMPLES,
        }
        times: Row = {"collectedAt": TAKEN_AT, "from": MEASURED_FROM, "to": TAKEN_AT, "interval": "PT15M"}
        yield {
            "id": f"{own_vm_id(vm)}/metrics",
            "type": "snapready/metrics",
            "subscriptionId": SUBSCRIPTIONS[vm.subscription],
            "properties": {**times, "samples": samples},
        }


# ------------------------------------------------------------------------- instance views and guest facts


def status(code: str, display: str, message: str | None = None, level: str = "Info") -> Row:
    return {
        "code": code,
        "displayStatus": display,
        "level": level,
        "message": message,
        "time": "2026-11-22T00:41:07+00:00",
    }


def vm_agent(vm: Vm) -> Row | None:
    if vm.agent is None:
        return None
    if vm.agent == "Unknown":
        message = "VM status blob is found but not yet populated."
        state = status("ProvisioningState/Unavailable", "Not Ready", message, "Warning")
        return {"vmAgentVersion": "Unknown", "extensionHandlers": [], "statuses": [state]}
    handlers: list[Row] = [
        {
            "type": f"{extension.publisher}.{extension.type}",
            "typeHandlerVersion": extension.installed,
            "status": handler_status(vm, extension),
        }
        for extension in extensions(vm)
    ]
    ready = status("ProvisioningState/succeeded", "Ready", "Guest Agent is running")
    version = CURRENT_AGENT[vm.system.os] if vm.agent == "current" else vm.agent
    return {"vmAgentVersion": version, "extensionHandlers": handlers, "statuses": [ready]}


def handler_status(vm: Vm, extension: Extension) -> Row:
    if vm.handler and extension.type.startswith("VMSnapshot"):
        return status(*vm.handler, "Error")
    return status("ProvisioningState/succeeded", "Ready")


def instance_view(vm: Vm) -> Row:
    """One element of what `az vm get-instance-view --ids … -o json` prints."""
    reporting = vm.agent not in (None, "Unknown")
    provisioning = {
        "Succeeded": "Provisioning succeeded",
        "Failed": "Provisioning failed",
        "Updating": "Updating",
    }
    states: list[Row] = [
        status(f"ProvisioningState/{vm.provisioning.lower()}", provisioning[vm.provisioning]),
        status(f"PowerState/{vm.power}", f"VM {vm.power}"),
    ]
    view: Row = {
        "assignedHost": None,
        "bootDiagnostics": {},
        "computerName": vm.name if reporting else None,
        "disks": [
            {
                "name": f"{vm.name}_OsDisk",
                "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded")],
            }
        ],
        "extensions": [
            {
                "name": extension.name,
                "type": f"{extension.publisher}.{extension.type}",
                "typeHandlerVersion": extension.installed,
                "statuses": [
                    status(
                        f"ProvisioningState/{extension.state.lower()}",
                        "Provisioning " + extension.state.lower(),
                    )
                ],
            }
            for extension in extensions(vm)
            if reporting
        ]
        or None,
        "hyperVGeneration": "V1" if vm.unmanaged else "V2",
        "maintenanceRedeployStatus": None,
        "osName": vm.system.name if reporting else None,
        "osVersion": vm.system.version if reporting else None,
        "statuses": states,
        "vmAgent": vm_agent(vm),
    }
    return {
        "hardwareProfile": {"vmSize": vm.size},
        "id": own_vm_id(vm),
        "instanceView": view,
        "location": region(vm),
        "name": vm.name,
        "provisioningState": vm.provisioning,
        "resourceGroup": vm.group.upper() if vm.upper_case else vm.group,
        "type": "Microsoft.Compute/virtualMachines",
        "vmId": str(uuid.uuid5(uuid.NAMESPACE_URL, vm_id(vm))),
    }


def interfaces(vm: Vm, guest: Guest) -> list[Row]:
    if guest.no_interfaces:
        return []
    address = mac(vm) if guest.mac_style == "azure" else mac(vm).replace("-", ":").lower()
    seen: list[Row] = [{"name": "Ethernet" if vm.is_windows else "eth0", "mac": address, "dhcp": not guest.static}]
    if guest.docker:
        seen.append({"name": "docker0", "mac": f"02-42-AC-11-00-{vm.number:02X}", "dhcp": False})
    return seen


def services(vm: Vm, guest: Guest) -> Row:
    """What a look at the services finds; a name that is looked up and not there is false."""
    healthy: Row = {"status": "running", "startup": "automatic"}
    if vm.is_windows:
        never = vm.backup is None or vm.backup.at == NEVER or vm.backup == AGENTLESS
        found: Row = {"WindowsAzureGuestAgent": healthy, "RdAgent": healthy, "iaasvmprovider": not never and healthy}
    elif vm.system.name == "ubuntu":
        found = {"walinuxagent": healthy, "waagent": False}
    else:
        found = {"walinuxagent": False, "waagent": healthy}
    return found | (guest.services or {})


def guest_row(vm: Vm, guest: Guest) -> Row:
    agent: Row = {"version": guest.agent} if guest.agent else {}
    agent["running"] = guest.running
    if not vm.is_windows:
        agent["extensionsEnabled"] = guest.extensions_enabled
    properties: Row = {
        "collectedAt": guest.at,
        "source": guest.source,
        "interfaces": interfaces(vm, guest),
        "services": services(vm, guest),
        "platformEndpoint": {port: port not in guest.closed_ports for port in ("80", "32526")},
        "agent": agent,
    }
    if guest.registry is not None:
        properties["registry"] = guest.registry
    if guest.proxy is not None:
        properties["proxy"] = guest.proxy
    if guest.vss_writers is not None:
        stable = dict.fromkeys(("System Writer", "Registry Writer", "WMI Writer"), "Stable")
        properties["vssWriters"] = {**stable, **guest.vss_writers}
    id_ = vm_id(vm).lower() if vm.upper_case else vm_id(vm)
    return {"type": "snapready/guestfacts", "id": f"{id_}/guestFacts", "properties": properties}


# ---------------------------------------------------------------------------------------------- the files


def fleet_rows() -> Iterator[Row]:
    yield from (vm_row(vm) for vm in FLEET)
    for vm in FLEET:
        yield from extension_rows(vm)
    yield from availability_set_rows()
    yield from (nic_row(vm) for vm in FLEET)
    yield from nsg_rows()
    yield from vnet_rows()
    yield from route_table_rows()
    yield from public_ip_rows()
    yield from exit_rows()
    yield from sql_rows()
    yield from bystander_rows()
    yield from vault_rows()
    yield from policy_rows()
    yield from item_rows()
    yield from lock_rows()
    yield from metric_rows()


def header(rows: list[Row]) -> Row:
    """The coverage ledger: every type was asked for in every subscription, and all of it arrived."""
    counts: dict[str, dict[str, int]] = {subscription: {} for subscription in SUBSCRIPTIONS.values()}
    for type_ in sorted({str(one["type"]) for one in rows}):
        for subscription, of_type in counts.items():
            of_type[type_] = sum(one["type"] == type_ and one["subscriptionId"] == subscription for one in rows)
    collected = {
        subscription: {type_: {"received": n, "total": n} for type_, n in of_type.items()}
        for subscription, of_type in counts.items()
    }
    scope = "management group contoso"
    return {"snapready": {"version": 1, "takenAt": TAKEN_AT, "scope": scope, "collected": collected}}


def lines(rows: list[Row]) -> str:
    return "".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) + "\n" for one in rows)


def build() -> dict[str, str]:
    """The text of each generated file, by name."""
    rows = list(fleet_rows())
    views = [instance_view(vm) for vm in FLEET if vm.instance_view]
    guests: list[Row] = [{"snapready": {"version": 1, "takenAt": TAKEN_AT}}]
    guests += [guest_row(vm, vm.guest) for vm in FLEET if vm.guest]
    return {
        "fleet.ndjson": lines([header(rows), *rows]),
        "instanceviews.json": json.dumps(views, indent=2) + "\n",
        "guestfacts.ndjson": lines(guests),
    }


def strays() -> list[str]:
    """VMs and vaults whose line in their table is missing, surplus or tells another story."""
    built = {("expected.csv", "vm"): {(vm.place, vm.story) for vm in FLEET}}
    built["expected-vaults.csv", "vault"] = {
        (VAULTS[vault][0], settings.story) for vault, settings in VAULT_SETTINGS.items()
    }
    found = []
    for (name, subject), stories in built.items():
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            written = {(line[subject], line["story"]) for line in csv.DictReader(file)}
        found += [f"{place}: {story}" for place, story in written ^ stories]
    return sorted(found)


def main() -> int:
    for name, text in build().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
    for stray in strays():
        print(f"the tables of expected verdicts and build.py disagree on {stray}", file=sys.stderr)
    return 1 if strays() else 0


if __name__ == "__main__":
    sys.exit(main())
