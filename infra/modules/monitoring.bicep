// Operational metrics, traces and logs only: prompts, answers and documents are never sent here (docs/architecture.md).
import { names } from '../names.bicep'

param called names
param location string
param tags object

param gatewayPrincipalId string
param workerPrincipalId string

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource logs 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: called.logs
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: called.insights
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true
  }
}

// Telemetry is sent by identity, since local authentication is off.
resource publish 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for identity in [
    { name: called.gatewayIdentity, principalId: gatewayPrincipalId }
    { name: called.workerIdentity, principalId: workerPrincipalId }
  ]: {
    name: guid(insights.id, identity.name, monitoringMetricsPublisher)
    scope: insights
    properties: {
      principalId: identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    }
  }
]

output connectionString string = insights.properties.ConnectionString
output logsId string = logs.id
