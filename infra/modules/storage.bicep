// Documents, configuration, work in progress, queues and the Durable task hub. No account keys: identities only.
param name string
param location string
param tags object
param gatewayPrincipalId string
param eventsPrincipalId string
param allowedOrigins string[]

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var queueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A document that was deleted by mistake can be brought back for a week; the event then ingests it again.
      deleteRetentionPolicy: { enabled: true, days: 7 }
      cors: {
        corsRules: empty(allowedOrigins) ? [] : [
          {
            allowedOrigins: allowedOrigins
            allowedMethods: ['GET', 'PUT', 'OPTIONS']
            allowedHeaders: ['*']
            exposedHeaders: ['ETag']
            maxAgeInSeconds: 3600
          }
        ]
      }
    }

    resource containers 'containers' = [
      for container in ['documents', 'config', 'status', 'manifests', 'extracted', 'pipeline', 'deployment', 'deadletter']: {
        name: container
      }
    ]
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource events 'queues' = [
      for queue in ['document-events', 'document-events-poison']: {
        name: queue
      }
    ]
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            // Extracted text, chunks and vectors on their way are deleted by the pipeline itself; this catches what a crash left.
            name: 'expire-pipeline'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['pipeline/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 7 } } }
            }
          }
        ]
      }
    }
  }
}

var gatewayRoles = [blobDataOwner, queueDataContributor, tableDataContributor]

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in gatewayRoles: {
    name: guid(account.id, gatewayPrincipalId, role)
    scope: account
    properties: {
      principalId: gatewayPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

var eventsRoles = [queueDataMessageSender, blobDataContributor]

resource eventsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in eventsRoles: {
    name: guid(account.id, eventsPrincipalId, role)
    scope: account
    properties: {
      principalId: eventsPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

output name string = account.name
output id string = account.id
