// What main.bicep puts into the resource group: modules, and who may do what.
import { namesOf } from 'names.bicep'

param environmentName string
param location string
param tags object
param deployer { principalId: string, principalType: string }
param networkAccess 'private' | 'public'
param allowedAddresses string[]
param networkAddressPrefix string
param allowedOrigins string[]
param storageSku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'
@secure()
param workerApiKey string
@secure()
param operatorKey string
param keyVaultCreateMode 'default' | 'recover'
param keyVaultPurgeProtection bool
param searchSku 'basic' | 'standard' | 'standard2'
param searchReplicas int
param searchSemanticRanker 'default' | 'disabled' | 'free' | 'standard'
param signalrUnits int
param gateway {
  extraSettings: object
  instanceMemoryMB: 512 | 2048 | 4096
  maximumInstances: int
  alwaysReady: int
  concurrency: int
  cacheMaxMegabytes: int
  entraTenantId: string
  entraAudience: string
  webChatClientId: string
}
param contentSafetySku 'none' | 'F0' | 'S0'
param otlpEndpoint string
param workerProfile string
param workerMaxReplicas int
param modelShareGiB int
param alertEmails string[]

var called = namesOf(resourceGroup().id, environmentName)
var access = {
  private: networkAccess == 'private'
  allowedAddresses: networkAccess == 'private' ? allowedAddresses : []
  subnetId: vnet::endpoints.id
  networkId: vnet.id
}

resource vnet 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: called.network
  resource endpoints 'subnets' existing = { name: 'endpoints' }
  resource functions 'subnets' existing = { name: 'functions' }
  resource worker 'subnets' existing = { name: 'worker' }
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: { called: called, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    workerPrincipalId: identities.outputs.workerPrincipalId
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: { called: called, location: location, tags: tags, addressPrefix: networkAddressPrefix }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    eventsPrincipalId: identities.outputs.eventsPrincipalId
    deployer: deployer
    network: access
    sku: storageSku
    allowedOrigins: allowedOrigins
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  dependsOn: [storage]
  params: {
    called: called
    location: location
    tags: tags
    identityId: identities.outputs.eventsId
  }
}

module vault 'modules/keyvault.bicep' = {
  name: 'keyvault'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    workerPrincipalId: identities.outputs.workerPrincipalId
    deployer: deployer
    network: access
    createMode: keyVaultCreateMode
    purgeProtection: keyVaultPurgeProtection
    workerApiKey: workerApiKey
    operatorKey: operatorKey
  }
}

module search 'modules/search.bicep' = {
  name: 'search'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    deployer: deployer
    network: access
    sku: searchSku
    replicas: searchReplicas
    semanticRanker: searchSemanticRanker
  }
}

module signalr 'modules/signalr.bicep' = {
  name: 'signalr'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    workerPrincipalId: identities.outputs.workerPrincipalId
    network: access
    // The page that the gateway serves comes from its address; the app itself is made later, with this service's.
    allowedOrigins: union(['https://${called.gateway}.azurewebsites.net'], allowedOrigins)
    units: signalrUnits
  }
}

module contentSafety 'modules/contentsafety.bicep' = if (contentSafetySku != 'none') {
  name: 'contentsafety'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    network: access
    sku: contentSafetySku == 'F0' ? 'F0' : 'S0'
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    workerPrincipalId: identities.outputs.workerPrincipalId
    network: access
  }
}

module models 'modules/models.bicep' = {
  name: 'models'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    subnetId: access.subnetId
    networkId: access.networkId
    shareGiB: modelShareGiB
  }
}

module containers 'modules/containers.bicep' = {
  name: 'containers'
  dependsOn: [network]
  params: {
    called: called
    location: location
    tags: tags
    subnetId: vnet::worker.id
    profile: workerProfile
    maxNodes: workerMaxReplicas
    modelServer: models.outputs.server
    modelShare: models.outputs.share
    logsId: monitoring.outputs.logsId
  }
}

module workerDns 'modules/worker-dns.bicep' = {
  name: 'worker-dns'
  dependsOn: [network]
  params: {
    // Known once the environment is there, so that a preview cannot look into this module.
    #disable-next-line what-if-short-circuiting
    domain: containers.outputs.domain
    address: containers.outputs.address
    networkId: access.networkId
    tags: tags
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  dependsOn: [network, storage]
  params: {
    called: called
    location: location
    tags: tags
    identityId: identities.outputs.gatewayId
    identityClientId: identities.outputs.gatewayClientId
    subnetId: vnet::functions.id
    keyVaultUri: vault.outputs.uri
    searchEndpoint: search.outputs.endpoint
    signalrEndpoint: signalr.outputs.endpoint
    // The app `worker` of worker.bicep.
    workerUrl: 'https://worker.${containers.outputs.domain}'
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    otlpEndpoint: otlpEndpoint
    allowedOrigins: allowedOrigins
    contentSafetyEndpoint: contentSafety.?outputs.endpoint ?? ''
    cacheMaxMegabytes: gateway.cacheMaxMegabytes
    entraTenantId: gateway.entraTenantId
    entraAudience: gateway.entraAudience
    webChatClientId: gateway.webChatClientId
    extraSettings: gateway.extraSettings
    instanceMemoryMB: gateway.instanceMemoryMB
    maximumInstances: gateway.maximumInstances
    alwaysReady: gateway.alwaysReady
    concurrency: gateway.concurrency
  }
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmails)) {
  name: 'alerts'
  dependsOn: [events]
  params: {
    called: called
    location: location
    tags: tags
    emails: alertEmails
    gatewayUrl: functions.outputs.url
  }
}

output gatewayUrl string = functions.outputs.url
output registryEndpoint string = registry.outputs.loginServer
output storageAccountName string = called.storage
output vaultName string = called.vault
output searchEndpoint string = search.outputs.endpoint
