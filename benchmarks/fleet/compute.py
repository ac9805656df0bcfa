"""Rows about the VMs themselves: the VM, its extensions, availability set, SQL registration, what was seen of it."""

from datetime import timedelta
from random import Random

from benchmarks.fleet.machines import TAKEN_AT, Extension, Machine, guid
from benchmarks.fleet.shapes import SQL_VM, VM, linked, listed, ref, row, shape, stamp, yes

TAGS = shape("""{"environment": "prod", "application": "<app>", "costCenter": "CC-<group>",
"owner": "<owner>", "cloudService": "svc-<app>-<tens>"}""")
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


SET_SHAPE = shape('{"platformFaultDomainCount": 2, "platformUpdateDomainCount": 5, "virtualMachines": "<<members>>"}')


def set_row(members: list[Machine], rng: Random) -> str:
    properties = SET_SHAPE % {"members": listed(linked(rng, vm.id) for vm in members)}
    identity, region = members[0].availability_set, members[0].region
    return row(identity, "microsoft.compute/availabilitysets", region, properties, sku='{"name":"Aligned"}')


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
HANDLER = shape("""{"type": "<publisher>.<kind>", "typeHandlerVersion": "1.0.9184.0",
"status": {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready"}}""")
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
"interfaces": "<<interfaces>>", "registry": "<<registry>>", "services": "<<services>>",
"platformEndpoint": {"80": true, "32526": "<<host>>"}, "proxy": "<<proxy>>", "agent": {"version": "<agent>",
"running": "<<running>>", "extensionsEnabled": true}}}""")
RUNS = '{"status":"running","startup":"automatic"}'
WINDOWS_SERVICES = f'{{"WindowsAzureGuestAgent":{RUNS},"RdAgent":{RUNS},"iaasvmprovider":{RUNS}}}'
LINUX_SERVICES = f'{{"walinuxagent":{RUNS},"waagent":false}}'
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
        "services": WINDOWS_SERVICES if vm.windows else LINUX_SERVICES,
        "running": yes(rng.random() > 0.01),
        "host": yes(vm.draws[11] < 0.99),
    }
    own |= {"proxy": PROXY % {"secret": yes(draw < 0.01)} if draw < 0.1 else "false"}
    return GUEST_SHAPE % own
