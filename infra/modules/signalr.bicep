// Serverless mode: web apps connect to the service, the gateway and the worker push through its REST data plane.
param name string
param location string
param tags object
param gatewayPrincipalId string
param workerPrincipalId string
param allowedOrigins string[]

var restApiOwner = 'fd53cd77-2268-407a-8f46-7e7863d0f521'

resource signalr 'Microsoft.SignalRService/signalR@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'SignalR'
  sku: { name: 'Standard_S1', tier: 'Standard', capacity: 1 }
  properties: {
    disableLocalAuth: true
    features: [
      { flag: 'ServiceMode', value: 'Serverless' }
      // Messages carry answers: the service must not log them.
      { flag: 'EnableMessagingLogs', value: 'False' }
    ]
    cors: { allowedOrigins: empty(allowedOrigins) ? ['https://invalid.example'] : allowedOrigins }
  }
}

var principals = [gatewayPrincipalId, workerPrincipalId]

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principal in principals: {
    name: guid(signalr.id, principal, restApiOwner)
    scope: signalr
    properties: {
      principalId: principal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', restApiOwner)
    }
  }
]

output endpoint string = 'https://${signalr.properties.hostName}'
