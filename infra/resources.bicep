// What main.bicep puts into the resource group: modules, and who may do what.
param environmentName string
param location string
param tags object
param workerImage string
param workerProfile string
param workerMinReplicas int
param workerMaxReplicas int
@secure()
param workerApiKey string
@secure()
param operatorKey string
param allowedOrigins string[]

var unique = toLower(uniqueString(resourceGroup().id, environmentName))

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: { environmentName: environmentName, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    publisherPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: { environmentName: environmentName, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${unique}'
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    eventsPrincipalId: identities.outputs.eventsPrincipalId
    allowedOrigins: allowedOrigins
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  params: {
    name: 'evgt-${environmentName}'
    location: location
    tags: tags
    storageAccountName: storage.outputs.name
    identityId: identities.outputs.eventsId
  }
}

module vault 'modules/keyvault.bicep' = {
  name: 'keyvault'
  params: {
    name: 'kv-${unique}'
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    workerPrincipalId: identities.outputs.workerPrincipalId
    workerApiKey: workerApiKey
    operatorKey: operatorKey
  }
}

module search 'modules/search.bicep' = {
  name: 'search'
  params: {
    name: 'srch-${unique}'
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module signalr 'modules/signalr.bicep' = {
  name: 'signalr'
  params: {
    name: 'sigr-${unique}'
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    workerPrincipalId: identities.outputs.workerPrincipalId
    allowedOrigins: allowedOrigins
  }
}

module worker 'modules/worker.bicep' = {
  name: 'worker'
  params: {
    environmentName: environmentName
    unique: unique
    location: location
    tags: tags
    image: workerImage
    profile: workerProfile
    minReplicas: workerMinReplicas
    maxReplicas: workerMaxReplicas
    subnetId: network.outputs.workerSubnetId
    networkId: network.outputs.networkId
    identityId: identities.outputs.workerId
    identityPrincipalId: identities.outputs.workerPrincipalId
    identityClientId: identities.outputs.workerClientId
    signalrEndpoint: signalr.outputs.endpoint
    apiKeySecretUri: vault.outputs.workerApiKeyUri
    logAnalyticsName: monitoring.outputs.logAnalyticsName
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  params: {
    name: 'func-${unique}'
    environmentName: environmentName
    location: location
    tags: tags
    identityId: identities.outputs.gatewayId
    identityClientId: identities.outputs.gatewayClientId
    subnetId: network.outputs.functionsSubnetId
    storageAccountName: storage.outputs.name
    keyVaultUri: vault.outputs.uri
    searchEndpoint: search.outputs.endpoint
    signalrEndpoint: signalr.outputs.endpoint
    workerUrl: worker.outputs.url
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    allowedOrigins: allowedOrigins
  }
}

output gatewayUrl string = functions.outputs.url
output registryEndpoint string = worker.outputs.registryEndpoint
output storageAccountName string = storage.outputs.name
output workerUrl string = worker.outputs.url
