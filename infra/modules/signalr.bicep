// Serverless mode: web apps connect to the service, the gateway and the worker push through its REST data plane.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param gatewayPrincipalId string
param workerPrincipalId string
param network access

@description('Of pages that connect, one at least: without a list the service lets every origin in.')
@minLength(1)
param allowedOrigins string[]

@minValue(1)
@maxValue(100)
param units int

var restApiOwner = 'fd53cd77-2268-407a-8f46-7e7863d0f521'

resource signalr 'Microsoft.SignalRService/signalR@2024-03-01' = {
  name: called.signalr
  location: location
  tags: tags
  kind: 'SignalR'
  sku: { name: 'Standard_S1', tier: 'Standard', capacity: units }
  properties: {
    disableLocalAuth: true
    features: [
      { flag: 'ServiceMode', value: 'Serverless' }
      // Messages carry answers: the service must not log them.
      { flag: 'EnableMessagingLogs', value: 'False' }
    ]
    cors: { allowedOrigins: allowedOrigins }
    // Browsers connect from the Internet; to push takes a private endpoint, where there is one.
    networkACLs: {
      defaultAction: 'Allow'
      publicNetwork: { deny: network.private ? ['ServerConnection', 'RESTAPI', 'Trace'] : [] }
    }
  }
}

module endpoint 'private-endpoint.bicep' = if (network.private) {
  name: 'signalr-endpoint'
  params: {
    name: 'pe-${called.signalr}'
    location: location
    tags: tags
    serviceId: signalr.id
    group: 'signalr'
    zoneName: 'privatelink.service.signalr.net'
    subnetId: network.subnetId
    networkId: network.networkId
  }
}

resource push 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for identity in [
    { name: called.gatewayIdentity, principalId: gatewayPrincipalId }
    { name: called.workerIdentity, principalId: workerPrincipalId }
  ]: {
    name: guid(signalr.id, identity.name, restApiOwner)
    scope: signalr
    properties: {
      principalId: identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', restApiOwner)
    }
  }
]

output endpoint string = 'https://${signalr.properties.hostName}'
