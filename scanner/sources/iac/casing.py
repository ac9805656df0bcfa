"""Names of properties as Azure answers them: templates may write them in any letter case, what reads rows may not."""

from typing import Any

_WRITTEN = """
    access addressPrefix addressPrefixes addressSpace allowExtensionOperations applicationSecurityGroups availabilitySet
    azureBackupRGNamePrefix azureBackupRGNameSuffix backupManagementType code crossRegionRestore currentProtectionState
    dailySchedule dataDisks dataSourceInfo defaultOutboundAccess defaultSecurityRules destinationAddressPrefix
    destinationAddressPrefixes destinationApplicationSecurityGroups destinationPortRange destinationPortRanges direction
    displayStatus domainName extended hardwareProfile hourlySchedule id imageReference immutabilitySettings instanceView
    instantRPDetails interval ipConfigurations isScheduledForDeferredDelete lastBackupStatus lastBackupTime level
    linuxConfiguration loadBalancerBackendAddressPools location locations lun macAddress managedDisk name natGateway
    networkInterfaces networkProfile networkSecurityGroup nextHopIpAddress nextHopType osDisk osName osProfile osType
    osVersion peeringState policyId policyType powerState primary priority privateIPAddress properties protectionState
    protocol provisioningState provisionVMAgent proximityPlacementGroup publicIPAddress publicNetworkAccess publisher
    redundancySettings remoteAddressSpace remoteVirtualNetwork remoteVirtualNetworkAddressSpace resourceID routes
    routeTable schedulePolicy schedulePolicyType scheduleRunDays scheduleRunFrequency scheduleRunTimes
    scheduleWindowDuration scheduleWindowStartTime securityRules securitySettings service serviceEndpoints
    snapshotConsistencyType softDeleteRetentionPeriodInDays softDeleteSettings softDeleteState sourceAddressPrefix
    sourceAddressPrefixes sourceApplicationSecurityGroups sourcePortRange sourcePortRanges sourceResourceId
    standardTierStorageRedundancy state statuses storageProfile subnet subnets subscriptionId tags timeCreated timeZone
    type vhd virtualMachineId virtualMachineResourceId virtualMachineScaleSet virtualNetworkPeerings vmAgent
    vmAgentVersion vmSize weeklySchedule windowsConfiguration zones
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
