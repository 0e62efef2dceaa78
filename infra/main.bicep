// The whole of Serverless in one resource group, all but the worker's app: `azd up` runs this file, publishes functions/, builds the
// worker's image and deploys worker.bicep with it.
targetScope = 'subscription'

@description('azd\'s name of the deployment. It names the resource group.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region. It must offer Flex Consumption and the chosen GPU profile; hooks/ asks Azure.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Object id of whoever deploys: may upload documents, read the index and set secrets. Empty: nobody but the apps may.')
param principalId string = ''

@description('What the deployer is.')
param principalType 'User' | 'ServicePrincipal' | 'Group' = 'User'

@description('private: storage, vault, search, registry and SignalR\'s data plane are reached from the network alone, by private endpoints. public: from anywhere, with a role.')
param networkAccess 'private' | 'public' = 'private'

@description('Public IPv4 addresses or CIDR ranges that reach them nevertheless, such as that of the deployer.')
param allowedAddresses string[] = []

@description('Address range of the network, a /20 at least.')
param networkAddressPrefix string = '10.20.0.0/16'

@description('Origins of web apps that may call the gateway and connect to SignalR, for example https://chat.example.com.')
param allowedOrigins string[] = []

@description('Copies of documents, configuration and queues: ZRS in three zones, where the region has zones; LRS in one place; GZRS and GRS in a second region too.')
param storageSku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_ZRS'

@description('The key that the gateway shows to the worker. Kept in Key Vault.')
@secure()
@minLength(32)
@maxLength(512)
param workerApiKey string

@description('The first operator key of the gateway, with which clients and routes are created. Kept in Key Vault.')
@secure()
@minLength(32)
@maxLength(512)
param operatorKey string

@description('recover brings back the vault that an earlier deployment of the same name left deleted.')
param keyVaultCreateMode 'default' | 'recover' = 'default'

@description('Keeps a deleted vault and its secrets for 90 days, whoever asks otherwise. It cannot be switched off again.')
param keyVaultPurgeProtection bool = true

@description('Tier of AI Search.')
param searchSku 'basic' | 'standard' | 'standard2' = 'basic'

@description('Replicas of AI Search: 2 for the service level of queries, 3 for that of writes too.')
@minValue(1)
@maxValue(12)
param searchReplicas int = 1

@description('Plan of AI Search\'s semantic ranker. default: what Azure gives a new service, the free plan of 1,000 questions a month where the region has it; standard: those beyond are paid for.')
param searchSemanticRanker 'default' | 'disabled' | 'free' | 'standard' = 'default'

@description('Units of SignalR: 1,000 connections and 1,000,000 messages a day each.')
@minValue(1)
@maxValue(100)
param signalrUnits int = 1

@description('Settings of the gateway beyond those that connect it, by the names of docs/operations/settings.md with __ for the colon: {"Gateway__AllowedHosts": "api.openai.com"}.')
param gatewaySettings object = {}

@description('Memory of an instance of the gateway in MB.')
param gatewayMemoryMB 512 | 2048 | 4096 = 2048

@description('Instances at most, of each of the three groups below and beside those that are always warm.')
@minValue(1)
@maxValue(1000)
param gatewayMaxInstances int = 100

@description('Instances that are always warm, of each of three groups: HTTP, orchestrations, document events. 0 scales to none, and a question may wait for a cold start.')
@minValue(0)
@maxValue(20)
param gatewayAlwaysReady int = 1

@description('Requests, and answers being streamed, that one instance serves at once.')
@minValue(1)
@maxValue(1000)
param gatewayConcurrency int = 256

@description('Megabytes of answers that each instance of the gateway keeps for routes with a cache.')
@minValue(1)
@maxValue(4096)
param cacheMaxMegabytes int = 64

@description('Tier of an Azure AI Content Safety resource for routes whose guards ask it; none makes none.')
param contentSafetySku 'none' | 'F0' | 'S0' = 'none'

@description('Tenant of Microsoft Entra ID whose tokens the gateway takes beside keys, a GUID. Empty: none.')
param entraTenantId string = ''

@description('What those tokens are for: the application\'s id URI or id; several separated by commas.')
param entraAudience string = ''

@description('Application (client) id of the registration of the web page at /web-chat/, by which its readers sign in, a GUID. Empty: the page takes keys only.')
param webChatClientId string = ''

@description('OTLP endpoint that gateway and worker export to besides Application Insights. Empty: none.')
param otlpEndpoint string = ''

@description('The Container Apps workload profile of the worker: serverless (one A100 80 GB a replica) or dedicated with 1, 2 or 4 A100.')
param workerProfile 'Consumption-GPU-NC24-A100' | 'NC24-A100' | 'NC48-A100' | 'NC96-A100' = 'Consumption-GPU-NC24-A100'

@description('Replicas of the worker at most; each takes a GPU, or a node of a dedicated profile.')
@minValue(1)
@maxValue(20)
param workerMaxReplicas int = 4

@description('Size of the share that holds the checkpoints: Llama 2 70B at fp16 takes 138 GB.')
@minValue(100)
@maxValue(102400)
param modelShareGiB int = 512

@description('Addresses that are told by mail when something is wrong. None: no alerts are made.')
param alertEmails string[] = []

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
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
    deployer: { principalId: principalId, principalType: principalType }
    networkAccess: networkAccess
    allowedAddresses: allowedAddresses
    networkAddressPrefix: networkAddressPrefix
    allowedOrigins: allowedOrigins
    storageSku: storageSku
    workerApiKey: workerApiKey
    operatorKey: operatorKey
    keyVaultCreateMode: keyVaultCreateMode
    keyVaultPurgeProtection: keyVaultPurgeProtection
    searchSku: searchSku
    searchReplicas: searchReplicas
    searchSemanticRanker: searchSemanticRanker
    signalrUnits: signalrUnits
    gateway: {
      extraSettings: gatewaySettings
      instanceMemoryMB: gatewayMemoryMB
      maximumInstances: gatewayMaxInstances
      alwaysReady: gatewayAlwaysReady
      concurrency: gatewayConcurrency
      cacheMaxMegabytes: cacheMaxMegabytes
      entraTenantId: entraTenantId
      entraAudience: entraAudience
      webChatClientId: webChatClientId
    }
    contentSafetySku: contentSafetySku
    otlpEndpoint: otlpEndpoint
    workerProfile: workerProfile
    workerMaxReplicas: workerMaxReplicas
    modelShareGiB: modelShareGiB
    alertEmails: alertEmails
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = resources.outputs.registryEndpoint
output GATEWAY_URL string = resources.outputs.gatewayUrl
output WEB_CHAT_URL string = '${resources.outputs.gatewayUrl}/web-chat/'
output DOCUMENTS_ACCOUNT string = resources.outputs.storageAccountName
output KEY_VAULT_NAME string = resources.outputs.vaultName
output SEARCH_ENDPOINT string = resources.outputs.searchEndpoint
