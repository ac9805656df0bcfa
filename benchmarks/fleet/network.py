"""Rows of the networks: interfaces, security groups, virtual networks."""

from random import Random

from benchmarks.fleet.exits import nat, route_table
from benchmarks.fleet.machines import PER_NSG, PER_VNET, Block, Machine, guid, prefix
from benchmarks.fleet.shapes import linked, listed, row, shape, yes

RULE_FIELDS = "name priority direction access source target port"
DEFAULT_RULES = (
    "AllowVnetInBound 65000 In Allow VirtualNetwork VirtualNetwork *",
    "AllowAzureLoadBalancerInBound 65001 In Allow AzureLoadBalancer * *",
    "DenyAllInBound 65500 In Deny * * *",
    "AllowVnetOutBound 65000 Out Allow VirtualNetwork VirtualNetwork *",
    "AllowInternetOutBound 65001 Out Allow * Internet *",
    "DenyAllOutBound 65500 Out Deny * * *",
)
NIC_SHAPE = shape("""{"provisioningState": "Succeeded", "resourceGuid": "<guid>", "macAddress": "<mac>",
"primary": "<<primary>>", "virtualMachine": "<<vm>>", "networkSecurityGroup": "<<guard>>",
"ipConfigurations": [{"id": "<nic>/ipConfigurations/ipconfig1", "name": "ipconfig1",
"type": "Microsoft.Network/networkInterfaces/ipConfigurations",
"etag": "W/\\"<guid>\\"", "properties": {"provisioningState": "Succeeded", "primary": true,
"privateIPAddress": "<address>", "subnet": "<<net>>", "privateIPAddressVersion": "IPv4",
"loadBalancerBackendAddressPools": "<<pools>>",
"privateIPAllocationMethod": "<method>"}}], "dnsSettings": {"dnsServers": [], "appliedDnsServers": [],
"internalDomainNameSuffix": "zu4bdqk3nhqepbmhwp1lv2gdxc.ax.internal.cloudapp.net"},
"enableAcceleratedNetworking": true, "enableIPForwarding": false, "disableTcpStateTracking": false,
"defaultOutboundConnectivityEnabled": false, "hostedWorkloads": [], "tapConfigurations": []}""")
OPEN_NIC = NIC_SHAPE.replace('"networkSecurityGroup":%(guard)s,', "")


POOL = shape('{"id": "<id>/backendAddressPools/pool"}')


def nic_row(member: tuple[Machine, int], rng: Random) -> str:
    vm, at = member
    own = {"guid": guid(rng), "nic": vm.nic(at), "mac": vm.mac(at), "primary": yes(at == 0)}
    own |= {"vm": linked(rng, vm.id), "guard": linked(rng, vm.nsg), "net": linked(rng, vm.subnet)}
    own["pools"] = listed([POOL % {"id": vm.balancer}] if vm.draws[14] < 0.1 else [])
    own |= {"address": vm.address(at), "method": "Static" if rng.random() < 0.2 else "Dynamic"}
    properties = (NIC_SHAPE if vm.draws[10] < 0.25 else OPEN_NIC) % (vars(vm) | own)
    return row(vm.nic(at), "microsoft.network/networkinterfaces", vm.region, properties)


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
"networkSecurityGroup": "<<guard>>", "natGateway": "<<nat>>", "routeTable": "<<routes>>",
"serviceEndpoints": "<<endpoints>>", "delegations": [],
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
        way = rng.random()
        own["nat"] = linked(rng, nat(fleet, sub, number)) if way < 0.5 else "null"
        own["routes"] = linked(rng, route_table(fleet, sub, number)) if way > 0.9 else "null"
        if rng.random() < 0.2:
            own["endpoints"] = listed([ENDPOINT % {"region": region}])
        subnets.append((SUBNET_SHAPE if rng.random() < 0.85 else OPEN_SUBNET) % own)
    properties = VNET_SHAPE % {"guid": guid(rng), "second": number % 250, "subnets": listed(subnets)}
    return row(fleet.vnet(sub, number), "microsoft.network/virtualnetworks", region, properties)
