// One identity a role: what the gateway may touch, the worker may not.
import { names } from '../names.bicep'

param called names
param location string
param tags object

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: called.gatewayIdentity
  location: location
  tags: tags
}

resource worker 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: called.workerIdentity
  location: location
  tags: tags
}

// Delivers Event Grid's events into the storage queue.
resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: called.eventsIdentity
  location: location
  tags: tags
}

output gatewayId string = gateway.id
output gatewayClientId string = gateway.properties.clientId
output gatewayPrincipalId string = gateway.properties.principalId
output workerPrincipalId string = worker.properties.principalId
output eventsId string = events.id
output eventsPrincipalId string = events.properties.principalId
