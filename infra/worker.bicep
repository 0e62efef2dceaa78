// The GPU worker's app. `azd deploy worker` builds and pushes the image, then deploys this file with it: the app exists from the first
// image on, and no provisioning ever puts another image in its place.
import { namesOf } from 'names.bicep'

@description('azd\'s name of the deployment that main.bicep made.')
param environmentName string

param location string = resourceGroup().location

@description('The image, in the registry that main.bicep made.')
@minLength(1)
param image string

@description('The profile that main.bicep was given.')
param profile 'Consumption-GPU-NC24-A100' | 'NC24-A100' | 'NC48-A100' | 'NC96-A100'

@description('Replicas that always run. 0 costs nothing while nobody asks, and the first question then waits until the weights are loaded.')
@minValue(0)
@maxValue(20)
param minReplicas int

@minValue(1)
@maxValue(20)
param maxReplicas int

@description('Requests under way in one replica from which another is started.')
@minValue(1)
@maxValue(1000)
param concurrentRequests int

@description('Seconds from the signal to stop until a replica is killed.')
@minValue(30)
@maxValue(600)
param gracePeriodSeconds int

@description('More settings of the worker (docs/serving/settings.md), by the names of environment variables: {"Worker__KvCacheFormat": "int8"}.')
param settings object

@description('OTLP endpoint to export to besides Application Insights. Empty: none.')
param otlpEndpoint string

@description('Whether main.bicep was given addresses that are told when something is wrong.')
param hasAlerts bool

var called = namesOf(resourceGroup().id, environmentName)

// A replica has its node for itself: 24 cores, 220 GiB and a tensor-parallel rank for each A100.
var gpus = profile == 'NC96-A100' ? 4 : profile == 'NC48-A100' ? 2 : 1

// The worker ends what is under way before it is killed, and has a moment left to say goodbye.
var drainSeconds = gracePeriodSeconds - 10

var values = union(
  { OTEL_SERVICE_NAME: 'serverless-worker' },
  empty(otlpEndpoint) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint },
  settings,
  {
    Worker__Ranks: string(gpus)
    Worker__DrainSeconds: string(drainSeconds)
    Worker__SignalR: 'Endpoint=https://${signalr.properties.hostName};AuthType=azure.msi;Version=1.0;'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    AZURE_CLIENT_ID: identity.properties.clientId
    ORT_DISABLE_TELEMETRY: '1'
    DOTNET_DbgEnableMiniDump: '0'
  }
)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: called.workerIdentity
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: called.insights
}

resource signalr 'Microsoft.SignalRService/signalR@2024-03-01' existing = {
  name: called.signalr
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: called.vault
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: called.registry
}

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' existing = {
  name: called.containers
}

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'worker'
  location: location
  tags: { 'azd-env-name': environmentName, 'azd-service-name': 'worker' }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'gpu'
    configuration: {
      // A new revision takes over once it is ready: until then it needs a GPU beside the old one's (README.md, Rolling out).
      activeRevisionsMode: 'Single'
      maxInactiveRevisions: 3
      // "External" to the environment, which itself has no public address.
      ingress: { external: true, targetPort: 8080, transport: 'http', allowInsecure: false }
      registries: [{ server: registry.properties.loginServer, identity: identity.id }]
      secrets: [
        { name: 'api-key', keyVaultUrl: '${vault.properties.vaultUri}secrets/worker-api-key', identity: identity.id }
      ]
    }
    template: {
      terminationGracePeriodSeconds: gracePeriodSeconds
      containers: [
        {
          name: 'worker'
          image: image
          args: [
            'serve'
            '--llama'
            '/models/llama'
            '--instructor'
            '/models/instructor'
            '--urls'
            'http://0.0.0.0:8080'
          ]
          resources: { cpu: json(string(24 * gpus)), memory: '${220 * gpus}Gi' }
          env: concat(
            [{ name: 'Worker__ApiKeys__0', secretRef: 'api-key' }],
            map(items(values), setting => { name: setting.key, value: string(setting.value) })
          )
          volumeMounts: [{ volumeName: 'models', mountPath: '/models' }]
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/ready', port: 8080 }
              periodSeconds: 10
              failureThreshold: 120
            }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 5, failureThreshold: 2 }
            { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 }, periodSeconds: 10, failureThreshold: 6 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [{ name: 'requests', http: { metadata: { concurrentRequests: string(concurrentRequests) } } }]
      }
      volumes: [{ name: 'models', storageType: 'NfsAzureFile', storageName: 'models' }]
    }
  }
}

// docs/operations/alerts.md says what each means.
var alertRules = concat(
  [
    {
      name: 'worker-restarts'
      says: 'A replica of the worker has been started again more than three times.'
      severity: 1
      metric: 'RestartCount'
      aggregation: 'Maximum'
      operator: 'GreaterThan'
      threshold: 3
    }
  ],
  minReplicas == 0
    ? []
    : [
        {
          name: 'worker-gone'
          says: 'No replica of the worker runs.'
          severity: 0
          metric: 'Replicas'
          aggregation: 'Maximum'
          operator: 'LessThan'
          threshold: 1
        }
      ]
)

resource readers 'Microsoft.Insights/actionGroups@2023-01-01' existing = if (hasAlerts) {
  name: called.alerts
}

module alerts 'modules/metric-alerts.bicep' = if (hasAlerts) {
  name: 'worker-alerts'
  params: {
    tags: { 'azd-env-name': environmentName }
    readersId: readers.id
    rules: map(alertRules, rule => union(rule, { scope: app.id, kind: 'Microsoft.App/containerApps' }))
  }
}

output WORKER_URL string = 'https://${app.properties.configuration.ingress.fqdn}'
