"""Names of properties as Azure answers them: templates may write them in any letter case, what reads rows may not."""

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


def canonical(value: Any) -> Any:
    """Properties with known names in their usual letter case; the same object where nothing differs."""
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
