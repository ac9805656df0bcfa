"""What the mask knows of Azure's words: each type's prefix, the keys that hold names, the words that name nobody."""

from functools import lru_cache
from typing import Literal


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS: dict[str, str] = {
    "virtualmachines": "vm",
    "sqlvirtualmachines": "vm",  # is called as the VM it registers
    "virtualmachinescalesets": "vmss",
    "availabilitysets": "as",
    "proximityplacementgroups": "ppg",
    "domainnames": "service",
    "resourcegroups": "rg",
    "disks": "disk",
    "snapshots": "snapshot",
    "galleries": "gallery",
    "images": "image",
    "storageaccounts": "st",
    "networkinterfaces": "nic",
    "ipconfigurations": "ipconfig",
    "networksecuritygroups": "nsg",
    "applicationsecuritygroups": "asg",
    "securityrules": "rule",
    "virtualnetworks": "vnet",
    "virtualnetworkpeerings": "peering",
    "subnets": "snet",
    "routetables": "rt",
    "routes": "route",
    "natgateways": "nat",
    "publicipaddresses": "pip",
    "loadbalancers": "lb",
    "privateendpoints": "pe",
    "vaults": "vault",
    "backuppolicies": "policy",
    "protecteditems": "item",
    "protectioncontainers": "container",
    "userassignedidentities": "identity",
    "workspaces": "ws",
    "extensions": "ext",
    "managementgroups": "mg",
    "subscriptions": "sub",
}
"""The last type of an id, and the prefix of its pseudonyms; any other type has `name`."""

RANK = {kind: rank for rank, kind in enumerate(dict.fromkeys((*KINDS.values(), "host", "name")))}
"""A name that several kinds of resources bear is replaced in texts as that of the first kind here."""

_HOLDERS = {
    "osdisk": "disk",
    "datadisks": "disk",
    "disk": "disk",
    "frontendipconfigurations": "ipconfig",
    "virtualnetwork": "vnet",
    "subnet": "snet",
    "publicipaddress": "pip",
    "networksecuritygroup": "nsg",
}
HOLDERS = {**KINDS, **_HOLDERS}
"""Keys under which an object's `name`, without an id beside it, is that of such a resource."""

VOCABULARY = words("""
    azure microsoft windows linux default storage internet virtualnetwork azureloadbalancer any all none null utc
    tcp udp icmp icmpv6 esp ah http https ipv4 ipv6 true false yes no on off enabled disabled enable disable
    standard premium basic free aligned regular static dynamic public private primary secondary global regional
    allow deny inbound outbound input output info warning error audit
    succeeded failed updating creating deleting running stopped deallocated starting ready unknown healthy unhealthy
    hourly daily weekly monthly monday tuesday wednesday thursday friday saturday sunday
    vm iaasvmcontainer iaasvmcontainerv2 vmappcontainer storagecontainer azurefileshare sqldatabase sqlinstance
    mssqlserver saphanadatabase saphanasystem compute network providers properties tags type id name value values
    data snapready guestfacts instanceview metrics blob file queue table dfs web
    com net org www subscription subscriptions tenant resource resources group groups server service
    """) | frozenset(KINDS)
"""Words of Azure's own: where one stands outside of an id or a name it is that word, whatever resource has it too."""

TAG_VALUES = words("""
    true false yes no on off enabled disabled none
    production prod preproduction staging test testing development dev qa uat sandbox shared
    """)
"""Values of tags that name nobody, so that policies which ask for a switch or a stage still find it."""

Rule = Literal["keep", "tree", "guid", "host", "secret", "tags", "own", "name", "text"]

_TREES = words("""
    sku plan purchaseplan imagereference extendedlocation hardwareprofile schedulepolicy retentionpolicy addressspace
    capabilities
    """)
_KEPT = words("""
    type kind location locations zone zones etag publisher offer product version level code access direction protocol
    caching service osname osversion tier family unit format language effect operator mac state status mode edition
    dhcpoptions dnsservers applieddnsservers appliedipaddresses interval frequency apiversion availabilityzone
    timecreated schemaversion loglevel currency priority destinationports sourceports publicnetworkaccess
    groupids networkmanagerscopeaccesses allows hop date expires
    crossregionrestore standardtierstorageredundancy privateendpointnetworkpolicies privatelinkservicenetworkpolicies
    providername skuname tiername osskuname planname publishername offername productname editionname sizename
    regionname locationname zonename timezonename typename metricname countername eventname protocolname
    """)
_KEPT_ENDS = (
    *("state", "status", "type", "mode", "version", "size", "tier", "kind", "frequency", "level", "datetime", "date"),
    *("option", "options", "method", "protocol", "port", "ports", "range", "ranges", "addressprefix", "timezone"),
    *("addressprefixes", "location", "locations", "ipaddress", "ipaddresses", "macaddress", "sku", "generation"),
    *("edition", "days", "day", "time", "times", "severity", "redundancy", "consistency"),
)
_SECRETS = words("""
    keydata customdata userdata commandtoexecute script password adminpassword secret secrets thumbprint
    certificatethumbprint protectedsettings connectionstring sastoken accesskey instrumentationkey workspacekey
    """)
_HOSTS = words("""
    fqdn fqdns reversefqdn internalfqdn hostname hostnames host domain domainname domainnamelabel dnsname dnsprefix
    internaldnsnamelabel internaldomainnamesuffix dnssuffix address addresses
    """)
_PEOPLE = words("""
    adminusername username user owner owners createdby lastmodifiedby modifiedby administratorlogin login email emails
    emailaddress emailaddresses contact contacts userprincipalname workgroup
    principalid clientid objectid appid vmid uniqueid
    """)
_NAMES = {
    "computername": "vm",
    "friendlyname": "vm",
    "virtualmachinename": "vm",
    "vmname": "vm",
    "machinename": "vm",
    "vaultname": "vault",
    "policyname": "policy",
    "storageaccountname": "st",
    "resourcegroup": "rg",
    "resourcegroupname": "rg",
    "targetresourcegroup": "rg",
    "managedresourcegroup": "rg",
    "noderesourcegroup": "rg",
}


@lru_cache(16384)
def rule_of(key: str) -> tuple[Rule, str]:
    """What a text under that key is, and of which kind it is if it is a name whose kind is told."""
    low = key.lower()
    if low == "name":
        return "own", ""
    if low in _NAMES:
        return "name", _NAMES[low]
    if low in _TREES:
        return "tree", ""
    if low in ("subscriptionid", "tenantid"):
        return "guid", ""
    if low == "tags":
        return "tags", ""
    if low in _SECRETS:
        return "secret", ""
    if low in _HOSTS:
        return "host", ""
    if low in _PEOPLE:
        return "name", ""
    if low in _KEPT or low.endswith(_KEPT_ENDS) or key.endswith("At"):
        return "keep", ""
    if low.endswith(("name", "names")):
        return "name", ""
    return "text", ""
