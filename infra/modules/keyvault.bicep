// Providers' credentials. The gateway writes and reads them; the worker reads its own key.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param gatewayPrincipalId string
param workerPrincipalId string
param deployer { principalId: string, principalType: string }
param network access
param createMode 'default' | 'recover'
param purgeProtection bool
@secure()
param workerApiKey string
@secure()
param operatorKey string

var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: called.vault
  location: location
  tags: tags
  properties: {
    createMode: createMode
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // It can be switched on for good, never off: a vault does not take false.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: network.private && empty(network.allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: network.private ? 'Deny' : 'Allow'
      ipRules: [for address in network.allowedAddresses: { value: address }]
    }
  }

  resource workerKey 'secrets' = {
    name: 'worker-api-key'
    properties: { value: workerApiKey, contentType: 'text/plain' }
  }

  resource operator 'secrets' = {
    name: 'gateway-operator-key'
    properties: { value: operatorKey, contentType: 'text/plain' }
  }
}

module endpoint 'private-endpoint.bicep' = if (network.private) {
  name: 'keyvault-endpoint'
  params: {
    name: 'pe-${called.vault}'
    location: location
    tags: tags
    serviceId: vault.id
    group: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
    subnetId: network.subnetId
    networkId: network.networkId
  }
}

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, called.gatewayIdentity, secretsOfficer)
  scope: vault
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

resource workerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::workerKey.id, called.workerIdentity, secretsUser)
  scope: vault::workerKey
  properties: {
    principalId: workerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource deployerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployer.principalId)) {
  name: guid(vault.id, deployer.principalId, secretsOfficer)
  scope: vault
  properties: {
    principalId: deployer.principalId
    principalType: deployer.principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

output uri string = vault.properties.vaultUri
