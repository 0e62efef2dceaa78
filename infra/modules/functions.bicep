// The gateway: a Flex Consumption app. Every connection is by identity; the settings are those of docs/operations/settings.md.
import { names } from '../names.bicep'

param called names
param location string
param tags object
param identityId string
param identityClientId string
param subnetId string
param keyVaultUri string
param searchEndpoint string
param signalrEndpoint string
param workerUrl string
param applicationInsightsConnectionString string
param otlpEndpoint string
param allowedOrigins string[]

@description('Of Azure AI Content Safety; empty where there is none.')
param contentSafetyEndpoint string

@minValue(1)
@maxValue(4096)
param cacheMaxMegabytes int

@description('Whose tokens are taken beside keys; empty for nobody\'s.')
param entraTenantId string
param entraAudience string

@description('The web page\'s registration; empty for a page that takes keys only.')
param webChatClientId string

@description('More settings, or other values for those that have a default here. What the app is connected to cannot be replaced.')
param extraSettings object

@description('Memory of an instance in MB.')
param instanceMemoryMB 512 | 2048 | 4096

@minValue(1)
@maxValue(1000)
param maximumInstances int

@minValue(0)
@maxValue(20)
param alwaysReady int

@description('Requests that one instance serves at once before another is started; also the answers that it streams.')
@minValue(1)
@maxValue(1000)
param concurrency int

var defaults = {
  Streaming__MaxStreams: string(concurrency)
  // The app answers browsers itself, here and on one machine alike: the platform's own CORS, once configured, takes preflights and headers away from it.
  Gateway__CorsOrigins: join(allowedOrigins, ',')
  Ingestion__ReconcileSchedule: '0 23 * * * *'
  Cache__MaxMegabytes: string(cacheMaxMegabytes)
  OTEL_SERVICE_NAME: 'serverless-gateway'
}
var contentSafety = empty(contentSafetyEndpoint) ? {} : { ContentSafety__Endpoint: contentSafetyEndpoint }
var entra = empty(entraTenantId) ? {} : { Entra__TenantId: entraTenantId, Entra__Audience: entraAudience }
var webChat = empty(webChatClientId) ? {} : { WebChat__ClientId: webChatClientId }
var otlp = empty(otlpEndpoint) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint }
var connections = {
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AzureWebJobsStorage__blobServiceUri: account.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: account.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  DocumentStorage__blobServiceUri: account.properties.primaryEndpoints.blob
  DocumentStorage__queueServiceUri: account.properties.primaryEndpoints.queue
  DocumentStorage__credential: 'managedidentity'
  DocumentStorage__clientId: identityClientId
  KeyVault__Uri: keyVaultUri
  Search__Endpoint: searchEndpoint
  SignalR__ConnectionString: 'Endpoint=${signalrEndpoint};AuthType=azure.msi;ClientId=${identityClientId};Version=1.0;'
  GpuWorker__BaseUrl: workerUrl
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: called.storage
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: called.plan
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: called.gateway
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: subnetId
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}deployment'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        // A question does not wait for a cold start; orchestrations and events each scale as a group of their own, and Durable
        // wants an instance that keeps its leases.
        alwaysReady: alwaysReady == 0
          ? []
          : [
              { name: 'http', instanceCount: alwaysReady }
              { name: 'durable', instanceCount: alwaysReady }
              { name: 'function:DocumentEvents', instanceCount: alwaysReady }
            ]
        triggers: { http: { perInstanceConcurrency: concurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      defaults,
      otlp,
      contentSafety,
      entra,
      webChat,
      mapValues(extraSettings, value => string(value)),
      connections
    )
  }

  // Publishing is by Microsoft Entra ID; Flex Consumption has no FTP, and auditors look at its switch all the same.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

output url string = 'https://${app.properties.defaultHostName}'
