// Whom to tell when something is wrong, and of what. docs/operations/alerts.md says what each means and what to do.
import { names } from '../names.bicep'
import { metricRule } from 'metric-alerts.bicep'

param called names
param location string
param tags object
param emails string[]
param gatewayUrl string

type logRule = {
  name: string
  says: string
  severity: 0 | 1 | 2 | 3 | 4
  query: string
  @description('The column that is measured; its largest value counts.')
  column: string
  over: int
  @description('Columns that tell several alerts apart.')
  apart: string[]
}

var logRules logRule[] = [
  {
    name: 'gateway-errors'
    says: 'More than 5 % of the gateway\'s answers are errors of its own (5xx).'
    severity: 1
    query: loadTextContent('../monitoring/alerts/gateway-errors.kql')
    column: 'Percent'
    over: 5
    apart: []
  }
  {
    name: 'model-errors'
    says: 'More than 25 % of a model\'s calls fail.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/model-errors.kql')
    column: 'Percent'
    over: 25
    apart: ['Provider', 'Model']
  }
  {
    name: 'error-lines'
    says: 'The gateway or the worker wrote a line as an error.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/error-lines.kql')
    column: 'Lines'
    over: 0
    apart: ['Service', 'Event']
  }
]

var pages = [
  {
    name: 'gateway-ready'
    says: 'The gateway does not answer, or a service behind it is down.'
    path: '/health/ready'
    severity: 0
    text: '"status":"ready"'
    mustBeThere: true
  }
  {
    name: 'documents-stalled'
    says: 'Events of documents wait and nobody is at work on them.'
    path: '/health'
    severity: 1
    text: '"state":"stalled"'
    mustBeThere: false
  }
]

var metricRules metricRule[] = [
  {
    name: 'events-dead-lettered'
    says: 'Events of documents could not be put on the queue for a day.'
    severity: 1
    scope: events.id
    kind: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'search-throttled'
    says: 'AI Search drops more than 5 % of the queries: it wants replicas, or a larger tier.'
    severity: 2
    scope: search.id
    kind: 'Microsoft.Search/searchServices'
    metric: 'ThrottledSearchQueriesPercentage'
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 5
  }
  {
    name: 'signalr-connections'
    says: 'More than 80 % of SignalR\'s connections are taken: it wants units.'
    severity: 2
    scope: signalr.id
    kind: 'Microsoft.SignalRService/SignalR'
    metric: 'ConnectionQuotaUtilization'
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: 80
  }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = { name: called.logs }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: called.insights }

resource events 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: called.events }

resource search 'Microsoft.Search/searchServices@2025-05-01' existing = { name: called.search }

resource signalr 'Microsoft.SignalRService/signalR@2024-03-01' existing = { name: called.signalr }

resource readers 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: called.alerts
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'serverless'
    enabled: true
    emailReceivers: [for email in emails: { name: email, emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in logRules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.says
      severity: rule.severity
      enabled: true
      scopes: [logs.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      // The tables are there once something has been written to them.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: rule.column
            operator: 'GreaterThan'
            threshold: rule.over
            dimensions: [for column in rule.apart: { name: column, operator: 'Include', values: ['*'] }]
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [readers.id] }
    }
  }
]

// A gateway that is down tells nothing of itself: it is asked from outside, from three places every 15 minutes.
resource tests 'Microsoft.Insights/webtests@2022-06-15' = [
  for page in pages: {
    name: '${page.name}-${called.insights}'
    location: location
    tags: union(tags, { 'hidden-link:${insights.id}': 'Resource' })
    kind: 'standard'
    properties: {
      SyntheticMonitorId: '${page.name}-${called.insights}'
      Name: page.name
      Enabled: true
      Frequency: 900
      Timeout: 30
      Kind: 'standard'
      RetryEnabled: true
      Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'apac-sg-sin-azr' }]
      Request: { RequestUrl: '${gatewayUrl}${page.path}', HttpVerb: 'GET', ParseDependentRequests: false }
      ValidationRules: {
        ExpectedHttpStatusCode: 200
        ContentValidation: { ContentMatch: page.text, PassIfTextFound: page.mustBeThere }
      }
    }
  }
]

resource pageAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (page, i) in pages: {
    name: page.name
    location: 'global'
    tags: tags
    properties: {
      description: page.says
      severity: page.severity
      enabled: true
      scopes: [tests[i].id, insights.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
        webTestId: tests[i].id
        componentId: insights.id
        failedLocationCount: 2
      }
      actions: [{ actionGroupId: readers.id }]
    }
  }
]

module metrics 'metric-alerts.bicep' = {
  name: 'metric-alerts'
  params: { tags: tags, readersId: readers.id, rules: metricRules }
}
