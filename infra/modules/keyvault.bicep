// Providers' credentials. The gateway writes and reads them; the worker reads its own key.
param name string
param location string
param tags object
param gatewayPrincipalId string
param workerPrincipalId string
@secure()
param workerApiKey string
@secure()
param operatorKey string

var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
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

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, gatewayPrincipalId, secretsOfficer)
  scope: vault
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

resource workerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::workerKey.id, workerPrincipalId, secretsUser)
  scope: vault::workerKey
  properties: {
    principalId: workerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

output uri string = vault.properties.vaultUri
output workerApiKeyUri string = '${vault.properties.vaultUri}secrets/${vault::workerKey.name}'
