// Puts a VM under a policy of the vault of production.
param vmId string
param vmName string
param vmGroup string
param policyName string

resource vault 'Microsoft.RecoveryServices/vaults@2024-04-01' existing = {
  name: 'rsv-prod-weu'

  resource policy 'backupPolicies' existing = {
    name: policyName
  }
}

var container = 'iaasvmcontainer;iaasvmcontainerv2;${vmGroup};${vmName}'
var item = 'vm;iaasvmcontainerv2;${vmGroup};${vmName}'

resource protected 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems@2024-04-01' = {
  name: '${vault.name}/Azure/${container}/${item}'
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines'
    policyId: vault::policy.id
    sourceResourceId: vmId
  }
}
