"""Benchmark input: streams a seeded, realistic fleet of Azure VMs into one Resource Graph snapshot."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

TAKEN_AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
NEVER = datetime(2001, 1, 1, tzinfo=UTC)  # the last backup of an item that has none yet
VM = "microsoft.compute/virtualmachines"
SQL_VM = "microsoft.sqlvirtualmachine/sqlvirtualmachines"
VAULT = "microsoft.recoveryservices/vaults"
ITEM = f"{VAULT}/backupfabrics/protectioncontainers/protecteditems"
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
RULE_FIELDS = "name priority direction access source target port"
DEFAULT_RULES = (
    "AllowVnetInBound 65000 In Allow VirtualNetwork VirtualNetwork *",
    "AllowAzureLoadBalancerInBound 65001 In Allow AzureLoadBalancer * *",
    "DenyAllInBound 65500 In Deny * * *",
    "AllowVnetOutBound 65000 Out Allow VirtualNetwork VirtualNetwork *",
    "AllowInternetOutBound 65001 Out Allow * Internet *",
    "DenyAllOutBound 65500 Out Deny * * *",
)
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


def ref(rng: Random, identity: str) -> str:
    """An id in reference position: three in ten are not in the letter case of the row they name."""
    draw = rng.random()
    if draw < 0.15:
        return identity.lower()
    return identity.replace("/resourceGroups/", "/resourcegroups/", 1) if draw < 0.3 else identity


def shape(text: str) -> str:
    """JSON with holes for the % operator: <name> is part of a string, "<<name>>" a whole JSON value."""
    dense = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).replace("%", "%%")
    return re.sub(r'"<<(\w+)>>"|<(\w+)>', lambda hole: f"%({hole[1] or hole[2]})s", dense)


def stamp(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def listed(values: Iterable[str]) -> str:
    return f"[{','.join(values)}]"


def yes(condition: bool) -> str:
    return "true" if condition else "false"


ROW = shape("""{"id": "<id>", "name": "<name>", "type": "<type>",
"tenantId": "72f9a1c4-5b0e-4d3f-9a67-0c1d2e3f4a5b", "location": "<region>", "resourceGroup": "<group>",
"subscriptionId": "<subscription>", "tags": "<<tags>>", "kind": "", "sku": "<<sku>>", "zones": "<<zones>>",
"identity": "<<identity>>", "properties": "<<properties>>"}""")
TAGS = shape("""{"environment": "prod", "application": "<app>", "costCenter": "CC-<group>",
"owner": "<owner>", "cloudService": "svc-<app>-<tens>"}""")


def row(resource: str, kind: str, region: str, properties: str, **more: str) -> str:
    parts = resource.split("/")
    known = {"id": resource, "name": parts[-1], "type": kind, "region": region, "group": parts[4].lower()}
    empty = {"tags": "null", "sku": "null", "zones": "null", "identity": "null"}
    return ROW % (known | empty | more | {"subscription": parts[2], "properties": properties})


LINK = shape('{"id": "<id>", "resourceGroup": "<group>"}')


def linked(rng: Random, identity: str) -> str:
    return LINK % {"id": ref(rng, identity), "group": identity.split("/")[4].lower()}


DISK = shape("""{"name": "<disk>", "managedDisk": {"id": "<id>", "resourceGroup": "<resource_group>",
"storageAccountType": "Premium_LRS"}, "createOption": "Attach", "caching": "ReadOnly",
"deleteOption": "Detach", "diskSizeGB": "<<size>>", "writeAcceleratorEnabled": false, "lun": "<<lun>>",
"toBeDetached": false}""")
OS_DISK = shape("""{"name": "<disk>", "osType": "<system>", "createOption": "FromImage",
"caching": "ReadWrite", "deleteOption": "Detach", "diskSizeGB": 127, "managedDisk": {"id": "<id>",
"resourceGroup": "<resource_group>", "storageAccountType": "Premium_LRS"}}""")
BLOB_DISK = shape("""{"name": "<disk>", "osType": "<system>", "createOption": "FromImage",
"caching": "ReadWrite", "diskSizeGB": 127,
"vhd": {"uri": "https://st<app>.blob.core.windows.net/vhds/<disk>.vhd"}}""")
VM_NIC = shape("""{"id": "<id>", "properties": {"primary": "<<primary>>", "deleteOption": "Detach"},
"resourceGroup": "<resource_group>"}""")
WINDOWS_GUEST = shape("""{"provisionVMAgent": "<<provisioned>>", "enableVMAgentPlatformUpdates": false,
"enableAutomaticUpdates": true, "patchSettings": {"patchMode": "AutomaticByPlatform"}}""")
LINUX_GUEST = shape("""{"provisionVMAgent": "<<provisioned>>", "enableVMAgentPlatformUpdates": false,
"disablePasswordAuthentication": true, "ssh": {"publicKeys": [{"keyData": "ssh-rsa AAAAB3NzaC1yc2E<key>",
"path": "/home/azureops/.ssh/authorized_keys"}]}, "patchSettings": {"patchMode": "AutomaticByPlatform"}}""")
VM_SHAPE = shape("""{"vmId": "<guid>", "hardwareProfile": {"vmSize": "<size>"},
"provisioningState": "<provisioning>", "availabilitySet": "<<set>>",
"storageProfile": {"imageReference": {"publisher": "<publisher>", "offer": "<offer>", "sku": "<sku>",
"version": "latest", "exactVersion": "20348.2700.260917"}, "osDisk": "<<os_disk>>",
"dataDisks": "<<data_disks>>", "diskControllerType": "SCSI"}, "osProfile": {"computerName": "<name>",
"adminUsername": "azureops", "<configuration>": "<<guest>>", "secrets": [],
"requireGuestProvisionSignal": true, "allowExtensionOperations": "<<extensible>>"},
"networkProfile": {"networkInterfaces": "<<nics>>"}, "securityProfile": {"securityType": "TrustedLaunch",
"encryptionAtHost": true, "uefiSettings": {"vTpmEnabled": true, "secureBootEnabled": true}},
"diagnosticsProfile": {"bootDiagnostics": {"enabled": true,
"storageUri": "https://stdiag<app><group>.blob.core.windows.net/"}}, "licenseType": "<<license>>",
"timeCreated": "<created>", "extended": {"instanceView": {"computerName": "<name>", "hyperVGeneration": "V2",
"osName": "<os>", "osVersion": "<version>", "powerState": {"code": "PowerState/<power>",
"displayStatus": "VM <power>", "level": "Info"}}}}""")
UNGROUPED = VM_SHAPE.replace('"availabilitySet":%(set)s,', "")
SQL_IMAGE = ("MicrosoftSQLServer", "sql2022-ws2022", "enterprise-gen2")
WINDOWS_IMAGE = ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2")
LINUX_IMAGE = ("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")


def vm_row(vm: Machine, rng: Random) -> str:
    known, odd, disks = vars(vm), rng.random(), []
    for lun in range(rng.choice((0, 1, 1, 2, 2, 3))):
        names = {"disk": f"{vm.name}_DataDisk_{lun}", "lun": lun, "size": rng.choice((64, 128, 256, 1024))}
        disks.append(DISK % (known | names | {"id": ref(rng, f"{vm.disks}{names['disk']}")}))
    disk = f"{vm.name}_OsDisk_1_{rng.getrandbits(128):032x}"
    os_disk = known | {"disk": disk, "id": ref(rng, vm.disks + disk)}
    publisher, offer, sku = SQL_IMAGE if vm.sql else WINDOWS_IMAGE if vm.windows else LINUX_IMAGE
    nics = [{"id": ref(rng, vm.nic(at)), "primary": yes(at == 0)} for at in range(vm.nics)]
    guest = {"provisioned": yes(odd > 0.003), "key": f"{rng.getrandbits(384):096x}"}
    created = TAKEN_AT - timedelta(seconds=rng.randrange(86400, 10**8), microseconds=1 + vm.number)
    own = {"guid": guid(rng), "size": rng.choice(("Standard_D4s_v5", "Standard_E8s_v5", "Standard_B2ms"))}
    own |= {"provisioning": "Failed" if 0.4 < odd < 0.41 else "Succeeded", "extensible": yes(odd < 0.997)}
    own |= {"publisher": publisher, "offer": offer, "sku": sku, "data_disks": listed(disks)}
    own |= {"set": linked(rng, vm.availability_set) if vm.availability_set else "", "created": stamp(created)}
    own |= {"os_disk": (BLOB_DISK if 0.5 < odd < 0.505 else OS_DISK) % os_disk}
    own |= {"nics": listed(VM_NIC % (known | nic) for nic in nics), "license": '"Windows_Server"'}
    own |= {"configuration": "windowsConfiguration", "guest": WINDOWS_GUEST % guest}
    own |= {"os": "Windows Server 2022 Datacenter", "version": "10.0.20348.2700"}
    if not vm.windows:
        own |= {"configuration": "linuxConfiguration", "guest": LINUX_GUEST % guest, "license": "null"}
        own |= {"os": "ubuntu", "version": "22.04"}
    properties = (VM_SHAPE if vm.availability_set else UNGROUPED) % (known | own)
    owner = rng.choice(("platform@contoso.com", "Zoë Müller"))
    tags = TAGS % (known | {"owner": owner, "tens": vm.local // 10}) if odd < 0.95 else "null"
    identity = IDENTITY % {"guid": guid(rng)}
    zones = "null" if vm.availability_set else f'["{1 + vm.number % 3}"]'
    return row(vm.id, VM, vm.region, properties, tags=tags, zones=zones, identity=identity)


IDENTITY = shape('{"type": "SystemAssigned", "principalId": "<guid>"}')
NIC_SHAPE = shape("""{"provisioningState": "Succeeded", "resourceGuid": "<guid>", "macAddress": "<mac>",
"primary": "<<primary>>", "virtualMachine": "<<vm>>", "networkSecurityGroup": "<<guard>>",
"ipConfigurations": [{"id": "<nic>/ipConfigurations/ipconfig1", "name": "ipconfig1",
"type": "Microsoft.Network/networkInterfaces/ipConfigurations",
"etag": "W/\\"<guid>\\"", "properties": {"provisioningState": "Succeeded", "primary": true,
"privateIPAddress": "<address>", "subnet": "<<net>>", "privateIPAddressVersion": "IPv4",
"privateIPAllocationMethod": "<method>"}}], "dnsSettings": {"dnsServers": [], "appliedDnsServers": [],
"internalDomainNameSuffix": "zu4bdqk3nhqepbmhwp1lv2gdxc.ax.internal.cloudapp.net"},
"enableAcceleratedNetworking": true, "enableIPForwarding": false, "disableTcpStateTracking": false,
"defaultOutboundConnectivityEnabled": false, "hostedWorkloads": [], "tapConfigurations": []}""")
OPEN_NIC = NIC_SHAPE.replace('"networkSecurityGroup":%(guard)s,', "")


def nic_row(member: tuple[Machine, int], rng: Random) -> str:
    vm, at = member
    own = {"guid": guid(rng), "nic": vm.nic(at), "mac": vm.mac(at), "primary": yes(at == 0)}
    own |= {"vm": linked(rng, vm.id), "guard": linked(rng, vm.nsg), "net": linked(rng, vm.subnet)}
    own |= {"address": vm.address(at), "method": "Static" if rng.random() < 0.2 else "Dynamic"}
    properties = (NIC_SHAPE if vm.draws[10] < 0.25 else OPEN_NIC) % (vars(vm) | own)
    return row(vm.nic(at), "microsoft.network/networkinterfaces", vm.region, properties)


EXTENSION_SHAPE = shape("""{"publisher": "<publisher>", "type": "<kind>", "typeHandlerVersion": "<version>",
"autoUpgradeMinorVersion": true, "provisioningState": "<provisioning>", "suppressFailures": false,
"enableAutomaticUpgrade": false, "settings": {"locale": "en-US", "taskId": "<guid>",
"commandToExecute": "snapshot", "vmType": "microsoft.compute/virtualmachines",
"commandStartTimeUTCTicks": "<ticks>", "objectStr": "<blob>"}}""")


def extension_row(member: tuple[Machine, Extension], rng: Random) -> str:
    vm, extension = member
    own = {"provisioning": "Succeeded" if rng.random() > 0.01 else "Failed", "guid": guid(rng)}
    own |= {"ticks": str(639 * 10**15 + rng.randrange(10**15)), "blob": f"{rng.getrandbits(1400):0350x}"}
    properties = EXTENSION_SHAPE % (extension._asdict() | own)
    return row(f"{ref(rng, vm.id)}/extensions/{extension.name}", f"{VM}/extensions", vm.region, properties)


RULE = shape("""{"name": "<name>", "id": "<nsg>/<folder>/<name>",
"properties": {"protocol": "<protocol>", "priority": "<<priority>>",
"direction": "<direction>bound", "access": "<access>", "sourcePortRange": "*",
"destinationPortRange": "<port>", "sourceAddressPrefix": "<source>",
"destinationAddressPrefix": "<target>"}}""")
RULE_TO_LIST = RULE.replace('Prefix":"%(target)s"', 'Prefixes":%(target)s')
NSG_SHAPE = shape("""{"provisioningState": "Succeeded", "resourceGuid": "<guid>",
"securityRules": "<<rules>>", "defaultSecurityRules": "<<defaults>>", "subnets": "<<subnets>>"}""")


def nsg_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    nsg, region = fleet.nsg(sub, number), fleet.region(sub, number * PER_NSG)
    spell = RULE_FIELDS.split()

    def rule(text: str, folder: str = "securityRules") -> str:
        fields = dict(zip(spell, text.split(), strict=True)) | {"nsg": nsg, "folder": folder}
        fields["protocol"] = "*" if fields["port"] == "*" else "Tcp"
        return (RULE_TO_LIST if "[" in fields["target"] else RULE) % fields

    draw, rules = rng.random(), []
    if draw > 0.55:
        rules.append(rule("DenyInternet 4000 Out Deny * Internet *"))
    if 0.55 < draw < 0.85:
        rules.append(rule(f"AllowStorage 200 Out Allow VirtualNetwork Storage.{region} 443"))
        rules.append(rule("AllowAzureBackup 210 Out Allow * AzureBackup 443"))
        rules.append(rule("AllowEntra 220 Out Allow * AzureActiveDirectory 443"))
    elif 0.85 < draw < 0.93:
        rules.append(rule('AllowSomeStorage 200 Out Allow * ["20.60.0.0/16","52.239.128.0/17"] 443'))
    elif 0.4 < draw < 0.45:  # only some addresses of the subnet are cut off
        rules.append(rule(f"DenyLegacy 150 Out Deny {prefix(number)}.0/28 Internet *"))
    for at in range(int(rng.triangular(10, 31, 10)) - len(rules)):
        way, port = (
            "Out" if at % 3 == 2 else "In",
            rng.choice(("22", "80", "443", "1433", "3389", "8000-8999")),
        )
        ends = [f"10.{rng.randrange(256)}.{rng.randrange(256)}.0/24", "VirtualNetwork"][:: 1 if way == "In" else -1]
        access = "Deny" if rng.random() < 0.15 else "Allow"
        rules.append(rule(f"{way}{at:02d}-{port} {1000 + 10 * at} {way} {access} {' '.join(ends)} {port}"))
    own = {
        "guid": guid(rng),
        "rules": listed(rules),
        "subnets": listed([linked(rng, fleet.subnet(sub, number))]),
    }
    own |= {"defaults": listed(rule(text, "defaultSecurityRules") for text in DEFAULT_RULES)}
    properties = NSG_SHAPE % own
    return row(nsg, "microsoft.network/networksecuritygroups", region, properties)


SUBNET_SHAPE = shape("""{"id": "<id>", "name": "<name>", "etag": "W/\\"<guid>\\"",
"properties": {"provisioningState": "Succeeded", "addressPrefix": "<prefix>.0/24",
"networkSecurityGroup": "<<guard>>", "serviceEndpoints": "<<endpoints>>", "delegations": [],
"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
"defaultOutboundAccess": false}}""")
OPEN_SUBNET = SUBNET_SHAPE.replace('"networkSecurityGroup":%(guard)s,', "")
ENDPOINT = shape('{"provisioningState": "Succeeded", "service": "Microsoft.Storage", "locations": ["<region>"]}')
VNET_SHAPE = shape("""{"provisioningState": "Succeeded", "resourceGuid": "<guid>",
"enableDdosProtection": false, "addressSpace": {"addressPrefixes": ["10.<second>.0.0/16"]},
"virtualNetworkPeerings": [], "subnets": "<<subnets>>", "dhcpOptions": {"dnsServers": ["10.250.0.4",
"10.250.0.5"]}}""")


def vnet_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    subnets, each, region = [], PER_VNET // PER_NSG, fleet.region(sub, number * PER_VNET)
    for at in fleet.blocks(sub, PER_NSG)[number * each : (number + 1) * each]:
        own = {
            "id": fleet.subnet(sub, at),
            "name": f"snet-{at % each}",
            "guid": guid(rng),
            "prefix": prefix(at),
        }
        own |= {"guard": linked(rng, fleet.nsg(sub, at)), "endpoints": "[]"}
        if rng.random() < 0.2:
            own["endpoints"] = listed([ENDPOINT % {"region": region}])
        subnets.append((SUBNET_SHAPE if rng.random() < 0.85 else OPEN_SUBNET) % own)
    properties = VNET_SHAPE % {"guid": guid(rng), "second": number % 250, "subnets": listed(subnets)}
    return row(fleet.vnet(sub, number), "microsoft.network/virtualnetworks", region, properties)


SET_SHAPE = shape('{"platformFaultDomainCount": 2, "platformUpdateDomainCount": 5, "virtualMachines": "<<members>>"}')


def set_row(members: list[Machine], rng: Random) -> str:
    properties = SET_SHAPE % {"members": listed(linked(rng, vm.id) for vm in members)}
    identity, region = members[0].availability_set, members[0].region
    return row(identity, "microsoft.compute/availabilitysets", region, properties, sku='{"name":"Aligned"}')


VAULT_SHAPE = shape("""{"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
"securitySettings": {"softDeleteSettings": {"softDeleteState": "Enabled",
"softDeleteRetentionPeriodInDays": "<<days>>"}},
"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled"}}""")


def vault_row(block: Block, rng: Random) -> str:
    fleet, sub, number = block
    region, sku = fleet.region(sub, number * PER_VAULT), '{"name":"RS0","tier":"Standard"}'
    return row(fleet.vault(sub, number), VAULT, region, VAULT_SHAPE % {"days": rng.choice((14, 30))}, sku=sku)


def policy_id(vault: str, plan: Schedule) -> str:
    """Policies spell the first word of their id with a capital letter."""
    return f"{vault}/backupPolicies/{plan.name}".replace("/subscriptions/", "/Subscriptions/", 1)


def policy_row(member: tuple[Block, Schedule], rng: Random) -> str:
    (fleet, sub, number), plan = member
    times = [f"2025-03-14T{int(hour):02d}:{int(hour % 1 * 60):02d}:00Z" for hour in plan.hours[:1]]
    runs: dict[str, object] = {"scheduleRunTimes": times, "scheduleRunDays": list(plan.days)}
    if plan.frequency == "Hourly":
        runs = {"interval": int(plan.hours[1] - plan.hours[0]), "scheduleWindowStartTime": times[0]}
        runs["scheduleWindowDuration"] = int(plan.hours[-1] - plan.hours[0])
    elif not plan.days:
        del runs["scheduleRunDays"]
    kind = "SimpleSchedulePolicy" + "V2" * (plan.version == "V2")
    schedule: dict[str, object] = {"schedulePolicyType": kind, "scheduleRunFrequency": plan.frequency}
    schedule |= {f"{plan.frequency.lower()}Schedule": runs} if plan.version == "V2" else runs
    properties: dict[str, object] = {"backupManagementType": "AzureIaasVM", "policyType": plan.version}
    properties |= {"schedulePolicy": schedule, "protectedItemsCount": rng.randrange(300)}
    if plan.name != "DefaultPolicy":  # it says no time zone, which means UTC
        properties["timeZone"] = fleet.zone(sub, number * PER_VAULT)[0]
    if plan.crash_consistent:
        properties["snapshotConsistencyType"] = "OnlyCrashConsistent"
    identity = policy_id(fleet.vault(sub, number), plan)
    region = fleet.region(sub, number * PER_VAULT)
    return row(identity, f"{VAULT}/backuppolicies", region, json.dumps(properties, separators=(",", ":")))


ITEM_SHAPE = shape("""{"protectedItemType": "Microsoft.Compute/virtualMachines",
"backupManagementType": "AzureIaasVM", "workloadType": "VM", "friendlyName": "<name>",
"containerName": "<container>", "sourceResourceId": "<source>", "virtualMachineId": "<machine>",
"vaultId": "<in_vault>", "policyId": "<policy>", "policyName": "<plan>", "policyType": "<plan_version>",
"protectionState": "<state>", "currentProtectionState": "<current>", "protectionStatus": "Healthy",
"healthStatus": "<health>", "lastBackupStatus": "<status>", "lastBackupTime": "<last>",
"lastRecoveryPoint": "<point>", "protectedItemDataId": "<data>", "isScheduledForDeferredDelete": false,
"softDeleteRetentionPeriodInDays": 14, "isArchiveEnabled": false,
"extendedProperties": {"linuxVmApplicationName": ""}, "dataSourceInfo": {"resourceID": "<resource>",
"resourceName": "<name>", "resourceLocation": "<region>",
"datasourceType": "Microsoft.Compute/virtualMachines",
"resourceType": "Microsoft.Compute/virtualMachines"}}""")


def item_row(vm: Machine, rng: Random) -> str:
    last, draw, plan = last_start(vm.schedule, vm.zone[1]), rng.random(), vm.schedule
    last += timedelta(days=-9 if 0.04 < draw < 0.05 else 0, seconds=rng.randrange(5, 1500), microseconds=vm.number + 1)
    point, status = last + timedelta(days=-2 if draw < 0.04 else 0), "Failed" if draw < 0.04 else "Completed"
    if vm.state == "IRPending":
        last, point, status = NEVER, NEVER, ""
    container = f"iaasvmcontainerv2;{vm.resource_group};{vm.name}"
    own = {"container": container, "plan": plan.name, "plan_version": plan.version, "status": status}
    own |= {"source": ref(rng, vm.id), "machine": ref(rng, vm.id), "resource": ref(rng, vm.id)}
    own |= {"in_vault": ref(rng, vm.vault), "policy": ref(rng, policy_id(vm.vault, plan))}
    own |= {"last": stamp(last), "point": stamp(point), "data": str(rng.randrange(10**17, 10**18))}
    own |= {"current": "ProtectionConfigured" if vm.state == "Protected" else vm.state}
    own |= {"health": "Passed" if status == "Completed" else "ActionRequired"}
    properties = ITEM_SHAPE % (vars(vm) | own)
    folder = f"{vm.vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}/protectedItems"
    return row(f"{folder}/VM;{container}", ITEM, vm.region, properties)


SQL_SHAPE = shape("""{"virtualMachineResourceId": "<vm>", "provisioningState": "Succeeded",
"osType": "Windows", "sqlImageOffer": "SQL2022-WS2022", "sqlImageSku": "Enterprise", "sqlManagement": "Full",
"sqlServerLicenseType": "PAYG", "leastPrivilegeMode": "Enabled", "enableAutomaticUpgrade": true}""")


def sql_row(vm: Machine, rng: Random) -> str:
    identity = f"{vm.base}Microsoft.SqlVirtualMachine/sqlVirtualMachines/{vm.name}"
    return row(identity, SQL_VM, vm.region, SQL_SHAPE % {"vm": ref(rng, vm.id)})


VIEW_OFF = shape("""{"id": "<owner>/instanceView", "type": "microsoft.compute/virtualmachines/instanceview",
"properties": {"statuses": [{"code": "ProvisioningState/succeeded", "level": "Info"},
{"code": "PowerState/<power>", "level": "Info", "displayStatus": "VM <power>"}]}}""")
AGENT = shape("""{"computerName": "<name>", "vmAgent": {"vmAgentVersion": "<agent>",
"statuses": [{"level": "Info", "code": "ProvisioningState/<state>", "displayStatus": "<ready>",
"time": "2026-11-22T00:58:11+00:00"}], "extensionHandlers": "<<handlers>>"}}""")
HANDLER = shape('{"type": "<publisher>.<kind>", "typeHandlerVersion": "1.0.9184.0"}')
VIEW = VIEW_OFF.replace('"properties":{', f'"properties":{AGENT[:-1]},', 1)


def view_row(vm: Machine, rng: Random) -> str:
    ready, owner = rng.random() > 0.01, ref(rng, vm.id)
    if vm.power != "running":  # what the guest reports is absent while the VM is off
        return VIEW_OFF % {"owner": owner, "power": vm.power}
    own = {"state": "succeeded" if ready else "Unavailable", "ready": "Ready" if ready else "Not Ready"}
    handlers = listed(HANDLER % extension._asdict() for extension in vm.extensions())
    return VIEW % (vars(vm) | own | {"owner": owner, "handlers": handlers})


GUEST_SHAPE = shape("""{"id": "<owner>/guestFacts", "type": "snapready/guestfacts",
"properties": {"collectedAt": "2026-11-<day>T00:30:00Z", "source": "run-command",
"interfaces": "<<interfaces>>", "registry": "<<registry>>", "services": {"<service>": {"status": "running",
"startup": "automatic"}}, "proxy": "<<proxy>>", "agent": {"version": "<agent>",
"running": "<<running>>"}}}""")
INTERFACE = shape('{"name": "eth<at>", "mac": "<mac>", "dhcp": "<<dhcp>>"}')
DOCKER = shape('{"name": "docker0", "mac": "02-42-AC-11-00-01", "dhcp": false}')
KEYS = shape('{"HKLM\\\\SOFTWARE\\\\MICROSOFT\\\\BCDRAGENT": "<<values>>"}')
PROXY = shape("""{"host": "proxy.contoso.com", "addresses": ["10.0.0.100"], "port": 3128,
"authenticated": "<<secret>>"}""")


def guest_row(vm: Machine, rng: Random) -> str:
    draw, dhcp = rng.random(), yes(vm.draws[11] >= 0.02)
    interfaces = [INTERFACE % {"at": at, "mac": vm.mac(at), "dhcp": dhcp} for at in range(vm.nics)]
    if not vm.windows and draw < 0.2:
        interfaces.append(DOCKER)
    values = '{"USEVSSCOPYBACKUP":"TRUE"}' if vm.sql and draw < 0.9 else "{}"
    own = {"owner": ref(rng, vm.id), "agent": vm.agent, "day": "22" if rng.random() > 0.02 else "01"}
    own |= {"interfaces": listed(interfaces), "registry": KEYS % {"values": values} if vm.windows else "{}"}
    own |= {
        "service": "iaasvmprovider" if vm.windows else "walinuxagent",
        "running": yes(rng.random() > 0.01),
    }
    own |= {"proxy": PROXY % {"secret": yes(draw < 0.01)} if draw < 0.1 else "false"}
    return GUEST_SHAPE % own


def sets_of(fleet: Fleet, sub: int) -> Iterator[list[Machine]]:
    return (list(found) for name, found in groupby(fleet.machines(sub), lambda vm: vm.availability_set) if name)


def blocks_of(each: int) -> Callable[[Fleet, int], Iterator[Block]]:
    return lambda fleet, sub: (Block(fleet, sub, number) for number in fleet.blocks(sub, each))


def which(wanted: Callable[[Machine], object]) -> Callable[[Fleet, int], Iterator[Machine]]:
    return lambda fleet, sub: (vm for vm in fleet.machines(sub) if wanted(vm))


class Table(NamedTuple):
    """The rows of one type: what they are about in one subscription, by id, and how each is written."""

    type: str
    members: Callable[[Fleet, int], Iterator[Any]]
    write: Callable[[Any, Random], str]


TABLES = (
    Table(VM, which(lambda vm: True), vm_row),
    Table(
        "microsoft.network/networkinterfaces",
        lambda fleet, sub: ((vm, at) for vm in fleet.machines(sub) for at in range(vm.nics)),
        nic_row,
    ),
    Table(
        f"{VM}/extensions",
        lambda fleet, sub: ((vm, extension) for vm in fleet.machines(sub) for extension in vm.extensions()),
        extension_row,
    ),
    Table("microsoft.network/networksecuritygroups", blocks_of(PER_NSG), nsg_row),
    Table("microsoft.network/virtualnetworks", blocks_of(PER_VNET), vnet_row),
    Table("microsoft.compute/availabilitysets", sets_of, set_row),
    Table(SQL_VM, which(lambda vm: vm.sql), sql_row),
    Table(VAULT, blocks_of(PER_VAULT), vault_row),
    Table(
        f"{VAULT}/backuppolicies",
        lambda fleet, sub: ((block, plan) for block in blocks_of(PER_VAULT)(fleet, sub) for plan in SCHEDULES),
        policy_row,
    ),
    Table(ITEM, which(lambda vm: vm.state), item_row),
    Table(f"{VM}/instanceview", which(lambda vm: vm.draws[12] < 0.8), view_row),
    Table("snapready/guestfacts", which(lambda vm: vm.power == "running" and vm.draws[13] < 0.53), guest_row),
)


def write_fleet(path: Path, vms: int, seed: int = 1) -> None:
    """Write the snapshot: its header, then table after table, each ordered by id."""
    fleet = Fleet(vms, seed)
    collected: dict[str, dict[str, dict[str, int]]] = {}
    for sub, name in enumerate(fleet.subscriptions):
        counts = {table.type: sum(1 for _ in table.members(fleet, sub)) for table in TABLES}
        collected[name] = {kind: {"received": count, "total": count} for kind, count in counts.items()}
    header = {"version": 1, "takenAt": "2026-11-22T01:00:00Z", "scope": "benchmark", "collected": collected}
    with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as out:
        out.write(json.dumps({"snapready": header}, separators=(",", ":")) + "\n")
        for table in TABLES:
            rng = Random(f"{seed}/{table.type}")
            for sub in range(len(fleet.subscriptions)):
                for member in table.members(fleet, sub):
                    out.write(table.write(member, rng) + "\n")


def check(path: Path) -> dict[str, tuple[int, int]]:
    """Read the file back: JSON, in order, counted right by the header? Gives rows and bytes of each type."""
    with path.open("rb") as lines:
        collected = json.loads(next(lines))["snapready"]["collected"]
        found: dict[str, tuple[int, int]] = {table.type: (0, 0) for table in TABLES}
        counts: dict[tuple[str, str], int] = {}
        order = list(found)
        before = (0, "")
        for line in lines:
            read = json.loads(line)
            kind, identity = read["type"], read["id"].lower()
            if (here := (order.index(kind), identity)) <= before:
                raise ValueError(f"{identity} is out of order")
            before, (rows, size), key = here, found[kind], (identity.split("/")[2], kind)
            found[kind], counts[key] = (rows + 1, size + len(line)), counts.get(key, 0) + 1
    said = {(sub, kind): count["total"] for sub, kinds in collected.items() for kind, count in kinds.items()}
    if counts != {key: count for key, count in said.items() if count}:
        raise ValueError("the header counts other rows than the file holds")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fleet", description=__doc__, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT.ndjson")
    parser.add_argument("--vms", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    write_fleet(given.out, given.vms, given.seed)
    seconds = time.perf_counter() - started
    found = check(given.out)
    for kind, (rows, size) in found.items():
        print(f"{rows:>9,} rows {size / max(rows, 1):>8,.0f} bytes each  {kind}")
    total = given.out.stat().st_size
    print(
        f"{total:,} bytes in {seconds:.1f} s: {total / given.vms:,.0f} bytes and "
        f"{sum(rows for rows, _ in found.values()) / given.vms:.2f} rows a VM"
    )


if __name__ == "__main__":
    main()
