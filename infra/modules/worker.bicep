// The GPU worker on Container Apps: an environment inside the network, a registry, a file share for checkpoints, the app.
param environmentName string
param unique string
param location string
param tags object
param image string
param profile string
param minReplicas int
param maxReplicas int
param subnetId string
param networkId string
param identityId string
param identityPrincipalId string
param identityClientId string
param signalrEndpoint string
param apiKeySecretUri string
param logAnalyticsName string

@description('Size of the share that holds the checkpoints: Llama 2 70B at fp16 takes 138 GB.')
@minValue(100)
param modelShareGiB int = 512

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var serverless = startsWith(profile, 'Consumption-GPU')

// The node is the worker's alone: 24 cores, 220 GiB and a tensor-parallel rank for each of its A100.
var gpus = profile == 'NC96-A100' ? 4 : profile == 'NC48-A100' ? 2 : 1

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: logAnalyticsName
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'cr${unique}'
  location: location
  tags: tags
  // Premium holds artifact streaming, which matters for images with CUDA in them.
  sku: { name: 'Premium' }
  properties: { adminUserEnabled: false }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, identityPrincipalId, acrPull)
  scope: registry
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

// NFS, because it needs no account key; reachable from the worker's subnet only.
resource models 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stm${unique}'
  location: location
  tags: tags
  kind: 'FileStorage'
  sku: { name: 'Premium_LRS' }
  properties: {
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    // NFS has no TLS of its own; the network rules below take its place.
    supportsHttpsTrafficOnly: false
    networkAcls: {
      defaultAction: 'Deny'
      virtualNetworkRules: [{ id: subnetId }]
    }
  }

  resource files 'fileServices' = {
    name: 'default'

    resource share 'shares' = {
      name: 'models'
      properties: { enabledProtocols: 'NFS', shareQuota: modelShareGiB }
    }
  }
}

resource environment 'Microsoft.App/managedEnvironments@2024-10-02-preview' = {
  name: 'cae-${environmentName}'
  location: location
  tags: tags
  properties: {
    vnetConfiguration: { infrastructureSubnetId: subnetId, internal: true }
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: { customerId: logs.properties.customerId, sharedKey: logs.listKeys().primarySharedKey }
    }
    workloadProfiles: [
      { name: 'Consumption', workloadProfileType: 'Consumption' }
      serverless
        ? { name: 'gpu', workloadProfileType: profile }
        : { name: 'gpu', workloadProfileType: profile, minimumCount: minReplicas, maximumCount: maxReplicas }
    ]
  }

  resource modelStorage 'storages' = {
    name: 'models'
    properties: {
      nfsAzureFile: {
        server: '${models.name}.file.${az.environment().suffixes.storage}'
        shareName: '/${models.name}/models'
        accessMode: 'ReadOnly'
      }
    }
  }
}

// The environment's own names, for the functions that ask from the same network.
resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: environment.properties.defaultDomain
  location: 'global'
  tags: tags

  resource wildcard 'A' = {
    name: '*'
    properties: { ttl: 300, aRecords: [{ ipv4Address: environment.properties.staticIp }] }
  }

  resource link 'virtualNetworkLinks' = {
    name: 'network'
    location: 'global'
    properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
  }
}

resource app 'Microsoft.App/containerApps@2024-10-02-preview' = if (!empty(image)) {
  name: 'worker'
  location: location
  tags: union(tags, { 'azd-service-name': 'worker' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  dependsOn: [pull]
  properties: {
    environmentId: environment.id
    workloadProfileName: 'gpu'
    configuration: {
      // "External" to the environment, which itself has no public address.
      ingress: { external: true, targetPort: 8080, transport: 'http' }
      registries: [{ server: registry.properties.loginServer, identity: identityId }]
      secrets: [{ name: 'api-key', keyVaultUrl: apiKeySecretUri, identity: identityId }]
    }
    template: {
      terminationGracePeriodSeconds: 120
      containers: [
        {
          name: 'worker'
          image: image
          args: ['serve', '--llama', '/models/llama', '--instructor', '/models/instructor', '--urls', 'http://0.0.0.0:8080']
          resources: { cpu: json(string(24 * gpus)), memory: '${220 * gpus}Gi' }
          env: [
            { name: 'Worker__ApiKeys__0', secretRef: 'api-key' }
            { name: 'Worker__Ranks', value: string(gpus) }
            { name: 'Worker__SignalR', value: 'Endpoint=${signalrEndpoint};AuthType=azure.msi;Version=1.0;' }
            { name: 'AZURE_CLIENT_ID', value: identityClientId }
            { name: 'ORT_DISABLE_TELEMETRY', value: '1' }
            { name: 'DOTNET_DbgEnableMiniDump', value: '0' }
          ]
          volumeMounts: [{ volumeName: 'models', mountPath: '/models' }]
          probes: [
            { type: 'Startup', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 10, failureThreshold: 120 }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 5, failureThreshold: 2 }
            { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 }, periodSeconds: 10, failureThreshold: 6 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '48' } } }]
      }
      volumes: [{ name: 'models', storageType: 'NfsAzureFile', storageName: environment::modelStorage.name }]
    }
  }
}

output registryEndpoint string = registry.properties.loginServer
output url string = 'https://worker.${environment.properties.defaultDomain}'
