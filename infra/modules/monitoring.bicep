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

// What an operator looks at first: portal, Application Insights, Workbooks.
var panels = [
  { title: 'Answers of the gateway by class of status', query: loadTextContent('../monitoring/workbook/answers.kql') }
  {
    title: 'Operations: answers, errors, milliseconds'
    query: loadTextContent('../monitoring/workbook/operations.kql')
  }
  { title: 'Models: calls, errors, seconds, tokens', query: loadTextContent('../monitoring/workbook/models.kql') }
  { title: 'Seconds to a stream\'s first chunk', query: loadTextContent('../monitoring/workbook/first-chunks.kql') }
  { title: 'Documents by how they ended', query: loadTextContent('../monitoring/workbook/documents.kql') }
  {
    title: 'The worker: milliseconds of a sequence in queue, prefill and decode'
    query: loadTextContent('../monitoring/workbook/worker.kql')
  }
  { title: 'Warnings and errors, newest first', query: loadTextContent('../monitoring/workbook/lines.kql') }
]

var hour = 3600000

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Serverless'
    category: 'workbook'
    sourceId: insights.id
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(
        [
          {
            type: 9
            name: 'time'
            content: {
              version: 'KqlParameterItem/1.0'
              style: 'pills'
              parameters: [
                {
                  id: guid(insights.id, 'time')
                  version: 'KqlParameterItem/1.0'
                  name: 'Time'
                  type: 4
                  isRequired: true
                  value: { durationMs: 24 * hour }
                  typeSettings: {
                    selectableValues: map([1, 4, 24, 72, 168, 720], hours => { durationMs: hours * hour })
                  }
                }
              ]
            }
          }
        ],
        map(panels, panel => {
          type: 3
          name: panel.title
          content: {
            version: 'KqlItem/1.0'
            title: panel.title
            query: panel.query
            size: 0
            queryType: 0
            resourceType: 'microsoft.operationalinsights/workspaces'
            crossComponentResources: [logs.id]
            timeContextFromParameter: 'Time'
          }
        })
      )
    })
  }
}

output connectionString string = insights.properties.ConnectionString
output logsId string = logs.id
