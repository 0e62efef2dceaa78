// One identity a role: what the gateway may touch, the worker may not.
param environmentName string
param location string
param tags object

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-gateway'
  location: location
  tags: tags
}

resource worker 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-worker'
  location: location
  tags: tags
}

// Delivers Event Grid's events into the storage queue.
resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-events'
  location: location
  tags: tags
}

output gatewayId string = gateway.id
output gatewayClientId string = gateway.properties.clientId
output gatewayPrincipalId string = gateway.properties.principalId
output workerId string = worker.id
output workerClientId string = worker.properties.clientId
output workerPrincipalId string = worker.properties.principalId
output eventsId string = events.id
output eventsPrincipalId string = events.properties.principalId
