// The vector and full-text index. One index for each embeddings route, made by the gateway itself.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param gatewayPrincipalId string
param deployer { principalId: string, principalType: string }
param network access
param sku 'basic' | 'standard' | 'standard2'
param semanticRanker 'default' | 'disabled' | 'free' | 'standard'

@minValue(1)
@maxValue(12)
param replicas int

var indexDataContributor = '8ebe5a00-799e-43f5-93ac-243d3dce84a7'
var serviceContributor = '7ca78c08-252a-4471-8644-bb5ff32d4ba0'

resource search 'Microsoft.Search/searchServices@2025-05-01' = {
  name: called.search
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    disableLocalAuth: true
    hostingMode: 'Default'
    partitionCount: 1
    replicaCount: replicas
    // Left to Azure unless something is asked for: where a region has no ranker, it takes none of these.
    semanticSearch: semanticRanker == 'default' ? null : semanticRanker
    publicNetworkAccess: network.private && empty(network.allowedAddresses) ? 'Disabled' : 'Enabled'
    networkRuleSet: {
      bypass: 'None'
      // An empty list lets everyone in while public access is enabled.
      ipRules: [for address in network.allowedAddresses: { value: address }]
    }
  }
}

module endpoint 'private-endpoint.bicep' = if (network.private) {
  name: 'search-endpoint'
  params: {
    name: 'pe-${called.search}'
    location: location
    tags: tags
    serviceId: search.id
    group: 'searchService'
    zoneName: 'privatelink.search.windows.net'
    subnetId: network.subnetId
    networkId: network.networkId
  }
}

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [indexDataContributor, serviceContributor]: {
    name: guid(search.id, called.gatewayIdentity, role)
    scope: search
    properties: {
      principalId: gatewayPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource deployerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployer.principalId)) {
  name: guid(search.id, deployer.principalId, indexDataContributor)
  scope: search
  properties: {
    principalId: deployer.principalId
    principalType: deployer.principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', indexDataContributor)
  }
}

output endpoint string = 'https://${search.name}.search.windows.net'
