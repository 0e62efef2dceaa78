// Documents, configuration, work in progress, queues and the Durable task hub. No account keys: identities only.
import { access } from '../access.bicep'
import { names } from '../names.bicep'

param called names
param location string
param tags object
param gatewayPrincipalId string
param eventsPrincipalId string
param deployer { principalId: string, principalType: string }
param network access
param sku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'
param allowedOrigins string[]

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var queueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: called.storage
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Not 'Disabled' where it is private: Event Grid comes in as a trusted service, past the rules, to deliver events.
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: network.private ? 'Deny' : 'Allow'
      ipRules: [for address in network.allowedAddresses: { action: 'Allow', value: address }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A document that was deleted by mistake can be brought back for a week; the event then ingests it again.
      deleteRetentionPolicy: { enabled: true, days: 7 }
      cors: {
        corsRules: empty(allowedOrigins)
          ? []
          : [
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
      for container in [
        'documents'
        'config'
        'limits'
        'usage'
        'audit'
        'status'
        'manifests'
        'extracted'
        'pipeline'
        'evaluations'
        'exports'
        'deployment'
        'deadletter'
      ]: {
        name: container
      }
    ]
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource events 'queues' = [
      for queue in ['document-events', 'document-events-poison', 'document-notices', 'document-notices-poison']: {
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

// One after another: a storage account takes one change of its endpoints at a time.
@batchSize(1)
module endpoint 'private-endpoint.bicep' = [
  for group in network.private ? ['blob', 'queue', 'table'] : []: {
    name: 'storage-${group}-endpoint'
    params: {
      name: 'pe-${called.storage}-${group}'
      location: location
      tags: tags
      serviceId: account.id
      group: group
      zoneName: 'privatelink.${group}.${environment().suffixes.storage}'
      subnetId: network.subnetId
      networkId: network.networkId
    }
  }
]

resource gatewayAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataOwner, queueDataContributor, tableDataContributor]: {
    name: guid(account.id, called.gatewayIdentity, role)
    scope: account
    properties: {
      principalId: gatewayPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource eventsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [queueDataMessageSender, blobDataContributor]: {
    name: guid(account.id, called.eventsIdentity, role)
    scope: account
    properties: {
      principalId: eventsPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// Whoever deploys may upload the first documents: with account keys off, being the owner of a subscription does not.
resource deployerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployer.principalId)) {
  name: guid(account.id, deployer.principalId, blobDataContributor)
  scope: account
  properties: {
    principalId: deployer.principalId
    principalType: deployer.principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}
