"""Properties as Azure answers them: plans may write their names in any letter case, and flags and numbers quoted."""

from typing import Any

_WRITTEN = """
    access addressPrefix addressPrefixes addressSpace allowExtensionOperations apiVersion applicationSecurityGroups
    availabilitySet azureBackupRGNamePrefix azureBackupRGNameSuffix backendAddressPool backendAddressPools
    backupManagementType code crossRegionRestore currentProtectionState customDnsConfigs dailySchedule dataDisks
    dataSourceInfo defaultOutboundAccess defaultOutboundConnectivityEnabled defaultSecurityRules
    destinationAddressPrefix destinationAddressPrefixes destinationApplicationSecurityGroups destinationPortRange
    destinationPortRanges dhcpOptions direction disableOutboundSnat displayStatus dnsServers dnsSettings domainName
    extended extensionHandlers frontendIPConfigurations groupIds hardwareProfile hourlySchedule id imageReference
    immutabilitySettings instanceView instantRPDetails interval ipAddress ipAddresses ipConfigurations
    isScheduledForDeferredDelete lastBackupStatus lastBackupTime level linuxConfiguration
    loadBalancerBackendAddresses loadBalancerBackendAddressPools loadBalancingRules location locations lun
    macAddress managedDisk managementGroups manualPrivateLinkServiceConnections message name natGateway
    networkInterfaces networkManagerScopeAccesses networkManagerScopes networkProfile networkSecurityGroup
    nextHopIpAddress nextHopType osDisk osName osProfile osType osVersion outboundRules peeringState policyId
    policyType powerState primary priority privateEndpoint privateEndpointNetworkPolicies privateIPAddress
    privateLinkServiceConnections privateLinkServiceConnectionState privateLinkServiceId properties protectionState
    protocol provisioningState provisionVMAgent proximityPlacementGroup publicIPAddress publicIpAddresses
    publicIPPrefix publicIpPrefixes publicNetworkAccess publisher redundancySettings remoteAddressSpace
    remoteVirtualNetwork remoteVirtualNetworkAddressSpace resourceID routes routeTable schedulePolicy
    schedulePolicyType scheduleRunDays scheduleRunFrequency scheduleRunTimes scheduleWindowDuration
    scheduleWindowStartTime securityRules securitySettings service serviceEndpoints sku snapshotConsistencyType
    softDeleteRetentionPeriodInDays softDeleteSettings softDeleteState sourceAddressPrefix sourceAddressPrefixes
    sourceApplicationSecurityGroups sourcePortRange sourcePortRanges sourceResourceId standardTierStorageRedundancy
    state status statuses storageProfile subnet subnets subscriptionId subscriptions tags timeCreated timeZone type
    typeHandlerVersion vhd virtualMachineId virtualMachineResourceId virtualMachineScaleSet virtualNetworkPeerings
    vmAgent vmAgentVersion vmSize weeklySchedule windowsConfiguration zones
"""
NAMES = frozenset(_WRITTEN.split())
"""Every name that some fact reads of a resource; a test holds them together."""
_CANONICAL = {name.lower(): name for name in NAMES}
_AMBIGUOUS = {"resourceid"}  # resourceID of a data source, resourceId of much else
_FLAGS = frozenset(
    (
        "allowExtensionOperations",
        "defaultOutboundAccess",
        "defaultOutboundConnectivityEnabled",
        "disableOutboundSnat",
        "isScheduledForDeferredDelete",
        "primary",
        "provisionVMAgent",
    )
)
_NUMBERS = frozenset(("interval", "lun", "priority", "scheduleWindowDuration", "softDeleteRetentionPeriodInDays"))
_WORDS = {"true": True, "false": False}
_DIGITS = 9


def canonical(value: Any) -> Any:
    """Properties with known names in their usual letter case, and what Azure reads as a flag or a number as one.

    The same object where nothing differs. A resource provider converts "true" and "100", or refuses the deployment.
    """
    if isinstance(value, dict):
        changed: dict[str, Any] | None = None
        for name, member in value.items():
            below = canonical(member)
            better = name
            if name not in NAMES:
                lowered = name.lower()
                found = _CANONICAL.get(lowered, name)
                if found not in value and lowered not in _AMBIGUOUS:
                    better = found
            below = _unquoted(better, below)
            if (better is not name or below is not member) and changed is None:
                changed = dict(value)
            if changed is not None:
                if better is not name:
                    del changed[name]
                changed[better] = below
        return value if changed is None else changed
    if isinstance(value, list):
        members = [canonical(member) for member in value]
        return value if all(a is b for a, b in zip(members, value, strict=True)) else members
    return value


def _unquoted(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _FLAGS:
        return _WORDS.get(value.lower(), value)
    if name in _NUMBERS and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value)
    return value
