// The gateway: a Flex Consumption app. Every connection is by identity; the settings are those of docs/operations.md.
param name string
param environmentName string
param location string
param tags object
param identityId string
param identityClientId string
param subnetId string
param storageAccountName string
param keyVaultUri string
param searchEndpoint string
param signalrEndpoint string
param workerUrl string
param applicationInsightsConnectionString string
param allowedOrigins string[]

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${environmentName}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
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
        maximumInstanceCount: maximumInstanceCount
        // One instance is always warm, so that a question does not wait for a cold start.
        alwaysReady: [{ name: 'http', instanceCount: 1 }]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      cors: { allowedOrigins: allowedOrigins }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      AZURE_CLIENT_ID: identityClientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      AzureWebJobsStorage__accountName: storageAccountName
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
  }
}

output url string = 'https://${app.properties.defaultHostName}'
output name string = app.name
