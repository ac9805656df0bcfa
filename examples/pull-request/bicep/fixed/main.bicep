// One more web server beside web01 to web04, with its nightly backup.
param location string = 'westeurope'
param vmName string = 'web05'
param policyName string = 'daily-2300'

@secure()
param adminPassword string

resource subnet 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = {
  name: 'vnet-prod-weu/snet-web'
  scope: resourceGroup('rg-net-weu')
}

resource availabilitySet 'Microsoft.Compute/availabilitySets@2024-07-01' existing = {
  name: 'as-web'
}

resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: '${vmName}-nic'
  location: location
  properties: {
    ipConfigurations: [
      {
        name: 'ipconfig1'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: {
            id: subnet.id
          }
        }
      }
    ]
  }
}

resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: vmName
  location: location
  properties: {
    availabilitySet: {
      id: availabilitySet.id
    }
    hardwareProfile: {
      vmSize: 'Standard_D4s_v5'
    }
    osProfile: {
      computerName: vmName
      adminUsername: 'contosoadmin'
      adminPassword: adminPassword
    }
    storageProfile: {
      imageReference: {
        publisher: 'MicrosoftWindowsServer'
        offer: 'WindowsServer'
        sku: '2022-datacenter'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        managedDisk: {
          storageAccountType: 'Premium_LRS'
        }
      }
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: nic.id
        }
      ]
    }
  }
}

module backup 'backup.bicep' = {
  name: '${vmName}-backup'
  scope: resourceGroup('rg-backup-weu')
  params: {
    vmId: vm.id
    vmName: vmName
    vmGroup: resourceGroup().name
    policyName: policyName
  }
}
