// What the gateway's guards ask about hate, self-harm, sexual and violent words. Made only where it is wanted.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param gatewayPrincipalId string
param network access
param sku 'F0' | 'S0'

var cognitiveServicesUser = 'a97b65f3-24c7-4388-baec-2e87135dc908'

resource safety 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: called.contentSafety
  location: location
  tags: tags
  kind: 'ContentSafety'
  sku: { name: sku }
  properties: {
    // A name of its own: sign-in by identity and private endpoints need one.
    customSubDomainName: called.contentSafety
    disableLocalAuth: true
    publicNetworkAccess: network.private && empty(network.allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: network.private ? 'Deny' : 'Allow'
      ipRules: [for address in network.allowedAddresses: { value: address }]
    }
  }
}

module endpoint 'private-endpoint.bicep' = if (network.private) {
  name: 'contentsafety-endpoint'
  params: {
    name: 'pe-${called.contentSafety}'
    location: location
    tags: tags
    serviceId: safety.id
    group: 'account'
    zoneName: 'privatelink.cognitiveservices.azure.com'
    subnetId: network.subnetId
    networkId: network.networkId
  }
}

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(safety.id, called.gatewayIdentity, cognitiveServicesUser)
  scope: safety
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cognitiveServicesUser)
  }
}

output endpoint string = 'https://${safety.name}.cognitiveservices.azure.com'
