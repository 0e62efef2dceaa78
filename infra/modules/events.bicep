// BlobCreated and BlobDeleted in container documents become messages on queue document-events.
import { names } from '../names.bicep'

param called names
param location string
param tags object
param identityId string

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: called.storage
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: called.events
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  resource documents 'eventSubscriptions' = {
    name: 'document-events'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      deliveryWithResourceIdentity: {
        identity: { type: 'UserAssigned', userAssignedIdentity: identityId }
        destination: {
          endpointType: 'StorageQueue'
          properties: {
            resourceId: account.id
            queueName: 'document-events'
            queueMessageTimeToLiveInSeconds: 604800
          }
        }
      }
      deadLetterWithResourceIdentity: {
        identity: { type: 'UserAssigned', userAssignedIdentity: identityId }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: account.id, blobContainerName: 'deadletter' }
        }
      }
      filter: {
        subjectBeginsWith: '/blobServices/default/containers/documents/blobs/'
        includedEventTypes: ['Microsoft.Storage.BlobCreated', 'Microsoft.Storage.BlobDeleted']
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    }
  }
}
