// The file share that holds the checkpoints. NFS, because it needs no account key; inside the network only.
import { names } from '../names.bicep'

param called names
param location string
param tags object
param subnetId string
param networkId string

@minValue(100)
@maxValue(102400)
param shareGiB int

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: called.models
  location: location
  tags: tags
  kind: 'FileStorage'
  sku: { name: 'Premium_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    // Container Apps mounts NFS without TLS, so that nobody outside the network may come near it.
    supportsHttpsTrafficOnly: false
    publicNetworkAccess: 'Disabled'
    networkAcls: { bypass: 'None', defaultAction: 'Deny' }
  }

  resource files 'fileServices' = {
    name: 'default'

    resource share 'shares' = {
      name: 'models'
      properties: { enabledProtocols: 'NFS', rootSquash: 'NoRootSquash', shareQuota: shareGiB }
    }
  }
}

module endpoint 'private-endpoint.bicep' = {
  name: 'models-endpoint'
  params: {
    name: 'pe-${called.models}'
    location: location
    tags: tags
    serviceId: account.id
    group: 'file'
    zoneName: 'privatelink.file.${environment().suffixes.storage}'
    subnetId: subnetId
    networkId: networkId
  }
}

output server string = '${account.name}.file.${environment().suffixes.storage}'
output share string = '/${account.name}/${account::files::share.name}'
