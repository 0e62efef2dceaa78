// Where the worker's image is kept. It holds no one's data: what is in it is built from this repository.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param workerPrincipalId string
param network access

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var addressRules = [for address in network.allowedAddresses: { action: 'Allow', value: address }]

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: called.registry
  location: location
  tags: tags
  // Premium is what private endpoints take; nothing else here needs it.
  sku: { name: network.private ? 'Premium' : 'Standard' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: network.private && empty(network.allowedAddresses) ? 'Disabled' : 'Enabled'
    networkRuleBypassOptions: 'AzureServices'
    networkRuleSet: network.private ? { defaultAction: 'Deny', ipRules: addressRules } : null
  }
}

module endpoint 'private-endpoint.bicep' = if (network.private) {
  name: 'registry-endpoint'
  params: {
    name: 'pe-${called.registry}'
    location: location
    tags: tags
    serviceId: registry.id
    group: 'registry'
    zoneName: 'privatelink${environment().suffixes.acrLoginServer}'
    subnetId: network.subnetId
    networkId: network.networkId
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, called.workerIdentity, acrPull)
  scope: registry
  properties: {
    principalId: workerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

output loginServer string = registry.properties.loginServer
