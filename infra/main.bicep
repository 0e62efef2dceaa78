// The whole of Serverless in one resource group. `azd up` runs this file, then publishes functions/ and the worker's image.
targetScope = 'subscription'

@description('A short name that becomes part of every resource name.')
@minLength(2)
@maxLength(16)
param environmentName string

@description('Region. It must offer Flex Consumption and the chosen GPU profile.')
param location string

@description('Container image of the GPU worker. Empty deploys everything but the worker, for the first run, before an image has been pushed.')
param workerImage string = ''

@description('The Container Apps workload profile of the worker: serverless (one A100 80 GB a replica) or dedicated with 1, 2 or 4 A100.')
@allowed([
  'Consumption-GPU-NC24-A100'
  'NC24-A100'
  'NC48-A100'
  'NC96-A100'
])
param workerProfile string = 'Consumption-GPU-NC24-A100'

@description('Replicas of the worker that always run.')
@minValue(0)
@maxValue(20)
param workerMinReplicas int = 1

@description('Replicas of the worker at most.')
@minValue(1)
@maxValue(20)
param workerMaxReplicas int = 4

@description('The key that the gateway shows to the worker. Kept in Key Vault.')
@secure()
@minLength(32)
param workerApiKey string

@description('The first operator key of the gateway, with which clients and routes are created. Kept in Key Vault.')
@secure()
@minLength(32)
param operatorKey string

@description('Origins of web apps that may call the gateway and connect to SignalR, for example https://chat.example.com.')
param allowedOrigins string[] = []

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module resources 'resources.bicep' = {
  name: 'serverless'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    workerImage: workerImage
    workerProfile: workerProfile
    workerMinReplicas: workerMinReplicas
    workerMaxReplicas: workerMaxReplicas
    workerApiKey: workerApiKey
    operatorKey: operatorKey
    allowedOrigins: allowedOrigins
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = resources.outputs.registryEndpoint
output GATEWAY_URL string = resources.outputs.gatewayUrl
output DOCUMENTS_ACCOUNT string = resources.outputs.storageAccountName
output WORKER_URL string = resources.outputs.workerUrl
